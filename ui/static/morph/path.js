// The way of the morph: its path, the slider along it, strips of the whole of it against the alternatives, and how
// much the picture changes from step to step.

import { explorer } from "./explorer.js";
import { drawPace, erasePace, paceOf } from "./pace.js";
import { mountPlay } from "./play.js";
import { erase, paint } from "./raster.js";
import { idleQueue, oncePerFrame } from "./schedule.js";
import { makeStrip } from "./strip.js";
import { NAMES, PATHS, tour } from "./tour.js";

const FRAMES = 12; // pictures in a strip, both ends included
const CLAIM = {
  own: "every picture on the way is one that the model could have drawn.",
  plain: "a plain autoencoder, and nothing taught it what lies between its codes.",
};

export function mount(element, props, watch, trigger) {
  const find = (selector) => element.querySelector(selector);
  const slider = find("[type=range]"), number = find("[type=number]"), pace = find(".pace");
  const play = mountPlay(find(".play"), FRAMES);
  const rows = {
    own: { at: (t) => explorer.decode(tour.z(t)), element: find(".own") },
    plain: { at: (t) => plain?.name === plainName() && plain.decode(tour.plainZ(t)), element: find(".plain") },
    fade: { at: (t) => tour.fade(t), element: find(".fade") },
  };
  let plain = null; // the plain autoencoder beside the model, once it has come: {name, decode}
  let drawn = {}; // what each strip shows
  let asked = ""; // for which way the geodesics were last asked for

  // Strips, pace and geodesics

  const fill = idleQueue(() => Object.values(rows).flatMap((row) => (row.element.hidden ? [] : jobs(row))));

  function jobs(row) {
    const canvas = row.element.querySelector(".strip");
    const key = wayKey(row);
    if (drawn[row.element.className] === key) return [];
    return Array.from({ length: FRAMES }, (_, k) => () => {
      const x = tour.ready && wayKey(row) === key && row.at(tour.frame(k, FRAMES));
      if (x) paint(canvas, x, 28 * k);
      if (x && k === FRAMES - 1) drawn[row.element.className] = key;
    });
  }

  const wayKey = (row) => (row === rows.own ? tour.wayKey : tour.key);

  const measure = idleQueue(() => {
    if (!tour.ready) return [];
    const key = `${tour.key} ${tour.curves?.progress ?? ""}`;
    if (pace.dataset.key === key) return [() => drawPace(pace, tour.path)];
    const paces = {};
    const kinds = Object.keys(PATHS).filter((kind) => kind !== "geodesic" || tour.curves?.progress === 1);
    return [
      ...kinds.map((kind) => () => (paces[kind] = paceOf((t) => explorer.decode(tour.z(t, kind)), tour.legs.length))),
      () => {
        pace.dataset.key = key;
        pace.paces = paces;
        drawPace(pace, tour.path);
      },
    ];
  });

  /** The plain autoencoder that all stops have a code of, or null. */
  function plainName() {
    const names = tour.ready ? tour.legs.flat().map((stop) => stop.plain?.model) : [];
    return names.length && names.every((one) => one && one === names[0]) ? names[0] : null;
  }

  async function usePlain() {
    const name = plainName();
    rows.plain.element.hidden = !name;
    rows.plain.element.querySelector("b").textContent = name ?? "";
    if (!name) return;
    const decode = await explorer.decoderOf(name).catch(() => null);
    if (!decode || plainName() !== name) return;
    plain = { name, decode };
    fill();
    drawFrames();
  }

  function askForCurves() {
    if (tour.path !== "geodesic" || !tour.ready || tour.curves || asked === tour.key) return;
    asked = tour.key;
    props.value = { model: explorer.model.name, key: tour.key, legs: tour.legs.map((leg) => leg.map(({ mu }) => Array.from(mu))) };
    trigger("input");
  }
  watch("value", () => {
    if (!props.value?.legs && !props.value?.problem) return;
    if (props.value.key === asked && (props.value.progress === 1 || props.value.problem)) asked = "";
    if (props.value.progress !== undefined || props.value.problem) tour.curves = props.value;
  });

  function way() {
    element.classList.toggle("empty", !tour.ready);
    for (const radio of element.querySelectorAll("[name=path]")) radio.checked = radio.value === tour.path;
    const { curves } = tour;
    const looking = tour.ready && !tour.found;
    find("progress").hidden = !looking;
    find("progress").value = curves?.progress ?? 0;
    find(".own b").textContent = explorer.model?.name ?? "";
    find(".own i").textContent = PATHS[tour.path];
    find(".about").textContent = looking ? "Looking for the geodesic…" : (curves?.problem ?? about());
    find(".own span").textContent = explorer.model?.variational === false ? CLAIM.plain : CLAIM.own;
    for (const control of element.querySelectorAll("input, button")) control.disabled = !tour.ready && control.name !== "path";
    if (!tour.ready) {
      play.stop();
      drawn = {};
      for (const { element: row } of Object.values(rows)) for (const canvas of row.querySelectorAll("canvas")) erase(canvas);
      erasePace(pace);
      delete pace.dataset.key;
    }
    const names = tour.names.length > 2 ? [...tour.names, tour.names[0]] : tour.names;
    find(".stops").replaceChildren(...names.map((name) => Object.assign(document.createElement("span"), { textContent: name })));
    askForCurves();
    usePlain();
    fill();
    measure();
  }

  function about() {
    if (tour.path === "linear") return "Straight: z = (1 − t) a + t b, from code to code.";
    if (tour.path === "geodesic") return "Geodesic: the curve along which the picture changes least, and evenly.";
    if (!tour.ready) return "Spherical: along the arc between the codes; its length goes evenly from one's to the other's.";
    const lengths = tour.names.map((name) => `‖${name}‖ ${Math.hypot(...tour.stops[name].mu).toFixed(1)}`).join(", ");
    return `Spherical: along the arc between the codes; its length goes evenly: ${lengths}.`;
  }

  // The slider

  let typing = false; // a number that is not entered yet, which is left alone

  const showT = () => {
    slider.value = Number(tour.t.toFixed(3));
    if (!typing) number.value = slider.value;
  };
  const drawFrames = oncePerFrame(() => {
    showT();
    if (!tour.ready) return;
    for (const { element: row, at } of [rows.plain, rows.fade]) {
      const x = row.hidden ? null : at(tour.t);
      if (x) paint(row.querySelector(".frame"), x);
    }
    paint(rows.own.element.querySelector(".frame"), explorer.decode(tour.z()));
  });
  const goTo = (t) => {
    play.stop();
    tour.move(t);
  };
  slider.addEventListener("input", () => goTo(slider.valueAsNumber));
  slider.addEventListener("change", () => explorer.settle());
  number.addEventListener("input", () => (typing = true));
  number.addEventListener("change", () => {
    typing = false;
    goTo(Number.isFinite(number.valueAsNumber) ? number.valueAsNumber : tour.t);
    showT();
    explorer.settle();
  });
  number.addEventListener("blur", () => {
    typing = false; // what was typed and taken back is no change
    showT();
  });
  for (const { element: row } of Object.values(rows)) {
    makeStrip(row.querySelector(".strip"), FRAMES, (k) => {
      goTo(tour.frame(k, FRAMES));
      explorer.settle();
    });
  }
  for (const radio of element.querySelectorAll("[name=path]")) {
    radio.addEventListener("change", () => {
      asked = ""; // what was not answered is asked for again
      tour.choose(radio.value);
    });
  }

  tour.on("stops", () => {
    document.querySelector("#ends").dataset.stops = tour.shown; // which the style sheet shows
    document.querySelector("#add-stop").disabled = tour.shown === NAMES.length;
  });
  new ResizeObserver(() => drawPace(pace, tour.path)).observe(pace);
  tour.on("way", way);
  tour.on("t", drawFrames);
  explorer.on("model", way);
}
