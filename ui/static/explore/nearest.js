// The test images whose codes are nearest to z, each above what the model makes of it.

import { finder, make, setText } from "../draw/dom.js";
import { paintOne } from "../draw/raster.js";

const NEAREST = 5;

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const { originals } = explorer.models;
  const neighbours = Array.from({ length: NEAREST }, () => neighbour());
  find("div").replaceChildren(...neighbours.map((one) => one.button));
  const classOf = (row) => host.classes[explorer.model.data][explorer.atlas.labels[row]];

  const images = explorer.images(({ rows, image }) => {
    neighbours.forEach((one, k) => {
      one.show(explorer.atlas ? rows[k] : undefined, image, k);
    });
  }, signal);
  explorer.on(
    "z",
    (z) => {
      if (explorer.atlas) images.ask(z, { nearest: NEAREST, columns: NEAREST });
      else for (const one of neighbours) one.show(undefined);
    },
    { signal },
  );
  async function openOriginals() {
    if (!explorer.model || !(await originals.open(explorer.model.data)) || signal.aborted) return;
    for (const one of neighbours) one.showOriginal();
  }
  explorer.on("atlas", openOriginals, { signal });
  explorer.on("back", openOriginals, { signal });

  function neighbour() {
    const original = make("canvas", { width: 28, height: 28, ariaHidden: "true", className: "original" });
    const made = make("canvas", { width: 28, height: 28, ariaHidden: "true", className: "made" });
    const name = make("span");
    const button = make("button", { type: "button", hidden: true }, original, made, name);
    let shown;
    button.addEventListener("click", () => {
      const { atlas, z } = explorer;
      if (atlas && shown !== undefined) explorer.write(atlas.mu.slice(shown * z.length, (shown + 1) * z.length));
    });
    const showOriginal = () => {
      if (shown !== undefined) originals.draw(original.getContext("2d"), explorer.model.data, shown);
    };
    return {
      button,
      showOriginal,
      show(row, image, k) {
        if (row === shown && button.hidden === (row === undefined)) return;
        shown = row;
        button.hidden = row === undefined;
        if (button.hidden) return;
        showOriginal();
        paintOne(made, image, NEAREST, k);
        button.dataset.row = row;
        setText(name, classOf(row));
        button.style.setProperty("--class-colour", host.palette[explorer.atlas.labels[row]]);
        button.title = t("nearest.help", { name: classOf(row) });
      },
    };
  }
}
