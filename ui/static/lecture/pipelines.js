// Figure 1 of the lecture: an autoencoder and a VAE with the same image, from x to x_hat, with the numbers that flow.

import { finder, make } from "../draw/dom.js";
import { codeText, paint } from "../draw/raster.js";
import { titleOf } from "../state/names.js";
import { drawBars } from "./bars.js";
import { makePanel } from "./panel.js";

const TALLEST = 104, // pixels of a layer of as many units as the widest
  THINNEST = 3;

export function mount(element, page) {
  const { explorer, t } = page;
  const find = finder(element);
  const { lecture } = explorer;
  let built = null; // the pair that the two rows are built for
  let ae, vae;

  function build({ ae: plain, vae: variational }) {
    const widest = Math.max(
      ...[plain, variational].filter(Boolean).flatMap(({ layers }) => [...layers.encoder, ...layers.decoder]),
    );
    const layers = (widths) =>
      make(
        "span",
        { className: "layers", title: t("lecture.pipelines.widths", { widths: widths.join(" → ") }) },
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
      join(find(".ae .flow"), [xBox, layers(plain.layers.encoder), hBox, layers(plain.layers.decoder), x_hatBox]);
      ae = { x, h, x_hat };
    }
    const [x, xBox] = image("x"),
      [mu, muBox] = bars("μ"),
      [std, stdBox] = bars("σ"),
      [z, zBox] = bars("z = μ + ε ⊙ σ"),
      [x_hat, x_hatBox] = image("x̂");
    find(".vae b").textContent = titleOf(variational, t);
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

  function tell() {
    const { now } = lecture;
    if (!now) return false;
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
      drawBars(ae.h, now.h);
      paint(ae.x_hat, now.plain);
    }
    paint(vae.x, now.x);
    const most = Math.max(...now.mu.map(Math.abs), ...now.z.map(Math.abs), 1);
    drawBars(vae.mu, now.mu, { most });
    drawBars(vae.std, now.std, { most });
    drawBars(vae.z, now.z, { most });
    paint(vae.x_hat, now.x_hat);
  }

  find(".again").addEventListener("click", () => lecture.drawEps());
  find(".zero").addEventListener("click", () => {
    if (lecture.now) lecture.set({ eps: new Float32Array(lecture.now.mu.length) });
  });
  makePanel(element, page, tell, draw);
}
