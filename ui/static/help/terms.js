// Explains a term, from the glossary of the strings, beside the small button that stands behind it: while the pointer is
// over it, while it has the focus, or once it is clicked or tapped.

import { finder } from "../draw/dom.js";
import { oncePerFrame } from "../draw/schedule.js";
import { placeBeside } from "./place.js";

const BUTTON = "button[data-term]";

export function mount(tip, { explorer, t, signal }) {
  const page = tip.parentElement;
  const find = finder(tip);
  let shown = null; // the button whose term is explained
  let kept = false; // by a click or the focus: the pointer may leave

  const buttonOf = ({ target }) => (target instanceof Element ? target.closest(BUTTON) : null);

  function open(button) {
    if (button !== shown) close();
    else return;
    shown = button;
    find("b").textContent = t(`term.${button.dataset.term}.name`);
    find("span").textContent = t(`term.${button.dataset.term}.text`);
    tip.hidden = false;
    tip.showPopover?.(); // above all that scrolls or is cut off; where a browser has no popovers, above the page
    button.setAttribute("aria-expanded", "true");
    button.setAttribute("aria-describedby", tip.id);
    placeBeside(tip, button.getBoundingClientRect());
  }

  function close() {
    kept = false;
    if (!shown) return;
    shown.setAttribute("aria-expanded", "false");
    shown.removeAttribute("aria-describedby");
    shown = null;
    tip.hidePopover?.();
    tip.hidden = true;
  }

  /** Keep it beside its button while the page scrolls; what is out of sight is not explained. */
  const follow = oncePerFrame(() => {
    if (!shown) return;
    const box = shown.getBoundingClientRect();
    const isSeen = shown.isConnected && box.width > 0 && box.bottom > 0 && box.top < window.innerHeight;
    if (isSeen) placeBeside(tip, box);
    else close();
  });

  const listen = (target, type, fn, options = {}) => target.addEventListener(type, fn, { signal, ...options });
  listen(page, "pointerover", (event) => {
    const button = buttonOf(event);
    if (button && event.pointerType === "mouse" && !kept) open(button);
  });
  listen(page, "pointerout", ({ relatedTarget }) => {
    const isNear = relatedTarget instanceof Node && (shown?.contains(relatedTarget) || tip.contains(relatedTarget));
    if (shown && !kept && !isNear) close();
  });
  listen(page, "focusin", (event) => {
    const button = buttonOf(event);
    if (!button) return;
    open(button);
    kept = true;
  });
  listen(page, "focusout", (event) => {
    if (buttonOf(event) && buttonOf(event) === shown) close();
  });
  listen(page, "click", (event) => {
    const button = buttonOf(event);
    if (!button) return;
    open(button);
    kept = true;
  });
  // The pointer goes down before the focus moves: a button has not opened yet what this closes
  listen(document, "pointerdown", ({ target }) => shown && !shown.contains(target) && !tip.contains(target) && close());
  listen(
    document,
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !shown) return;
      close();
      event.stopImmediatePropagation(); // one Escape closes one thing
    },
    { capture: true },
  );
  listen(window, "scroll", follow, { capture: true, passive: true });
  listen(window, "resize", follow);
  for (const what of ["model", "tab"]) explorer.on(what, close, { signal });
  signal.addEventListener("abort", close);
}
