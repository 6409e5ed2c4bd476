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
