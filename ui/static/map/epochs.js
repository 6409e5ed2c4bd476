// Through training: the points move from the untrained cloud to the clusters, with what the decoder made of the same z.

import { explorer } from "./explorer.js";
import { paint } from "./raster.js";

const SIDE = 4; // pictures in a row, as many rows
const MOVE_MS = 600; // from one epoch to the next
const PAUSE_MS = 500; // between them, while it plays
const OUTSIDE = 0.05; // of the codes may lie outside of the map, at either end, at the moment when they reach farthest
const MARGIN = 0.08;
const NEEDED = ["snapshot_epochs", "snapshot_planes", "snapshot_pictures"];

/**
 * `button` opens the panel; gives {points}, those to be drawn instead of the present ones. hooks are {freeze, frozen}:
 * before and after the map leaves the present, {moved}: the points have, and {thaw}: the present comes back.
 */
export function mountEpochs(panel, button, view, hooks) {
  const slider = panel.querySelector("[type=range]"), label = panel.querySelector("output");
  const canvas = panel.querySelector("canvas"), play = panel.querySelector("button");
  const stamp = document.createElement("canvas");
  stamp.width = stamp.height = 28;
  let opening = null; // which one, so that a later one is not taken for it
  let shots = null; // what the atlas holds of the training
  const epochs = { points: null }; // Float32Array [N, 2]: where they are drawn now, while training is shown
  let moving = 0; // the animation's request
  let playing = 0; // the timer of the next step

  function still() {
    cancelAnimationFrame(moving);
    moving = 0;
  }

  function stop() {
    clearTimeout(playing);
    playing = 0;
    play.textContent = "Play";
  }

  async function open() {
    const { atlas, model } = explorer;
    const own = (opening = {});
    const found = atlas && (await explorer.tensors(NEEDED).catch(() => null));
    if (opening !== own) return; // closed meanwhile
    if (!found || !view.drawn || explorer.atlas !== atlas) {
      button.checked = false;
      return;
    }
    view.frozen = true;
    await hooks.freeze();
    if (opening !== own) return;
    shots = { epochs: Array.from(found.snapshot_epochs), planes: found.snapshot_planes, pictures: found.snapshot_pictures };
    shots.size = shots.planes.length / shots.epochs.length;
    slider.max = shots.epochs.length - 1;
    slider.value = slider.max;
    panel.hidden = false;
    panel.dataset.model = model.name;
    epochs.points = planeAt(slider.valueAsNumber);
    await hooks.frozen(ranges());
    if (opening !== own) return;
    tell();
    panel.scrollIntoView({ block: "nearest" });
  }

  function close() {
    still();
    stop();
    opening = null;
    button.checked = false;
    panel.hidden = true;
    if (!view.frozen) return;
    view.frozen = false;
    epochs.points = shots = null;
    if (explorer.atlas) hooks.thaw(); // else the map of another model is on its way
  }

  /** What the axes span: most of the codes at every stored moment. */
  function ranges() {
    const span = (axis) => {
      const values = shots.planes.filter((_, i) => i % 2 === axis);
      const each = shots.epochs.map((_, k) => values.slice((k * shots.size) / 2, ((k + 1) * shots.size) / 2).sort());
      const low = Math.min(...each.map((own) => own[Math.floor(OUTSIDE * own.length)]));
      const high = Math.max(...each.map((own) => own[Math.floor((1 - OUTSIDE) * own.length)]));
      return [low - MARGIN * (high - low), high + MARGIN * (high - low)];
    };
    return { "xaxis.range": span(0), "yaxis.range": span(1) };
  }

  const planeAt = (index) => shots.planes.subarray(index * shots.size, (index + 1) * shots.size);

  function tell() {
    const index = slider.valueAsNumber, epoch = shots.epochs[index];
    const what = epoch ? `epoch ${epoch} of ${shots.epochs.at(-1)}` : "untrained";
    label.textContent = what;
    slider.setAttribute("aria-valuetext", what);
    canvas.dataset.epoch = epoch;
    canvas.setAttribute("aria-label", `The same 16 draws of z, decoded: ${what}`);
    for (let k = 0; k < SIDE * SIDE; k++) {
      const from = (index * SIDE * SIDE + k) * 784;
      paint(stamp, Float32Array.from(shots.pictures.subarray(from, from + 784), (value) => value / 255));
      canvas.getContext("2d").drawImage(stamp, 28 * (k % SIDE), 28 * Math.floor(k / SIDE));
    }
  }

  /** Move the points to the slider's epoch; gives a promise of their arrival. */
  function move() {
    still();
    tell();
    const from = epochs.points, to = planeAt(slider.valueAsNumber), start = performance.now();
    const wait = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : MOVE_MS;
    return new Promise((resolve) => {
      const step = (now) => {
        const t = wait ? Math.min(1, Math.max(0, (now - start) / wait)) : 1;
        const eased = t * t * (3 - 2 * t);
        epochs.points = t < 1 ? from.map((value, i) => value + eased * (to[i] - value)) : to;
        hooks.moved();
        panel.dataset.at = t < 1 ? "" : slider.value;
        if (t < 1) moving = requestAnimationFrame(step);
        else resolve();
      };
      moving = requestAnimationFrame(step);
    });
  }

  async function walk() {
    if (!shots) return;
    if (slider.value === slider.max) slider.value = 0;
    else slider.value = slider.valueAsNumber + 1;
    await move();
    if (!playing || !shots) return;
    if (slider.value === slider.max) stop();
    else playing = setTimeout(walk, PAUSE_MS);
  }

  button.addEventListener("change", () => (button.checked ? open() : close()));
  slider.addEventListener("input", () => {
    stop();
    move();
  });
  play.addEventListener("click", () => {
    if (playing) return stop();
    play.textContent = "Pause";
    playing = setTimeout(walk);
  });
  explorer.on("model", () => {
    if (button.checked) close();
  });
  return epochs;
}
