// One stop of the morph: what was found in its picture, with the ink's box; what the model sees of it and makes of it;
// a pad to draw on; and the corrections where the search for the ink went wrong.

import { explorer } from "./explorer.js";
import { makePad } from "./pad.js";
import { erase, paint } from "./raster.js";
import { tour } from "./tour.js";

const LEAST_CROP = 0.03; // of the picture's side; a smaller box is a slip of the hand

export function mount(element, props, watch, trigger) {
  const find = (selector) => element.querySelector(selector);
  const { side } = props;
  const board = find(".board"), seen = find(".seen-by"), made = find(".made"), note = find(".note");
  const polarity = find(".polarity"), threshold = find(".threshold");
  const picture = new Image();
  let latest = 0; // number of what was last asked: an answer to anything before comes too late
  let wanted = null; // and what it was
  let shown = null; // the normalised picture that came before, as text
  let box = null; // being drawn by hand: [x0, y0, x1, y1] in shares of the picture

  const value = () => props.value ?? {};
  const isPicture = () => Boolean(value().found) && !value().source;

  /** Ask the server for this stop anew, for the chosen model. */
  function ask(change) {
    const { source = null, edits = {} } = value();
    wanted = { id: ++latest, model: explorer.model.name, source, edits, ...change };
    props.value = wanted;
    element.classList.add("busy");
    if (wanted.source) trigger("clear"); // the upload makes room
    trigger("input");
  }

  const pad = makePad(board, {
    wanted: () => !isPicture(),
    drawn: (drawing) => ask({ source: { drawing }, edits: {} }),
  });

  function show() {
    const { id, after } = value();
    if (props.value && (id ?? after ?? 0) !== latest) {
      props.value = wanted; // an answer to an earlier question, or of an upload from before it
      return;
    }
    const { image, mu, model, problem, remarks = [], plain, source, edits = {}, found } = value();
    element.classList.remove("busy");
    element.classList.toggle("given", Boolean(image || found || source));
    element.classList.toggle("picture", isPicture());
    element.classList.toggle("wrong", Boolean(problem));
    note.textContent = [problem, ...remarks].filter(Boolean).join(" ");
    note.classList.toggle("problem", Boolean(problem));
    if (image) paint(seen, image.flat());
    else erase(seen);
    seen.setAttribute("aria-label", image ? `Picture ${side}, normalised to 28 by 28 pixels` : `Picture ${side}, not given yet`);
    polarity.value = edits.polarity ?? "";
    threshold.value = edits.threshold ?? found?.threshold ?? 0.5;
    find(".whole").disabled = !edits.crop && !edits.polarity && edits.threshold === undefined;
    if (found && !source) picture.src = found.picture;
    else if (!source?.drawing) pad.clear();
    if (source?.pixels) pad.show(source.pixels);
    drawPicture();
    const isNew = Boolean(image) && JSON.stringify(image) !== shown; // not the same one, encoded for another model
    shown = JSON.stringify(image);
    const stop = image ? { mu, model, plain, image: Float32Array.from(image.flat()), source, edits } : null;
    const own = tour.stops[side];
    if (stop && source?.pixels && own) tour.set(side, { ...own, ...stop }, false);
    else tour.set(side, stop, isNew);
    if (image && model !== explorer.model?.name) ask({});
  }

  /** What the chosen model makes of it. */
  function drawMade() {
    const stop = tour.stops[side];
    if (stop && stop.model === explorer.model?.name) paint(made, explorer.decode(stop.mu));
    else erase(made);
    made.setAttribute("aria-label", stop ? `Picture ${side}, as the model reconstructs it` : "");
  }

  // The picture, and the box

  const placed = () => {
    const scale = Math.min(board.width / picture.naturalWidth, board.height / picture.naturalHeight);
    const width = scale * picture.naturalWidth, height = scale * picture.naturalHeight;
    return { left: (board.width - width) / 2, top: (board.height - height) / 2, width, height };
  };

  function drawPicture() {
    if (!isPicture() || !picture.naturalWidth) return;
    const context = board.getContext("2d"), { left, top, width, height } = placed();
    context.clearRect(0, 0, board.width, board.height);
    context.drawImage(picture, left, top, width, height);
    const outline = ([x0, y0, x1, y1], dash, colour) => {
      context.setLineDash(dash);
      for (const [line, style] of [[6, "#fff"], [3, colour]]) {
        context.lineWidth = line;
        context.strokeStyle = style;
        context.strokeRect(left + x0 * width, top + y0 * height, (x1 - x0) * width, (y1 - y0) * height);
      }
    };
    if (value().edits?.crop) outline(value().edits.crop, [10, 8], "#71717a");
    if (box) outline(box, [10, 8], "#71717a");
    else if (value().found?.box) outline(value().found.box, [], "#4f46e5");
  }
  picture.addEventListener("load", drawPicture);

  const shareOf = (event) => {
    const rect = board.getBoundingClientRect(), { left, top, width, height } = placed();
    const within = (share) => Math.min(1, Math.max(0, share));
    const scale = board.width / rect.width;
    return [within(((event.clientX - rect.left) * scale - left) / width), within(((event.clientY - rect.top) * scale - top) / height)];
  };
  let start = null;
  board.addEventListener("pointerdown", (event) => {
    if (!isPicture() || event.button !== 0 || !event.isPrimary) return;
    board.setPointerCapture(event.pointerId);
    start = shareOf(event);
  });
  board.addEventListener("pointermove", (event) => {
    if (!start || !event.isPrimary) return;
    const [x, y] = shareOf(event);
    box = [Math.min(start[0], x), Math.min(start[1], y), Math.max(start[0], x), Math.max(start[1], y)];
    drawPicture();
  });
  const released = () => {
    if (!start) return;
    start = null;
    const crop = box;
    box = null;
    if (crop && crop[2] - crop[0] > LEAST_CROP && crop[3] - crop[1] > LEAST_CROP) ask({ edits: { ...value().edits, crop } });
    else drawPicture();
  };
  board.addEventListener("pointerup", released);
  board.addEventListener("pointercancel", released);

  polarity.addEventListener("change", () => ask({ edits: { ...value().edits, polarity: polarity.value || undefined } }));
  threshold.addEventListener("change", () => ask({ edits: { ...value().edits, threshold: threshold.valueAsNumber } }));
  find(".whole").addEventListener("click", () => ask({ edits: {} }));

  // The buttons

  function clear() {
    props.value = wanted = { id: ++latest };
    pad.clear();
    trigger("clear"); // which takes the upload away, too
    show();
  }
  find(".draw").addEventListener("click", () => {
    clear();
    board.focus();
  });
  find(".take").addEventListener("click", () => explorer.model && tour.take(side));
  find(".clear").addEventListener("click", clear);

  /** A stop that came from elsewhere: the digit, the map, a link. */
  function adopt() {
    const stop = tour.stops[side];
    if (!stop?.fresh) return;
    delete stop.fresh;
    pad.show(stop.source.pixels);
    ask({ source: stop.source, edits: {} });
  }

  watch("value", show);
  if (tour.stops[side]) tour.stops[side].fresh = true; // a link's, or one from before this tab was built
  else show();
  explorer.on("model", ({ name }) => {
    const { model, image, problem } = value();
    if ((image || problem) && model !== name) ask({});
    drawMade();
  });
  tour.on("stops", () => {
    adopt();
    drawMade();
  });
}
