// The list of what the keyboard does, under "?".

import { makeDialog } from "../draw/dialog.js";
import { finder, make } from "../draw/dom.js";
import { isTyping } from "../draw/keys.js";

const KEYS = [
  "help",
  "tab",
  "undo",
  "redo",
  "slider",
  "map",
  "corner",
  "class",
  "wheel",
  "pad",
  "box",
  "strip",
  "close",
];

export function mount(element, { t, signal }) {
  const find = finder(element);
  const { open } = makeDialog(find(".open"), find("dialog"), { signal });
  const caps = (key) => t(key).split(" ");
  const rows = KEYS.flatMap((name) => [
    make("dt", {}, ...caps(`keys.${name}`).map((cap) => make(/^[+–]$/.test(cap) ? "span" : "kbd", {}, cap))),
    make("dd", {}, t(`keys.${name}.does`)),
  ]);
  find("dl").replaceChildren(...rows);
  document.addEventListener(
    "keydown",
    (event) => {
      const { key, ctrlKey, metaKey, altKey } = event;
      if (key === "?" && !isTyping(event) && !ctrlKey && !metaKey && !altKey) open();
    },
    { signal },
  );
}
