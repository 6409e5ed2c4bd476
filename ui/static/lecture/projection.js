// Figure 8 of the lecture: where the means of the posteriors lie, from epoch to epoch, beside the loss; and by t-SNE at a few.

import { finder, make, setText } from "../draw/dom.js";
import { sized } from "../draw/raster.js";
import { oncePerFrame, whenShown } from "../draw/schedule.js";
import { latestOnly } from "../state/latest.js";
import { modelNames } from "../state/names.js";
import { drawCurves } from "./curves.js";

const SOME = 4000; // codes that are drawn
const SECONDS = 1.2; // from one moment to the next, while it plays

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const { lecture, models } = explorer;
  const latest = latestOnly(signal);
  const range = find("[type=range]"),
    play = find(".play"),
    choice = find(".model");
  const TENSORS = ["snapshot_epochs", "snapshot_planes"],
    UNFOLDED = ["snapshot_tsne", "snapshot_tsne_epochs", "snapshot_tsne_rows"];
  let shown = null; // {name, epochs, planes, labels, n, reach, curve, unfolded}
  let chosen = null; // {pair, name}: another model than the pair's, until that changes
  let playing = 0;
  let drawnAt = 0; // the canvas's width when t-SNE was drawn

  async function open() {
    const { pair } = lecture;
    if (!pair?.vae) return;
    if (chosen?.pair !== pair) chosen = null;
    const name = chosen?.name ?? pair.vae.name;
    offer(name);
    if (shown?.name === name) return draw();
    stop();
    const [atlas, more, unfolded, { history }] = await latest(
      Promise.all([
        models.atlas(name),
        models.tensors(name, TENSORS),
        models.tensors(name, UNFOLDED),
        models.metrics(name),
      ]),
    );
    const { snapshot_epochs: epochs, snapshot_planes: planes } = more;
    element.hidden = !planes;
    if (!planes) return;
    const n = atlas.labels.length;
    let reach = 0;
    for (let i = 2 * n * (epochs.length - 1); i < planes.length; i++) reach = Math.max(reach, Math.abs(planes[i]));
    const curve = history.map(({ epoch, test_nelbo }) => [epoch, test_nelbo]);
    const own = unfolded.snapshot_tsne ? unfolded : null;
    shown = { name, epochs, planes, labels: atlas.labels, n, reach, curve, unfolded: own };
    element.dataset.model = name;
    delete element.dataset.unfolded;
    range.max = epochs.length - 1;
    range.value = epochs.length - 1;
    draw();
  }

  /** The models of these images that keep how their map came to be. */
  function offer(name) {
    const names = modelNames(models.list, host.first, t);
    const own = models.list.filter(({ data, made }) => data === explorer.model.data && !made);
    const key = own.map((model) => model.name).join();
    if (choice.dataset.offered !== key) {
      choice.replaceChildren(...own.map((model) => new Option(names[model.name].full, model.name)));
      choice.dataset.offered = key;
    }
    choice.value = name;
  }

  const draw = oncePerFrame(() => {
    const canvas = find(".plane"),
      { clientWidth: size } = canvas;
    if (!shown || !size || signal.aborted) return;
    const { epochs, planes, labels, n, reach } = shown;
    const at = range.valueAsNumber,
      before = Math.min(epochs.length - 2, Math.floor(at)),
      share = at - before;
    const context = sized(canvas, size, size);
    const step = Math.max(1, Math.floor(n / SOME));
    for (let row = 0; row < n; row += step) {
      const [x, y] = [0, 1].map((k) => {
        const i = 2 * (before * n + row) + k;
        return (1 - share) * planes[i] + share * planes[i + 2 * n];
      });
      context.fillStyle = host.palette[labels[row]];
      context.fillRect(size / 2 + (0.48 * size * x) / reach - 1, size / 2 - (0.48 * size * y) / reach - 1, 2, 2);
    }
    const epoch = (1 - share) * epochs[before] + share * epochs[before + 1];
    const words = t("lecture.projection.at", { epoch: Math.round(epoch) });
    setText(find("output"), words);
    canvas.setAttribute("aria-label", words);
    element.dataset.epoch = epoch.toFixed(4);
    drawCurves(find(".curve"), [{ points: shown.curve, colour: "--ink-soft" }], { at: epoch });
    if (element.dataset.unfolded === undefined || canvas.width !== drawnAt) drawUnfolded();
    drawnAt = canvas.width;
  });

  /** The codes by t-SNE at a few epochs, each of them made anew. */
  function drawUnfolded() {
    const { labels, unfolded } = shown;
    find(".unfolded").hidden = !unfolded;
    if (!unfolded) return;
    const { snapshot_tsne: places, snapshot_tsne_epochs: epochs, snapshot_tsne_rows: rows } = unfolded;
    const figures = find(".unfolded .figure");
    if (figures.children.length !== epochs.length) {
      figures.replaceChildren(
        ...Array.from(epochs, () => make("figure", {}, make("canvas", { role: "img" }), make("figcaption"))),
      );
    }
    [...figures.children].forEach((figure, k) => {
      const canvas = figure.querySelector("canvas"),
        { clientWidth: size } = canvas;
      const caption = t("lecture.projection.tsne", { epoch: epochs[k] });
      setText(figure.querySelector("figcaption"), caption);
      canvas.setAttribute("aria-label", caption);
      const context = sized(canvas, size, size);
      rows.forEach((row, i) => {
        const [x, y] = [0, 1].map((d) => places[2 * (k * rows.length + i) + d]);
        context.fillStyle = host.palette[labels[row]];
        context.fillRect(size / 2 + 0.48 * size * x - 1, size / 2 - 0.48 * size * y - 1, 2, 2);
      });
    });
    element.dataset.unfolded = JSON.stringify(Array.from(epochs));
  }

  function stop() {
    cancelAnimationFrame(playing);
    playing = 0;
    setText(play, t("play.play"));
  }
  play.addEventListener("click", () => {
    if (playing) return stop();
    if (!shown) return;
    setText(play, t("play.pause"));
    if (range.valueAsNumber >= Number(range.max)) range.value = 0;
    let then = performance.now();
    const next = (now) => {
      range.value = Math.min(Number(range.max), range.valueAsNumber + (now - then) / 1000 / SECONDS);
      then = now;
      draw();
      if (range.valueAsNumber >= Number(range.max) || signal.aborted) return stop();
      playing = requestAnimationFrame(next);
    };
    playing = requestAnimationFrame(next);
  });
  choice.addEventListener("change", () => {
    chosen = { pair: lecture.pair, name: choice.value };
    open().catch((error) => explorer.tell("problem.model", { name: choice.value, detail: error.message }));
  });
  range.addEventListener("input", () => {
    stop();
    draw();
  });
  explorer.on("lecture", () => element.getClientRects().length && open().catch(() => {}), { signal });
  whenShown(element, (isShown) => (isShown ? open()?.catch(() => {}) : stop()), signal);
}
