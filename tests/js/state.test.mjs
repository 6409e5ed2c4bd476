import assert from "node:assert/strict";
import { mock, test } from "node:test";
import {
  codeToText,
  imageToText,
  rowsToText,
  textToCode,
  textToImage,
  textToRows,
} from "../../ui/static/state/codec.js";
import { Emitter } from "../../ui/static/state/emitter.js";
import { Explorer } from "../../ui/static/state/explorer.js";
import { History } from "../../ui/static/state/history.js";
import { latestOnly } from "../../ui/static/state/latest.js";
import { decodeState, encodeState, initialState } from "../../ui/static/state/link.js";
import { makeWords, pickLanguage } from "../../ui/static/state/words.js";

globalThis.requestAnimationFrame = (fn) => setTimeout(fn, 1);
globalThis.location = { href: "http://here/app#old" };
globalThis.reportError = mock.fn();

const MODELS = { big: 3, flat: 2 };
const known = (name) => (Object.hasOwn(MODELS, name) ? { latent_dim: MODELS[name], variational: true } : undefined);
const fakeModels = (broken = []) => ({
  list: Object.keys(MODELS).map((name) => ({ name, latent_dim: MODELS[name] })),
  get: (name) => (name in MODELS ? { name, latent_dim: MODELS[name], variational: true } : undefined),
  async load(name) {
    if (!(name in MODELS) || broken.includes(name)) throw new Error("The file is damaged.");
    return {
      name,
      latent_dim: MODELS[name],
      decode: (z) => Float32Array.from({ length: 784 }, (_, i) => z[i % z.length]),
    };
  },
  atlas: async () => ({ mu: new Float32Array(6), labels: new Uint8Array(400) }),
  mixture: async () => ({}),
  plainBeside: () => undefined,
});

async function opened(name = "big", models = fakeModels()) {
  const explorer = new Explorer(models);
  await explorer.open(name);
  await new Promise((resolve) => setTimeout(resolve, 5)); // the atlas
  return explorer;
}

// Listeners

test("a listener that throws is reported and does not stop the others; listening ends with its signal", () => {
  const emitter = new Emitter(),
    heard = [];
  const ends = new AbortController();
  emitter.listen("z", () => {
    throw new Error("own fault");
  });
  emitter.listen("z", (value) => heard.push(value), ends.signal);
  const before = reportError.mock.callCount();
  emitter.emit("z", 1);
  ends.abort();
  emitter.emit("z", 2);
  assert.deepEqual(heard, [1]);
  assert.equal(reportError.mock.callCount(), before + 2);
  assert.equal(emitter.size, 1);
  emitter.listen("z", () => heard.push("too late"), ends.signal);
  emitter.emit("z", 3);
  assert.deepEqual(heard, [1]);
});

test("code after latest() runs for the latest question alone", async () => {
  const ends = new AbortController(),
    latest = latestOnly(ends.signal),
    done = [];
  const ask = async (name, wait, fails = false) => {
    const answer = new Promise((resolve, reject) =>
      setTimeout(fails ? () => reject(new Error(name)) : () => resolve(name), wait),
    );
    try {
      done.push(await latest(answer));
    } catch (error) {
      done.push(`failed ${error.message}`);
    }
  };
  ask("slow", 20);
  ask("quick", 5);
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.deepEqual(done, ["quick"]);
  ask("cancelled", 5);
  latest.cancel();
  ask("late failure", 20, true);
  ask("failure", 5, true);
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.deepEqual(done, ["quick", "failed failure"]);
  ask("after the end", 5);
  ends.abort();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(done, ["quick", "failed failure"]);
});

// Undo

test("a gesture is one step, which keeps what was there before it; another change is another step", () => {
  const history = new History();
  history.note({ model: "big", z: 0 }, "drag");
  history.note({ model: "big", z: 1 }, "drag");
  history.settle();
  history.note({ model: "big", z: 2 }, "drag");
  assert.deepEqual(
    history.undo("big", () => ({ model: "big", z: 3 })),
    { model: "big", z: 2 },
  );
  assert.deepEqual(
    history.undo("big", () => ({ model: "big", z: 2 })),
    { model: "big", z: 0 },
  );
  assert.equal(
    history.undo("big", () => null),
    null,
  );
  assert.deepEqual(
    history.redo("big", () => ({ model: "big", z: 0 })),
    { model: "big", z: 2 },
  );
});

