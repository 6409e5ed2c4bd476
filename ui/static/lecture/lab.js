// The lab: a VAE or an autoencoder of two dimensions, trained in the page by a worker, with all that is to be seen of it meanwhile.

import { decimal, finder, setText } from "../draw/dom.js";
import { save, zipped } from "../draw/files.js";
import { putImages, sized } from "../draw/raster.js";
import { whenShown, whileSeen } from "../draw/schedule.js";
import { HELD_OUT, TRAINED_ON } from "../maths/lab.js";
import { latestOnly } from "../state/latest.js";
import { atlasFile, describe, modelFiles, NAME } from "../state/yours.js";

const REACH = 4.2; // of the axes, from 0, at least
const BUBBLES = 150; // of the held-out codes that are drawn with their size

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const { models } = explorer;
  const latest = latestOnly(signal);
  const beta = find(".beta"),
    buttons = {
      play: find(".play"),
      step: find(".step"),
      pause: find(".pause"),
      reset: find(".reset"),
      explore: find(".explore"),
      folder: find(".folder"),
    };
  let worker = null,
    labels = null,
    curve = [], // [step, train loss, held-out loss]
    playing = false,
    run = 0, // which lab it is
    wanted = null, // called with the whole model, when it has been asked for
    now = null; // what the worker told last

  const config = () => ({
    variational: find(".kind").value === "vae",
    hidden: Number(find(".hidden").value),
    seed: Math.max(1, Math.round(find(".seed").valueAsNumber) || 1),
  });
  const settings = () => ({ beta: beta.valueAsNumber, lr: Number(find(".lr").value), slow: find(".slow").checked });

  for (const option of find(".data").options) {
    option.hidden = option.disabled = !models.list.some(({ data }) => data === option.value); // whose classes nobody knows
  }

  /** A lab with new weights: promise of whether there is one. */
  async function begin() {
    try {
      await make();
      return true;
    } catch {
      setText(find(".state"), t("problem.server"));
      return false;
    }
  }

  async function make() {
    const data = find(".data").value;
    setPlaying(false);
    const own = ++run; // what the lab before still tells is not taken for this one's
    now = null;
    for (const button of [buttons.explore, buttons.folder]) button.disabled = true;
    delete element.dataset.loss;
    const [kernel, images, classes] = await latest(
      Promise.all([models.kernel, models.originals.bytes(data), models.labels(data)]),
    );
    labels = classes;
    curve = [];
    worker ??= start();
    worker.postMessage({ set: settings() });
    worker.postMessage({ begin: { run: own, kernel, images, config: config() } });
    find(".state").classList.toggle("problem", !kernel);
  }

  function start() {
    const made = new Worker(new URL("../maths/lab-worker.js", import.meta.url), { type: "module" });
    made.onmessage = ({ data }) => {
      if (data.run !== run) return; // of the lab before
      if (data.whole) {
        wanted?.(data.whole);
        return;
      }
      now = data;
      const { losses, heldOut } = data;
      const sum = (terms) => terms && terms.reconstruction + terms.kl;
      if (losses) curve.push([data.step, sum(losses), sum(heldOut)]);
      if (curve.length > 2000) curve = curve.filter((_, k) => k % 2 === 0);
      requestAnimationFrame(draw);
    };
    made.onerror = () => setText(find(".state"), t("lecture.lab.failed"));
    return made;
  }

  function setPlaying(value) {
    playing = value;
    buttons.play.disabled = playing;
    buttons.step.disabled = playing;
    buttons.pause.disabled = !playing;
    worker?.postMessage({ play: playing });
  }

  function draw() {
    if (!now || !find(".plane").clientWidth || signal.aborted) return;
    const { picture, step, epoch, losses, heldOut, rate } = now;
    drawPlane(picture);
    putImages(find(".manifold"), picture.manifold, 12);
    putImages(find(".samples"), picture.samples, 4);
    putImages(find(".batch canvas"), picture.batch, 8);
    drawCurve();
    const nats = (value) => decimal(value, 1);
    const words = {
      step: String(step),
      epoch: decimal(epoch, 1),
      loss: nats(heldOut.reconstruction + heldOut.kl),
      reconstruction: nats(heldOut.reconstruction),
      kl: nats(heldOut.kl),
      rate: String(Math.round(rate / 10) * 10),
    };
    setText(find(".state"), t(playing ? "lecture.lab.running" : "lecture.lab.state", words));
    element.dataset.epoch = epoch.toFixed(4);
    element.dataset.loss = (heldOut.reconstruction + heldOut.kl).toFixed(4);
    element.dataset.step = step;
    element.dataset.playing = now.playing; // false in the last that is told before a pause
    element.dataset.beta = beta.value;
    if (losses) element.dataset.batchLoss = (losses.reconstruction + losses.kl).toFixed(4);
    for (const button of [buttons.explore, buttons.folder]) button.disabled = false;
    element.dataset.pictures = Number(element.dataset.pictures ?? 0) + 1;
  }

  function drawPlane({ mu, std }) {
    const canvas = find(".plane"),
      { clientWidth: size } = canvas;
    const context = sized(canvas, size, size);
    const reach = std ? REACH : Math.max(REACH, ...mu.map(Math.abs));
    const scale = size / (2 * reach);
    const style = getComputedStyle(canvas);
    if (std) {
      context.strokeStyle = style.getPropertyValue("--line");
      context.setLineDash([3, 4]);
      context.beginPath();
      context.arc(size / 2, size / 2, 2.45 * scale, 0, 2 * Math.PI); // 95 % of the prior
      context.stroke();
      context.setLineDash([]);
    }
    for (let row = 0; row < HELD_OUT; row++) {
      const [x, y] = [size / 2 + mu[2 * row] * scale, size / 2 - mu[2 * row + 1] * scale];
      context.fillStyle = context.strokeStyle = host.palette[labels[TRAINED_ON + row]];
      context.fillRect(x - 1, y - 1, 2, 2);
      if (!std || row >= BUBBLES) continue;
      context.beginPath();
      context.ellipse(x, y, std[2 * row] * scale, std[2 * row + 1] * scale, 0, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  function drawCurve() {
    const canvas = find(".curve"),
      { clientWidth: width, clientHeight: height } = canvas;
    const context = sized(canvas, width, height);
    if (curve.length < 2) return;
    const style = getComputedStyle(canvas);
    const all = curve.flatMap(([, a, b]) => [a, b]);
    const low = Math.min(...all),
      high = Math.min(Math.max(...all), low + 200); // the first steps fall from 540
    const [first, last] = [curve[0][0], curve.at(-1)[0]];
    const x = (step) => 8 + ((step - first) / Math.max(1, last - first)) * (width - 60),
      y = (nats) => 8 + (1 - (Math.min(high, nats) - low) / (high - low || 1)) * (height - 20);
    for (const [k, name, line] of /** @type {[number, string, number][]} */ ([
      [1, "--mid", 1],
      [2, "--accent", 2],
    ])) {
      context.strokeStyle = style.getPropertyValue(name);
      context.lineWidth = line;
      context.beginPath();
      for (const point of curve) context.lineTo(x(point[0]), y(/** @type {number} */ (point[k])));
      context.stroke();
    }
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = style.getPropertyValue("--ink-soft");
    context.fillText(decimal(curve.at(-1)[2], 1), width - 48, Math.max(12, y(curve.at(-1)[2]) + 4));
  }

  buttons.play.addEventListener("click", async () => {
    if (worker || (await begin())) setPlaying(true);
  });
  buttons.step.addEventListener("click", async () => {
    if (worker || (await begin())) worker.postMessage({ step: true });
  });
  buttons.pause.addEventListener("click", () => setPlaying(false));
  buttons.reset.addEventListener("click", begin);
  for (const name of [".kind", ".hidden", ".data", ".seed"]) find(name).addEventListener("change", begin);
  const set = () => {
    setText(find("output"), decimal(beta.valueAsNumber, 2));
    worker?.postMessage({ set: settings() });
  };

  /** The model as it is now: {config, weights, mu, logvar, heldOut}. */
  async function whole() {
    const own = { ...config(), data: find(".data").value, beta: beta.valueAsNumber };
    const told = new Promise((resolve) => (wanted = resolve));
    worker.postMessage({ whole: true });
    return { config: own, ...(await latest(told)) };
  }
  buttons.explore.addEventListener("click", async () => {
    const { config, weights, heldOut, ...codes } = await whole();
    const files = { model: modelFiles(config, weights)["model.safetensors"], atlas: atlasFile(codes, labels) };
    await explorer.add(describe(config, codes, heldOut), files);
    explorer.setTab("explore");
  });
  buttons.folder.addEventListener("click", async () => {
    const { config, weights } = await whole();
    save(await zipped(NAME, modelFiles(config, weights)), `${NAME}.zip`);
  });
  beta.addEventListener("input", set);
  for (const name of [".lr", ".slow"]) find(name).addEventListener("change", set);
  set();
  whenShown(
    element,
    (isShown) => {
      if (!isShown && playing) setPlaying(false);
      if (isShown && now) draw();
    },
    signal,
  );
  whileSeen(element, (isSeen) => isSeen && !worker && begin(), signal);
  signal.addEventListener("abort", () => worker?.terminate());
}
