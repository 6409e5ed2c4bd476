// Guards against answers that come too late.

/**
 * A function that passes a promise on, as long as nothing newer was asked for: the promise it gives never settles when
 * it was called again, cancelled, or `signal` aborted before the answer came. Code after `await latest(...)` therefore
 * runs for the latest question alone.
 */
export function latestOnly(signal) {
  let turn = 0;
  function latest(promise) {
    const own = ++turn;
    const isLatest = () => own === turn && !signal?.aborted;
    return new Promise((resolve, reject) => {
      Promise.resolve(promise).then(
        (value) => isLatest() && resolve(value),
        (error) => isLatest() && reject(error),
      );
    });
  }
  latest.cancel = () => turn++;
  return latest;
}