test("each model has its own steps of z, the stops belong to all", () => {
  const history = new History();
  history.note({ model: "big", z: 0 });
  history.note({ model: "flat", z: 5 });
  assert.deepEqual(history.can("big"), { undo: true, redo: false });
  assert.equal(history.undo("big", (step) => step).z, 0);
  assert.deepEqual(
    [history.can("big"), history.can("flat")],
    [
      { undo: false, redo: true },
      { undo: true, redo: false },
    ],
  );
  history.note({ model: "flat", stops: {} });
  assert.deepEqual(
    history.undo("big", (step) => step),
    { model: "flat", stops: {} },
  );
});

test("writing the same z again is no step", async () => {
  const explorer = await opened();
  for (let k = 0; k < 3; k++) explorer.write([1, 2, 3]);
  explorer.undo();
  assert.deepEqual(Array.from(explorer.z), [0, 0, 0]);
  assert.deepEqual(explorer.history, { undo: false, redo: true });
  explorer.reset(); // it is there already
  assert.deepEqual(explorer.history, { undo: false, redo: true });
});

test("z is held within reason, and what is no z is ignored", async () => {
  const explorer = await opened();
  explorer.writeOne(0, 1e39);
  assert.deepEqual(Array.from(explorer.z), [1000, 0, 0]);
  for (const nonsense of [[1], [1, 2, 3, 4], [1, 2, Number.NaN], [1, 2, Infinity]]) explorer.write(nonsense);
  assert.deepEqual(Array.from(explorer.z), [1000, 0, 0]);
});

test("undo brings back selections and stops, with the z that they moved, in one step", async () => {
  const explorer = await opened();
  explorer.select({ rows: [1, 2] });
  explorer.select({ A: Float32Array.of(1, 1, 1) });
  explorer.undo();
  assert.deepEqual([explorer.selection.rows, explorer.selection.A], [[1, 2], null]);
  explorer.undo();
  assert.deepEqual(explorer.selection.rows, []);
  explorer.redo();
  assert.deepEqual(explorer.selection.rows, [1, 2]);

  const stop = { source: {}, edits: {}, image: new Float32Array(784), codes: { big: Float32Array.of(3, 2, 1) } };
  explorer.stops.set("A", stop, { isNew: true });
  assert.deepEqual(Array.from(explorer.z), [3, 2, 1]);
  explorer.undo();
  assert.deepEqual([explorer.stops.names, Array.from(explorer.z)], [[], [0, 0, 0]]);
  explorer.redo();
  assert.deepEqual([explorer.stops.names, Array.from(explorer.z)], [["A"], [3, 2, 1]]);
});

// Models

test("each model keeps its own z; a model that does not load leaves the one before, and says so", async () => {
  const explorer = await opened();
  explorer.write([1, 2, 3]);
  await explorer.open("flat");
  assert.deepEqual(Array.from(explorer.z), [0, 0]);
  assert.equal(await explorer.open("nobody"), "flat");
  assert.equal(explorer.problem.key, "problem.model");
  assert.equal(await explorer.open("big"), "big");
  assert.equal(explorer.problem, null);
  assert.deepEqual(Array.from(explorer.z), [1, 2, 3]);
});

/** Models with a mixture of one Gaussian, that has its mean at (3, 3, ...) and no width. */
const fittedModels = () => ({
  ...fakeModels(),
  mixture: async (name) => ({
    sampler_weights: Float32Array.of(1),
    sampler_means: new Float32Array(MODELS[name]).fill(3),
    sampler_scales: new Float32Array(MODELS[name] ** 2),
  }),
});

test("a model that is chosen for the first time begins at a z like the data, which is no step of undo", async () => {
  const explorer = await opened("big", fittedModels());
  assert.deepEqual(Array.from(explorer.z), [3, 3, 3]);
  assert.equal(explorer.history.undo, false);
  explorer.reset();
  await explorer.open("flat");
  assert.deepEqual(Array.from(explorer.z), [3, 3]);
  await explorer.open("big");
  assert.deepEqual(Array.from(explorer.z), [0, 0, 0]); // where it was left
  explorer.undo();
  assert.deepEqual(Array.from(explorer.z), [3, 3, 3]);
});

test("it is the first of the samples that are shown together", async () => {
  const sampler_scales = Float32Array.of(1, 0, 0, 0.5, 2, 0, 0, 0.5, 1);
  const mixture = { sampler_weights: Float32Array.of(1), sampler_means: new Float32Array(3), sampler_scales };
  const models = { ...fakeModels(), mixture: async () => mixture, atlas: async () => ({ ...mixture, labels: [] }) };
  const explorer = await opened("big", models);
  assert.deepEqual(explorer.samples(2)[0], explorer.z);
  assert.notDeepEqual(explorer.samples(2)[1], explorer.z);
});

