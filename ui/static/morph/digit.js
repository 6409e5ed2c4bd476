// The morph's picture: what z is at t of the way.

import { explorer } from "./explorer.js";
import { describe, erase, paint } from "./raster.js";
import { oncePerFrame } from "./schedule.js";
import { tour } from "./tour.js";

export function mount(element) {
  const canvas = element.querySelector("canvas"), hint = element.querySelector(".hint");

  const draw = oncePerFrame(() => {
    element.classList.toggle("empty", !tour.ready);
    if (!tour.ready) {
      hint.textContent = missing();
      erase(canvas, "The morph, no pictures yet");
      return;
    }
    const z = tour.z();
    paint(canvas, explorer.decode(z));
    describe(canvas, z, `Morph from picture ${tour.names[0]} to picture ${tour.names.at(-1)}, ${Math.round(100 * tour.t)} % of the way`);
    const left = explorer.z.some((value, i) => value !== z[i]);
    element.classList.toggle("left", left);
    hint.textContent = left ? "z has left this way. Move the slider, or click a picture, to come back." : "";
  });

  function missing() {
    const { names } = tour;
    if (names.length > 1) return "Encoding…";
    if (names.length) return `One more picture: upload, draw or take one for ${names[0] === "A" ? "B" : "A"}.`;
    return "Give pictures A and B, or take an example above.";
  }

  tour.on("t", draw);
  explorer.on("z", draw); // which a change of model redraws, too
}
