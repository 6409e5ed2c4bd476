// What the map asks of Plotly: its script, the figure with its points, colours that follow the page's theme.

const NARROW = 420; // pixels: a phone held upright

/** Plotly's data and layout for the plane and the points of a view; the figure comes from the server, without points. */
export function figureOf(figure, view, model, width) {
  const { data, layout } = structuredClone(figure);
  const { name, titles } = view.plane;
  const type = hasWebGL() ? "scattergl" : "scatter"; // slower, but it draws everywhere
  data.forEach((trace, label) => {
    Object.assign(trace, pointsOf(label, view.points, view.labels), { type });
    trace.marker.line = outlineOn(view, width);
  });
  for (const [path, colour] of Object.entries(coloursOfThePage())) {
    const [part, key] = path.split(".");
    layout[part][key] = colour;
  }
  layout.uirevision = model.name; // what was hidden or zoomed stays so, but not from one model or plane to another
  layout.selectionrevision = `${model.name} ${name} ${titles}`;
  [layout.xaxis, layout.yaxis].forEach((axis, k) => {
    const left = model.variational || name === "tsne" ? 0 : 0.02; // a plain autoencoder's codes have long tails
    axis.uirevision = layout.selectionrevision;
    axis.title.text = titles[k];
    axis.showticklabels = name !== "tsne"; // its units mean nothing
    axis.range = name === "quantiles" ? [-0.02, 1.02] : rangeOf(view.points, k, left);
  });
  if (width < NARROW) makeCompact(data, layout);
  return { data, layout };
}

/** x, y and row numbers of one class's points. */
function pointsOf(label, points, labels) {
  const x = [], y = [], customdata = [];
  labels.forEach((own, row) => {
    if (own !== label) return;
    x.push(points[2 * row]);
    y.push(points[2 * row + 1]);
    customdata.push(row);
  });
  return { x, y, customdata };
}

/** What an axis spans: the points of all classes, hidden or not, but for a part of them at either end. */
function rangeOf(points, axis, left) {
  const values = points.filter((_, i) => i % 2 === axis).sort();
  const low = values[Math.floor(left * (values.length - 1))], high = values[Math.ceil((1 - left) * (values.length - 1))];
  const margin = 0.04 * (high - low) || 1;
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

export function coloursOfThePage() {
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

/** What the map is drawn on, and what shows on it: the page's own colours, or where it is painted, those of the digits. */
export function groundOf(painted) {
  if (painted) return { dark: true, ground: "#000", ink: "#fff" };
  const style = getComputedStyle(document.body);
  const [ground, ink] = ["--body-background-fill", "--body-text-color"].map((name) => style.getPropertyValue(name).trim());
  return { dark: document.body.classList.contains("dark"), ground, ink };
}

/** Around each point: on a dark ground the dark ones among the classes' colours need it; small points less of it. */
export function outlineOn({ dark }, width) {
  if (!dark) return { color: "transparent", width: 0 };
  return { color: `rgba(255, 255, 255, ${width < NARROW ? 0.25 : 0.45})`, width: 0.6 };
}

let webGL;
function hasWebGL() {
  webGL ??= Boolean(document.createElement("canvas").getContext("webgl"));
  return webGL;
}

export function loadScript(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(url, document.baseURI).href;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}
