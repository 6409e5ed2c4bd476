// MNIST's own layout of a digit, from its ink: LeCun's rule, as vae/images/layout.py has it. An ink is
// {values: [height * width] in [0, 1], height, width}.

const FIELD = 28,
  BOX = 20;
const THIN_STROKE = 1.1, // in pixels of the 20×20 box: hardly any MNIST digit is thinner;
  USUAL_STROKE = 2.3; // their median
const FINER = 10; // of the grid on which thin strokes are widened

/** The image [784] of an ink that is cropped to its extent: its longer side 20 pixels, its centre of mass in the centre. */
export function layout(ink) {
  const width = (strokeWidth(ink) * BOX) / Math.max(ink.height, ink.width);
  let thick = ink;
  if (width < THIN_STROKE) {
    thick = thicken(ink, USUAL_STROKE - width);
    thick = crop(thick, extent(thick));
  }
  return place(fit(thick, BOX));
}

/** The image [784] of an ink that is not cropped yet. */
export const laidOut = (ink) => layout(crop(ink, extent(ink)));

/** The ink's bounding box, {top, left, bottom, right}, or null: in a small image of every trace, in a large one without blur. */
export function extent({ values, height, width }) {
  const least = Math.max(height, width) > FIELD ? 0.2 : 0;
  const box = { top: height, left: width, bottom: 0, right: 0 };
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (values[at] <= least) continue;
      box.top = Math.min(box.top, y);
      box.bottom = y + 1;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
    }
  }
  return box.bottom ? box : null;
}

/** The part of an ink within a box. */
export function crop({ values, width }, { top, left, bottom, right }) {
  const part = { height: bottom - top, width: right - left, values: null };
  part.values = new Float32Array(part.height * part.width);
  for (let y = 0; y < part.height; y++) {
    const from = (top + y) * width + left;
    part.values.set(values.subarray(from, from + part.width), y * part.width);
  }
  return part;
}

/** Mean width of the strokes in pixels: twice their area over the length of their outline. */
function strokeWidth({ values, height, width }) {
  const isInk = (y, x) => y >= 0 && x >= 0 && y < height && x < width && values[y * width + x] > 0.5;
  let area = 0,
    outline = 0;
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      const own = isInk(y, x);
      area += Number(own);
      outline += Number(own !== isInk(y - 1, x)) + Number(own !== isInk(y, x - 1));
    }
  }
  return (2 * area) / ((outline * Math.PI) / 4);
}

/** Widen every stroke by so many pixels of the 20×20 box, as if drawn with a broader pen. */
function thicken(ink, extra) {
  const radius = (FINER * extra) / 2,
    reach = Math.ceil(radius);
  const { values, height, width } = fit(ink, FINER * BOX);
  const wide = { height: height + 2 * reach, width: width + 2 * reach, values: null };
  wide.values = new Float32Array(wide.height * wide.width);
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      if (dx * dx + dy * dy > radius * radius) continue;
      for (let y = 0, from = 0; y < height; y++) {
        for (let x = 0, to = (y + reach + dy) * wide.width + reach + dx; x < width; x++, from++, to++) {
          if (values[from] > wide.values[to]) wide.values[to] = values[from];
        }
      }
    }
  }
  return wide;
}

/** Scale an ink so that its longer side is `side`; its shape is kept. */
function fit(ink, side) {
  const scale = side / Math.max(ink.height, ink.width);
  const [height, width] = [ink.height, ink.width].map((length) => Math.max(1, roundHalfEven(length * scale)));
  return resampled(ink, height, width, scale <= 1 ? BOXED : BICUBIC);
}

const BOXED = { support: 0.5, weight: (x) => Number(x > -0.5 && x <= 0.5) };
const BICUBIC = {
  support: 2,
  weight(x) {
    const a = -0.5,
      t = Math.abs(x);
    if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
    return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
  },
};

/** As Pillow resizes: first across, then down; clipped to [0, 1]. */
function resampled({ values, height, width }, newHeight, newWidth, filter) {
  let across = values;
  if (newWidth !== width) {
    across = new Float32Array(height * newWidth);
    taps(width, newWidth, filter).forEach(({ first, weights }, x) => {
      for (let y = 0; y < height; y++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += weights[i] * values[y * width + first + i];
        across[y * newWidth + x] = sum;
      }
    });
  }
  let out = across;
  if (newHeight !== height) {
    out = new Float32Array(newHeight * newWidth);
    taps(height, newHeight, filter).forEach(({ first, weights }, y) => {
      for (let x = 0; x < newWidth; x++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += weights[i] * across[(first + i) * newWidth + x];
        out[y * newWidth + x] = sum;
      }
    });
  }
  return { values: out.map((value) => Math.min(1, Math.max(0, value))), height: newHeight, width: newWidth };
}

/** Which pixels of a line of `length` each of `size` new ones is made of: [{first, weights}]. */
function taps(length, size, { support, weight }) {
  const scale = length / size,
    wide = Math.max(1, scale);
  return Array.from({ length: size }, (_, at) => {
    const centre = (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support * wide + 0.5));
    const last = Math.min(length, Math.trunc(centre + support * wide + 0.5));
    const weights = Array.from({ length: last - first }, (_, i) => weight((first + i - centre + 0.5) / wide));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((value) => value / sum) };
  });
}

/** Lay an ink into the field by whole pixels, the strongest at 1, its centre of mass in [13.5, 14.5). */
function place({ values, height, width }) {
  let mass = 0,
    y = 0,
    x = 0,
    strongest = 0;
  values.forEach((value, at) => {
    mass += value;
    y += value * Math.floor(at / width);
    x += value * (at % width);
    strongest = Math.max(strongest, value);
  });
  const [top, left] = [
    [y / mass, height],
    [x / mass, width],
  ].map(([centre, length]) => Math.min(Math.max(Math.ceil((FIELD - 1) / 2 - centre), 0), FIELD - length));
  const image = new Float32Array(FIELD * FIELD);
  values.forEach((value, at) => {
    image[(top + Math.floor(at / width)) * FIELD + left + (at % width)] = value / strongest;
  });
  return image;
}

/** As Python rounds: halves to the even neighbour. */
function roundHalfEven(value) {
  const down = Math.floor(value),
    rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
