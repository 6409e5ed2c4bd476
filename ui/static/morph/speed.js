// How much the picture changes at each step of a way: an even way feels even.

import { erase } from "./raster.js";
import { PATHS } from "./tour.js";

const STEPS = 24; // of each leg
const STILL = 0.01; // a picture that changes less than that at each step does not change
const COLOURS = { linear: "#b45309", spherical: "#0f766e", geodesic: "#4f46e5" };

/** ||x_i+1 - x_i|| for the pictures at(t) along a way of so many legs; each leg's steps lie on it whole. */
export function paceOf(at, legs) {
  const steps = STEPS * legs, changes = [];
  let before = at(0);
  for (let k = 1; k <= steps; k++) {
    const next = at(k / steps);
    let sum = 0;
    for (let i = 0; i < next.length; i++) sum += (next[i] - before[i]) ** 2;
    changes.push(Math.sqrt(sum));
    before = next;
  }
  return changes;
}

/** The standard deviation of the steps over their mean. */
export function unevenness(changes) {
  const mean = changes.reduce((sum, value) => sum + value, 0) / changes.length;
  const variance = changes.reduce((sum, value) => sum + (value - mean) ** 2, 0) / changes.length;
  return mean > STILL ? Math.sqrt(variance) / mean : 0;
}

/** There is no way: nothing changes along it. */
export function erasePace(canvas) {
  canvas.paces = null;
  erase(canvas);
  canvas.parentElement.querySelector(".legend").replaceChildren();
}

/** Draw canvas.paces, {path: changes}: the chosen path's line strong, the others' faint. */
export function drawPace(canvas, chosen) {
  const { paces } = canvas;
  if (!paces || !canvas.clientWidth) return; // nothing to show, or another tab is open
  const kinds = Object.keys(paces);
  const scale = window.devicePixelRatio || 1, { clientWidth: width, clientHeight: height } = canvas;
  Object.assign(canvas, { width: Math.round(scale * width), height: Math.round(scale * height) });
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  const most = Math.max(...kinds.flatMap((kind) => paces[kind])) || 1;
  for (const kind of [...kinds.filter((one) => one !== chosen), ...kinds.filter((one) => one === chosen)]) {
    context.globalAlpha = kind === chosen ? 1 : 0.6;
    context.strokeStyle = COLOURS[kind];
    context.lineWidth = kind === chosen ? 2.5 : 1.5;
    context.beginPath();
    paces[kind].forEach((value, k) => {
      const x = ((k + 0.5) / paces[kind].length) * width;
      context.lineTo(x, height - 3 - (value / most) * (height - 8));
    });
    context.stroke();
  }
  const told = kinds.map((kind) => `${PATHS[kind]} ±${Math.round(100 * unevenness(paces[kind]))} %`);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `How much the picture changes from step to step: ${told.join(", ")}`);
  const legend = canvas.parentElement.querySelector(".legend");
  legend.replaceChildren(
    ...kinds.map((kind, k) => {
      const item = document.createElement("span");
      item.style.setProperty("--path-colour", COLOURS[kind]);
      item.classList.toggle("chosen", kind === chosen);
      item.textContent = told[k];
      return item;
    }),
  );
}
