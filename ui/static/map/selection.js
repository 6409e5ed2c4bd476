// Box and lasso: the mean digit of what is selected, and the way from one selection's mean to another's as a direction.

import { explorer } from "./explorer.js";
import { describe, paint } from "./raster.js";

/** Fills `panel` from the points that are selected in `view`; call listen() once Plotly has drawn. */
export function mountSelection(panel, view) {
  const find = (selector) => panel.querySelector(selector);
  const slider = find("[type=range]");
  let rows = []; // what is selected
  let means = { A: null, B: null }; // what was kept
  let base = null; // z from which the walk goes
  let own = null; // what z was last set to here
  let walking = false; // z is being set here: its listeners hear of it before own is known

  const mean = () => {
    const n = explorer.model.latent_dim, sum = new Float32Array(n);
    for (const row of rows) view.code(row).forEach((value, i) => (sum[i] += value / rows.length));
    return sum;
  };

  function draw() {
    panel.hidden = !rows.length && !means.A && !means.B;
    find(".mean").hidden = !rows.length;
    if (rows.length) {
      const z = mean();
      paint(find(".mean canvas"), explorer.decode(z));
      find(".count").textContent = `${rows.length} selected: ${classes()}`;
      describe(find(".mean canvas"), z, `The decoded mean of the ${rows.length} selected codes`);
    }
    for (const name of "AB") {
      const canvas = find(`.${name}`);
      canvas.parentElement.hidden = !means[name];
      if (!means[name]) continue;
      paint(canvas, explorer.decode(means[name]));
      describe(canvas, means[name], `Mean ${name}`);
    }
    find(".direction").hidden = !means.A && !means.B;
    tell();
    slider.hidden = !(means.A && means.B);
  }

  function tell() {
    const missing = `Select others, and keep them as ${means.A ? "B" : "A"}.`;
    find(".direction p").textContent = means.A && means.B ? `A to B: z + ${slider.value} (B − A)` : missing;
  }

  function classes() {
    const counts = new Map();
    for (const row of rows) counts.set(view.labels[row], (counts.get(view.labels[row]) ?? 0) + 1);
    const largest = [...counts].sort(([, a], [, b]) => b - a).slice(0, 3);
    return largest.map(([label, count]) => `${view.className(label)} (${Math.round((100 * count) / rows.length)} %)`).join(", ");
  }

  function forget() {
    rows = [];
    means = { A: null, B: null };
    base = own = null;
    draw();
  }

  find(".go").addEventListener("click", () => explorer.write(mean()));
  for (const name of "AB") {
    find(`.keep-${name}`).addEventListener("click", () => {
      means[name] = mean();
      base = null;
      slider.value = 0;
      draw();
    });
  }
  find(".clear").addEventListener("click", () => {
    forget();
    forgetOutline();
  });

  /** Let the map show what is selected: Plotly forgets it where the points have moved. */
  function show() {
    const own = new Set(rows);
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
    base ??= explorer.z;
    walking = true;
    explorer.write(base.map((value, i) => value + slider.valueAsNumber * (means.B[i] - means.A[i])), "direction");
    walking = false;
    own = explorer.z;
    tell();
  });
  slider.addEventListener("change", () => explorer.settle());
  explorer.on("z", (z) => {
    if (walking || z === own || !base) return;
    base = null; // z has gone elsewhere: the walk starts anew from there
    slider.value = 0;
    tell();
  });
  explorer.on("model", forget);

  return {
    get any() {
      return rows.length > 0;
    },
    show,
    listen() {
      view.plot.on("plotly_selected", (event) => {
        if (!view.drawn || view.frozen || view.redrawing || !event) return;
        rows = event.points.map(({ customdata }) => customdata);
        draw();
        forgetOutline();
      });
      view.plot.on("plotly_deselect", () => {
        if (view.redrawing) return;
        rows = [];
        draw();
      });
    },
  };
}
