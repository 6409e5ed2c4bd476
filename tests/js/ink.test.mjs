// What the browser finds in an image is what Python finds in it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findClothes } from "../../ui/static/maths/clothes.js";
import { findInk, LARGEST } from "../../ui/static/maths/ink.js";
import { layout } from "../../ui/static/maths/layout.js";
import { look } from "../../ui/static/maths/look.js";
import { bernoulli, gaussian, kl, reconstruction } from "../../ui/static/maths/losses.js";
import { inkNetworkFrom } from "../../ui/static/maths/network.js";
import { pixelsOf } from "../../ui/static/maths/pixels.js";
import { Work } from "../../ui/static/maths/work.js";
import { close, golden, tensorsOf } from "./golden.mjs";

const { ink } = golden;
const tensors = tensorsOf(ink.weights);
const networks = {
  ...Object.fromEntries(
    Object.entries(golden.kernels).map(([name, path]) => [name, inkNetworkFrom(readFileSync(path), tensors, LARGEST)]),
  ),
  "plain loops": inkNetworkFrom(null, tensors, LARGEST),
};

/** What a generator returns in the end. */
function ended(generator) {
  let step;
  do step = generator.next();
  while (!step.done);
  return step.value;
}

const pixels = ({ path, width, height }) => ({ data: new Uint8ClampedArray(readFileSync(path)), width, height });

for (const { name, height, width, ink: levels, image } of ink.layout) {
  test(`MNIST's layout: ${name}`, () => {
    const values = Float32Array.from(levels, (level) => level / 255);
    close(layout({ values, height, width }), image, 2e-4);
  });
}

test("a look is resampled as in Python, and the network sees the same in it", () => {
  for (const { left, top, side, ground, seen, ink: logits, kinds } of ink.looks) {
    const shown = look({ ...ink.rgb, values: Float32Array.from(ink.rgb.values) }, { left, top, side, ground }, 32);
    close(shown, seen, 1e-5);
    for (const [name, see] of Object.entries(networks)) {
      const found = see(shown, 32);
      close(found.ink, logits, 2e-3, name);
      close(found.kinds, kinds, 2e-3, name);
    }
  }
});

for (const { name, edits, found: theirs, ...file } of ink.cases) {
  test(`the digit of ${name}`, () => {
    const ours = ended(findInk(networks.kernel, pixelsOf(pixels(file)), edits));
    if (!theirs) return assert.equal(ours.problem, "image.no_digit");
    const apart = ours.image.reduce((sum, value, i) => sum + Math.abs(value - theirs.image[i]), 0) / 784;
    assert.ok(apart < 0.5 / 255, `${255 * apart} grey levels in the mean`);
    close(ours.box, theirs.box, 0.02);
    assert.equal(ours.polarity, theirs.polarity);
    assert.equal(ours.several, theirs.several);
    assert.ok(Math.abs(ours.confidence - theirs.confidence) < 1e-2);
  });
}

test("clothes are laid out as in Python", () => {
  for (const { edits, found: theirs, ...file } of ink.clothes) {
    const ours = findClothes(pixelsOf(pixels(file)), edits);
    if (!theirs) assert.equal(ours.problem, "image.no_clothes");
    else {
      close(ours.image, theirs.image, 1e-4);
      close(ours.box, theirs.box, 1e-9);
      assert.equal(ours.polarity, theirs.polarity);
    }
  }
});

test("the terms of the loss are Python's", () => {
  for (const { x, x_hat, mu, logvar, ...terms } of golden.losses) {
    assert.ok(Math.abs(bernoulli(x, x_hat) / terms.bernoulli - 1) < 1e-5);
    assert.ok(Math.abs(gaussian(x, x_hat) / terms.gaussian - 1) < 1e-9);
    assert.equal(reconstruction({ likelihood: "gaussian" }, x, x_hat), gaussian(x, x_hat));
    assert.equal(reconstruction({ likelihood: "bernoulli" }, x, x_hat), bernoulli(x, x_hat));
    close(kl(mu, logvar), terms.kl, 1e-9);
  }
});

const empty = (alpha) => ({ data: new Uint8ClampedArray(4 * 50 * 40).fill(alpha), width: 50, height: 40 });

test("nothing is found in nothing", () => {
  assert.equal(pixelsOf(empty(0)), null);
  assert.equal(ended(findInk(networks.kernel, pixelsOf(empty(255)))).problem, "image.no_digit");
  const one = { data: new Uint8ClampedArray([10, 20, 30, 255]), width: 1, height: 1 };
  assert.equal(ended(findInk(networks.kernel, pixelsOf(one))).problem, "image.no_digit");
});

test("the worker looks at photographs between images, and tells of one that fails", () => {
  const answers = [];
  const work = new Work(
    () => ({ decode: (z) => new Float32Array(784 * (z.length / 2)) }),
    () => networks.kernel,
    (answer) => answers.push(answer),
  );
  work.receive({ model: "m", tensors: {}, activation: "relu" });
  work.receive({ ink: tensors });
  const [first] = ink.cases;
  work.receive({ photo: 7, pixels: pixels(first), edits: {} });
  work.receive({ asks: [{ slot: 1, stamp: 1, model: "m", z: new Float32Array(2) }] });
  while (work.busy) work.step();
  assert.deepEqual(answers.map(({ photo, slot }) => photo ?? `slot ${slot}`).sort(), [7, "slot 1"]);
  assert.ok(answers.indexOf(answers.find(({ slot }) => slot)) === 0, "the image comes between two looks");
  close(answers.find(({ photo }) => photo).found.image, first.found.image, 0.1);
  answers.length = 0;
  work.receive({ photo: 8, pixels: { data: null }, edits: {} });
  assert.throws(() => work.step());
  assert.equal(answers[0].found.problem, "image.unreadable");
  assert.equal(work.busy, false);
});
