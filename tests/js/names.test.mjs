import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { brief } from "../../ui/static/draw/dom.js";
import { modelGroups, modelNames } from "../../ui/static/state/names.js";
import { makeWords } from "../../ui/static/state/words.js";

const strings = (language) => JSON.parse(readFileSync(new URL(`../../ui/strings/${language}.json`, import.meta.url)));
const t = makeWords(strings("en"), "en");

/** A model's description, like ui/components.py describes it. */
const model = (name, given = {}) => ({
  name,
  data: "mnist",
  latent_dim: 20,
  variational: true,
  beta: 1,
  active_units: 20,
  likelihood: "bernoulli",
  activation: "gelu",
  warp: 256,
  one_image: false,
  layers: { encoder: [784, 1024, 40], decoder: [20, 500, 784] },
  ...given,
});
const LECTURE = {
  activation: "relu",
  warp: 0,
  layers: { encoder: [784, 400, 40], decoder: [20, 400, 784] },
};
const full = (given, first = "other") => modelNames([model("own", given)], first, t).own.full;

test("a name says what the model is, and what it is here for", () => {
  assert.equal(full({}, "own"), "VAE, 20 dimensions, MNIST: the default");
  assert.equal(full({}), "VAE, 20 dimensions, MNIST: all dimensions used");
  assert.equal(full({ active_units: 14 }), "VAE, 20 dimensions, MNIST: 14 of 20 dimensions used");
  assert.equal(full({ latent_dim: 1 }), "VAE, 1 dimension, MNIST: all dimensions used");
  assert.equal(full(LECTURE), "VAE, 20 dimensions, MNIST: the lecture’s own network");
  assert.match(full({ ...LECTURE, warp: 256 }), /all dimensions used/); // another network
  assert.equal(full({ variational: false }), "Plain autoencoder, 20 dimensions, MNIST: no prior to sample from");
  assert.match(full({ variational: false, beta: 4 }), /^Plain autoencoder, 20 dimensions, MNIST: no prior/); // has no β
  assert.equal(
    full({ beta: 4, active_units: 9 }),
    "VAE, 20 dimensions, β = 4, MNIST: large β, 9 of 20 dimensions used",
  );
  assert.match(full({ beta: 4 }), /large β, z tells less/);
  assert.match(full({ beta: 0.5 }), /β = 0.5, MNIST: small β, z tells more/);
  assert.match(full({ beta: 0 }), /β = 0, MNIST: nothing holds its codes near 0/);
  assert.match(full({ one_image: true, active_units: 0 }), /every z gives the same image/);
  assert.match(full({ data: "fashion", likelihood: "gaussian" }), /Fashion-MNIST: squared error/);
});

test("no two models have the same name, in either language", () => {
  const all = [model("a"), model("b"), model("c", { beta: 2 }), model("d", { beta: 2 }), model("e", { latent_dim: 3 })];
  for (const language of ["en", "zh"]) {
    const names = modelNames(all, "e", makeWords(strings(language), language));
    const told = Object.values(names).map((name) => name.full);
    assert.equal(new Set(told).size, all.length);
    for (const name of ["a", "b", "c", "d"]) assert.ok(names[name].full.includes(name));
  }
});

test("models are listed by their data, that of the first one first, which is ahead of the others", () => {
  const all = [
    model("clothes", { data: "fashion" }),
    model("plain", { variational: false }),
    model("flat-4", { latent_dim: 2, beta: 4 }),
    model("flat", { latent_dim: 2 }),
    model("large"),
    model("first", { latent_dim: 5 }),
  ];
  const listed = modelGroups(all, "first").map(([data, models]) => [data, ...models.map(({ name }) => name)]);
  assert.deepEqual(listed, [
    ["mnist", "first", "large", "flat", "flat-4", "plain"],
    ["fashion", "clothes"],
  ]);
  assert.deepEqual(modelGroups([], null), []);
});

test("a small number is told with two digits that count", () => {
  const told = { 12.345: "12.35", 0.1: "0.10", 0.0999: "0.10", 0.0994: "0.099", 0.00999: "0.010", 0.00028: "0.00028" };
  for (const [value, text] of Object.entries(told)) {
    assert.equal(brief(Number(value)), text);
    assert.equal(brief(-Number(value)), `−${text}`);
  }
  assert.equal(brief(0), "0.00");
  assert.equal(brief(2.8e-24), "2.8e−24");
});
