// The map: the codes of the test digits in a plane, drawn by Plotly. The pointer previews what lies under it, a click
// moves z there, on the points and between them.

import { makeBackdrop } from "./backdrop.js";
import { mountEpochs } from "./epochs.js";
import { explorer } from "./explorer.js";
import { norm } from "./latent.js";
import { drawCloud, drawOverlay, ringRadius } from "./overlay.js";
import { mountPicked } from "./picked.js";
import { dimensionsPlane, grid, linearPlane, quantilePlane, tsnePlane } from "./planes.js";
import { coloursOfThePage, figureOf, loadScript, outlineOfThePage } from "./plot.js";
import { mountPointer } from "./pointer.js";
import { mountSelection } from "./selection.js";
import { tour } from "./tour.js";

const REACH = 9; // pixels from the pointer within which a point is meant
const NAMES = {
  principal: "principal axes",
  classes: "classes apart",
  tsne: "t-SNE",
  dimensions: "two dimensions",
  quantiles: "the prior's quantiles",
};
const ZOOM = 1.5; // of a button
const WAY_POINTS = 24; // of each leg of a morph
const HELP = {
  principal: "The plane in which the codes of the test pictures vary most.",
  classes: "The flat plane in which the classes lie farthest apart (linear discriminants).",
  tsne: "t-SNE has no inverse: between points you see the mean of the nearest codes, weighted by distance.",
  dimensions: "Two of the latent dimensions, as they are.",
  whole: "The latent plane itself: there is nothing off it.",
  quantiles: "Each axis shows how much of the prior lies below: N(0, 1) fills the square evenly.",
  bubbles:
    "Each posterior is a bubble: where it lies at one standard deviation, for 300 pictures, within the circle that holds 95 % of the prior.",
  noBubbles: "t-SNE moves points one by one: the bubble around a point has no shape there.",
  points: "A plain autoencoder's codes are points: there are no bubbles around them.",
};

