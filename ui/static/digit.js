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
    const known = explorer.model.variational; // without a prior, no length is more typical than another
    const place = !known ? "" : length < low ? "nearer the centre than most" : length > high ? "farther out than most" : "typical";
    const measured = [`‖z‖ ${length.toFixed(1)}`, place].filter(Boolean).join(", ");
    radius.textContent = measured;
    radius.title = known
      ? `The length of z. Nine in ten draws from the prior lie between ${low.toFixed(1)} and ${high.toFixed(1)}.`
      : "The length of z. A plain autoencoder has no prior that would make one length more likely than another.";
    const labels = neighbours(z, explorer.atlas);
    const names = labels.map((label) => props.classes[explorer.model.data][label]);
    near.replaceChildren(...labels.map((label, i) => chip(names[i], props.palette[label])));
    describe(canvas, z, `Decoded picture, ${measured}; nearest test pictures: ${names.join(", ")}`);
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
