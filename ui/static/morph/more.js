// Examples to morph, and room for another stop.

import { finder, make } from "../draw/dom.js";
import { STOPS } from "../state/link.js";

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const { stops } = explorer;
  host.examples.forEach((pair, k) => {
    const images = pair.map((url) => make("img", { src: url, alt: "", loading: "lazy", width: 60, height: 60 }));
    const button = make(
      "button",
      { type: "button", className: "example", title: t("more.example", { n: k + 1 }) },
      ...images,
    );
    button.setAttribute("aria-label", button.title);
    for (const image of images) {
      // one that did not come is asked for again
      const again = () => !signal.aborted && image.setAttribute("src", image.src);
      image.addEventListener("error", () => explorer.models.connection.retryIfLost(again), { signal });
    }
    button.addEventListener("click", () => {
      const gesture = Symbol("example"); // both stops are one step of undo
      pair.forEach((url, side) => {
        const source = { url, name: url.split("/").at(-1) };
        stops.set(STOPS[side], { source, edits: {}, remarks: [], pending: true }, { gesture });
      });
    });
    find(".examples").append(button);
  });
  find("#add-stop").addEventListener("click", () => stops.more());
  explorer.on("stops", () => (find("#add-stop").disabled = stops.room === STOPS.length), { signal });
}
