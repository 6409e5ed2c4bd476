// A pad to draw a digit on, with mouse, finger or pen: light ink on black, as the model's own pictures are.

import { paint } from "./raster.js";

const PEN = 0.085; // of the pad's side

/** `canvas` takes strokes while wanted(); drawn(dataUrl) is called as soon as a stroke ends. */
export function makePad(canvas, { wanted, drawn }) {
  const context = canvas.getContext("2d");
  let last = null; // where the pen was, while it is down
  let pen = -1; // which pointer it is: a palm or another finger draws nothing

  const positionOf = ({ clientX, clientY }) => {
    const { left, top, width } = canvas.getBoundingClientRect(), scale = canvas.width / width;
    return [(clientX - left) * scale, (clientY - top) * scale];
  };

  function clear() {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
    canvas.classList.add("blank");
  }

  function line(from, to) {
    context.strokeStyle = "#fff";
    context.lineWidth = PEN * canvas.width;
    context.lineCap = context.lineJoin = "round";
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (last || !wanted() || event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    pen = event.pointerId;
    if (canvas.dataset.shows) clear(); // a picture that was taken from elsewhere makes room
    delete canvas.dataset.shows;
    canvas.setPointerCapture(event.pointerId);
    last = positionOf(event);
    canvas.classList.remove("blank");
    line(last, last); // a dot is a stroke, too
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last || event.pointerId !== pen) return;
    for (const moved of event.getCoalescedEvents?.() ?? [event]) {
      const next = positionOf(moved);
      line(last, next);
      last = next;
    }
  });
  const lifted = ({ pointerId }) => {
    if (!last || pointerId !== pen) return;
    last = null;
    drawn(canvas.toDataURL("image/png"));
  };
  canvas.addEventListener("pointerup", lifted);
  canvas.addEventListener("pointercancel", lifted);
  clear();

  return {
    clear() {
      clear();
      delete canvas.dataset.shows;
    },
    /** Show a picture [784] that was not drawn here. */
    show(pixels) {
      const small = Object.assign(document.createElement("canvas"), { width: 28, height: 28 });
      paint(small, pixels);
      clear();
      context.imageSmoothingEnabled = false;
      context.drawImage(small, 0, 0, canvas.width, canvas.height);
      canvas.classList.remove("blank");
      canvas.dataset.shows = "picture";
    },
  };
}
