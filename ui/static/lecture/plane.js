// What the lecture's planes have in common: places of the plane on a square canvas, and what is drawn there.

/**
 * A function that gives where a point [x, y] of the plane lies on a canvas of so many pixels a side; the axes reach so far from 0.
 * @returns {(point: ArrayLike<number>, size: number) => [number, number]}
 */
export const placeOn = (reach) => (point, size) => [
  ((point[0] / reach + 1) / 2) * size,
  ((1 - point[1] / reach) / 2) * size,
];

/** An ellipse around a place, with its axes along those of the plane. */
export function oval(context, [x, y], across, down) {
  context.beginPath();
  context.ellipse(x, y, across, down, 0, 0, 2 * Math.PI);
  context.stroke();
}

/** An arrow in the context's colours, its head so long and on each side so wide; one shorter than `least` is left out. */
export function arrow(context, [x0, y0], [x1, y1], { long, wide, least }) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < least) return;
  const [across, down] = [(x1 - x0) / length, (y1 - y0) / length];
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x1 - long * across + wide * down, y1 - long * down - wide * across);
  context.lineTo(x1 - long * across - wide * down, y1 - long * down + wide * across);
  context.fill();
}

const SCALE = 0.16; // units of a plane that reaches to 3.6, for the root of a nat per unit: forces differ too much to be drawn as they are
const HEAD = { long: 6, wide: 3, least: 3 }; // of a force's arrow, in pixels

/** Where the arrow of a force [2] on a point ends: it is as long as the root of the force. */
function endOf(point, force, reach) {
  const root = ((reach / 3.6) * SCALE) / Math.sqrt(Math.max(1e-6, Math.hypot(force[0], force[1])));
  return [0, 1].map((d) => point[d] + root * force[d]);
}

/**
 * Arrows of the forces {push, pull} [2], either may be missing, on a point of a plane, which reaches so far on a canvas of so many
 * pixels; style: of the canvas, with the colours.
 */
export function drawForces(context, point, { push, pull }, { size, reach, style, width }) {
  const place = placeOn(reach);
  context.lineWidth = width;
  for (const [force, name] of [
    [push, "--push"],
    [pull, "--pull"],
  ]) {
    if (!force) continue;
    context.strokeStyle = context.fillStyle = style.getPropertyValue(name);
    arrow(context, place(point, size), place(endOf(point, force, reach), size), HEAD);
  }
  context.lineWidth = 1;
}

/**
 * Arrows of the forces {shrink, grow} [2] on a bubble's size, at the four ends of its axes: inward what makes the bubble smaller,
 * outward what makes it larger. Both begin at the bubble's edge.
 */
export function drawSizeForces(context, { mu, std }, { shrink, grow }, { size, reach, style, width }) {
  const place = placeOn(reach);
  context.lineWidth = width;
  for (const [force, name] of [
    [shrink, "--push"],
    [grow, "--pull"],
  ])
    for (const d of [0, 1])
      for (const side of [-1, 1]) {
        const along = (value) => [0, 1].map((axis) => (axis === d ? side * value : 0));
        const edge = along(std[d]).map((away, axis) => mu[axis] + away);
        context.strokeStyle = context.fillStyle = style.getPropertyValue(name);
        arrow(context, place(edge, size), place(endOf(edge, along(force[d]), reach), size), HEAD);
      }
  context.lineWidth = 1;
}
