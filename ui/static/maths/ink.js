// Finds the ink of a handwritten digit in an image, as vae/images/ink.py does: the network looks at the whole image first, then
// nearer at what it has found there, or from farther away where the image is cut close to it.

import { crop, extent, layout } from "./layout.js";
import { boxOfLook, look, lookAround, SIDE, wholeLook } from "./look.js";
import { brightness, within } from "./pixels.js";

const SHARE = 0.62, // of the field that the digit's longer side is to take when the network looks nearer
  NEAR = 0.45, // with less, it looks nearer
  SMALL = 0.14, // with less, or nothing found, it looks at the whole image with twice as many pixels
  LOOKS = 3; // at most
// Where it takes more than FAR, and there is ink within CUT (a share of the image's longer side) of at least CUT_SIDES
// of the image's sides, the network looks from farther away, so that it takes FAR_SHARE, amid the colour of the image's
// edge.
const FAR = 0.8,
  CUT = 0.02,
  CUT_SIDES = 2,
  FAR_SHARE = 0.77;
const SMALLEST_PART = 0.05; // a part with less than this share of the largest one's ink is a speck
const SURE = 0.5; // of the kinds; below it the network is in doubt
const LEAST_CONFIDENCE = 0.62; // with less, there is no digit
const FIELD = 28; // pixels of MNIST's images
const EVEN = 0.004; // in brightness, at most: a step of an 8-bit image
const ALIKE_INK = 0.3, // two parts are two digits where the smaller has this share of the other's ink
  ALIKE_HEIGHT = 0.6; // and height, and a gap lies between them
const FAINTEST = 0.03; // a pixel that is less probably ink is none

export const LARGEST = 2 * SIDE; // pixels of a look's side

/**
 * Find the digit in an image: a generator that yields between two looks, and returns {image [784], box [left, top, right,
 * bottom] in shares of the image, polarity "dark" or "light" of the ink, several, confidence in [0, 1]}, or {problem} with
 * the code of a sentence. see: of inkNetwork; rgb: see pixelsOf; edits: {polarity, threshold, crop}, a person's corrections.
 */
export function* findInk(see, rgb, edits = {}) {
  const { part, shares } = within(rgb, edits.crop);
  const drawing = smallDrawing(part);
  if (drawing) {
    const { ink, polarity } = drawing,
      own = extent(ink);
    return { image: layout(crop(ink, own)), box: shares(own), polarity, several: false, confidence: 1 };
  }
  let where = wholeLook(part);
  let seen = mark(see, part, where, edits);
  yield;
  // Near enough, a piece of anything may look like a stroke: that there is none is believed of any look in which the digit would
  // be large enough to be seen
  let none = longest(seen) >= SMALL ? seen.kinds[0] : 0;
  if (longest(seen) < SMALL) {
    seen = mark(see, part, where, edits, LARGEST);
    yield;
  }
  if (isCutClose(where, seen, part)) {
    none = Math.max(none, seen.kinds[0]);
    where = lookAround(boxOfLook(where, extent(seen), seen.height), FAR_SHARE, edgeColour(part));
    seen = mark(see, part, where, edits);
    yield;
  }
  for (let looks = 1; looks < LOOKS && longest(seen) > 0 && longest(seen) < NEAR; looks++) {
    where = lookAround(boxOfLook(where, extent(seen), seen.height), SHARE);
    seen = mark(see, part, where, edits);
    none = Math.max(none, seen.kinds[0]);
    yield;
  }
  none = Math.max(none, seen.kinds[0]);
  const sure = longest(seen) ? (1 - none) * decided(seen) : 0;
  if (sure < LEAST_CONFIDENCE) return { problem: "image.no_digit" };
  const digit = extent(seen),
    box = boxOfLook(where, digit, seen.height);
  return {
    image: layout(crop(seen, digit)),
    box: shares(box),
    polarity: contrast(seen, seen.values) > 0 ? "light" : "dark",
    several: seen.kinds[2] > SURE || standApart(seen),
    confidence: sure,
  };
}

/**
 * The ink of an image as small as MNIST's own, in greys on an even ground, {ink, polarity}, or null where it is no such image.
 * It has the resolution of the result: its greys are taken as they are.
 */
function smallDrawing({ values, width, height }) {
  if (Math.max(width, height) > FIELD || Math.min(width, height) < 3) return null;
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    const own = values.subarray(3 * i, 3 * i + 3);
    if (Math.max(...own) - Math.min(...own) > EVEN) return null;
    grey[i] = own[0];
  }
  const edge = edgeOf({ width, height }, (at) => grey[at]);
  const ground = medianOf(edge);
  const ink = grey.map((value) => Math.abs(value - ground));
  const most = Math.max(...ink);
  if (edge.at(-1) - edge[0] > EVEN || most < 0.5) return null;
  const polarity = grey[ink.indexOf(most)] > ground ? "light" : "dark";
  return { ink: { values: ink.map((value) => value / most), width, height }, polarity };
}

/** Whether the image is cut so close to its ink that nothing shows what lies around it. */
function isCutClose(where, seen, { width, height }) {
  if (longest(seen) <= FAR) return false;
  const { left, top, right, bottom } = boxOfLook(where, extent(seen), seen.height);
  const rooms = [left, top, width - right, height - bottom];
  return rooms.filter((room) => room <= CUT * Math.max(width, height)).length >= CUT_SIDES;
}

/** The median colour [3] of an image's outermost pixels. */
const edgeColour = (image) =>
  [0, 1, 2].map((channel) => medianOf(edgeOf(image, (at) => image.values[3 * at + channel])));

