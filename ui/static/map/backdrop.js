// The plane itself, painted as a grid of decoded digits: coarse while z moves it, fine once z rests.

import { putOn } from "../draw/raster.js";
import { afterRest } from "../draw/schedule.js";
import { joined } from "../maths/latent.js";
import { cellsOf, makeSheet } from "./sheet.js";

const CELL = 28; // pixels of the page for each digit, at least
const MOST = 600; // digits
const COARSE_TO_FINE = [4, 2, 1]; // cells that share a digit, each way: the plane is covered at once, then refined,
const PART = 64; // so many digits at a time
const SAME = 1e-4; // z has not left the plane when it moved less than this off it

/** Paints `canvas`, under the map of `view`, while `isWanted()`. */
export function makeBackdrop(canvas, view, { explorer, signal }, isWanted) {
  const sheet = makeSheet(canvas, view);
  let painted = null; // what is to be shown: see cellsOf, {model, z, residual of z}
  const stamps = document.createElement("canvas"); // images as they come, to be drawn in their places
  const queues = COARSE_TO_FINE.map((size) => explorer.images((answer, ask) => draw(answer, ask, size), signal));
  let shown = null, // what is drawn on the canvas,
    context = null; // and what draws there
  let rest = []; // blocks of the finer levels that are still to come, [{size, blocks}]

  /** The coarsest blocks at once: they follow z. The finer ones once z rests. */
  function paint() {
    if (!isWanted() || !view.drawn) return;
    const { z, model } = explorer;
    painted = { ...cellsOf(view, CELL, MOST), model, z, residual: view.plane.residual(z) };
    rest = [];
    ask(0, blocks(painted.columns, painted.lines, COARSE_TO_FINE[0]));
    refine();
  }

  const refine = afterRest(() => {
    if (!isWanted() || !painted) return;
    rest = COARSE_TO_FINE.slice(1).flatMap((size, k) =>
      inParts(blocks(painted.columns, painted.lines, size)).map((part) => ({ level: k + 1, part })),
    );
    next();
  }, signal);

  /** Ask for the next of the finer blocks. */
  function next() {
    const { level, part } = rest.shift() ?? {};
    if (part) ask(level, part, true);
  }

  function ask(level, part, later = false) {
    const { start, end, columns, lines, plane, z } = painted,
      size = COARSE_TO_FINE[level];
    const between = (k, share) => start[k] + share * (end[k] - start[k]);
    const codes = part.map(([column, line]) =>
      plane.lift([between(0, (column + size / 2) / columns), between(1, (line + size / 2) / lines)], z),
    );
    queues[level].ask(joined(codes), { columns: part.length, later, part, painted });
  }

  /** Draw the images of some blocks, each of which is so many cells wide and high. */
  function draw({ image }, { part, later, painted: own }, size) {
    if (own.plane !== view.plane || own.model !== explorer.model || view.frozen || (later && own !== painted)) return;
    if (own !== shown) {
      shown = own;
      context = sheet.begin(own);
      canvas.dataset.cells = 0;
    }
    putOn(stamps, image, part.length);
    const { columns, lines } = own;
    const across = (k) => Math.round((k * canvas.width) / columns),
      down = (k) => Math.round((k * canvas.height) / lines);
    part.forEach(([column, line], k) => {
      const [left, top, right, bottom] = [across(column), down(line), across(column + size), down(line + size)];
      context.drawImage(stamps, 28 * k, 0, 28, 28, left, top, right - left, bottom - top); // the canvas cuts off what reaches beyond it
    });
    if (size === 1) canvas.dataset.cells = Number(canvas.dataset.cells) + part.length;
    if (later && own === painted) next();
  }

  return {
    /** Paint anew. */
    refresh() {
      canvas.hidden = !isWanted();
      canvas.dataset.cells = 0;
      if (isWanted()) paint();
      else painted = null;
    },
    /** z has moved: only where it left the plane does the backdrop change. */
    follow() {
      if (!isWanted() || !painted || painted.plane !== view.plane) return;
      const residual = view.plane.residual(explorer.z);
      if (residual.some((value, i) => Math.abs(value - painted.residual[i]) > SAME)) paint();
    },
    /** The map is being moved: the painting moves with it until it is painted anew. */
    move() {
      if (isWanted()) sheet.move();
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

/** A list in parts of at most PART. */
const inParts = (all) =>
  Array.from({ length: Math.ceil(all.length / PART) }, (_, k) => all.slice(PART * k, PART * (k + 1)));
