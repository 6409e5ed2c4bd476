// Drawn over the map's points: posteriors as bubbles at true scale, the prior's circle, how far z lies off the plane.

import { ellipse } from "./planes.js";

const BUBBLES = 300; // at once
const PRIOR_RADIUS = Math.sqrt(-2 * Math.log(0.05)); // of chi-squared with two degrees of freedom: 95 % lie within
const LEAST_OFF = 0.05; // a ring smaller than that would hide under the marker

/**
 * Draw over the map of `view`.
 *
 * what: {hovered, picked: rows or -1, draws: points [[x, y]], bubbles: whether many are drawn, off: distance of z from
 * the plane, marker: where z is [x, y]}. Until the posteriors' variances have come there are no bubbles.
 */
export function drawOverlay(canvas, view, what) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = sized(canvas, width, height);
  const area = view.area();
  const many = Boolean(what.bubbles && view.posterior);
  context.save();
  context.beginPath();
  context.rect(area.left, area.top, area.width, area.height);
  context.clip();
  if (many) context.drawImage(manyBubbles(view, width, height), 0, 0, width, height);
  for (const row of new Set([what.picked, what.hovered])) {
    if (row < 0 || !view.posterior) continue;
    for (const sigmas of [2, 1]) bubble(context, view, row, sigmas, 0.25, view.ink);
  }
  context.fillStyle = view.ink;
  for (const point of what.draws) {
    context.beginPath();
    context.arc(...view.pixels(point), 3, 0, 2 * Math.PI);
    context.fill();
  }
  if (what.off > LEAST_OFF && Number.isFinite(ringRadius(view, what.off))) {
    const [left, top] = view.pixels(what.marker);
    context.beginPath();
    context.arc(left, top, ringRadius(view, what.off), 0, 2 * Math.PI);
    context.setLineDash([3, 5]);
    context.strokeStyle = view.ink;
    context.lineWidth = 1.5;
    context.stroke();
  }
  context.restore();
  const { hovered, picked, draws, off } = what;
  canvas.dataset.drawn = JSON.stringify({ hovered, picked, draws: draws.length, bubbles: many, off: Number(off.toFixed(3)) });
}

/** Pixels from the marker to the ring: as far as z lies off the plane, or infinite where that would not fit the map. */
export function ringRadius(view, off) {
  const { width, height } = view.area();
  const radius = Math.abs(view.pixels([off, 0])[0] - view.pixels([0, 0])[0]);
  return radius < 0.45 * Math.min(width, height) ? radius : Infinity;
}

/** Empty, in the screen's own pixels, and measured in the page's. */
function sized(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

const kept = { key: [], canvas: document.createElement("canvas") };

/** A few hundred bubbles within the prior's circle; drawn anew only where the map has changed, not where z has. */
function manyBubbles(view, width, height) {
  const scale = window.devicePixelRatio;
  const { posterior, shown, ink } = view;
  const key = [posterior, shown, ink, width, height, scale, ...view.pixels([0, 0]), ...view.pixels([1, 1])];
  if (key.every((value, i) => value === kept.key[i])) return kept.canvas;
  kept.key = key;
  const context = sized(kept.canvas, width, height);
  for (const row of someOf(shown, BUBBLES)) bubble(context, view, row, 1, 0.16);
  if (posterior.origin) {
    trace(context, view, ellipse(posterior.origin, [1, 0, 1], PRIOR_RADIUS, 96));
    context.strokeStyle = ink;
    context.lineWidth = 2;
    context.stroke();
  }
  return kept.canvas;
}

/** One posterior, as far as so many standard deviations reach. */
function bubble(context, view, row, sigmas, opacity, line = null) {
  const colour = view.palette[view.labels[row]];
  trace(context, view, ellipse(view.posterior.center(row), view.posterior.covariance(row), sigmas));
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.fill();
  context.globalAlpha = line ? 1 : 0.8;
  context.strokeStyle = line ?? colour;
  context.lineWidth = line ? 1.5 : 1;
  context.stroke();
  context.globalAlpha = 1;
}

function trace(context, { plane, pixels }, outline) {
  context.beginPath();
  for (const corner of outline) context.lineTo(...pixels(plane.warp ? plane.warp(corner) : corner));
  context.closePath();
}

/** At most n of many rows, evenly spread. */
function someOf(rows, n) {
  const step = Math.max(1, rows.length / n);
  return Array.from({ length: Math.min(n, rows.length) }, (_, k) => rows[Math.floor(k * step)]);
}
