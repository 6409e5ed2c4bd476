// Puts decoded images on canvases: white ink on black, one canvas pixel for one pixel of the image.

const SIDE = 28;

/** Draw x [784] in [0, 1] with its left edge at `left` and its top at `top`, in the image's pixels. */
export function paint(canvas, x, left = 0, top = 0) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < x.length; i++) {
    const grey = Math.round(255 * x[i]);
    image.data[4 * i] = image.data[4 * i + 1] = image.data[4 * i + 2] = grey;
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, left, top);
}

/** Put images that lie side by side as RGBA bytes, so many in a row, on a canvas. */
export function putImages(canvas, bytes, columns) {
  canvas.getContext("2d").putImageData(new ImageData(bytes, SIDE * columns), 0, 0);
}

/** Put one row of such images on a canvas, which is made wide enough for them. */
export function putOn(canvas, bytes, columns) {
  if (canvas.width < SIDE * columns) canvas.width = SIDE * columns;
  if (canvas.height !== SIDE) canvas.height = SIDE;
  putImages(canvas, bytes, columns);
}

/** Put the k-th of such images on a canvas of its own. */
export function paintOne(canvas, bytes, columns, k) {
  const image = new ImageData(bytes, SIDE * columns);
  const left = SIDE * (k % columns),
    top = SIDE * Math.floor(k / columns);
  canvas.getContext("2d").putImageData(image, -left, -top, left, top, SIDE, SIDE);
}

/** A canvas of one image, not on the page. */
export const makeStamp = () => Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });

/** Leave a canvas blank, and say what will be there. */
export function erase(canvas, text) {
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  delete canvas.dataset.z;
  canvas.setAttribute("aria-label", text);
}

/** Note on a canvas which z it shows, for programs (data-z) and for those who hear the page (aria-label). */
export function describe(canvas, z, text) {
  canvas.dataset.z = codeText(z);
  canvas.setAttribute("aria-label", text);
}

let lastCode = { z: null, text: "" }; // the same z is told on many canvases

/** A z as a JSON list with four decimals. */
export function codeText(z) {
  if (lastCode.z !== z) {
    lastCode = { z, text: JSON.stringify(Array.from(z, (value) => Number(value.toFixed(4)))) };
  }
  return lastCode.text;
}

/**
 * The context of a canvas of that size in the page's pixels: empty and as if new, in the screen's own pixels, measured in
 * the page's.
 */
export function sized(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  const context = canvas.getContext("2d");
  if (canvas.width !== across || canvas.height !== down || !context.reset)
    Object.assign(canvas, { width: across, height: down });
  else context.reset(); // of line widths, dashes and fonts, too
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}
