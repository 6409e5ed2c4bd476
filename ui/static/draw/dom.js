// Small helpers for views.

/** A function that finds an element's descendant by selector. */
export const finder = (element) => (selector) => /** @type {any} */ (element.querySelector(selector));

/** An element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Set an element's text, if it is another: what is written is laid out and painted anew, even where it says the same. */
export function setText(element, text) {
  const { firstChild } = element;
  if (!(firstChild instanceof Text) || firstChild.nextSibling) element.textContent = text;
  else if (firstChild.data !== text) firstChild.data = text;
}

/** A number as it is read: so many decimals, with a true minus. */
export const decimal = (value, digits) =>
  value
    .toFixed(digits)
    .replace(/^-(?=0\.?0*$)/, "")
    .replace("-", "−"); // no minus before a zero

/** A number with two decimals, or where that would leave too little of it, with two digits that count. */
export function brief(value) {
  const size = Math.abs(Number(value.toPrecision(2)));
  if (!size || size >= 0.1) return decimal(value, 2);
  if (size < 1e-4) return value.toExponential(1).replaceAll("-", "−");
  return decimal(value, 1 - Math.floor(Math.log10(size)));
}

/** A share as whole percent. */
export const percent = (share) => `${Math.round(100 * share)} %`;
