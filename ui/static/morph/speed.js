// How much the image changes at each step of a path: its speed. An even path feels even.

import { make } from "../draw/dom.js";
import { erase, sized } from "../draw/raster.js";
import { PATHS } from "../state/link.js";

const STEPS = 24; // of each leg
const STILL = 0.01; // an image that changes less than that at each step does not change
const COLOURS = { linear: "#b45309", spherical: "#0f766e", geodesic: "#4f46e5" };

/** Where on a path of so many legs its images are compared: each leg's steps lie on it whole. */
export const placesOf = (legs) => Array.from({ length: STEPS * legs + 1 }, (_, k) => k / (STEPS * legs));

/** The standard deviation of the steps over their mean. */
function unevenness(changes) {
  const mean = changes.reduce((sum, value) => sum + value, 0) / changes.length;
  const variance = changes.reduce((sum, value) => sum + (value - mean) ** 2, 0) / changes.length;
  return mean > STILL ? Math.sqrt(variance) / mean : 0;
}

/** There is no path: nothing changes along it. */
export function eraseSpeeds(canvas, legend, t) {
  erase(canvas, t("speed.none"));
  legend.replaceChildren();
}

/** Draw {path: changes} on a canvas: the chosen path's line strong, the others' faint; and their unevenness in the legend. */
export function drawSpeeds(canvas, legend, speeds, chosen, t) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const kinds = PATHS.filter((kind) => speeds[kind]);
  if (!kinds.length || !width) return; // nothing to show, or another tab is open
  const context = sized(canvas, width, height);
  const most = Math.max(...kinds.flatMap((kind) => speeds[kind])) || 1;
  for (const kind of [...kinds.filter((one) => one !== chosen), ...kinds.filter((one) => one === chosen)]) {
    context.globalAlpha = kind === chosen ? 1 : 0.6;
    context.strokeStyle = COLOURS[kind];
    context.lineWidth = kind === chosen ? 2.5 : 1.5;
    context.beginPath();
    speeds[kind].forEach((value, k) => {
      const x = ((k + 0.5) / speeds[kind].length) * width;
      context.lineTo(x, height - 3 - (value / most) * (height - 8));
    });
    context.stroke();
  }
  const told = kinds.map((kind) =>
    t("speed.legend", { path: t(`path.${kind}`), share: Math.round(100 * unevenness(speeds[kind])) }),
  );
  canvas.setAttribute("aria-label", t("speed.label", { told: told.join(", ") }));
  legend.replaceChildren(
    ...kinds.map((kind, k) => {
      const item = make("span", { textContent: told[k], className: kind === chosen ? "chosen" : "" });
      item.style.setProperty("--path-colour", COLOURS[kind]);
      return item;
    }),
  );
}
