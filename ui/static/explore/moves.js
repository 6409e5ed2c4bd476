// Random, Like data, Reset, Undo, Redo, and the temperature of the draws.

import { finder } from "../draw/dom.js";
import { numberField } from "../draw/number.js";

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const actions = { random: "random", "like-data": "likeData", reset: "reset", undo: "undo", redo: "redo" };
  for (const [id, action] of Object.entries(actions)) {
    find(`#${id}`).addEventListener("click", () => explorer[action](), { signal });
  }
  explorer.on(
    "history",
    ({ undo, redo }) => {
      find("#undo").setAttribute("aria-disabled", String(!undo));
      find("#redo").setAttribute("aria-disabled", String(!redo));
    },
    { signal },
  );

  const range = find("[type=range]");
  const number = find("[type=number]");
  const show = () => {
    const { temperature } = explorer.state;
    range.value = temperature;
    if (number !== document.activeElement) number.value = temperature;
  };
  const set = (value) => explorer.setTemperature(Math.min(2, Math.max(0, value)));
  range.addEventListener("input", () => set(range.valueAsNumber), { signal });
  numberField(number, {
    refused: t("number.refused"),
    signal,
    typed: set,
    entered() {
      number.value = explorer.state.temperature;
    },
  });
  explorer.on("temperature", show, { signal });
}
