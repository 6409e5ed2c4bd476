// Images in a square grid on one canvas, to choose from by a click or by the arrow keys and Enter.

/**
 * Let a click, or the arrow keys and Enter, take one of the images, and show by a mark which one is chosen.
 *
 * here: the element that marks one of them. side: images in a row, as many rows. chosen(): which is to be marked, or -1.
 * take(k): called with the one that is taken, counted from 0, row by row. Gives a function that marks anew.
 */
export function makeCells(canvas, here, side, { chosen, take, signal }) {
  let cursor = 0; // what the arrow keys have come to
  let last = -1; // what was chosen when it was marked

  /** Show what is chosen, or while the keyboard chooses, what it would take. */
  function mark() {
    const now = chosen();
    if (now >= 0 && now !== last) cursor = now; // something else has chosen: the keys go on from there
    last = now;
    const at = canvas.matches(":focus-visible") ? cursor : now;
    if (here.hidden !== at < 0) here.hidden = at < 0;
    here.style.transform = `translate(${100 * (at % side)}%, ${100 * Math.floor(at / side)}%)`;
  }

  function choose(index) {
    take(index);
    cursor = index;
    mark();
  }
  const listen = (name, fn) => canvas.addEventListener(name, fn, { signal });
  listen("click", ({ clientX, clientY }) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const place = (at, size) => Math.min(side - 1, Math.max(0, Math.floor((side * at) / size)));
    choose(place(clientX - left, width) + side * place(clientY - top, height));
  });
  listen("keydown", (event) => {
    const column = cursor % side,
      to = {
        ArrowLeft: column ? cursor - 1 : cursor,
        ArrowRight: column < side - 1 ? cursor + 1 : cursor,
        ArrowUp: cursor >= side ? cursor - side : cursor,
        ArrowDown: cursor < side * (side - 1) ? cursor + side : cursor,
      }[event.key];
    if (to !== undefined) cursor = to;
    else if (event.key === "Enter" || event.key === " ") choose(cursor);
    else return;
    event.preventDefault();
    mark();
  });
  for (const name of ["focus", "blur"]) listen(name, mark);
  return mark;
}
