// What an axis of the map spans.

const TAIL = 0.005; // of the points at either end may be outliers,
const REACH = 0.35; // unless they lie no farther out than this share of the others' span
const MARGIN = 0.04; // beside the outermost points that are shown, as a share of the span
const LEAST_ZOOM = 1 / 400; // of the whole map, and
const MOST_ZOOM = 4; // times the whole map: beyond, there is nothing to see

/**
 * The range [low, high] of one coordinate that shows all points but far outliers.
 * points [N, 2]; axis 0 or 1.
 */
export function rangeOf(points, axis) {
  const values = Float32Array.from({ length: points.length / 2 }, (_, row) => points[2 * row + axis]).sort();
  const last = values.length - 1;
  const low = values[Math.floor(TAIL * last)];
  const high = values[Math.ceil((1 - TAIL) * last)];
  const reach = REACH * (high - low);
  const shown = [Math.max(values[0], low - reach), Math.min(values[last], high + reach)];
  const margin = MARGIN * (shown[1] - shown[0]) || 1;
  return [shown[0] - margin, shown[1] + margin];
}

/** The smallest range that holds all of the given ones. */
export const unionOf = (ranges) => [
  Math.min(...ranges.map(([low]) => low)),
  Math.max(...ranges.map(([, high]) => high)),
];

/**
 * Ranges {x, y} that a person asked for, held within sensible limits of the whole map's {x, y}: no smaller than a
 * four-hundredth of it, no larger than four times it, and never wholly beside it. The same object where nothing is to be held.
 */
export function limited(asked, whole) {
  const spanOf = ([low, high]) => high - low;
  // both axes have one scale: the larger of the two decides for both
  const zoom = Math.max(spanOf(asked.x) / spanOf(whole.x), spanOf(asked.y) / spanOf(whole.y));
  const factor = zoom > MOST_ZOOM ? MOST_ZOOM / zoom : zoom < LEAST_ZOOM ? LEAST_ZOOM / zoom : 1;
  const hold = (range, all) => {
    const half = (factor * spanOf(range)) / 2;
    const middle = Math.min(all[1], Math.max(all[0], (range[0] + range[1]) / 2));
    return [middle - half, middle + half];
  };
  const held = { x: hold(asked.x, whole.x), y: hold(asked.y, whole.y) };
  const near = (a, b) => a.every((value, k) => Math.abs(value - b[k]) <= 1e-9 * (spanOf(a) + 1));
  return near(held.x, asked.x) && near(held.y, asked.y) ? asked : held;
}

/** How far from 0 a share of the values lies: the quantile of their sizes. */
export const reachOf = (values, share) => Float32Array.from(values, Math.abs).sort()[Math.floor(share * values.length)];
