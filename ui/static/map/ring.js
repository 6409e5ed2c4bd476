// The ring that says how far z lies off the plane of the map.

import { within } from "./view.js";

const LEAST = 0.05; // a ring smaller than that would hide under the marker
const TOO_LARGE = 0.45; // of the map's shorter side: it stands for one that could not be seen

/**
 * Where the ring is, for z at `marker` of the plane: {center, radius} in pixels, to scale around the marker; or where none of
 * that could be seen on the map, one of a fixed size around the place of the map that is nearest to it; null where z is on
 * the plane.
 */
export function ringOf(view, off, marker) {
  if (off <= LEAST) return null;
  const { left, top, width, height } = view.area(),
    [x, y] = view.pixels(marker);
  const near = within(view.area(), [x, y]);
  const far = [x - left > width / 2 ? left : left + width, y - top > height / 2 ? top : top + height];
  const radius = Math.abs(view.pixels([off, 0])[0] - view.pixels([0, 0])[0]);
  const toScale = Math.hypot(x - near[0], y - near[1]) < radius && radius < Math.hypot(x - far[0], y - far[1]);
  if (toScale) return { center: [x, y], radius, toScale };
  return { center: near, radius: TOO_LARGE * Math.min(width, height), toScale };
}

/**
 * A function that shows a ring, or none, in an <svg> over the map: it follows each movement of z, and a circle costs less
 * than to draw and to blend a canvas as large as the map.
 */
export function makeRing(svg, view) {
  const circle = svg.querySelector("circle");
  return (ring) => {
    svg.toggleAttribute("hidden", !ring);
    if (!ring) return;
    const { left, top, width, height } = view.area(); // what is beyond is cut off
    for (const [side, value] of Object.entries({ left, top, width, height })) svg.style[side] = `${value}px`;
    circle.style.stroke = view.ink; // the map may be painted black on a light page
    circle.setAttribute("cx", ring.center[0] - left);
    circle.setAttribute("cy", ring.center[1] - top);
    circle.setAttribute("r", ring.radius);
    circle.setAttribute("stroke-dasharray", ring.toScale ? "3 5" : "1 9");
  };
}
