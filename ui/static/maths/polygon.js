// What lies within a polygon: pure functions.

/** Whether a point [x, y] lies within a polygon [[x, y], ...], by the even-odd rule. */
export function isWithin([x, y], polygon) {
  let inside = false;
  for (let k = 0, before = polygon.length - 1; k < polygon.length; before = k++) {
    const [x0, y0] = polygon[before],
      [x1, y1] = polygon[k];
    if (y0 > y !== y1 > y && x < x0 + ((x1 - x0) * (y - y0)) / (y1 - y0)) inside = !inside;
  }
  return inside;
}

/** The corners of the box from one corner to the opposite one. */
export const boxOf = ([x0, y0], [x1, y1]) => [
  [x0, y0],
  [x1, y0],
  [x1, y1],
  [x0, y1],
];
