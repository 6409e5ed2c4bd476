// The path of the morph: its kind, the slider along it, strips of the whole of it against the alternatives, and how much
// the image changes from step to step.

import { decimal, finder, make } from "../draw/dom.js";
import { numberField } from "../draw/number.js";
import { erase, paint, putImages } from "../draw/raster.js";
import { oncePerFrame, whenLetGo, whenShown } from "../draw/schedule.js";
import { makeStrip } from "../draw/strip.js";
import { changes } from "../maths/geodesic.js";
import { joined, norm } from "../maths/latent.js";
import { latestOnly } from "../state/latest.js";
import { PATHS } from "../state/link.js";
import { titleOf } from "../state/names.js";
import { fill as fillText } from "../state/words.js";
import { mountPlay } from "./play.js";
import { drawSpeeds, eraseSpeeds, placesOf } from "./speed.js";

const FRAMES = 12; // images in a strip, both ends included

export function mount(element, page) {
  const { explorer, t, signal } = page;
  const { stops } = explorer;
  const find = finder(element);
  const slider = find("#morph-t [type=range]"),
    number = find("#morph-t [type=number]");
  const canvas = find(".speed"),
    legend = find(".legend");
  const play = mountPlay(find(".play"), FRAMES, page);
  const latestPlain = latestOnly(signal);
  let plain = null; // the plain autoencoder beside the model, once it has come
  const rows = {
    own: { at: (at) => explorer.decode(stops.z(at)), element: find(".own") },
    plain: {
      at: (at) => plain && plain.name === stops.plain?.name && plain.decode(stops.plainZ(at)),
      element: find(".plain"),
    },
    fade: { at: (at) => stops.fade(at), element: find(".fade") },
  };
  let asked = {}; // what each strip, and the speeds, were last asked for
  let speeds = {}; // {path: changes}
  let search = null; // {key, cancel}: for the geodesics

  // Strips, speeds and geodesics

  const stripOf = (name) => rows[name].element.querySelector(".strip");
  const images = Object.fromEntries(
    ["own", "plain"].map((name) => [
      name,
      explorer.images(({ image }) => {
        if (stops.ready) putImages(stripOf(name), image, FRAMES);
      }, signal),
    ]),
  );
  const measures = Object.fromEntries(
    PATHS.map((kind) => [
      kind,
      explorer.images(({ images: all }, { key }) => {
        if (key !== speedKey(kind)) return;
        speeds = { ...speeds, [kind]: changes(all) };
        show();
      }, signal),
    ]),
  );

  /** Whether `what` is to be asked for, as it was not asked for with this key before. */
  function isNew(what, key) {
    if (asked[what] === key) return false;
    asked[what] = key;
    return true;
  }

  function fill() {
    if (!stops.ready) return;
    const places = Array.from({ length: FRAMES }, (_, k) => stops.frame(k, FRAMES));
    if (isNew("own", stops.pathKey)) images.own.ask(joined(places.map((at) => stops.z(at))), { columns: FRAMES });
    if (plain && plain.name === stops.plain?.name && isNew("plain", `${plain.name} ${stops.key}`)) {
      images.plain.ask(joined(places.map((at) => stops.plainZ(at))), { columns: FRAMES, model: plain.name });
    }
    if (isNew("fade", stops.key))
      for (const [k, at] of places.entries()) paint(stripOf("fade"), stops.fade(at), 28 * k);
  }

  const show = () => drawSpeeds(canvas, legend, speeds, stops.path, t);
  const speedKey = (kind) => `${stops.key} ${kind === "geodesic" ? stops.curves?.progress : ""}`;

  /** How much the image changes at each step of the paths, once nothing else waits. */
  function measure() {
    if (!stops.ready) return;
    for (const kind of PATHS) {
      const key = speedKey(kind);
      if (kind === "geodesic" && stops.curves?.progress !== 1) {
        const { geodesic: _, ...others } = speeds;
        speeds = others;
      } else if (isNew(kind, key)) {
        const at = placesOf(stops.legs.length);
        measures[kind].ask(joined(at.map((place) => stops.z(place, kind))), { later: true, key });
      }
    }
    show();
  }

  async function usePlain() {
    const { plain: beside } = stops;
    rows.plain.element.hidden = !beside;
    if (!beside) {
      plain = null; // the worker may forget it
      explorer.models.release(stops);
      return;
    }
    const words = rows.plain.element.querySelector("p");
    if (words.dataset.model !== beside.name) fillText(words, t, "path.plain", { name: titleOf(beside, t) }); // else its button keeps the focus
    words.dataset.model = beside.name;
    if (plain?.name === beside.name) return;
    const model = await latestPlain(explorer.models.load(beside.name, stops).catch(() => null));
    if (!model || stops.plain?.name !== model.name) return;
    plain = model;
    fill();
    drawFrames();
  }

  function findCurves() {
    const { key, legs } = stops;
    if (search && search.key !== key) {
      search.cancel(); // for other stops
      search = null;
    }
    if (stops.path !== "geodesic" || !stops.ready || search || stops.curves?.progress === 1) return;
    const found = legs.map(([a, b]) => [stops.code(a), stops.code(b)]);
    const shares = legs.map(() => 0);
    const cancels = legs.map(([a, b], leg) =>
      explorer.models.background.geodesic(explorer.model.name, stops.code(a), stops.code(b), ({ curve, share }) => {
        found[leg] = curve;
        shares[leg] = share;
        const progress = shares.reduce((sum, one) => sum + one, 0) / legs.length;
        if (progress === 1) search = null;
        stops.curves = { key, progress, legs: [...found] };
      }),
    );
    const cancel = () => {
      for (const one of cancels) one();
    };
    search = { key, cancel };
  }
  signal.addEventListener("abort", () => search?.cancel());

  function showPath() {
    element.classList.toggle("empty", !stops.ready);
    for (const radio of element.querySelectorAll("[name=path]")) radio.checked = radio.value === stops.path;
    const looking = stops.ready && !stops.found;
    find("progress").hidden = !looking;
    find("progress").value = stops.curves?.progress ?? 0;
    find(".about").textContent = looking ? t("path.looking") : about();
    const isPlain = explorer.model?.variational === false;
    const name = explorer.model ? titleOf(explorer.model, t) : "",
      path = t(`path.${stops.path}`);
    find(".own p").textContent = t(isPlain ? "path.own.plain" : "path.own", { name, path });
    for (const control of element.querySelectorAll("input, .play"))
      control.disabled = !stops.ready && control.name !== "path";
    if (!stops.ready) {
      play.stop();
      asked = {};
      for (const { element: row } of Object.values(rows))
        for (const one of row.querySelectorAll("canvas")) erase(one, one.ariaLabel ?? t("speed.none"));
      eraseSpeeds(canvas, legend, t);
      speeds = {};
    }
    const names = stops.names.length > 2 ? [...stops.names, stops.names[0]] : stops.names;
    find(".stops").replaceChildren(...names.map((one) => make("span", { textContent: one })));
    findCurves();
    usePlain();
    fill();
    measure();
  }

  function about() {
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
  whenLetGo(slider, () => explorer.settle(), signal);
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
      stops.choose(radio.value);
    });
  }

  explorer.on("path", showPath, { signal });
  explorer.on("t", drawFrames, { signal });
  explorer.on("model", showPath, { signal });
  whenShown(canvas, show, signal);
}
