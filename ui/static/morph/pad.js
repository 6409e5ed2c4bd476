// A pad to draw a digit on, with mouse, finger or pen: light ink on black, as the model's own images are.

import { makeStamp, paint } from "../draw/raster.js";

const PEN = 0.085; // of the pad's side

/** `canvas` takes strokes while wanted(); drawn(dataUrl) is called as soon as a stroke ends. */
export function makePad(canvas, { wanted, drawn, signal }) {
  const context = canvas.getContext("2d");
  let last = null; // where the pen was, while it is down
  let pen = -1; // which pointer it is: a palm or another finger draws nothing
  let drawing = null; // data URL of what was drawn here, null where the pad shows something else

  const positionOf = ({ clientX, clientY }) => {
    const { left, top, width } = canvas.getBoundingClientRect(),
      scale = canvas.width / width;
    return [(clientX - left) * scale, (clientY - top) * scale];
  };

  function blank() {
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

  canvas.addEventListener(
    "pointerdown",
    (event) => {
      if (last || !wanted() || event.button !== 0 || !event.isPrimary) return;
      event.preventDefault();
      canvas.focus({ preventScroll: true });
      pen = event.pointerId;
      if (drawing === null) blank(); // an image that was taken from elsewhere makes room
      canvas.setPointerCapture(event.pointerId);
      last = positionOf(event);
      canvas.classList.remove("blank");
      line(last, last); // a dot is a stroke, too
    },
    { signal },
  );
  canvas.addEventListener(
    "pointermove",
    (event) => {
      if (!last || event.pointerId !== pen) return;
      const moves = event.getCoalescedEvents?.() ?? [];
      for (const moved of moves.length ? moves : [event]) {
        const next = positionOf(moved);
        line(last, next);
        last = next;
      }
    },
    { signal },
  );
  const lifted = ({ pointerId }) => {
    if (!last || pointerId !== pen) return;
    last = null;
    drawing = canvas.toDataURL("image/png");
    drawn(drawing);
  };
  canvas.addEventListener("pointerup", lifted, { signal });
  canvas.addEventListener("pointercancel", lifted, { signal });
  blank();

  return {
    clear() {
      if (last) return; // the pen is down
      drawing = null;
      blank();
    },
    /** Show a drawing that was made here before. */
    async load(dataUrl) {
      if (dataUrl === drawing || last) return;
      drawing = dataUrl;
      const image = Object.assign(new Image(), { src: dataUrl });
      await image.decode();
      if (drawing !== dataUrl) return; // something else was drawn meanwhile
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(image, 0, 0);
      canvas.classList.remove("blank");
    },
    /** Show an image [784] that was not drawn here. */
    show(pixels) {
      if (last) return;
      const small = makeStamp();
      paint(small, pixels);
      blank();
      context.imageSmoothingEnabled = false;
      context.drawImage(small, 0, 0, canvas.width, canvas.height);
      canvas.classList.remove("blank");
      drawing = null;
    },
  };
}
