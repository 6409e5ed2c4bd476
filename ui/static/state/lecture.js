// The lecture's image, and what a VAE and a plain autoencoder make of it: what the panels of the Lecture tab show.

import { gaussian, reparameterize, seeded, stdOf } from "../maths/latent.js";

export class Lecture {
  #explorer;
  #pair = null; // {of: the explorer's model, vae, ae}: models with decode and encode, once they are there
  #opening = null; // promise of the pair, and of which model
  #now = { key: null, value: null };
  bubbles = null; // {model: its name, row}: what was chosen among the bubbles, for when they are shown again

  constructor(explorer) {
    this.#explorer = explorer;
  }

  get state() {
    return this.#explorer.state.lecture;
  }

  set(part, options = {}) {
    this.#explorer.setLecture(part, options);
  }

  /** Draw eps anew. */
  drawEps() {
    this.set({ seed: newSeed(), eps: null });
  }

  /** Draw other samples. */
  drawSamples() {
    this.set({ samples: newSeed() });
  }

  /** Fetch what the panels need for the chosen model: its encoder, the model beside it, the test images. */
  async open() {
    const { model, models } = this.#explorer;
    if (!model || this.#opening?.of === model) return this.#opening?.promise;
    const opened = async () => {
      const vae = model.variational ? model : models.variationalBeside(model),
        ae = model.variational ? models.plainBeside(model) : model;
      const whole = async (info, user) => {
        if (!info) return null;
        const [loaded, encode] = await Promise.all([models.load(info.name, user), models.encoder(info.name)]);
        return { ...loaded, encode };
      };
      const pair = await Promise.all([
        whole(vae, `${USER} vae`),
        whole(ae, `${USER} ae`),
        models.originals.open(model.data),
      ]);
      if (this.#explorer.model !== model || this.#pair?.of === model) return; // the panels keep what they have drawn
      this.#pair = { of: model, vae: pair[0], ae: pair[1] };
      this.#explorer.setLecture({});
    };
    this.#opening = { of: model, promise: opened() };
    this.#opening.promise.catch(() => (this.#opening = null)); // it can be tried again
    return this.#opening.promise;
  }

  /** Nothing of it is shown any more: what it alone needed may be forgotten. */
  close() {
    for (const part of ["vae", "ae"]) this.#explorer.models.release(`${USER} ${part}`);
    this.#opening = null;
  }

  /** A VAE and the plain autoencoder beside it, either null where there is none; null while they are on their way. */
  get pair() {
    return this.#pair?.of === this.#explorer.model ? this.#pair : null;
  }

  /** The image [784] that the panels are about: a test image, or what a person has drawn; null while it is on its way. */
  get image() {
    const { row, pixels } = this.state;
    return pixels ?? this.#explorer.models.originals.image(this.#explorer.model.data, row);
  }

  /**
   * What the models make of the image: {vae, ae, x, mu, logvar, std, eps, z, x_hat} of the VAE and {h, plain} of the plain
   * autoencoder, its code and its reconstruction; null while something is on its way.
   */
  get now() {
    const { pair, state } = this;
    if (!pair?.vae) return null;
    const { row, pixels, seed, eps: own } = state;
    const key = [pair, row, pixels, seed, own];
    if (this.#now.key?.every((part, i) => part === key[i])) return this.#now.value;
    const x = this.image;
    if (!x) return null;
    const { vae, ae } = pair;
    const { mu, logvar } = vae.encode(x);
    const std = stdOf(logvar);
    const eps = own?.length === mu.length ? own : gaussian(mu.length, 1, seeded(seed));
    const z = reparameterize(mu, std, eps);
    const h = ae?.encode(x).mu;
    const value = { vae, ae, x, mu, logvar, std, eps, z, x_hat: vae.decode(z), h, plain: h && ae.decode(h) };
    this.#now = { key, value };
    return value;
  }
}

const newSeed = () => 1 + Math.floor(1e6 * Math.random());

const USER = "lecture"; // of the models that it loads
