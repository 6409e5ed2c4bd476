// The test image that was clicked on the map: draws from its posterior, which all decode to nearly the same image.

import { finder } from "../draw/dom.js";
import { paint } from "../draw/raster.js";
import { makeStrip } from "../draw/strip.js";
import { gaussian, joined, reparameterize, seeded, stdOf } from "../maths/latent.js";
import { kl, reconstruction } from "../maths/losses.js";
import { latestOnly } from "../state/latest.js";

const DRAWS = 9;
const COSTED = 16; // draws that the reconstruction term is a mean over
const SAME = 1e-3; // how far the coordinates of two codes that are the same may lie apart

/** Fills `panel`; `changed` is called when the row or the draws have changed. Gives {row, draws}. */
export function mountPosterior(panel, view, { explorer, t, signal }, changed) {
  const find = finder(panel);
  const canvas = find(".strip"),
    button = find(".draws");
  const latest = latestOnly(signal),
    comparing = latestOnly(signal);
  const posterior = { row: -1, draws: [] };

  function show() {
    const { point } = explorer.state.map;
    const row = explorer.atlas && point < explorer.atlas.labels.length ? point : -1;
    if (row === posterior.row) return;
    latest.cancel();
    posterior.row = row;
    posterior.draws = [];
    panel.hidden = row < 0;
    canvas.hidden = true;
    if (row >= 0) {
      find("b").textContent = t("posterior.of", { row, name: view.className(explorer.atlas.labels[row]) });
      button.hidden = !explorer.model.variational; // a plain autoencoder's code is a point
    }
    tellStops();
    compare();
    changed();
  }

  /** The image itself beside what its code decodes to, and what it costs the model. */
  async function compare() {
    const { row } = posterior,
      { model } = explorer;
    find(".pair").hidden = true;
    if (row < 0) return;
    const { originals } = explorer.models;
    const [isThere, encode] = await comparing(
      Promise.all([originals.open(model.data), explorer.models.encoder(model.name).catch(() => null)]),
    );
    if (!isThere || !encode || explorer.model !== model) return;
    const x = originals.image(model.data, row);
    paint(find(".original"), x);
    const { mu, logvar } = encode(x);
    paint(find(".made"), explorer.decode(mu));
    find(".cost").textContent = cost(model, x, mu, logvar);
    find(".pair").hidden = false;
  }

  /** The negative ELBO of one image: the mean over a few draws from its posterior, the same ones each time. */
  function cost(model, x, mu, logvar) {
    const nats = (value) => value.toFixed(1);
    if (!logvar) return t("posterior.cost.plain", { reconstruction: nats(reconstruction(model, x, model.decode(mu))) });
    const uniform = seeded(posterior.row + 1);
    const std = stdOf(logvar);
    const draws = Array.from({ length: COSTED }, () => reparameterize(mu, std, gaussian(mu.length, 1, uniform)));
    const images = model.decode(joined(draws));
    const terms = draws.map((_, k) => reconstruction(model, x, images.subarray(k * x.length, (k + 1) * x.length)));
    const rec = terms.reduce((a, b) => a + b, 0) / COSTED,
      divergence = kl(mu, logvar).reduce((a, b) => a + b, 0);
    return t("posterior.cost", { total: nats(rec + divergence), reconstruction: nats(rec), kl: nats(divergence) });
  }

  /** Whether it is a stop of the morph. */
  function tellStops() {
    for (const name of ["A", "B"]) {
      const code = posterior.row < 0 ? null : view.code(posterior.row),
        stop = explorer.stops.code(name);
      const isStop = code && stop?.every((value, i) => Math.abs(value - code[i]) < SAME);
      find(`.stop-${name}`).textContent = t(isStop ? "posterior.is" : "posterior.as", { name });
      find(`.stop-${name}`).title = t("posterior.as.help", { name });
    }
  }

  button.addEventListener("click", async () => {
    const { row } = posterior,
      mu = view.code(row);
    const { logvar } = await latest(explorer.tensors(["logvar"]).catch(() => ({})));
    if (!logvar) return;
    const std = stdOf(logvar.subarray(row * mu.length, (row + 1) * mu.length));
    posterior.draws = Array.from({ length: DRAWS }, () => reparameterize(mu, std, gaussian(mu.length, 1)));
    canvas.hidden = false;
    for (const [k, z] of posterior.draws.entries()) paint(canvas, explorer.decode(z), 28 * k);
    canvas.dataset.draws = JSON.stringify(posterior.draws.map((z) => Array.from(z)));
    canvas.setAttribute("aria-label", t("posterior.strip", { n: DRAWS, row }));
    changed();
  });
  for (const name of ["A", "B"]) {
    find(`.stop-${name}`).addEventListener("click", () => explorer.stops.take(name, view.code(posterior.row)));
  }
  makeStrip(canvas, DRAWS, (k) => explorer.write(posterior.draws[k]));
  explorer.on("stops", tellStops, { signal });
  explorer.on("map", show, { signal });
  explorer.on("atlas", show, { signal });
  return posterior;
}
