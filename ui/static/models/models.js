// Every model with its figures, one to a row; a click on a row opens that model.

import { explorer } from "./explorer.js";

export function mount(element, props, watch, trigger) {
  const body = element.querySelector("tbody");
  explorer.on("model", (chosen) => {
    if (!body.childElementCount) body.append(...explorer.models.map((model) => row(model, open)));
    for (const { dataset, firstChild } of body.children) {
      if (dataset.model === chosen.name) firstChild.firstChild.setAttribute("aria-current", "true");
      else firstChild.firstChild.removeAttribute("aria-current");
    }
  });

  async function open(name) {
    await explorer.open(name);
    trigger("select"); // the chooser follows
  }
}

export const percent = (share) => `${Math.round(100 * share)} %`;

function row(model, open) {
  const element = document.createElement("tr");
  element.dataset.model = model.name;
  const button = document.createElement("button");
  button.textContent = model.name;
  button.title = "Explores this model; each keeps its own z.";
  const bound = (value) => (model.variational ? value.toFixed(1) : "–");
  const cells = [
    bound(model.nelbo),
    model.reconstruction.toFixed(1),
    bound(model.kl),
    `${model.active_units}/${model.latent_dim}`,
    percent(model.readable.prior),
    percent(model.readable.data),
  ];
  element.append(cell(button), ...cells.map(cell));
  for (const part of [element.children[2], element.children[3]]) part.className = "part"; // of the −ELBO
  element.addEventListener("click", () => open(model.name));
  return element;
}

function cell(content) {
  const element = document.createElement("td");
  element.append(content);
  return element;
}
