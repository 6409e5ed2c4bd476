// What the lecture's panels have in common: they tell at once what they show, and draw it at once while they can be seen, else
// after a rest.

import { afterRest, isShown, oncePerFrame, whenShown, whileSeen } from "../draw/schedule.js";

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
