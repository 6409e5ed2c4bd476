// The plane itself, painted as a grid of decoded digits: it comes bit by bit and never keeps the pointer waiting.

import { explorer } from "./explorer.js";
import { paint } from "./raster.js";
import { idleQueue } from "./schedule.js";

const CELL = 28; // pixels of the page for each digit, at least
const MOST = 600; // digits
const SAME = 1e-4; // z has not left the plane when it moved less than this off it

/** Paints `canvas`, under the map of `view`, while `isWanted()`. Gives {refresh, follow, move}. */
export function makeBackdrop(canvas, view, isWanted) {
  const context = canvas.getContext("2d");
  const stamp = document.createElement("canvas");
  stamp.width = stamp.height = 28;
  let painted = null; // what the canvas shows: {plane, its part from start to end, residual of z}

  const queue = idleQueue(() => {
    if (!isWanted() || !view.drawn) return [];
    const { left, top, width, height } = view.area();
    const cell = Math.max(CELL, Math.sqrt((width * height) / MOST));
    const columns = Math.max(1, Math.round(width / cell)), lines = Math.max(1, Math.round(height / cell));
    const z = explorer.z, plane = view.plane, model = explorer.model;
    const scale = window.devicePixelRatio || 1;
    const start = view.at(left, top), end = view.at(left + width, top + height);
    painted = { plane, start, end, residual: plane.residual(z) };
    Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px`, transform: "" });
    canvas.dataset.cells = 0;
    const jobs = interlaced(columns, lines).map(([column, line]) => () => {
      if (explorer.model !== model || view.plane !== plane || view.frozen) return;
      const between = (k, share) => start[k] + share * (end[k] - start[k]);
      const point = [between(0, (column + 0.5) / columns), between(1, (line + 0.5) / lines)];
      paint(stamp, explorer.decode(plane.lift(point, z)));
      const [x, y] = [Math.round((column * width * scale) / columns), Math.round((line * height * scale) / lines)];
      const [right, bottom] = [Math.round(((column + 1) * width * scale) / columns), Math.round(((line + 1) * height * scale) / lines)];
      context.drawImage(stamp, x, y, right - x, bottom - y);
      canvas.dataset.cells = Number(canvas.dataset.cells) + 1;
    });
    const clear = () => {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      context.imageSmoothingEnabled = false;
    };
    return [clear, ...jobs];
  });

  return {
    /** Paint anew, once it is quiet. */
    refresh() {
      canvas.hidden = !isWanted();
      queue();
    },
    /** z has moved: only where it left the plane does the backdrop change. */
    follow() {
      if (!isWanted() || !painted || painted.plane !== view.plane) return;
      const residual = view.plane.residual(explorer.z);
      if (residual.some((value, i) => Math.abs(value - painted.residual[i]) > SAME)) queue();
    },
    /** The map is being moved: the picture moves with it until it is painted anew. */
    move() {
      if (!isWanted() || !view.drawn || painted?.plane !== view.plane) return;
      const [left, top] = view.pixels(painted.start), [right, bottom] = view.pixels(painted.end);
      const { offsetWidth: width, offsetHeight: height } = canvas;
      canvas.style.transform =
        `translate(${left - canvas.offsetLeft}px, ${top - canvas.offsetTop}px) scale(${(right - left) / width}, ${(bottom - top) / height})`;
    },
  };
}

/** All cells, the coarse picture first: every fourth of every fourth line, then those between. */
function interlaced(columns, lines) {
  const cells = [];
  for (let line = 0; line < lines; line++) for (let column = 0; column < columns; column++) cells.push([column, line]);
  const rank = ([column, line]) => (column % 4 || line % 4 ? (column % 2 || line % 2 ? 2 : 1) : 0);
  return [0, 1, 2].flatMap((wanted) => cells.filter((cell) => rank(cell) === wanted));
}
