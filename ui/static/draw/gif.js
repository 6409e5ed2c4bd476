// An animated GIF of images, written in the browser.

import { GIFEncoder } from "../vendor/gifenc.js";
import { nextTask } from "./schedule.js";

const SIDE = 28,
  FRAME_MS = 60; // as in ui/render.py
const GREYS = Array.from({ length: 256 }, (_, grey) => [grey, grey, grey]);

/**
 * images: vectors [784] in [0, 1], in turn; side: pixels of the file's, a multiple of 28. It plays for ever; images that are
 * alike are one frame, shown for longer. The page goes on between two frames. Gives a promise of a Blob.
 */
export async function gif(images, side) {
  const encoder = GIFEncoder();
  for (const [k, { x, count }] of frames(images).entries()) {
    // All greys are one table of colours, written with the first frame
    const options = { palette: k ? undefined : GREYS, delay: count * FRAME_MS, repeat: 0 };
    encoder.writeFrame(enlarged(x, side), side, side, options);
    await nextTask();
  }
  encoder.finish();
  return new Blob([encoder.bytes()], { type: "image/gif" });
}

/** Images in turn as {x, count}: how often each is shown before another one comes. */
export function frames(images) {
  const found = [];
  for (const x of images) {
    const last = found.at(-1);
    if (last && x.every((value, i) => Math.round(255 * value) === Math.round(255 * last.x[i]))) last.count++;
    else found.push({ x, count: 1 });
  }
  return found;
}

/** An image as grey levels [side * side], each of its pixels side / 28 of the file's. */
export function enlarged(x, side) {
  const scale = side / SIDE;
  const levels = new Uint8Array(side * side);
  for (let row = 0; row < SIDE; row++) {
    const from = row * scale * side;
    for (let column = 0; column < SIDE; column++) {
      levels.fill(Math.round(255 * x[row * SIDE + column]), from + column * scale, from + (column + 1) * scale);
    }
    for (let k = 1; k < scale; k++) levels.copyWithin(from + k * side, from, from + side);
  }
  return levels;
}
