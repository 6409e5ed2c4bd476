// What the lecture's panels have in common: they tell at once what they show, and draw it at once while they can be seen, else
// after a rest.

import { typeset } from "../draw/formula.js";
import { afterRest, isShown, oncePerFrame, whenShown, whileSeen } from "../draw/schedule.js";

/** Pointing at a part of a formula, data-lights=SELECTOR, lights what it stands for in its panel. */
function lightWhatIsMeant(element, signal) {
  let lit = [];
  for (const type of ["pointerover", "pointerleave"])
    element.addEventListener(
      type,
      ({ target, pointerType }) => {
        if (type === "pointerleave" && pointerType === "touch") return; // a finger is lifted: until the next tap
        for (const part of lit) part.classList.remove("lit");
        lit = [];
        const within = type === "pointerover" ? target.closest("[data-lights]") : null;
        for (let symbol = within; symbol; symbol = symbol.parentElement.closest("[data-lights]"))
          lit.push(...element.querySelectorAll(symbol.dataset.lights));
        for (const part of lit) part.classList.add("lit");
      },
      { signal },
    );
}

/**
 * Calls tell() and draw() once a frame at most when the lecture's image or settings have changed; tell() gives whether there is
 * something to draw. Gives a function that calls them anew.
 */
export function makePanel(element, { explorer, host, signal }, tell, draw) {
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
  whenShown(
    element,
    (isShown) => {
      if (isShown) typeset(element, host.katex);
      show();
    },
    signal,
  );
  explorer.on("lecture", () => show(), { signal });
  return show;
}
