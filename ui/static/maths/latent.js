// Mathematics of latent vectors: pure functions over plain or typed arrays.

/** Straight line from a to b: (1 - t) a + t b. */
export const lerp = (a, b, t) => Float32Array.from(a, (value, i) => (1 - t) * value + t * b[i]);

/**
 * Along the arc from a to b, turning evenly, its length going evenly from ||a|| to ||b||; where no arc is defined (an end
 * at the origin, ends in the same or in opposite directions) the straight line. The same formula as vae.latent.slerp.
 */
export function slerp(a, b, t) {
  const lengths = [norm(a), norm(b)];
  if (!lengths[0] || !lengths[1]) return lerp(a, b, t);
  const cosine = a.reduce((sum, value, i) => sum + (value / lengths[0]) * (b[i] / lengths[1]), 0);
  const omega = Math.acos(Math.min(1, Math.max(-1, cosine)));
  if (Math.sin(omega) < 1e-4) return lerp(a, b, t);
  const from = Math.sin((1 - t) * omega) / Math.sin(omega) / lengths[0],
    to = Math.sin(t * omega) / Math.sin(omega) / lengths[1];
  const length = (1 - t) * lengths[0] + t * lengths[1];
  return Float32Array.from(a, (value, i) => length * (from * value + to * b[i]));
}

/** A point of a polyline whose corners are evenly spaced: corners[0] at t = 0, the last at t = 1. */
export function along(corners, t) {
  const place = t * (corners.length - 1),
    before = Math.min(corners.length - 2, Math.floor(place));
  return lerp(corners[before], corners[before + 1], place - before);
}

export const norm = (z) => Math.hypot(...z);

/** Random numbers in [0, 1) that follow from a seed, a whole number of 32 bits (mulberry32). */
export function seeded(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A draw from N(0, temperature^2 I), by Box and Muller; uniform() gives numbers in [0, 1). */
export function gaussian(n, temperature, uniform = Math.random) {
  return Float32Array.from({ length: n }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return temperature * radius * Math.cos(2 * Math.PI * uniform());
  });
}

/** The standard deviations of a posterior, from its logvar. */
export const stdOf = (logvar) => logvar.map((value) => Math.exp(value / 2));

/** A draw from the posterior by the reparameterisation: mu + eps * std. */
export const reparameterize = (mu, std, eps) => mu.map((value, i) => value + eps[i] * std[i]);

/**
 * A draw from a mixture of Gaussians: component k by its weight, then means[k] + temperature scales[k] eps, eps ~ N(0, I);
 * sampler_weights [K], sampler_means [K, n], sampler_scales [K, n, n], lower triangular.
 */
export function drawMixture({ sampler_weights, sampler_means, sampler_scales }, temperature, uniform = Math.random) {
  const n = sampler_means.length / sampler_weights.length;
  let left = uniform() * sampler_weights.reduce((sum, weight) => sum + weight);
  let k = 0;
  while (k < sampler_weights.length - 1 && left >= sampler_weights[k]) left -= sampler_weights[k++];
  const eps = gaussian(n, temperature, uniform);
  return eps.map((_, i) => {
    let value = sampler_means[k * n + i];
    for (let j = 0; j <= i; j++) value += sampler_scales[(k * n + i) * n + j] * eps[j];
    return value;
  });
}

/** Indices of the k codes [N, n] that are nearest to z, nearest first. */
export function nearest(z, codes, k) {
  const n = z.length;
  const best = []; // [distance, index], ascending
  for (let row = 0; row * n < codes.length; row++) {
    let distance = 0;
    for (let i = 0; i < n; i++) distance += (codes[row * n + i] - z[i]) ** 2;
    if (best.length === k && distance >= best[k - 1][0]) continue;
    let place = best.length;
    while (place > 0 && best[place - 1][0] > distance) place--;
    best.splice(place, 0, [distance, row]);
    best.length = Math.min(best.length, k);
  }
  return best.map(([, row]) => row);
}

/** Vectors of one length, one after the other. */
export function joined(vectors) {
  const all = new Float32Array(vectors.length * (vectors[0]?.length ?? 0));
  vectors.forEach((z, k) => {
    all.set(z, k * z.length);
  });
  return all;
}

/** Whether two vectors hold the same numbers. */
export const same = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);
