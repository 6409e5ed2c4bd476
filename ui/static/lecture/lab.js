// The lab: one or two models of two dimensions, trained in the page by a worker, with all that is to be seen of them meanwhile.
// What is trained lies in explorer.training, which goes on when this view is mounted anew.

import { decimal, finder, setText } from "../draw/dom.js";
import { save, zipped } from "../draw/files.js";
import { putImages, sized } from "../draw/raster.js";
import { oncePerFrame, whenShown, whileSeen } from "../draw/schedule.js";
import { HELD_OUT, TRAINED_ON } from "../maths/lab.js";
import { reachOf } from "../maths/ranges.js";
import { PRIOR_RADIUS } from "../maths/statistics.js";
import { atlasFile, describe, modelFiles, NAME } from "../state/yours.js";
import { drawBalance, SIDES } from "./balance.js";
import { drawForces, oval, placeOn } from "./plane.js";

const REACH = 4.2; // of the axes, from 0, at least
const MOST = 0.998; // of the coordinates that they reach to, where the codes lie farther apart; the rest is at the edge
const EDGE = 0.99; // of the plane, half of which is 1
const BUBBLES = 150; // of the held-out codes that are drawn with their size
const DASHES = [[], [5, 4]]; // of the lines of both models

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const { models, training } = explorer;
  const first = find(".learner");
  const learners = [first, first.cloneNode(true)].map(makeLearner);

  for (const option of find(".data").options) {
    option.hidden = option.disabled = !models.list.some(({ data }) => data === option.value); // whose classes nobody knows
  }

  /** Show what is set and what has been told. */
  function show() {
    const { settings, playing, problem, begun, hasKernel } = training;
    for (const name of ["lr", "hidden", "data", "seed"]) {
      const field = find(`.${name}`);
      if (field !== document.activeElement || field.type !== "number") field.value = String(settings[name]);
    }
    for (const name of ["slow", "beside"]) find(`.${name}`).checked = settings[name];
    find(".play").disabled = find(".step").disabled = playing;
    find(".pause").disabled = !playing;
    if (settings.beside !== learners[1].block.isConnected) {
      if (settings.beside) find(".learners").append(learners[1].block);
      else learners[1].block.remove();
    }
    for (const { set } of learners) set();
    find(".state").classList.toggle("problem", Boolean(problem) || (begun && !hasKernel));
    if (problem) setText(find(".state"), t(problem));
    element.dataset.running = playing;
    if (!training.now) {
      for (const name of ["loss", "besideLoss", ...SIDES]) delete element.dataset[name];
    }
    draw();
  }

  const draw = oncePerFrame(() => {
    const { now, playing, settings } = training;
    if (!now || !find(".plane").clientWidth || signal.aborted) return;
    const shown = learners.slice(0, now.models.length);
    shown.forEach(({ draw: drawOne }, k) => {
      drawOne(now.models[k]);
    });
    const batch = find(".batch canvas"),
      height = 28 * (1 + now.models.length);
    if (batch.height !== height) batch.height = height;
    putImages(batch, now.batch, 8);
    drawCurve();
    const words = {
      step: String(now.step),
      epoch: decimal(now.epoch, 1),
      rate: String(Math.round(now.rate / 10) * 10),
    };
    const state = t(playing ? "lecture.lab.running" : "lecture.lab.state", words);
    setText(find(".state"), training.hasKernel ? state : `${state}. ${t("lecture.lab.slower")}`);
    const [{ heldOut, losses, balance }, other] = now.models;
    const sum = (terms) => (terms ? (terms.reconstruction + terms.kl).toFixed(4) : "");
    Object.assign(element.dataset, {
      epoch: now.epoch.toFixed(4),
      step: now.step,
      playing: now.playing, // false in the last that is told before a pause
      beta: settings.betas[0],
      loss: sum(heldOut),
      batchLoss: sum(losses),
      besideLoss: sum(other?.heldOut),
      besideBatchLoss: sum(other?.losses),
      pictures: Number(element.dataset.pictures ?? 0) + 1,
    });
    for (const side of SIDES) element.dataset[side] = balance?.[side].toFixed(4) ?? "";
  });

  /** One of the models: its controls, and what is to be seen of it. */
  function makeLearner(block, k) {
    const own = finder(block);
    const place = placeOn(1);

    function drawPlane({ mu, std, push }, beta) {
      const canvas = own(".plane"),
        { clientWidth: size } = canvas;
      const context = sized(canvas, size, size);
      const reach = Math.max(REACH, 1.15 * reachOf(mu, MOST));
      const scale = size / (2 * reach);
      const within = (value) => Math.max(-EDGE, Math.min(EDGE, value / reach));
      const at = (row) => place([within(mu[2 * row]), within(mu[2 * row + 1])], size);
      const style = getComputedStyle(canvas);
      if (std) {
        context.strokeStyle = style.getPropertyValue("--line");
        context.setLineDash([3, 4]);
        oval(context, [size / 2, size / 2], PRIOR_RADIUS * scale, PRIOR_RADIUS * scale);
        context.setLineDash([]);
      }
      for (let row = 0; row < HELD_OUT; row++) {
        const [x, y] = at(row);
        context.fillStyle = context.strokeStyle = host.palette[training.labels[TRAINED_ON + row]];
        context.fillRect(x - 1, y - 1, 2, 2);
        if (std && row < BUBBLES) oval(context, [x, y], std[2 * row] * scale, std[2 * row + 1] * scale);
      }
      const forced = push ? push.length / 2 : 0;
      for (let row = 0; row < forced; row++) {
        const point = [mu[2 * row], mu[2 * row + 1]];
        const forces = { push: push.subarray(2 * row, 2 * row + 2), pull: std && point.map((value) => -beta * value) };
        const held = point.map((value) => reach * within(value)); // at the plane's edge, where its point is drawn
        drawForces(context, held, forces, { size, reach, style, width: 1.5 });
      }
    }

    const beta = own(".beta");
    own(".kind").addEventListener("change", ({ target }) =>
      training.set({ kinds: training.settings.kinds.with(k, target.value) }),
    );
    beta.addEventListener("input", () => training.set({ betas: training.settings.betas.with(k, beta.valueAsNumber) }));
    own(".explore").addEventListener("click", async () => {
      const { config, labels, weights, heldOut, ...codes } = await training.whole(k);
      const files = { model: modelFiles(config, weights)["model.safetensors"], atlas: atlasFile(codes, labels) };
      await explorer.add(describe(config, codes, heldOut), files);
      explorer.setTab("explore");
    });
    own(".folder").addEventListener("click", async () => {
      const { config, weights } = await training.whole(k);
      save(await zipped(NAME, modelFiles(config, weights)), `${NAME}.zip`);
    });

    return {
      block,

      /** Show what is set. */
      set() {
        const { kinds, betas, beside } = training.settings;
        own(".kind").value = kinds[k];
        if (beta.valueAsNumber !== betas[k]) beta.value = betas[k];
        beta.disabled = kinds[k] === "ae";
        setText(own("output"), kinds[k] === "ae" ? "–" : decimal(betas[k], 2));
        for (const name of [".explore", ".folder"]) own(name).disabled = !training.now;
        block.setAttribute("aria-label", t(beside ? `lecture.lab.model.${k + 1}` : "lecture.lab.model"));
      },

      draw(model) {
        const { betas } = training.settings;
        drawPlane(model, betas[k]);
        putImages(own(".manifold"), model.manifold, 12);
        putImages(own(".samples"), model.samples, 4);
        const { balance, std, heldOut } = model;
        own(".balance").hidden = !balance;
        if (balance) drawBalance(own(".balance"), balance, t);
        setText(own(".balanced"), t(std ? "lecture.lab.balances" : "lecture.lab.balances.none"));
        const nats = (value) => decimal(value, 1);
        const words = { reconstruction: nats(heldOut.reconstruction), kl: nats(heldOut.kl) };
        const loss = nats(heldOut.reconstruction + heldOut.kl);
        setText(own(".loss"), t(std ? "lecture.lab.loss" : "lecture.lab.loss.plain", { ...words, loss }));
      },
    };
  }

  function drawCurve() {
    const canvas = find(".curve"),
      { clientWidth: width, clientHeight: height } = canvas;
    const context = sized(canvas, width, height);
    const { curve } = training;
    if (curve.length < 2) return;
    const style = getComputedStyle(canvas);
    const all = curve.flatMap(({ learned, heldOut }) => [...learned, ...(heldOut ?? [])]);
    const low = Math.min(...all),
      high = Math.min(Math.max(...all), low + 200); // the first steps fall from 540
    const [begin, end] = [curve[0].step, curve.at(-1).step];
    const x = (step) => 8 + ((step - begin) / Math.max(1, end - begin)) * (width - 60),
      y = (nats) => 8 + (1 - (Math.min(high, nats) - low) / (high - low || 1)) * (height - 20);
    context.font = "11px system-ui, sans-serif";
    const labels = [];
    curve[0].learned.forEach((_, k) => {
      context.setLineDash(DASHES[k]);
      for (const [of, name, line] of /** @type {[string, string, number][]} */ ([
        ["learned", "--mid", 1],
        ["heldOut", "--accent", 2],
      ])) {
        context.strokeStyle = style.getPropertyValue(name);
        context.lineWidth = line;
        context.beginPath();
        for (const point of curve) if (point[of]) context.lineTo(x(point.step), y(point[of][k]));
        context.stroke();
      }
      const { heldOut } = training.now.models[k];
      labels.push(heldOut.reconstruction + heldOut.kl);
    });
    context.fillStyle = style.getPropertyValue("--ink-soft");
    const places = labels.map((nats) => Math.max(12, y(nats) + 4));
    if (places.length > 1 && Math.abs(places[0] - places[1]) < 12) {
      const lower = places[0] > places[1] ? 0 : 1;
      places[lower] = places[1 - lower] + 12;
    }
    labels.forEach((nats, k) => {
      context.fillText(decimal(nats, 1), width - 48, Math.min(height - 4, places[k]));
    });
  }

  find(".play").addEventListener("click", () => training.play());
  find(".step").addEventListener("click", () => training.step());
  find(".pause").addEventListener("click", () => training.pause());
  find(".reset").addEventListener("click", () => training.begin());
  find(".hidden").addEventListener("change", ({ target }) => training.set({ hidden: Number(target.value) }));
  find(".data").addEventListener("change", ({ target }) => training.set({ data: target.value }));
  find(".seed").addEventListener("change", ({ target }) => {
    training.set({ seed: Math.max(1, Math.round(target.valueAsNumber) || 1) });
  });
  find(".lr").addEventListener("change", ({ target }) => training.set({ lr: Number(target.value) }));
  for (const name of ["slow", "beside"]) {
    find(`.${name}`).addEventListener("change", ({ target }) => training.set({ [name]: target.checked }));
  }
  training.on(show, { signal });
  show();
  whenShown(element, (isShown) => (isShown ? draw() : training.pause()), signal);
  whileSeen(element, (isSeen) => isSeen && !training.begun && training.begin(), signal);
}
