// What is computed in a worker, with a kernel and weights of its own: batches of images, the nearest codes, the ink in
// photographs, geodesics.
// It is done piece by piece, so that what is asked meanwhile is heard. Without a page: worker.js runs it.

import { findClothes } from "./clothes.js";
import { geodesic } from "./geodesic.js";
import { findInk, LARGEST } from "./ink.js";
import { nearest } from "./latent.js";
import { inkNetworkFrom, networksFrom, PIXELS } from "./network.js";
import { pixelsOf } from "./pixels.js";

export class Work {
  #makeNetwork;
  #makeInk;
  #reply;
  #models = new Map(); // name -> {tensors, activation, network, forGradients}
  #codes = new Map(); // name -> its test images' codes [N, D]
  #asks = new Map(); // slot -> the latest ask for images: they take turns, each with the latest z,
  #later = new Map(); // and these are done while none of those waits
  #photos = new Map(); // id -> {search}: photographs in which ink is looked for
  #photoIsNext = false; // images and photographs take turns
  #ink = null; // {tensors, see}: the ink network
  #searches = new Map(); // id -> {search}: geodesics

  /**
   * makeNetwork: see networksFrom; makeInk(tensors, largest): see inkNetworkFrom; reply(answer, buffers to give away) is
   * called with each answer.
   */
  constructor(makeNetwork, makeInk, reply) {
    this.#makeNetwork = makeNetwork;
    this.#makeInk = makeInk;
    this.#reply = reply;
  }

  /**
   * Take a message:
   * {model, tensors, activation}, a model's weights; {model, codes}, its test images' codes [N, D]; {forget: model};
   * {asks: [{slot, stamp, model, z [n, D], or nearest: how many codes and z [D], columns, later}]}: images, of the latest ask of
   * a slot: answered with {slot, stamp, rows, image: RGBA bytes of so many columns}, or without columns {slot, stamp, images
   * [n, 784]}; {drop: slots}; {geodesic: id, model, a, b}: answered with {geodesic, curve, share} again and again, until
   * share is 1; {cancel: id}; {ink: the ink network's tensors}; {photo: id, pixels: {data: RGBA bytes, width, height}, edits, data: "mnist" or "fashion"}:
   * answered with {photo, found}, see findInk.
   */
  receive({
    model,
    tensors,
    activation,
    codes,
    forget,
    asks,
    drop,
    geodesic: id,
    a,
    b,
    cancel,
    ink,
    photo,
    pixels,
    edits,
    data,
  }) {
    if (ink) this.#ink = { tensors: ink, see: null };
    else if (photo !== undefined) this.#photos.set(photo, { search: this.#find(pixels, edits, data) });
    else if (tensors) this.#models.set(model, { tensors, activation });
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
    return this.#asks.size + this.#later.size + this.#photos.size + this.#searches.size > 0;
  }

  /** Do the next piece, a few milliseconds of work. */
  step() {
    const isPhoto = this.#photos.size > 0 && (this.#photoIsNext || !this.#asks.size);
    this.#photoIsNext = !isPhoto;
    if (isPhoto) return this.#lookOnce();
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

  /** One look of the network at the photograph that came first. */
  #lookOnce() {
    const [[id, { search }]] = this.#photos;
    this.#photos.delete(id);
    let step;
    try {
      step = search.next();
    } catch (error) {
      this.#reply({ photo: id, found: { problem: "image.unreadable" } }); // whoever waits for it is told
      throw error;
    }
    if (step.done) this.#reply({ photo: id, found: step.value });
    else this.#photos = new Map([[id, { search }], ...this.#photos]);
  }

  *#find(pixels, edits, data) {
    const rgb = pixelsOf(pixels);
    if (!rgb) return { problem: "image.empty" };
    if (data === "fashion") return findClothes(rgb, edits);
    this.#ink.see ??= this.#makeInk(this.#ink.tensors, LARGEST);
    return yield* findInk(this.#ink.see, rgb, edits);
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

/** The work with a kernel, the bytes of kernel.wasm or null. */
export const workWith = (kernel, reply) =>
  new Work(networksFrom(kernel), (tensors, largest) => inkNetworkFrom(kernel, tensors, largest), reply);

/** A later(fn) for a worker: by a message to oneself, so that what the page has sent meanwhile is heard first. */
export function makeLater() {
  const { port1, port2 } = new MessageChannel();
  let next = () => {};
  port1.onmessage = () => next();
  return (fn) => {
    next = fn;
    port2.postMessage(null);
  };
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
