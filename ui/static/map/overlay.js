// Drawn over the map's points: posteriors as bubbles at true scale, the prior's circle, the morph's path.

import { sized } from "../draw/raster.js";
import { ellipse } from "../maths/planes.js";
import { PRIOR_RADIUS } from "../maths/statistics.js";
import { someOf } from "./view.js";

const BUBBLES = 300; // at once

/**
 * Draw over the map of `view`.
 *
 * what: {hovered, point: rows or -1, draws: points [[x, y]], bubbles: whether many are drawn, off: distance of z from
 * the plane, marker: where z is [x, y], links: rows of the points that z is the mean of, path: the
 * morph's [[x, y]], stops: {name, point} on it, prior: the label of its circle}. Until the posteriors' variances have come there are no bubbles.
 */
export function drawOverlay(canvas, view, what) {
  const { hovered, point, draws, links, off, stops } = what;
  const many = Boolean(what.bubbles && view.posterior);
  canvas.dataset.drawn = JSON.stringify({
    hovered,
    point,
    draws: draws.length,
    links,
    stops,
    bubbles: many,
    off: Number(off.toFixed(3)),
  });
  const rows = view.posterior ? [...new Set([point, hovered])].filter((row) => row >= 0) : []; // whose bubbles stand out
  const isEmpty = !many && ![rows, draws, links, stops].some(({ length }) => length);
  // As while a slider is dragged: neither drawn nor blended then
  if (isEmpty && canvas.style.visibility !== "hidden")
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  canvas.style.visibility = isEmpty ? "hidden" : "";
  if (isEmpty) return;
  const { width, height } = view.plot._fullLayout; // as the canvas is, without laying the page out
  const context = sized(canvas, width, height);
  const area = view.area();
  context.save();
  context.beginPath();
  context.rect(area.left, area.top, area.width, area.height);
  context.clip();
  if (many) context.drawImage(manyBubbles(view, width, height, what.prior), 0, 0, width, height);
  for (const row of rows) for (const sigmas of [2, 1]) bubble(context, view, row, sigmas, 0.25, true);
  drawPath(context, view, what);
  for (const row of links) {
    context.beginPath();
    context.moveTo(...view.pixels(what.marker));
    context.lineTo(...view.pixels([view.points[2 * row], view.points[2 * row + 1]]));
    line(context, view, 1.5);
  }
  for (const place of draws) {
    for (const [radius, colour] of [
      [5, view.ground],
      [3, view.ink],
    ]) {
      context.beginPath();
      context.arc(...view.pixels(place), radius, 0, 2 * Math.PI);
      context.fillStyle = colour;
      context.fill();
    }
  }
  context.restore();
}

/** Draw what was traced as a line that shows on anything. */
function line(context, { ground, ink }, width) {
  for (const [across, colour] of [
    [width + 2.5, ground],
    [width, ink],
  ]) {
    context.lineWidth = across;
    context.lineJoin = "round";
    context.strokeStyle = colour;
    context.stroke();
  }
}

const drawings = new WeakMap(); // view -> {key, canvas}: the bubbles as they were drawn last

/** A few hundred bubbles within the prior's circle; drawn anew only where the map has changed, not where z has. */
function manyBubbles(view, width, height, prior) {
  if (!drawings.has(view)) drawings.set(view, { key: [], canvas: document.createElement("canvas") });
  const kept = drawings.get(view);
  const scale = window.devicePixelRatio;
  const { posterior, shown, ink, ground } = view;
  const key = [
    posterior,
    shown,
    ink,
    ground,
    width,
    height,
    scale,
    prior,
    ...view.pixels([0, 0]),
    ...view.pixels([1, 1]),
  ];
  if (key.every((value, i) => value === kept.key[i])) return kept.canvas;
  kept.key = key;
  const context = sized(kept.canvas, width, height);
  for (const row of someOf(shown, BUBBLES)) bubble(context, view, row, 1, 0.16);
  if (posterior.origin) {
    const circle = ellipse(posterior.origin, [1, 0, 1], PRIOR_RADIUS, 96);
    trace(context, view, circle);
    line(context, view, 2);
    label(context, view, circle, prior);
  }
  return kept.canvas;
}

/** The morph's path, over the points and under all else. */
function drawPath(context, view, { path, stops }) {
  if (!stops.length) return; // as for most movements of the pointer
  context.beginPath();
  for (const point of path) context.lineTo(...view.pixels(point));
  line(context, view, 2.5);
  context.font = "bold 12px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { name, point } of stops) {
    const [left, top] = view.pixels(point);
    context.beginPath();
    context.arc(left, top, 9, 0, 2 * Math.PI);
    context.fillStyle = view.ink;
    context.fill();
    context.fillStyle = view.ground;
    context.fillText(name, left, top + 0.5);
  }
  context.textBaseline = "alphabetic";
}

/** Words at an outline, where it is highest within the map. */
function label(context, view, outline, text) {
  const { left, top, width } = view.area();
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "center";
  const room = context.measureText(text).width / 2 + 4;
  const places = outline.map((corner) => view.pixels(view.plane.warp ? view.plane.warp(corner) : corner));
  const fits = places.filter(([x, y]) => y > top && x > left + room && x < left + width - room);
  if (!fits.length) return;
  const [x, highest] = fits.reduce((best, place) => (place[1] < best[1] ? place : best));
  const y = highest > top + 20 ? highest - 6 : highest + 16; // above the line, or within it
  context.strokeStyle = view.ground;
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeText(text, x, y);
  context.fillStyle = view.ink;
  context.fillText(text, x, y);
}

/** One posterior, as far as so many standard deviations reach; alone it has a strong outline. */
function bubble(context, view, row, sigmas, opacity, alone = false) {
  const colour = view.palette[view.labels[row]];
  trace(context, view, ellipse(view.posterior.center(row), view.posterior.covariance(row), sigmas));
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.fill();
  context.globalAlpha = alone ? 1 : 0.8;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  if (alone) line(context, view, 1.5);
  else context.stroke();
  context.globalAlpha = 1;
}

function trace(context, { plane, pixels }, outline) {
  context.beginPath();
  for (const corner of outline) context.lineTo(...pixels(plane.warp ? plane.warp(corner) : corner));
  context.closePath();
}
