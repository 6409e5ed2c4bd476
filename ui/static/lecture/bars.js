// A vector as bars, up and down from the middle, or from the bottom where no value is negative.

import { sized } from "../draw/raster.js";

const hasNegative = (values) => Array.prototype.some.call(values, (value) => value < 0);
const ROOM = 16; // for the scale above the bars, in pixels

/**
 * Draw a vector on a canvas; `most` is the value of a full bar, `chosen` the place of the one that is marked; isSigned: from the
 * middle, on the same scale as a vector that has negative values; name(value) says what a full bar is long for, above a line at
 * its end, where bars begin at the bottom.
 */
export function drawBars(canvas, values, { most = 0, chosen = -1, isSigned = hasNegative(values), name = null } = {}) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width) return;
  const context = sized(canvas, width, height);
  const style = getComputedStyle(canvas);
  const [ink, accent, line] = ["--mid", "--accent", "--line"].map((name) => style.getPropertyValue(name));
  const full = most || Math.max(1e-9, ...Array.from(values, Math.abs));
  const zero = isSigned ? height / 2 : height - 2,
    reach = isSigned ? height / 2 - 2 : height - 4 - (name ? ROOM : 0);
  const step = width / values.length;
  context.fillStyle = line;
  context.fillRect(0, zero - 0.5, width, 1);
  if (name && !isSigned) {
    context.fillRect(0, zero - reach - 1, width, 1);
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = style.getPropertyValue("--ink-soft");
    context.fillText(name(full), 4, ROOM - 4);
  }
  values.forEach((value, i) => {
    const size = Math.min(1, Math.abs(value) / full) * reach;
    context.fillStyle = i === chosen ? accent : ink;
    context.fillRect(i * step + 0.15 * step, value < 0 ? zero : zero - size, 0.7 * step, Math.max(0.5, size));
  });
}