test("where no mixture is to be had a model begins at 0, and a link says where z is", async () => {
  const broken = { ...fakeModels(), mixture: async () => Promise.reject(new Error("The file is damaged.")) };
  assert.deepEqual(Array.from((await opened("big", broken)).z), [0, 0, 0]);
  const linked = new Explorer(fittedModels());
  await linked.restore("model=big&z=flat:0", "flat");
  assert.deepEqual(Array.from(linked.z), [0, 0, 0]);
  await linked.open("flat");
  assert.deepEqual(Array.from(linked.z), [0, 0]);
  const other = new Explorer(fittedModels());
  await other.restore("tab=lecture", "big"); // says nothing of a model and its z
  assert.deepEqual(Array.from(other.z), [3, 3, 3]);
});

test("a first model that is damaged is told of, and another one can be opened", async () => {
  const explorer = await opened("big", fakeModels(["big"]));
  assert.equal(explorer.model, null);
  assert.match(explorer.problem.params.detail, /damaged/);
  for (const action of ["random", "reset", "undo", "redo"]) explorer[action]();
  await explorer.likeData();
  explorer.write([1, 2]);
  assert.equal(await explorer.open("flat"), "flat");
  explorer.write([1, 2]);
  assert.deepEqual(Array.from(explorer.z), [1, 2]);
});

test("a view that throws does not leave a model half open", async () => {
  const explorer = new Explorer(fakeModels()),
    seen = [];
  explorer.on("model", () => {
    throw new Error("a view's own fault");
  });
  explorer.on("model", ({ name }) => seen.push(name));
  explorer.on("z", (z) => seen.push(z.length));
  await explorer.open("flat");
  assert.deepEqual(seen.slice(0, 2), ["flat", 2]);
});

test("a later choice overtakes an earlier one", async () => {
  const models = fakeModels(),
    load = models.load;
  models.load = async (name) => {
    await new Promise((resolve) => setTimeout(resolve, name === "big" ? 20 : 2));
    return load(name);
  };
  const explorer = new Explorer(models);
  await Promise.all([explorer.open("big"), explorer.open("flat")]);
  assert.equal(explorer.model.name, "flat");
});

// The morph

test("the path goes between the stops, with two there and back, with more around", async () => {
  const explorer = await opened(),
    { stops } = explorer;
  stops.take("A", [0, 0, 0]);
  assert.equal(stops.ready, false);
  stops.take("B", [2, 0, 0]);
  stops.move(0.25);
  assert.deepEqual(Array.from(explorer.z), [0.5, 0, 0]);
  assert.equal(stops.onPath, true);
  explorer.write([9, 9, 9]);
  assert.equal(stops.onPath, false);
  stops.take("D", [0, 4, 0]);
  assert.deepEqual([stops.names, stops.room, stops.legs.length], [["A", "B", "D"], 4, 3]);
  assert.deepEqual(Array.from(stops.z(0.5)), [1, 2, 0]);
  assert.deepEqual(Array.from(stops.z(1)), [0, 0, 0]);
  stops.choose("nowhere");
  assert.equal(stops.path, "linear");
  stops.choose("geodesic");
  stops.curves = {
    key: stops.key,
    progress: 1,
    legs: [
      [
        [0, 0, 0],
        [0, 6, 0],
        [2, 0, 0],
      ],
    ],
  };
  assert.deepEqual(Array.from(stops.z(1 / 6)), [0, 6, 0]);
  stops.set("A", null);
  assert.equal(stops.curves, null); // it was another path's
});

test("what was found of a stop is added to that stop alone", async () => {
  const explorer = await opened(),
    { stops } = explorer;
  const first = { source: { url: "a" }, edits: {}, pending: true };
  stops.set("A", first);
  stops.set("A", { source: { url: "b" }, edits: {}, pending: true });
  assert.equal(stops.add("A", first, { image: new Float32Array(784) }), false);
  assert.equal(stops.all.A.source.url, "b");
});

// Links

