// Figures 3 and 5 of the lecture: the bubbles of a 2-D model, pushed apart by the reconstruction and pulled together by the KL
// term. One of them can be let go: its own mean and width then follow the forces.

import { brief, decimal, finder, make, setText } from "../draw/dom.js";
import { paint, sized } from "../draw/raster.js";
import { oncePerFrame, whenShown } from "../draw/schedule.js";
import { forces, letGo } from "../maths/forces.js";
import { gaussian, seeded, stdOf } from "../maths/latent.js";
import { reachOf } from "../maths/ranges.js";
import { PRIOR_RADIUS } from "../maths/statistics.js";
import { latestOnly } from "../state/latest.js";
import { drawBalance, SIDES } from "./balance.js";
import { drawCurves } from "./curves.js";
import { drawForces, drawSizeForces, oval, placeOn } from "./plane.js";

const REACH = 3.6, // of the axes, from 0, at least
  MOST = 0.9, // of the coordinates, lie on the plane; bubbles beyond are drawn at its edge
  EDGE = 0.985, // of the plane, half of which is 1
  BUBBLES = 220, // that are drawn
  ARROWED = 28, // of them with their forces
  DRAWS = 24; // of the noise that forces are means over
const STEP_MS = 120; // of a bubble that was let go
const USER = "lecture bubbles";

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const { models, lecture } = explorer;
  const canvas = find(".plane"),
    alone = find(".alone"),
    latest = latestOnly(signal);
  const noise = Array.from({ length: DRAWS }, (_, k) => gaussian(2, 1, seeded(k + 1)));
  let shown = null; // {model, atlas, balance, history, logvar, reach, rows, arrows}: what is drawn
  let chosen = null; // {row, x, posterior, forces, loss, path}
  let going = 0; // requestAnimationFrame of a bubble that was let go

  const family = () =>
    models.list
      .filter(({ data, latent_dim, variational }) => variational && latent_dim === 2 && data === dataset())
      .sort((a, b) => a.beta - b.beta);
  const dataset = () => (explorer.model?.data === "fashion" ? "fashion" : "mnist");

  async function open(name) {
    cancelAnimationFrame(going);
    const [model, atlas, { balance, history }] = await latest(
      Promise.all([
        models.load(name, USER).then(() => models.withGradient(name)),
        models.atlas(name),
        models.metrics(name),
        models.originals.open(dataset()),
      ]),
    );
    const step = Math.floor(atlas.labels.length / BUBBLES);
    const { logvar } = await latest(models.tensors(name, ["logvar"]));
    shown = {
      model,
      atlas,
      balance,
      history,
      logvar,
      reach: REACH,
      rows: [],
      arrows: [],
    };
    shown.rows = Array.from({ length: BUBBLES }, (_, k) => k * step);
    const means = shown.rows.flatMap((row) => Array.from(posteriorOf(row).mu));
    shown.reach = Math.max(REACH, 1.2 * reachOf(means, MOST));
    for (const row of shown.rows.filter((_, k) => k % Math.floor(BUBBLES / ARROWED) === 0)) {
      const x = models.originals.image(dataset(), row);
      if (x) shown.arrows.push({ row, forces: forces(model, x, posteriorOf(row), noise.slice(0, 6), model.beta) });
    }
    Object.assign(element.dataset, { model: name });
    for (const side of SIDES) element.dataset[side] = balance?.[side].toFixed(4) ?? "";
    const row = chosen?.row ?? lecture.bubbles?.row;
    choose(row ?? shown.rows[3]);
  }

  const openOrTell = (name) =>
    open(name).catch((error) => {
      explorer.tell("problem.model", { name, detail: error.message });
      show(); // the one that is shown is the one that is chosen
    });

  const isOnPlane = (mu) => mu.every((value) => Math.abs(value) < shown.reach);

  /** Where on the plane a bubble is drawn: at its edge where it lies beyond it. */
  const held = (mu) => mu.map((value) => Math.max(-EDGE * shown.reach, Math.min(EDGE * shown.reach, value)));

  const posteriorOf = (row) => ({
    mu: shown.atlas.mu.slice(2 * row, 2 * row + 2),
    logvar: shown.logvar.slice(2 * row, 2 * row + 2),
  });

  function choose(row) {
    cancelAnimationFrame(going);
    const x = models.originals.image(dataset(), row);
    if (!x) return;
    const posterior = posteriorOf(row);
    const own = forces(shown.model, x, posterior, noise, shown.model.beta);
    chosen = {
      row,
      x,
      posterior,
      first: posterior,
      forces: own,
      loss: own.reconstruction + shown.model.beta * own.kl,
      path: [],
    };
    chosen.before = chosen.loss;
    lecture.bubbles = { model: shown.model.name, row };
    if (document.activeElement === find(".back")) find(".go").focus(); // the button that is disabled would lose it
    find(".back").disabled = true;
    show();
  }

  /** Let the chosen bubble follow the forces, slowly enough to be watched. */
  function go() {
    if (!chosen) return;
    cancelAnimationFrame(going);
    const steps = letGo(shown.model, chosen.x, chosen.posterior, noise, shown.model.beta);
    find(".back").disabled = false;
    let last = -Infinity;
    const next = (now) => {
      going = requestAnimationFrame(next);
      if (now - last < STEP_MS) return;
      last = now;
      const { value, done } = /** @type {any} */ (steps.next());
      if (done || signal.aborted) return cancelAnimationFrame(going);
      Object.assign(chosen, {
        posterior: { mu: value.mu, logvar: value.logvar },
        forces: value.forces,
        loss: value.loss,
      });
      chosen.path.push(value.mu);
      show();
    };
    going = requestAnimationFrame(next);
  }

  const show = oncePerFrame(() => {
    const { clientWidth: size } = canvas;
    if (!shown || !chosen || !size || signal.aborted) return;
    offer();
    drawPlane(size);
    showBalance();
    const { mu, logvar } = chosen.posterior;
    paint(find(".x"), chosen.x);
    paint(find(".made"), shown.model.decode(mu));
    const pair = (values) => `(${Array.from(values, brief).join(", ")})`;
    const { push, pull, shrink, grow } = chosen.forces;
    const std = stdOf(logvar);
    const { clientWidth: side } = alone;
    const before = chosen.path.length
      ? { std: stdOf(chosen.first.logvar), moved: chosen.first.mu.map((value, d) => value - mu[d]) }
      : null;
    drawSizeForces(sized(alone, side, side), { std, before }, chosen.forces, {
      size: side,
      style: getComputedStyle(alone),
    });
    setText(
      find(".own"),
      t("lecture.bubbles.own", {
        mu: pair(mu),
        std: pair(std),
        push: pair(push),
        pull: pair(pull),
        size: pair(shrink),
        grow: pair(grow),
        loss: decimal(chosen.loss, 1),
      }),
    );
    const gain = chosen.before - chosen.loss;
    setText(find(".notice"), t(shown.model.beta ? "lecture.bubbles.notice" : "lecture.bubbles.free"));
    setText(find(".gained"), gain >= 0.005 ? t("lecture.bubbles.gained", { gain: decimal(gain, 2) }) : "");
    Object.assign(element.dataset, { row: chosen.row, loss: chosen.loss.toFixed(4), gain: gain.toFixed(4) });
    Object.assign(element.dataset, { mu: JSON.stringify(Array.from(mu)), force: JSON.stringify(Array.from(push)) });
    element.dataset.size = JSON.stringify([shrink, grow].map((force) => Array.from(force)));
  });

  function drawPlane(size) {
    const { atlas, reach, rows, arrows } = shown;
    const place = placeOn(reach);
    const context = sized(canvas, size, size);
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name);
    const scale = size / (2 * reach);
    const on = { size, reach, style };
    context.strokeStyle = colour("--line");
    context.setLineDash([3, 4]);
    oval(context, place([0, 0], size), PRIOR_RADIUS * scale, PRIOR_RADIUS * scale);
    context.setLineDash([]);
    context.globalAlpha = 0.75;
    for (const row of rows) {
      const { mu, logvar } = posteriorOf(row);
      context.strokeStyle = context.fillStyle = host.palette[atlas.labels[row]];
      const [x, y] = place(held(mu), size);
      context.fillRect(x - 1, y - 1, 2, 2); // a bubble may be too small to be seen, or lie beyond the plane
      if (isOnPlane(mu)) oval(context, [x, y], Math.exp(logvar[0] / 2) * scale, Math.exp(logvar[1] / 2) * scale);
    }
    context.globalAlpha = 1;
    for (const { row, forces: own } of arrows) drawForces(context, held(posteriorOf(row).mu), own, { ...on, width: 1 });
    const { mu, logvar } = chosen.posterior;
    context.lineWidth = 2.5;
    context.strokeStyle = colour("--ink");
    if (chosen.path.length) {
      context.beginPath();
      for (const point of [chosen.first.mu, ...chosen.path]) context.lineTo(...place(held(point), size));
      context.stroke();
    }
    oval(context, place(held(mu), size), Math.exp(logvar[0] / 2) * scale, Math.exp(logvar[1] / 2) * scale);
    drawForces(context, held(mu), chosen.forces, { ...on, width: 2.5 });
  }

  /** Push against pull, shrink against grow, summed over the training images: of the model, and in each epoch of its training. */
  function showBalance() {
    const own = find(".balance"),
      { balance } = shown;
    own.hidden = find(".balances").hidden = !balance;
    if (balance) drawBalance(own, balance, t);
    const epochs = shown.history.filter((record) => "push" in record);
    find(".through").hidden = !epochs.length;
    const line = (side, colour) => ({ points: epochs.map((record) => [record.epoch, record[side]]), colour });
    for (const [name, acting, opposed] of /** @type {const} */ ([
      ["means", "push", "pull"],
      ["widths", "shrink", "grow"],
    ])) {
      drawCurves(find(`.${name}`), [line(acting, "--push"), line(opposed, "--pull")], {
        name: (nats) => decimal(nats, 1),
      });
      element.dataset[name] = epochs.length;
    }
  }

  let offered = "";
  function offer() {
    const list = family();
    const key = list.map(({ name }) => name).join();
    if (offered !== key) {
      const labels = list.map(({ name, beta, made }) => {
        const input = make("input", { type: "radio", name: "bubbles-model", value: name });
        input.addEventListener("change", () => openOrTell(name));
        return make(
          "label",
          {},
          input,
          make("span", {
            textContent: t(made ? "lecture.bubbles.yours" : "lecture.bubbles.beta", {
              beta: decimal(beta, beta % 1 ? 1 : 0),
            }),
          }),
        );
      });
      find(".models").replaceChildren(...labels);
    }
    offered = key;
    for (const input of find(".models").querySelectorAll("input")) input.checked = input.value === shown.model.name;
  }

  canvas.addEventListener("click", ({ clientX, clientY }) => {
    if (!shown) return;
    const { left, top, width } = canvas.getBoundingClientRect();
    const { reach } = shown;
    const at = [(((clientX - left) / width) * 2 - 1) * reach, (1 - ((clientY - top) / width) * 2) * reach];
    const away = (row) => Math.hypot(...held(posteriorOf(row).mu).map((value, d) => value - at[d]));
    choose(shown.rows.reduce((best, row) => (away(row) < away(best) ? row : best)));
  });
  canvas.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
    if (!step || !shown || !chosen) return;
    const k = shown.rows.indexOf(chosen.row);
    choose(shown.rows.at((k + step) % shown.rows.length));
  });
  find(".go").addEventListener("click", go);
  find(".back").addEventListener("click", () => choose(chosen.row));

  async function begin() {
    if (shown || !lecture.pair) return show();
    const list = family();
    const first =
      list.find(({ name }) => name === lecture.bubbles?.model) ?? list.find(({ beta }) => beta === 1) ?? list[0];
    for (const part of [".about", ".controls", ".figure", ".key"]) find(part).hidden = !first;
    if (!first) setText(find(".notice"), t("lecture.bubbles.none"));
    else await openOrTell(first.name);
  }
  explorer.on("lecture", () => element.getClientRects().length && begin(), { signal });
  explorer.on(
    "model",
    () => {
      if (!shown || shown.model.data === dataset()) return;
      cancelAnimationFrame(going);
      shown = chosen = null;
    },
    { signal },
  );
  whenShown(element, (isShown) => (isShown ? begin() : models.release(USER)), signal);
  signal.addEventListener("abort", () => cancelAnimationFrame(going));
}
