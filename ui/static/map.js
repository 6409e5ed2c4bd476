// The map: the codes of the test digits in a plane, drawn by Plotly; a click on one moves z there.

import { explorer } from "./explorer.js";
import { project } from "./latent.js";

const NARROW = 420; // pixels: a phone held upright

export function mount(element, props) {
  const plot = element.querySelector(".plot");
  const marker = element.querySelector(".marker");
  const waiting = element.querySelector(".waiting");
  // Plotly keeps the page busy for a while: the digit is to be seen first
  const digitSeen = new Promise((resolve) => explorer.on("z", () => requestAnimationFrame(() => setTimeout(resolve))));
  const plotly = digitSeen.then(() => loadScript(props.plotly));

  function moveMarker() {
    const { xaxis, yaxis } = plot._fullLayout ?? {};
    const drawn = Boolean(xaxis && explorer.atlas && explorer.z && plot.dataset.model === explorer.model.name);
    marker.hidden = !drawn;
    if (!drawn) return;
    const [x, y] = project(explorer.z, explorer.atlas);
    const left = xaxis.l2p(x), top = yaxis.l2p(y);
    // at the edge when z lies outside of what is shown
    const clamp = (value, length) => Math.min(length, Math.max(0, value));
    const shown = [clamp(left, xaxis._length), clamp(top, yaxis._length)];
    marker.classList.toggle("outside", shown[0] !== left || shown[1] !== top);
    marker.style.transform = `translate(${xaxis._offset + shown[0]}px, ${yaxis._offset + shown[1]}px)`;
  }

  let waitingToBeSeen = null; // an atlas that came while another tab was open: there is no size to draw in

  async function draw(atlas) {
    const model = explorer.model;
    try {
      await plotly;
    } catch {
      waiting.textContent = "The map could not be loaded. Reload the page to try again.";
      return;
    }
    if (explorer.atlas !== atlas) return; // another model was chosen meanwhile
    waitingToBeSeen = plot.clientWidth ? null : atlas;
    if (waitingToBeSeen) return;
    const { data, layout } = structuredClone(props.figures[model.name]);
    const type = hasWebGL() ? "scattergl" : "scatter"; // slower, but it draws everywhere
    data.forEach((trace, label) => Object.assign(trace, pointsOf(label, atlas), { type }));
    for (const [path, colour] of Object.entries(coloursOfThePage())) {
      const [part, key] = path.split(".");
      layout[part][key] = colour;
    }
    layout.uirevision = model.name; // what was hidden or zoomed stays so, but not from one model to another
    [layout.xaxis.range, layout.yaxis.range] = [0, 1].map((axis) => rangeOf(atlas.plane, axis, model.variational ? 0 : 0.02));
    if (plot.clientWidth < NARROW) makeCompact(data, layout);
    await window.Plotly.react(plot, data, layout, props.config);
    plot.dataset.model = model.name;
    plot.dataset.points = atlas.labels.length;
    waiting.hidden = true;
    if (!plot.listening) {
      plot.on("plotly_click", ({ points }) => {
        if (plot.dataset.model === explorer.model.name) goTo(points[0].customdata);
      });
      plot.on("plotly_relayout", moveMarker);
      plot.on("plotly_afterplot", moveMarker);
      plot.listening = true;
    }
    moveMarker();
  }

  explorer.on("atlas", draw);
  explorer.on("z", moveMarker);
  new MutationObserver(() => {
    if (plot.dataset.model) window.Plotly.relayout(plot, coloursOfThePage());
  }).observe(document.body, { attributeFilter: ["class"] }); // Gradio's dark theme is a class of the body
  new ResizeObserver(() => {
    if (waitingToBeSeen) draw(waitingToBeSeen);
    else if (plot.dataset.model && plot.offsetParent) window.Plotly.Plots.resize(plot);
  }).observe(element);
}

function goTo(row) {
  if (!explorer.atlas) return; // another model is on its way
  const n = explorer.model.latent_dim;
  explorer.write(explorer.atlas.mu.slice(row * n, (row + 1) * n));
}

/** x, y and row numbers of one class's points. */
function pointsOf(label, { plane, labels }) {
  const x = [], y = [], customdata = [];
  labels.forEach((own, row) => {
    if (own !== label) return;
    x.push(plane[2 * row]);
    y.push(plane[2 * row + 1]);
    customdata.push(row);
  });
  return { x, y, customdata };
}

/** What an axis spans: the points of all classes, hidden or not, but for a part of them at either end. */
function rangeOf(plane, axis, left) {
  const values = plane.filter((_, i) => i % 2 === axis).sort();
  const low = values[Math.floor(left * (values.length - 1))], high = values[Math.ceil((1 - left) * (values.length - 1))];
  const margin = 0.04 * (high - low);
  return [low - margin, high + margin];
}

/** Leave the room there is to the points. */
function makeCompact(data, layout) {
  for (const { marker } of data) marker.size = 3;
  layout.xaxis.title.text = layout.yaxis.title.text = "";
  layout.legend.entrywidth -= 22;
  layout.legend.font = { size: 11 };
  Object.assign(layout.margin, { l: 24, b: 22, r: 4 });
}

function coloursOfThePage() {
  const style = getComputedStyle(document.body);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    "font.color": colour("--body-text-color-subdued"),
    "xaxis.gridcolor": colour("--border-color-primary"),
    "yaxis.gridcolor": colour("--border-color-primary"),
    "xaxis.zerolinecolor": colour("--border-color-primary"),
    "yaxis.zerolinecolor": colour("--border-color-primary"),
  };
}

let webGL;
function hasWebGL() {
  webGL ??= Boolean(document.createElement("canvas").getContext("webgl"));
  return webGL;
}

function loadScript(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(url, document.baseURI).href;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}
