// The pins: a small gallery of places that a person keeps. A click goes there, of whichever model; the one that z is at can be
// named and removed. They are taken away as JSON or CSV, and brought back.

import { finder, make, setText } from "../draw/dom.js";
import { save } from "../draw/files.js";
import { describe, erase, paint } from "../draw/raster.js";
import { isSamePin, mergedPins, nameOf, pinsFromCsv, pinsFromJson, pinsToCsv, pinsToJson } from "../state/pins.js";

const LARGEST_FILE = 1e6; // bytes; 60 pins have a tenth of that

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const gallery = find(".gallery"),
    current = find(".current"),
    field = find(".current input"),
    note = find(".note");
  const listen = (target, type, fn) => target.addEventListener(type, fn, { signal });

  function say(key, params = {}) {
    note.textContent = key ? t(key, params) : "";
  }

  listen(find(".pin"), "click", () => {
    const { pin, state } = explorer;
    if (pin) say("pins.there", { name: pin.name });
    else if (explorer.keep(t("pins.name", { n: state.pins.length + 1 }))) say(null);
    else if (explorer.z) say("pins.full", { count: state.pins.length });
    gallery.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // The gallery

  let shown = []; // the pins that are drawn
  function draw(pins) {
    find(".json").disabled = find(".csv").disabled = !pins.length;
    if (pins !== shown) {
      shown = pins;
      const hadFocus = gallery.contains(document.activeElement);
      gallery.replaceChildren(...pins.map(item));
      if (hadFocus) gallery.querySelector("button")?.focus();
    }
    mark();
  }

  function item(pin) {
    const known = explorer.models.get(pin.model);
    const canvas = make("canvas", { width: 28, height: 28 });
    canvas.setAttribute("role", "img");
    const label = t(known ? "pins.label" : "pins.unknown", { name: pin.name, model: pin.model });
    if (pin.x) {
      paint(canvas, pin.x);
      describe(canvas, pin.z, label);
    } else erase(canvas, label);
    const button = make(
      "button",
      { type: "button", title: label, disabled: !known },
      canvas,
      make("span", {}, pin.name),
    );
    button.addEventListener("click", () => explorer.goTo(pin));
    const own = make("div", {}, button);
    own.setAttribute("role", "listitem");
    return own;
  }

  /** Draw the pins of the chosen model that came without an image: by a link, or from a file. */
  function complete() {
    const { model, state } = explorer;
    const lacks = (pin) => !pin.x && pin.model === model?.name && pin.z.length === model.latent_dim;
    if (!state.pins.some(lacks)) return;
    const pins = state.pins.map((pin) => (lacks(pin) ? { ...pin, x: Float32Array.from(model.decode(pin.z)) } : pin));
    explorer.setPins(pins, { undoable: false });
  }

  /** Show which pin z is at. */
  function mark() {
    const { pin } = explorer;
    [...gallery.children].forEach((own, k) => {
      const isHere = pin !== undefined && shown[k] === pin;
      own.firstChild.classList.toggle("here", isHere);
      if (isHere) own.firstChild.setAttribute("aria-current", "true");
      else own.firstChild.removeAttribute("aria-current");
    });
    const isOpen = !current.hidden;
    if (isOpen === Boolean(pin) && (!pin || field.dataset.name === pin.name)) return;
    current.hidden = !pin;
    field.dataset.name = pin?.name ?? "";
    if (pin && field !== document.activeElement) field.value = pin.name;
  }

  listen(field, "change", () => {
    const { pin } = explorer;
    const name = nameOf(field.value);
    if (!pin || name === pin.name) return;
    explorer.setPins(explorer.state.pins.map((one) => (one === pin ? { ...one, name } : one)));
  });
  listen(field, "keydown", ({ key }) => key === "Enter" && field.blur());
  listen(find(".remove"), "click", () => {
    const { pin } = explorer;
    if (!pin) return;
    explorer.setPins(explorer.state.pins.filter((one) => !isSamePin(one, pin)));
    say("pins.removed", { name: pin.name });
  });

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
    const news = all.length - state.pins.length;
    if (news) explorer.setPins(all);
    complete();
    say("pins.brought", { count: news });
  }

  explorer.on("pins", draw, { signal });
  explorer.on("pins", complete, { signal });
  explorer.on("model", complete, { signal });
  explorer.on("model", mark, { signal });
  explorer.on("z", mark, { signal });
  explorer.on("z", () => note.textContent && setText(note, ""), { signal });
}
