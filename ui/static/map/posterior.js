// The digit that was clicked on the map: draws from its posterior, which all decode to nearly the same picture.

import { explorer } from "./explorer.js";
import { gaussian } from "./latent.js";
import { paint } from "./raster.js";
import { makeStrip } from "./strip.js";
import { tour } from "./tour.js";

const DRAWS = 9;
const SAME = 1e-3; // how far the coordinates of two codes that are the same may lie apart

/** Fills `panel`; `changed` is called when the row or the draws have changed. Gives {row, draws, pick(row)}. */
export function mountPicked(panel, view, changed) {
  const canvas = panel.querySelector("canvas"), button = panel.querySelector(".draws");
  const stops = { A: panel.querySelector(".stop-A"), B: panel.querySelector(".stop-B") };
  const picked = { row: -1, draws: [], pick };

  function pick(row) {
    picked.row = row;
    picked.draws = [];
    panel.hidden = row < 0;
    canvas.hidden = true;
    if (row >= 0) {
      panel.querySelector("b").textContent = `Test picture ${row}, class ${view.className(explorer.atlas.labels[row])}`;
      button.hidden = !explorer.model.variational; // a plain autoencoder's code is a point
    }
    tellStops();
    changed();
  }

  /** Whether it is a stop of the morph. */
  function tellStops() {
    for (const [name, own] of Object.entries(stops)) {
      const code = picked.row < 0 ? null : view.code(picked.row), mu = tour.stops[name]?.mu;
      const same = code && mu?.length === code.length && code.every((value, i) => Math.abs(value - mu[i]) < SAME);
      own.textContent = same ? `is ${name}` : `as ${name}`;
    }
  }

  button.addEventListener("click", async () => {
    const { atlas } = explorer, { row } = picked, mu = view.code(row);
    const { logvar } = await explorer.tensors(["logvar"]).catch(() => ({}));
    if (!logvar || explorer.atlas !== atlas || picked.row !== row) return;
    const std = (i) => Math.exp(logvar[row * mu.length + i] / 2);
    picked.draws = Array.from({ length: DRAWS }, () => gaussian(mu.length, 1).map((eps, i) => mu[i] + std(i) * eps));
    canvas.hidden = false;
    picked.draws.forEach((z, k) => paint(canvas, explorer.decode(z), 28 * k));
    canvas.dataset.draws = JSON.stringify(picked.draws.map((z) => Array.from(z)));
    canvas.setAttribute("aria-label", `${DRAWS} draws from the posterior of test picture ${row}, decoded`);
    changed();
  });
  for (const [name, own] of Object.entries(stops)) own.addEventListener("click", () => tour.take(name, view.code(picked.row)));
  tour.on("stops", tellStops);
  makeStrip(canvas, DRAWS, (k) => explorer.write(picked.draws[k]));
  return picked;
}