export function mount(element, props) {
  const find = (selector) => element.querySelector(selector);
  const plot = find(".plot"), frame = find(".frame"), marker = find(".marker"), waiting = find(".waiting");
  const overlay = find(".overlay"), note = find(".note");
  const choice = find(".plane"), dimensions = [find(".first"), find(".second")], planeLabel = find(".dims");
  const wants = (name) => find(`[name="${name}"]`).checked;
  // Plotly keeps the page busy for a while: the digit is to be seen first
  const digitSeen = new Promise((resolve) => {
    let seen = false;
    explorer.on("z", () => {
      if (!seen) requestAnimationFrame(() => setTimeout(resolve));
      seen = true;
    });
  });
  const plotly = digitSeen.then(() => loadScript(props.plotly));
  const chosen = new Map(); // model name -> its plane and dimensions
  let hovered = -1; // row of the test picture under the pointer
  let axes = []; // the two dimensions that were chosen last
  let placed = null; // {z, point}: where in a plane without a formula z was put by a click
  let spot = null; // {z, plane, at, off}: where z is on the plane, and how far off it
  let way = { key: "" }; // {key, plane, points, stops}: where the morph goes
  let dots = null; // {draws, plane, points}: where the draws from a posterior are

  /** What the parts of the map share: its plane, its points, and the way between the plane and the screen. */
  const view = {
    plot,
    palette: props.palette,
    plane: null,
    points: null, // Float32Array [N, 2]
    posterior: null, // {origin, center(row), covariance(row)} in the plane, where there are bubbles
    shown: [], // rows of the points that are not hidden
    nearestRow: () => -1,
    frozen: false, // while the map shows another moment of training
    get drawn() {
      return Boolean(explorer.atlas && view.plane && plot._fullLayout?.xaxis && plot.dataset.model === explorer.model?.name);
    },
    get labels() {
      return explorer.atlas.labels;
    },
    area() {
      const { xaxis, yaxis } = plot._fullLayout;
      return { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length };
    },
    pixels([x, y]) {
      const { xaxis, yaxis } = plot._fullLayout;
      return [xaxis._offset + xaxis.l2p(x), yaxis._offset + yaxis.l2p(y)];
    },
    at(left, top) {
      const { xaxis, yaxis } = plot._fullLayout;
      return [xaxis.p2l(left - xaxis._offset), yaxis.p2l(top - yaxis._offset)];
    },
    code(row) {
      const n = explorer.model.latent_dim;
      return explorer.atlas.mu.slice(row * n, (row + 1) * n);
    },
    /** Where z is on the plane, and how far off it: {at, off}. */
    spot() {
      const { z } = explorer, { plane } = view;
      if (spot?.z !== z || spot.plane !== plane) {
        const at = placed?.z === z ? placed.point : plane.place(z);
        spot = { z, plane, at, off: norm(plane.residual(z)) };
      }
      return spot;
    },
    className: (label) => props.classes[explorer.model.data][label],
    /** What lies under a place of the frame: {point, row or -1, z}. */
    target(left, top) {
      const point = view.at(left, top);
      const [beside] = view.at(left + REACH, top);
      const row = wants("points") ? view.nearestRow(point, Math.abs(beside - point[0])) : -1;
      if (row >= 0) return { point: [view.points[2 * row], view.points[2 * row + 1]], row, z: view.code(row) };
      return { point, row, z: view.plane.lift(point, explorer.z) };
    },
  };
  const backdrop = makeBackdrop(find(".backdrop"), view, () => wants("digits") && !view.frozen);

  function follow() {
    if (!plot.clientWidth) return; // another tab is open
    marker.hidden = !view.drawn || view.frozen;
    if (!view.drawn || (view.frozen && !epochs.points)) {
      overlay.getContext("2d").clearRect(0, 0, overlay.width, overlay.height);
      return;
    }
    if (view.frozen) {
      note.textContent = "Another moment of training: the present comes back when training is closed.";
      drawCloud(overlay, view, epochs.points);
      return;
    }
    const { z } = explorer, { at, off } = view.spot();
    const [left, top] = view.pixels(at), area = view.area();
    // at the edge when z lies outside of what is shown
    const clamp = (value, start, length) => Math.min(start + length, Math.max(start, value));
    const shown = [clamp(left, area.left, area.width), clamp(top, area.top, area.height)];
    marker.classList.toggle("outside", Math.hypot(shown[0] - left, shown[1] - top) > 0.5);
    marker.style.transform = `translate(${shown[0]}px, ${shown[1]}px)`;
    if (dots?.draws !== picked.draws || dots.plane !== view.plane) {
      dots = { draws: picked.draws, plane: view.plane, points: picked.draws.map((z) => view.plane.place(z)) };
    }
    drawOverlay(overlay, view, {
      ...wayOnPlane(),
      hovered,
      picked: picked.row,
      draws: dots.points,
      links: view.plane.links?.(z, placed?.z === z ? at : null) ?? [],
      bubbles: wants("bubbles"),
      off,
      marker: at,
    });
    const { name } = view.plane;
    const ring = ringRadius(view, off).whole ? ": the dashed ring" : ", too far for a ring to scale";
    const help = HELP[name === "dimensions" && z.length === 2 ? "whole" : name];
    note.textContent = name === "tsne" || off < 0.05 ? help : `z lies ${off.toFixed(1)} off this plane${ring}.`;
    note.title = name === "tsne" ? "" : "A click moves z along the plane, and keeps what of it lies off the plane.";
  }

  /** The morph's way and its stops on this plane, where there is one. */
  function wayOnPlane() {
    const key = tour.wayKey;
    if (key !== way.key || way.plane !== view.plane) {
      const steps = key ? WAY_POINTS * tour.legs.length : -1;
      const points = Array.from({ length: steps + 1 }, (_, k) => view.plane.place(tour.z(k / steps)));
      const stops = key ? tour.names.map((name) => ({ name, point: view.plane.place(tour.stops[name].mu) })) : [];
      way = { key, plane: view.plane, points, stops };
    }
    return { way: way.points, stops: way.stops };
  }

  // The plane

  function planesOf(model, atlas) {
    const n = model.latent_dim;
    const flat = (name, titles, axes) => () => linearPlane({ name, titles, center: atlas.center, axes, n });
    return {
      ...(n > 2 && { classes: flat("classes", ["first discriminant", "second discriminant"], atlas.class_axes) }),
      ...(n !== 2 && { principal: flat("principal", ["first principal axis", "second principal axis"], atlas.axes) }),
      ...(n >= 2 && { dimensions: () => dimensionsPlane(n, ...dimensions.map(({ value }) => Number(value))) }),
      ...(n === 2 && model.variational && { quantiles: quantilePlane }),
      tsne: () => tsnePlane(atlas.tsne, atlas.mu, n),
    };
  }

  function offerPlanes(model, atlas) {
    const planes = planesOf(model, atlas);
    const names = Object.keys(planes);
    const label = (name) => (name === "dimensions" && model.latent_dim === 2 ? "latent plane" : NAMES[name]);
    const byKl = [...model.kl_per_dim.keys()].sort((a, b) => model.kl_per_dim[b] - model.kl_per_dim[a]);
    const collapsed = (index) => model.variational && byKl.indexOf(index) >= model.active_units;
    choice.replaceChildren(...names.map((name) => new Option(label(name), name)));
    const kept = chosen.get(model.name);
    choice.value = kept?.name ?? names[0];
    const order = model.latent_dim === 2 ? [0, 1] : byKl;
    dimensions.forEach((select, k) => {
      select.replaceChildren(...order.map((index) => new Option(`z${index}${collapsed(index) ? " (collapsed)" : ""}`, index)));
      select.value = kept?.axes[k] ?? order[k] ?? order[0];
    });
    axes = dimensions.map(({ value }) => value);
  }

  function usePlane() {
    const { model, atlas } = explorer;
    planeLabel.hidden = choice.value !== "dimensions" || model.latent_dim === 2;
    choice.title = HELP[choice.value];
    view.plane = planesOf(model, atlas)[choice.value]();
    view.points = view.plane.points(atlas.mu);
    placed = null;
    takePosterior();
  }

  function indexPoints() {
    const hidden = new Set((plot.data ?? []).flatMap(({ visible }, label) => (visible === "legendonly" ? [label] : [])));
    const { labels } = explorer.atlas;
    view.shown = Array.from(labels.keys()).filter((row) => !hidden.has(labels[row]));
    view.nearestRow = grid(view.points, (row) => !hidden.has(labels[row]));
  }

  /** The bubbles' centers and shapes, once the posteriors' variances have come. */
  async function takePosterior() {
    const { model, atlas } = explorer;
    const { plane } = view;
    view.posterior = null;
    const bubbles = find('[name="bubbles"]'), possible = Boolean(model.variational && plane.flat);
    bubbles.disabled = !possible || view.frozen;
    bubbles.parentElement.title = possible ? HELP.bubbles : model.variational ? HELP.noBubbles : HELP.points;
    frame.classList.toggle("bubbly", bubbles.checked && possible);
    if (!possible) return;
    const { logvar } = await explorer.tensors(["logvar"]).catch(() => ({}));
    if (!logvar || explorer.atlas !== atlas || view.plane !== plane) return;
    const n = model.latent_dim, { flat } = plane;
    view.posterior = {
      origin: n > 1 ? flat.place(new Float32Array(n)) : null, // in one dimension the prior has no circle
      center: (row) => flat.place(atlas.mu, row * n),
      covariance: (row) => flat.covariance(logvar, row * n),
    };
    follow();
  }

  // The figure

  let waitingToBeSeen = false; // an atlas came while another tab was open: there is no size to draw in

  async function draw() {
    const { model, atlas } = explorer;
    try {
      await plotly;
    } catch {
      waiting.textContent = "The map could not be loaded. Reload the page to try again.";
      return;
    }
    if (!atlas || explorer.atlas !== atlas) return; // another model was chosen meanwhile
    waitingToBeSeen = !plot.clientWidth;
    if (waitingToBeSeen) return;
    usePlane();
    const { name } = view.plane;
    const { data, layout } = figureOf(props.figures[model.data], view, model, plot.clientWidth);
    layout.dragmode = find("[name=drag]:checked").value;
    view.ranges = { "xaxis.range": [...layout.xaxis.range], "yaxis.range": [...layout.yaxis.range] };
    view.redrawing = true; // Plotly forgets a selection then, and says so: no one has taken it back
    await window.Plotly.react(plot, data, layout, props.config);
    view.redrawing = false;
    if (explorer.atlas !== atlas) return;
    asked = rangesNow();
    plot.dataset.model = model.name;
    plot.dataset.plane = name;
    plot.dataset.points = atlas.labels.length;
    waiting.hidden = true;
    view.ink = getComputedStyle(document.body).getPropertyValue("--body-text-color").trim();
    indexPoints();
    listenToPlotly();
    if (selection.any) selection.show();
    backdrop.refresh();
    follow();
  }

  // The ranges are those that were asked for: to keep both axes to one scale Plotly widens one of them, and what it
  // widened once would be widened again at the next size.
  let asked = null;
  const rangesNow = () => {
    const { xaxis, yaxis } = plot._fullLayout;
    return { "xaxis.range": [...xaxis.range], "yaxis.range": [...yaxis.range] };
  };
  async function setRanges(ranges) {
    asked = null; // what follows is not the person's doing
    await window.Plotly.relayout(plot, structuredClone(ranges));
    asked = ranges;
  }
  async function resize() {
    const ranges = asked;
    if (!ranges) return;
    asked = null;
    await window.Plotly.Plots.resize(plot);
    await setRanges(ranges);
  }
  function zoom(factor) {
    if (!view.drawn) return;
    const around = ([low, high]) => [0.5 - factor / 2, 0.5 + factor / 2].map((share) => low + share * (high - low));
    setRanges(Object.fromEntries(Object.entries(rangesNow()).map(([axis, range]) => [axis, around(range)])));
  }

  let listening = false;
  function listenToPlotly() {
    if (listening) return;
    listening = true;
    const moved = () => {
      pointer.hide();
      backdrop.move();
      follow();
    };
    plot.on("plotly_relayouting", moved);
    plot.on("plotly_relayout", (changes) => {
      if (!Object.keys(changes ?? {}).some((key) => /range|autosize|width|height/.test(key))) return; // colours, a tool
      if (asked) asked = rangesNow();
      moved();
      backdrop.refresh();
    });
    plot.on("plotly_afterplot", follow);
    plot.on("plotly_restyle", () => {
      if (view.drawn && !view.frozen) indexPoints();
      follow();
    });
    selection.listen();
  }

  // The parts of the map, and its tools

  const selection = mountSelection(find(".selection"), view);
  const picked = mountPicked(find(".picked"), view, follow);
  const pointer = mountPointer(frame, find(".preview"), view, {
    hovered(row) {
      hovered = row;
      follow();
    },
    go({ point, row, z }) {
      explorer.write(z);
      placed = view.plane.linear ? null : { z: explorer.z, point };
      spot = null;
      picked.pick(row); // which draws the marker, too
    },
  });
  let before = null; // the ranges of the present, while training is shown
  const epochs = mountEpochs(find(".epochs"), find("[name=training]"), view, {
    async freeze() {
      pointer.hide();
      standStill(true);
      choice.selectedIndex = 0; // the plane whose history is known
      if (view.plane.name !== choice.value) await draw();
    },
    async frozen(ranges) {
      before = asked;
      await setRanges(ranges);
      backdrop.refresh();
      follow();
    },
    moved: follow,
    async thaw() {
      standStill(false);
      offerPlanes(explorer.model, explorer.atlas);
      await draw();
      if (before) setRanges(before);
    },
  });
  function standStill(still) {
    frame.classList.toggle("frozen", still);
    for (const control of element.querySelectorAll(".tools :is(input, select)")) {
      control.disabled = still && control.name !== "training";
    }
    selectable(!still && wants("points"));
  }
  function choose() {
    if (!explorer.atlas) return; // another model is on its way, with its own planes
    chosen.set(explorer.model.name, { name: choice.value, axes: dimensions.map(({ value }) => value) });
    pointer.hide();
    draw();
  }
  choice.addEventListener("change", choose);
  dimensions.forEach((select, k) =>
    select.addEventListener("change", () => {
      if (select.value === dimensions[1 - k].value) dimensions[1 - k].value = axes[k]; // they change places
      axes = dimensions.map(({ value }) => value);
      choose();
    }),
  );
  find('[name="points"]').addEventListener("change", () => {
    frame.classList.toggle("pointless", !wants("points"));
    selectable(wants("points"));
  });
  function selectable(possible) {
    for (const radio of element.querySelectorAll("[name=drag]:not([value=pan])")) radio.disabled = !possible;
    if (!possible && !find("[value=pan]").checked) find("[value=pan]").click(); // what cannot be seen is not selected
  }
  find('[name="digits"]').addEventListener("change", () => {
    frame.classList.toggle("painted", wants("digits"));
    backdrop.refresh();
  });
  find('[name="bubbles"]').addEventListener("change", () => {
    frame.classList.toggle("bubbly", wants("bubbles"));
    follow();
  });
  element.querySelectorAll("[name=drag]").forEach((radio) =>
    radio.addEventListener("change", () => {
      if (plot._fullLayout) window.Plotly.relayout(plot, { dragmode: radio.value });
    }),
  );

  find(".fit").addEventListener("click", () => view.drawn && setRanges(view.ranges));
  find(".nearer").addEventListener("click", () => zoom(1 / ZOOM));
  find(".farther").addEventListener("click", () => zoom(ZOOM));

  explorer.on("model", () => {
    standStill(false);
    pointer.hide();
    picked.pick(-1);
  });
  explorer.on("atlas", (atlas) => {
    if (!atlas) return;
    offerPlanes(explorer.model, atlas);
    draw();
  });
  tour.on("way", () => view.drawn && follow());
  explorer.on("z", () => {
    follow();
    backdrop.follow();
  });
  new MutationObserver(() => {
    if (!plot.dataset.model) return;
    view.ink = getComputedStyle(document.body).getPropertyValue("--body-text-color").trim();
    const { color, width } = outlineOfThePage();
    window.Plotly.update(plot, { "marker.line.color": color, "marker.line.width": width }, coloursOfThePage());
  }).observe(document.body, { attributeFilter: ["class"] }); // Gradio's dark theme is a class of the body
  new ResizeObserver(() => {
    if (waitingToBeSeen) draw();
    else if (plot.dataset.model && plot.offsetParent) resize();
  }).observe(frame);
}
