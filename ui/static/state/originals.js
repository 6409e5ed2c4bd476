// The test images themselves, 100 in a row of one image file for each dataset, fetched when the first of them is shown.

import { fetched, received } from "./connection.js";

const SIDE = 28,
  COLUMNS = 100;

export class Originals {
  #urls;
  #sheets = new Map(); // dataset -> promise of its ImageBitmap
  #ready = new Map(); // dataset -> its ImageBitmap

  /** urls: the files' addresses, by dataset. */
  constructor(urls) {
    this.#urls = urls;
  }

  /** Fetch the test images of a dataset: promise of whether they are there. Those of another are let go of. */
  async open(data) {
    if (!this.#urls[data]) return false;
    if (!this.#sheets.has(data)) {
      for (const other of this.#sheets.keys()) this.#forget(other);
      const reading = read(this.#urls[data]);
      this.#sheets.set(data, reading);
      reading.catch(() => this.#sheets.delete(data)); // it can be tried again
    }
    try {
      const sheet = await this.#sheets.get(data);
      if (this.#sheets.has(data)) this.#ready.set(data, sheet);
    } catch {
      return false;
    }
    return this.#ready.has(data);
  }

  #forget(data) {
    this.#ready.get(data)?.close();
    this.#ready.delete(data);
    this.#sheets.delete(data);
  }

  /** Draw a test image in a place of a canvas; gives whether it is there already. */
  draw(context, data, row, left = 0, top = 0, width = SIDE, height = SIDE) {
    const sheet = this.#ready.get(data);
    if (!sheet) return false;
    const [x, y] = [SIDE * (row % COLUMNS), SIDE * Math.floor(row / COLUMNS)];
    context.drawImage(sheet, x, y, SIDE, SIDE, left, top, width, height);
    return true;
  }

  /** All test images of a dataset, as bytes [N * 784]. */
  async bytes(data) {
    if (!(await this.open(data))) throw new Error("The test images did not come.");
    const { width, height } = this.#ready.get(data);
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.#ready.get(data), 0, 0);
    const all = new Uint8Array(width * height);
    for (let line = 0, to = 0; line < height; line += SIDE) {
      const { data: rgba } = context.getImageData(0, line, width, SIDE);
      for (let column = 0; column < width; column += SIDE) {
        for (let y = 0; y < SIDE; y++) {
          for (let x = 0; x < SIDE; x++) all[to++] = rgba[4 * (y * width + column + x)];
        }
      }
    }
    return all;
  }

  /** A test image x [784] in [0, 1], or null while it is not there. */
  image(data, row) {
    const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!this.draw(context, data, row)) return null;
    const bytes = context.getImageData(0, 0, SIDE, SIDE).data;
    return Float32Array.from({ length: SIDE * SIDE }, (_, i) => bytes[4 * i] / 255);
  }
}

async function read(url) {
  const response = await fetched(url);
  if (!response.ok) throw new Error("The test images did not come.");
  return createImageBitmap(await received(response.blob()), { colorSpaceConversion: "none" });
}
