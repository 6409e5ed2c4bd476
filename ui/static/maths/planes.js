// What the two axes of the map are. A plane is {name, titles, linear, place(z), lift(point, z), residual(z),
// points(codes)}, and where posteriors can be drawn also {covariance(logvar, offset), warp, flat}: flat is the plane itself
// before its axes were stretched by warp, if they were. Pure functions over typed arrays, without the page.

import { nearest } from "./latent.js";
import { normalCdf, normalQuantile } from "./statistics.js";

const NEIGHBOURS = 6; // whose weighted mean stands for a point of t-SNE

/** The names of the planes that a model of n latent dimensions has, its first one first. */
export const planesOf = (n, variational) =>
  [
    n > 2 && "classes",
    n !== 2 && "principal",
    n >= 2 && "dimensions",
    n === 2 && variational && "quantiles",
    "tsne",
  ].filter(Boolean);

/**
 * A flat slice through latent space, spanned by two orthonormal axes [2, n] (row by row) at a center [n].
 * place(z) = axes (z - center); lift(p, z) = z + axes^T (p - place(z)) keeps what of z lies off the plane.
 */
export function linearPlane({ name, titles, center, axes, n }) {
  const place = (z, offset = 0) => {
    let x = 0,
      y = 0;
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
      let xx = 0,
        xy = 0,
        yy = 0;
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
  const a = Math.sqrt(Math.max(xx, 1e-12)),
    b = xy / a,
    c = Math.sqrt(Math.max(yy - b * b, 0));
  return Array.from({ length: corners }, (_, k) => {
    const angle = (2 * Math.PI * k) / corners;
    const u = sigmas * Math.cos(angle),
      v = sigmas * Math.sin(angle);
    return [x + a * u, y + b * u + c * v];
  });
}
