// What an upload became: the normalised 28×28 picture beside it, and its code as one end of the morph.

import { setEnd } from "./morph.js";
import { erase, paint } from "./raster.js";

export function mount(element, props, watch) {
  const canvas = element.querySelector("canvas");
  const note = element.querySelector(".note");
  let shown = null; // the picture that came before, as text
  const show = () => {
    const { image, mu, model, problem } = props.value ?? {};
    element.classList.toggle("empty", !image);
    note.textContent = problem ?? (image ? "as the model sees it, 28×28" : "");
    note.classList.toggle("problem", Boolean(problem));
    if (image) {
      paint(canvas, image.flat());
      canvas.setAttribute("aria-label", `Picture ${props.side}, normalised to 28 by 28 pixels`);
    } else {
      erase(canvas, `Picture ${props.side}, not given yet`);
    }
    const isNew = Boolean(image) && JSON.stringify(image) !== shown; // not the same one, encoded for another model
    shown = JSON.stringify(image);
    setEnd(props.side, image ? { mu, model } : null, isNew);
  };
  watch("value", show);
  show();
}
