// Models that are in the folder but cannot be shown, and why.

import { make } from "../draw/dom.js";

export function mount(element, { host, t }) {
  element.replaceChildren(
    ...host.problems.map(({ code, ...params }) => make("p", { className: "problem", textContent: t(code, params) })),
  );
}