test("an address holds all of the state", () => {
  const state = initialState();
  state.model = "big";
  state.tab = "morph";
  state.temperature = 0.5;
  state.z = { big: Float32Array.of(1, -2.5, 0.125), flat: Float32Array.of(0, 0) };
  Object.assign(state.map, {
    planes: { big: { name: "dimensions", axes: [2, 0] }, flat: { name: "tsne" } },
    layers: { points: false, digits: true, originals: false, bubbles: true },
    drag: "lasso",
    range: { x: [-1.5, 2], y: [0, 3] },
    hidden: [3, 5],
    epoch: 10,
    point: 77,
    selections: { big: { rows: [0, 9, 300], A: Float32Array.of(1, 2, 3), B: Float32Array.of(3, 2, 1), t: -0.75 } },
  });
  const stop = { source: { decoded: "big" }, image: ink(), codes: { big: Float32Array.of(0.1, 0.2, 0.3) } };
  const given = { ...stop, source: { url: "blob:a", name: "a.png" } };
  state.morph = { stops: { A: stop, C: given }, room: 3, path: "geodesic", t: 0.4 };
  state.lecture = {
    row: 9,
    pixels: ink(),
    seed: 77,
    eps: Float32Array.of(1, -2, 0.5),
    beta: 2.5,
    likelihood: "gaussian",
  };
  Object.assign(state.lecture, { dimension: 2, samples: 5, ends: [4, 9999], t: 0.25 });
  const { state: back, damaged } = decodeState(encodeState(state), known);
  assert.equal(damaged, false);
  assert.deepEqual(back.map, state.map);
  assert.deepEqual(back.lecture, state.lecture);
  for (const key of ["model", "tab", "temperature"]) assert.equal(back[key], state[key]);
  assert.deepEqual(back.z, state.z);
  assert.deepEqual([back.morph.path, back.morph.t, Object.keys(back.morph.codes)], ["geodesic", 0.4, ["A", "C"]]);
  assert.deepEqual(Array.from(back.morph.codes.C), Array.from(stop.codes.big));
  assert.deepEqual(back.morph.images, { C: ink() }); // what is decoded from its code needs no image
});

test("an explorer that opens another's link shows the same; what says nothing is told of", async () => {
  const one = await opened("flat"),
    other = await opened("big");
  one.write([0.5, -1.25]);
  one.stops.take("A", [1, 1]);
  one.stops.take("B", [-1, 1]);
  one.stops.choose("spherical");
  one.setMap({ planes: { flat: { name: "quantiles" } }, layers: { points: true, digits: true, bubbles: false } });
  one.setTab("models-tab");
  assert.equal(await other.restore(one.link().split("#")[1]), true);
  assert.equal(other.problem, null);
  assert.equal(other.link().replace("~big:0", ""), one.link());
  assert.equal(await other.restore("nothing=here"), false);
  assert.equal(other.problem.key, "problem.link");
});

test("rows that are not there are left out, with a sentence", async () => {
  const explorer = await opened();
  await explorer.restore(`model=big&rows=big:${rowsToText([1, 5000])}&point=9999`);
  assert.deepEqual([explorer.selection.rows, explorer.state.map.point], [[1], -1]);
  assert.equal(explorer.problem.key, "problem.link");
});

test("a direction is undone and done again with its z", async () => {
  const explorer = await opened();
  explorer.select({ A: Float32Array.of(0, 0, 0), B: Float32Array.of(2, 0, 0) });
  for (const t of [0.25, 0.5]) {
    explorer.write([2 * t, 0, 0], "direction");
    explorer.select({ t }, { gesture: "direction" });
  }
  explorer.undo();
  assert.deepEqual([Array.from(explorer.z), explorer.selection.t], [[0, 0, 0], 0]);
  explorer.redo();
  assert.deepEqual([Array.from(explorer.z), explorer.selection.t], [[1, 0, 0], 0.5]);
});

test("a link over other work loses none of it", async () => {
  const explorer = await opened("flat");
  explorer.write([1, 1]);
  explorer.select({ rows: [1, 2] });
  await explorer.restore("model=big&t=0.1");
  await explorer.open("flat");
  assert.deepEqual(
    [Array.from(explorer.z), explorer.selection.rows],
    [
      [1, 1],
      [1, 2],
    ],
  );
  await explorer.restore("model=flat");
  assert.deepEqual([Array.from(explorer.z), explorer.selection.rows], [[0, 0], []]);
  explorer.undo();
  assert.deepEqual(
    [Array.from(explorer.z), explorer.selection.rows],
    [
      [1, 1],
      [1, 2],
    ],
  );
});

/** An image with ink in 256 shades. */
const ink = () => Float32Array.from({ length: 784 }, (_, i) => (i > 200 && i < 500 && i % 7 ? (i % 256) / 255 : 0));

