// What belongs to no single component: the start, the keys for undo, and a sentence on hover for Gradio's own controls.

import { explorer } from "./explorer.js";
import { linked } from "./keep.js";

const HELP = {
  "#model": "Chooses the model; each keeps its own z.",
  "#random": "Draws z from the prior N(0, I), times the temperature.",
  "#like-data": "Draws z from where the codes of real pictures lie: a mixture of Gaussians fitted to them.",
  "#reset": "Sets z to 0, where the prior is densest.",
  "#undo": "Takes z one step back (Ctrl+Z).",
  "#redo": "Takes z one step forward again (Ctrl+Shift+Z).",
  "#temperature": "Scales the next random z: 1 draws as it is, less stays nearer to the middle, more goes farther out.",
};

/** Open the first of the models, and listen to the page. */
export function start(models, first) {
  const shared = linked(location.hash);
  explorer.linked = models.find(({ name }) => name === shared?.model)?.name; // which the chooser then shows
  explorer.start(models, explorer.linked ?? first);
  if (shared) bringBack(shared);
  window.addEventListener("hashchange", () => linked(location.hash) && location.reload()); // a link, pasted over this page
  explorer.on("history", ({ undo, redo }) => {
    document.body.dataset.undo = undo; // Gradio may not have built the buttons yet: the style sheet dims them
    document.body.dataset.redo = redo;
    document.querySelector("#undo")?.setAttribute("aria-disabled", !undo);
    document.querySelector("#redo")?.setAttribute("aria-disabled", !redo);
  });
  document.addEventListener("pointerover", ({ target }) => {
    for (const [selector, sentence] of Object.entries(HELP)) {
      const control = target.closest(selector);
      if (control) control.title = sentence;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.matches("input:not([type=range]), textarea")) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) explorer.redo();
    else explorer.undo();
  });
}

/** A link to a morph was opened: its model is there or coming; then its stops, and the tab that shows them. */
function bringBack({ model, restore }) {
  let done = false;
  explorer.on("model", ({ name }) => {
    if (done) return;
    done = true;
    const whole = name === model && restore();
    const sentence = "The link to a morph is damaged, or its model is not here: you can begin a new one.";
    if (!whole) setTimeout(() => explorer.tell(sentence)); // after the model's figures have been written there
    else whenThere("#morph-button", (button) => button.click());
  });
}

/** Call fn with an element as soon as Gradio has built it. */
function whenThere(selector, fn) {
  const found = document.querySelector(selector);
  if (found) return fn(found);
  requestAnimationFrame(() => whenThere(selector, fn));
}
