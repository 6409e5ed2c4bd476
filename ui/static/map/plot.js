// What the map asks of Plotly: its script, the figure with its points, colours that follow the page's theme.

import { rangeOf } from "../maths/ranges.js";

const NARROW = 420; // pixels: a phone held upright

/**
 * Plotly's data and layout for the plane and the points of a view: the figure, which has none, with the points, the ranges
 * {x, y}, and without the hidden classes; webGL: whether to draw with it.
 */
export function figureOf(figure, view, model, width, ranges, hidden, webGL) {
  const { data, layout } = structuredClone(figure);
  const { name, titles } = view.plane;
  const type = webGL ? "scattergl" : "scatter"; // slower, but it draws everywhere
  data.forEach((trace, label) => {
    Object.assign(trace, pointsOf(label, view.points, view.labels), { type });
    trace.marker.line = outlineOn(view, width);
    trace.visible = hidden.includes(label) ? "legendonly" : true;
  });
  for (const [path, colour] of Object.entries(coloursOfThePage(view.plot))) {
    const [part, key] = path.split(".");
    layout[part][key] = colour;
  }
  layout.selectionrevision = `${model.name} ${name} ${titles}`;
  [layout.xaxis, layout.yaxis].forEach((axis, k) => {
    axis.title.text = titles[k];
    axis.showticklabels = name !== "tsne"; // its units mean nothing
    axis.range = [...(k ? ranges.y : ranges.x)];
  });
  if (width < NARROW) makeCompact(data, layout);
  return { data, layout };
}

/** x, y and row numbers of one class's points. */
function pointsOf(label, points, labels) {
  const x = [],
    y = [],
    customdata = [];
  labels.forEach((own, row) => {
    if (own !== label) return;
    x.push(points[2 * row]);
    y.push(points[2 * row + 1]);
    customdata.push(row);
  });
  return { x, y, customdata };
}

/** Plotly's data without a point, for the legend's sake; drawn without WebGL. */
export const withoutPoints = (data) =>
  data.map((trace) => ({ ...trace, type: "scatter", x: [], y: [], customdata: [] }));

/** Ranges {x, y} that show all of a plane's points [N, 2], hidden or not, but for far outliers. */
export function wholeOf({ plane, points }) {
  if (plane.name === "quantiles") return { x: [-0.02, 1.02], y: [-0.02, 1.02] };
  return { x: rangeOf(points, 0), y: rangeOf(points, 1) };
}

/** Leave the room there is to the points. */
function makeCompact(data, layout) {
  for (const { marker } of data) marker.size = 3;
  layout.xaxis.title.text = layout.yaxis.title.text = "";
  layout.legend.entrywidth -= 22;
  layout.legend.font = { size: 11 };
  Object.assign(layout.margin, { l: 24, b: 22, r: 4 });
}

export function coloursOfThePage(plot) {
  const style = getComputedStyle(plot);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    "font.color": colour("--ink-soft"),
    "xaxis.gridcolor": colour("--line"),
    "yaxis.gridcolor": colour("--line"),
    "xaxis.zerolinecolor": colour("--line"),
    "yaxis.zerolinecolor": colour("--line"),
  };
}

/** What the map is drawn on, and what shows on it: the page's own colours, or where it is painted, those of the digits. */
export function groundOf(painted, plot) {
  if (painted) return { dark: true, ground: "#000", ink: "#fff" };
  const style = getComputedStyle(plot);
  const [ground, ink] = ["--ground", "--ink"].map((name) => style.getPropertyValue(name).trim());
  return { dark: document.body.classList.contains("dark"), ground, ink };
}

/** Around each point: on a dark ground the dark ones among the classes' colours need it; small points less of it. */
export function outlineOn({ dark }, width) {
  if (!dark) return { color: "transparent", width: 0 };
  return { color: `rgba(255, 255, 255, ${width < NARROW ? 0.25 : 0.45})`, width: 0.6 };
}

/** Whether there is WebGL to draw with. */
export function hasWebGL() {
  const context = document.createElement("canvas").getContext("webgl");
  context?.getExtension("WEBGL_lose_context")?.loseContext(); // a browser has only so many at once
  return context !== null;
}

const appendToHead = (tag, properties) => document.head.append(Object.assign(document.createElement(tag), properties));

/** Have Plotly on its way, without running it yet. */
export function fetchPlotly(url) {
  if (!window.Plotly) appendToHead("link", { rel: "preload", as: "script", href: new URL(url, document.baseURI).href });
}

/** Load Plotly, unless the page has it. */
export function loadPlotly(url) {
  if (window.Plotly) return Promise.resolve();
  return new Promise((resolve, reject) => {
    appendToHead("script", { src: new URL(url, document.baseURI).href, onload: resolve, onerror: reject });
  });
}
