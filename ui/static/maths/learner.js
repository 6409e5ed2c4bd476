// One model of a lab: it is trained, and tells what is to be seen of it meanwhile. The images, the batches and the noise are the
// lab's, which may train two models on the same ones.

import { gaussian, seeded } from "./latent.js";
import { GRID, manifold, manifoldAxes } from "./manifold.js";
import { Trainer } from "./trainer.js";
import { inColumns } from "./work.js";

const PIXELS = 784,
  SAMPLES = 16,
  DRAWS = 8; // of the noise that the forces on a bubble are means over
const MEMORY = 60; // steps that the balances are means over, about an epoch of the lab
export const BATCH = 128,
  FORCED = BATCH / DRAWS; // bubbles with the forces on them

export class Learner {
  #rows; // of the held-out images
  #pixels;
  #turn = 0; // of the held-out images that are encoded anew
  #z = gaussian(2 * SAMPLES, 1, seeded(11));
  #noise = gaussian(2 * BATCH, 1, seeded(13)); // of the forces
  #sums = { push: 0, pull: 0, shrink: 0, grow: 0, weight: 0 };
  losses = null; // of the last step

  /** heldOut: rows of the held-out images; pixels(rows): images [n, 784]; config: {variational, hidden, seed}, see Trainer. */
  constructor(makeKernel, heldOut, pixels, { variational, hidden, seed }) {
    this.trainer = new Trainer(makeKernel, { hidden, variational, batch: BATCH, seed });
    this.#rows = heldOut;
    this.#pixels = pixels;
    this.mu = new Float32Array(2 * heldOut.length);
    this.std = variational ? new Float32Array(2 * heldOut.length) : null;
    this.#encodeSome(heldOut.length);
  }

  /** One step on images x [n, 784] with noise eps [n, 2]. */
  train(x, eps, rates) {
    const { balance, ...losses } = this.trainer.train(x, eps, rates);
    this.losses = losses;
    const kept = 1 - 1 / MEMORY;
    for (const side of Object.keys(balance)) this.#sums[side] = kept * this.#sums[side] + balance[side];
    this.#sums.weight = kept * this.#sums.weight + 1;
  }

  /**
   * How the two terms balance over the training images, {push, pull, shrink, grow} in nats per image, means over the last
   * steps, the KL term's at this beta; null of an autoencoder, which has one term, and before the first step.
   */
  balance(beta) {
    const { push, pull, shrink, grow, weight } = this.#sums;
    if (!weight || !this.trainer.variational) return null;
    return { push: push / weight, pull: (beta * pull) / weight, shrink: shrink / weight, grow: (beta * grow) / weight };
  }

  /** The loss {reconstruction, kl} over the first held-out images, of the noise eps [n, 2]; nats per image. */
  heldOut(eps) {
    const count = eps.length / 2,
      sum = { reconstruction: 0, kl: 0 };
    for (let first = 0; first < count; first += BATCH) {
      const x = this.#pixels(this.#rows.subarray(first, first + BATCH));
      const own = this.trainer.evaluate(x, eps.subarray(2 * first, 2 * (first + BATCH)));
      for (const term of ["reconstruction", "kl"]) sum[term] += (own[term] * BATCH) / count;
    }
    return sum;
  }

  /** The codes of the held-out images, some of which are encoded anew: {mu, std}. */
  codes(some) {
    this.#encodeSome(some);
    return { mu: this.mu.slice(), std: this.std?.slice() };
  }

  /** What the plane decodes to, on a grid, and samples, as RGBA bytes of images side by side. */
  images() {
    const z = new Float32Array(2 * (GRID * GRID + SAMPLES));
    z.set(manifold(manifoldAxes(this.mu, this.trainer.variational).axes));
    z.set(this.#z, 2 * GRID * GRID);
    const images = this.#decode(z),
      own = GRID * GRID * PIXELS;
    return { manifold: inColumns(images.subarray(0, own), GRID), samples: inColumns(images.subarray(own), 4) };
  }

  /** The reconstructions of images x [n, 784], from the means. */
  reconstructed(x) {
    return this.#decode(this.trainer.encode(x).mu);
  }

  /** The reconstruction's push on the means of the first held-out images, [FORCED, 2], each a mean over the same noise. */
  push() {
    const x = new Float32Array(BATCH * PIXELS);
    const images = this.#pixels(this.#rows.subarray(0, FORCED));
    for (let k = 0; k < DRAWS; k++) x.set(images, k * FORCED * PIXELS);
    const drawn = this.trainer.forces(x, this.#noise).push;
    const push = new Float32Array(2 * FORCED);
    for (let i = 0; i < drawn.length; i++) push[i % push.length] += drawn[i] / DRAWS;
    return push;
  }

  /** All there is of the model: {weights {name: numbers}, mu, and logvar of a VAE, of `count` images}. */
  whole(count) {
    const mu = new Float32Array(2 * count),
      logvar = this.std && new Float32Array(2 * count);
    for (let first = 0; first < count; first += BATCH) {
      const rows = Array.from({ length: Math.min(BATCH, count - first) }, (_, i) => first + i);
      const codes = this.trainer.encode(this.#pixels(rows));
      mu.set(codes.mu, 2 * first);
      logvar?.set(
        codes.std.map((std) => 2 * Math.log(std)),
        2 * first,
      );
    }
    return { weights: this.trainer.weights, mu, logvar };
  }

  /** Images at z [n, 2], in turns of a batch. */
  #decode(z) {
    const images = new Float32Array((z.length / 2) * PIXELS);
    for (let at = 0; at < z.length; at += 2 * BATCH) {
      images.set(this.trainer.decode(z.subarray(at, at + 2 * BATCH)), (at / 2) * PIXELS);
    }
    return images;
  }

  #encodeSome(some) {
    for (let k = 0; k < some; k += BATCH) {
      const first = this.#turn;
      const rows = this.#rows.subarray(first, first + Math.min(BATCH, some - k));
      const { mu, std } = this.trainer.encode(this.#pixels(rows));
      this.mu.set(mu, 2 * first);
      if (std) this.std.set(std, 2 * first);
      this.#turn = (first + rows.length) % this.#rows.length;
    }
  }
}
