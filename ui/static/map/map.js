// The map: the codes of the test digits in a plane, drawn by Plotly. The pointer previews what lies under it, a click
// moves z there, on the points and between them.

import { makeBackdrop } from "./backdrop.js";
import { mountBubbles } from "./bubbles.js";
import { helpOf, mountChoice } from "./choice.js";
import { drawCloud } from "./cloud.js";
import { mountEpochs } from "./epochs.js";
import { explorer } from "./explorer.js";
import { drawOverlay, LEAST_OFF, ringOf } from "./overlay.js";
import { mountPicked } from "./picked.js";
import { mountPinch } from "./pinch.js";
import { grid } from "./planes.js";
import { coloursOfThePage, figureOf, groundOf, loadScript, outlineOn } from "./plot.js";
import { mountPointer } from "./pointer.js";
import { makeRanges } from "./ranges.js";
import { mountSelection } from "./selection.js";
import { tour } from "./tour.js";
import { makeView, within } from "./view.js";

const ZOOM = 1.5; // of a button
const WAY_POINTS = 24; // of each leg of a morph

export function mount(element, props) {
  const find = (selector) => element.querySelector(selector);
  const plot = find(".plot"), frame = find(".frame"), marker = find(".marker"), waiting = find(".waiting");
  const overlay = find(".overlay"), note = find(".note");
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
  let hovered = -1; // row of the test picture under the pointer
  let way = { key: "" }; // {key, plane, points, stops}: where the morph goes
  let dots = null; // {draws, plane, points}: where the draws from a posterior are

  const view = makeView(plot, props, () => wants("points"));
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
    const [left, top] = view.pixels(at), ring = off > LEAST_OFF ? ringOf(view, off, at) : null;
    const shown = within(view.area(), [left, top]); // at the edge when z lies outside of what is shown
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
      links: view.plane.links?.(z, view.put) ?? [],
      bubbles: bubbles.wanted,
      off,
      ring,
      marker: at,
    });
    const { name } = view.plane;
    note.textContent = ring ? distanceOff(off, ring) : helpOf(name, z.length); // t-SNE has nothing off it
    note.title = name === "tsne" ? "" : "A click moves z along the plane, and keeps what of it lies off the plane.";
  }

  function distanceOff(off, { toScale }) {
    const seen = toScale ? ": the dashed ring" : ", too far for a ring to scale";
    return `z lies ${off.toFixed(1)} off this plane${seen}. Half of the test codes lie within ${view.usual().toFixed(1)}.`;
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

  // The plane and the figure

  function usePlane() {
    view.plane = choice.plane();
    view.points = view.plane.points(explorer.atlas.mu);
    bubbles.take();
  }

  const takeGround = () => Object.assign(view, groundOf(wants("digits") && !view.frozen));

  /** The theme has changed, or what the points lie on. */
  function recolour() {
    takeGround();
    if (!plot.dataset.model) return;
    const { color, width } = outlineOn(view, plot.clientWidth), colours = coloursOfThePage();
    if (plot.data[0].marker.line.color === color && plot.layout.font.color === colours["font.color"]) return;
    window.Plotly.update(plot, { "marker.line.color": color, "marker.line.width": width }, colours);
  }

  function indexPoints() {
    const hidden = new Set((plot.data ?? []).flatMap(({ visible }, label) => (visible === "legendonly" ? [label] : [])));
    const { labels } = explorer.atlas;
    view.shown = Array.from(labels.keys()).filter((row) => !hidden.has(labels[row]));
    view.nearestRow = grid(view.points, (row) => !hidden.has(labels[row]));
  }

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
    takeGround();
    const { name } = view.plane;
    const { data, layout } = figureOf(props.figures[model.data], view, model, plot.clientWidth);
    layout.dragmode = find("[name=drag]:checked").value;
    view.ranges = { "xaxis.range": [...layout.xaxis.range], "yaxis.range": [...layout.yaxis.range] };
    view.redrawing = true; // Plotly forgets a selection then, and says so: no one has taken it back
    await window.Plotly.react(plot, data, layout, props.config);
    view.redrawing = false;
    if (explorer.atlas !== atlas) return;
    ranges.keep();
    plot.dataset.model = model.name;
    plot.dataset.plane = name;
    plot.dataset.points = atlas.labels.length;
    waiting.hidden = true;
    indexPoints();
    listenToPlotly();
    if (selection.any) selection.show();
    backdrop.refresh();
    follow();
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
      ranges.moved();
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

  const ranges = makeRanges(plot);
  const bubbles = mountBubbles(find('[name="bubbles"]'), frame, view, follow);
  const choice = mountChoice(find(".tools"), () => {
    pointer.hide();
    draw();
  });
  const selection = mountSelection(find(".selection"), view);
  const picked = mountPicked(find(".picked"), view, follow);
  const pointer = mountPointer(frame, find(".preview"), view, {
    hovered(row) {
      hovered = row;
      follow();
    },
    go({ point, row, z }) {
      explorer.write(z);
      if (!view.plane.linear) view.place(point);
      picked.pick(row); // which draws the marker, too
    },
  });
  mountPinch(frame, plot, pointer.release);
  let before = null; // the ranges of the present, while training is shown
  const epochs = mountEpochs(find(".epochs"), find("[name=training]"), view, {
    async freeze() {
      pointer.hide();
      standStill(true);
      recolour();
      choice.toFirst();
      if (view.plane.name !== choice.name) await draw();
    },
    async frozen(wide) {
      before = ranges.asked;
      await ranges.set(wide);
      backdrop.refresh();
      follow();
    },
    moved: follow,
    async thaw() {
      standStill(false);
      choice.offer();
      await draw();
      if (before) ranges.set(before);
    },
  });
  function standStill(still) {
    frame.classList.toggle("frozen", still);
    for (const control of element.querySelectorAll(".tools :is(input, select)")) {
      control.disabled = still && control.name !== "training";
    }
    selectable(!still && wants("points"));
  }
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
    recolour();
    backdrop.refresh();
    follow();
  });
  element.querySelectorAll("[name=drag]").forEach((radio) =>
    radio.addEventListener("change", () => {
      if (plot._fullLayout) window.Plotly.relayout(plot, { dragmode: radio.value });
    }),
  );

  find(".fit").addEventListener("click", () => view.drawn && ranges.set(view.ranges));
  find(".nearer").addEventListener("click", () => view.drawn && ranges.zoom(1 / ZOOM));
  find(".farther").addEventListener("click", () => view.drawn && ranges.zoom(ZOOM));

  explorer.on("model", () => {
    standStill(false);
    pointer.hide();
    picked.pick(-1);
  });
  explorer.on("atlas", (atlas) => {
    if (!atlas) return;
    choice.offer();
    draw();
  });
  tour.on("way", () => view.drawn && follow());
  explorer.on("z", () => {
    follow();
    backdrop.follow();
  });
  new MutationObserver(recolour).observe(document.body, { attributeFilter: ["class"] }); // Gradio's dark theme is one
  new ResizeObserver(() => {
    if (waitingToBeSeen) draw();
    else if (plot.dataset.model && plot.offsetParent) ranges.resize();
  }).observe(frame);
}
