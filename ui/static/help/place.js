// Where a small box of a fixed position goes beside what it speaks of. Rectangles are those of getBoundingClientRect.

const GAP = 6, // pixels between both
  EDGE = 8; // and to the window's edges

/** Put a box below a rectangle, or above it where there is more room, within the window. */
export function placeBeside(box, { left, right, top, bottom }) {
  const { offsetWidth: width, offsetHeight: height } = box;
  const [across, down] = room();
  const fitsBelow = bottom + GAP + height <= down - EDGE;
  const y = fitsBelow || top < down - bottom ? bottom + GAP : top - GAP - height;
  put(box, within((left + right - width) / 2, width, across), within(y, height, down));
}

/**
 * The place [x, y] of a box beside a rectangle, not on it, where it lies on as little as can be of other rectangles; where
 * the rectangle leaves no room beside it, that of its edges that has the most.
 */
export function leastInTheWay(box, { left, right, top, bottom }, others) {
  const { offsetWidth: width, offsetHeight: height } = box;
  const [across, down] = room();
  const ys = [Math.max(top, EDGE), (top + bottom - height) / 2, Math.min(bottom, down - EDGE) - height];
  const xs = [Math.max(left, EDGE), (left + right - width) / 2, Math.min(right, across - EDGE) - width];
  const places = [
    ...xs.flatMap((x) => [top - GAP - height, bottom + GAP].map((y) => [within(x, width, across), y])),
    ...ys.flatMap((y) => [right + GAP, left - GAP - width].map((x) => [x, within(y, height, down)])),
  ].filter(([x, y]) => x >= 0 && x + width <= across && y >= 0 && y + height <= down);
  if (!places.length) return [within(left, width, across), within(top, height, down)];
  const covered = ([x, y]) =>
    others.reduce((sum, other) => {
      const wide = Math.min(x + width, other.right) - Math.max(x, other.left);
      const high = Math.min(y + height, other.bottom) - Math.max(y, other.top);
      return sum + Math.max(0, wide) * Math.max(0, high);
    }, 0);
  const costs = places.map(covered);
  return places[costs.indexOf(Math.min(...costs))];
}

/** Move a box of a fixed position, whose own place is the window's corner. */
export function put(box, x, y) {
  box.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
}

const room = () => [document.documentElement.clientWidth, document.documentElement.clientHeight];
const within = (at, size, most) => Math.max(EDGE, Math.min(most - EDGE - size, at));
