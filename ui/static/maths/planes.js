// What the two axes of the map are. A plane is {name, titles, linear, place(z), lift(point, z), residual(z),
// points(codes)}, and where posteriors can be drawn also {covariance(logvar, offset), warp, flat}: flat is the plane itself
// before its axes were stretched by warp, if they were. Pure functions over typed arrays, without the page.

import { nearest } from "./latent.js";

const NEIGHBOURS = 6; // whose weighted mean stands for a point of t-SNE
const FARTHEST_QUANTILE = 1e-4; // from 0 and from 1: beyond, the normal distribution has no end

/**
 * A flat slice through latent space, spanned by two orthonormal axes [2, n] (row by row) at a center [n].
 * place(z) = axes (z - center); lift(p, z) = z + axes^T (p - place(z)) keeps what of z lies off the plane.
 */
export function linearPlane({ name, titles, center, axes, n }) {
  const place = (z, offset = 0) => {
    let x = 0, y = 0;
    for (let i = 0; i < n; i++) {
      const value = z[offset + i] - center[i];
      x += axes[i] * value;
      y += axes[n + i] * value;
    }
    return [x, y];
  };
  const plane = {
    name,
    titles,
    linear: true,
    place,
    lift([x, y], z) {
      const [x0, y0] = place(z);
      return Float32Array.from({ length: n }, (_, i) => z[i] + axes[i] * (x - x0) + axes[n + i] * (y - y0));
    },
    /** What of z lies off the plane; its length is how far. */
    residual(z) {
      const [x, y] = place(z);
      return Float32Array.from({ length: n }, (_, i) => z[i] - center[i] - axes[i] * x - axes[n + i] * y);
    },
    points: (codes) => placeAll(codes, n, place),
    /** The posterior's covariance in the plane, [xx, xy, yy], from the logarithms of its variances. */
    covariance(logvar, offset) {
      let xx = 0, xy = 0, yy = 0;
      for (let i = 0; i < n; i++) {
        const variance = Math.exp(logvar[offset + i]);
        xx += axes[i] * axes[i] * variance;
        xy += axes[i] * axes[n + i] * variance;
        yy += axes[n + i] * axes[n + i] * variance;
      }
      return [xx, xy, yy];
    },
    warp: null,
  };
  return Object.assign(plane, { flat: plane });
}

/** The plane of the latent dimensions i and j; what z is along the others stays. */
export function dimensionsPlane(n, i, j) {
  const axes = new Float32Array(2 * n);
  axes[i] = 1;
  axes[n + j] = 1;
  const titles = [i, j].map((index) => `z<sub>${index}</sub>`);
  return linearPlane({ name: "dimensions", titles, center: new Float32Array(n), axes, n });
}

/** The whole of a 2-D latent space, each axis stretched so that the prior fills a square evenly: u = Phi(z). */
export function quantilePlane() {
  const place = (z, offset = 0) => [normalCdf(z[offset]), normalCdf(z[offset + 1])];
  const flat = dimensionsPlane(2, 0, 1);
  return {
    ...flat,
    flat,
    name: "quantiles",
    titles: ["Φ(z<sub>0</sub>)", "Φ(z<sub>1</sub>)"],
    place,
    lift: (point) => Float32Array.from(point, normalQuantile),
    points: (codes) => placeAll(codes, 2, place),
    warp: ([x, y]) => [normalCdf(x), normalCdf(y)],
  };
}

/**
 * t-SNE, which has no formula and no inverse: a place between the points stands for the mean of the nearest points'
 * codes, weighted by 1 / distance^2; a z is placed by its nearest codes in the same way.
 */
export function tsnePlane(embedding, codes, n) {
  const weights = (rows, point, table, width) => {
    const squared = rows.map((row) => {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += (table[row * width + i] - point[i]) ** 2;
      return sum;
    });
    const exact = squared.findIndex((value) => value < 1e-9);
    if (exact >= 0) return rows.map((_, k) => (k === exact ? 1 : 0));
    const inverse = squared.map((value) => 1 / value);
    const total = inverse.reduce((sum, value) => sum + value);
    return inverse.map((value) => value / total);
  };
  const mean = (rows, shares, table, width) => {
    const sum = new Float32Array(width);
    rows.forEach((row, k) => {
      for (let i = 0; i < width; i++) sum[i] += shares[k] * table[row * width + i];
    });
    return sum;
  };
  return {
    name: "tsne",
    titles: ["t-SNE", ""],
    linear: false,
    place(z) {
      const rows = nearest(z, codes, NEIGHBOURS);
      return Array.from(mean(rows, weights(rows, z, codes, n), embedding, 2));
    },
    lift(point) {
      const rows = nearest(point, embedding, NEIGHBOURS);
      return mean(rows, weights(rows, point, embedding, 2), codes, n);
    },
    residual: () => [],
    /** The rows whose mean stands for a place that was pointed at, or by which z is placed. */
    links: (z, point) => (point ? nearest(point, embedding, NEIGHBOURS) : nearest(z, codes, NEIGHBOURS)),
    points: () => embedding,
    warp: null,
  };
}

