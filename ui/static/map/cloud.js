// The map's points in motion, at another moment of training.

import { sized } from "../draw/raster.js";

const OPAQUE = 0.8; // what covers more than that hides what lies under it

/**
 * Draw other points [N, 2] than those of the figure, as it would draw them, at frame rate: Plotly takes longer to move its
 * ten traces, and a canvas to draw 10,000 images of a dot, than it takes to set their pixels.
 */
export function drawCloud(canvas, view, points) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return; // the map is hidden
  const context = sized(canvas, width, height);
  const scale = canvas.width / width;
  const area = view.area();
  const left = Math.ceil(scale * area.left),
    top = Math.ceil(scale * area.top);
  const image = context.createImageData(Math.floor(scale * area.width), Math.floor(scale * area.height));
  const words = new Uint32Array(image.data.buffer); // a pixel each
  const origin = view.pixels([0, 0]),
    one = view.pixels([1, 1]);
  const step = [0, 1].map((axis) => scale * (one[axis] - origin[axis]));
  view.plot.data.forEach(({ marker, visible, customdata: rows }) => {
    if (visible === "legendonly") return;
    const dot = dotOf(marker, scale, image.width),
      { core, words: ink, rim, colours } = dot;
    const x0 = scale * origin[0] - left - dot.size / 2 + 0.5,
      y0 = scale * origin[1] - top - dot.size / 2 + 0.5;
    for (const row of rows) {
      const x = Math.floor(x0 + step[0] * points[2 * row]),
        y = Math.floor(y0 + step[1] * points[2 * row + 1]);
      if (x < 0 || y < 0 || x + dot.size > image.width || y + dot.size > image.height) continue;
      const corner = y * image.width + x;
      for (let k = 0; k < core.length; k++) words[corner + core[k]] = ink[k];
      for (let k = 0; k < rim.length; k++) blend(image.data, 4 * (corner + rim[k]), colours, 4 * k);
    }
  });
  context.putImageData(image, left, top);
}

/**
 * The pixels of one of Plotly's markers, as steps from its corner in an image of that width: {core, words}, those that
 * hide what lies under them, and {rim, colours}, the others with red, green, blue and alpha of each.
 */
function dotOf({ color, size, opacity, line }, scale, width) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil(scale * (size + line.width + 1));
  const context = canvas.getContext("2d", { willReadFrequently: true }),
    middle = canvas.width / 2;
  context.globalAlpha = opacity;
  context.fillStyle = color;
  context.strokeStyle = line.color;
  context.lineWidth = scale * line.width;
  context.beginPath();
  context.arc(middle, middle, (scale * size) / 2, 0, 2 * Math.PI);
  context.fill();
  if (line.width) context.stroke();
  const { data } = context.getImageData(0, 0, canvas.width, canvas.width),
    words = new Uint32Array(data.buffer);
  const all = Array.from(words.keys()),
    alpha = (i) => data[4 * i + 3] / 255;
  const core = all.filter((i) => alpha(i) > OPAQUE),
    rim = all.filter((i) => alpha(i) > 0 && alpha(i) <= OPAQUE);
  const steps = (pixels) => Int32Array.from(pixels, (i) => Math.floor(i / canvas.width) * width + (i % canvas.width));
  const colours = Float32Array.from(rim.flatMap((i) => [...data.subarray(4 * i, 4 * i + 3), alpha(i)]));
  return {
    size: canvas.width,
    core: steps(core),
    words: Uint32Array.from(core, (i) => words[i]),
    rim: steps(rim),
    colours,
  };
}

/** Lay the colour colours[from...] over the pixel data[at...]. */
function blend(data, at, colours, from) {
  const alpha = colours[from + 3],
    rest = (data[at + 3] / 255) * (1 - alpha),
    sum = alpha + rest;
  data[at] = (colours[from] * alpha + data[at] * rest) / sum;
  data[at + 1] = (colours[from + 1] * alpha + data[at + 1] * rest) / sum;
  data[at + 2] = (colours[from + 2] * alpha + data[at + 2] * rest) / sum;
  data[at + 3] = 255 * sum;
}
