import assert from "node:assert/strict";
import { test } from "node:test";
import { grid } from "../../ui/static/maths/grid.js";
import { along, drawMixture, gaussian, lerp, nearest, slerp } from "../../ui/static/maths/latent.js";
import { GRID, manifold, manifoldAxes, manifoldCell } from "../../ui/static/maths/manifold.js";
import { dimensionsPlane, ellipse, linearPlane, quantilePlane, tsnePlane } from "../../ui/static/maths/planes.js";
import { limited, rangeOf } from "../../ui/static/maths/ranges.js";
import { chiCdf, chiQuantile, normalCdf, normalQuantile, typicalNorm } from "../../ui/static/maths/statistics.js";
import { close, golden } from "./golden.mjs";

test("the normal distribution and chi are scipy's", () => {
  const { x, cdf, u, quantile, chi } = golden.statistics;
  close(x.map(normalCdf), cdf, 2e-7);
  close(u.map(normalQuantile), quantile, 1e-4);
  for (const { n, length, share, typical } of chi) {
    close(
      length.map((value) => chiCdf(value, n)),
      share,
      1e-9,
      `chi ${n}`,
    );
    close(typicalNorm(n), typical, 1e-6, `typical ${n}`);
    close(
      [0.01, 0.5, 0.99].map((p) => chiCdf(chiQuantile(p, n), n)),
      [0.01, 0.5, 0.99],
      1e-9,
    );
  }
});

test("paths are those of vae.latent", () => {
  for (const { a, b, t, straight, arc } of golden.paths) {
    close(lerp(a, b, t), straight, 1e-5);
    close(slerp(a, b, t), arc, 1e-4);
  }
  const corners = [
    [0, 0],
    [1, 0],
    [1, 2],
  ];
  close(along(corners, 0.25), [0.5, 0], 1e-7);
  close(along(corners, 0.75), [1, 1], 1e-7);
  close(along(corners, 1), [1, 2], 1e-7);
});

test("random draws have the moments of their distributions", () => {
  const { sampler, mean, covariance } = golden.mixture;
  const n = mean.length;
  const moments = (draw, count) => {
    const sum = new Float64Array(n);
    const products = new Float64Array(n * n);
    for (let k = 0; k < count; k++) {
      const z = draw();
      for (let i = 0; i < n; i++) {
        sum[i] += z[i] / count;
        for (let j = 0; j < n; j++) products[i * n + j] += (z[i] * z[j]) / count;
      }
    }
    return { mean: sum, covariance: products.map((value, ij) => value - sum[Math.floor(ij / n)] * sum[ij % n]) };
  };
  const uniform = generator(1);
  const data = moments(() => drawMixture(sampler, 1, uniform), 40_000);
  close(data.mean, mean, 0.03);
  close(data.covariance, covariance, 0.05);
  const prior = moments(() => gaussian(n, 0.5, uniform), 40_000);
  close(prior.mean, Array(n).fill(0), 0.02);
  close(
    prior.covariance,
    Array.from({ length: n * n }, (_, ij) => (Math.floor(ij / n) === ij % n ? 0.25 : 0)),
    0.02,
  );
  const cold = drawMixture(sampler, 0, uniform);
  const means = sampler.sampler_means;
  assert.ok(
    sampler.sampler_weights.some((_, k) => cold.every((value, i) => Math.abs(value - means[k * n + i]) < 1e-6)),
    "at temperature zero a draw is one of the means",
  );
});

test("the nearest codes and the nearest point are the nearest", () => {
  const { codes, n, asked, rows, points, places, reach, found } = golden.nearest;
  for (const [k, z] of asked.entries())
    assert.deepEqual(nearest(Float32Array.from(z), Float32Array.from(codes), rows[k].length), rows[k]);
  assert.equal(codes.length % n, 0);
  const find = grid(Float32Array.from(points), (row) => row % 3 !== 0);
  assert.deepEqual(
    places.map((place) => find(place, reach)),
    found,
  );
});

