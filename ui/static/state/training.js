// What is trained in the lab, by a worker: it outlives the view that shows it, which is mounted anew for another language.

import { Emitter } from "./emitter.js";
import { latestOnly } from "./latest.js";

const MOST = 2000; // points of a curve
const ANEW = ["kinds", "beside", "hidden", "data", "seed"]; // what cannot be changed in the middle

export class Training {
  /** Of both models, kinds ("vae", "ae") and betas; the second is there only with `beside`. */
  settings = {
    kinds: ["vae", "vae"],
    betas: [1, 0],
    beside: false,
    hidden: 400,
    data: "mnist",
    seed: 1,
    lr: 0.001,
    slow: false,
  };
  playing = false;
  now = null; // what the worker has told: {playing, step, epoch, rate, batch, models}, see Lab.picture
  curve = []; // {step, learned, heldOut}: the loss of each model, of the batch and, where it was measured, held out
  labels = null; // classes of the images
  problem = null; // key of a sentence
  hasKernel = true;
  #models;
  #worker = null;
  #run = 0; // which lab it is
  #asked = new Map(); // number of a question for a whole model -> {resolve, reject}
  #questions = 0;
  #emitter = new Emitter();
  #latest = latestOnly();

  /** models: see Models. */
  constructor(models) {
    this.#models = models;
  }

  /** Call fn whenever something is told or set, until `signal` aborts. */
  on(fn, { signal }) {
    this.#emitter.listen("change", fn, signal);
  }

  get begun() {
    return this.#worker !== null;
  }

  /** The kinds of those that are there. */
  get kinds() {
    const { kinds, beside } = this.settings;
    return kinds.slice(0, beside ? 2 : 1);
  }

  /** Change settings; what cannot be changed in the middle begins anew. */
  set(part) {
    this.settings = { ...this.settings, ...part };
    if (Object.keys(part).some((name) => ANEW.includes(name))) this.begin();
    else this.#worker?.postMessage({ set: this.#rates });
    this.#emitter.emit("change");
  }

  /** New weights: promise of whether there are any. */
  async begin() {
    const own = ++this.#run; // what the lab before still tells is not taken for this one's
    this.#setPlaying(false);
    this.now = null;
    this.curve = [];
    this.problem = null;
    this.#emitter.emit("change");
    try {
      const { data } = this.settings;
      const { kernel, originals } = this.#models;
      const [bytes, images, labels] = await this.#latest(
        Promise.all([kernel, originals.bytes(data), this.#models.labels(data)]),
      );
      this.labels = labels;
      this.hasKernel = Boolean(bytes);
      this.#worker ??= this.#start();
      const { hidden, seed } = this.settings;
      const begin = { run: own, kernel: bytes, images, config: { kinds: this.kinds, hidden, seed } };
      this.#worker.postMessage({ begin, set: this.#rates });
      return true;
    } catch {
      if (own === this.#run) this.#fail("problem.server");
      return false;
    }
  }

  async play() {
    if (this.begun || (await this.begin())) this.#setPlaying(true);
  }

  pause() {
    if (this.playing) this.#setPlaying(false);
  }

  async step() {
    if (this.begun || (await this.begin())) this.#worker.postMessage({ step: true });
  }

  /** A model as it is now, the k-th: promise of {config, labels, weights, mu, logvar, heldOut}. */
  async whole(k) {
    const { kinds, betas, hidden, data } = this.settings,
      { labels } = this;
    const config = { variational: kinds[k] === "vae", beta: betas[k], hidden, data };
    const id = ++this.#questions;
    const told = new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
    this.#worker.postMessage({ whole: { id, which: k } });
    return { config, labels, ...(await told) };
  }

  #setPlaying(value) {
    this.playing = value;
    this.#worker?.postMessage({ play: value });
    this.#emitter.emit("change");
  }

  get #rates() {
    const { betas, lr, slow } = this.settings;
    return { betas, lr, slow };
  }

  #start() {
    const worker = new Worker(new URL("../maths/lab-worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => this.#take(data);
    worker.onerror = () => {
      for (const { reject } of this.#asked.values()) reject(new Error("the lab's worker has failed"));
      this.#asked.clear();
      this.#fail("lecture.lab.failed");
    };
    return worker;
  }

  #take(told) {
    if (told.id) {
      this.#asked.get(told.id)?.resolve(told.whole);
      this.#asked.delete(told.id);
      return;
    }
    if (told.run !== this.#run) return; // of the lab before
    const before = this.now?.models ?? [];
    const models = told.models.map((model, k) => ({ ...before[k], ...model })); // a picture renews a part
    const costed = this.now?.costed; // when the held-out loss was measured
    this.now = { ...told, models };
    const sum = (terms) => terms.reconstruction + terms.kl;
    if (models[0].losses) {
      const last = this.curve.at(-1);
      const point = last?.step === told.step ? last : { step: told.step, learned: null, heldOut: null };
      if (point !== last) this.curve.push(point);
      point.learned = models.map(({ losses }) => sum(losses));
      if (told.costed !== costed) point.heldOut = models.map(({ heldOut }) => sum(heldOut));
      if (this.curve.length > MOST) this.curve = this.curve.filter((_, k) => k % 2 === 0);
    }
    this.#emitter.emit("change");
  }

  #fail(key) {
    this.problem = key;
    this.playing = false;
    this.#emitter.emit("change");
  }
}
