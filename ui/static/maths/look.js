// Square parts of an image, resampled to the few pixels that the ink network looks at, as in vae/images/look.py.
// A look is {left, top, side, ground} in the image's pixels and may reach beyond it, where it shows its ground [3], or, where that
// is missing, the image's edge repeated; an image is {values [height * width * 3] in [0, 1], height, width}.

export const SIDE = 128;

/** The smallest square around an image. */
export function wholeLook({ height, width }) {
  const side = Math.max(height, width);
  return { left: (width - side) / 2, top: (height - side) / 2, side };
}

/** The square around the middle of a box, whose longer side is a share of it. */
export function lookAround({ left, top, right, bottom }, share, ground = null) {
  const side = Math.max(right - left, bottom - top) / share;
  return { left: (left + right - side) / 2, top: (top + bottom - side) / 2, side, ground };
}

/** A box in pixels of a look of so many, in those of the image. */
export function boxOfLook(look, { left, top, right, bottom }, size) {
  const scale = look.side / size;
  return {
    left: look.left + scale * left,
    top: look.top + scale * top,
    right: look.left + scale * right,
    bottom: look.top + scale * bottom,
  };
}

/** What a look shows [size * size * 3]: linear interpolation where it enlarges, a smooth mean where it reduces. */
export function look(image, { left, top, side, ground = null }, size = SIDE) {
  const { values, width } = image;
  const down = taps(top, side, image.height, size, !ground),
    across = taps(left, side, width, size, !ground);
  const first = Math.min(...down.map((tap) => tap.first)),
    last = Math.max(...down.map((tap) => tap.first + tap.weights.length));
  const lines = new Float32Array((last - first) * size * 3);
  for (let y = first, to = 0; y < last; y++) {
    for (let x = 0; x < size; x++, to += 3) {
      const { first: from, weights } = across[x];
      let r = 0,
        g = 0,
        b = 0;
      for (let i = 0, at = 3 * (y * width + from); i < weights.length; i++, at += 3) {
        const weight = weights[i];
        r += weight * values[at];
        g += weight * values[at + 1];
        b += weight * values[at + 2];
      }
      lines[to] = r;
      lines[to + 1] = g;
      lines[to + 2] = b;
    }
  }
  const out = new Float32Array(size * size * 3),
    line = 3 * size;
  for (let y = 0; y < size; y++) {
    const { first: from, weights } = down[y];
    weights.forEach((weight, i) => {
      const at = (from + i - first) * line;
      for (let k = 0; k < line; k++) out[y * line + k] += weight * lines[at + k];
    });
    for (let k = 0; ground && k < line; k++) {
      out[y * line + k] += (1 - down[y].within * across[Math.floor(k / 3)].within) * ground[k % 3];
    }
  }
  return out;
}

/**
 * Which pixels of a line each of `size` new ones is made of, and how much of it lies within the line, [{first, weights, within}].
 * Beyond the line its ends are repeated, or there is nothing.
 */
function taps(start, side, length, size, repeat) {
  const scale = side / size,
    reach = Math.max(scale, 1);
  return Array.from({ length: size }, (_, i) => {
    const centre = start + (i + 0.5) * scale - 0.5;
    const shares = new Map();
    let sum = 0,
      own = 0;
    for (let at = Math.ceil(centre - reach); at <= centre + reach; at++) {
      const share = 1 - Math.abs(at - centre) / reach,
        place = Math.min(length - 1, Math.max(0, at));
      sum += share;
      const isWithin = repeat || place === at;
      if (isWithin) own += share;
      shares.set(place, (shares.get(place) ?? 0) + (isWithin ? share : 0));
    }
    const first = Math.min(...shares.keys());
    const weights = new Float32Array(Math.max(...shares.keys()) - first + 1);
    for (const [place, share] of shares) weights[place - first] = share / sum;
    return { first, weights, within: own / sum };
  });
}
