// The lab trains as PyTorch does, and the forces on a bubble are PyTorch's gradients.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { forces, letGo } from "../../ui/static/maths/forces.js";
import { HELD_OUT, Lab, TRAINED_ON } from "../../ui/static/maths/lab.js";
import { FORCED } from "../../ui/static/maths/learner.js";
import { kernelOf, networksFrom } from "../../ui/static/maths/network.js";
import { Trainer } from "../../ui/static/maths/trainer.js";
import { close, golden, tensorsOf } from "./golden.mjs";

const compiled = Object.entries(golden.kernels).map(([name, path]) => [name, kernelOf(readFileSync(path))]);
const KERNELS = { ...Object.fromEntries(compiled), "plain loops": kernelOf(null) };
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
  const whole = new Trainer(KERNELS.kernel, { ...options, weights: begun }),
    part = new Trainer(KERNELS.kernel, { ...options, batch: 64, weights: begun });
  const x = floats(batches[0].x).subarray(0, 6 * 784),
    eps = floats(batches[0].eps).subarray(0, 12);
  const a = whole.gradients(x, eps, 1).gradients,
    b = part.gradients(x, eps, 1).gradients;
  for (const name of Object.keys(a)) close(a[name], b[name], 1e-6, name);
});

test("the forces are the slopes of the reconstruction, and the balances of a step are their sums", () => {
  const [{ options, weights, batches }] = golden.training;
  const [x, eps] = [floats(batches[0].x), floats(batches[0].eps)];
  const changed = (change = {}) => {
    const own = Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, floats(values)]));
    for (const [i, by] of Object.entries(change)) own["encoder.2.bias"][i] += by;
    return new Trainer(KERNELS["plain loops"], { ...options, weights: own });
  };
  const trainer = changed(),
    n = x.length / 784,
    D = options.latent_dim;
  const { push, shrink, mu, std } = trainer.forces(x, eps);
  const cost = (change) => changed(change).evaluate(x, eps).reconstruction;
  const mean = (values, d) => values.reduce((sum, value, i) => sum + (i % D === d ? value / n : 0), 0);
  const h = 0.02;
  for (let d = 0; d < D; d++) {
    const byMu = (cost({ [d]: h }) - cost({ [d]: -h })) / (2 * h); // a bias moves the means of all images alike
    assert.ok(Math.abs(mean(push, d) + byMu) < 0.02 * Math.max(1, Math.abs(byMu)), `push ${mean(push, d)}, ${-byMu}`);
    const byLogStd = (cost({ [D + d]: 2 * h }) - cost({ [D + d]: -2 * h })) / (2 * h);
    assert.ok(Math.abs(mean(shrink, d) + byLogStd) < 0.02 * Math.max(1, Math.abs(byLogStd)), "shrink");
  }
  const { balance } = trainer.train(x, eps, { beta: 3, lr: 1e-3 });
  const sum = (fn) => mu.reduce((total, _, i) => total + fn(i) / n, 0);
  close(
    [balance.push, balance.pull, balance.shrink, balance.grow],
    [sum((i) => mu[i] * push[i]), sum((i) => mu[i] ** 2), sum((i) => -shrink[i]), sum((i) => 1 - std[i] ** 2)],
    1e-4,
  );
});

const bars = new Uint8Array((TRAINED_ON + HELD_OUT) * 784);
for (let row = 0; row < TRAINED_ON + HELD_OUT; row++)
  bars.fill(255, row * 784 + 78 * (row % 10), row * 784 + 78 * (row % 10) + 60);
const makeLab = (config) => new Lab(KERNELS.kernel, bars, { hidden: 40, ...config });
const learn = (lab, { betas = [1, 1], steps = 70 } = {}) => {
  for (let k = 0; k < steps; k++) lab.step({ betas, lr: 3e-3 });
  return lab.models.map(({ losses }) => losses);
};

test("the lab learns, shows what it has learned, and the same seed learns the same", () => {
  const lab = makeLab();
  const [before] = lab.heldOut();
  const losses = learn(lab);
  const [after] = lab.heldOut();
  assert.ok(after.reconstruction + after.kl < 0.5 * (before.reconstruction + before.kl));
  assert.deepEqual(learn(makeLab()), losses);
  assert.notDeepEqual(learn(makeLab({ seed: 2 })), losses);
  assert.ok(Math.abs(lab.epoch - (70 * 128) / 8000) < 1e-9);
  const { batch, models } = lab.picture([1]);
  const [{ mu, std, manifold, samples, push, balance }] = models;
  assert.deepEqual([mu.length, std.length, push.length], [2 * HELD_OUT, 2 * HELD_OUT, 2 * FORCED]);
  assert.deepEqual(
    [manifold.length, samples.length, batch.length],
    [144, 16, 16].map((n) => 4 * 784 * n),
  );
  assert.ok(Object.values(balance).every(Number.isFinite) && balance.pull > 0);
  const half = lab.picture([0.5]).models[0].balance; // a beta that is turned counts at once
  assert.deepEqual([half.push, half.pull, half.grow], [balance.push, balance.pull / 2, balance.grow / 2]);
  const plain = makeLab({ kinds: ["ae"] }).picture([1]).models[0];
  assert.deepEqual([plain.std, plain.balance], [undefined, null]);
});

test("two models of a lab learn from the same batches and noise, from the same first weights", () => {
  const alone = learn(makeLab({ kinds: ["vae"] })),
    pair = makeLab({ kinds: ["vae", "ae"] }),
    twins = makeLab({ kinds: ["vae", "vae"] });
  const [vae, ae] = pair.models.map(({ trainer }) => trainer.weights);
  for (const name of ["encoder.0.weight", "decoder.0.weight", "decoder.2.bias"]) assert.deepEqual(ae[name], vae[name]);
  assert.deepEqual(ae["encoder.2.weight"], vae["encoder.2.weight"].subarray(0, 2 * 40));
  assert.deepEqual(learn(pair)[0], alone[0]);
  const same = learn(twins);
  assert.deepEqual(same[0], same[1]);
  learn(twins, { betas: [4, 0], steps: 40 });
  const [wide, narrow] = twins.picture([4, 0]).models.map(({ std }) => std.reduce((a, b) => a + b) / std.length);
  assert.ok(narrow < wide, `${narrow}, ${wide}`);
});

test("a picture that is not whole renews the images of one model in turns", () => {
  const lab = makeLab({ kinds: ["vae", "vae"] });
  const renewed = Array.from({ length: 6 }, () =>
    lab.picture([1, 1], false).models.map((model) => "manifold" in model),
  );
  assert.deepEqual(
    renewed,
    [0, 1, 0, 1, 0, 1].map((turn) => [turn === 0, turn === 1]),
  );
});

const makeNetwork = networksFrom(readFileSync(golden.kernels.kernel));

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
