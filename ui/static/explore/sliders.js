// One slider for each latent dimension, the most informative first, over a strip of what it does to the digit.

import { explorer } from "./explorer.js";
import { paint } from "./raster.js";
import { idleQueue } from "./schedule.js";
import { frameUnder } from "./strip.js";

const LIMIT = 4; // sliders go from -4 to 4, or farther where codes do
const FRAMES = 9; // pictures in a strip, each decoded at the slider's value above its middle

export function mount(element) {
  const active = element.querySelector(".active");
  const collapsed = element.querySelector(".collapsed");
  let rows = [];
  const refreshStrips = idleQueue(() => {
    const z = explorer.z;
    return rows.filter((row) => row.visible).map((row) => () => row.strip(z));
  });

  explorer.on("model", ({ kl_per_dim, active_units, span, variational }) => {
    const order = kl_per_dim.map((_, index) => index).sort((a, b) => kl_per_dim[b] - kl_per_dim[a]);
    const limit = Math.max(LIMIT, Math.ceil(span));
    rows = order.map((index) => sliderRow(index, variational ? kl_per_dim[index] : null, limit));
    const shown = variational ? active_units : rows.length; // without a KL there is no saying which tell nothing
    active.replaceChildren(...rows.slice(0, shown).map((row) => row.element));
    const folded = rows.slice(shown);
    collapsed.hidden = !folded.length;
    collapsed.querySelector("summary").textContent = `${folded.length} collapsed dimension${folded.length === 1 ? "" : "s"}`;
    collapsed.querySelector("div").replaceChildren(...folded.map((row) => row.element));
  });

  // A plain autoencoder's codes have long tails: where nearly all of them lie is far enough.
  explorer.on("atlas", ({ mu }) => {
    if (explorer.model.variational) return;
    const sizes = mu.map(Math.abs).sort();
    const limit = Math.max(LIMIT, Math.ceil(sizes[Math.floor(0.98 * sizes.length)]));
    for (const row of rows) row.reach(limit);
    refreshStrips();
  });

  explorer.on("z", (z) => {
    for (const row of rows) row.show(z[row.index]);
    refreshStrips();
  });
  collapsed.addEventListener("toggle", () => refreshStrips());
}

/** Slider, number and strip of one dimension; kl is null where there is none. */
function sliderRow(index, kl, limit) {
  const element = document.createElement("div");
  element.id = `z-${index}`;
  element.className = "dimension";
  element.innerHTML = `
    <span class="name">z<sub>${index}</sub></span>
    <span class="nats">${kl === null ? "" : `${kl.toFixed(kl < 0.1 ? 2 : 1)} nats`}</span>
    <input type="range" min="${-limit}" max="${limit}" step="0.01" value="0" aria-label="z ${index}">
    <input type="number" step="0.1" value="0" aria-label="z ${index}, typed">
    <canvas width="${28 * FRAMES}" height="28" aria-hidden="true"></canvas>`;
  element.querySelector(".name").title = `Moves z along dimension ${index}, all others held.`;
  element.querySelector(".nats").title =
    "KL divergence of this dimension: how much it tells about a picture, on average. Below 0.01 it tells nothing.";
  const range = element.querySelector("[type=range]");
  const number = element.querySelector("[type=number]");
  const canvas = element.querySelector("canvas");
  canvas.title = "What the digit becomes along this dimension. Click a picture to go there.";

  range.addEventListener("input", () => explorer.writeOne(index, range.valueAsNumber, `z-${index}`));
  range.addEventListener("change", () => explorer.settle());
  number.addEventListener("input", () => {
    if (Number.isFinite(number.valueAsNumber)) explorer.writeOne(index, number.valueAsNumber, `z-${index}-typed`);
  });
  number.title = "Any number from −1000 to 1000.";
  number.addEventListener("change", () => {
    explorer.settle();
    number.value = format(explorer.z[index]);
  });
  canvas.addEventListener("click", (event) => explorer.writeOne(index, frameValue(frameUnder(event, FRAMES), limit)));

  return {
    index,
    element,
    get visible() {
      return element.offsetParent !== null;
    },
    show(value) {
      const text = format(value);
      if (range.value !== text) range.value = text;
      if (number !== document.activeElement && number.value !== text) number.value = text;
    },
    reach(farther) {
      limit = farther;
      range.min = -limit;
      range.max = limit;
      range.value = number.value;
    },
    strip(z) {
      const along = z.slice();
      for (let frame = 0; frame < FRAMES; frame++) {
        along[index] = frameValue(frame, limit);
        paint(canvas, explorer.decode(along), 28 * frame);
      }
    },
  };
}

const format = (value) => String(Number(value.toFixed(2)));

/** The slider's value above the middle of a strip's picture. */
const frameValue = (frame, limit) => limit * ((2 * frame + 1) / FRAMES - 1);
