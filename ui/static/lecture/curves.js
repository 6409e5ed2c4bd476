// Figures of a training as curves over its epochs. The first epochs have most to tell: the axis is logarithmic.

import { sized } from "../draw/raster.js";

const TICKS = [1, 10, 100];
const APART = 34; // pixels from one tick's number to the next

/**
 * Draw lines [{points: [epoch, value] of each, colour: name of a custom property, dashed}] on a canvas; `at` is the epoch that is
 * marked, with a dot on every line; low and high: of the values, else what the lines have; name(value) gives a value as text.
 */
export function drawCurves(canvas, lines, { at = null, low = null, high = null, name = (value) => value.toFixed(0) }) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const shown = lines.filter(({ points }) => points.length);
  if (!width || !shown.length) return;
  const context = sized(canvas, width, height);
  const style = getComputedStyle(canvas);
  const colour = (property) => style.getPropertyValue(property);
  const values = shown.flatMap(({ points }) => points.map(([, value]) => value));
  const bottom = low ?? Math.min(...values),
    top = high ?? Math.max(...values);
  const last = Math.max(...shown.map(({ points }) => points.at(-1)[0]));
  const x = (epoch) => 10 + (Math.log1p(epoch) / Math.log1p(last)) * (width - 20),
    y = (value) =>
      height - 22 - ((Math.min(top, Math.max(bottom, value)) - bottom) / (top - bottom || 1)) * (height - 40);
  context.lineWidth = 2;
  for (const { points, colour: own, dashed } of shown) {
    context.strokeStyle = colour(own);
    context.setLineDash(dashed ? [5, 4] : []);
    context.beginPath();
    for (const [epoch, value] of points) context.lineTo(x(epoch), y(value));
    context.stroke();
  }
  context.setLineDash([]);
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = colour("--ink-soft");
  for (const tick of [...TICKS.filter((one) => x(last) - x(one) > APART), last]) {
    context.textAlign = tick === last ? "right" : "center";
    context.fillText(String(tick), tick === last ? width - 6 : x(tick), height - 6);
  }
  context.textAlign = "start";
  context.fillText(name(top), 12, 14);
  const [begin, end] = [0, -1].map((place) => Math.min(...shown.map(({ points }) => points.at(place)[1])));
  context.textAlign = begin > end ? "start" : "right"; // where the lines are farther from the bottom
  context.fillText(name(bottom), begin > end ? 12 : width - 8, height - 26);
  context.textAlign = "start";
  if (at === null) return;
  context.strokeStyle = colour("--accent");
  context.lineWidth = 1;
  context.strokeRect(x(at), 4, 0, height - 24);
  for (const { points, colour: own } of shown) {
    const nearest = points.reduce((best, one) => (Math.abs(one[0] - at) < Math.abs(best[0] - at) ? one : best));
    context.fillStyle = colour(shown.length > 1 ? own : "--accent");
    context.beginPath();
    context.arc(x(nearest[0]), y(nearest[1]), 4, 0, 2 * Math.PI);
    context.fill();
  }
}
