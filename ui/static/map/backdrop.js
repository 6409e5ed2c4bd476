// The plane itself, painted as a grid of decoded digits: it comes bit by bit and never keeps the pointer waiting.

import { makeStamp, paint } from "../draw/raster.js";
import { idleQueue } from "../draw/schedule.js";

const CELL = 28; // pixels of the page for each digit, at least
const MOST = 600; // digits
const COARSE_TO_FINE = [4, 2, 1]; // cells that share a digit, each way: the plane is covered at once, then refined
const SAME = 1e-4; // z has not left the plane when it moved less than this off it

/** Paints `canvas`, under the map of `view`, while `isWanted()`. */
export function makeBackdrop(canvas, view, { explorer, signal }, isWanted) {
  const context = canvas.getContext("2d");
  const stamp = makeStamp();
  let painted = null; // what the canvas shows: {plane, its part from start to end, residual of z}

  const queue = idleQueue(() => {
    if (!isWanted() || !view.drawn) return [];
    const { left, top, width, height } = view.area();
    const cell = Math.max(CELL, Math.sqrt((width * height) / MOST));
    const columns = Math.max(1, Math.round(width / cell)),
      lines = Math.max(1, Math.round(height / cell));
    const z = explorer.z,
      plane = view.plane,
      model = explorer.model;
    const scale = window.devicePixelRatio || 1;
    const start = view.at(left, top),
      end = view.at(left + width, top + height);
    painted = { plane, start, end, residual: plane.residual(z) };
    Object.assign(canvas.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
      transform: "",
    });
    canvas.dataset.cells = 0;
    const between = (k, share) => start[k] + share * (end[k] - start[k]);
    const paintBlock = (column, line, size) => {
      const right = column + size,
        bottom = line + size; // the canvas cuts off what reaches beyond it
      const point = [between(0, (column + right) / 2 / columns), between(1, (line + bottom) / 2 / lines)];
      paint(stamp, explorer.decode(plane.lift(point, z)));
      const across = (k) => Math.round((k * width * scale) / columns),
        down = (k) => Math.round((k * height * scale) / lines);
      context.drawImage(stamp, across(column), down(line), across(right) - across(column), down(bottom) - down(line));
    };
    const jobs = COARSE_TO_FINE.flatMap((size) =>
      blocks(columns, lines, size).map(([column, line]) => () => {
        if (explorer.model !== model || view.plane !== plane || view.frozen) return;
        paintBlock(column, line, size);
        if (size === 1) canvas.dataset.cells = Number(canvas.dataset.cells) + 1;
      }),
    );
    const clear = () => {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      context.imageSmoothingEnabled = false;
    };
    return [clear, ...jobs];
  }, signal);

  return {
    /** Paint anew, once it is quiet. */
    refresh() {
      canvas.hidden = !isWanted();
      canvas.dataset.cells = 0;
      queue();
    },
    /** z has moved: only where it left the plane does the backdrop change. */
    follow() {
      if (!isWanted() || !painted || painted.plane !== view.plane) return;
      const residual = view.plane.residual(explorer.z);
      if (residual.some((value, i) => Math.abs(value - painted.residual[i]) > SAME)) queue();
    },
    /** The map is being moved: the painting moves with it until it is painted anew. */
    move() {
      if (!isWanted() || !view.drawn || painted?.plane !== view.plane) return;
      const [left, top] = view.pixels(painted.start),
        [right, bottom] = view.pixels(painted.end);
      const { offsetWidth: width, offsetHeight: height } = canvas;
      canvas.style.transform = `translate(${left - canvas.offsetLeft}px, ${top - canvas.offsetTop}px) scale(${(right - left) / width}, ${(bottom - top) / height})`;
    },
  };
}

/** Where blocks of so many cells each way begin, [column, line], to cover all of them. */
function blocks(columns, lines, size) {
  const all = [];
  for (let line = 0; line < lines; line += size)
    for (let column = 0; column < columns; column += size) all.push([column, line]);
  return all;
}
