// One slider for each latent dimension, the most informative first, over a strip of what it does to the digit.

import { decimal, finder, make } from "../draw/dom.js";
import { numberField } from "../draw/number.js";
import { paint } from "../draw/raster.js";
import { idleQueue, isShown, whenShown } from "../draw/schedule.js";
import { frameUnder } from "../draw/strip.js";

const LIMIT = 4; // sliders go from -4 to 4, or farther where codes do
const FRAMES = 9; // images in a strip, each decoded at the slider's value above its middle
const REACH = 0.98; // of the codes of a plain autoencoder, which have long tails, lie within a slider's limits

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const collapsed = find(".collapsed");
  let rows = [];
  const refreshStrips = idleQueue(() => {
    const { z, model } = explorer;
    return rows.filter((row) => isShown(row.element)).map((row) => () => explorer.model === model && row.strip(z));
  }, signal);

  explorer.on(
    "model",
    ({ kl_per_dim, active_units, span, variational }) => {
      const order = kl_per_dim.map((_, index) => index).sort((a, b) => kl_per_dim[b] - kl_per_dim[a]);
      const limit = Math.max(LIMIT, Math.ceil(span));
      rows = order.map((index) => sliderRow(index, variational ? kl_per_dim[index] : null, limit));
      const shown = variational ? active_units : rows.length; // without a KL there is no saying which tell nothing
      find(".active").replaceChildren(...rows.slice(0, shown).map((row) => row.element));
      const folded = rows.slice(shown);
      collapsed.hidden = !folded.length;
      find(".collapsed summary").textContent = t("sliders.collapsed", { count: folded.length });
      find(".collapsed div").replaceChildren(...folded.map((row) => row.element));
    },
    { signal },
  );
  explorer.on(
    "atlas",
    ({ mu }) => {
      if (explorer.model.variational) return;
      const sizes = mu.map(Math.abs).sort();
      const limit = Math.max(LIMIT, Math.ceil(sizes[Math.floor(REACH * sizes.length)]));
      for (const row of rows) row.reach(limit);
      refreshStrips();
    },
    { signal },
  );
  explorer.on(
    "z",
    (z) => {
      for (const row of rows) row.show(z[row.index]);
      refreshStrips();
    },
    { signal },
  );
  collapsed.addEventListener("toggle", refreshStrips, { signal });
  whenShown(element, refreshStrips, signal); // what was hidden has not followed

  /** Slider, number and strip of one dimension; kl is null where there is none. */
  function sliderRow(index, kl, limit) {
    const name = make(
      "span",
      { className: "name", title: t("slider.name.help", { index }) },
      "z",
      make("sub", {}, String(index)),
    );
    const nats = make("span", { className: "nats", title: t("slider.nats.help") });
    if (kl !== null) nats.textContent = t("slider.nats", { value: decimal(kl, kl < 0.1 ? 2 : 1) });
    const range = make("input", {
      type: "range",
      min: -limit,
      max: limit,
      step: 0.01,
      value: 0,
      ariaLabel: `z ${index}`,
    });
    const number = make("input", {
      type: "number",
      step: 0.1,
      value: 0,
      ariaLabel: t("slider.typed", { index }),
      title: t("slider.typed.help"),
    });
    const canvas = make("canvas", {
      width: 28 * FRAMES,
      height: 28,
      ariaHidden: "true",
      title: t("slider.strip.help"),
    });
    const row = make("div", { id: `z-${index}`, className: "dimension" }, name, nats, range, number, canvas);

    range.addEventListener("input", () => explorer.writeOne(index, range.valueAsNumber, `z-${index}`));
    range.addEventListener("change", () => explorer.settle());
    numberField(number, {
      refused: t("number.refused"),
      signal,
      typed: (value) => explorer.writeOne(index, value, `z-${index}-typed`),
      entered() {
        explorer.settle();
        number.value = format(explorer.z[index]);
      },
    });
    canvas.addEventListener("click", (event) => explorer.writeOne(index, frameValue(frameUnder(event, FRAMES), limit)));

    return {
      index,
      element: row,
      show(value) {
        const text = format(value);
        if (range.value !== text) range.value = text;
        if (number !== document.activeElement && number.value !== text) number.value = text;
      },
      reach(farther) {
        limit = farther;
        range.min = String(-limit);
        range.max = String(limit);
        range.value = number.value;
      },
      strip(z) {
        const along = z.slice();
        for (let frame = 0; frame < FRAMES; frame++) {
          along[index] = frameValue(frame, limit);
          paint(canvas, explorer.decode(along), 28 * frame);
        }
      },
    };
  }
}

const format = (value) => String(Number(value.toFixed(2)));

/** The slider's value above the middle of a strip's image. */
const frameValue = (frame, limit) => limit * ((2 * frame + 1) / FRAMES - 1);
