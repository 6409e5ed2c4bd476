// Figure 6 of the lecture: samples. A VAE's beside a plain autoencoder's, from the prior and like the data; and one z through the
// epochs of training.

import { finder, make, percent, setText } from "../draw/dom.js";
import { putImages } from "../draw/raster.js";
import { whenShown } from "../draw/schedule.js";
import { drawMixture, gaussian, joined, seeded } from "../maths/latent.js";
import { inColumns } from "../maths/work.js";
import { latestOnly } from "../state/latest.js";
import { titleOf } from "../state/names.js";

const SIDE = 8; // samples in a row, as many rows

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const { lecture, models } = explorer;
  const latest = latestOnly(signal);
  const moment = find(".moment"),
    epoch = find(".epochs [type=range]");
  let drawn = null; // the pair and the seed that are drawn
  let snapshots = null; // {epochs, images}

  async function show() {
    const { pair, state } = lecture;
    if (!pair?.vae || !element.getClientRects().length) return;
    if (drawn?.pair === pair && drawn.seed === state.samples) return;
    drawn = { pair, seed: state.samples };
    const kinds = [pair.vae, pair.ae].filter(Boolean);
    const atlases = await latest(Promise.all(kinds.map(({ name }) => models.atlas(name).catch(() => null))));
    const grids = kinds.flatMap((model, k) => [grid(model, "prior", null), grid(model, "data", atlases[k])]);
    find(".grids").replaceChildren(...grids.filter(Boolean));
    element.dataset.epoch = "";
    await showMoments(pair.vae);
  }

  /** 64 images of z from N(0, I), or from the mixture fitted to the codes, and how many of such a judge can read. */
  function grid(model, source, atlas) {
    if (source === "data" && !atlas?.sampler_weights) return null;
    const uniform = seeded(lecture.state.samples);
    const draw = () => (source === "data" ? drawMixture(atlas, 1, uniform) : gaussian(model.latent_dim, 1, uniform));
    const images = model.decode(joined(Array.from({ length: SIDE * SIDE }, draw)));
    const canvas = make("canvas", { width: 28 * SIDE, height: 28 * SIDE, role: "img" });
    putImages(canvas, inColumns(images, SIDE), SIDE);
    const share = model.readable?.[source],
      name = titleOf(model, t);
    const caption =
      share === undefined
        ? t("lecture.samples.unmeasured", { name, source: t(`lecture.samples.from.${source}`) })
        : t(`lecture.samples.${source}`, { name, share: percent(share) });
    canvas.setAttribute("aria-label", caption);
    const figure = make("figure", {}, canvas, make("figcaption", { textContent: caption }));
    Object.assign(figure.dataset, { model: model.name, source, readable: share?.toFixed(4) ?? "" });
    return figure;
  }

  /** The same 16 z at moments of the training. */
  async function showMoments({ name }) {
    find(".epochs").hidden = true;
    const { snapshot_pictures: images, snapshot_epochs: epochs } = await latest(
      models.tensors(name, ["snapshot_pictures", "snapshot_epochs"]).catch(() => ({})),
    );
    if (!images) return;
    snapshots = { epochs, images: Float32Array.from(images, (value) => value / 255) };
    epoch.max = epochs.length - 1;
    epoch.value = epochs.length - 1;
    find(".epochs").hidden = false;
    showMoment();
  }

  function showMoment() {
    const k = epoch.valueAsNumber,
      size = snapshots.images.length / snapshots.epochs.length;
    putImages(moment, inColumns(snapshots.images.subarray(k * size, (k + 1) * size), SIDE), SIDE);
    const caption = t("lecture.samples.moment", { epoch: snapshots.epochs[k] });
    setText(find("output"), caption);
    moment.setAttribute("aria-label", caption);
    element.dataset.epoch = snapshots.epochs[k];
  }

  find(".again").addEventListener("click", () => lecture.drawSamples());
  epoch.addEventListener("input", showMoment);
  explorer.on("lecture", show, { signal });
  whenShown(element, show, signal);
}
