// Taking the morph away: as an animation, a strip, or an image.

import { finder } from "../draw/dom.js";
import { save } from "../draw/files.js";
import { gif } from "../draw/gif.js";
import { makeStamp, paint } from "../draw/raster.js";

const LEG_FRAMES = 24; // of an animation, from one stop to the next
const HOLD = 4; // frames that a stop is shown for
const STRIP = 12; // images in a strip

export function mount(element, { explorer, host, t, signal }) {
  const { stops } = explorer;
  const find = finder(element);
  const format = find(".format"),
    size = find(".size"),
    get = find(".get"),
    note = find(".note");
  const isPossible = () => stops.found && (host.can.animate || format.value !== "webp");
  const webp = find("[value=webp]");
  webp.disabled = !host.can.animate; // no browser writes an animated one
  if (webp.disabled) webp.textContent = t("export.webp.server");
  const offer = () => {
    get.disabled = !isPossible();
  };
  explorer.on("path", offer, { signal });
  explorer.on("model", offer, { signal });
  format.addEventListener("change", offer);

  get.addEventListener("click", async () => {
    get.disabled = true;
    note.textContent = t("export.writing");
    const name = nameOf(format.value); // of the morph that is asked for, whatever is chosen meanwhile
    try {
      save(await fileOf(format.value, Number(size.value)), name);
      note.textContent = "";
    } catch (error) {
      note.textContent = t("export.failed", { detail: error.message });
    } finally {
      offer();
    }
  });

  /** A file of the morph: "gif", "webp", "strip-png" or "png", its images so many pixels wide. */
  async function fileOf(kind, side) {
    if (kind === "png") return blobOf([stops.z()], side);
    if (kind === "strip-png")
      return blobOf(
        Array.from({ length: STRIP }, (_, k) => stops.z(stops.frame(k, STRIP))),
        side,
      );
    if (kind === "gif")
      return gif(
        animation(stops).map((z) => explorer.decode(z).slice()),
        side,
      );
    const question = { model: explorer.model.name, format: kind, side, z: animation(stops).map((z) => Array.from(z)) };
    const { problem, type, data } = await host.ask("animate", question);
    if (problem) throw new Error(t(problem.code, problem));
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    return new Blob([bytes], { type });
  }

  /** Decoded images side by side, as a PNG file. */
  function blobOf(path, side) {
    const small = Object.assign(makeStamp(), { width: 28 * path.length });
    for (const [k, z] of path.entries()) paint(small, explorer.decode(z), 28 * k);
    const large = Object.assign(document.createElement("canvas"), { width: side * path.length, height: side });
    const context = large.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, large.width, large.height);
    return new Promise((resolve) => large.toBlob(resolve, "image/png"));
  }

  function nameOf(kind) {
    const path = { linear: "straight" }[stops.path] ?? stops.path;
    const morph = `morph-${stops.names.join("").toLowerCase()}-${path}-${explorer.model.name}`;
    return morph + ({ "strip-png": "-strip.png", png: `-t${stops.t.toFixed(2)}.png` }[kind] ?? `.${kind}`);
  }
}

/** What an animation shows in turn: there and back between two stops, once around with more; each stop a little longer. */
export function animation(stops) {
  const legs = stops.legs.length,
    forth = [];
  for (let leg = 0; leg < legs; leg++) {
    for (let k = 0; k < HOLD; k++) forth.push(stops.z(leg / legs));
    for (let k = 1; k < LEG_FRAMES; k++) forth.push(stops.z((leg + k / LEG_FRAMES) / legs));
  }
  if (legs > 1) return forth;
  for (let k = 0; k < HOLD; k++) forth.push(stops.z(1));
  return [...forth, ...forth.slice(HOLD, -HOLD).reverse()];
}