/** A value of each of an image's outermost pixels, sorted; those of the corners twice. value(at): of the pixel at a place. */
function edgeOf({ width, height }, value) {
  const edge = [];
  for (let x = 0; x < width; x++) edge.push(value(x), value((height - 1) * width + x));
  for (let y = 0; y < height; y++) edge.push(value(y * width), value(y * width + width - 1));
  return edge.sort((a, b) => a - b);
}

const medianOf = (sorted) => (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;

/** The ink that the network sees in a look, {values [size * size], height, width, luma, kinds: probabilities [3]}. */
function mark(see, image, where, edits, size = SIDE) {
  const shown = look(image, where, size);
  const { ink, kinds } = see(shown, size);
  const shift = edits.threshold === undefined ? 0 : Math.log(1 / edits.threshold - 1);
  const values = new Float32Array(size * size),
    luma = new Float32Array(size * size);
  const scale = where.side / size;
  for (let y = 0, at = 0; y < size; y++) {
    const line = where.top + (y + 0.5) * scale;
    for (let x = 0; x < size; x++, at++) {
      luma[at] = brightness(shown, 3 * at);
      const column = where.left + (x + 0.5) * scale;
      if (!(line > 0 && line < image.height && column > 0 && column < image.width)) continue; // a stroke repeated at the edge
      const share = 1 / (1 + Math.exp(-ink[at] - shift));
      if (share >= FAINTEST) values[at] = share;
    }
  }
  const seen = { values, luma, height: size, width: size, kinds: softmax(kinds) };
  dropSpecks(seen, edits.polarity);
  return seen;
}

/** Take away specks and faint traces far from strokes and, where a person has said that ink is dark or light, what is not. */
function dropSpecks(seen, polarity) {
  const parts = partsOf(seen);
  const mass = parts.map((places) => places.reduce((sum, at) => sum + seen.values[at], 0));
  const most = Math.max(0, ...mass);
  parts.forEach((places, k) => {
    const own = new Float32Array(seen.values.length);
    for (const at of places) own[at] = seen.values[at];
    const isStroke = mass[k] > SMALLEST_PART * most && places.some((at) => seen.values[at] > 0.5);
    if (isStroke && (!polarity || contrast(seen, own) > 0 === (polarity === "light"))) return;
    for (const at of places) seen.values[at] = 0;
  });
}

/** The connected parts of an ink, corners included: lists of places. */
function partsOf({ values, width }) {
  const parts = [],
    isSeen = new Uint8Array(values.length);
  for (let start = 0; start < values.length; start++) {
    if (isSeen[start] || values[start] <= FAINTEST) continue;
    const places = [start];
    isSeen[start] = 1;
    for (let k = 0; k < places.length; k++) {
      const x = places[k] % width;
      for (let dy = -width; dy <= width; dy += width) {
        for (let dx = -1; dx <= 1; dx++) {
          const at = places[k] + dy + dx;
          if (x + dx < 0 || x + dx >= width || isSeen[at] !== 0 || !(values[at] > FAINTEST)) continue;
          isSeen[at] = 1;
          places.push(at);
        }
      }
    }
    parts.push(places);
  }
  return parts;
}

/** Whether parts of the ink stand beside or above each other as two digits do: alike, with a gap between. */
function standApart(seen) {
  const { values, width } = seen;
  const parts = partsOf(seen).map((places) => {
    const rows = places.map((at) => Math.floor(at / width)),
      columns = places.map((at) => at % width);
    return {
      mass: places.reduce((sum, at) => sum + values[at], 0),
      extents: [rows, columns].map((line) => [
        line.reduce((a, b) => Math.min(a, b)),
        line.reduce((a, b) => Math.max(a, b)) + 1,
      ]),
    };
  });
  const isAlike = (a, b, share) => Math.min(a, b) >= share * Math.max(a, b);
  const height = ({ extents }) => extents[0][1] - extents[0][0];
  return parts.some((one, k) =>
    parts.slice(0, k).some((other) => {
      if (!isAlike(one.mass, other.mass, ALIKE_INK) || !isAlike(height(one), height(other), ALIKE_HEIGHT)) return false;
      return one.extents.some(([from, to], axis) => to <= other.extents[axis][0] || other.extents[axis][1] <= from);
    }),
  );
}

/** How much brighter an ink is than what is around it in a look. */
function contrast({ luma, width }, ink) {
  const far = largestNearby(ink, width, 4),
    near = largestNearby(ink, width, 1);
  const around = far.map((value, at) => (near[at] < FAINTEST ? value : 0));
  const weights = around.some((value) => value > 0) ? around : ink.map((value) => 1 - value);
  return meanOf(luma, ink) - meanOf(luma, weights);
}

/** Of each pixel of a square field, the largest value within so many pixels. */
function largestNearby(values, width, reach) {
  const pass = (from, step) =>
    from.map((_, at) => {
      const place = Math.floor(at / step) % width;
      let most = 0;
      for (let d = Math.max(-reach, -place); d <= Math.min(reach, width - 1 - place); d++) {
        most = Math.max(most, from[at + d * step]);
      }
      return most;
    });
  return pass(pass(values, 1), width);
}

function meanOf(values, weights) {
  let sum = 0,
    total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i] * weights[i];
    total += weights[i];
  }
  return sum / total;
}

/** The longer side of the ink, as a share of the field; 0 where there is none. */
function longest(seen) {
  if (!seen.values.some((value) => value > 0.5)) return 0;
  const { top, left, bottom, right } = extent(seen);
  return Math.max(bottom - top, right - left) / seen.height;
}

/** How far from one half the ink is, in the mean over the ink: 1 where all of it is certain. */
function decided({ values }) {
  let sum = 0,
    total = 0;
  for (const value of values) {
    sum += value * Math.abs(2 * value - 1);
    total += value;
  }
  return sum / total;
}

function softmax(logits) {
  const most = Math.max(...logits),
    powers = logits.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}
