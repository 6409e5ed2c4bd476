// A small pad beside the digit: z follows what one draws on it, on every tab. In a narrow window a button opens it.

import { finder } from "../draw/dom.js";
import { makePad } from "../draw/pad.js";
import { same } from "../maths/latent.js";
import { laidOut } from "../maths/layout.js";

export function mount(element, { explorer, signal }) {
  const find = finder(element);
  const clear = find(".clear");
  const { encoders } = explorer;
  let gesture = null; // a stroke is one step of undo
  let written = null; // z as it was drawn

  const pad = makePad(find(".board"), { wanted: () => explorer.model !== null, drawn, signal });

  async function drawn(_, { isDone }) {
    gesture ??= Symbol("draw");
    const own = gesture;
    if (isDone) gesture = null;
    const { model } = explorer;
    const image = laidOut(pad.ink);
    clear.disabled = false;
    let { [model.name]: mu } = encoders.codes(image, model);
    if (!mu) {
      try {
        await encoders.open(model);
      } catch (error) {
        explorer.failed(error, "problem.server", {}, () => isDone && drawn(_, { isDone })); // the stroke as it is at last
        return;
      }
      if (explorer.model !== model || gesture !== (isDone ? null : own)) return; // a later stroke has been encoded
      mu = encoders.codes(image, model)[model.name];
    }
    written = mu;
    explorer.write(mu, own);
  }

  function wipe() {
    pad.clear();
    written = null;
    clear.disabled = true;
  }
  clear.addEventListener("click", wipe);

  const open = find(".open"),
    sheet = find(".sheet");
  function show(isShown) {
    sheet.classList.toggle("shown", isShown);
    open.setAttribute("aria-expanded", String(isShown));
    (isShown ? find(".board") : open).focus({ preventScroll: true });
  }
  open.addEventListener("click", () => show(!sheet.classList.contains("shown")));
  find(".close").addEventListener("click", () => show(false));
  sheet.addEventListener("keydown", ({ key }) => key === "Escape" && sheet.classList.contains("shown") && show(false));
  // What is on the pad is what z was drawn from, or nothing
  explorer.on("z", (z) => written && !same(z, written) && wipe(), { signal });
}
