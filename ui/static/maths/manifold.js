// What a plane of latent space decodes to: images on a grid over it, its first coordinate to the right, its second upwards.

import { reachOf } from "./ranges.js";

export const GRID = 12; // images in a row, as many rows
const PRIOR = 2.2; // each way: 97 % of the prior along one dimension
const WIDE = 4; // a VAE's codes reach farther only where nothing holds them near 0
const SHOWN = 0.8; // of the reach of codes that no prior holds

/** How far from 0 the grid goes each way, for the means mu [N, 2] of a model's codes; of a VAE also before they are known. */
export function manifoldReach(mu, isVariational) {
  const farthest = mu ? reachOf(mu, 0.99) : 0;
  return isVariational && farthest < WIDE ? PRIOR : SHOWN * Math.max(1, farthest);
}

/** The z of each image, row by row from the top: [GRID * GRID, 2]. */
export function manifold(reach) {
  const z = new Float32Array(2 * GRID * GRID);
  for (let k = 0; k < GRID * GRID; k++) {
    z[2 * k] = reach * ((2 * (k % GRID)) / (GRID - 1) - 1);
    z[2 * k + 1] = reach * (1 - (2 * Math.floor(k / GRID)) / (GRID - 1));
  }
  return z;
}

/** Which image of the grid is nearest to z, or -1 where z lies more than half a cell beside it. */
export function manifoldCell([x, y], reach) {
  const place = (value) => Math.floor(((value / reach + 1) * (GRID - 1)) / 2 + 0.5);
  const column = place(x),
    row = place(-y);
  const isInside = Math.min(column, row) >= 0 && Math.max(column, row) < GRID;
  return isInside ? column + GRID * row : -1;
}
