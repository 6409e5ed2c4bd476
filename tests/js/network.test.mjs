import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { changes, geodesic } from "../../ui/static/maths/geodesic.js";
import { nearest } from "../../ui/static/maths/latent.js";
import { networksFrom } from "../../ui/static/maths/network.js";
import { driven, inColumns, Work } from "../../ui/static/maths/work.js";
import { close, golden, tensorsOf } from "./golden.mjs";

const compiled = Object.entries(golden.kernels).map(([name, path]) => [name, networksFrom(readFileSync(path))]);
const KERNELS = { ...Object.fromEntries(compiled), plain: networksFrom(null) };
const floats = (numbers) => Float32Array.from(numbers);
const read = new Map(); // each file once
const tensors = (weights) => read.get(weights) ?? read.set(weights, tensorsOf(weights)).get(weights);

for (const [kind, makeNetwork] of Object.entries(KERNELS)) {
  for (const { name, weights, activation, ...case_ } of golden.models) {
    const make = (options) => makeNetwork(tensors(weights), activation, options);

    test(`${kind}: ${name} decodes and encodes as PyTorch does`, () => {
      const network = make();
      close(network.decode(floats(case_.z)), case_.images, 1e-4);
      const { mu, logvar } = network.encode(floats(case_.images));
      close(mu, case_.mu, 2e-3);
      if (case_.logvar) close(logvar, case_.logvar, 5e-3);
      else assert.equal(logvar, undefined);
    });

    test(`${kind}: ${name} sends gradients back as autograd does`, () => {
      const network = make({ gradient: true });
      close(network.decode(floats(case_.z)), case_.images, 1e-4);
      const largest = Math.max(...case_.pulled.map(Math.abs));
      close(network.pullback(floats(case_.gradient)), case_.pulled, 2e-3 * largest);
    });
  }

  test(`${kind}: a batch of any size gives what its rows give one by one`, () => {
    const { weights, activation } = golden.models[0];
    const network = makeNetwork(tensors(weights), activation);
    const n = 67,
      z = Float32Array.from({ length: 20 * n }, (_, i) => 2 * Math.sin(i * i));
    const all = network.decode(z);
    for (const row of [0, 1, 31, 32, 63, 64, 66]) {
      close(network.decode(z.subarray(20 * row, 20 * row + 20)), all.subarray(784 * row, 784 * (row + 1)), 1e-6);
    }
    assert.equal(network.decode(new Float32Array(0)).length, 0);
    const out = new Float32Array(784);
    assert.equal(network.decode(z.subarray(0, 20), out), out); // nothing is allocated
  });

  for (const { name, a, b, line, energy } of golden.geodesics) {
    test(`${kind}: the geodesic of ${name} has no more energy than PyTorch's`, () => {
      const { weights, activation } = golden.models.find((model) => model.name === name);
      const network = makeNetwork(tensors(weights), activation, { gradient: true });
      const found = [...geodesic(network, floats(a), floats(b))].filter(Boolean);
      const { curve, share } = found.at(-1);
      assert.deepEqual([curve.length, share], [25, 1]);
      assert.deepEqual([curve[0], curve[24]], [floats(a), floats(b)]);
      const steps = changes(network.decode(Float32Array.from(curve.flatMap((z) => Array.from(z)))));
      const own = 24 * steps.reduce((sum, step) => sum + step * step, 0);
      assert.ok(own < 1.03 * energy && own < 0.9 * line, `${own}, PyTorch ${energy}, straight ${line}`);
      for (const [k, { energy: one }] of found.entries()) if (k) assert.ok(one <= found[k - 1].energy);
    });
  }
}

test("an engine without WebAssembly or its SIMD computes in plain loops", () => {
  const { weights, activation, z, images } = golden.models[1];
  for (const bytes of [new Uint8Array([0, 1, 2]), new Uint8Array(0)]) {
    const network = networksFrom(bytes)(tensors(weights), activation);
    close(network.decode(floats(z)), images, 1e-4);
  }
});

