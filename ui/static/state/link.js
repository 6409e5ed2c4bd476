// The state as a part of an address that no server sees, and back. Pure functions.
//
// model=NAME&tab=TAB&temperature=T&samples=SOURCE.SEED   what is open, and which draws are shown together
// z=NAME:CODE~NAME:0~...                          z of each model that has been shown; 0 is the origin, where the shown
//                                                 model's lies without an entry
// plane=NAME:PLANE:I.J~...                        the map's plane of each model, with the two dimensions where it has them
// layers=points.digits.originals.bubbles&drag=TOOL&range=X0,X1,Y0,Y1&hidden=3.5&epoch=E&point=ROW
// rows=NAME:BITS&a=NAME:CODE&b=NAME:CODE&along=T  the selection, the means that were kept, and how far between them
// stops=ACODE~BCODE&images=AIMAGE&path=PATH&t=T    the morph: its stops' codes of the model, and the images that they are
//                                                 codes of, but for those that are decoded from the code
// pins=NAME:CODE:TITLE~...                        places that were kept
// lecture=ROW.SEED.PLACE.SEED&drawn=IMAGE&eps=CODE&beta=B&likelihood=L&ends=ROW.ROW&share=T   what the lecture's panels show
//
// A CODE is a vector of float32, BITS a mask of rows, an IMAGE has 256 shades, all in URL-safe base64: see codec.js.

import { planesOf } from "../maths/planes.js";
import { codeToText, imageToText, rowsToText, textToCode, textToImage, textToRows } from "./codec.js";
import { checkedPin, MOST_PINS } from "./pins.js";

export const TABS = ["explore", "morph", "lecture", "models-tab"];
export const LAYERS = ["points", "digits", "originals", "bubbles"];
export const TOOLS = ["pan", "select", "lasso"];
export const SOURCES = ["prior", "data"];
export const PATHS = ["linear", "spherical", "geodesic"];
export const STOPS = ["A", "B", "C", "D", "E", "F"];
export const LIKELIHOODS = ["bernoulli", "gaussian"];
export const MOST_BETA = 4;
const MOST_EPOCHS = 1e6,
  MOST_ROWS = 9999;

/** What a new explorer begins with. */
export const initialState = () => ({
  model: null,
  tab: "explore",
  temperature: 1,
  samples: { source: "data", seed: 0 }, // the draws that are shown together: where from, and which
  z: {}, // model -> Float32Array [latent_dim]
  map: {
    planes: {}, // model -> {name, axes: [i, j]}
    layers: { points: true, digits: false, originals: false, bubbles: false },
    drag: "pan",
    range: null, // {x: [low, high], y: [low, high]}, or null: the whole map
    hidden: [], // classes
    epoch: null, // of training, while another moment of it is shown
    point: -1, // row of the test image that was clicked
    selections: {}, // model -> {rows, A, B, t}: rows, the means that were kept, and how far z lies from one to the other
  },
  morph: { stops: {}, room: 2, path: "linear", t: 0 },
  pins: [], // see pins.js
  lecture: {
    row: 0, // of the test image that the panels are about,
    pixels: null, // or an image of a person's own [784]
    seed: 1, // of eps,
    eps: null, // or eps as a person has set it [latent_dim]
    beta: 1,
    likelihood: "bernoulli", // which reconstruction loss is shown
    dimension: 0, // place among the dimensions by their KL
    samples: 1, // seed of the samples
    ends: null, // rows of the two test images that are morphed, [a, b]
    t: 0.5, // and how far from one to the other
  },
});

export const emptySelection = { rows: [], A: null, B: null, t: 0 };