test("a flat plane places, lifts and keeps what lies off it, as numpy does", () => {
  const { center, axes, logvar, cases, covariance } = golden.plane;
  const plane = linearPlane({ name: "classes", titles: [], center, axes: axes.flat(), n: center.length });
  for (const { z, place, point, lifted, residual } of cases) {
    close(plane.place(z), place, 1e-5);
    close(plane.lift(point, Float32Array.from(z)), lifted, 1e-5);
    close(plane.residual(z), residual, 1e-5);
  }
  const [xx, xy, yy] = plane.covariance(logvar, 0);
  close([xx, xy, xy, yy], covariance.flat(), 1e-5);
  for (const [x, y] of ellipse([1, 2], [xx, xy, yy], 2)) {
    const [dx, dy] = [x - 1, y - 2];
    const determinant = xx * yy - xy * xy;
    const distance = Math.sqrt((yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / determinant);
    assert.ok(Math.abs(distance - 2) < 1e-5);
  }
});

test("two dimensions, quantiles and t-SNE are planes, too", () => {
  const flat = dimensionsPlane(4, 3, 1);
  close(flat.place([1, 2, 3, 4]), [4, 2], 0);
  close(flat.lift([7, 8], [1, 2, 3, 4]), [1, 8, 3, 7], 0);
  const quantiles = quantilePlane();
  close(quantiles.place([0, 1]), [0.5, 0.841345], 1e-6);
  close(quantiles.lift([0.5, 0.841345]), [0, 1], 1e-4);
  const embedding = Float32Array.from([0, 0, 1, 0, 0, 1, 1, 1, 2, 2, 3, 3, 9, 9]);
  const codes = Float32Array.from({ length: 14 }, (_, i) => i);
  const tsne = tsnePlane(embedding, codes, 2);
  close(tsne.lift([1, 0]), [2, 3], 1e-6); // on a point it is that point's code
  close(tsne.place([2, 3]), [1, 0], 1e-6);
  assert.equal(tsne.links(null, [0.1, 0.1]).length, 6);
  assert.deepEqual(Array.from(tsne.residual()), []);
});

test("a range shows all points but far outliers", () => {
  for (const { name, points, low, high, share } of golden.ranges) {
    const [from, to] = rangeOf(Float32Array.from(points.flatMap((x) => [x, 0])), 0);
    const inside = points.filter((x) => from <= x && x <= to).length / points.length;
    assert.ok(inside >= share, `${name}: ${inside} of the points are shown`);
    assert.ok(from > low && to < high, `${name}: ${from} to ${to}`);
  }
  assert.deepEqual(rangeOf(Float32Array.from([5, 0, 5, 0]), 0), [4, 6]); // one place has a range, too
});

test("ranges are held within four times the whole and a four-hundredth of it", () => {
  const whole = { x: [-4, 4], y: [-2, 2] };
  const span = ([low, high]) => high - low;
  const fine = { x: [0, 1], y: [0, 0.5] };
  assert.equal(limited(fine, whole), fine);
  const far = limited({ x: [-1500, 1500], y: [-750, 750] }, whole);
  close([span(far.x), span(far.y)], [32, 16], 1e-9);
  const near = limited({ x: [1, 1 + 1e-6], y: [1, 1 + 5e-7] }, whole);
  close([span(near.x), span(near.y)], [0.02, 0.01], 1e-9);
  const beside = limited({ x: [100, 101], y: [0, 0.5] }, whole);
  close(beside.x, [3.5, 4.5], 1e-9);
});

/** Numbers in [0, 1), the same at every run (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

test("the manifold's columns and rows are at the quantiles of the prior, or of codes that none holds", () => {
  const codes = (scale) => Float32Array.from({ length: 4800 }, (_, k) => (scale * ((k >> 1) - 1200)) / 1200 + (k % 2));
  const prior = manifoldAxes(codes(3), true);
  assert.equal(prior.source, "prior");
  for (const axis of prior.axes)
    close(
      axis.map(normalCdf),
      Array.from({ length: GRID }, (_, k) => (k + 0.5) / GRID),
      1e-4,
    );
  for (const isVariational of [true, false]) {
    const { axes, source } = manifoldAxes(codes(20), isVariational); // with β = 0 nothing holds them, either
    assert.equal(source, "codes");
    for (const d of [0, 1])
      close(
        axes[d],
        Array.from({ length: GRID }, (_, k) => 20 * ((k + 0.5) / 6 - 1) + d),
        0.05,
      );
    const z = manifold(axes);
    assert.equal(z.length, 2 * GRID * GRID);
    close(z.subarray(0, 2), [axes[0][0], axes[1].at(-1)], 1e-5); // at the top left
    close(z.subarray(-2), [axes[0].at(-1), axes[1][0]], 1e-5);
    for (let k = 0; k < GRID * GRID; k++) assert.equal(manifoldCell(z.subarray(2 * k, 2 * k + 2), axes), k);
    const half = 20 / GRID;
    assert.equal(manifoldCell([axes[0][0] - 0.9 * half, axes[1][0]], axes), GRID * (GRID - 1));
    for (const outside of [
      [axes[0][0] - 1.1 * half, 0],
      [0, axes[1].at(-1) + 1.1 * half],
    ])
      assert.equal(manifoldCell(outside, axes), -1);
  }
});
