// An animated GIF of images, written in the browser.

import { GIFEncoder } from "../vendor/gifenc.js";

const SIDE = 28,
  FRAME_MS = 60; // as in ui/render.py
const GREYS = Array.from({ length: 256 }, (_, grey) => [grey, grey, grey]);

/**
 * images: vectors [784] in [0, 1], in turn; side: pixels of the file's, a multiple of 28. It plays for ever. The page goes on
 * between two frames. Gives a promise of a Blob.
 */
export async function gif(images, side) {
  const encoder = GIFEncoder();
  for (const [k, x] of images.entries()) {
    // All greys are one table of colours, written with the first frame
    encoder.writeFrame(enlarged(x, side), side, side, { palette: k ? undefined : GREYS, delay: FRAME_MS, repeat: 0 });
    await new Promise((resolve) => setTimeout(resolve));
  }
  encoder.finish();
  return new Blob([encoder.bytes()], { type: "image/gif" });
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
