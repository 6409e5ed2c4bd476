// A finger that swipes up or down over a slider scrolls the page. Browsers set the slider's value where the finger comes down:
// here it counts once the finger has gone sideways, or was lifted where it was.

const SIDEWAYS = 6; // pixels

/** Hold back what the sliders below `root` tell until the finger has shown what it means. */
export function steadySliders(root) {
  let held = null; // {input, pointer, x, before, isMeant}
  const listen = (type, fn) => root.addEventListener(type, fn, { capture: true });
  const tell = (input, type) => input.dispatchEvent(new Event(type, { bubbles: true }));

  listen("pointerdown", ({ target, pointerType, pointerId, clientX, isPrimary }) => {
    if (pointerType !== "touch" || !isPrimary || !target.matches("input[type=range]")) return;
    held = { input: target, pointer: pointerId, x: clientX, before: target.value, isMeant: false };
  });
  listen("pointermove", ({ pointerId, clientX }) => {
    if (pointerId !== held?.pointer || held.isMeant || Math.abs(clientX - held.x) < SIDEWAYS) return;
    held.isMeant = true;
    tell(held.input, "input");
  });
  listen("pointerup", ({ pointerId }) => {
    if (pointerId !== held?.pointer) return;
    const { input, isMeant } = held;
    held = null;
    if (isMeant) return;
    tell(input, "input");
    tell(input, "change");
  });
  listen("pointercancel", ({ pointerId }) => {
    if (pointerId !== held?.pointer) return;
    if (!held.isMeant) held.input.value = held.before;
    held = null;
  });
  listen("input", (event) => {
    if (event.isTrusted && event.target === held?.input && !held.isMeant) event.stopImmediatePropagation();
  });
}
