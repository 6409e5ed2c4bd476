// Which plane the map shows: a choice among those that a model has, remembered for each of them.

import { explorer } from "./explorer.js";
import { dimensionsPlane, linearPlane, quantilePlane, tsnePlane } from "./planes.js";

const NAMES = {
  principal: "principal axes",
  classes: "classes apart",
  tsne: "t-SNE",
  dimensions: "two dimensions",
  quantiles: "the prior's quantiles",
};
const HELP = {
  principal: "The plane in which the codes of the test pictures vary most.",
  classes: "The flat plane in which the classes lie farthest apart (linear discriminants).",
  tsne: "t-SNE has no inverse: between points you see the mean of the nearest codes, weighted by distance.",
  dimensions: "Two of the latent dimensions, as they are.",
  quantiles: "Each axis shows how much of the prior lies below: N(0, 1) fills the square evenly.",
};

/** What a plane of a latent space of n dimensions shows. */
export const helpOf = (name, n) =>
  name === "dimensions" && n === 2 ? "The latent plane itself: there is nothing off it." : HELP[name];

/** The menu of planes in `tools`; `chosen` is called when a person has chosen one. */
export function mountChoice(tools, chosen) {
  const menu = tools.querySelector(".plane"), beside = tools.querySelector(".dims");
  const dimensions = [...beside.querySelectorAll("select")];
  const kept = new Map(); // model name -> {name, axes}
  let axes = []; // the two dimensions that were chosen last

  /** {name: () => plane} of the chosen model, its first one first. */
  function planes() {
    const { model, atlas } = explorer, n = model.latent_dim;
    const flat = (name, titles, axes) => () => linearPlane({ name, titles, center: atlas.center, axes, n });
    return {
      ...(n > 2 && { classes: flat("classes", ["first discriminant", "second discriminant"], atlas.class_axes) }),
      ...(n !== 2 && { principal: flat("principal", ["first principal axis", "second principal axis"], atlas.axes) }),
      ...(n >= 2 && { dimensions: () => dimensionsPlane(n, ...dimensions.map(({ value }) => Number(value))) }),
      ...(n === 2 && model.variational && { quantiles: quantilePlane }),
      tsne: () => tsnePlane(atlas.tsne, atlas.mu, n),
    };
  }

  /** Offer the planes of the chosen model, at the one that was chosen for it before. */
  function offer() {
    const { model } = explorer, names = Object.keys(planes());
    const label = (name) => (name === "dimensions" && model.latent_dim === 2 ? "latent plane" : NAMES[name]);
    const byKl = [...model.kl_per_dim.keys()].sort((a, b) => model.kl_per_dim[b] - model.kl_per_dim[a]);
    const collapsed = (index) => model.variational && byKl.indexOf(index) >= model.active_units;
    menu.replaceChildren(...names.map((name) => new Option(label(name), name)));
    const before = kept.get(model.name);
    menu.value = before?.name ?? names[0];
    const order = model.latent_dim === 2 ? [0, 1] : byKl;
    dimensions.forEach((select, k) => {
      select.replaceChildren(...order.map((index) => new Option(`z${index}${collapsed(index) ? " (collapsed)" : ""}`, index)));
      select.value = before?.axes[k] ?? order[k] ?? order[0];
    });
    axes = dimensions.map(({ value }) => value);
  }

  function choose() {
    if (!explorer.atlas) return; // another model is on its way, with its own planes
    kept.set(explorer.model.name, { name: menu.value, axes: dimensions.map(({ value }) => value) });
    chosen();
  }
  menu.addEventListener("change", choose);
  dimensions.forEach((select, k) =>
    select.addEventListener("change", () => {
      if (select.value === dimensions[1 - k].value) dimensions[1 - k].value = axes[k]; // they change places
      axes = dimensions.map(({ value }) => value);
      choose();
    }),
  );

  return {
    offer,
    get name() {
      return menu.value;
    },
    /** Go to the model's first plane, the one whose history is known. */
    toFirst() {
      menu.selectedIndex = 0;
    },
    /** The chosen plane. */
    plane() {
      beside.hidden = menu.value !== "dimensions" || explorer.model.latent_dim === 2;
      menu.title = HELP[menu.value];
      return planes()[menu.value]();
    },
  };
}
