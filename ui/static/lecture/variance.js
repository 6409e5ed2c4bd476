// Figure 4 of the lecture: v - log v - 1, and the parabola of the mean, with the image's own variance and mean on them.

import { brief, decimal, finder, setText } from "../draw/dom.js";
import { sized } from "../draw/raster.js";
import { kl } from "../maths/losses.js";
import { makePanel } from "./panel.js";

const SIZE = { low: 0, high: 3, top: 3, least: 1, at: (v) => (v - Math.log(v) - 1) / 2 };
const PLACE = { low: -3, high: 3, top: 4.5, least: 0, at: (mu) => mu ** 2 / 2 };

export function mount(element, page) {
  const { explorer, t } = page;
  const find = finder(element);
  const { lecture } = explorer;
  const range = find("[type=range]");

  let v = 1,
    mu = 0; // of the dimension that is shown

  function tell() {
    const { now, state } = lecture;
    if (!now) return false;
    const nats = kl(now.mu, now.logvar);
    const order = Array.from(nats.keys()).sort((a, b) => nats[b] - nats[a]);
    const rank = Math.min(state.dimension, order.length - 1),
      i = order[rank];
    range.max = order.length - 1;
    range.value = rank;
    setText(find("output"), t("lecture.variance.which", { i, rank: rank + 1 }));
    v = now.std[i] ** 2;
    mu = now.mu[i];
    const told = {
      v: brief(v),
      mu: decimal(mu, 2),
      size: decimal(SIZE.at(v), 2),
      place: decimal(PLACE.at(mu), 2),
      kl: decimal(nats[i], 2),
    };
    setText(find(".sum"), t("lecture.variance.sum", told));
    Object.assign(element.dataset, { dimension: i, v: v.toFixed(4), mu: mu.toFixed(4), kl: nats[i].toFixed(4) });
    return true;
  }

  function draw() {
    drawCurve(find(".size"), SIZE, v, t("lecture.variance.size.label", { v: brief(v), nats: decimal(SIZE.at(v), 2) }));
    drawCurve(
      find(".place"),
      PLACE,
      mu,
      t("lecture.variance.place.label", { mu: decimal(mu, 2), nats: decimal(PLACE.at(mu), 2) }),
    );
  }

  /** A curve with its minimum, and the value that the image has on it. */
  function drawCurve(canvas, { low, high, top, least, at }, value, label) {
    const { clientWidth: width, clientHeight: height } = canvas;
    const context = sized(canvas, width, height);
    const style = getComputedStyle(canvas);
    const [ink, soft, line, accent] = ["--ink", "--ink-soft", "--line", "--accent"].map((name) =>
      style.getPropertyValue(name),
    );
    const x = (one) => 12 + ((one - low) / (high - low)) * (width - 24),
      y = (nats) => height - 24 - (nats / top) * (height - 36);
    context.strokeStyle = line;
    context.strokeRect(0, y(0), width, 0);
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = soft;
    for (let k = Math.ceil(low); k <= high; k++) context.fillText(String(k).replace("-", "−"), x(k) - 3, height - 8);
    context.strokeStyle = soft;
    context.lineWidth = 2;
    context.beginPath();
    for (let k = 0; k <= 200; k++)
      context.lineTo(
        x(low + ((high - low) * k) / 200),
        y(Math.min(2 * top, at(low + ((high - low) * (k || 0.01)) / 200))),
      );
    context.stroke();
    context.setLineDash([3, 3]);
    context.strokeRect(x(least), y(0), 0, -12);
    context.setLineDash([]);
    context.fillStyle = soft;
    context.textAlign = "center";
    context.fillText(t("lecture.variance.least"), x(least), y(0) - 16);
    context.textAlign = "start";
    const shown = Math.min(high, Math.max(low, value));
    context.fillStyle = context.strokeStyle = accent;
    context.lineWidth = 1;
    context.strokeRect(x(shown), y(0), 0, y(Math.min(top, at(value))) - y(0));
    context.beginPath();
    context.arc(x(shown), y(Math.min(top, at(value))), 5, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = ink;
    canvas.setAttribute("aria-label", label);
  }

  range.addEventListener("input", () => lecture.set({ dimension: range.valueAsNumber }));
  makePanel(element, page, tell, draw);
}
