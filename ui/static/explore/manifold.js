// What the latent plane of a 2-D model decodes to, everywhere at once. A model with more dimensions has no such picture.

import { makeCells } from "../draw/cells.js";
import { finder } from "../draw/dom.js";
import { putImages } from "../draw/raster.js";
import { isShown, whileSeen } from "../draw/schedule.js";
import { GRID, manifold, manifoldAxes, manifoldCell } from "../maths/manifold.js";
import { fill } from "../state/words.js";

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const canvas = find("canvas");
  let asked = null; // the atlas of the images that were asked for
  let shown = null; // {z [GRID * GRID, 2], axes} of the images on the canvas

  const mark = makeCells(canvas, find(".here"), GRID, {
    chosen: () => (shown && explorer.z?.length === 2 ? manifoldCell(explorer.z, shown.axes) : -1),
    take: (index) => shown && explorer.write(shown.z.slice(2 * index, 2 * index + 2)),
    signal,
  });
  const images = explorer.images(({ image }, { own }) => {
    shown = own;
    putImages(canvas, image, GRID);
    canvas.dataset.drawn = String(GRID * GRID);
    canvas.classList.remove("blank");
    mark();
  }, signal);

  const isSeen = whileSeen(element, follow, signal);
  function follow() {
    const { model, atlas } = explorer;
    element.hidden = model?.latent_dim !== 2;
    if (element.hidden || !atlas || atlas === asked || !isShown(element)) return;
    asked = atlas;
    const { axes, source } = manifoldAxes(atlas.mu, model.variational);
    fill(find(".about"), t, `manifold.${source}`);
    canvas.setAttribute("aria-label", t("manifold.label", { about: t(`manifold.${source}`) }));
    const z = manifold(axes);
    images.ask(z, { columns: GRID, own: { z, axes }, later: !isSeen() });
  }

  explorer.on(
    "model",
    () => {
      asked = shown = null;
      canvas.classList.add("blank");
      canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
      delete canvas.dataset.drawn;
      mark();
      follow();
    },
    { signal },
  );
  explorer.on("atlas", follow, { signal });
  explorer.on("z", mark, { signal });
}
