// The hints of the first visit, one at a time, beside what they speak of: what carries data-hint. A hint goes when it is
// closed, by Escape, or when a person does what it says; then the next one comes whose subject is in view.

import { finder } from "../draw/dom.js";
import { isShown, oncePerFrame } from "../draw/schedule.js";
import { leastInTheWay, put } from "./place.js";

const IN_VIEW = 40; // pixels of a subject, at least: what is out of sight has no hint
// What is done to a subject when its hint is followed, within which part of it
const FOLLOWED = { slider: ["input", "input"], map: ["pointermove", ".plot"], draw: ["pointerdown", ".board"] };
const USED = "button, select, input, canvas, label, summary, .plot, .note"; // what a hint had better not lie on

export function mount(box, { explorer, t, signal }) {
  const page = box.parentElement;
  const find = finder(box);
  let shown = null; // name of the hint

  const subject = (name) => page.querySelector(`[data-hint="${name}"]`);

  /** The rectangle of a subject, or where it has no box of its own, of all that it holds. */
  function rectangleOf(name) {
    const element = subject(name);
    if (isShown(element)) return element.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(element);
    return range.getBoundingClientRect();
  }

  function isInView(name) {
    const { top, bottom } = rectangleOf(name);
    const seen = Math.min(bottom, document.documentElement.clientHeight) - Math.max(top, 0);
    return seen > 0 && seen >= Math.min(IN_VIEW, bottom - top);
  }

  /** Show the hint that is due, where it is in nobody's way. */
  const show = oncePerFrame(() => {
    if (signal.aborted) return;
    const { hints, model, state } = explorer;
    // They tell what can be done on Explore: who reads elsewhere is left in peace
    const name = (model && state.tab === "explore" && hints.find(isInView)) || null;
    if (name !== shown) {
      shown = name;
      if (!name) hide();
      else {
        box.hidden = false;
        box.showPopover?.(); // above all that scrolls or is cut off
        box.dataset.shown = name;
        const isTouched = name === "map" && matchMedia("(hover: none)").matches;
        find("p").textContent = t(isTouched ? "hint.map.touch" : `hint.${name}`);
      }
    }
    if (!name) return;
    const others = [...page.querySelectorAll(USED)].filter((one) => !box.contains(one) && isShown(one));
    const rectangles = others.map((one) => one.getBoundingClientRect());
    put(box, ...leastInTheWay(box, rectangleOf(name), rectangles));
  });

  function hide() {
    if (box.hidden) return;
    box.hidePopover?.();
    box.hidden = true;
    delete box.dataset.shown;
  }

  const leave = (name) => explorer.setHints(explorer.hints.filter((one) => one !== name));

  find("button").addEventListener("click", () => leave(shown), { signal });
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape" && shown && !page.querySelector("dialog[open]")) leave(shown);
    },
    { signal },
  );
  for (const [name, [type, part]] of Object.entries(FOLLOWED)) {
    const followed = ({ target }) =>
      shown === name &&
      target instanceof Element &&
      subject(name)?.contains(target) &&
      target.closest(part) &&
      leave(name);
    page.addEventListener(type, followed, { signal });
  }
  explorer.on("tab", (tab) => tab === "morph" && explorer.hints.includes("morph") && leave("morph"), { signal });
  for (const what of ["hints", "tab", "model"]) explorer.on(what, show, { signal });
  window.addEventListener("scroll", show, { signal, capture: true, passive: true });
  const observer = new ResizeObserver(show);
  observer.observe(document.documentElement);
  observer.observe(page);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    hide();
  });
}
