// The pins: a small gallery of places that a person keeps. A click goes there, of whichever model; the one that z is at can be
// named and removed. They are taken away as JSON or CSV, and brought back.

import { finder, make, setText } from "../draw/dom.js";
import { save } from "../draw/files.js";
import { describe, erase, paint } from "../draw/raster.js";
import {
  freeName,
  isSamePin,
  MOST_PINS,
  mergedPins,
  nameOf,
  pinsFromCsv,
  pinsFromJson,
  pinsToCsv,
  pinsToJson,
} from "../state/pins.js";

const LARGEST_FILE = 1e6; // bytes; 60 pins have a tenth of that

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const gallery = find(".gallery"),
    current = find(".current"),
    field = find(".current input"),
    note = find(".note");
  const tiles = new Map(); // pin -> its tile
  let dead = null; // the pin that was clicked and cannot be gone to
  const listen = (target, type, fn) => target.addEventListener(type, fn, { signal });
  const say = (key, params = {}) => setText(note, key ? t(key, params) : "");
  const fits = ({ model, z }) => explorer.models.get(model)?.latent_dim === z.length;
  const chosen = () => dead ?? explorer.pin;

  listen(find(".pin"), "click", () => {
    const { pin, state } = explorer;
    say(null);
    dead = null;
    if (explorer.keep(freeName(state.pins, (n) => t("pins.name", { n })))) mark();
    else if (pin) say("pins.there", { name: pin.name });
    else if (explorer.z) say("pins.full", { count: MOST_PINS });
    tiles.get(explorer.pin)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // The gallery

  function draw(pins) {
    find(".json").disabled = find(".csv").disabled = !pins.length;
    for (const [pin, tile] of tiles) {
      if (pins.includes(pin)) continue;
      tiles.delete(pin);
      tile.remove();
    }
    pins.forEach((pin, k) => {
      if (!tiles.has(pin)) tiles.set(pin, makeTile(pin));
      const tile = tiles.get(pin);
      if (gallery.children[k] !== tile) gallery.insertBefore(tile, gallery.children[k] ?? null);
    });
    if (!pins.includes(dead)) dead = null;
    mark();
  }

  function makeTile(pin) {
    const { name, model, linked } = pin;
    const label = t(!fits(pin) ? "pins.unknown" : linked ? "pins.linked" : "pins.label", { name, model });
    const canvas = make("canvas", { width: 28, height: 28 });
    canvas.setAttribute("role", "img");
    if (pin.x) {
      paint(canvas, pin.x);
      describe(canvas, pin.z, label);
    } else erase(canvas, label);
    const button = make("button", { type: "button", title: label }, canvas, make("span", {}, name));
    button.classList.toggle("linked", Boolean(linked));
    button.classList.toggle("dead", !fits(pin));
    button.addEventListener("click", () => {
      say(fits(pin) ? null : "pins.unknown", { name, model });
      dead = fits(pin) ? null : pin;
      if (dead) mark();
      else explorer.goTo(pin);
    });
    button.addEventListener("keydown", ({ key }) => key === "Delete" && remove(pin));
    const tile = make("div", {}, button);
    tile.setAttribute("role", "listitem");
    return tile;
  }

  /** Draw the pins of the chosen model that came without an image: by a link, or from a file. */
  function complete() {
    const { model, state } = explorer;
    const lacks = (pin) => !pin.x && pin.model === model?.name && fits(pin);
    if (!state.pins.some(lacks)) return;
    const pins = state.pins.map((pin) => (lacks(pin) ? { ...pin, x: Float32Array.from(model.decode(pin.z)) } : pin));
    explorer.setPins(pins, { undoable: false });
  }

  let marked = null; // the pin that is shown as the chosen one
  /** Show which pin z is at, or which one was clicked in vain. */
  function mark() {
    const pin = chosen();
    if (pin === marked) return;
    marked = pin;
    for (const [other, tile] of tiles) {
      tile.firstChild.classList.toggle("here", other === pin);
      if (other === pin) tile.firstChild.setAttribute("aria-current", "true");
      else tile.firstChild.removeAttribute("aria-current");
    }
    current.hidden = !pin;
    if (pin && field !== document.activeElement) field.value = pin.name;
  }

  listen(field, "change", () => {
    const pin = chosen();
    const name = nameOf(field.value);
    if (!pin || name === pin.name) return;
    const renamed = { ...pin, name, linked: undefined };
    const pins = explorer.state.pins.map((one) => (one === pin ? renamed : one));
    if (dead) dead = renamed;
    explorer.setPins(pins);
  });
  listen(field, "keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // or the tile, which has the focus then, would be pressed by it
    field.dispatchEvent(new Event("change"));
    tiles.get(chosen())?.firstChild.focus();
  });
  listen(find(".remove"), "click", () => chosen() && remove(chosen()));

  function remove(pin) {
    const { pins } = explorer.state;
    const place = pins.indexOf(pin);
    explorer.setPins(pins.filter((one) => !isSamePin(one, pin)));
    say("pins.removed", { name: pin.name });
    const near = explorer.state.pins[place] ?? explorer.state.pins[place - 1];
    (tiles.get(near)?.firstChild ?? find(".pin")).focus(); // the keyboard goes on from there
  }

  // Files

  const offer = (text, type, name) => save(new Blob([text], { type }), name);
  listen(find(".json"), "click", () => offer(pinsToJson(explorer.state.pins), "application/json", "pins.json"));
  listen(find(".csv"), "click", () => offer(pinsToCsv(explorer.state.pins), "text/csv", "pins.csv"));
  const input = find("[type=file]");
  listen(input, "change", async () => {
    const [file] = input.files;
    input.value = ""; // so that the same file can be chosen again
    if (!file) return;
    try {
      if (file.size > LARGEST_FILE) throw new Error("too large");
      const text = await file.text();
      bring(/^\s*[{[]/.test(text) ? pinsFromJson(text) : pinsFromCsv(text));
    } catch {
      say("pins.unreadable", { name: file.name });
    }
  });

  function bring(pins) {
    const { state } = explorer;
    const all = mergedPins(state.pins, pins);
    const count = all.length - state.pins.length;
    if (count) explorer.setPins(all);
    const isFull = pins.some((pin) => !all.some((one) => isSamePin(one, pin)));
    say(isFull ? "pins.cut" : "pins.brought", { count, most: MOST_PINS });
  }

  explorer.on(
    "pins",
    (pins) => {
      draw(pins);
      complete();
    },
    { signal },
  );
  explorer.on("forgotten", () => say("pins.forgotten"), { signal });
  const redraw = () => {
    tiles.clear(); // a model has come, or another of its name
    gallery.replaceChildren();
    draw(explorer.state.pins);
  };
  explorer.on("models", redraw, { signal });
  const moved = () => {
    dead = null;
    mark();
  };
  explorer.on(
    "model",
    () => {
      complete();
      moved();
    },
    { signal },
  );
  explorer.on("z", moved, { signal });
}
