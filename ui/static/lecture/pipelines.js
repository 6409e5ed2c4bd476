// Figure 1 of the lecture: an autoencoder and a VAE with the same image, from x to x_hat, with the numbers that flow.

import { decimal, finder, make, setText } from "../draw/dom.js";
import { codeText, paint } from "../draw/raster.js";
import { titleOf } from "../state/names.js";
import { drawBars } from "./bars.js";
import { makePanel } from "./panel.js";

const TALLEST = 104, // pixels of a layer of as many units as the widest
  THINNEST = 3;

export function mount(element, page) {
  const { explorer, t, signal } = page;
  const find = finder(element);
  const { lecture } = explorer;
  let built = null; // the pair that the two rows are built for
  let ae, vae;
  let pointed = -1; // the dimension whose numbers are told

  function build({ ae: plain, vae: variational }) {
    const widest = Math.max(
      ...[plain, variational].filter(Boolean).flatMap(({ layers }) => [...layers.encoder, ...layers.decoder]),
    );
    const widthsOf = ({ encoder, decoder }) =>
      t("lecture.pipelines.widths", { widths: [encoder, decoder].map((widths) => widths.join(" → ")).join(", ") });
    const layers = (widths) =>
      make(
        "span",
        { className: "layers" },
        ...widths.map((width) => {
          const layer = make("span", { className: "layer" });
          layer.style.height = `${Math.max(THINNEST, (TALLEST * width) / widest)}px`;
          return layer;
        }),
      );
    const image = (caption) => {
      const canvas = make("canvas", { className: "image", width: 28, height: 28 });
      return [canvas, make("figure", {}, canvas, make("figcaption", { textContent: caption }))];
    };
    const bars = (caption) => {
      const canvas = make("canvas", { className: "bars" });
      const point = ({ offsetX }) => {
        const { length } = lecture.now.mu;
        pointAt(Math.min(length - 1, Math.max(0, Math.floor((length * offsetX) / canvas.clientWidth))));
      };
      for (const type of ["pointermove", "pointerdown"]) canvas.addEventListener(type, point, { signal });
      return [canvas, make("figure", {}, canvas, make("figcaption", { textContent: caption }))];
    };
    const arrow = () => make("span", { className: "arrow", textContent: "→", ariaHidden: "true" });
    const join = (flow, parts) => flow.replaceChildren(...parts.flatMap((part, k) => (k ? [arrow(), part] : [part])));
    find(".ae").hidden = !plain;
    ae = vae = null;
    if (plain) {
      const [x, xBox] = image("x"),
        [h, hBox] = bars("h"),
        [x_hat, x_hatBox] = image("x̂");
      find(".ae b").textContent = titleOf(plain, t);
      find(".ae .widths").textContent = widthsOf(plain.layers);
      join(find(".ae .flow"), [xBox, layers(plain.layers.encoder), hBox, layers(plain.layers.decoder), x_hatBox]);
      ae = { x, h, x_hat };
    }
    const [x, xBox] = image("x"),
      [mu, muBox] = bars("μ"),
      [std, stdBox] = bars("σ"),
      [z, zBox] = bars("z = μ + ε ⊙ σ"),
      [x_hat, x_hatBox] = image("x̂");
    find(".vae b").textContent = titleOf(variational, t);
    find(".vae .widths").textContent = widthsOf(variational.layers);
    join(find(".vae .flow"), [
      xBox,
      layers(variational.layers.encoder),
      muBox,
      stdBox,
      zBox,
      layers(variational.layers.decoder),
      x_hatBox,
    ]);
    vae = { x, mu, std, z, x_hat };
  }

  /** Say the numbers of a dimension; those that are drawn with it are marked. */
  function pointAt(dimension) {
    pointed = dimension;
    show();
  }

  function numbers({ h, mu, std, z }) {
    if (pointed < 0) return t("lecture.pipelines.numbers");
    const number = (values) => decimal(values[pointed], 2);
    const told = { place: pointed, mu: number(mu), std: number(std), z: number(z) };
    return h
      ? t("lecture.pipelines.numbers.both", { ...told, h: number(h) })
      : t("lecture.pipelines.numbers.vae", told);
  }

  function tell() {
    const { now } = lecture;
    if (!now) return false;
    if (pointed >= now.mu.length) pointed = -1;
    setText(find(".numbers"), numbers(now));
    for (const name of ["mu", "std", "eps", "z"]) element.dataset[name] = codeText(now[name]);
    if (now.h) element.dataset.h = codeText(now.h);
    return true;
  }

  function draw() {
    const { now, pair } = lecture;
    if (!now) return;
    if (built !== pair) build(pair);
    built = pair;
    if (ae) {
      paint(ae.x, now.x);
      drawBars(ae.h, now.h, { chosen: pointed });
      paint(ae.x_hat, now.plain);
    }
    paint(vae.x, now.x);
    const most = Math.max(...now.mu.map(Math.abs), ...now.z.map(Math.abs), 1);
    for (const [canvas, values] of [
      [vae.mu, now.mu],
      [vae.std, now.std],
      [vae.z, now.z],
    ])
      drawBars(canvas, values, { most, isSigned: true, chosen: pointed });
    paint(vae.x_hat, now.x_hat);
  }

  find(".again").addEventListener("click", () => lecture.drawEps());
  find(".zero").addEventListener("click", () => {
    if (lecture.now) lecture.set({ eps: new Float32Array(lecture.now.mu.length) });
  });
  const show = makePanel(element, page, tell, draw);
}
