// Taking the morph away: as an animation, a strip, a picture, or a link that brings all of it back.

import { explorer, FARTHEST } from "./explorer.js";
import { paint } from "./raster.js";
import { NAMES, PATHS, tour } from "./tour.js";

const LEG_FRAMES = 24; // of an animation, from one stop to the next
const HOLD = 4; // frames that a stop is shown for
const STRIP = 12; // pictures in a strip

export function mount(element, props, watch, trigger, server) {
  const find = (selector) => element.querySelector(selector);
  const format = find(".format"), size = find(".size"), get = find(".get"), link = find(".link"), note = find(".note");

  tour.on("way", () => {
    get.disabled = !tour.found;
    link.disabled = !tour.ready;
  });
  explorer.on("model", () => tour.changed("way"));

  get.addEventListener("click", async () => {
    get.disabled = true;
    note.textContent = "Writing the file…";
    const name = nameOf(format.value); // of the morph that is asked for, whatever is chosen meanwhile
    try {
      save(await fileOf(format.value, Number(size.value)), name);
      note.textContent = "";
    } catch (error) {
      note.textContent = `The file could not be written: ${error.message} Try again.`;
    } finally {
      get.disabled = !tour.found;
    }
  });

  link.addEventListener("click", async () => {
    const url = linkTo();
    try {
      await navigator.clipboard.writeText(url);
      note.textContent = "Copied. Whoever opens the link sees the same way between the same codes.";
    } catch {
      window.history.replaceState(null, "", url);
      note.textContent = "The link is in the address bar: copy it from there."; // no permission, or no https
    }
  });

  /** A file of the morph: "gif", "webp", "strip-png" or "png", its pictures so many pixels wide. */
  async function fileOf(kind, side) {
    if (kind === "png") return blobOf([tour.z()], side);
    if (kind === "strip-png") return blobOf(Array.from({ length: STRIP }, (_, k) => tour.z(tour.frame(k, STRIP))), side);
    const { problem, type, data } = await server.animate({
      model: explorer.model.name, format: kind, side, z: animation().map((z) => Array.from(z)),
    });
    if (problem) throw new Error(problem);
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    return new Blob([bytes], { type });
  }
}

/** What an animation shows in turn: there and back between two stops, once around with more; each stop a little longer. */
export function animation() {
  const legs = tour.legs.length, forth = [];
  for (let leg = 0; leg < legs; leg++) {
    for (let k = 0; k < HOLD; k++) forth.push(tour.z(leg / legs));
    for (let k = 1; k < LEG_FRAMES; k++) forth.push(tour.z((leg + k / LEG_FRAMES) / legs));
  }
  if (legs > 1) return forth;
  for (let k = 0; k < HOLD; k++) forth.push(tour.z(1));
  return [...forth, ...forth.slice(HOLD, -HOLD).reverse()];
}

/** Decoded pictures side by side, as a PNG file. */
function blobOf(walk, side) {
  const small = Object.assign(document.createElement("canvas"), { width: 28 * walk.length, height: 28 });
  walk.forEach((z, k) => paint(small, explorer.decode(z), 28 * k));
  const large = Object.assign(document.createElement("canvas"), { width: side * walk.length, height: side });
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, large.width, large.height);
  return new Promise((resolve) => large.toBlob(resolve, "image/png"));
}

function nameOf(kind) {
  const morph = `morph-${tour.names.join("").toLowerCase()}-${PATHS[tour.path]}-${explorer.model.name}`;
  return morph + ({ "strip-png": "-strip.png", png: `-t${tour.t.toFixed(2)}.png` }[kind] ?? `.${kind}`);
}

function save(blob, name) {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}

// The link: the model, the path, t and the stops' codes, in the part of the address that no server sees

const encode = (z) => btoa(String.fromCharCode(...new Uint8Array(Float32Array.from(z).buffer))).replaceAll("+", "-").replaceAll("/", "_");

function decode(text, size) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
  const z = new Float32Array(bytes.buffer);
  if (z.length !== size || !z.every((value) => Math.abs(value) <= FARTHEST)) throw new Error("a code of another size");
  return z;
}

/** The address of this morph. */
export function linkTo() {
  const stops = tour.names.map((name) => `${name}${encode(tour.stops[name].mu)}`).join("~");
  const parts = new URLSearchParams({ morph: explorer.model.name, path: tour.path, t: tour.t.toFixed(4), stops });
  return `${location.href.split("#")[0]}#${parts}`;
}

/** What an address holds of a morph: {model, restore()}, or null. */
export function linked(hash) {
  const parts = new URLSearchParams(hash.slice(1));
  const model = parts.get("morph");
  if (!model) return null;
  return {
    model,
    /** Bring the morph back, once its model is there; false where the link is damaged. */
    restore() {
      try {
        const codes = (parts.get("stops") ?? "").split("~").map((stop) => [stop[0], decode(stop.slice(1), explorer.z.length)]);
        if (!codes.length || codes.some(([name]) => !NAMES.includes(name))) throw new Error("no stops");
        tour.path = Object.hasOwn(PATHS, parts.get("path") ?? "") ? parts.get("path") : "linear";
        for (const [name, z] of codes) tour.take(name, z);
        const t = Number(parts.get("t"));
        tour.move(Number.isFinite(t) ? t : 0);
        return true;
      } catch {
        return false;
      }
    },
  };
}
