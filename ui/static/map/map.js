// The map: the codes of the test images in a plane, drawn by Plotly. The pointer previews what lies under it, a click
// moves z there, on the points and between them.

import { decimal, finder, setText } from "../draw/dom.js";
import { isShown, nextTask, whenShown } from "../draw/schedule.js";
import { grid } from "../maths/grid.js";
import { limited } from "../maths/ranges.js";
import { latestOnly } from "../state/latest.js";
import { LAYERS } from "../state/link.js";
import { makeBackdrop } from "./backdrop.js";
import { mountBubbles } from "./bubbles.js";
import { mountChoice } from "./choice.js";
import { drawCloud } from "./cloud.js";
import { mountEpochs } from "./epochs.js";
import { makeOriginals } from "./originals.js";
import { drawOverlay } from "./overlay.js";
import { mountPinch } from "./pinch.js";
import {
  coloursOfThePage,
  fetchPlotly,
  figureOf,
  groundOf,
  hasWebGL,
  loadPlotly,
  outlineOn,
  wholeOf,
  withoutPoints,
} from "./plot.js";
import { mountPointer } from "./pointer.js";
import { mountPosterior } from "./posterior.js";
import { makeRanges } from "./ranges.js";
import { makeRing, ringOf } from "./ring.js";
import { mountSelection } from "./selection.js";
import { makeView, within } from "./view.js";
import { mountWheel } from "./wheel.js";

const ZOOM = 1.5; // of a button
const MOST_LOSSES = 3; // of WebGL's contexts; after that the map is drawn without
const PATH_POINTS = 24; // of each leg of a morph

