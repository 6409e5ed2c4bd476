// A pad to draw a digit on, with mouse, finger or pen: light ink on black, as the model's own images are. What is drawn is a
// list of strokes, each a list of points x, y, x, y ... in shares of the pad's side.

import { arrowMove } from "./keys.js";
import { makeStamp, paint } from "./raster.js";

const PEN = 0.085; // of the pad's side
const STEP = 0.04,
  SMALL_STEP = 0.01; // of it, that an arrow key moves the pen by, without and with Shift

/**
 * `canvas` takes strokes while wanted(); drawn(strokes, {isDone}) is called when the first point of a stroke is there, at most
 * once a frame while it grows, and when it is done.
 */
export function makePad(canvas, { wanted, drawn, signal }) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let pen = -1; // the pointer that draws: a palm or another finger draws nothing
  let strokes = []; // what is on the pad, as long as it was drawn here
  let frame = 0;

  const isDrawing = () => pen >= 0 || down;
  const positionOf = ({ clientX, clientY }) => {
    const { left, top, width } = canvas.getBoundingClientRect();
    return [clientX, clientY].map((value, i) => Number(((value - (i ? top : left)) / width).toFixed(4)));
  };

  function blank() {
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
    canvas.classList.add("blank");
    strokes = [];
  }

  /** Draw a stroke from its k-th point on; a point alone is a dot. */
  function line(stroke, k = 0) {
    const side = canvas.width,
      points = stroke.slice(2 * k).map((value) => value * side);
    Object.assign(context, { strokeStyle: "#fff", fillStyle: "#fff", lineWidth: PEN * side });
    Object.assign(context, { lineCap: "round", lineJoin: "round" });
    context.setLineDash([]);
    context.beginPath();
    if (points.length === 2) {
      context.arc(...points, (PEN * side) / 2, 0, 2 * Math.PI);
      context.fill();
    } else {
      for (let i = 0; i < points.length; i += 2) context.lineTo(points[i], points[i + 1]);
      context.stroke();
    }
    canvas.classList.remove("blank");
  }

  function tell(isDone) {
    cancelAnimationFrame(frame);
    frame = 0;
    drawn(
      strokes.map((stroke) => stroke.slice()),
      { isDone },
    );
  }

  canvas.addEventListener(
    "pointerdown",
    (event) => {
      if (down) liftNib();
      if (isDrawing() || !wanted() || event.button !== 0 || !event.isPrimary) return;
      event.preventDefault();
      canvas.focus({ preventScroll: true });
      pen = event.pointerId;
      canvas.setPointerCapture(pen);
      if (!strokes.length) blank(); // an image that was taken from elsewhere makes room
      strokes.push(positionOf(event));
      line(strokes.at(-1));
      tell(false);
    },
    { signal },
  );
  canvas.addEventListener(
    "pointermove",
    (event) => {
      if (event.pointerId !== pen) return;
      const moves = event.getCoalescedEvents?.() ?? [];
      const stroke = strokes.at(-1),
        before = stroke.length / 2 - 1;
      for (const moved of moves.length ? moves : [event]) stroke.push(...positionOf(moved));
      line(stroke, before);
      frame ||= requestAnimationFrame(() => tell(false));
    },
    { signal },
  );
  const lifted = ({ pointerId }) => {
    if (pointerId !== pen) return;
    pen = -1;
    tell(true);
  };

  // By keyboard: the arrow keys move a nib, Space puts it down and lifts it

  const nib = Object.assign(document.createElement("span"), { className: "nib", hidden: true });
  canvas.after(nib);
  let at = null; // [x, y] of the nib, once a key has moved it
  let down = false;

  function showNib() {
    nib.hidden = false;
    nib.classList.toggle("down", down);
    const { offsetLeft, offsetTop, clientWidth } = canvas;
    nib.style.left = `${offsetLeft + at[0] * clientWidth}px`;
    nib.style.top = `${offsetTop + at[1] * clientWidth}px`;
  }

  function liftNib() {
    if (down) tell(true);
    down = false;
    nib.hidden = true;
  }

  canvas.addEventListener(
    "keydown",
    (event) => {
      if (!wanted() || pen >= 0 || event.altKey || event.ctrlKey || event.metaKey) return;
      const step = event.shiftKey ? SMALL_STEP : STEP;
      const move = arrowMove(event, step);
      if (move) {
        at = (at ?? [0.5, 0.3]).map((value, i) => Number(Math.min(1, Math.max(0, value + move[i])).toFixed(4)));
        if (down) {
          strokes.at(-1).push(...at);
          line(strokes.at(-1), strokes.at(-1).length / 2 - 2);
          frame ||= requestAnimationFrame(() => tell(false));
        }
      } else if (event.key === " " || event.key === "Enter") {
        at ??= [0.5, 0.3];
        down = !down;
        if (down) {
          if (!strokes.length) blank(); // an image that was taken from elsewhere makes room
          strokes.push([...at]);
          line(strokes.at(-1));
        }
        tell(!down);
      } else if (event.key === "Escape" && down) {
        liftNib();
      } else return;
      event.preventDefault();
      if (event.key !== "Escape") showNib();
    },
    { signal },
  );
  canvas.addEventListener("blur", liftNib, { signal });
  canvas.addEventListener("pointerup", lifted, { signal });
  canvas.addEventListener("pointercancel", lifted, { signal });
  signal.addEventListener("abort", () => cancelAnimationFrame(frame));
  blank();

  return {
    /** The ink on the pad: {values [side * side] in [0, 1], width, height}. */
    get ink() {
      const { width, height } = canvas,
        { data } = context.getImageData(0, 0, width, height);
      const values = new Float32Array(width * height);
      for (let i = 0; i < values.length; i++) values[i] = data[4 * i] / 255;
      return { values, width, height };
    },
    clear() {
      if (!isDrawing()) blank();
    },
    /** Show strokes that were drawn before. */
    load(others) {
      if (pen >= 0 || JSON.stringify(others) === JSON.stringify(strokes)) return;
      blank();
      down = false; // undo has taken the stroke of the nib
      if (at && !nib.hidden) showNib();
      for (const stroke of others) line(stroke);
      strokes = others.map((stroke) => stroke.slice());
    },
    /** Show an image [784] that was not drawn here. */
    show(pixels) {
      if (isDrawing()) return;
      const small = makeStamp();
      paint(small, pixels);
      blank();
      context.imageSmoothingEnabled = false;
      context.drawImage(small, 0, 0, canvas.width, canvas.height);
      canvas.classList.remove("blank");
    },
  };
}
