// When work is done: what follows the hand at once, what can wait in the page's idle time.

const BUDGET_MS = 6; // how long waiting work may keep the page busy at a stretch
const LONG_BUDGET_MS = 24; // and where the browser tells that a hand is waiting: it goes first
const QUIET_MS = 90; // it waits until nothing has changed for this long
const PATIENCE_MS = 300; // and while something moves all the time, a stretch of it is done this often
const whenIdle = window.requestIdleCallback // which Safari has not
  ? (fn) => window.requestIdleCallback(fn, { timeout: PATIENCE_MS })
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
  run.cancel = () => (missed = null);
  return run;
}

/** A function that, once it has not been called for a while, does the jobs that makeJobs() then gives, a few at a time. */
export function idleQueue(makeJobs) {
  let timer = 0;
  let jobs = [];
  const { scheduling } = navigator;
  const budget = scheduling?.isInputPending ? LONG_BUDGET_MS : BUDGET_MS;
  const isWaitedFor = () => scheduling?.isInputPending?.({ includeContinuous: true });
  const work = () => {
    const start = performance.now();
    while (jobs.length && performance.now() - start < budget && !isWaitedFor()) jobs.shift()();
    if (jobs.length) whenIdle(work);
  };
  return () => {
    clearTimeout(timer);
    jobs = []; // what was waiting to be drawn is out of date
    timer = setTimeout(() => {
      jobs = makeJobs();
      whenIdle(work);
    }, QUIET_MS);
  };
}