/** Where all codes [N, n] lie, [N, 2]. */
function placeAll(codes, n, place) {
  const points = new Float32Array((2 * codes.length) / n);
  for (let row = 0; row * n < codes.length; row++) points.set(place(codes, row * n), 2 * row);
  return points;
}

/** The points of an ellipse, [[x, y]]: all that lie `sigmas` standard deviations from the center. */
export function ellipse([x, y], [xx, xy, yy], sigmas, corners = 48) {
  // the Cholesky factor of the covariance turns the unit circle into it
  const a = Math.sqrt(Math.max(xx, 1e-12)), b = xy / a, c = Math.sqrt(Math.max(yy - b * b, 0));
  return Array.from({ length: corners }, (_, k) => {
    const angle = (2 * Math.PI * k) / corners;
    const u = sigmas * Math.cos(angle), v = sigmas * Math.sin(angle);
    return [x + a * u, y + b * u + c * v];
  });
}

/** Points in square cells, to find the nearest one without looking at all of them. */
export function grid(points, isWanted) {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    left = Math.min(left, points[i]);
    right = Math.max(right, points[i]);
    bottom = Math.min(bottom, points[i + 1]);
    top = Math.max(top, points[i + 1]);
  }
  const side = Math.max(right - left, top - bottom, 1e-9) / Math.max(1, Math.sqrt(points.length / 8)); // a few in each
  const cells = new Map();
  const key = (column, line) => column * 65536 + line;
  const columns = Math.floor((right - left) / side), lines = Math.floor((top - bottom) / side);
  for (let row = 0; 2 * row < points.length; row++) {
    if (!isWanted(row)) continue;
    const cell = key(Math.floor((points[2 * row] - left) / side), Math.floor((points[2 * row + 1] - bottom) / side));
    if (cells.has(cell)) cells.get(cell).push(row);
    else cells.set(cell, [row]);
  }
  /** The row of the point nearest to (x, y), no farther than reach; -1 where there is none. */
  return ([x, y], reach) => {
    let best = -1, least = reach * reach;
    const from = (value, origin) => Math.max(0, Math.floor((value - reach - origin) / side));
    const to = (value, origin, last) => Math.min(last, Math.floor((value + reach - origin) / side));
    for (let column = from(x, left); column <= to(x, left, columns); column++) {
      for (let line = from(y, bottom); line <= to(y, bottom, lines); line++) {
        for (const row of cells.get(key(column, line)) ?? []) {
          const distance = (points[2 * row] - x) ** 2 + (points[2 * row + 1] - y) ** 2;
          if (distance <= least) [best, least] = [row, distance];
        }
      }
    }
    return best;
  };
}

/** Phi(x), the normal distribution's cumulative function, to 1e-7. */
export function normalCdf(x) {
  return 0.5 * erfc(-x / Math.SQRT2);
}

/** erfc by Numerical Recipes' Chebyshev fit (fractional error below 1.2e-7 everywhere). */
function erfc(x) {
  const size = Math.abs(x), t = 1 / (1 + size / 2);
  const terms = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277];
  const series = terms.reduceRight((sum, term) => sum * t + term, 0);
  const value = t * Math.exp(-size * size + series);
  return x >= 0 ? value : 2 - value;
}

/** The inverse of Phi, by bisection; 0 and 1 are taken for numbers near them. */
export function normalQuantile(u) {
  const wanted = Math.min(1 - FARTHEST_QUANTILE, Math.max(FARTHEST_QUANTILE, u));
  let low = -6, high = 6;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** How many of 100 draws from N(0, I_n) lie nearer the origin than `length`: the distribution function of chi. */
export function chiCdf(length, n) {
  const a = n / 2, x = (length * length) / 2;
  if (x <= 0) return 0;
  if (length > Math.sqrt(n) + 10) return 1; // but for 1e-22
  // the lower incomplete gamma function's series
  let term = 1 / a, sum = term;
  for (let k = 1; k < 2000 && term > sum * 1e-12; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return Math.min(1, Math.exp(-x + a * Math.log(x) - logGamma(a)) * sum);
}

/** log Gamma(a), by Lanczos. */
function logGamma(a) {
  const terms = [76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155, 1.208650973866179e-3, -5.395239384953e-6];
  const sum = terms.reduce((total, term, k) => total + term / (a + 1 + k), 1.000000000190015);
  return (a + 0.5) * Math.log(a + 5.5) - a - 5.5 + Math.log((2.5066282746310005 * sum) / a);
}
