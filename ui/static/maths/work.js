// What is computed in a worker, with a kernel and weights of its own: batches of images, the nearest codes, geodesics.
// It is done piece by piece, so that what is asked meanwhile is heard. Without a page: worker.js runs it.

import { geodesic } from "./geodesic.js";
import { nearest } from "./latent.js";
import { PIXELS } from "./network.js";

export class Work {
  #makeNetwork;
  #reply;
  #models = new Map(); // name -> {tensors, activation, network, forGradients}
  #codes = new Map(); // name -> its test images' codes [N, D]
  #asks = new Map(); // slot -> the latest ask for images: they take turns, each with the latest z,
  #later = new Map(); // and these are done while none of those waits
  #searches = new Map(); // id -> {search}: geodesics

  /** makeNetwork: see networksFrom; reply(answer, buffers to give away) is called with each answer. */
  constructor(makeNetwork, reply) {
    this.#makeNetwork = makeNetwork;
    this.#reply = reply;
  }

  /**
   * Take a message:
   * {model, tensors, activation}, a model's weights; {model, codes}, its test images' codes [N, D]; {forget: model};
   * {asks: [{slot, stamp, model, z [n, D], or nearest: how many codes and z [D], columns, later}]}: images, of the latest ask of
   * a slot: answered with {slot, stamp, rows, image: RGBA bytes of so many columns}, or without columns {slot, stamp, images
   * [n, 784]}; {drop: slots}; {geodesic: id, model, a, b}: answered with {geodesic, curve, share} again and again, until
   * share is 1; {cancel: id}.
   */
  receive({ model, tensors, activation, codes, forget, asks, drop, geodesic: id, a, b, cancel }) {
    if (tensors) this.#models.set(model, { tensors, activation });
    else if (codes) this.#codes.set(model, codes);
    else if (forget) for (const table of [this.#models, this.#codes]) table.delete(forget);
    else if (cancel !== undefined) this.#searches.delete(cancel);
    else if (id !== undefined) this.#searches.set(id, { search: geodesic(this.#network(model, true), a, b) });
    for (const ask of asks ?? []) {
      const [own, other] = ask.later ? [this.#later, this.#asks] : [this.#asks, this.#later];
      other.delete(ask.slot);
      own.set(ask.slot, ask); // one that waits keeps its turn
    }
    for (const slot of drop ?? []) for (const queue of [this.#asks, this.#later]) queue.delete(slot);
  }

  /** Whether something waits to be done. */
  get busy() {
    return this.#asks.size + this.#later.size + this.#searches.size > 0;
  }

  /** Do the next piece, a few milliseconds of work. */
  step() {
    for (const queue of [this.#asks, this.#later]) {
      for (const [slot, ask] of queue) {
        queue.delete(slot);
        return this.#answer(ask);
      }
    }
    for (const [id, { search }] of this.#searches) {
      this.#searches.delete(id);
      const { value, done } = search.next();
      if (value) this.#reply({ geodesic: id, curve: value.curve, share: value.share });
      if (!done) this.#searches.set(id, { search }); // after the others
      if (!this.#searches.size) for (const known of this.#models.values()) known.forGradients = null; // as large again
      return;
    }
  }

  #answer({ slot, stamp, model, z, nearest: k, columns }) {
    if (!this.#models.has(model)) return; // forgotten meanwhile
    let rows = null,
      codes = z;
    if (k !== undefined) {
      const all = this.#codes.get(model);
      if (!all) return;
      const n = z.length;
      rows = nearest(z, all, k);
      codes = new Float32Array(rows.length * n);
      rows.forEach((row, at) => {
        codes.set(all.subarray(row * n, (row + 1) * n), at * n);
      });
    }
    const images = this.#network(model).decode(codes);
    if (!columns) return this.#reply({ slot, stamp, rows, images }, [images.buffer]);
    const image = inColumns(images, columns);
    this.#reply({ slot, stamp, rows, image }, [image.buffer]);
  }

  #network(model, gradient = false) {
    const known = this.#models.get(model);
    const key = gradient ? "forGradients" : "network"; // the gradients need as much memory again
    known[key] ??= this.#makeNetwork(known.tensors, known.activation, { gradient });
    return known[key];
  }
}

/**
 * A function that gives messages to the work, and sees that all of it is done, each piece at its own later(fn), so that what
 * comes meanwhile is heard. A piece that fails is reported there, and the next one is done all the same.
 */
export function driven(work, later) {
  let going = false;
  const go = () => {
    going = work.busy;
    if (going) later(step);
  };
  function step() {
    try {
      work.step();
    } finally {
      go();
    }
  }
  return (message) => {
    work.receive(message);
    if (!going) go();
  };
}

/** Images [n, 784] side by side as RGBA bytes, so many in a row of images; missing ones of the last row are transparent. */
export function inColumns(images, columns) {
  const n = images.length / PIXELS,
    width = 28 * columns;
  const bytes = new Uint8ClampedArray(4 * width * 28 * Math.ceil(n / columns));
  const words = new Uint32Array(bytes.buffer);
  for (let image = 0, i = 0; image < n; image++) {
    const corner = 28 * (width * Math.floor(image / columns) + (image % columns));
    for (let line = 0; line < 28; line++) {
      for (let at = corner + width * line, end = at + 28; at < end; at++, i++) {
        words[at] = 0xff000000 | (Math.round(255 * images[i]) * 0x10101); // little-endian, as all browsers are
      }
    }
  }
  return bytes;
}
