// The morph: a walk from the code of picture A to the code of picture B.

import { explorer } from "./explorer.js";
import { lerp } from "./latent.js";
import { describe, erase, paint } from "./raster.js";
import { frameUnder } from "./strip.js";

const FRAMES = 9; // pictures in the strip, both ends included
const ends = { A: null, B: null }; // {mu, model}
let t = 0;
let redraw = () => {};

/** One end of the walk: the code of a picture and the model that it belongs to, or null; z goes to a new picture. */
export function setEnd(name, end, isNew) {
  ends[name] = end;
  if (isNew && ready()) explorer.write(lerp(ends.A.mu, ends.B.mu, t));
  else if (isNew && end.model === explorer.model?.name) explorer.write(end.mu);
  redraw();
}

const ready = () => [ends.A, ends.B].every((end) => end && end.model === explorer.model?.name);

/** Move z to t in [0, 1] of the way. */
explorer.morph = (position) => {
  t = position;
  if (ready()) explorer.write(lerp(ends.A.mu, ends.B.mu, t), "morph");
  redraw();
};

export function mount(element) {
  const canvas = element.querySelector("canvas.digit");
  const strip = element.querySelector("canvas.strip");
  const hint = element.querySelector(".hint");
  let drawn = null; // what the strip shows
  let frame = 0;

  function draw() {
    frame = 0;
    element.classList.toggle("empty", !ready());
    if (!ready()) {
      const missing = ["A", "B"].filter((name) => !ends[name]).join(" and ");
      hint.textContent = missing ? `Give a picture ${missing}, or take an example above.` : "Encoding…";
      erase(canvas, "The morph, no pictures yet");
      erase(strip);
      drawn = null;
      return;
    }
    const z = lerp(ends.A.mu, ends.B.mu, t);
    paint(canvas, explorer.decode(z));
    describe(canvas, z, `Morph from picture A to picture B, ${Math.round(100 * t)} % of the way`);
    const left = explorer.z.some((value, i) => value !== z[i]);
    element.classList.toggle("left", left);
    hint.textContent = left ? "z has left this path. Move the slider, or click a picture, to come back." : "";
    const key = `${ends.A.model} ${ends.A.mu} ${ends.B.mu}`;
    if (key === drawn) return;
    drawn = key;
    for (let i = 0; i < FRAMES; i++) {
      paint(strip, explorer.decode(lerp(ends.A.mu, ends.B.mu, i / (FRAMES - 1))), 28 * i);
    }
  }

  redraw = () => (frame ||= requestAnimationFrame(draw));
  explorer.on("z", redraw); // which a change of model redraws too
  document.querySelector("#morph-t")?.addEventListener("change", () => explorer.settle());
  strip.addEventListener("click", (event) => setSlider(frameUnder(event, FRAMES) / (FRAMES - 1)));
}

/** Move Gradio's own slider, which then moves the morph. */
function setSlider(value) {
  const input = document.querySelector("#morph-t input[type=range]");
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  explorer.settle();
}