/** The address part of a state. */
export function encodeState(state) {
  const { model, tab, temperature, samples, z, map, morph, pins, lecture } = state;
  const parts = new URLSearchParams();
  const put = (name, value) => value !== "" && parts.set(name, value);
  const perModel = (table, fn) =>
    Object.entries(table)
      .map(([name, value]) => [name, fn(value, name)])
      .filter(([, text]) => text)
      .map(([name, text]) => `${name}:${text}`)
      .join("~");
  put("model", model ?? "");
  if (tab !== "explore") put("tab", tab);
  if (temperature !== 1) put("temperature", String(temperature));
  if (samples.seed) put("samples", `${samples.source}.${samples.seed}`);
  put(
    "z",
    perModel(z, (code, name) => (code.some((value) => value) ? codeToText(code) : name === model ? "" : "0")),
  );
  put(
    "plane",
    perModel(map.planes, ({ name, axes }) => (axes ? `${name}:${axes.join(".")}` : name)),
  );
  const layers = LAYERS.filter((layer) => map.layers[layer]);
  if (layers.join() !== "points") put("layers", layers.join(".") || "none");
  if (map.drag !== "pan") put("drag", map.drag);
  if (map.range) put("range", [...map.range.x, ...map.range.y].map((value) => Number(value.toPrecision(7))).join(","));
  put("hidden", map.hidden.join("."));
  if (map.epoch !== null) put("epoch", String(map.epoch));
  if (map.point >= 0) put("point", String(map.point));
  put(
    "rows",
    perModel(map.selections, ({ rows }) => (rows.length ? rowsToText(rows) : "")),
  );
  put(
    "a",
    perModel(map.selections, ({ A }) => (A ? codeToText(A) : "")),
  );
  put(
    "b",
    perModel(map.selections, ({ B }) => (B ? codeToText(B) : "")),
  );
  const along = map.selections[model]?.t;
  if (along) put("along", String(along));
  const stops = STOPS.filter((name) => morph.stops[name]?.codes?.[model]);
  put("stops", stops.map((name) => name + codeToText(morph.stops[name].codes[model])).join("~"));
  const given = stops.filter((name) => morph.stops[name].source.decoded !== model);
  put("images", given.map((name) => name + imageToText(morph.stops[name].image)).join("~"));
  if (morph.path !== "linear") put("path", morph.path);
  if (morph.t) put("t", morph.t.toFixed(4));
  put("pins", pins.map(({ model, name, z }) => `${model}:${codeToText(z)}:${titleToText(name)}`).join("~"));
  const { row, pixels, seed, eps, beta, likelihood, dimension, samples: drawn, ends, t } = lecture;
  if (row || seed !== 1 || dimension || drawn !== 1) put("lecture", `${row}.${seed}.${dimension}.${drawn}`);
  if (ends) put("ends", ends.join("."));
  if (t !== 0.5) put("share", t.toFixed(4));
  if (pixels) put("drawn", imageToText(pixels));
  if (eps) put("eps", codeToText(eps));
  if (beta !== 1) put("beta", String(beta));
  if (likelihood !== "bernoulli") put("likelihood", likelihood);
  return parts.toString().replace(/%(3A|7E|2C)/g, decodeURIComponent); // : ~ and , may stand in a fragment
}

/**
 * What an address part says: {state, damaged}, a state like initialState's, but with the stops' codes in
 * morph.codes {name: code} and morph.images {name: x [784]}, and whether some of it made no sense and was left out; null where it says nothing.
 * known(name): what is known of a model, {latent_dim, variational}, or undefined.
 */
