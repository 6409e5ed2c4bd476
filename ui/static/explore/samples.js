// Many draws at once, from the prior or like the data: what Random and Like data give, and what the temperature does.

import { finder } from "../draw/dom.js";
import { putImages } from "../draw/raster.js";
import { isShown, whileSeen } from "../draw/schedule.js";
import { joined, same } from "../maths/latent.js";
import { fill } from "../state/words.js";

const SIDE = 8; // samples in a row, as many rows

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const canvas = find("canvas"),
    here = find(".here");
  let drawn = []; // the samples that are shown
  let seen = false;
  let cursor = 0; // sample that the arrow keys have come to

  const images = explorer.images(({ image }, { samples }) => {
    drawn = samples;
    putImages(canvas, image, SIDE);
    canvas.dataset.drawn = drawn.length;
    canvas.classList.remove("blank");
    mark();
  }, signal);

  function follow() {
    if (!explorer.model) return;
    const { source } = explorer.state.samples;
    fill(find(".about"), t, `samples.${source}`);
    canvas.setAttribute("aria-label", t("samples.label", { about: t(`samples.${source}`) }));
    const samples = isShown(element) ? explorer.samples(SIDE * SIDE) : [];
    if (samples.length) images.ask(joined(samples), { columns: SIDE, samples, later: !seen });
  }

  /** Show which of them z is, or while the keyboard chooses, which it would take. */
  function mark() {
    const isChoosing = canvas.matches(":focus-visible");
    const at = isChoosing ? cursor : drawn.findIndex((z) => same(z, explorer.z));
    if (here.hidden !== at < 0) here.hidden = at < 0;
    here.style.transform = `translate(${100 * (at % SIDE)}%, ${100 * Math.floor(at / SIDE)}%)`;
  }

  function take(index) {
    if (drawn[index]) explorer.write(drawn[index]);
    cursor = index;
    mark();
  }
  canvas.addEventListener("click", ({ clientX, clientY }) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const place = (at, size) => Math.min(SIDE - 1, Math.max(0, Math.floor((SIDE * at) / size)));
    take(place(clientX - left, width) + SIDE * place(clientY - top, height));
  });
  canvas.addEventListener("keydown", (event) => {
    const column = cursor % SIDE,
      to = {
        ArrowLeft: column ? cursor - 1 : cursor,
        ArrowRight: column < SIDE - 1 ? cursor + 1 : cursor,
        ArrowUp: cursor >= SIDE ? cursor - SIDE : cursor,
        ArrowDown: cursor < SIDE * (SIDE - 1) ? cursor + SIDE : cursor,
      }[event.key];
    if (to !== undefined) cursor = to;
    else if (event.key === "Enter" || event.key === " ") take(cursor);
    else return;
    event.preventDefault();
    mark();
  });
  for (const name of ["focus", "blur"]) canvas.addEventListener(name, mark);

  for (const what of ["model", "atlas", "samples", "temperature"]) explorer.on(what, follow, { signal });
  explorer.on("z", mark, { signal });
  whileSeen(
    element,
    (isSeen) => {
      seen = isSeen;
      follow();
    },
    signal,
  );
}
