// Image files as pixels, and the digits in them. Files are read by the browser; what it cannot read, such as TIFF, is converted
// by the host where it can.

import { isLoss } from "./connection.js";

const WORKING_SIDE = 1024, // pixels; larger images are reduced to this before the search for ink
  MAX_PIXELS = 64e6; // 8,000 × 8,000
const KEPT = 3; // images of a stop whose pixels are kept: of others they are read again from their files
const CONVERTED = /\.(tiff?|hei[cf])$/i; // names of files that a browser may not know as images

const addresses = new FinalizationRegistry((url) => URL.revokeObjectURL(url));

/** A File as the source of a stop, {url, name}: the browser may let go of it once no stop and no step of undo has it any more. */
export function sourceOf(file) {
  const source = { url: URL.createObjectURL(file), name: file.name };
  addresses.register(source, source.url);
  return source;
}

export class Photos {
  #host;
  #background;
  #read = new Map(); // address of a file -> promise of its pixels

  constructor(host, background) {
    this.#host = host;
    this.#background = background;
  }

  /** The pixels of a file, {canvas, pixels: ImageData}, by its address and name; rejects with {code} of a sentence. */
  open({ url, name }) {
    const reading = this.#read.get(url) ?? this.#decode(url, name);
    this.#read.delete(url);
    this.#read.set(url, reading); // the latest last
    for (const other of [...this.#read.keys()].slice(0, -KEPT)) this.#read.delete(other);
    reading.catch(() => this.#read.delete(url)); // it can be tried again
    return reading;
  }

  /** What is in a file for a model of a dataset, as findInk gives it, or {problem: {code}}; rejects where there was no answer. */
  async find(source, edits, data) {
    try {
      const { pixels } = await this.open(source);
      const found = await this.#background.find(pixels, edits, data);
      return found.problem ? { problem: { code: found.problem } } : found;
    } catch (error) {
      if (isLoss(error)) throw error; // nothing is wrong with the file
      return { problem: { code: error.code ?? "problem.server" } };
    }
  }

  async #decode(url, name) {
    const blob = await (await fetch(url)).blob();
    const bitmap = await this.#bitmap(blob, name);
    try {
      if (bitmap.width * bitmap.height > MAX_PIXELS) throw new Refused("image.too_large");
      return reduced(bitmap, bitmap.width, bitmap.height);
    } finally {
      bitmap.close();
    }
  }

  async #bitmap(blob, name) {
    try {
      return await createImageBitmap(blob);
    } catch {
      if (!/^image\//.test(blob.type) && !CONVERTED.test(name)) throw new Refused("image.unreadable");
      if (!this.#host.can.convert) throw new Refused("image.format");
      if (blob.size > this.#host.largestUpload) throw new Refused("image.large_file");
    }
    const { path } = await this.#host.upload(new File([blob], name));
    const { problem, image } = await this.#host.ask("convert", { path });
    if (problem) throw new Refused(problem.code);
    return createImageBitmap(await (await fetch(image)).blob());
  }
}

class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** What can be drawn, of a size, as pixels of at most WORKING_SIDE a side. */
export function reduced(image, width, height, most = WORKING_SIDE) {
  const scale = Math.min(1, most / Math.max(width, height));
  const [across, down] = [width, height].map((length) => Math.max(1, Math.round(length * scale)));
  const canvas = Object.assign(document.createElement("canvas"), { width: across, height: down });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, across, down);
  return { canvas, pixels: context.getImageData(0, 0, across, down) };
}
