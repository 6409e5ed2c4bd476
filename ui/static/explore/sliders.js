// One slider for each latent dimension, the most informative first, over a strip of what it does to the digit.

import { decimal, finder, make } from "../draw/dom.js";
import { numberField } from "../draw/number.js";
import { codeText, putImages } from "../draw/raster.js";
import { afterRest, isShown, whenLetGo, whileSeen } from "../draw/schedule.js";
import { frameUnder } from "../draw/strip.js";
import { reachOf } from "../maths/ranges.js";
import { termButton } from "../state/words.js";

const LIMIT = 4; // sliders go from -4 to 4, or farther where codes do
const FEW = 6; // sliders, that leave room below them
const FRAMES = 9; // images in a strip, each decoded at the slider's value above its middle
const REACH = 0.98; // of the codes of a plain autoencoder, which have long tails, lie within a slider's limits

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const collapsed = find(".collapsed");
  let rows = [];
  let ended = new AbortController(); // of the rows of one model
  let hand = 0; // place of the row that was moved last: what lies next to it is drawn first

  /** Draw the strips that can be seen at the present z. */
  function drawStrips() {
    for (let away = 0; away < rows.length; away++) {
      for (const place of away ? [hand - away, hand + away] : [hand]) rows[place]?.follow(explorer.z);
    }
    drawOthers();
  }

  /** The strips that are to be scrolled to, once z rests. */
  const drawOthers = afterRest(() => {
    for (const row of rows) if (isShown(row.element)) row.follow(explorer.z, { later: true });
  }, signal);

  explorer.on(
    "model",
    ({ kl_per_dim, active_units, span, variational }) => {
      const order = kl_per_dim.map((_, index) => index).sort((a, b) => kl_per_dim[b] - kl_per_dim[a]);
      const limit = Math.max(LIMIT, Math.ceil(span));
      ended.abort();
      ended = new AbortController();
      hand = 0;
      rows = order.map((index, place) => sliderRow(index, place, variational ? kl_per_dim[index] : null, limit));
      element.classList.toggle("few", rows.length <= FEW);
      const shown = variational ? active_units : rows.length; // without a KL there is no saying which tell nothing
      find(".active").replaceChildren(...rows.slice(0, shown).map((row) => row.element));
      const folded = rows.slice(shown);
      collapsed.hidden = find(".folded > .ask").hidden = !folded.length;
      find(".collapsed summary").textContent = t("sliders.collapsed", { count: folded.length });
      find(".collapsed div").replaceChildren(...folded.map((row) => row.element));
    },
    { signal },
  );
  explorer.on(
    "atlas",
    ({ mu }) => {
      if (explorer.model.variational) return;
      const limit = Math.max(LIMIT, Math.ceil(reachOf(mu, REACH)));
      for (const row of rows) row.reach(limit);
      drawStrips();
    },
    { signal },
  );
  explorer.on(
    "z",
    (z) => {
      for (const row of rows) row.show(z[row.index]);
      drawStrips();
    },
    { signal },
  );
  collapsed.addEventListener("toggle", drawOthers, { signal });
  signal.addEventListener("abort", () => ended.abort());

  /** Slider, number and strip of one dimension; kl is null where there is none. */
  function sliderRow(index, place, kl, limit) {
    const name = make(
      "span",
      { className: "name", title: t("slider.name.help", { index }) },
      "z",
      make("sub", {}, String(index)),
    );
    const nats = make("span", { className: "nats", title: t("slider.nats.help") });
    if (kl !== null) nats.textContent = t("slider.nats", { value: decimal(kl, kl < 0.1 ? 2 : kl < 100 ? 1 : 0) });
    if (!place) name.append(termButton("dimension", t)); // a term is explained at its first place
    if (!place && kl !== null) nats.append(termButton("nats", t));
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
      className: "blank",
      width: 28 * FRAMES,
      height: 28,
      ariaHidden: "true",
      title: t("slider.strip.help"),
    });
    const row = make("div", { id: `z-${index}`, className: "dimension" }, name, nats, range, number, canvas);
    let asked = null; // the z that the strip was last asked for: what it is along its own dimension makes no difference
    let seen = false;
    const images = explorer.images(({ image }, { code }) => {
      putImages(canvas, image, FRAMES);
      canvas.dataset.z = code;
      canvas.classList.remove("blank");
    }, ended.signal);

    range.addEventListener("input", () => {
      hand = place;
      explorer.writeOne(index, range.valueAsNumber, `z-${index}`);
    });
    whenLetGo(range, () => explorer.settle(), ended.signal);
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

    /** Ask for the strip at z, if it can be seen, or `later` all the same, and shows another. */
    function follow(z, { later = false } = {}) {
      if (!(seen || later) || !z || (asked && z.every((value, i) => i === index || value === asked[i]))) return;
      asked = z;
      const along = new Float32Array(FRAMES * z.length);
      for (let frame = 0; frame < FRAMES; frame++) {
        along.set(z, frame * z.length);
        along[frame * z.length + index] = frameValue(frame, limit);
      }
      images.ask(along, { columns: FRAMES, code: codeText(z), later: later && !seen });
    }
    whileSeen(
      row,
      (isSeen) => {
        seen = isSeen;
        follow(explorer.z);
      },
      ended.signal,
    );

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
        asked = null;
      },
      follow,
    };
  }
}

const format = (value) => String(Number(value.toFixed(2)));

/** The slider's value above the middle of a strip's image. */
const frameValue = (frame, limit) => limit * ((2 * frame + 1) / FRAMES - 1);
