// What keys mean to the page.

/** Where an arrow key moves something by so much, [right, down]; undefined for all other keys, and for those with Ctrl and the like. */
export function arrowMove({ key, altKey, ctrlKey, metaKey }, step) {
  if (altKey || ctrlKey || metaKey) return undefined;
  return { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[key];
}

/** Whether a key goes into a field that is typed in. */
export const isTyping = ({ target }) =>
  target instanceof Element && target.matches("input:not([type=range], [type=radio], [type=checkbox]), textarea");
