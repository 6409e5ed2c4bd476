// The list of what the keyboard does, under "?".

import { makeDialog } from "../draw/dialog.js";
import { finder, make } from "../draw/dom.js";

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
    ({ key, target, ctrlKey, metaKey, altKey }) => {
      const isTyped =
        target instanceof Element && target.matches("input:not([type=range], [type=radio], [type=checkbox]), textarea");
      if (key === "?" && !isTyped && !ctrlKey && !metaKey && !altKey) open();
    },
    { signal },
  );
}
