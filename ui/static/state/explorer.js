// z is the state. Everything a person does writes z here; everything a person sees reads z from here.

import { buildDecoder } from "./decoder.js";
import { drawMixture, gaussian } from "./latent.js";
import { readTensors } from "./safetensors.js";

export const FARTHEST = 1000; // of a coordinate, as for the server; the prior does not reach 10
const MOST_STEPS = 1000; // of undo

class Explorer {
  models = []; // what the server lists: {name, latent_dim, activation, kl_per_dim, active_units, weights, atlas, ...}
  model = null; // the chosen one of them, with its decode(z)
  atlas = null; // the test digits' codes for that model, once they have come
  problem = null; // a sentence on what went wrong, until a model is chosen
  z = null; // Float32Array [latent_dim]
  #places = new Map(); // model name -> {z, past, future}: each model keeps its own walk
  #gesture = null; // what is writing z: a run of writes by one gesture is one step of undo
  #frame = 0; // pending requestAnimationFrame
  #stale = false; // z has moved since it was drawn
  #opening = null;
  #loads = new Map(); // url and part -> promise of tensors: each is fetched once
  #listeners = { model: [], atlas: [], z: [], history: [], problem: [] };

  /** Call fn now and whenever `what` changes: "model", "atlas", "z" (at most once a frame), "history", "problem". */
  on(what, fn) {
    this.#listeners[what].push(fn);
    if (what === "z" && this.z) fn(this.z, this.decode(this.z));
    else if (what === "problem" || what === "history" || this[what]) fn(this[what]);
  }

  /** Pictures at a latent vector: x_hat [784] in [0, 1]. */
  decode(z) {
    return this.model.decode(z);
  }

  /** The decoder of another model than the chosen one: z -> x_hat [784]. */
  async decoderOf(name) {
    const { weights, activation } = this.models.find((model) => model.name === name);
    return buildDecoder(await this.#load(weights, (tensor) => !tensor.startsWith("encoder.")), activation);
  }

  /** Take note of the models there are, and open the first. */
  start(models, first) {
    this.models = models;
    if (first) this.open(first);
  }

  /** Choose a model by name; gives the name of the one that is shown then: where loading fails, the one before. */
  async open(name) {
    if (name === this.#opening) {
      if (name === this.model?.name) this.#emit("problem", null); // takes back what was said of a failure
      return name;
    }
    this.#opening = name;
    const model = this.models.find((candidate) => candidate.name === name);
    try {
      if (!model) throw new Error(`There is no model called ${name}.`);
      const weights = await this.#load(model.weights, (tensor) => !tensor.startsWith("encoder."));
      if (this.#opening !== name) return this.#opening; // a later choice overtook this one
      this.#openAtlas(model); // on its way while the digit is drawn
      if (!this.#places.has(name)) {
        this.#places.set(name, { z: new Float32Array(model.latent_dim), past: [], future: [] });
      }
      this.model = { ...model, decode: buildDecoder(weights, model.activation) };
      this.atlas = null;
      this.#gesture = null;
      this.z = this.#place.z;
      this.#emit("model", this.model);
      this.#emit("history");
      this.#redraw();
    } catch (error) {
      if (this.#opening === name) {
        this.#opening = this.model?.name ?? null;
        this.#emit("problem", `${name} could not be loaded: ${error.message} Choose it again to try again.`);
      }
    }
    return this.#opening;
  }

  /** Say that something went wrong, where the model's figures stand. */
  tell(sentence) {
    this.#emit("problem", sentence);
  }

  /** More of the chosen model's atlas, which can come later: {name: typed array}; fetched when first asked for. */
  async tensors(names) {
    const { atlas, name } = this.model;
    try {
      return await this.#load(atlas, (tensor) => names.includes(tensor), names.join());
    } catch (error) {
      if (this.model.name === name) this.#emit("problem", `${names.join(", ")} of ${name} could not be loaded: ${error.message}`);
      throw error;
    }
  }

  #loadAtlas({ atlas }) {
    return this.#load(atlas, (tensor) => tensor !== "logvar" && !tensor.startsWith("snapshot"));
  }

  async #openAtlas(model) {
    const { name } = model;
    try {
      const atlas = await this.#loadAtlas(model);
      if (this.model.name !== name) return;
      this.atlas = atlas;
      this.#emit("atlas", atlas);
      this.#redraw();
    } catch (error) {
      if (this.model.name === name) this.#emit("problem", `The map of ${name} could not be loaded: ${error.message}`);
    }
  }

