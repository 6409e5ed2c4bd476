// An image file on the board, with the box of the ink that was found, and a box that a person drags to say where to look.

import { arrowMove } from "../draw/keys.js";

const LEAST_CROP = 0.03; // of the image's side; a smaller box is a slip of the hand
export const FOUND = "#4f46e5"; // colour of the ink's box
const CROP = "#71717a", // and of the corrections'
  STEP = 0.02, // of the image's side, that an arrow key moves a box by, or with Shift its lower right corner
  LINE = 3; // pixels of a line, within as many of white on both sides together

/** Where an image of one size lies in an area of another, as large as it can be and in its middle: {left, top, width, height}. */
export function fitted(image, area) {
  const scale = Math.min(area.width / image.width, area.height / image.height);
  const [width, height] = [scale * image.width, scale * image.height];
  return { left: (area.width - width) / 2, top: (area.height - height) / 2, width, height };
}

/** Draw a box, [left, top, right, bottom] in shares of a place, in a colour that shows on any ground; the line is so wide. */
export function outline(context, [x0, y0, x1, y1], { left, top, width, height }, colour, wide) {
  for (const [line, style] of [
    [2 * wide, "#fff"],
    [wide, colour],
  ]) {
    Object.assign(context, { lineWidth: line, strokeStyle: style });
    context.strokeRect(left + x0 * width, top + y0 * height, (x1 - x0) * width, (y1 - y0) * height);
  }
}

/** A box moved by [x, y], or stretched by it, within the image. */
export function moveBox([x0, y0, x1, y1], [x, y], isStretched) {
  const within = (value, low, high) => Math.min(high, Math.max(low, value));
  if (isStretched) return [x0, y0, within(x1 + x, x0 + 2 * LEAST_CROP, 1), within(y1 + y, y0 + 2 * LEAST_CROP, 1)];
  const [dx, dy] = [within(x, -x0, 1 - x1), within(y, -y0, 1 - y1)];
  return [x0 + dx, y0 + dy, x1 + dx, y1 + dy];
}

/** `canvas` shows an image while wanted(); drawn(crop) is called with [left, top, right, bottom], in shares of it. */
export function makeBox(canvas, { wanted, drawn, signal }) {
  let picture = null; // a canvas with the image
  let crop = null; // the corrections' box,
  let found = null; // the ink's,
  let dragged = null; // and the one that is being dragged
  let start = null;

  const placed = () => fitted(picture, canvas);

  function draw() {
    if (!wanted() || !picture) return;
    const context = canvas.getContext("2d"),
      place = placed();
    canvas.classList.remove("blank");
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = true;
    context.drawImage(picture, place.left, place.top, place.width, place.height);
    context.setLineDash([10, 8]);
    if (crop) outline(context, crop, place, CROP, LINE);
    if (dragged) outline(context, dragged, place, CROP, LINE);
    context.setLineDash([]);
    if (found && !dragged) outline(context, found, place, FOUND, LINE);
  }

  const shareOf = (event) => {
    const rect = canvas.getBoundingClientRect(),
      { left, top, width, height } = placed();
    const within = (share) => Math.min(1, Math.max(0, share));
    const scale = canvas.width / rect.width;
    return [
      within(((event.clientX - rect.left) * scale - left) / width),
      within(((event.clientY - rect.top) * scale - top) / height),
    ];
  };
  function pressed(event) {
    if (!wanted() || !picture || event.button !== 0 || !event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId);
    start = shareOf(event);
  }
  function moved(event) {
    if (!start || !event.isPrimary) return;
    const [x, y] = shareOf(event);
    dragged = [Math.min(start[0], x), Math.min(start[1], y), Math.max(start[0], x), Math.max(start[1], y)];
    draw();
  }
  const released = () => {
    if (!start) return;
    const box = dragged;
    start = dragged = null;
    if (box && box[2] - box[0] > LEAST_CROP && box[3] - box[1] > LEAST_CROP) drawn(box);
    else draw();
  };
  canvas.addEventListener("pointerdown", pressed, { signal });
  canvas.addEventListener("pointermove", moved, { signal });
  canvas.addEventListener("pointerup", released, { signal });
  canvas.addEventListener("pointercancel", released, { signal });

  // By keyboard: the arrow keys move a box, with Shift they stretch it, Enter takes it
  canvas.addEventListener(
    "keydown",
    (event) => {
      if (!wanted() || !picture || start || event.altKey || event.ctrlKey || event.metaKey) return;
      const move = arrowMove(event, STEP);
      if (move) dragged = moveBox(dragged ?? crop ?? found ?? [0.25, 0.25, 0.75, 0.75], move, event.shiftKey);
      else if (event.key === "Enter" && dragged) {
        const box = dragged;
        dragged = null;
        drawn(box);
      } else if (event.key === "Escape" && dragged) dragged = null;
      else return;
      event.preventDefault();
      draw();
    },
    { signal },
  );
  const left = () => {
    if (start || !dragged) return;
    dragged = null;
    draw();
  };
  canvas.addEventListener("blur", left, { signal });

  return {
    /** Show an image (a canvas) with its boxes: the corrections', and the ink's. */
    show(image, corrected, ink) {
      [picture, crop, found] = [image, corrected, ink];
      draw();
    },
  };
}
