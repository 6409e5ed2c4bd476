// Chooses the model; each keeps its own z.

import { make } from "../draw/dom.js";
import { modelGroups, modelNames } from "../state/names.js";

export function mount(select, { explorer, host, t, signal }) {
  explorer.on("models", offer, { signal });

  function offer(list) {
    const names = modelNames(list, host.first, t);
    select.replaceChildren(
      ...modelGroups(list, host.first).map(([data, models]) =>
        make(
          "optgroup",
          { label: t(`data.${data}.group`) },
          ...models.map(({ name }) => new Option(names[name].full, name)),
        ),
      ),
    );
  }
  select.addEventListener(
    "change",
    async () => {
      select.value = (await explorer.open(select.value)) ?? select.value;
    },
    { signal },
  );
  explorer.on("model", ({ name }) => (select.value = name), { signal });
}
