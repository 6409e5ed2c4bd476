// The models that a host offers, loaded once and shared by all explorers.

import { buildDecoder } from "../maths/network.js";
import { readTensors } from "./safetensors.js";

const isDecoder = (tensor) => !tensor.startsWith("encoder.");
const isMap = (tensor) => tensor !== "logvar" && !tensor.startsWith("snapshot");

export class Models {
  #loads = new Map(); // address and part -> promise of tensors
  #url;

  /** list: what is known of each model, {name, data, latent_dim, activation, ...}; url(model, part): a file's address. */
  constructor(list, url) {
    this.list = list;
    this.#url = url;
  }

  /** What is known of a model by name, or undefined. */
  get(name) {
    return this.list.find((model) => model.name === name);
  }

  /** A model with its decoder: {..., decode(z) -> x_hat [784]}. */
  async load(name) {
    const model = this.get(name);
    if (!model) throw new Error(`There is no model called ${name}.`);
    const tensors = await this.#read(model, "model", isDecoder);
    return { ...model, decode: buildDecoder(tensors, model.activation) };
  }

  /** The test images' codes, the map's planes and the fitted sampler. */
  async atlas(name) {
    return this.#read(this.get(name), "atlas", isMap);
  }

  /** More of a model's atlas, by the names of the tensors: {name: typed array}. */
  async tensors(name, names) {
    return this.#read(this.get(name), "atlas", (tensor) => names.includes(tensor), names.join());
  }

  /** The plain autoencoder to compare a VAE with: of the same data, the nearest in size; undefined where there is none. */
  plainBeside({ variational, data, latent_dim }) {
    if (!variational) return undefined;
    const others = this.list.filter((other) => other.data === data && !other.variational);
    const apart = (other) => Math.abs(other.latent_dim - latent_dim);
    return others.sort((a, b) => apart(a) - apart(b))[0];
  }

  #read(model, file, isWanted, part = "") {
    const url = this.#url(model, file);
    if (!url) return Promise.reject(new Error(`${model.name} has no ${file}.`));
    const key = `${url} ${part}`;
    if (!this.#loads.has(key)) {
      const loading = readTensors(url, isWanted);
      this.#loads.set(key, loading);
      loading.catch(() => this.#loads.delete(key)); // so that a failure can be tried again
    }
    return this.#loads.get(key);
  }
}
