// Which plane the map shows: a choice among those that a model has, remembered for each of them.

import { finder } from "../draw/dom.js";
import { dimensionsPlane, linearPlane, planesOf, quantilePlane, tsnePlane } from "../maths/planes.js";

/** Which name and help a plane has in the words: in two dimensions, two of them are the latent plane itself. */
const wordsOf = (name, n) => (name === "dimensions" && n === 2 ? "latent" : name);

/** The menu of planes in `tools`; `chosen` is called when a person has chosen one. */
export function mountChoice(tools, { explorer, t, signal }, chosen) {
  const find = finder(tools);
  const menu = find(".plane");
  const beside = find(".dims");
  const dimensions = [...beside.querySelectorAll("select")];
  let axes = []; // the two dimensions that were chosen last

  const names = () => {
    const { model, atlas } = explorer;
    const isThere = (name) => name !== "tsne" || !atlas || atlas.tsne; // one that was trained here has none
    return planesOf(model.latent_dim, model.variational).filter(isThere);
  };

  /** A plane of the chosen model by name. */
  function make(name) {
    const { model, atlas } = explorer;
    const n = model.latent_dim;
    const flat = (axes) =>
      linearPlane({ name, titles: [t(`axis.${name}.1`), t(`axis.${name}.2`)], center: atlas.center, axes, n });
    if (name === "classes") return flat(atlas.class_axes);
    if (name === "principal") return flat(atlas.axes);
    if (name === "dimensions") return dimensionsPlane(n, ...dimensions.map(({ value }) => Number(value)));
    return name === "quantiles" ? quantilePlane() : tsnePlane(atlas.tsne, atlas.mu, n);
  }

  /** Offer the planes of the chosen model, at the one that was chosen for it before. */
  function offer() {
    const { model } = explorer;
    const offered = names();
    const byKl = [...model.kl_per_dim.keys()].sort((a, b) => model.kl_per_dim[b] - model.kl_per_dim[a]);
    const collapsed = (index) => model.variational && byKl.indexOf(index) >= model.active_units;
    menu.replaceChildren(...offered.map((name) => new Option(t(`plane.${wordsOf(name, model.latent_dim)}`), name)));
    const before = explorer.state.map.planes[model.name];
    menu.value = offered.includes(before?.name) ? before.name : offered[0];
    const order = model.latent_dim === 2 ? [0, 1] : byKl;
    dimensions.forEach((select, k) => {
      select.replaceChildren(
        ...order.map((index) => new Option(collapsed(index) ? t("axis.collapsed", { index }) : `z${index}`, index)),
      );
      select.value = before?.axes?.[k] ?? order[k] ?? order[0];
    });
    axes = dimensions.map(({ value }) => value);
  }

  function choose() {
    if (!explorer.atlas) return; // another model is on its way, with its own planes
    const plane = {
      name: menu.value,
      axes: explorer.model.latent_dim > 1 ? dimensions.map(({ value }) => Number(value)) : undefined,
    };
    explorer.setMap({ range: null, planes: { ...explorer.state.map.planes, [explorer.model.name]: plane } });
    chosen();
  }
  menu.addEventListener("change", choose, { signal });
  for (const [k, select] of dimensions.entries()) {
    select.addEventListener(
      "change",
      () => {
        if (select.value === dimensions[1 - k].value) dimensions[1 - k].value = axes[k]; // they change places
        axes = dimensions.map(({ value }) => value);
        choose();
      },
      { signal },
    );
  }

  return {
    offer,
    get name() {
      return menu.value;
    },
    /** Go to the model's first plane, the one whose history is known. */
    toFirst() {
      menu.selectedIndex = 0;
    },
    /** What the chosen plane shows. */
    get help() {
      return t(`plane.${wordsOf(menu.value, explorer.model.latent_dim)}.help`);
    },
    /** The chosen plane. */
    plane() {
      find(".ask").hidden = menu.value !== "tsne";
      beside.hidden = menu.value !== "dimensions" || explorer.model.latent_dim === 2;
      menu.title = this.help;
      return make(menu.value);
    },
  };
}
