// The digit that was clicked on the map: draws from its posterior, which all decode to nearly the same picture.

import { explorer } from "./explorer.js";
import { gaussian } from "./latent.js";
import { paint } from "./raster.js";
import { makeStrip } from "./strip.js";
import { tour } from "./tour.js";

const DRAWS = 9;

/** Fills `panel`; `changed` is called when the row or the draws have changed. Gives {row, draws, pick(row)}. */
export function mountPicked(panel, view, changed) {
  const canvas = panel.querySelector("canvas"), button = panel.querySelector(".draws");
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
    changed();
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
  for (const name of "AB") {
    panel.querySelector(`.stop-${name}`).addEventListener("click", () => tour.take(name, view.code(picked.row)));
  }
  makeStrip(canvas, DRAWS, (k) => explorer.write(picked.draws[k]));
  return picked;
}
