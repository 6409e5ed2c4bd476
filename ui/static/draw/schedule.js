// When things are done: once a frame, after a rest, or when what was hidden is seen.

const QUIET_MS = 90; // nothing has changed for this long: a rest
const KEYS_MS = 1000; // between two keys that are one gesture

/** The next task: a frame or an event that waits comes before it. */
export const nextTask = () => new Promise((resolve) => setTimeout(resolve));

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

/**
 * Call fn when a hand has let go of a slider: a pointer when it is lifted; the keyboard when no key has moved the slider for a
 * while, or when the focus leaves it.
 */
export function whenLetGo(range, fn, signal) {
  let byKey = false;
  let timer = 0;
  const done = () => {
    clearTimeout(timer);
    timer = 0;
    fn();
  };
  const listen = (type, heard) => range.addEventListener(type, heard, { signal });
  listen("keydown", () => (byKey = true));
  listen("pointerdown", () => {
    byKey = false;
    if (timer) done();
  });
  listen("change", () => {
    if (!byKey) return done();
    clearTimeout(timer);
    timer = setTimeout(done, KEYS_MS);
  });
  listen("blur", () => timer && done());
  signal.addEventListener("abort", () => clearTimeout(timer));
}

/** Whether an element has a place on the page: one of a tab that is not open has none. Older browsers lay the page out for it. */
export const isShown = (element) => element.checkVisibility?.() ?? element.getClientRects().length > 0;

/** Call fn(isSeen) whenever an element comes into view or leaves it, until `signal` aborts. Gives what tells whether it is in view. */
export function whileSeen(element, fn, signal) {
  let isSeen = false;
  const tell = (entries) => {
    isSeen = entries.at(-1).isIntersecting;
    fn(isSeen);
  };
  const observer = new IntersectionObserver(tell, { rootMargin: "60px" });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
  return () => isSeen;
}

/** Call fn(isShown) whenever an element comes to be shown, is hidden, or changes its size, until `signal` aborts. */
export function whenShown(element, fn, signal) {
  const observer = new ResizeObserver(() => fn(isShown(element)));
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
}
