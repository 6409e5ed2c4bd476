// The lab: a small model that is trained on the test images that the page ships, 8,000 to learn from and 2,000 held out, and what
// is to be seen of it meanwhile. Without a page: lab-worker.js runs it.

import { gaussian, seeded } from "./latent.js";
import { Trainer } from "./trainer.js";
import { inColumns } from "./work.js";

const PIXELS = 784,
  BATCH = 128;
export const TRAINED_ON = 8000,
  HELD_OUT = 2000;
const AT_ONCE = 384, // held-out images that are encoded anew for each picture: all of them in turns
  COSTED = 512, // held-out images that the loss is measured on
  GRID = 12, // images of the manifold, each way
  SAMPLES = 16,
  SHOWN = 8; // images of the batch

export class Lab {
  #images;
  #order;
  #uniform;
  #next = 0; // place in the order
  #turn = 0; // of the held-out images that are encoded anew
  #eps; // of the held-out loss: the same ones, so that the curve is quiet
  #z; // of the samples
  losses = null; // of the last step

  /** images: bytes [10,000 * 784]; config: {variational, hidden, seed}; see Trainer. */
  constructor(makeKernel, images, { variational = true, hidden = 400, seed = 1 } = {}) {
    this.#images = images;
    this.trainer = new Trainer(makeKernel, { hidden, variational, batch: BATCH, seed });
    this.#uniform = seeded(seed + 1);
    this.#order = Int32Array.from({ length: TRAINED_ON }, (_, i) => i);
    this.#eps = gaussian(2 * COSTED, 1, seeded(7));
    this.#z = gaussian(2 * SAMPLES, 1, seeded(11));
    this.mu = new Float32Array(2 * HELD_OUT);
    this.std = variational ? new Float32Array(2 * HELD_OUT) : null;
    for (let k = 0; k * AT_ONCE < HELD_OUT; k++) this.#encodeSome();
  }

  /** How often each image has been learned from. */
  get epoch() {
    return (this.trainer.step * BATCH) / TRAINED_ON;
  }

  /** One step on the next batch: {reconstruction, kl}. */
  step({ beta, lr }) {
    if (this.#next + BATCH > TRAINED_ON) this.#next = 0;
    if (this.#next === 0) this.#shuffle();
    const rows = this.#order.subarray(this.#next, this.#next + BATCH);
    this.#next += BATCH;
    this.losses = this.trainer.train(this.#pixels(rows), gaussian(2 * BATCH, 1, this.#uniform), { beta, lr });
    return this.losses;
  }

  /** The held-out negative ELBO, {reconstruction, kl} in nats per image. */
  heldOut() {
    const sum = { reconstruction: 0, kl: 0 };
    for (let first = 0; first < COSTED; first += BATCH) {
      const rows = Array.from({ length: BATCH }, (_, i) => TRAINED_ON + first + i);
      const own = this.trainer.evaluate(this.#pixels(rows), this.#eps.subarray(2 * first, 2 * (first + BATCH)));
      for (const term of ["reconstruction", "kl"]) sum[term] += (own[term] * BATCH) / COSTED;
    }
    return sum;
  }

  /**
   * What is to be seen: {mu, std of the held-out images, manifold, samples, batch: RGBA bytes of images side by side, reach: how
   * far the manifold's grid goes}.
   */
  picture() {
    this.#encodeSome();
    const reach = this.trainer.variational ? 2.2 : Math.max(1, ...this.mu.map(Math.abs)) * 0.8;
    const z = new Float32Array(2 * GRID * GRID);
    for (let k = 0; k < GRID * GRID; k++) {
      z[2 * k] = reach * ((2 * (k % GRID)) / (GRID - 1) - 1);
      z[2 * k + 1] = reach * (1 - (2 * Math.floor(k / GRID)) / (GRID - 1));
    }
    const rows = this.#order.subarray(this.#next && this.#next - BATCH, (this.#next && this.#next - BATCH) + SHOWN);
    const x = this.#pixels(rows);
    const batch = new Float32Array(2 * SHOWN * PIXELS);
    batch.set(x);
    batch.set(this.#decode(this.trainer.encode(x).mu), SHOWN * PIXELS);
    return {
      mu: this.mu.slice(),
      std: this.std?.slice(),
      reach,
      manifold: inColumns(this.#decode(z), GRID),
      samples: inColumns(this.#decode(this.#z), 4),
      batch: inColumns(batch, SHOWN),
    };
  }

  /** All there is of the model: {weights {name: numbers}, mu, and logvar of a VAE, of all images}. */
  whole() {
    const count = TRAINED_ON + HELD_OUT;
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

  #encodeSome() {
    for (let k = 0; k < AT_ONCE; k += BATCH) {
      const first = this.#turn;
      const rows = Array.from({ length: Math.min(BATCH, HELD_OUT - first) }, (_, i) => TRAINED_ON + first + i);
      const { mu, std } = this.trainer.encode(this.#pixels(rows));
      this.mu.set(mu, 2 * first);
      if (std) this.std.set(std, 2 * first);
      this.#turn = (first + rows.length) % HELD_OUT;
    }
  }

  #pixels(rows) {
    const x = new Float32Array(rows.length * PIXELS);
    rows.forEach((row, k) => {
      for (let i = 0; i < PIXELS; i++) x[k * PIXELS + i] = this.#images[row * PIXELS + i] / 255;
    });
    return x;
  }

  #shuffle() {
    for (let i = TRAINED_ON - 1; i > 0; i--) {
      const j = Math.floor(this.#uniform() * (i + 1));
      [this.#order[i], this.#order[j]] = [this.#order[j], this.#order[i]];
    }
  }
}
