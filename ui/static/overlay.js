// Drawn over the map's points: posteriors as bubbles at true scale, the prior's circle, how far z lies off the plane.

import { ellipse } from "./planes.js";

const BUBBLES = 300; // at once
const PRIOR_RADIUS = Math.sqrt(-2 * Math.log(0.05)); // of chi-squared with two degrees of freedom: 95 % lie within
const LARGEST_RING = 0.45; // of the map's shorter side
const OPAQUE = 0.8; // what covers more than that hides what lies under it
const LEAST_OFF = 0.05; // a ring smaller than that would hide under the marker

/**
 * Draw over the map of `view`.
 *
 * what: {hovered, picked: rows or -1, draws: points [[x, y]], bubbles: whether many are drawn, off: distance of z from
 * the plane, marker: where z is [x, y], links: rows of the points that z is the mean of, way: the
 * morph's [[x, y]], stops: {name, point} on it}. Until the posteriors' variances have come there are no bubbles.
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
  drawWay(context, view, what);
  context.strokeStyle = context.fillStyle = view.ink;
  context.lineWidth = 1;
  for (const row of what.links) {
    context.beginPath();
    context.moveTo(...view.pixels(what.marker));
    context.lineTo(...view.pixels([view.points[2 * row], view.points[2 * row + 1]]));
    context.stroke();
  }
  for (const point of what.draws) {
    context.beginPath();
    context.arc(...view.pixels(point), 3, 0, 2 * Math.PI);
    context.fill();
  }
  if (what.off > LEAST_OFF) {
    const [left, top] = view.pixels(what.marker), { radius, whole } = ringRadius(view, what.off);
    context.beginPath();
    context.arc(left, top, radius, 0, 2 * Math.PI);
    context.setLineDash(whole ? [3, 5] : [1, 9]);
    context.strokeStyle = view.ink;
    context.lineWidth = 1.5;
    context.stroke();
  }
  context.restore();
  const { hovered, picked, draws, links, off, stops } = what;
  canvas.dataset.drawn = JSON.stringify({ hovered, picked, draws: draws.length, links, stops, bubbles: many, off: Number(off.toFixed(3)) });
}

/**
 * Draw other points [N, 2] than those of the figure, as it would draw them, at frame rate: Plotly takes longer to move its
 * ten traces, and a canvas to draw 10,000 pictures of a dot, than it takes to set their pixels.
 */
export function drawCloud(canvas, view, points) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = sized(canvas, width, height);
  const scale = canvas.width / width;
  const area = view.area();
  const left = Math.ceil(scale * area.left), top = Math.ceil(scale * area.top);
  const image = context.createImageData(Math.floor(scale * area.width), Math.floor(scale * area.height));
  const words = new Uint32Array(image.data.buffer); // a pixel each
  const origin = view.pixels([0, 0]), one = view.pixels([1, 1]);
  const step = [0, 1].map((axis) => scale * (one[axis] - origin[axis]));
  view.plot.data.forEach(({ marker, visible, customdata: rows }) => {
    if (visible === "legendonly") return;
    const dot = dotOf(marker, scale, image.width), { core, words: ink, rim, colours } = dot;
    const x0 = scale * origin[0] - left - dot.size / 2 + 0.5, y0 = scale * origin[1] - top - dot.size / 2 + 0.5;
    for (const row of rows) {
      const x = Math.floor(x0 + step[0] * points[2 * row]), y = Math.floor(y0 + step[1] * points[2 * row + 1]);
      if (x < 0 || y < 0 || x + dot.size > image.width || y + dot.size > image.height) continue;
      const corner = y * image.width + x;
      for (let k = 0; k < core.length; k++) words[corner + core[k]] = ink[k];
      for (let k = 0; k < rim.length; k++) blend(image.data, 4 * (corner + rim[k]), colours, 4 * k);
    }
  });
  context.putImageData(image, left, top);
}