test("weights that hold no decoder are refused", () => {
  assert.throws(() => KERNELS.kernel({}, "relu"), /no decoder/);
});

// The work of the worker

function working() {
  const answers = [];
  const work = new Work(KERNELS.kernel, null, (answer) => answers.push(answer));
  const { weights, activation } = golden.models[1];
  work.receive({ model: "flat", tensors: tensors(weights), activation });
  return { work, answers };
}
const ask = (slot, stamp, more = {}) => ({ slot, stamp, model: "flat", z: floats([stamp, 0]), columns: 1, ...more });

test("of a slot the latest is answered, in its turn; what may come later waits for the rest", () => {
  const { work, answers } = working();
  work.receive({ asks: [ask(1, 1), ask(2, 2), ask(3, 3, { later: true })] });
  work.receive({ asks: [ask(1, 4), ask(4, 5)] });
  while (work.busy) work.step();
  assert.deepEqual(
    answers.map(({ slot, stamp }) => [slot, stamp]),
    [
      [1, 4],
      [2, 2],
      [4, 5],
      [3, 3],
    ],
  );
});

test("what is dropped, forgotten or cancelled is not answered", () => {
  const { work, answers } = working();
  work.receive({ asks: [ask(1, 1), ask(2, 2)] });
  work.receive({ drop: [1] });
  work.receive({ geodesic: 7, model: "flat", a: floats([0, 0]), b: floats([1, 1]) });
  work.receive({ cancel: 7 });
  work.receive({ forget: "flat" });
  while (work.busy) work.step();
  assert.deepEqual(answers, []);
});

test("a piece of work that fails does not stop the others", () => {
  const { work, answers } = working();
  const pieces = [];
  const receive = driven(work, (piece) => pieces.push(piece));
  receive({ asks: [ask(1, 1, { z: null }), ask(2, 2)] });
  receive({ asks: [ask(3, 3)] });
  assert.equal(pieces.length, 1); // one at a time
  assert.throws(pieces.shift());
  while (pieces.length) pieces.shift()();
  assert.deepEqual(
    answers.map(({ slot }) => slot),
    [2, 3],
  );
  receive({ asks: [ask(4, 4)] });
  pieces.shift()();
  assert.equal(answers.at(-1).slot, 4);
});

test("the nearest codes come with their images; a geodesic leaves room for what is asked meanwhile", () => {
  const { work, answers } = working();
  const codes = Float32Array.from({ length: 200 }, (_, i) => Math.sin(7 * i));
  work.receive({ model: "flat", codes });
  work.receive({ geodesic: 7, model: "flat", a: floats([0, 0]), b: floats([1, 1]) });
  work.step();
  work.receive({ asks: [ask(1, 1, { nearest: 3, columns: 3 })] });
  work.step();
  assert.deepEqual(answers[0].rows, nearest(floats([1, 0]), codes, 3));
  assert.equal(answers[0].image.length, 4 * 3 * 784);
  while (work.busy) work.step();
  assert.equal(answers.at(-1).share, 1);
});

test("images lie side by side, row by row, as grey RGBA", () => {
  const images = Float32Array.from({ length: 3 * 784 }, (_, i) => (i % 784 === 29 ? (1 + Math.floor(i / 784)) / 4 : 0));
  const bytes = inColumns(images, 2);
  assert.equal(bytes.length, 4 * 56 * 56);
  const at = (x, y) => Array.from(bytes.subarray(4 * (56 * y + x), 4 * (56 * y + x) + 4));
  assert.deepEqual(
    [at(1, 1), at(29, 1), at(1, 29)],
    [64, 128, 191].map((grey) => [grey, grey, grey, 255]),
  );
  assert.deepEqual(
    [at(0, 0), at(40, 40)],
    [
      [0, 0, 0, 255],
      [0, 0, 0, 0],
    ],
  );
});
