// Through training: the points move from the untrained cloud to the clusters, with what the decoder made of the same z.

import { finder } from "../draw/dom.js";
import { makeStamp, paint } from "../draw/raster.js";
import { rangeOf, unionOf } from "../maths/ranges.js";
import { latestOnly } from "../state/latest.js";

const SIDE = 4; // images in a row, as many rows
const MOVE_MS = 600; // from one epoch to the next
const PAUSE_MS = 500; // between them, while it plays
const NEEDED = ["snapshot_epochs", "snapshot_planes", "snapshot_pictures"];

/**
 * `button` opens the panel; gives {points, whole, sync}: the points to be drawn instead of the present ones, the ranges that
 * show them at all moments, and a function that opens what the state asks for. hooks are {freeze, frozen}: before and after
 * the map leaves the present, {moved}: the points have, and {thaw}: the present comes back.
 */
export function mountEpochs(panel, button, view, { explorer, t, signal }, hooks) {
  const find = finder(panel);
  const slider = find("[type=range]"),
    label = find("output"),
    canvas = find("canvas"),
    play = find("button");
  const latest = latestOnly(signal);
  const stamp = makeStamp();
  let shots = null; // what the atlas holds of the training, while it is shown
  const epochs = { points: null, whole: null, sync }; // points: Float32Array [N, 2]
  let moving = 0; // the animation's request
  let playing = 0; // the timer of the next step

  const still = () => cancelAnimationFrame(moving);

  function stop() {
    clearTimeout(playing);
    playing = 0;
    play.textContent = t("play.play");
  }

  /** Show an epoch, or the last one where none is named. */
  async function open(epoch) {
    const { atlas, model } = explorer;
    const found = await latest(atlas ? explorer.tensors(NEEDED).catch(() => null) : null);
    if (!found?.snapshot_epochs || !view.drawn || explorer.atlas !== atlas) {
      explorer.setMap({ epoch: null });
      return;
    }
    const own = {
      epochs: Array.from(found.snapshot_epochs),
      planes: found.snapshot_planes,
      images: found.snapshot_pictures,
    };
    own.size = own.planes.length / own.epochs.length;
    shots = own;
    slider.max = own.epochs.length - 1;
    slider.value = indexOf(epoch ?? own.epochs.at(-1));
    const moments = own.epochs.map((_, index) => planeAt(index));
    epochs.whole = {
      x: unionOf(moments.map((points) => rangeOf(points, 0))),
      y: unionOf(moments.map((points) => rangeOf(points, 1))),
    };
    epochs.points = planeAt(slider.valueAsNumber);
    note();
    await latest(hooks.freeze());
    panel.hidden = false;
    panel.dataset.model = model.name;
    await latest(hooks.frozen(epochs.whole));
    tell();
    panel.scrollIntoView({ block: "nearest" });
  }

  function close() {
    latest.cancel();
    still();
    stop();
    panel.hidden = true;
    if (!shots) return;
    epochs.points = epochs.whole = shots = null;
    if (explorer.atlas) hooks.thaw(); // else the map of another model is on its way
  }

  /** Do as the state says. */
  function sync() {
    const { epoch } = explorer.state.map;
    button.checked = epoch !== null;
    if (epoch === null) return close();
    if (!shots) {
      if (view.drawn) open(epoch);
    } else if (indexOf(epoch) !== slider.valueAsNumber) {
      slider.value = indexOf(epoch);
      move();
    }
  }

  /** The stored moment that is nearest to an epoch. */
  function indexOf(epoch) {
    const apart = shots.epochs.map((own) => Math.abs(own - epoch));
    return apart.indexOf(Math.min(...apart));
  }

  const planeAt = (index) => shots.planes.subarray(index * shots.size, (index + 1) * shots.size);

  /** The slider's epoch is the one that the state has. */
  function note() {
    const epoch = shots.epochs[slider.valueAsNumber];
    if (epoch !== explorer.state.map.epoch) explorer.setMap({ epoch });
  }

  function tell() {
    const index = slider.valueAsNumber,
      epoch = shots.epochs[index];
    const what = epoch ? t("epochs.epoch", { epoch, last: shots.epochs.at(-1) }) : t("epochs.untrained");
    label.textContent = what;
    slider.setAttribute("aria-valuetext", what);
    canvas.dataset.epoch = epoch;
    canvas.setAttribute("aria-label", t("epochs.images", { what }));
    for (let k = 0; k < SIDE * SIDE; k++) {
      const from = (index * SIDE * SIDE + k) * 784;
      paint(
        stamp,
        Float32Array.from(shots.images.subarray(from, from + 784), (value) => value / 255),
      );
      canvas.getContext("2d").drawImage(stamp, 28 * (k % SIDE), 28 * Math.floor(k / SIDE));
    }
  }

  /** Move the points to the slider's epoch; gives a promise of their arrival. */
  function move() {
    still();
    note();
    tell();
    const from = epochs.points,
      to = planeAt(slider.valueAsNumber),
      start = performance.now();
    const wait = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : MOVE_MS;
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        const step = (now) => {
          const share = wait ? Math.min(1, Math.max(0, (now - start) / wait)) : 1;
          const eased = share * share * (3 - 2 * share);
          epochs.points = share < 1 ? from.map((value, i) => value + eased * (to[i] - value)) : to;
          hooks.moved();
          panel.dataset.at = share < 1 ? "" : slider.value;
          if (share < 1) moving = requestAnimationFrame(step);
          else resolve();
        };
        moving = requestAnimationFrame(step);
      })
    );
  }

  async function next() {
    if (!shots) return;
    slider.value = slider.value === slider.max ? 0 : slider.valueAsNumber + 1;
    await move();
    if (!playing || !shots) return;
    if (slider.value === slider.max) stop();
    else playing = setTimeout(next, PAUSE_MS);
  }

  // The lab keeps no moments of the training
  explorer.on("model", ({ made }) => (button.disabled = Boolean(made)), { signal });
  button.addEventListener("change", () => (button.checked ? open() : explorer.setMap({ epoch: null })), { signal });
  slider.addEventListener("input", () => {
    stop();
    move();
  });
  play.addEventListener("click", () => {
    if (playing) return stop();
    play.textContent = t("play.pause");
    playing = setTimeout(next);
  });
  explorer.on("map", sync, { signal });
  signal.addEventListener("abort", () => {
    still();
    clearTimeout(playing);
  });
  return epochs;
}
