// The page's side of the worker: asks for images and geodesics, and gives out the answers. Where a worker cannot be started, the
// same work is done on the page, piece by piece.

import { driven, workWith } from "../maths/work.js";

export class Background {
  #post;
  #slots = new Map(); // number of a slot -> {done, asks: Map of what is asked, by its stamp}
  #answers = new Map(); // slot -> its latest answer, until the next frame
  #waiting = []; // asks that are sent together
  #searches = new Map(); // number of a geodesic -> found
  #photos = new Map(); // number of a photograph -> found
  #readInk;
  #ink = null; // promise: the ink network has been sent
  #count = 0;
  #frame = 0;
  #sent = false; // something was sent in this frame

  /** kernel: promise of a compiled kernel's bytes, or of null; readInk(): promise of the ink network's tensors. */
  constructor(kernel, readInk) {
    this.#readInk = readInk;
    const opening = kernel.then((bytes) => openWorker(bytes, (answer) => this.#take(answer)));
    this.#post = (message) => opening.then((post) => post(message));
  }

  /** A model's weights; they are copied. */
  load(model, tensors, activation) {
    this.#post({ model, tensors, activation });
  }

  /** The codes of a model's test images, for the nearest ones. */
  know(model, codes) {
    this.#post({ model, codes });
  }

  forget(model) {
    this.#post({ forget: model });
  }

  /**
   * A place for images that follow something: of what is asked for, only the latest is answered, in an animation frame, by
   * done(answer, ask). ask: {model, z [n, D], columns for RGBA bytes side by side, or none for numbers; nearest: k for the
   * images of the codes nearest to z [D]; later: after all that follows the hand}; answer: {rows, image, images}.
   * Gives {ask(ask), drop()}, until `signal` aborts.
   */
  slot(done, signal) {
    const slot = ++this.#count;
    const own = { done, asks: new Map() };
    this.#slots.set(slot, own);
    const drop = () => {
      if (!own.asks.size) return;
      own.asks.clear();
      this.#answers.delete(slot);
      this.#waiting = this.#waiting.filter((ask) => ask.slot !== slot);
      this.#post({ drop: [slot] });
    };
    signal?.addEventListener("abort", () => {
      drop();
      this.#answers.delete(slot);
      this.#slots.delete(slot);
    });
    const ask = (asked) => {
      if (signal?.aborted) return;
      const stamp = ++this.#count;
      own.asks.set(stamp, asked);
      const { model, z, nearest, columns, later } = asked;
      this.#waiting = this.#waiting.filter((other) => other.slot !== slot);
      this.#waiting.push({ slot, stamp, model, z, nearest, columns, later });
      this.#send();
    };
    return { ask, drop };
  }

  /** Whether something that was asked for is still to come. */
  get busy() {
    return this.#searches.size + this.#photos.size > 0 || [...this.#slots.values()].some(({ asks }) => asks.size > 0);
  }

  /** Search for the geodesic from a to b: found({curve, share}) is called again and again; gives what cancels it. */
  geodesic(model, a, b, found) {
    const id = ++this.#count;
    this.#searches.set(id, found);
    this.#post({ geodesic: id, model, a, b });
    return () => {
      if (this.#searches.delete(id)) this.#post({ cancel: id });
    };
  }

  /** Fetch the network that finds ink, when it is first wanted; a failure can be tried again. */
  openInk() {
    this.#ink ??= this.#readInk().then(
      (tensors) => this.#post({ ink: tensors }),
      (error) => {
        this.#ink = null;
        throw error;
      },
    );
    return this.#ink;
  }

  /**
   * Find a digit, or a piece of clothing for a model of "fashion", in the pixels of a photograph, an ImageData: promise of what
   * findInk returns.
   */
  async find(pixels, edits, data) {
    if (data !== "fashion") await this.openInk();
    const photo = ++this.#count;
    const found = new Promise((resolve) => this.#photos.set(photo, resolve));
    this.#post({ photo, pixels: { data: pixels.data, width: pixels.width, height: pixels.height }, edits, data });
    return found;
  }

  /** Send what waits: at once where nothing was sent in this frame. */
  #send() {
    if (this.#sent) return; // it is sent in the next frame, then with the latest z
    this.#sent = true;
    queueMicrotask(() => this.#post({ asks: this.#waiting.splice(0) }));
    requestAnimationFrame(() => {
      this.#sent = false;
      if (this.#waiting.length) this.#send();
    });
  }

  #take(answer) {
    if (answer.geodesic !== undefined) {
      const found = this.#searches.get(answer.geodesic);
      if (answer.share === 1) this.#searches.delete(answer.geodesic);
      found?.(answer);
      return;
    }
    if (answer.photo !== undefined) {
      this.#photos.get(answer.photo)(answer.found);
      this.#photos.delete(answer.photo);
      return;
    }
    if (!this.#slots.get(answer.slot)?.asks.has(answer.stamp)) return; // dropped
    this.#answers.set(answer.slot, answer);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const answers = [...this.#answers.values()];
      this.#answers.clear();
      for (const one of answers) this.#give(one);
    });
  }

  #give(answer) {
    const { done, asks } = this.#slots.get(answer.slot);
    const asked = asks.get(answer.stamp);
    for (const stamp of asks.keys()) if (stamp <= answer.stamp) asks.delete(stamp); // overtaken
    try {
      done(answer, asked);
    } catch (error) {
      globalThis.reportError?.(error); // the others' images come all the same
    }
  }
}

/** A function that sends messages to a worker, once it is ready; or to the work on the page. */
function openWorker(kernel, take) {
  return new Promise((resolve) => {
    const here = () => resolve(driven(workWith(kernel, take), setTimeout));
    try {
      const worker = new Worker(new URL("../maths/worker.js", import.meta.url), { type: "module" });
      worker.onerror = here; // it is too old for modules, or may not be read
      worker.onmessage = ({ data }) => {
        worker.onerror = null;
        if (data.ready) resolve((message) => worker.postMessage(message));
        else take(data);
      };
      worker.postMessage({ kernel });
    } catch {
      here();
    }
  });
}
