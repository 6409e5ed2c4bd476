// Figure 7 of the lecture: from one digit to another, in a VAE, in a plain autoencoder, and by fading one image into the other.

import { decimal, finder, make, setText } from "../draw/dom.js";
import { paint, putOn } from "../draw/raster.js";
import { joined, lerp } from "../maths/latent.js";
import { inColumns } from "../maths/work.js";
import { titleOf } from "../state/names.js";
import { makePanel } from "./panel.js";

const FRAMES = 11;
const PRESETS = [
  [5, 2], // shows it
  [3, 8], // the lecture's own
  [1, 0],
];

export function mount(element, page) {
  const { explorer, host, t, signal } = page;
  const find = finder(element);
  const { lecture, models } = explorer;
  const range = find("[type=range]");
  const rows = ["vae", "ae", "fade"].map((kind) => {
    const about = make("p", { className: "small" });
    const frame = make("canvas", { className: "image", width: 28, height: 28 });
    const strip = make("canvas", {
      className: "strip",
      width: 28 * FRAMES,
      height: 28,
      role: "img",
      ariaLabel: t("page.waiting"),
    });
    const row = make("div", { className: kind }, about, frame, strip);
    find(".rows").append(row);
    return { kind, row, about, frame, strip };
  });
  let key = ""; // what the strips show
  let paths = null; // the images from one end to the other, {vae(t), ae(t), fade(t)}

  const firstOf = (label) => explorer.atlas.labels.indexOf(label);
  /** The rows of the two test images. */
  const ends = () => lecture.state.ends ?? PRESETS[0].map(firstOf);

  function tell() {
    const { pair, state } = lecture;
    if (!pair?.vae || !explorer.atlas) return false;
    Object.assign(element.dataset, { at: state.t.toFixed(4), ends: JSON.stringify(ends()) });
    offer();
    range.value = state.t;
    setText(find("output"), decimal(state.t, 2));
    return true;
  }

  function draw() {
    const { pair, state } = lecture;
    if (!pair?.vae || !explorer.atlas) return;
    const next = `${ends()} ${pair.vae.name} ${pair.ae?.name}`;
    const isNew = next !== key;
    if (isNew) {
      const [a, b] = ends().map((row) => models.originals.image(explorer.model.data, row));
      if (!a || !b) return;
      const fade = (share) => lerp(a, b, share);
      paths = { vae: path(pair.vae, a, b), ae: pair.ae && path(pair.ae, a, b), fade };
      key = next;
    }
    for (const { kind, row, about, frame, strip } of rows) {
      row.hidden = !paths[kind];
      if (row.hidden) continue;
      paint(frame, paths[kind](state.t));
      if (!isNew) continue;
      const images = Array.from({ length: FRAMES }, (_, k) => paths[kind](k / (FRAMES - 1)));
      putOn(strip, inColumns(joined(images), FRAMES), FRAMES);
      const words = t(`lecture.morph.${kind}`, { name: pair[kind] && titleOf(pair[kind], t) });
      about.textContent = words;
      strip.setAttribute("aria-label", words);
    }
  }

  /** The images along the straight line between two codes. */
  function path({ encode, decode }, a, b) {
    const [from, to] = [encode(a).mu, encode(b).mu];
    return (share) => decode(lerp(from, to, share));
  }

  let offered = null;
  function offer() {
    const { data } = explorer.model;
    if (offered !== data) {
      const names = host.classes[data];
      const buttons = PRESETS.map((pair) => {
        const button = make("button", { type: "button", textContent: pair.map((label) => names[label]).join(" → ") });
        button.addEventListener("click", () => lecture.set({ ends: pair.map(firstOf) }));
        return button;
      });
      find(".presets").replaceChildren(...buttons);
    }
    offered = data;
    [...find(".presets").children].forEach((button, k) => {
      button.setAttribute("aria-pressed", String(PRESETS[k].map(firstOf).join() === ends().join()));
    });
  }

  range.addEventListener("input", () => lecture.set({ t: range.valueAsNumber }));
  const show = makePanel(element, page, tell, draw);
  explorer.on("atlas", () => show(), { signal });
}
