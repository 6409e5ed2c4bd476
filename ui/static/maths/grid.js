// Finds the point of a plane that is nearest to a place, without looking at all of them.

/** Points in square cells, to find the nearest one without looking at all of them. */
export function grid(points, isWanted) {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    left = Math.min(left, points[i]);
    right = Math.max(right, points[i]);
    bottom = Math.min(bottom, points[i + 1]);
    top = Math.max(top, points[i + 1]);
  }
  const side = Math.max(right - left, top - bottom, 1e-9) / Math.max(1, Math.sqrt(points.length / 8)); // a few in each
  const cells = new Map();
  const key = (column, line) => column * 65536 + line;
  const columns = Math.floor((right - left) / side),
    lines = Math.floor((top - bottom) / side);
  for (let row = 0; 2 * row < points.length; row++) {
    if (!isWanted(row)) continue;
    const cell = key(Math.floor((points[2 * row] - left) / side), Math.floor((points[2 * row + 1] - bottom) / side));
    if (cells.has(cell)) cells.get(cell).push(row);
    else cells.set(cell, [row]);
  }
  /** The row of the point nearest to (x, y), no farther than reach; -1 where there is none. */
  return ([x, y], reach) => {
    let best = -1,
      least = reach * reach;
    const from = (value, origin) => Math.max(0, Math.floor((value - reach - origin) / side));
    const to = (value, origin, last) => Math.min(last, Math.floor((value + reach - origin) / side));
    for (let column = from(x, left); column <= to(x, left, columns); column++) {
      for (let line = from(y, bottom); line <= to(y, bottom, lines); line++) {
        for (const row of cells.get(key(column, line)) ?? []) {
          const distance = (points[2 * row] - x) ** 2 + (points[2 * row + 1] - y) ** 2;
          if (distance <= least) [best, least] = [row, distance];
        }
      }
    }
    return best;
  };
}
