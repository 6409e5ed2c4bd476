// The test images themselves, on the map: in each cell of a grid the one whose code lies nearest to the cell's middle.

import { cellsOf, makeSheet } from "./sheet.js";

const CELL = 28; // pixels of the page for each image

/** Draws on `canvas`, over the points of `view`, while `isWanted()`. */
export function makeOriginals(canvas, view, { explorer, signal }, isWanted) {
  const { originals } = explorer.models;
  const sheet = makeSheet(canvas, view);

  async function draw() {
    const { data } = explorer.model;
    if (!(await originals.open(data)) || signal.aborted) return;
    if (!isWanted() || !view.drawn || explorer.model.data !== data) return;
    const place = cellsOf(view, CELL),
      { start, end, columns, lines, area } = place;
    const context = sheet.begin(place);
    const { width, height } = canvas;
    context.clearRect(0, 0, width, height);
    const reach = Math.max(Math.abs(end[0] - start[0]) / columns, Math.abs(end[1] - start[1]) / lines) / 2;
    const scale = width / area.width;
    let drawn = 0;
    for (let line = 0; line < lines; line++) {
      for (let column = 0; column < columns; column++) {
        const [x, y] = [(column + 0.5) / columns, (line + 0.5) / lines];
        const row = view.nearestRow([start[0] + x * (end[0] - start[0]), start[1] + y * (end[1] - start[1])], reach);
        if (row < 0) continue;
        const side = Math.floor(Math.min(width / columns, height / lines, CELL * scale * 2));
        originals.draw(
          context,
          data,
          row,
          Math.round(x * width - side / 2),
          Math.round(y * height - side / 2),
          side,
          side,
        );
        drawn++;
      }
    }
    canvas.dataset.drawn = drawn;
  }

  return {
    refresh() {
      canvas.hidden = !isWanted();
      if (isWanted() && view.drawn) draw();
    },
    move: sheet.move,
  };
}
