// Figure 8 of the lecture: where the means of the posteriors lie, from epoch to epoch, beside the loss.

import { finder, setText } from "../draw/dom.js";
import { sized } from "../draw/raster.js";
import { oncePerFrame, whenShown } from "../draw/schedule.js";
import { latestOnly } from "../state/latest.js";

const SOME = 4000; // codes that are drawn
const SECONDS = 1.2; // from one moment to the next, while it plays

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const { lecture, models } = explorer;
  const latest = latestOnly(signal);
  const range = find("[type=range]"),
    play = find(".play");
  let shown = null; // {pair, epochs, planes, labels, n, reach, curve}
  let playing = 0;

  async function open() {
    const { pair } = lecture;
    if (!pair?.vae || shown?.pair === pair) return draw();
    const { name } = pair.vae;
    const [atlas, more, { history }] = await latest(
      Promise.all([
        models.atlas(name),
        models.tensors(name, ["snapshot_epochs", "snapshot_planes"]),
        models.metrics(name),
      ]),
    );
    const { snapshot_epochs: epochs, snapshot_planes: planes } = more;
    element.hidden = !planes;
    if (!planes) return;
    const n = atlas.labels.length;
    let reach = 0;
    for (let i = 2 * n * (epochs.length - 1); i < planes.length; i++) reach = Math.max(reach, Math.abs(planes[i]));
    const curve = history.map(({ epoch, test_nelbo }) => [epoch, test_nelbo]);
    shown = { pair, epochs, planes, labels: atlas.labels, n, reach, curve };
    range.max = epochs.length - 1;
    range.value = epochs.length - 1;
    draw();
  }

  const draw = oncePerFrame(() => {
    const canvas = find(".plane"),
      { clientWidth: size } = canvas;
    if (!shown || !size || signal.aborted) return;
    const { epochs, planes, labels, n, reach } = shown;
    const at = range.valueAsNumber,
      before = Math.min(epochs.length - 2, Math.floor(at)),
      share = at - before;
    const context = sized(canvas, size, size);
    const step = Math.max(1, Math.floor(n / SOME));
    for (let row = 0; row < n; row += step) {
      const [x, y] = [0, 1].map((k) => {
        const i = 2 * (before * n + row) + k;
        return (1 - share) * planes[i] + share * planes[i + 2 * n];
      });
      context.fillStyle = host.palette[labels[row]];
      context.fillRect(size / 2 + (0.48 * size * x) / reach - 1, size / 2 - (0.48 * size * y) / reach - 1, 2, 2);
    }
    const epoch = (1 - share) * epochs[before] + share * epochs[before + 1];
    const words = t("lecture.projection.at", { epoch: Math.round(epoch) });
    setText(find("output"), words);
    canvas.setAttribute("aria-label", words);
    element.dataset.epoch = epoch.toFixed(4);
    drawCurve(epoch);
  });

  /** The held-out loss of every epoch, and where the present one is. */
  function drawCurve(epoch) {
    const canvas = find(".curve"),
      { clientWidth: width, clientHeight: height } = canvas;
    const { curve } = shown;
    const context = sized(canvas, width, height);
    const style = getComputedStyle(canvas);
    const nats = curve.map(([, value]) => value);
    const [low, high] = [Math.min(...nats), Math.max(...nats)];
    const last = curve.at(-1)[0];
    const x = (value) => 10 + (Math.log1p(value) / Math.log1p(last)) * (width - 20), // the first epochs have most to tell
      y = (value) => height - 22 - ((value - low) / (high - low)) * (height - 40);
    context.strokeStyle = style.getPropertyValue("--ink-soft");
    context.lineWidth = 2;
    context.beginPath();
    for (const [at, value] of curve) context.lineTo(x(at), y(value));
    context.stroke();
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = style.getPropertyValue("--ink-soft");
    for (const at of [1, 10, 100, last])
      if (at <= last) {
        context.textAlign = at === last ? "right" : "center";
        context.fillText(String(at), at === last ? width - 6 : x(at), height - 6);
      }
    context.textAlign = "start";
    context.fillText(high.toFixed(0), 12, 14);
    context.fillText(low.toFixed(0), width - 28, y(low) - 6);
    context.fillStyle = context.strokeStyle = style.getPropertyValue("--accent");
    context.lineWidth = 1;
    context.strokeRect(x(epoch), 4, 0, height - 24);
    const own = curve.reduce((best, one) => (Math.abs(one[0] - epoch) < Math.abs(best[0] - epoch) ? one : best));
    context.beginPath();
    context.arc(x(own[0]), y(own[1]), 4, 0, 2 * Math.PI);
    context.fill();
  }

  function stop() {
    cancelAnimationFrame(playing);
    playing = 0;
    setText(play, t("play.play"));
  }
  play.addEventListener("click", () => {
    if (playing) return stop();
    if (!shown) return;
    setText(play, t("play.pause"));
    if (range.valueAsNumber >= Number(range.max)) range.value = 0;
    let then = performance.now();
    const next = (now) => {
      range.value = Math.min(Number(range.max), range.valueAsNumber + (now - then) / 1000 / SECONDS);
      then = now;
      draw();
      if (range.valueAsNumber >= Number(range.max) || signal.aborted) return stop();
      playing = requestAnimationFrame(next);
    };
    playing = requestAnimationFrame(next);
  });
  range.addEventListener("input", () => {
    stop();
    draw();
  });
  explorer.on("lecture", () => element.getClientRects().length && open().catch(() => {}), { signal });
  whenShown(element, (isShown) => (isShown ? open()?.catch(() => {}) : stop()), signal);
}
