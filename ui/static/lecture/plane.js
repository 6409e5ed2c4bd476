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

const SCALE = 0.18; // units of a plane that reaches to 3.6, for log(1 + force) = 1: forces differ too much to be drawn as they are
const HEAD = { long: 6, wide: 3, least: 3 }; // of a force's arrow, in pixels

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
    const nats = Math.hypot(force[0], force[1]);
    const long = ((reach / 3.6) * SCALE * Math.log1p(nats)) / Math.max(1e-6, nats);
    const end = [0, 1].map((d) => point[d] + long * force[d]);
    context.strokeStyle = context.fillStyle = style.getPropertyValue(name);
    arrow(context, place(point, size), place(end, size), HEAD);
  }
  context.lineWidth = 1;
}

const APART = 4; // pixels between the arrows of two forces on one edge

/**
 * Draw a bubble alone, as large as there is room for, with the forces {shrink, grow} [2] on its size at the four ends of its axes:
 * an arrow that ends at the edge makes the bubble smaller, one that begins there makes it larger; the longest arrow is always as
 * long. Of a canvas so many pixels a side; std [2]; before: {std, moved: from here} of the bubble that was let go, dashed, or null;
 * style: of the canvas, with the colours.
 */
export function drawSizeForces(context, { std, before }, { shrink, grow }, { size, style }) {
  const half = size / 2,
    scale = (0.4 * half) / Math.max(...std);
  if (before) {
    const [right, up] = before.moved;
    context.strokeStyle = style.getPropertyValue("--ink-soft");
    context.setLineDash([3, 3]);
    oval(context, [half + scale * right, half - scale * up], before.std[0] * scale, before.std[1] * scale);
    context.setLineDash([]);
  }
  context.strokeStyle = style.getPropertyValue("--ink");
  context.lineWidth = 2;
  oval(context, [half, half], std[0] * scale, std[1] * scale);
  const largest = Math.max(1e-6, ...[shrink, grow].flatMap((force) => Array.from(force, Math.abs)));
  for (const [force, name, beside] of /** @type {const} */ ([
    [shrink, "--push", -APART],
    [grow, "--pull", APART],
  ]))
    for (const d of [0, 1])
      for (const side of [-1, 1]) {
        const long = 0.5 * half * Math.sqrt(Math.abs(force[d]) / largest);
        const head = { long: Math.min(HEAD.long, 0.6 * long), wide: Math.min(HEAD.wide, 0.3 * long), least: 0.5 };
        const [edge, outside] = [0, long].map((away) => {
          const along = half + side * (std[d] * scale + away);
          return /** @type {[number, number]} */ (d ? [half + beside, along] : [along, half + beside]);
        });
        context.strokeStyle = context.fillStyle = style.getPropertyValue(name);
        const [from, to] = force[d] < 0 ? [outside, edge] : [edge, outside];
        arrow(context, from, to, head);
      }
}
