// Figure 6 of the lecture: samples. A VAE's beside a plain autoencoder's, from the prior and like the data; and the same z through
// the epochs of training, with how many of such a judge can read.

import { finder, make, percent, setText } from "../draw/dom.js";
import { putImages } from "../draw/raster.js";
import { whenShown } from "../draw/schedule.js";
import { drawMixture, gaussian, joined, seeded } from "../maths/latent.js";
import { inColumns } from "../maths/work.js";
import { latestOnly } from "../state/latest.js";
import { titleOf } from "../state/names.js";
import { drawCurves } from "./curves.js";

const SIDE = 8; // samples in a row, as many rows

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const { lecture, models } = explorer;
  const latest = latestOnly(signal);
  const epoch = find(".epochs [type=range]");
  let drawn = null; // the pair and the seed that are drawn
  let trained = []; // of each model that keeps moments {model, epochs, images, moments: {epoch: what was read}, canvas, caption}

  async function show() {
    const { pair, state } = lecture;
    if (!pair?.vae || !element.getClientRects().length) return;
    if (drawn?.pair === pair && drawn.seed === state.samples) return showMoment();
    const isSame = drawn?.pair === pair;
    drawn = { pair, seed: state.samples };
    const kinds = [pair.vae, pair.ae].filter(Boolean);
    const atlases = await latest(Promise.all(kinds.map(({ name }) => models.atlas(name).catch(() => null))));
    const grids = kinds.flatMap((model, k) => [grid(model, "prior", null), grid(model, "data", atlases[k])]);
    find(".grids").replaceChildren(...grids.filter(Boolean));
    if (isSame && trained.length) return;
    element.dataset.epoch = "";
    await showMoments(kinds);
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

  /** The same 16 z of each model at moments of its training. */
  async function showMoments(kinds) {
    find(".epochs").hidden = true;
    const found = await latest(
      Promise.all(
        kinds.map(async (model) => {
          const [{ snapshot_pictures: images, snapshot_epochs: epochs }, { moments = [] }] = await Promise.all([
            models.tensors(model.name, ["snapshot_pictures", "snapshot_epochs"]).catch(() => ({})),
            models.metrics(model.name).catch(() => ({})),
          ]);
          if (!images) return null;
          const read = Object.fromEntries(moments.map((moment) => [moment.epoch, moment]));
          const canvas = make("canvas", { className: "moment", width: 28 * SIDE, height: 56, role: "img" });
          const caption = make("figcaption");
          return { model, epochs, images: Float32Array.from(images, (value) => value / 255), read, canvas, caption };
        }),
      ),
    );
    trained = found.filter(Boolean);
    if (!trained.length) return;
    find(".moments").replaceChildren(...trained.map(({ canvas, caption }) => make("figure", {}, canvas, caption)));
    epoch.max = trained[0].epochs.length - 1;
    epoch.value = epoch.max;
    find(".epochs").hidden = false;
    showMoment();
  }

  /** The moment that the slider names; another model's is its latest one until then. */
  function showMoment() {
    if (!trained.length) return;
    const chosen = trained[0].epochs[epoch.valueAsNumber];
    setText(find("output"), t("lecture.samples.moment", { epoch: chosen }));
    for (const { model, epochs, images, read, canvas, caption } of trained) {
      const k = epochs.filter((one) => one <= chosen).length - 1,
        size = images.length / epochs.length;
      putImages(canvas, inColumns(images.subarray(k * size, (k + 1) * size), SIDE), SIDE);
      const { readable, frame } = read[epochs[k]] ?? {};
      const words = { name: titleOf(model, t), epoch: epochs[k], frame };
      const text =
        readable !== undefined
          ? t("lecture.samples.read", { ...words, share: percent(readable) })
          : t(frame === undefined ? "lecture.samples.unread" : "lecture.samples.frame", words);
      setText(caption, text);
      canvas.setAttribute("aria-label", text);
      Object.assign(canvas.dataset, {
        model: model.name,
        epoch: epochs[k],
        readable: readable ?? "",
        frame: frame ?? "",
      });
    }
    element.dataset.epoch = chosen;
    drawShares(chosen);
  }

  /** The readable shares of both through the epochs, where they were measured. */
  function drawShares(at) {
    const lines = trained.map(({ read, model }) => ({
      points: Object.values(read).flatMap((moment) => ("readable" in moment ? [[moment.epoch, moment.readable]] : [])),
      colour: model.variational ? "--accent" : "--mid",
      dashed: !model.variational,
    }));
    const isMeasured = lines.some(({ points }) => points.length);
    find(".shares").hidden = !isMeasured;
    if (isMeasured) drawCurves(find(".shares canvas"), lines, { at, low: 0, high: 1, name: percent });
  }

  find(".again").addEventListener("click", () => lecture.drawSamples());
  epoch.addEventListener("input", showMoment);
  explorer.on("lecture", show, { signal });
  whenShown(element, show, signal);
}
