// The path between two latent vectors along which the decoded image changes least; the same as vae.latent.geodesic.

import { descend } from "./descent.js";
import { joined, lerp, slerp } from "./latent.js";
import { PIXELS } from "./network.js";

const SEGMENTS = 24; // steps of the path
const WAVES = 8; // sine waves that describe its shape
const ROUNDS = 10; // at most,
const ITERATIONS = 10; // of so many steps of L-BFGS each
const SETTLED = 0.002; // less of the energy than that is gained in a round: it is the last one

/**
 * Search for the geodesic from a to b, which has the least energy n sum_i ||x_i+1 - x_i||^2 of the images x: yields
 * {curve: [z, ...], energy, share of the search that is done} after each round, and null in between so that the search
 * can be interrupted. network: one with gradients.
 * Source: Arvanitidis et al. 2018; Shao et al. 2018; the energy, Chen et al. 2018.
 */
export function* geodesic(network, a, b) {
  const n = SEGMENTS,
    size = a.length;
  const images = new Float32Array((n + 1) * PIXELS),
    forces = new Float32Array((n + 1) * PIXELS),
    pulled = new Float32Array((n + 1) * size);
  // divided by its order, each wave contributes about the same energy: the search is then well conditioned
  const waves = Float64Array.from({ length: (n + 1) * WAVES }, (_, i) => {
    const step = Math.floor(i / WAVES),
      order = 1 + (i % WAVES);
    return step % n ? Math.sin((Math.PI * step * order) / n) / order : 0;
  });
  const energyOf = (path) => {
    network.decode(path, images);
    return n * changes(images).reduce((sum, change) => sum + change * change, 0);
  };
  const [start, atStart] = [lerp, slerp]
    .map((between) => joined(Array.from({ length: n + 1 }, (_, k) => between(a, b, k / n))))
    .map((path) => /** @type {[Float32Array, number]} */ ([path, energyOf(path)]))
    .reduce((best, other) => (other[1] < best[1] ? other : best));
  const path = new Float32Array(start.length);
  const bend = (amounts) => {
    path.set(start);
    for (let step = 1; step < n; step++)
      for (let wave = 0; wave < WAVES; wave++)
        for (let i = 0; i < size; i++) path[step * size + i] += waves[step * WAVES + wave] * amounts[wave * size + i];
    return path;
  };
  const energy = (amounts, gradient) => {
    network.decode(bend(amounts), images);
    let sum = 0;
    forces.fill(0);
    for (let i = PIXELS; i < images.length; i++) {
      const change = images[i] - images[i - PIXELS];
      sum += change * change;
      forces[i] += 2 * n * change;
      forces[i - PIXELS] -= 2 * n * change;
    }
    network.pullback(forces, pulled);
    gradient.fill(0);
    for (let step = 1; step < n; step++)
      for (let wave = 0; wave < WAVES; wave++)
        for (let i = 0; i < size; i++)
          gradient[wave * size + i] += waves[step * WAVES + wave] * pulled[step * size + i];
    return n * sum;
  };

  let best = { path: start, energy: atStart };
  const search = descend(energy, new Float64Array(WAVES * size));
  for (let round = 1, over = false; round <= ROUNDS && !over; round++) {
    const before = best.energy;
    let reached = null;
    for (let k = 0; k < ITERATIONS && !over; k++) {
      const { value, done } = search.next();
      over = Boolean(done);
      if (value) reached = value;
      yield null;
    }
    if (reached) {
      const bent = bend(reached.x).slice();
      for (const other of [bent, evenly(network, bent, images, size)]) {
        const own = energyOf(other);
        if (own < best.energy) best = { path: other, energy: own };
      }
    }
    over ||= best.energy > (1 - SETTLED) * before;
    yield { curve: rows(best.path, size), energy: best.energy, share: over ? 1 : round / ROUNDS };
  }
}

/** How much the image changes at each step: ||x_i+1 - x_i|| of images [n + 1, 784]. */
export function changes(images) {
  return Array.from({ length: images.length / PIXELS - 1 }, (_, step) => {
    let sum = 0;
    for (let i = step * PIXELS; i < (step + 1) * PIXELS; i++) sum += (images[i + PIXELS] - images[i]) ** 2;
    return Math.sqrt(sum);
  });
}

/** The same path with its points moved along it, so that the image changes equally at each step. */
function evenly(network, path, images, size) {
  network.decode(path, images);
  const travelled = [0];
  for (const change of changes(images)) travelled.push(travelled.at(-1) + change);
  const n = travelled.length - 1,
    length = travelled[n];
  const moved = path.slice();
  for (let k = 1, step = 0; k < n; k++) {
    const wanted = (length * k) / n;
    while (step < n - 1 && travelled[step + 1] < wanted) step++;
    const t = (wanted - travelled[step]) / (travelled[step + 1] - travelled[step] || 1);
    for (let i = 0; i < size; i++) {
      moved[k * size + i] = (1 - t) * path[step * size + i] + t * path[(step + 1) * size + i];
    }
  }
  return moved;
}

const rows = (path, size) => Array.from({ length: path.length / size }, (_, k) => path.slice(k * size, (k + 1) * size));
