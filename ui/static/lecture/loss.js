// The loss of one image: both terms, pixel by pixel and dimension by dimension, and what beta weighs.

import { decimal, finder, setText } from "../draw/dom.js";
import { paint } from "../draw/raster.js";
import { kl, pixelTerms } from "../maths/losses.js";
import { drawBars } from "./bars.js";
import { makePanel } from "./panel.js";

export function mount(element, page) {
  const { explorer, t } = page;
  const find = finder(element);
  const { lecture } = explorer;
  const heat = find(".heat"),
    bars = find(".bars"),
    beta = find(".beta");
  let terms = null, // of each pixel,
    nats = null; // and of each dimension

  function tell() {
    const { now, state } = lecture;
    if (!now) return false;
    for (const kind of ["bernoulli", "gaussian"]) {
      find(`.formula.${kind}`).hidden = kind !== state.likelihood;
      find(`[value=${kind}]`).checked = kind === state.likelihood;
    }
    beta.value = state.beta;
    setText(find("output"), decimal(state.beta, 2));
    terms = pixelTerms(state.likelihood, now.x, now.x_hat);
    nats = kl(now.mu, now.logvar);
    const sum = (values) => values.reduce((a, b) => a + b, 0);
    const [reconstruction, divergence] = [sum(terms), sum(nats)];
    const total = reconstruction + state.beta * divergence;
    heat.setAttribute("aria-label", t("lecture.loss.heat.label", { nats: decimal(reconstruction, 1) }));
    bars.setAttribute("aria-label", t("lecture.loss.bars.label", { nats: decimal(divergence, 1) }));
    setText(
      find(".sum"),
      t("lecture.loss.sum", {
        reconstruction: decimal(reconstruction, 1),
        beta: decimal(state.beta, 2),
        kl: decimal(divergence, 1),
        total: decimal(total, 1),
      }),
    );
    const told = { reconstruction, kl: divergence, beta: state.beta, total };
    for (const [name, value] of Object.entries(told)) element.dataset[name] = value.toFixed(4);
    element.dataset.klPerDim = JSON.stringify(Array.from(nats, (value) => Number(value.toFixed(4))));
    return true;
  }

  function draw() {
    const { now } = lecture;
    if (!now) return;
    paint(find(".x"), now.x);
    paint(find(".made"), now.x_hat);
    const most = Math.max(1e-6, ...terms);
    paint(
      heat,
      terms.map((value) => Math.sqrt(value / most)),
    );
    drawBars(bars, nats, { name: (value) => t("lecture.loss.scale", { nats: decimal(value, 1) }) });
  }

  /** What the pixel or the bar under the pointer adds to the sum. */
  heat.addEventListener("pointermove", ({ offsetX, offsetY }) => {
    const [column, row] = [offsetX, offsetY].map((value) =>
      Math.min(27, Math.max(0, Math.floor((28 * value) / heat.clientWidth))),
    );
    if (terms)
      setText(find(".pixel"), t("lecture.loss.pixel", { row, column, nats: decimal(terms[28 * row + column], 2) }));
  });
  heat.addEventListener("pointerleave", () => setText(find(".pixel"), t("lecture.loss.heat")));
  bars.addEventListener("pointermove", ({ offsetX }) => {
    if (!nats) return;
    const place = Math.min(nats.length - 1, Math.max(0, Math.floor((nats.length * offsetX) / bars.clientWidth)));
    setText(find(".bar"), t("lecture.loss.dimension", { place, nats: decimal(nats[place], 2) }));
  });
  bars.addEventListener("pointerleave", () => setText(find(".bar"), t("lecture.loss.bars")));
  beta.addEventListener("input", () => lecture.set({ beta: beta.valueAsNumber }));
  for (const radio of element.querySelectorAll("[name=likelihood]"))
    radio.addEventListener("change", () => lecture.set({ likelihood: radio.value }));
  find(".again").addEventListener("click", () => lecture.drawEps());
  makePanel(element, page, tell, draw);
}
