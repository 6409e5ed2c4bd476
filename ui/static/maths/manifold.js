// What a plane of latent space decodes to: images on a grid over it, its first coordinate to the right, its second upwards. Each
// column and each row stands for an equal share of the prior (Kingma & Welling 2014, Fig. 4), or of a model's codes where no
// prior holds them.

import { reachOf } from "./ranges.js";
import { normalQuantile } from "./statistics.js";

export const GRID = 12; // images in a row, as many rows
const WIDE = 4; // a VAE's codes reach farther only where nothing holds them near 0
const SHARES = Array.from({ length: GRID }, (_, k) => (k + 0.5) / GRID);

/** Where the columns and the rows lie, for the means mu [N, 2] of a model's codes: {axes: [2][GRID] ascending, source: "prior" or "codes"}. */
export function manifoldAxes(mu, isVariational) {
  if (isVariational && reachOf(mu, 0.99) < WIDE) {
    const axis = SHARES.map(normalQuantile);
    return { axes: [axis, axis], source: "prior" };
  }
  const axes = [0, 1].map((d) => {
    const sorted = Float32Array.from({ length: mu.length / 2 }, (_, row) => mu[2 * row + d]).sort();
    return SHARES.map((share) => sorted[Math.floor(share * sorted.length)]);
  });
  return { axes, source: "codes" };
}

/** The z of each image, row by row from the top: [GRID * GRID, 2]. */
export function manifold(axes) {
  const [across, up] = axes;
  const z = new Float32Array(2 * GRID * GRID);
  for (let k = 0; k < GRID * GRID; k++) {
    z[2 * k] = across[k % GRID];
    z[2 * k + 1] = up[GRID - 1 - Math.floor(k / GRID)];
  }
  return z;
}

/** Which image of the grid is nearest to z, or -1 where z lies more than half a cell beside it. */
export function manifoldCell(z, axes) {
  const [column, line] = axes.map((axis, d) => nearestOn(axis, z[d]));
  return Math.min(column, line) < 0 ? -1 : column + GRID * (GRID - 1 - line);
}

function nearestOn(axis, value) {
  const [first, last] = [axis[0] - (axis[1] - axis[0]) / 2, axis.at(-1) + (axis.at(-1) - axis.at(-2)) / 2];
  if (value < first || value > last) return -1;
  return axis.reduce((best, one, k) => (Math.abs(one - value) < Math.abs(axis[best] - value) ? k : best), 0);
}
