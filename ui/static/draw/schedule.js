// When things are done: once a frame, after a rest, or when what was hidden is seen.

const QUIET_MS = 90; // nothing has changed for this long: a rest

/**
 * A function that does fn at once; calls within the same frame are done together, with the last one's arguments, at the
 * next, unless cancel() is called before.
 */
export function oncePerFrame(fn) {
  let frame = 0;
  let missed = null;
  function run(...args) {
    if (frame) {
      missed = args;
      return;
    }
    missed = null;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (missed) run(...missed);
    });
    fn(...args);
  }
  run.cancel = () => {
    missed = null;
  };
  return run;
}

/** A function that does fn once it has not been called for a while, until `signal` aborts. */
export function afterRest(fn, signal) {
  let timer = 0;
  signal?.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    clearTimeout(timer);
    if (!signal?.aborted) timer = setTimeout(fn, QUIET_MS);
  };
}

/** Whether an element has a place on the page: one of a tab that is not open has none. */
export const isShown = (element) => element.getClientRects().length > 0;

/** Call fn(isSeen) whenever an element comes into view or leaves it, until `signal` aborts. */
export function whileSeen(element, fn, signal) {
  const observer = new IntersectionObserver((entries) => fn(entries.at(-1).isIntersecting), { rootMargin: "60px" });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
}

/** Call fn(isShown) whenever an element comes to be shown, is hidden, or changes its size, until `signal` aborts. */
export function whenShown(element, fn, signal) {
  const observer = new ResizeObserver(() => fn(isShown(element)));
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
}
