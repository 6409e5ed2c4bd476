// The digit that z decodes to, how far out z lies, and the test digits whose codes are nearest.

import { explorer } from "./explorer.js";
import { nearest, norm, typicalNorm } from "./latent.js";
import { describe, paint } from "./raster.js";

export function mount(element, props) {
  const canvas = element.querySelector("canvas");
  const radius = element.querySelector(".radius");
  const near = element.querySelector(".near");
  explorer.on("z", (z, x) => {
    paint(canvas, x);
    const [low, high] = typicalNorm(z.length);
    const length = norm(z);
    const place = length < low ? "nearer the centre than most" : length > high ? "farther out than most" : "typical";
    radius.textContent = `‖z‖ ${length.toFixed(1)}, ${place}`;
    radius.title = `The length of z. Nine in ten draws from the prior lie between ${low.toFixed(1)} and ${high.toFixed(1)}.`;
    const labels = neighbours(z, explorer.atlas);
    const names = labels.map((label) => props.classes[explorer.model.data][label]);
    near.replaceChildren(...labels.map((label, i) => chip(names[i], props.palette[label])));
    describe(canvas, z, `Decoded picture, ‖z‖ ${length.toFixed(1)}, ${place}; nearest test pictures: ${names.join(", ")}`);
  });
}

function neighbours(z, atlas) {
  return atlas ? nearest(z, atlas.mu, 5).map((row) => atlas.labels[row]) : [];
}

function chip(label, colour) {
  const span = document.createElement("span");
  span.textContent = label;
  span.style.setProperty("--class-colour", colour);
  return span;
}
