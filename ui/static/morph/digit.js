// The morph's image: what z is at t of the path.

import { finder } from "../draw/dom.js";
import { describe, erase, paint } from "../draw/raster.js";
import { oncePerFrame } from "../draw/schedule.js";
import { same } from "../maths/latent.js";

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const canvas = find("canvas"),
    hint = find(".hint");
  const { stops } = explorer;

  const draw = oncePerFrame(() => {
    if (signal.aborted) return;
    element.classList.toggle("empty", !stops.ready);
    if (!stops.ready) {
      hint.textContent = missing();
      erase(canvas, t("morph.empty"));
      return;
    }
    const z = stops.z(),
      { names } = stops;
    paint(canvas, explorer.decode(z));
    describe(canvas, z, t("morph.label", { from: names[0], to: names.at(-1), share: Math.round(100 * stops.t) }));
    const left = !same(explorer.z, z);
    element.classList.toggle("left", left);
    hint.textContent = left ? t("morph.left") : "";
  });

  function missing() {
    const { names } = stops;
    if (names.length > 1) return t("morph.encoding");
    if (names.length) return t("morph.more", { name: names[0] === "A" ? "B" : "A" });
    return t("morph.none");
  }

  explorer.on("t", draw, { signal });
  explorer.on("z", draw, { signal }); // which a change of model redraws, too
}
