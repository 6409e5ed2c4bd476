// Many draws at once, from the prior or like the data: what Random and Like data give, and what the temperature does.

import { makeCells } from "../draw/cells.js";
import { finder } from "../draw/dom.js";
import { putImages } from "../draw/raster.js";
import { isShown, whileSeen } from "../draw/schedule.js";
import { joined, same } from "../maths/latent.js";
import { fill } from "../state/words.js";

const SIDE = 8; // samples in a row, as many rows

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const canvas = find("canvas");
  let drawn = []; // the samples that are shown

  const mark = makeCells(canvas, find(".here"), SIDE, {
    chosen: () => drawn.findIndex((z) => same(z, explorer.z)),
    take: (index) => drawn[index] && explorer.write(drawn[index]),
    signal,
  });
  const images = explorer.images(({ image }, { samples }) => {
    drawn = samples;
    putImages(canvas, image, SIDE);
    canvas.dataset.drawn = drawn.length;
    canvas.classList.remove("blank");
    mark();
  }, signal);

  const isSeen = whileSeen(element, follow, signal);
  function follow() {
    if (!explorer.model) return;
    const { source } = explorer.state.samples;
    fill(find(".about"), t, `samples.${source}`);
    canvas.setAttribute("aria-label", t("samples.label", { about: t(`samples.${source}`) }));
    const samples = isShown(element) ? explorer.samples(SIDE * SIDE) : [];
    if (samples.length) images.ask(joined(samples), { columns: SIDE, samples, later: !isSeen() });
  }

  for (const what of ["model", "atlas", "samples", "temperature"]) explorer.on(what, follow, { signal });
  explorer.on("z", mark, { signal });
}
