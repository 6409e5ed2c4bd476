// Both balances of the loss's two terms as bars: push against pull, shrink against grow.

import { decimal } from "../draw/dom.js";
import { sized } from "../draw/raster.js";

export const SIDES = ["push", "pull", "shrink", "grow"];

const nats = (value) => decimal(value, 1);

/** Draw {push, pull, shrink, grow}, nats per image, on a canvas; a bar is named, and says what it is long for. */
export function drawBalance(canvas, balance, t) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width) return;
  const context = sized(canvas, width, height);
  const style = getComputedStyle(canvas);
  const most = Math.max(0.5, ...SIDES.map((side) => balance[side]));
  const names = SIDES.map((side) => t(`lecture.bubbles.side.${side}`));
  context.font = "12px system-ui, sans-serif";
  const left = 10 + Math.max(...names.map((name) => context.measureText(name).width));
  const scale = (width - left - 42) / most;
  SIDES.forEach((side, k) => {
    const y = 4 + k * 23,
      size = Math.max(0, balance[side]) * scale; // a side may act the other way while a training begins
    context.fillStyle = style.getPropertyValue(k % 2 ? "--pull" : "--push");
    context.fillRect(left, y, size, 15);
    context.fillStyle = style.getPropertyValue("--ink");
    context.fillText(names[k], 0, y + 12);
    context.fillText(nats(balance[side]), left + size + 6, y + 12);
  });
  const told = Object.fromEntries(SIDES.map((side) => [side, nats(balance[side])]));
  canvas.setAttribute("aria-label", t("lecture.bubbles.balance", told));
}
