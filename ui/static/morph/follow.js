// Follows the camera: the digit that lies in its frame is found, laid out and encoded again and again, and z goes there. No
// image leaves the page.

import { finder, setText } from "../draw/dom.js";
import { erase, paint, sized } from "../draw/raster.js";
import { whenShown } from "../draw/schedule.js";
import { lerp } from "../maths/latent.js";
import { reduced } from "../state/photos.js";
import { FOUND, fitted, outline } from "./box.js";
import { hasCamera, openCamera } from "./camera.js";

const SIDE = 320, // pixels of a frame that is looked at
  AROUND = 0.6, // of the found box, how far the next look reaches beyond it on each side
  PATIENCE_MS = 700, // a digit that is lost for less is still shown
  SMOOTH = 0.5, // the share of a new code in z while the same digit is followed
  LEAST = 0.6; // confidence

export function mount(element, { explorer, t, signal }) {
  const find = finder(element);
  const button = find("#follow-camera"),
    hold = find(".hold"),
    video = find("video"),
    seen = find(".seen");
  const { encoders, models } = explorer;
  let close = null; // ends the camera
  let held = false;
  let crop = null; // where the digit was last
  let last = -Infinity; // when it was
  let gesture = null; // all that one following writes is one step of undo
  if (!hasCamera()) element.hidden = true;

  async function begin() {
    say("follow.opening");
    const network = models.background.openInk().then(
      () => true,
      () => false,
    );
    const opened = await openCamera(video).catch(() => null);
    if (!opened) return say("stop.camera.failed");
    if (signal.aborted) return opened();
    if (!(await network)) {
      opened();
      return say("problem.server");
    }
    [close, crop, last, gesture] = [opened, null, -Infinity, Symbol("follow")];
    setHeld(false);
    show();
    follow(opened);
  }

  function stop() {
    close?.();
    close = null;
    setHeld(false);
    show();
    say(null);
  }

  function show() {
    button.setAttribute("aria-pressed", String(close !== null));
    setText(button, t(close ? "follow.stop" : "follow.name"));
    find(".view").hidden = !close;
  }

  function setHeld(value) {
    held = value;
    hold.setAttribute("aria-pressed", String(held));
  }

  const say = (key) => {
    find(".view").hidden = !close && !key;
    setText(find(".note"), key ? t(key) : "");
  };

  /** Look at frames, one after the other, until the camera is closed. */
  async function follow(own) {
    while (close === own && !signal.aborted) {
      const { model } = explorer;
      if (held || !model || video.readyState < 2) await frame();
      else {
        try {
          await encoders.open(model);
          const { pixels } = reduced(video, video.videoWidth, video.videoHeight, SIDE);
          const found = await models.background.find(pixels, crop ? { crop } : {}, model.data);
          if (close !== own || signal.aborted) return;
          if (!held) take(found, model);
        } catch {
          stop();
          say("problem.server"); // the weights did not come
        }
      }
    }
  }

  function take(found, model) {
    const now = performance.now();
    if (found.problem || found.confidence < LEAST || explorer.model !== model) {
      crop = null; // the next look is at the whole frame
      if (now - last < PATIENCE_MS) return;
      say("follow.nothing");
      drawBox(null);
      erase(seen, t("follow.seen"));
      return;
    }
    const { mu, isFollowed } = {
      mu: encoders.codes(found.image, model)[model.name],
      isFollowed: now - last < PATIENCE_MS,
    };
    last = now;
    crop = wider(found.box);
    paint(seen, found.image);
    drawBox(found.box);
    say(found.several ? "follow.several" : "follow.found");
    if (found.several) return;
    element.dataset.found = String(Number(element.dataset.found ?? 0) + 1);
    explorer.write(isFollowed ? lerp(explorer.z, mu, SMOOTH) : mu, gesture);
  }

  /** Where to look next: around the box, so that one look is enough. */
  function wider([left, top, right, bottom]) {
    const reach = AROUND * Math.max(right - left, bottom - top);
    return [left - reach, top - reach, right + reach, bottom + reach].map((value) => Math.min(1, Math.max(0, value)));
  }

  function drawBox(box) {
    const canvas = find(".box"),
      { clientWidth: width, clientHeight: height } = canvas;
    const context = sized(canvas, width, height);
    if (!box || !video.videoWidth) return;
    const seenAt = fitted({ width: video.videoWidth, height: video.videoHeight }, { width, height });
    outline(context, box, seenAt, FOUND, 2);
  }

  button.addEventListener("click", () => (close ? stop() : begin()));
  hold.addEventListener("click", () => {
    setHeld(!held);
    say(held ? "follow.held" : null);
  });
  whenShown(element, (isShown) => !isShown && close && stop(), signal);
  document.addEventListener("visibilitychange", () => document.hidden && close && stop(), { signal });
  signal.addEventListener("abort", () => close?.());
}

const frame = () => new Promise(requestAnimationFrame);
