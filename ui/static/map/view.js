// What the parts of the map share: its plane, its points, and the way between the plane and the screen.

import { norm } from "../maths/latent.js";

const REACH = 9; // pixels from the pointer within which a point is meant
const SOME = 1000; // codes

/** At most n of many rows, evenly spread. */
export function someOf(rows, n) {
  const step = Math.max(1, rows.length / n);
  return Array.from({ length: Math.min(n, rows.length) }, (_, k) => rows[Math.floor(k * step)]);
}

/** The place of an area that is nearest to [x, y]. */
export const within = ({ left, top, width, height }, [x, y]) => [
  Math.min(left + width, Math.max(left, x)),
  Math.min(top + height, Math.max(top, y)),
];

/** The view of a Plotly figure on an explorer's codes. */
export function makeView(plot, { explorer, host }) {
  const { palette, classes } = host;
  let spot = null; // {z, plane, at, off}: where z is on the plane, and how far off it
  let usual = null; // {plane, off}: how far off the plane half of the codes lie at most
  let placed = null; // {z, plane, point}: where in a plane without a formula z was put by a click

  const view = {
    plot,
    palette,
    plane: null,
    points: null, // Float32Array [N, 2]
    posterior: null, // {origin, center(row), covariance(row)} in the plane, where there are bubbles
    whole: null, // ranges {x, y} that show all of the map
    shown: [], // rows of the points that are not hidden
    nearestRow: /** @type {(point: number[], reach: number) => number} */ (() => -1),
    /** Whether the map shows another moment of training. */
    get frozen() {
      return explorer.state.map.epoch !== null;
    },
    dark: false, // what the map is drawn on, with its colour `ground`, and `ink` for what shows on it
    ground: "",
    ink: "",
    get drawn() {
      return Boolean(
        explorer.atlas && view.plane && plot._fullLayout?.xaxis && plot.dataset.model === explorer.model?.name,
      );
    },
    get labels() {
      return explorer.atlas.labels;
    },
    area() {
      const { xaxis, yaxis } = plot._fullLayout;
      return { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length };
    },
    pixels([x, y]) {
      const { xaxis, yaxis } = plot._fullLayout;
      return [xaxis._offset + xaxis.l2p(x), yaxis._offset + yaxis.l2p(y)];
    },
    at(left, top) {
      const { xaxis, yaxis } = plot._fullLayout;
      return [xaxis.p2l(left - xaxis._offset), yaxis.p2l(top - yaxis._offset)];
    },
    className: (label) => classes[explorer.model.data][label],
    code(row) {
      const n = explorer.model.latent_dim;
      return explorer.atlas.mu.slice(row * n, (row + 1) * n);
    },
    /** Where a click has put z on this plane, if it is still there; null elsewhere. */
    get put() {
      return placed?.z === explorer.z && placed.plane === view.plane ? placed.point : null;
    },
    /** z was put at a point, which the plane need not know a formula for. */
    place(point) {
      placed = { z: explorer.z, plane: view.plane, point };
      spot = null;
    },
    /** Where z is on the plane, and how far off it: {at, off}. */
    spot() {
      const { z } = explorer,
        { plane } = view;
      if (spot?.z !== z || spot.plane !== plane) {
        spot = { z, plane, at: view.put ?? plane.place(z), off: norm(plane.residual(z)) };
      }
      return spot;
    },
    /** How far off the plane the median test code lies; some of them tell it well enough. */
    usual() {
      const { plane } = view;
      if (usual?.plane !== plane) {
        const rows = someOf(Array.from(view.labels.keys()), SOME);
        const off = rows.map((row) => norm(plane.residual(view.code(row)))).sort((a, b) => a - b);
        usual = { plane, off: off[Math.floor(off.length / 2)] };
      }
      return usual.off;
    },
    /** What lies under a place of the frame: {point, row or -1, z}. */
    target(left, top) {
      const point = view.at(left, top);
      const [beside] = view.at(left + REACH, top);
      const row = explorer.state.map.layers.points ? view.nearestRow(point, Math.abs(beside - point[0])) : -1;
      if (row >= 0) return { point: [view.points[2 * row], view.points[2 * row + 1]], row, z: view.code(row) };
      return { point, row, z: view.plane.lift(point, explorer.z) };
    },
  };
  return view;
}
