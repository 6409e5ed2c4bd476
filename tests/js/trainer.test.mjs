// The lab trains as PyTorch does, and the forces on a bubble are PyTorch's gradients.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { forces, letGo } from "../../ui/static/maths/forces.js";
import { HELD_OUT, Lab, TRAINED_ON } from "../../ui/static/maths/lab.js";
import { kernelOf, networksFrom } from "../../ui/static/maths/network.js";
import { Trainer } from "../../ui/static/maths/trainer.js";
import { close, golden, tensorsOf } from "./golden.mjs";

const KERNELS = { SIMD: kernelOf(readFileSync(golden.kernel)), "plain loops": kernelOf(null) };
const floats = (values) => Float32Array.from(values);

for (const { kind, options, weights, batches, first, losses, last } of golden.training) {
  const begun = Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, floats(values)]));
  for (const [kernel, makeKernel] of Object.entries(KERNELS)) {
    test(`${kind}, ${kernel}: the same losses over ${losses.length} steps, the same gradients, the same weights in the end`, () => {
      const trainer = new Trainer(makeKernel, { ...options, weights: begun });
      close(
        Object.values(trainer.weights).flatMap((values) => [...values.slice(0, 50)]),
        Object.values(weights).flatMap((values) => values.slice(0, 50)),
        1e-7,
      );
      const { beta, lr } = golden.trainingRates;
      const { gradients } = trainer.gradients(floats(batches[0].x), floats(batches[0].eps), beta);
      for (const [name, values] of Object.entries(first)) {
        const most = Math.max(...values.map(Math.abs));
        close(gradients[name], values, 1e-4 * Math.max(most, 1e-3), name);
      }
      losses.forEach((theirs, k) => {
        const { x, eps } = batches[k % batches.length];
        const ours = trainer.train(floats(x), floats(eps), { beta, lr });
        assert.ok(
          Math.abs(ours.reconstruction / theirs.reconstruction - 1) < 1e-4,
          `step ${k}: ${ours.reconstruction}, ${theirs.reconstruction}`,
        );
        assert.ok(
          Math.abs(ours.kl - theirs.kl) < 1e-4 * Math.max(1, theirs.kl),
          `step ${k}: KL ${ours.kl}, ${theirs.kl}`,
        );
      });
      for (const [name, values] of Object.entries(last)) close(trainer.weights[name], values, 2e-3, name);
    });
  }
}

test("a batch that is not full is trained on all the same", () => {
  const [{ options, weights, batches }] = golden.training;
  const begun = Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, floats(values)]));
  const whole = new Trainer(KERNELS.SIMD, { ...options, weights: begun }),
    part = new Trainer(KERNELS.SIMD, { ...options, batch: 64, weights: begun });
  const x = floats(batches[0].x).subarray(0, 6 * 784),
    eps = floats(batches[0].eps).subarray(0, 12);
  const a = whole.gradients(x, eps, 1).gradients,
    b = part.gradients(x, eps, 1).gradients;
  for (const name of Object.keys(a)) close(a[name], b[name], 1e-6, name);
});

test("the lab learns, shows what it has learned, and the same seed learns the same", () => {
  const images = new Uint8Array((TRAINED_ON + HELD_OUT) * 784);
  for (let row = 0; row < TRAINED_ON + HELD_OUT; row++)
    images.fill(255, row * 784 + 78 * (row % 10), row * 784 + 78 * (row % 10) + 60);
  const make = (seed) => new Lab(KERNELS.SIMD, images, { hidden: 40, seed });
  const lab = make(1),
    again = make(1),
    other = make(2);
  const before = lab.heldOut();
  for (const one of [lab, again, other]) for (let k = 0; k < 70; k++) one.step({ beta: 1, lr: 3e-3 });
  const after = lab.heldOut();
  assert.ok(after.reconstruction + after.kl < 0.5 * (before.reconstruction + before.kl));
  assert.deepEqual(again.losses, lab.losses);
  assert.notDeepEqual(other.losses, lab.losses);
  assert.ok(Math.abs(lab.epoch - (70 * 128) / 8000) < 1e-9);
  const picture = lab.picture();
  assert.deepEqual([picture.mu.length, picture.std.length], [2 * HELD_OUT, 2 * HELD_OUT]);
  assert.deepEqual(
    [picture.manifold.length, picture.samples.length, picture.batch.length],
    [144, 16, 16].map((n) => 4 * 784 * n),
  );
  assert.equal(new Lab(KERNELS.SIMD, images, { variational: false, hidden: 40 }).picture().std, undefined);
});

const makeNetwork = networksFrom(readFileSync(golden.kernel));

for (const {
  name,
  weights,
  activation,
  likelihood,
  beta,
  x,
  mu,
  logvar,
  noise,
  push,
  shrink,
  reconstruction,
  kl,
} of golden.forces) {
  const tensors = tensorsOf(weights);
  const network = makeNetwork(
    Object.fromEntries(Object.entries(tensors).filter(([key]) => !key.startsWith("encoder"))),
    activation,
    { gradient: true },
  );
  const model = { likelihood, decode: (z) => network.decode(z), pullback: (gradient) => network.pullback(gradient) };
  const eps = noise.map(floats);

  test(`the forces on an image of ${name} are PyTorch's`, () => {
    const own = forces(model, floats(x), { mu: floats(mu), logvar: floats(logvar) }, eps, beta);
    close(own.push, push, 2e-3 * Math.max(1, ...push.map(Math.abs)));
    close(own.shrink, shrink, 2e-3 * Math.max(1, ...shrink.map(Math.abs)));
    close(
      own.pull,
      mu.map((value) => -beta * value),
      1e-5,
    );
    close(
      own.grow,
      logvar.map((value) => beta * (1 - Math.exp(value))),
      1e-5,
    );
    assert.ok(Math.abs(own.reconstruction / reconstruction - 1) < 1e-4);
    assert.ok(Math.abs(own.kl / kl - 1) < 1e-4);
  });

  test(`an image of ${name} that is let go never loses, and its forces come to balance`, () => {
    const steps = [...letGo(model, floats(x), { mu: floats(mu), logvar: floats(logvar) }, eps, beta)];
    for (let k = 1; k < steps.length; k++) assert.ok(steps[k].loss <= steps[k - 1].loss, `step ${k}`);
    const size = ({ forces: own }) => Math.hypot(...own.push.map((value, d) => value + own.pull[d]));
    assert.ok(steps.at(-1).loss < steps[0].loss);
    assert.ok(size(steps.at(-1)) < 0.5 * size(steps[0]), `${size(steps.at(-1))} of ${size(steps[0])}`);
  });
}
