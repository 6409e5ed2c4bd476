// The lab: one or two small models that are trained on the test images that the page ships, 8,000 to learn from and 2,000 held
// out, on the same batches and with the same noise. Without a page: lab-worker.js runs it.

import { gaussian, seeded } from "./latent.js";
import { BATCH, Learner } from "./learner.js";
import { inColumns } from "./work.js";

const PIXELS = 784;
export const TRAINED_ON = 8000,
  HELD_OUT = 2000;
const AT_ONCE = 192, // held-out images that are encoded anew for each picture: all of them in turns
  COSTED = 512, // held-out images that the loss is measured on
  SHOWN = 8, // images of the batch
  REST = 3; // pictures from one measurement of the forces on bubbles to the next

export class Lab {
  #images;
  #order;
  #uniform;
  #next = 0; // place in the order
  #eps = gaussian(2 * COSTED, 1, seeded(7)); // of the held-out loss: the same ones, so that the curve is quiet
  #pictures = 0;

  /** images: bytes [10,000 * 784]; config: {kinds: of each model "vae" or "ae", hidden, seed}; see Trainer. */
  constructor(makeKernel, images, { kinds = ["vae"], hidden = 400, seed = 1 } = {}) {
    this.#images = images;
    this.#uniform = seeded(seed + 1);
    this.#order = Int32Array.from({ length: TRAINED_ON }, (_, i) => i);
    const heldOut = Int32Array.from({ length: HELD_OUT }, (_, i) => TRAINED_ON + i);
    this.models = kinds.map(
      (kind) =>
        new Learner(makeKernel, heldOut, (rows) => this.#pixels(rows), { variational: kind === "vae", hidden, seed }),
    );
  }

  get steps() {
    return this.models[0].trainer.step;
  }

  /** How often each image has been learned from. */
  get epoch() {
    return (this.steps * BATCH) / TRAINED_ON;
  }

  /** One step of every model on the next batch: betas of each, and the learning rate. */
  step({ betas, lr }) {
    if (this.#next + BATCH > TRAINED_ON) this.#next = 0;
    if (this.#next === 0) this.#shuffle();
    const rows = this.#order.subarray(this.#next, this.#next + BATCH);
    this.#next += BATCH;
    const x = this.#pixels(rows),
      eps = gaussian(2 * BATCH, 1, this.#uniform);
    this.models.forEach((model, k) => {
      model.train(x, eps, { beta: betas[k], lr });
    });
  }

  /** The held-out negative ELBO of each model, {reconstruction, kl} in nats per image. */
  heldOut() {
    return this.models.map((model) => model.heldOut(this.#eps));
  }

  /**
   * What is to be seen: {batch: RGBA bytes, images above what each model makes of them; models: of each {mu, std of the held-out
   * images, losses, balance}}, and not in every picture, as it takes long: {manifold, samples} of one model in turns, and
   * {push} on the first held-out images. A whole picture has all of it.
   */
  picture(betas, isWhole = true) {
    const turn = this.#pictures++;
    const some = Math.ceil(AT_ONCE / this.models.length);
    const models = this.models.map((model, k) => ({
      losses: model.losses,
      balance: model.balance(betas[k]),
      ...model.codes(isWhole ? HELD_OUT : some),
      ...((isWhole || turn % this.models.length === k) && model.images()),
      ...((isWhole || turn % (REST * this.models.length) === k) && { push: model.push() }),
    }));
    const from = this.#next && this.#next - BATCH;
    const x = this.#pixels(this.#order.subarray(from, from + SHOWN));
    const batch = new Float32Array((1 + models.length) * SHOWN * PIXELS);
    batch.set(x);
    this.models.forEach((model, k) => {
      batch.set(model.reconstructed(x), (k + 1) * SHOWN * PIXELS);
    });
    return { batch: inColumns(batch, SHOWN), models };
  }

  /** All there is of a model: {weights {name: numbers}, mu, and logvar of a VAE, of all images}. */
  whole(k = 0) {
    return this.models[k].whole(TRAINED_ON + HELD_OUT);
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
