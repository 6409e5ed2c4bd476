// Figure 2 of the lecture: noise, and the reparameterisation. z = mu + eps * std as an arrow in the two dimensions of which the
// posterior says most; eps can be drawn by hand.

import { brief, finder, setText } from "../draw/dom.js";
import { codeText, paint, sized } from "../draw/raster.js";
import { gaussian, seeded } from "../maths/latent.js";
import { kl } from "../maths/losses.js";
import { reachOf } from "../maths/ranges.js";
import { PRIOR_RADIUS } from "../maths/statistics.js";
import { makePanel } from "./panel.js";
import { arrow, oval, placeOn } from "./plane.js";

const REACH = 3.2, // of the axes, from 0, at least
  MOST = 0.95, // of the test codes, lie on the plane
  DRAWS = 100,
  SMALL = 8, // pixels of σ; with fewer, the posterior is shown enlarged as well
  LENS = 0.4, // of the canvas, for that
  SIGMAS = 7, // that are seen there
  SOME = 1500; // test codes behind it
const FONT = "12px system-ui, sans-serif";
const HEAD = { long: 9, wide: 4, least: 2 }; // of the arrow, in pixels
const KEYS = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };

export function mount(element, page) {
  const { explorer, host, t, signal } = page;
  const find = finder(element);
  const { lecture } = explorer;
  const canvas = find(".plane"),
    many = find(".many");
  let dims = [0, 1]; // the two that are shown
  let reach = REACH; // of the axes, from 0
  let far = { atlas: null, dims, reach: 0 }; // see farthest
  let pointer = -1;
  let draws = false;
  let lens = null; // see lensOn
  let isInLens = false; // where z is dragged

  function tell() {
    const { now } = lecture;
    if (!now) return false;
    const nats = kl(now.mu, now.logvar);
    const order = Array.from(nats.keys()).sort((a, b) => nats[b] - nats[a]);
    dims = now.mu.length > 1 ? order.slice(0, 2).sort((a, b) => a - b) : [0, 0];
    reach = Math.max(REACH, 1.1 * farthest(now), ...dims.map((i) => 1.1 * Math.abs(now.mu[i])));
    element.dataset.reach = reach.toFixed(4);
    for (const name of ["mu", "std", "eps", "z"]) element.dataset[name] = codeText(now[name]);
    element.dataset.dims = JSON.stringify(dims);
    return true;
  }

  /** The codes of the test images, where the chosen model is the one that is shown. */
  const atlasOf = ({ vae }) => (explorer.atlas?.mu && explorer.model.name === vae.name ? explorer.atlas : null);

  /** How far from 0 nearly all test codes lie in the two dimensions. */
  function farthest(now) {
    const atlas = atlasOf(now);
    if (atlas !== far.atlas || dims.some((i, k) => i !== far.dims[k])) {
      const n = now.mu.length;
      const own = atlas?.mu.filter((_, k) => dims.includes(k % n));
      far = { atlas, dims, reach: own ? reachOf(own, MOST) : 0 };
    }
    return far.reach;
  }

  function draw() {
    const { now } = lecture,
      { clientWidth: size } = canvas;
    if (!now || !size) return;
    drawPlane(now, size);
    element.dataset.lens = lens ? JSON.stringify(lens) : "";
    paint(find(".image"), now.x_hat);
    const [i, j] = dims;
    const pair = (values) => `(${brief(values[i])}, ${brief(values[j])})`;
    setText(
      find(".values"),
      t("lecture.noise.values", { i, j, mu: pair(now.mu), std: pair(now.std), eps: pair(now.eps), z: pair(now.z) }),
    );
    setText(find(".gradient"), t("lecture.noise.gradient", { eps: pair(now.eps) }));
  }

  function drawPlane(now, size) {
    const context = sized(canvas, size, size);
    const style = getComputedStyle(canvas);
    const [ink, soft, line, accent, ground] = ["--ink", "--ink-soft", "--line", "--accent", "--ground"].map((name) =>
      style.getPropertyValue(name),
    );
    const colours = { ink, soft, accent, ground };
    const [i, j] = dims,
      scale = size / (2 * reach),
      place = placeOn(reach);
    context.strokeStyle = line;
    const apart = Math.ceil(reach / 5); // of the lines
    for (let k = -Math.floor(reach / apart); k <= reach / apart; k++) {
      const [x, y] = place([k * apart, k * apart], size);
      context.strokeRect(x, -1, 0, size + 2);
      context.strokeRect(-1, y, size + 2, 0);
    }
    const atlas = atlasOf(now);
    if (atlas) {
      const n = now.mu.length,
        step = Math.max(1, Math.floor(atlas.labels.length / SOME));
      context.globalAlpha = 0.35;
      for (let row = 0; row < atlas.labels.length; row += step) {
        const [x, y] = place([atlas.mu[row * n + i], atlas.mu[row * n + j]], size);
        context.fillStyle = host.palette[atlas.labels[row]];
        context.fillRect(x - 1, y - 1, 2, 2);
      }
      context.globalAlpha = 1;
    }
    context.setLineDash([3, 4]);
    context.strokeStyle = soft;
    oval(context, place([0, 0], size), PRIOR_RADIUS * scale, PRIOR_RADIUS * scale);
    context.setLineDash([]);
    const mean = place([now.mu[i], now.mu[j]], size);
    lens = lensOn(now, size);
    if (!lens) return drawPosterior(context, now, mean, scale, colours);
    dot(context, mean, 2, accent);
    dot(context, seenFrom(mean, now.eps, now, scale), 2, ink);
    drawLens(context, now, mean, scale, colours);
  }

  /**
   * Where mu + eps * std lies, for a mean at a place of the canvas; it is not added up, as mu may swallow the rest.
   * @returns {[number, number]}
   */
  const seenFrom = (mean, eps, { std }, scale) => [
    mean[0] + scale * eps[dims[0]] * std[dims[0]],
    mean[1] - scale * eps[dims[1]] * std[dims[1]],
  ];

  /** The posterior, its mean at a place of the canvas: its draws, one σ around the mean, and z; scale: pixels for a unit. */
  function drawPosterior(context, now, mean, scale, { ink, soft, accent }) {
    const [x, y] = mean,
      z = seenFrom(mean, now.eps, now, scale);
    if (draws) for (const eps of manyDraws(now)) dot(context, seenFrom(mean, eps, now, scale), 1, soft);
    context.strokeStyle = accent;
    context.lineWidth = 2;
    oval(context, mean, now.std[dims[0]] * scale, now.std[dims[1]] * scale);
    context.strokeStyle = context.fillStyle = ink;
    arrow(context, mean, z, HEAD);
    dot(context, mean, 3, accent);
    dot(context, z, 5, ink);
    context.font = FONT;
    context.fillText("μ", x + 6, y + 14);
    context.fillText("z", z[0] + 8, z[1] - 6);
  }

  /**
   * Where a posterior is looked at through a magnifying glass, that is too small to be seen on the plane: the corner that is
   * farthest from it. {left, top, side in pixels, scale: pixels for a unit}, or null.
   */
  function lensOn({ mu, std }, size) {
    const widest = Math.max(...dims.map((i) => std[i]));
    if ((widest * size) / (2 * reach) >= SMALL) return null;
    const side = LENS * size;
    const [left, top] = [mu[dims[0]] > 0 ? 0 : size - side, mu[dims[1]] > 0 ? size - side : 0];
    return { left, top, side, scale: side / (SIGMAS * widest) };
  }

  function drawLens(context, now, mean, scale, colours) {
    const { left, top, side, scale: larger } = lens;
    const half = (side * scale) / larger / 2;
    context.strokeStyle = colours.accent;
    context.lineWidth = 1;
    context.strokeRect(mean[0] - half, mean[1] - half, 2 * half, 2 * half); // what it shows
    context.fillStyle = colours.ground;
    context.fillRect(left, top, side, side);
    context.strokeRect(left, top, side, side);
    context.save();
    context.beginPath();
    context.rect(left, top, side, side);
    context.clip();
    drawPosterior(context, now, [left + side / 2, top + side / 2], larger, colours);
    context.restore();
    const times = larger / scale;
    context.font = FONT;
    context.fillStyle = colours.soft;
    context.fillText(
      `× ${times < 1e5 ? Number(times.toPrecision(2)) : times.toExponential(0).replace("+", "")}`,
      left + 6,
      top + side - 7,
    );
  }

  /** The ball of the lecture: the noise of draws from the posterior, the same for the same seed. */
  function manyDraws({ mu }) {
    const uniform = seeded(lecture.state.seed + 1);
    return Array.from({ length: DRAWS }, () => gaussian(mu.length, 1, uniform));
  }

  /** Set the noise of the two dimensions, so that z lies at a place of the plane. */
  function setEps(values) {
    const { now } = lecture;
    if (!now) return;
    const eps = Float32Array.from(now.eps);
    dims.forEach((i, k) => {
      eps[i] = Math.min(6, Math.max(-6, values[k]));
    });
    lecture.set({ eps });
  }
  function pull({ clientX, clientY }) {
    const { now } = lecture;
    if (!now) return;
    const { left, top, width } = canvas.getBoundingClientRect();
    const [x, y] = [clientX - left, clientY - top];
    const mu = dims.map((i) => now.mu[i]);
    const away =
      isInLens && lens
        ? [x - lens.left - lens.side / 2, lens.top + lens.side / 2 - y].map((pixels) => pixels / lens.scale)
        : [((x / width) * 2 - 1) * reach - mu[0], (1 - (y / width) * 2) * reach - mu[1]];
    setEps(dims.map((i, k) => away[k] / now.std[i]));
  }
  canvas.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0 || !event.isPrimary) return;
      pointer = event.pointerId;
      canvas.setPointerCapture(pointer);
      const { left, top } = canvas.getBoundingClientRect();
      const [x, y] = [event.clientX - left, event.clientY - top];
      isInLens = lens !== null && [x - lens.left, y - lens.top].every((place) => place >= 0 && place <= lens.side);
      pull(event);
    },
    { signal },
  );
  canvas.addEventListener("pointermove", (event) => event.pointerId === pointer && pull(event), { signal });
  const released = (event) => event.pointerId === pointer && (pointer = -1);
  canvas.addEventListener("pointerup", released, { signal });
  canvas.addEventListener("pointercancel", released, { signal });
  canvas.addEventListener(
    "keydown",
    (event) => {
      const step = KEYS[event.key];
      if (!step || !lecture.now) return;
      event.preventDefault();
      setEps(dims.map((i, k) => lecture.now.eps[i] + step[k]));
    },
    { signal },
  );
  find(".again").addEventListener("click", () => lecture.drawEps());
  many.addEventListener("click", () => {
    draws = !draws;
    many.setAttribute("aria-pressed", String(draws));
    show();
  });
  const show = makePanel(element, page, tell, draw);
  explorer.on("atlas", () => show(), { signal });
}

function dot(context, [x, y], radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