test("an image of a file stays that image in a link, and its code the code", async () => {
  const one = await opened("flat"),
    other = await opened("flat");
  const stop = { source: { url: "blob:a" }, edits: {}, image: ink(), codes: { flat: Float32Array.of(0.5, 2) } };
  one.stops.set("A", stop);
  one.stops.take("B", [1, 1]);
  await other.restore(one.link().split("#")[1]);
  const { A, B } = other.stops.all;
  assert.deepEqual([A.image, A.codes.flat, A.source.decoded], [ink(), Float32Array.of(0.5, 2), undefined]);
  assert.equal(B.source.decoded, "flat");
  assert.equal(other.link(), one.link());
});

test("codes, rows and images survive the way through text", () => {
  for (const x of [ink(), new Float32Array(784), new Float32Array(784).fill(1)]) {
    assert.deepEqual(textToImage(imageToText(x)), x);
  }
  assert.ok(imageToText(new Float32Array(784)).length < 16);
  for (const text of ["", "AAAA", imageToText(new Float32Array(783)), `${imageToText(ink())}AAAA`, "AA", "!"]) {
    assert.throws(() => textToImage(text), text);
  }
  const z = Float32Array.of(1e-7, -1000, 3.25);
  assert.deepEqual(textToCode(codeToText(z), 3), z);
  assert.deepEqual(textToRows(rowsToText([0, 7, 8, 9999])), [0, 7, 8, 9999]);
});

const OLD = (model, code) => `morph=${model}&path=spherical&t=0.37&stops=A${code}%7EB${code}`;
test("links of today's version and of the one before open, and nonsense is left out", async () => {
  const code = btoa(String.fromCharCode(...new Uint8Array(Float32Array.of(1, 2).buffer)));
  const { state, damaged } = decodeState(OLD("flat", code), known);
  assert.deepEqual(
    [damaged, state.model, state.tab, state.morph.path, state.morph.t],
    [false, "flat", "morph", "spherical", 0.37],
  );
  assert.deepEqual(Array.from(state.morph.codes.B), [1, 2]);
  const nonsense = [
    "morph=nobody&stops=Axyz",
    "morph=big&t=0.5&stops=A!!!~Bxxx",
    "morph=big",
    "morph=big&stops=AAAAA",
    "model=nobody",
    "model=big&z=big:AAAA",
    "model=big&tab=cellar",
    "model=big&plane=big:upside",
    "model=big&plane=big:dimensions:0.0",
    "model=big&plane=big:dimensions:0.9",
    "model=big&layers=points.hats",
    "model=big&range=3,1,0,1",
    "model=big&range=0,1,0",
    "model=big&epoch=-1",
    "model=big&plane=big:quantiles",
    "model=big&tab=nowhere",
    "model=big&t=2",
    "model=big&temperature=hot",
    "model=big&stops=Z",
    "model=big&z=constructor:AAAA",
    `model=big&z=big:${codeToText([Number.NaN, 0, 0])}`,
    `model=big&z=big:${codeToText([1e9, 0, 0])}`,
    "model=big&along=9&path=x",
    "model=big&images=AAAAA",
  ];
  for (const text of nonsense) assert.equal(decodeState(text, (name) => known(name)).damaged, true, text);
  assert.equal(decodeState("", known), null);
  const explorer = await opened();
  await explorer.restore("model=big&tab=cellar&t=0.25");
  assert.equal(explorer.problem.key, "problem.link");
  assert.deepEqual([explorer.state.tab, explorer.state.morph.t], ["explore", 0.25]);
});

// Words

test("sentences take their parameters, plurals follow the language", () => {
  const t = makeWords({ a: "{x} and {y}", "n.one": "{count} thing", "n.other": "{count} things" }, "en");
  assert.equal(t("a", { x: 1, y: "<b>" }), "1 and <b>");
  assert.deepEqual([t("n", { count: 1 }), t("n", { count: 2 })], ["1 thing", "2 things"]);
  assert.throws(() => t("missing"), /missing/);
  const zh = makeWords({ "n.other": "{count} 个" }, "zh");
  assert.equal(zh("n", { count: 1 }), "1 个");
});

test("the language is the one that was chosen, else the browser's own, else the first", () => {
  assert.equal(pickLanguage(["en", "zh"], "zh", ["en-GB"]), "zh");
  assert.equal(pickLanguage(["en", "zh"], null, ["fr-FR", "zh-TW", "en"]), "zh");
  assert.equal(pickLanguage(["en", "zh"], "fr", ["de"]), "en");
});
