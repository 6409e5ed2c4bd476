// What the lecture's panels have in common: they tell at once what they show, and draw it at once while they can be seen, else
// after a rest.

import { afterRest, isShown, oncePerFrame, whenShown, whileSeen } from "../draw/schedule.js";

/** Pointing at a part of a formula, data-lights=SELECTOR, lights what it stands for in its panel. */
function lightWhatIsMeant(element, signal) {
  for (const symbol of element.querySelectorAll("[data-lights]"))
    for (const type of ["pointerenter", "pointerleave"])
      symbol.addEventListener(
        type,
        () => {
          for (const part of element.querySelectorAll(symbol.dataset.lights))
            part.classList.toggle("lit", type === "pointerenter");
        },
        { signal },
      );
}

/**
 * Calls tell() and draw() once a frame at most when the lecture's image or settings have changed; tell() gives whether there is
 * something to draw. Gives a function that calls them anew.
 */
export function makePanel(element, { explorer, signal }, tell, draw) {
  let isSeen = false;
  const drawLater = afterRest(draw, signal);
  const show = oncePerFrame(() => {
    if (signal.aborted || !isShown(element) || !tell()) return;
    if (isSeen) draw();
    else drawLater();
  });
  lightWhatIsMeant(element, signal);
  whileSeen(
    element,
    (seen) => {
      isSeen = seen;
      if (seen) show();
    },
    signal,
  );
  whenShown(element, () => show(), signal);
  explorer.on("lecture", () => show(), { signal });
  return show;
}
