// A row of images on one canvas, to choose from.

/** Which of the images in a strip lies under the pointer, counted from 0. */
export function frameUnder({ currentTarget, clientX }, frames) {
  const { left, width } = currentTarget.getBoundingClientRect();
  return Math.min(frames - 1, Math.max(0, Math.floor(((clientX - left) / width) * frames)));
}

/** Let a click on a strip, or the arrow keys, choose one of its images: choose(k), counted from 0. */
export function makeStrip(canvas, frames, choose) {
  let chosen = -1;
  const tell = (k) => {
    chosen = k;
    canvas.setAttribute("aria-valuenow", k + 1);
    choose(k);
  };
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "slider");
  canvas.setAttribute("aria-valuemin", 1);
  canvas.setAttribute("aria-valuemax", frames);
  canvas.setAttribute("aria-valuenow", 1);
  canvas.addEventListener("click", (event) => tell(frameUnder(event, frames)));
  canvas.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: Math.max(0, chosen - 1), ArrowRight: chosen + 1, Home: 0, End: frames - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    tell(Math.min(frames - 1, to));
  });
}