export function decodeState(text, known) {
  const sizeOf = (name) => known(name)?.latent_dim;
  const parts = new URLSearchParams(text);
  const old = parts.get("morph"); // links to a morph named their model so
  if (old !== null) {
    parts.set("model", old);
    parts.set("tab", "morph");
  }
  const named = [
    "lecture",
    "drawn",
    "model",
    "tab",
    "z",
    "plane",
    "stops",
    "layers",
    "epoch",
    "range",
    "temperature",
    "samples",
    "path",
    "pins",
  ];
  if (!named.some((name) => parts.has(name))) return null;
  const state = initialState();
  let damaged = false;
  /** Read one part; where it makes no sense it is left out. */
  const take = (name, read) => {
    const value = parts.get(name);
    if (value === null) return;
    try {
      read(value);
    } catch {
      damaged = true;
    }
  };
  const model = parts.get("model");
  if (model !== null) {
    if (sizeOf(model) === undefined) damaged = true;
    else state.model = model;
  }
  take("tab", (value) => (state.tab = oneOf(TABS, value)));
  take("temperature", (value) => (state.temperature = number(value, 0, 2)));
  take("samples", (value) => {
    const [source, seed] = value.split(".");
    state.samples = { source: oneOf(SOURCES, source), seed: whole(seed ?? "", 0, 2 ** 32 - 1) };
  });
  eachModel("z", (name, code) => {
    state.z[name] = code === "0" ? new Float32Array(sizeOf(name)) : textToCode(code, sizeOf(name));
  });
  eachModel("plane", (name, plane, axes) => {
    state.map.planes[name] = { name: oneOf(planesOf(sizeOf(name), known(name).variational), plane) };
    if (axes === undefined) return;
    const pair = axes.split(".").map((value) => whole(value, 0, sizeOf(name) - 1));
    if (pair.length !== 2 || pair[0] === pair[1]) throw new Error("two dimensions");
    state.map.planes[name].axes = pair;
  });
  take("layers", (value) => {
    const on = value === "none" ? [] : value.split(".").map((layer) => oneOf(LAYERS, layer));
    for (const layer of LAYERS) state.map.layers[layer] = on.includes(layer);
  });
  take("drag", (value) => (state.map.drag = oneOf(TOOLS, value)));
  take("range", (value) => {
    const [x0, x1, y0, y1, ...rest] = value.split(",").map((part) => number(part, -1e6, 1e6));
    if (!(x0 < x1 && y0 < y1) || rest.length) throw new Error("a range");
    state.map.range = { x: [x0, x1], y: [y0, y1] };
  });
  take("hidden", (value) => (state.map.hidden = [...new Set(value.split(".").map((label) => whole(label, 0, 9)))]));
  take("epoch", (value) => (state.map.epoch = whole(value, 0, MOST_EPOCHS)));
  take("point", (value) => (state.map.point = whole(value, 0, 1e6)));
  const selection = (name) => (state.map.selections[name] ??= { ...emptySelection });
  eachModel("rows", (name, rows) => (selection(name).rows = textToRows(rows)));
  eachModel("a", (name, code) => (selection(name).A = textToCode(code, sizeOf(name))));
  eachModel("b", (name, code) => (selection(name).B = textToCode(code, sizeOf(name))));
  take("along", (value) => {
    const t = number(value, -1.5, 1.5); // the slider's ends
    const own = state.map.selections[state.model];
    if (own?.A && own.B) own.t = t;
  });
  take("path", (value) => (state.morph.path = oneOf(PATHS, value)));
  take("t", (value) => (state.morph.t = number(value, 0, 1)));
  state.morph.codes = {};
  take("stops", (value) => {
    for (const stop of value.split("~")) {
      state.morph.codes[oneOf(STOPS, stop[0])] = textToCode(stop.slice(1), sizeOf(state.model));
    }
  });
  state.morph.images = {};
  take("images", (value) => {
    for (const stop of value.split("~")) state.morph.images[oneOf(STOPS, stop[0])] = textToImage(stop.slice(1));
  });
  take("pins", (value) => {
    for (const entry of value.split("~").slice(0, MOST_PINS)) {
      try {
        const [name, code, title = ""] = entry.split(":"); // a pin of a model that is not here may be of use elsewhere
        const pin = checkedPin({ model: name, name: decodeURIComponent(title), z: textToCode(code, sizeOf(name)) });
        state.pins.push({ ...pin, linked: true });
      } catch {
        damaged = true; // the others are read all the same
      }
    }
  });
  const { lecture } = state;
  take("lecture", (value) => {
    const [row, seed, dimension, drawn] = value.split(".").map((part) => whole(part, 0, 2 ** 32 - 1));
    if (drawn === undefined || row > MOST_ROWS) throw new Error("four numbers");
    Object.assign(lecture, { row, seed, dimension, samples: drawn });
  });
  take("ends", (value) => {
    const ends = value.split(".").map((part) => whole(part, 0, MOST_ROWS));
    if (ends.length !== 2) throw new Error("two rows");
    lecture.ends = ends;
  });
  take("share", (value) => (lecture.t = number(value, 0, 1)));
  take("drawn", (value) => (lecture.pixels = textToImage(value)));
  take("eps", (value) => (lecture.eps = textToCode(value)));
  take("beta", (value) => (lecture.beta = number(value, 0, MOST_BETA)));
  take("likelihood", (value) => (lecture.likelihood = oneOf(LIKELIHOODS, value)));
  if (old !== null && !Object.keys(state.morph.codes).length) damaged = true;
  return { state, damaged };

  /** Read a part that has an entry for some of the models. */
  function eachModel(part, read) {
    take(part, (value) => {
      for (const entry of value.split("~")) {
        const [name, ...rest] = entry.split(":");
        if (sizeOf(name) === undefined) throw new Error("a model");
        read(name, ...rest);
      }
    });
  }
}

/** Any text between : and ~. */
const titleToText = (text) => encodeURIComponent(text).replaceAll("~", "%7E");

function oneOf(names, name) {
  if (!names.includes(name)) throw new Error(`one of ${names}`);
  return name;
}

function number(text, low, high) {
  const value = Number(text);
  if (text.trim() === "" || !(low <= value && value <= high)) throw new Error("a number");
  return value;
}

function whole(text, low, high) {
  const value = number(text, low, high);
  if (!Number.isInteger(value)) throw new Error("a whole number");
  return value;
}