/**
 * The pixels of one of Plotly's markers, as steps from its corner in an image of that width: {core, words}, those that
 * hide what lies under them, and {rim, colours}, the others with red, green, blue and alpha of each.
 */
function dotOf({ color, size, opacity, line }, scale, width) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil(scale * (size + line.width + 1));
  const context = canvas.getContext("2d", { willReadFrequently: true }), middle = canvas.width / 2;
  context.globalAlpha = opacity;
  context.fillStyle = color;
  context.strokeStyle = line.color;
  context.lineWidth = scale * line.width;
  context.beginPath();
  context.arc(middle, middle, (scale * size) / 2, 0, 2 * Math.PI);
  context.fill();
  if (line.width) context.stroke();
  const { data } = context.getImageData(0, 0, canvas.width, canvas.width), words = new Uint32Array(data.buffer);
  const all = Array.from(words.keys()), alpha = (i) => data[4 * i + 3] / 255;
  const core = all.filter((i) => alpha(i) > OPAQUE), rim = all.filter((i) => alpha(i) > 0 && alpha(i) <= OPAQUE);
  const steps = (pixels) => Int32Array.from(pixels, (i) => Math.floor(i / canvas.width) * width + (i % canvas.width));
  const colours = Float32Array.from(rim.flatMap((i) => [...data.subarray(4 * i, 4 * i + 3), alpha(i)]));
  return { size: canvas.width, core: steps(core), words: Uint32Array.from(core, (i) => words[i]), rim: steps(rim), colours };
}

/** Lay the colour colours[from...] over the pixel data[at...]. */
function blend(data, at, colours, from) {
  const alpha = colours[from + 3], rest = (data[at + 3] / 255) * (1 - alpha), sum = alpha + rest;
  data[at] = (colours[from] * alpha + data[at] * rest) / sum;
  data[at + 1] = (colours[from + 1] * alpha + data[at + 1] * rest) / sum;
  data[at + 2] = (colours[from + 2] * alpha + data[at + 2] * rest) / sum;
  data[at + 3] = 255 * sum;
}

/**
 * The ring that says how far z lies off the plane: its radius in pixels is that distance, or where that would not fit on
 * the map, as much as fits and not whole.
 */
export function ringRadius(view, off) {
  const { width, height } = view.area();
  const radius = Math.abs(view.pixels([off, 0])[0] - view.pixels([0, 0])[0]), most = LARGEST_RING * Math.min(width, height);
  return { radius: Math.min(radius, most), whole: radius <= most };
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
    const circle = ellipse(posterior.origin, [1, 0, 1], PRIOR_RADIUS, 96);
    trace(context, view, circle);
    context.strokeStyle = ink;
    context.lineWidth = 2;
    context.stroke();
    label(context, view, circle, "95 % of the prior");
  }
  return kept.canvas;
}

/** The morph's way, over the points and under all else. */
function drawWay(context, view, { way, stops }) {
  if (!stops.length) return; // as for most movements of the pointer: the page's style need not be asked
  const ground = getComputedStyle(document.body).getPropertyValue("--body-background-fill");
  for (const [width, colour] of [[5, ground], [2.5, view.ink]]) {
    context.beginPath();
    for (const point of way) context.lineTo(...view.pixels(point));
    context.lineWidth = width;
    context.lineJoin = "round";
    context.strokeStyle = colour;
    context.stroke();
  }
  context.font = "bold 12px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { name, point } of stops) {
    const [left, top] = view.pixels(point);
    context.beginPath();
    context.arc(left, top, 9, 0, 2 * Math.PI);
    context.fillStyle = view.ink;
    context.fill();
    context.fillStyle = ground;
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
  context.strokeStyle = getComputedStyle(document.body).getPropertyValue("--body-background-fill");
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeText(text, x, y);
  context.fillStyle = view.ink;
  context.fillText(text, x, y);
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
