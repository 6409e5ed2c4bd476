// The models that a host offers, loaded once and shared by all explorers, as long as any of them shows it.

import { networksFrom } from "../maths/network.js";
import { Background } from "./background.js";
import { keepOnly } from "./cache.js";
import { Connection, fetched, received } from "./connection.js";
import { Originals } from "./originals.js";
import { forgetFile, knowHeader, readAll, readTensors } from "./safetensors.js";

const KEPT = 1; // models that nobody shows any more and that are kept all the same: one goes back and forth between two

const isEncoder = (tensor) => tensor.startsWith("encoder.");
const isDecoder = (tensor) => !tensor.startsWith("encoder.");
const isMap = (tensor) => tensor !== "logvar" && !tensor.startsWith("snapshot");
const isFirst = (tensor) => tensor.startsWith("sampler") || tensor.endsWith("axes") || tensor === "center"; // side by side in the file

export class Models {
  #loads = new Map(); // name -> Map of what was read of it -> promise: the latest loaded last
  #users = new Map(); // who shows a model -> its name
  #coming = new Map(); // who waits for a model -> its name
  #made = new Map(); // a model that was made in the page -> the addresses of its files
  #url;
  #makeNetwork;

  /**
   * models: what is known of each model, {name, data, latent_dim, activation, ...}; url(model, part): a file's address; ink:
   * that of the network that finds ink; originals: those of the test images, by dataset; headers: [address, header] of files
   * that are known already; files: the addresses of all files with tensors; kernel: promise of a compiled kernel's bytes, or
   * of null; answers(): promise of whether their server answers.
   */
  constructor({ models, url, ink, originals, headers, files, answers }, kernel = fetchKernel()) {
    this.list = models;
    this.connection = new Connection(answers);
    for (const [address, header] of headers) knowHeader(address, header);
    keepOnly(files).catch(() => {}); // a browser that forbids storage keeps nothing
    this.#url = (model, part) => (model.made ? this.#made.get(model.name)[part] : url(model, part));
    this.originals = new Originals(originals);
    this.kernel = kernel;
    this.#makeNetwork = kernel.then(networksFrom);
    this.background = new Background(kernel, () => readAll(ink));
  }

  /** What is known of a model by name, or undefined. */
  get(name) {
    return this.list.find((model) => model.name === name);
  }

  /**
   * Offer a model that was made in the page, in place of an earlier one of its name. model: what is known of it, with `made`;
   * files: its "model" and its "atlas", as Blobs.
   */
  add(model, files) {
    const { name } = model;
    for (const url of Object.values(this.#made.get(name) ?? {})) {
      forgetFile(url);
      URL.revokeObjectURL(url);
    }
    const urls = Object.entries(files).map(([part, file]) => [part, URL.createObjectURL(file)]);
    this.#made.set(name, Object.fromEntries(urls));
    this.#loads.delete(name);
    this.background.forget(name);
    this.list = [...this.list.filter((other) => other.name !== name), model];
  }

  /** A model with its decoder, {..., decode(z [n, D]) -> images [n, 784]}, for a user, who shows one at a time. */
  async load(name, user) {
    const model = this.get(name);
    if (!model) throw new Error(`There is no model called ${name}.`);
    this.#coming.set(user, name); // another user's model may be there first: it must not have this one forgotten
    const network = await this.#once(model, "network", async () => {
      const { made, tensors } = await this.#make(model, isDecoder);
      this.background.load(name, tensors, model.activation);
      return made;
    }).finally(() => this.#coming.get(user) === name && this.#coming.delete(user));
    this.#users.set(user, name);
    this.#forgetOthers(name);
    return { ...model, decode: (z) => network.decode(z) };
  }

