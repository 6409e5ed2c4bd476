// When work is done: what follows the hand at once, what can wait in the page's idle time, what is hidden once it is seen.

const BUDGET_MS = 6; // how long waiting work may keep the page busy at a stretch,
const LONG_BUDGET_MS = 24; // and where isInputPending() tells of input, which interrupts it
const QUIET_MS = 90; // it waits until nothing has changed for this long
const PATIENCE_MS = 300; // and while something moves all the time, a stretch of it is done this often
const whenIdle = globalThis.requestIdleCallback // which Safari lacks
  ? (fn) => requestIdleCallback(fn, { timeout: PATIENCE_MS })
  : (fn) => setTimeout(fn);

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

/**
 * A function that, once it has not been called for a while, does the jobs that makeJobs() then gives, a few at a time;
 * until `signal` aborts.
 */
export function idleQueue(makeJobs, signal) {
  let timer = 0;
  let jobs = [];
  const { scheduling } = /** @type {any} */ (navigator);
  const budget = scheduling?.isInputPending ? LONG_BUDGET_MS : BUDGET_MS;
  const isInterrupted = () => scheduling?.isInputPending?.({ includeContinuous: true });
  const stop = () => {
    clearTimeout(timer);
    jobs = []; // what was waiting to be drawn is out of date
  };
  const work = () => {
    const start = performance.now();
    while (jobs.length && performance.now() - start < budget && !isInterrupted()) jobs.shift()();
    if (jobs.length) whenIdle(work);
  };
  signal?.addEventListener("abort", stop);
  return () => {
    stop();
    if (signal?.aborted) return;
    timer = setTimeout(() => {
      jobs = makeJobs();
      whenIdle(work);
    }, QUIET_MS);
  };
}

/** Whether an element has a place on the page: one of a tab that is not open has none. */
export const isShown = (element) => element.getClientRects().length > 0;

/** Call fn whenever an element comes to be shown that was hidden, or changes its size, until `signal` aborts. */
export function whenShown(element, fn, signal) {
  const observer = new ResizeObserver(() => isShown(element) && fn());
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
}
