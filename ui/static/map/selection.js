// Box and lasso: the mean digit of what is selected, and the direction from one selection's mean to another's.

import { decimal, finder } from "../draw/dom.js";
import { describe, paint } from "../draw/raster.js";
import { whenLetGo } from "../draw/schedule.js";
import { emptySelection } from "../state/link.js";

/** Fills `panel` from the points that are selected in `view`; call listen() once Plotly has drawn. */
export function mountSelection(panel, view, { explorer, t, signal }) {
  const find = finder(panel);
  const slider = find("[type=range]");
  let shown = null; // the selection that is drawn,
  let model = null; // and the model that drew it
  let moving = false; // z is being moved along the direction
  let own = null; // z as it was last moved there
  let seen = false; // whether z has been seen since the page was shown

  const mean = () => {
    const { rows } = explorer.selection;
    const n = explorer.model.latent_dim,
      sum = new Float32Array(n);
    for (const row of rows) for (const [i, value] of view.code(row).entries()) sum[i] += value / rows.length;
    return sum;
  };

  function draw() {
    const { selection, atlas } = explorer,
      { rows, A, B } = selection;
    if (!atlas || (shown === selection && model === explorer.model)) return;
    const before = shown;
    shown = selection;
    model = explorer.model;
    panel.hidden = !rows.length && !A && !B;
    find(".mean").hidden = !rows.length;
    if (rows.length) {
      const z = mean();
      paint(find(".mean canvas"), explorer.decode(z));
      find(".count").textContent = t("selection.count", { n: rows.length, classes: classes() });
      describe(find(".mean canvas"), z, t("selection.mean", { n: rows.length }));
    }
    for (const name of ["A", "B"]) {
      const canvas = find(`.${name}`),
        kept = selection[name];
      canvas.parentElement.hidden = !kept;
      if (!kept) continue;
      paint(canvas, explorer.decode(kept));
      describe(canvas, kept, t("selection.kept", { name }));
    }
    find(".direction").hidden = !A && !B;
    slider.hidden = !(A && B);
    slider.value = selection.t;
    const both = () => t("selection.direction", { t: decimal(selection.t, 2) });
    find(".direction p").textContent = A && B ? both() : t("selection.missing", { name: A ? "B" : "A" });
    if (view.drawn && before?.rows !== rows) show();
  }

  function classes() {
    const { rows } = explorer.selection;
    const counts = new Map();
    for (const row of rows) counts.set(view.labels[row], (counts.get(view.labels[row]) ?? 0) + 1);
    const largest = [...counts].sort(([, a], [, b]) => b - a).slice(0, 3);
    return largest
      .map(([label, count]) => `${view.className(label)} (${Math.round((100 * count) / rows.length)} %)`)
      .join(", ");
  }

  find(".go").addEventListener("click", () => explorer.write(mean()));
  for (const name of ["A", "B"]) {
    find(`.keep-${name}`).addEventListener("click", () => explorer.select({ [name]: mean(), t: 0 }));
  }
  find(".clear").addEventListener("click", () => {
    explorer.select(emptySelection);
    forgetOutline();
  });

  /** Let the map show what is selected: Plotly forgets it where the points have moved. */
  function show() {
    if (!view.plot._fullLayout) return null; // taken away meanwhile
    const { rows } = explorer.selection,
      own = new Set(rows);
    const places = (all) => all.flatMap((row, place) => (own.has(row) ? [place] : []));
    const selectedpoints = view.plot.data.map(({ customdata }) => (rows.length ? places(customdata) : null));
    return window.Plotly.restyle(view.plot, { selectedpoints });
  }
  /** Take the outline away, which Plotly would move at the next drag instead of the map: the points stay marked. */
  async function forgetOutline() {
    view.redrawing = true;
    await window.Plotly.relayout(view.plot, { selections: [] });
    await show();
    view.redrawing = false;
  }

  slider.addEventListener("input", () => {
    const { A, B, t: before } = explorer.selection,
      { valueAsNumber: now } = slider;
    moving = true;
    explorer.write(
      explorer.z.map((value, i) => value + (now - before) * (B[i] - A[i])),
      "direction",
    );
    own = explorer.z;
    explorer.select({ t: now }, { gesture: "direction" });
    moving = false;
  });
  whenLetGo(slider, () => explorer.settle(), signal);
  explorer.on(
    "z",
    (z) => {
      if (moving || z === own || model !== explorer.model) return;
      own = z;
      if (seen && explorer.selection.t) explorer.select({ t: 0 }, { undoable: false }); // z has gone elsewhere: from there anew
      seen = true;
    },
    { signal },
  );
  explorer.on("map", draw, { signal });
  explorer.on("atlas", draw, { signal });

  return {
    show,
    listen() {
      view.plot.on("plotly_selected", (event) => {
        if (!view.drawn || view.frozen || view.redrawing || !event) return;
        explorer.select({ rows: event.points.map(({ customdata }) => customdata) });
        forgetOutline();
      });
      view.plot.on("plotly_deselect", () => {
        if (view.redrawing || !explorer.selection.rows.length) return;
        explorer.select({ rows: [] });
      });
    },
  };
}