  /** A model's encoder, fetched when first asked for: encode(x [n, 784]) -> {mu [n, D], logvar [n, D], or none}. */
  encoder(name) {
    const model = this.get(name);
    return this.#once(model, "encoder", async () => {
      const { made } = await this.#make(model, isEncoder, { latent_dim: model.latent_dim });
      return (x) => made.encode(x);
    });
  }

  /** A model's decoder with its gradients, see forces.js: {..., decode, pullback}. */
  async withGradient(name) {
    const model = this.get(name);
    const network = await this.#once(model, "gradient", async () => {
      const { made } = await this.#make(model, isDecoder, { gradient: true });
      return made;
    });
    return { ...model, decode: (z) => network.decode(z), pullback: (gradient) => network.pullback(gradient) };
  }

  /** Nobody of that name shows a model any more. */
  release(user) {
    this.#users.delete(user);
  }

  /** The test images' codes, the map's planes and the fitted sampler. */
  async atlas(name) {
    return this.#once(this.get(name), "atlas", async () => {
      const parts = [
        this.mixture(name),
        this.#read(this.get(name), "atlas", (tensor) => isMap(tensor) && !isFirst(tensor)),
      ];
      const atlas = Object.assign({}, ...(await Promise.all(parts)));
      if (atlas.mu) this.background.know(name, atlas.mu);
      return atlas;
    });
  }

  /** The part of the atlas that comes first, with the mixture fitted to the codes: enough to draw a z like data. */
  async mixture(name) {
    return this.#once(this.get(name), "mixture", () => this.#read(this.get(name), "atlas", isFirst));
  }

  /** The classes of a dataset's test images, from the atlas of any of its models. */
  async labels(data) {
    return (await this.atlas(this.list.find((model) => model.data === data).name)).labels;
  }

  /** What is written of a model's training: its metrics.json. */
  metrics(name) {
    const model = this.get(name);
    return this.#once(model, "metrics", async () => {
      const url = this.#url(model, "metrics");
      if (!url) return { history: [] };
      const response = await fetched(url);
      if (!response.ok) throw new Error(`The server did not give the metrics of ${name}.`);
      return received(response.json());
    });
  }

  /** More of a model's atlas, by the names of the tensors: {name: typed array}. */
  async tensors(name, names) {
    const model = this.get(name);
    return this.#once(model, names.join(), () => this.#read(model, "atlas", (tensor) => names.includes(tensor)));
  }

  /** The plain autoencoder to compare a VAE with: of the same data, the nearest in size; undefined where there is none. */
  plainBeside({ variational, data, latent_dim }) {
    if (!variational) return undefined;
    const others = this.list.filter((other) => other.data === data && !other.variational && !other.made);
    const apart = (other) => Math.abs(other.latent_dim - latent_dim);
    return others.sort((a, b) => apart(a) - apart(b))[0];
  }

  /** The VAE to compare a plain autoencoder with: of the same data, the nearest in size, with β = 1 where there is one. */
  variationalBeside({ data, latent_dim }) {
    const others = this.list.filter((other) => other.data === data && other.variational && !other.made);
    const apart = (other) => Math.abs(other.latent_dim - latent_dim) + (other.beta === 1 ? 0 : 0.5);
    return others.sort((a, b) => apart(a) - apart(b))[0];
  }

  /** Do fn once for a model, until the model is forgotten; a failure can be tried again. */
  #once({ name }, part, fn) {
    if (!this.#loads.has(name)) this.#loads.set(name, new Map());
    const parts = this.#loads.get(name);
    if (!parts.has(part)) {
      const loading = fn();
      parts.set(part, loading);
      loading.catch(() => parts.delete(part));
    }
    return parts.get(part);
  }

  /** Let go of what nobody shows, but for the latest; `name` was loaded just now. */
  #forgetOthers(name) {
    const parts = this.#loads.get(name);
    if (parts) {
      this.#loads.delete(name);
      this.#loads.set(name, parts);
    }
    const shown = new Set([...this.#users.values(), ...this.#coming.values()]);
    const unused = [...this.#loads.keys()].filter((other) => !shown.has(other));
    for (const other of unused.slice(0, -KEPT)) {
      this.#loads.delete(other);
      this.background.forget(other);
      for (const part of ["model", "atlas"]) forgetFile(this.#url(this.get(other), part));
    }
  }

  /** A network of some of a model's weights, and these: {made, tensors}. */
  async #make(model, isWanted, options = {}) {
    const [tensors, makeNetwork] = await Promise.all([this.#read(model, "model", isWanted), this.#makeNetwork]);
    return { made: makeNetwork(tensors, model.activation, options), tensors };
  }

  async #read(model, file, isWanted) {
    const url = this.#url(model, file);
    if (!url) throw new Error(`${model.name} has no ${file}.`);
    return readTensors(url, isWanted);
  }
}

/** The compiled kernel, the faster one where the browser knows its instructions; null where neither can be had or run. */
export async function fetchKernel() {
  for (const name of globalThis.WebAssembly ? ["kernel-fused", "kernel"] : []) {
    try {
      const response = await fetch(new URL(`../maths/${name}.wasm`, import.meta.url));
      const bytes = response.ok ? await response.arrayBuffer() : null;
      if (bytes && WebAssembly.validate(bytes)) return bytes;
    } catch {} // the other one may come
  }
  return null;
}
