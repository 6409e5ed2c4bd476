// Images as numbers, {values [height * width * 3] in [0, 1], height, width}, and parts of them.

const LUMA = [0.299, 0.587, 0.114];
const LEAST_SPREAD = 0.03; // of the brightness of a drawing on its own sheet; with less, what is opaque is the drawing

/** The pixels of an image's RGBA bytes, {values [height * width * 3] in [0, 1], height, width}; null where nothing is opaque. */
export function pixelsOf({ data, width, height }) {
  const values = new Float32Array(width * height * 3);
  let isOpaque = true;
  for (let i = 0, at = 0; i < data.length; i += 4, at += 3) {
    values[at] = data[i] / 255;
    values[at + 1] = data[i + 1] / 255;
    values[at + 2] = data[i + 2] / 255;
    isOpaque &&= data[i + 3] === 255;
  }
  if (!isOpaque && !lay(values, data)) return null;
  return { values, width, height };
}

/** Lay a transparent image on a ground on which its drawing is visible; false where nothing of it is opaque. */
function lay(values, data) {
  let opaque = 0,
    sum = 0,
    squares = 0;
  for (let i = 3, at = 0; i < data.length; i += 4, at += 3) {
    const alpha = data[i] / 255,
      luma = brightness(values, at);
    opaque += alpha;
    sum += alpha * luma;
    squares += alpha * luma * luma;
  }
  if (!opaque) return false;
  const mean = sum / opaque,
    spread = Math.sqrt(Math.max(0, squares / opaque - mean * mean));
  const isSheet = opaque / (data.length / 4) > 0.5 && spread > LEAST_SPREAD; // with holes or a cut-out edge
  const ground = isSheet ? medianColour(values, data) : Array(3).fill(Number(mean < 0.5));
  for (let i = 3, at = 0; i < data.length; i += 4, at += 3) {
    const alpha = data[i] / 255;
    for (let c = 0; c < 3; c++) values[at + c] = values[at + c] * alpha + ground[c] * (1 - alpha);
  }
  return true;
}

/** The median of what is mostly opaque, channel by channel. */
function medianColour(values, data) {
  return [0, 1, 2].map((c) => {
    const own = [];
    for (let i = 3, at = c; i < data.length; i += 4, at += 3) if (data[i] > 127) own.push(values[at]);
    own.sort((a, b) => a - b);
    return (own[(own.length - 1) >> 1] + own[own.length >> 1]) / 2;
  });
}

/** The luma of the pixel whose red lies at a place. */
export const brightness = (values, at) => LUMA[0] * values[at] + LUMA[1] * values[at + 1] + LUMA[2] * values[at + 2];

/**
 * The part of an image that a crop [left, top, right, bottom] leaves, at least a pixel: {part, shares(box)}, where shares gives
 * a box in pixels of the part, {left, top, right, bottom}, in shares of the whole image.
 */
export function within(rgb, crop = [0, 0, 1, 1]) {
  const { width, height } = rgb;
  const [left, top] = [
    Math.min(width - 1, Math.floor(crop[0] * width)),
    Math.min(height - 1, Math.floor(crop[1] * height)),
  ];
  const right = Math.min(width, Math.max(left + 1, Math.round(crop[2] * width))),
    bottom = Math.min(height, Math.max(top + 1, Math.round(crop[3] * height)));
  const share = (value, whole) => Math.min(1, Math.max(0, value / whole));
  const shares = (box) => [
    share(box.left + left, width),
    share(box.top + top, height),
    share(box.right + left, width),
    share(box.bottom + top, height),
  ];
  const part = {
    values: new Float32Array(3 * (right - left) * (bottom - top)),
    width: right - left,
    height: bottom - top,
  };
  for (let y = top; y < bottom; y++) {
    const from = 3 * (y * width + left);
    part.values.set(rgb.values.subarray(from, from + 3 * part.width), 3 * (y - top) * part.width);
  }
  return { part, shares };
}
