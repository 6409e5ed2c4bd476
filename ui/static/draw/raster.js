// Puts decoded pictures on canvases: white ink on black, one canvas pixel for one picture pixel.

const SIDE = 28;

/** Draw x [784] in [0, 1] with its left edge at `left` (in picture pixels). */
export function paint(canvas, x, left = 0) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < x.length; i++) {
    image.data[4 * i] = image.data[4 * i + 1] = image.data[4 * i + 2] = Math.round(255 * x[i]);
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, left, 0);
}

/** Leave a canvas blank, and say so. */
export function erase(canvas, text = "") {
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  delete canvas.dataset.z;
  canvas.setAttribute("aria-label", text);
}

/** Note on a canvas which z it shows, for programs (data-z) and for those who hear the page (aria-label). */
export function describe(canvas, z, text) {
  canvas.dataset.z = JSON.stringify(Array.from(z, (value) => Number(value.toFixed(4))));
  canvas.setAttribute("aria-label", text);
}

/** The context of a canvas that covers so much of the page: empty, in the screen's own pixels, measured in the page's. */
export function sized(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
