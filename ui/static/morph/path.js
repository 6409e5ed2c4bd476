// The path of the morph: its kind, the slider along it, strips of the whole of it against the alternatives, and how much
// the image changes from step to step.

import { decimal, finder, make } from "../draw/dom.js";
import { numberField } from "../draw/number.js";
import { erase, paint } from "../draw/raster.js";
import { idleQueue, oncePerFrame, whenShown } from "../draw/schedule.js";
import { makeStrip } from "../draw/strip.js";
import { norm } from "../maths/latent.js";
import { latestOnly } from "../state/latest.js";
import { PATHS } from "../state/link.js";
import { mountPlay } from "./play.js";
import { drawSpeeds, eraseSpeeds, speedsOf } from "./speed.js";

const FRAMES = 12; // images in a strip, both ends included

export function mount(element, page) {
  const { explorer, host, t, signal } = page;
  const { stops } = explorer;
  const find = finder(element);
  const slider = find("#morph-t [type=range]"),
    number = find("#morph-t [type=number]");
  const canvas = find(".speed"),
    legend = find(".legend");
  const play = mountPlay(find(".play"), FRAMES, page);
  const latestPlain = latestOnly(signal),
    latestCurve = latestOnly(signal);
  let plain = null; // the plain autoencoder beside the model, once it has come
  const rows = {
    own: { at: (at) => explorer.decode(stops.z(at)), element: find(".own") },
    plain: {
      at: (at) => plain && plain.name === stops.plain?.name && plain.decode(stops.plainZ(at)),
      element: find(".plain"),
    },
    fade: { at: (at) => stops.fade(at), element: find(".fade") },
  };
  let drawn = {}; // what each strip shows
  let speeds = null; // {path: changes}, of the path with that key
  let speedsKey = "";
  let asked = ""; // for which path the geodesics are being asked for

  // Strips, speeds and geodesics

  const keyOf = (name) => (name === "own" ? stops.pathKey : stops.key);
  const fill = idleQueue(
    () => Object.keys(rows).flatMap((name) => (rows[name].element.hidden ? [] : jobs(name))),
    signal,
  );

  function jobs(name) {
    const strip = rows[name].element.querySelector(".strip"),
      key = keyOf(name);
    if (drawn[name] === key) return [];
    return Array.from({ length: FRAMES }, (_, k) => () => {
      const x = stops.ready && keyOf(name) === key && rows[name].at(stops.frame(k, FRAMES));
      if (x) paint(strip, x, 28 * k);
      if (x && k === FRAMES - 1) drawn[name] = key;
    });
  }

  const show = () => drawSpeeds(canvas, legend, speeds, stops.path, t);
  const measure = idleQueue(() => {
    if (!stops.ready) return [];
    const key = `${stops.key} ${stops.curves?.progress ?? ""}`;
    if (speedsKey === key) return [show];
    const found = {};
    const kinds = PATHS.filter((kind) => kind !== "geodesic" || stops.curves?.progress === 1);
    return [
      ...kinds.map(
        (kind) => () => (found[kind] = speedsOf((at) => explorer.decode(stops.z(at, kind)), stops.legs.length)),
      ),
      () => {
        speedsKey = key;
        speeds = found;
        show();
      },
    ];
  }, signal);

  async function usePlain() {
    const { plain: beside } = stops;
    rows.plain.element.hidden = !beside;
    if (!beside) return;
    rows.plain.element.querySelector("p").textContent = t("path.plain", { name: beside.name });
    const model = await latestPlain(explorer.models.load(beside.name).catch(() => null));
    if (!model || stops.plain?.name !== model.name) return;
    plain = model;
    fill();
    drawFrames();
  }

  async function findCurves() {
    if (stops.path !== "geodesic" || !stops.ready || stops.curves || asked === stops.key || !host.can.geodesics) return;
    const { key, legs } = stops,
      found = [];
    asked = key;
    for (const [a, b] of legs) {
      const [from, to] = [a, b].map((name) => Array.from(stops.code(name)));
      const question = host.ask("geodesic", { model: explorer.model.name, a: from, b: to });
      const { problem, curve } = await latestCurve(question.catch(() => ({ problem: { code: "problem.server" } })));
      if (problem) {
        stops.curves = { key, problem };
        break;
      }
      found.push(curve.map((z) => Float32Array.from(z)));
      stops.curves = { key, progress: found.length / legs.length, legs: [...found] };
    }
    asked = "";
  }

  function showPath() {
    element.classList.toggle("empty", !stops.ready);
    for (const radio of element.querySelectorAll("[name=path]")) radio.checked = radio.value === stops.path;
    const looking = stops.ready && !stops.found;
    find("progress").hidden = !looking;
    find("progress").value = stops.curves?.progress ?? 0;
    find(".about").textContent = looking ? t("path.looking") : about();
    const isPlain = explorer.model?.variational === false;
    const name = explorer.model?.name ?? "",
      path = t(`path.${stops.path}`);
    find(".own p").textContent = t(isPlain ? "path.own.plain" : "path.own", { name, path });
    for (const control of element.querySelectorAll("input, button"))
      control.disabled = !stops.ready && control.name !== "path";
    if (!stops.ready) {
      play.stop();
      drawn = {};
      for (const { element: row } of Object.values(rows))
        for (const one of row.querySelectorAll("canvas")) erase(one, one.ariaLabel ?? "");
      eraseSpeeds(canvas, legend);
      speeds = null;
      speedsKey = "";
    }
    const names = stops.names.length > 2 ? [...stops.names, stops.names[0]] : stops.names;
    find(".stops").replaceChildren(...names.map((one) => make("span", { textContent: one })));
    findCurves();
    usePlain();
    fill();
    measure();
  }

  function about() {
    const { problem } = stops.curves ?? {};
    if (problem && stops.path === "geodesic") return t(problem.code, problem);
    if (stops.path !== "spherical" || !stops.ready) return t(`path.${stops.path}.about`);
    const lengths = stops.names.map((name) => `‖${name}‖ ${decimal(norm(stops.code(name)), 1)}`).join(", ");
    return t("path.spherical.lengths", { lengths });
  }

  // The slider

  let typing = false; // a number that is not entered yet, which is left alone

  const showT = () => {
    slider.value = Number(stops.t.toFixed(3));
    if (!typing) number.value = slider.value;
  };
  const drawFrames = oncePerFrame(() => {
    if (signal.aborted) return;
    showT();
    if (!stops.ready) return;
    for (const { element: row, at } of Object.values(rows)) {
      const x = row.hidden ? null : at(stops.t);
      if (x) paint(row.querySelector(".frame"), x);
    }
  });
  const goTo = (to) => {
    play.stop();
    stops.move(to);
  };
  slider.addEventListener("input", () => goTo(slider.valueAsNumber));
  slider.addEventListener("change", () => explorer.settle());
  number.addEventListener("input", () => {
    typing = true;
  });
  numberField(number, {
    refused: t("number.refused"),
    signal,
    entered(value) {
      typing = false;
      goTo(Number.isFinite(value) ? value : stops.t);
      showT();
      explorer.settle();
    },
  });
  number.addEventListener("blur", () => {
    typing = false; // what was typed and taken back is no change
    showT();
  });
  for (const { element: row } of Object.values(rows)) {
    makeStrip(row.querySelector(".strip"), FRAMES, (k) => {
      if (!stops.ready) return;
      goTo(stops.frame(k, FRAMES));
      explorer.settle();
    });
  }
  for (const radio of element.querySelectorAll("[name=path]")) {
    radio.addEventListener("change", () => {
      asked = ""; // what was not answered is asked for again
      stops.choose(radio.value);
    });
  }

  explorer.on("path", showPath, { signal });
  explorer.on("t", drawFrames, { signal });
  explorer.on("model", showPath, { signal });
  whenShown(canvas, show, signal);
}