export function mount(element, page) {
  const { explorer, host, t, signal } = page;
  const { stops } = explorer;
  const find = finder(element);
  const plot = find(".plot"),
    frame = find(".frame"),
    marker = find(".marker"),
    waiting = find(".waiting");
  const overlay = find(".overlay"),
    note = find(".note");
  const latest = latestOnly(signal);
  const layers = () => explorer.state.map.layers;
  // Plotly keeps the page busy for a while: the digit is to be seen first, and then one thing after the other
  const plotly = new Promise((resolve) => explorer.on("z", resolve, { signal }))
    .then(() => fetchPlotly(host.plotly))
    .then(() => new Promise(requestAnimationFrame))
    .then(() => {
      const tried = nextTask().then(() => {
        webGL = hasWebGL(); // the first context takes long: it is made while the script is on its way
      });
      return Promise.all([loadPlotly(host.plotly), tried]);
    })
    .then(nextTask);
  let hovered = -1; // row of the test image under the pointer
  let path = { key: "" }; // {key, plane, points, stops}: where the morph goes
  let dots = null; // {draws, plane, points}: where the draws from a posterior are
  let shown = isShown(plot); // the map has a place on the page: to ask anew at each movement would lay the page out
  let webGL; // whether the map is drawn with it, once that has been tried
  let losses = 0; // how often it has been lost since the page was opened
  let axes = null; // promise of the figure without its points
  let missed = false; // something to draw came while the map was hidden

  const view = makeView(plot, page);
  const showRing = makeRing(find(".ring"), view);
  const backdrop = makeBackdrop(find(".backdrop"), view, page, () => layers().digits && !view.frozen);
  const originals = makeOriginals(find(".originals"), view, page, () => layers().originals && !view.frozen);
  const grounds = {
    refresh() {
      backdrop.refresh();
      originals.refresh();
    },
    move() {
      backdrop.move();
      originals.move();
    },
  };

  function follow() {
    if (!shown) {
      missed = true;
      return;
    }
    marker.hidden = !view.drawn || view.frozen;
    if (marker.hidden) showRing(null);
    if (!view.drawn || (view.frozen && !epochs.points)) {
      overlay.getContext("2d").clearRect(0, 0, overlay.width, overlay.height);
      return;
    }
    if (view.frozen) {
      overlay.style.visibility = "";
      setText(note, t("map.frozen"));
      drawCloud(overlay, view, epochs.points);
      return;
    }
    const { z } = explorer,
      { at, off } = view.spot();
    const [left, top] = view.pixels(at),
      ring = ringOf(view, off, at);
    const near = within(view.area(), [left, top]); // at the edge when z lies outside of what is shown
    marker.classList.toggle("outside", Math.hypot(near[0] - left, near[1] - top) > 0.5);
    marker.style.transform = `translate(${near[0]}px, ${near[1]}px)`;
    if (dots?.draws !== posterior.draws || dots.plane !== view.plane) {
      dots = {
        draws: posterior.draws,
        plane: view.plane,
        points: posterior.draws.map((draw) => view.plane.place(draw)),
      };
    }
    showRing(ring);
    drawOverlay(overlay, view, {
      ...pathOnPlane(),
      hovered,
      point: posterior.row,
      draws: dots.points,
      links: view.plane.links?.(z, view.put) ?? [],
      bubbles: bubbles.wanted,
      prior: t("map.prior"),
      off,
      marker: at,
    });
    setText(note, ring ? distanceOff(off, ring) : choice.help); // t-SNE has nothing off it
    const title = view.plane.name === "tsne" ? "" : t("map.walk.help");
    if (note.title !== title) note.title = title;
  }

  function distanceOff(off, { toScale }) {
    return t(toScale ? "map.off" : "map.far", { off: decimal(off, 1), usual: decimal(view.usual(), 1) });
  }

  /** The morph's path and its stops on this plane, where there is one. */
  function pathOnPlane() {
    const key = stops.pathKey;
    if (key !== path.key || path.plane !== view.plane) {
      const steps = key ? PATH_POINTS * stops.legs.length : -1;
      const points = Array.from({ length: steps + 1 }, (_, k) => view.plane.place(stops.z(k / steps)));
      const places = key ? stops.names.map((name) => ({ name, point: view.plane.place(stops.code(name)) })) : [];
      path = { key, plane: view.plane, points, stops: places };
    }
    return { path: path.points, stops: path.stops };
  }

  // The plane and the figure

  function usePlane() {
    view.plane = choice.plane();
    view.points = view.plane.points(explorer.atlas.mu);
    view.whole = wholeOf(view);
    bubbles.take();
  }

  const takeGround = () => Object.assign(view, groundOf(layers().digits && !view.frozen, plot));

  /** The theme has changed, or what the points lie on. */
  function recolour() {
    takeGround();
    if (!plot.dataset.model) return;
    const { color, width } = outlineOn(view, plot.clientWidth),
      colours = coloursOfThePage(plot);
    if (plot.data[0].marker.line.color === color && plot.layout.font.color === colours["font.color"]) return;
    window.Plotly.update(plot, { "marker.line.color": color, "marker.line.width": width }, colours);
  }

  function indexPoints() {
    const hidden = new Set(plot.data.flatMap(({ visible }, label) => (visible === "legendonly" ? [label] : [])));
    const { labels } = explorer.atlas;
    view.shown = Array.from(labels.keys()).filter((row) => !hidden.has(labels[row]));
    view.nearestRow = grid(view.points, (row) => !hidden.has(labels[row]));
    return [...hidden];
  }

  async function draw() {
    const { model, atlas } = explorer;
    if (!atlas) return;
    try {
      await latest(plotly);
    } catch {
      waiting.textContent = t("map.failed");
      return;
    }
    if (explorer.atlas !== atlas) return; // another model was chosen meanwhile
    if (!isShown(plot)) {
      missed = true; // there is no size to draw in
      return;
    }
    usePlane();
    takeGround();
    const { name } = view.plane;
    const { range, hidden, drag } = explorer.state.map;
    const asked = range ? limited(range, view.whole) : view.whole;
    webGL ??= hasWebGL();
    const { Plotly } = window;
    const { data, layout } = figureOf(host.figures[model.data], view, model, plot.clientWidth, asked, hidden, webGL);
    layout.dragmode = drag;
    // Plotly draws its points at twice the screen's resolution, which is much to blend where there is no graphics card
    const config = { ...host.config, plotGlPixelRatio: window.devicePixelRatio };
    // Axes and legend take as long as the points, which come in a task of their own
    if (!plot._fullLayout) axes = Plotly.newPlot(plot, withoutPoints(data), layout, config).then(nextTask);
    await latest(axes);
    if (explorer.atlas !== atlas) return;
    view.redrawing = true; // Plotly forgets a selection then, and says so: no one has taken it back
    try {
      await Plotly.react(plot, data, layout, config);
    } finally {
      view.redrawing = false;
    }
    if (explorer.atlas !== atlas || signal.aborted) return;
    ranges.keep(asked);
    plot.dataset.model = model.name;
    plot.dataset.plane = name;
    plot.dataset.points = atlas.labels.length;
    waiting.hidden = true;
    indexPoints();
    listenToPlotly();
    if (explorer.selection.rows.length) selection.show();
    grounds.refresh();
    follow();
    epochs.sync();
  }

  let listening = false;
  function listenToPlotly() {
    if (listening) return;
    listening = true;
    const moved = () => {
      pointer.hide();
      grounds.move();
      follow();
    };
    plot.on("plotly_relayouting", moved);
    plot.on("plotly_relayout", (changes) => {
      if (!Object.keys(changes ?? {}).some((key) => /range|autosize|width|height/.test(key))) return; // colours, a tool
      ranges.moved();
      moved();
      grounds.refresh();
    });
    plot.on("plotly_afterplot", follow);
    plot.on("plotly_restyle", () => {
      if (view.drawn && !view.frozen) {
        const hidden = indexPoints();
        if (hidden.join() !== explorer.state.map.hidden.join()) {
          explorer.setMap({ hidden });
          originals.refresh();
        }
      }
      follow();
    });
    selection.listen();
  }

  // A driver that is reset, or a phone that sleeps, takes WebGL's contexts away. Plotly's layers stay empty even when they
  // come back (plotly.js 8068): the figure is made anew.
  function lost() {
    if (view.redrawing || !plot.dataset.model) return; // a context of the same figure went before
    losses++;
    view.redrawing = true;
    pointer.hide();
    setTimeout(() => {
      if (signal.aborted) return;
      view.redrawing = false;
      window.Plotly.purge(plot);
      listening = false;
      delete plot.dataset.model;
      webGL = losses > MOST_LOSSES ? false : undefined; // once more with WebGL, where there still is some
      draw();
    });
  }
  frame.addEventListener("webglcontextlost", lost, { capture: true, signal });

  // The parts of the map, and its tools

  const ranges = makeRanges(
    plot,
    () => (view.frozen ? epochs.whole : view.whole),
    (range) => view.frozen || explorer.setMap({ range }),
  );
  const bubbles = mountBubbles(find('[name="bubbles"]'), frame, view, page, follow);
  const choice = mountChoice(find(".tools"), page, () => {
    pointer.hide();
    draw();
  });
  const selection = mountSelection(find(".selection"), view, page);
  const posterior = mountPosterior(find(".posterior"), view, page, follow);
  const pointer = mountPointer(frame, find(".preview"), view, page, {
    hovered(row) {
      hovered = row;
      follow();
    },
    go({ point, row, z }) {
      explorer.write(z);
      if (!view.plane.linear) view.place(point);
      explorer.setMap({ point: row });
      follow();
    },
    selected: (rows) => explorer.select({ rows }),
  });
  // As clicks in the legend do, for those who have no pointer: a digit hides or shows the class of that number
  plot.addEventListener(
    "keydown",
    ({ key, altKey, ctrlKey, metaKey }) => {
      if (!/^[0-9]$/.test(key) || altKey || ctrlKey || metaKey || !view.drawn || view.frozen) return;
      const isHidden = explorer.state.map.hidden.includes(Number(key));
      window.Plotly.restyle(plot, { visible: isHidden ? true : "legendonly" }, [Number(key)]);
      const told = { name: view.className(Number(key)) };
      find(".spoken").textContent = t(isHidden ? "map.class.shown" : "map.class.hidden", told);
    },
    { signal },
  );
  mountWheel(frame, plot, find(".wheel"), signal);
  mountPinch(frame, plot, signal, pointer.release);
  const epochs = mountEpochs(find(".epochs"), find("[name=training]"), view, page, {
    async freeze() {
      pointer.hide();
      standStill(true);
      recolour();
      choice.toFirst();
      if (view.plane.name !== choice.name) await draw();
    },
    async frozen(whole) {
      await ranges.set(whole);
      grounds.refresh();
      follow();
    },
    moved: follow,
    thaw() {
      standStill(false);
      choice.offer();
      draw();
    },
  });
  function standStill(still) {
    frame.classList.toggle("frozen", still);
    for (const control of element.querySelectorAll(".tools :is(input, select)")) {
      if (control.name !== "training") control.disabled = still;
    }
    selectable(!still && layers().points);
  }
  function selectable(possible) {
    for (const radio of element.querySelectorAll("[name=drag]:not([value=pan])")) radio.disabled = !possible;
    if (!possible && explorer.state.map.drag !== "pan" && !view.frozen) explorer.setMap({ drag: "pan" }); // what cannot be seen is not selected
  }
  for (const layer of LAYERS) {
    find(`[name="${layer}"]`).addEventListener("change", ({ target }) =>
      explorer.setMap({ layers: { ...layers(), [layer]: target.checked } }),
    );
  }
  for (const radio of element.querySelectorAll("[name=drag]")) {
    radio.addEventListener("change", () => explorer.setMap({ drag: radio.value }));
  }

  const show = (asked) => {
    explorer.setMap({ range: asked === view.whole ? null : asked });
    ranges.set(asked);
  };
  find(".fit").addEventListener(
    "click",
    () => view.drawn && (view.frozen ? ranges.set(epochs.whole) : show(view.whole)),
  );
  find(".nearer").addEventListener("click", () => view.drawn && ranges.zoom(1 / ZOOM));
  find(".farther").addEventListener("click", () => view.drawn && ranges.zoom(ZOOM));

  // What is set, whoever has set it

  let set = null; // the map's state as it is shown
  explorer.on(
    "map",
    (map) => {
      const before = set;
      set = map;
      for (const layer of Object.keys(map.layers)) find(`[name="${layer}"]`).checked = map.layers[layer];
      for (const radio of element.querySelectorAll("[name=drag]")) radio.checked = radio.value === map.drag;
      frame.classList.toggle("pointless", !map.layers.points);
      frame.classList.toggle("painted", map.layers.digits);
      frame.classList.toggle("selecting", map.drag !== "pan" || explorer.selection.rows.length > 0);
      if (!before) return;
      if (before.drag !== map.drag && plot._fullLayout) window.Plotly.relayout(plot, { dragmode: map.drag });
      if (before.layers !== map.layers) {
        selectable(map.layers.points && !view.frozen);
        recolour();
        grounds.refresh();
        follow();
      }
    },
    { signal },
  );
  explorer.on(
    "model",
    () => {
      standStill(false);
      pointer.hide();
    },
    { signal },
  );
  explorer.on(
    "atlas",
    () => {
      choice.offer();
      draw();
    },
    { signal },
  );
  // Of a map that does not come the page has said so
  if (!host.models.length) waiting.hidden = true;
  explorer.on(
    "problem",
    (problem) => {
      if (!plot.dataset.model) waiting.hidden = !explorer.opening || problem?.key === "problem.map";
    },
    { signal },
  );
  explorer.on(
    "restored",
    () => {
      if (!explorer.atlas) return;
      choice.offer();
      draw();
    },
    { signal },
  );
  explorer.on("path", () => view.drawn && follow(), { signal });
  explorer.on(
    "z",
    () => {
      follow();
      backdrop.follow();
    },
    { signal },
  );
  const themes = new MutationObserver(recolour); // Gradio's dark theme is a class of the body
  themes.observe(document.body, { attributeFilter: ["class"] });
  whenShown(
    frame,
    (isShown) => {
      shown = isShown;
      const height = shown && getComputedStyle(frame).position === "sticky" ? frame.offsetHeight : 0;
      document.documentElement.style.setProperty("--map-height", `${height}px`); // see page.css
      if (!shown) return;
      const drawn = view.drawn;
      if (drawn) ranges.resize();
      if (missed || !drawn) {
        missed = false;
        if (drawn) {
          follow();
          grounds.refresh();
        } else draw();
      }
    },
    signal,
  );
  signal.addEventListener("abort", () => {
    themes.disconnect();
    if (plot._fullLayout) window.Plotly.purge(plot);
  });
}