  /** Move to z. Writes of one gesture, until settle(), are undone in one step. */
  write(z, gesture = null) {
    if (!this.model || z.length !== this.model.latent_dim || !Array.prototype.every.call(z, Number.isFinite)) return;
    const place = this.#place;
    if (gesture === null || gesture !== this.#gesture) {
      place.past.push(place.z);
      if (place.past.length > MOST_STEPS) place.past.shift();
      place.future = [];
      this.#gesture = gesture;
      this.#emit("history");
    }
    place.z = this.z = Float32Array.from(z, (value) => Math.min(FARTHEST, Math.max(-FARTHEST, value)));
    this.#redraw();
  }

  /** Move along one dimension. */
  writeOne(index, value, gesture) {
    const z = Array.from(this.z); // in double precision: as z itself, 1e39 would be infinite and refused
    z[index] = value;
    this.write(z, gesture);
  }

  /** The gesture is over: the next write is another step of undo. */
  settle() {
    this.#gesture = null;
  }

  /** A draw from the prior N(0, I), scaled by the temperature. */
  random(temperature = 1) {
    if (this.model) this.write(gaussian(this.model.latent_dim, temperature));
  }

  /** A draw from where the codes of real pictures lie: from the mixture fitted to them. */
  async likeData(temperature = 1) {
    const model = this.model;
    const atlas = model && (await this.#loadAtlas(model).catch(() => null)); // fetched once, and perhaps on its way
    if (atlas && this.model === model) this.write(drawMixture(atlas, temperature));
  }

  /** To the origin, where the prior has its peak. */
  reset() {
    if (this.z?.some((value) => value !== 0)) this.write(new Float32Array(this.z.length));
  }

  undo() {
    this.#step("past", "future");
  }

  redo() {
    this.#step("future", "past");
  }

  /** Whether there is something to undo and to redo. */
  get history() {
    const place = this.model && this.#place;
    return { undo: Boolean(place?.past.length), redo: Boolean(place?.future.length) };
  }

  get #place() {
    return this.#places.get(this.model.name);
  }

  #step(from, to) {
    if (!this.model || !this.#place[from].length) return;
    const place = this.#place;
    place[to].push(place.z);
    place.z = this.z = place[from].pop();
    this.#gesture = null;
    this.#emit("history");
    this.#redraw();
  }

  // The first change is drawn at once, those that follow within the same frame together at the next one.
  #redraw() {
    if (this.#frame) {
      this.#stale = true;
      return;
    }
    this.#stale = false;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#stale) this.#redraw();
    });
    const x = this.decode(this.z);
    for (const fn of this.#listeners.z) fn(this.z, x);
  }

  #emit(what, value = this[what]) {
    if (what === "problem") this.problem = value; // for those who listen later
    for (const fn of this.#listeners[what]) fn(value);
  }

  #load(url, isWanted, part = "") {
    const key = `${url} ${part}`;
    if (!this.#loads.has(key)) {
      const loading = readTensors(new URL(url, document.baseURI).href, isWanted);
      this.#loads.set(key, loading);
      loading.catch(() => this.#loads.delete(key)); // so that a failure can be tried again
    }
    return this.#loads.get(key);
  }
}

export const explorer = new Explorer();
window.explorer = explorer;
