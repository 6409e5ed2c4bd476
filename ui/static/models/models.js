// Every model with its figures, one to a row; a click on a row opens that model.

import { decimal, make, percent } from "../draw/dom.js";
import { modelGroups, modelNames } from "../state/names.js";

export function mount(element, { explorer, host, t, signal }) {
  const body = element.querySelector("tbody");
  let names = {};
  explorer.on(
    "models",
    (list) => {
      names = modelNames(list, host.first, t);
      body.replaceChildren(...modelGroups(list, host.first).flatMap(([, models]) => models.map(row)));
    },
    { signal },
  );
  explorer.on(
    "model",
    (chosen) => {
      for (const own of body.children) {
        const button = own.querySelector("button");
        if (own.dataset.model === chosen.name) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
      }
    },
    { signal },
  );

  function row(model) {
    const { title, notes } = names[model.name];
    const button = make("button", { type: "button", textContent: title, title: t("models.open") });
    const about = make("small", {}, notes.join(t("name.note.and")), " ", make("code", { textContent: model.name }));
    const bound = (value) => (model.variational ? decimal(value, 1) : "–");
    const { readable } = model;
    const share = (source) => {
      if (model.one_image) return t("models.oneimage");
      return readable ? percent(readable[source]) : "–"; // one that was trained here has not been measured
    };
    const cells = [
      [button, about],
      [bound(model.nelbo)],
      [decimal(model.reconstruction, 1)],
      [bound(model.kl)],
      [`${model.active_units}/${model.latent_dim}`],
      [share("prior")],
      [share("data")],
    ];
    const element = make("tr", {}, ...cells.map((content) => make("td", {}, ...content)));
    element.dataset.model = model.name;
    for (const part of [element.children[2], element.children[3]]) part.className = "part"; // of the −ELBO
    element.addEventListener("click", () => explorer.open(model.name), { signal });
    return element;
  }
}
