// One stop of the morph: an image file, a drawing or a code; what was found in it, with the ink's box; what the model sees
// of it and makes of it; and the corrections where the search for the ink went wrong.

import { finder } from "../draw/dom.js";
import { makePad } from "../draw/pad.js";
import { erase, paint } from "../draw/raster.js";
import { whenShown } from "../draw/schedule.js";
import { same } from "../maths/latent.js";
import { laidOut } from "../maths/layout.js";
import { reconstruction } from "../maths/losses.js";
import { isLoss } from "../state/connection.js";
import { latestOnly } from "../state/latest.js";
import { Photos, sourceOf } from "../state/photos.js";
import { makeBox } from "./box.js";
import { mountCamera } from "./camera.js";
import { mountDrop } from "./drop.js";

const UNSURE = 0.75; // with less confidence in what was found, the page says so

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const side = element.dataset.stop;
  const { stops, encoders, models } = explorer;
  const board = find(".board"),
    note = find(".note"),
    polarity = find(".polarity"),
    threshold = find(".threshold");
  board.id = `${element.id}-pad`;
  const latest = latestOnly(signal);
  const photos = new Photos(host, models.background);
  let doing = null; // the stop that is being looked for or encoded,
  let doingFor = ""; // for which model,
  let gesture = null; // and what gave it: giving it and going there are one step of undo
  let shown; // the stop that is drawn

  const stop = () => stops.all[side];
  const isFile = () => Boolean(stop()?.source.url);

  // What a person gives

  /** Make this stop of something else, or of the same with other corrections. */
  function give(source, edits = {}) {
    const { image, codes, found, source: before } = stop() ?? {};
    const kept = { image, codes, found: before === source ? found : undefined }; // until the digit is found
    gesture = Symbol("stop");
    stops.set(side, { ...kept, source, edits, remarks: [], pending: true }, { gesture });
  }
  const correct = (change) => give(stop().source, { ...stop().edits, ...change });
  const takeFile = (file) => give(sourceOf(file));

  let stroke = null; // the gesture of the stroke that is being drawn
  /** The pad's ink needs no search: it is laid out and encoded in the frame in which it is drawn. */
  function drawn(strokes, { isDone }) {
    stroke ??= Symbol("stroke");
    const image = laidOut(pad.ink);
    const codes = explorer.model ? encoders.codes(image, explorer.model) : {};
    const remarks = isDone ? unusual(image, codes) : [];
    gesture = stroke;
    stops.set(side, { source: { strokes }, edits: {}, image, codes, remarks }, { isNew: true, there: true, gesture });
    if (isDone) stroke = null;
  }

  const pad = makePad(board, { wanted: () => !isFile() && !camera.isOn, drawn, signal });
  const box = makeBox(board, { wanted: isFile, drawn: (crop) => correct({ crop }), signal });
  const camera = mountCamera(find("video"), find(".camera"), {
    t,
    signal,
    taken: takeFile,
    failed: (key) => tell(t(key)),
  });
  mountDrop(element, find(".paste"), { signal, given: takeFile, failed: (key) => tell(t(key)) });

  const input = find("[type=file]");
  input.addEventListener("change", () => {
    if (input.files[0]) takeFile(input.files[0]);
    input.value = ""; // so that the same file can be chosen again
  });
  find(".take").addEventListener("click", () => explorer.model && stops.take(side));
  find(".clear").addEventListener("click", () => {
    camera.stop();
    if (stop()) stops.set(side, null);
    else pad.clear();
  });
  polarity.addEventListener("change", () => correct({ polarity: polarity.value || undefined }));
  threshold.addEventListener("change", () => correct({ threshold: threshold.valueAsNumber }));
  find(".whole").addEventListener("click", () => give(stop().source));

  // What is found in it, and its codes

  /** Work out what is not known yet of this stop: its image, or its code for the chosen model and the one beside it. */
  async function complete() {
    const own = stop(),
      { model } = explorer;
    if (!own || !model || own.problem || (doing === own && doingFor === model.name)) return;
    if (!own.pending && encoders.wanted(model).every((name) => own.codes[name])) {
      doing = null; // what could not be encoded for another model is tried again
      return;
    }
    [doing, doingFor] = [own, model.name];
    try {
      const opening = encoders.open(model);
      opening.catch(() => {}); // it is waited for below
      const found = own.pending ? await latest(photos.find(own.source, own.edits, model.data)) : null;
      if (found?.problem) {
        stops.add(side, own, { pending: false, problem: found.problem, found: undefined, image: undefined, codes: {} });
        return;
      }
      const failed = await latest(opening);
      const image = found?.image ?? own.image,
        codes = encoders.codes(image, model);
      if (!found) {
        const isNew = Boolean(own.source.strokes) && !Object.keys(own.codes).length; // drawn before the encoder was there
        if (Object.keys(codes).some((name) => !own.codes[name])) {
          stops.add(side, own, { codes: { ...codes, ...own.codes } }, { isNew, there: isNew, gesture });
        } else if (failed) miss(failed); // not asked for again until a model is chosen
        return;
      }
      const isNew = !found.several && (!own.image || !same(own.image, image)); // z does not go to a heap of digits
      const remarks = [...remarksOn(found), ...unusual(image, codes)];
      stops.add(side, own, { pending: false, image, codes, found, remarks }, { isNew, gesture });
    } catch (error) {
      miss(error);
    }
  }

  /** Say that an encoder, or the pixels, did not come; where there was no answer, it is tried again once there is one. */
  function miss(error) {
    tell(t(isLoss(error) ? "problem.connection" : "problem.server"));
    const again = () => {
      doing = null;
      if (!signal.aborted) complete();
    };
    if (isLoss(error)) models.connection.retry(again);
    else if (stop()?.pending) doing = null;
  }

  function remarksOn({ several, confidence }) {
    if (several) return [{ code: "image.several" }];
    return confidence < UNSURE ? [{ code: "image.unsure" }] : [];
  }

  /** What is to be said of an image that the model would hardly have seen. */
  function unusual(image, codes) {
    const { model } = explorer,
      mu = codes[model?.name];
    if (!mu || model.unusual === null) return [];
    const nats = reconstruction(model, image, explorer.decode(mu));
    if (nats <= model.unusual) return [];
    return [{ code: "image.unusual", nats: nats.toFixed(0), limit: model.unusual.toFixed(0) }];
  }

  // What is seen of it

  function tell(sentence, isProblem = true) {
    note.textContent = sentence;
    note.classList.toggle("problem", isProblem && Boolean(sentence));
  }

  function show() {
    element.hidden = stops.room <= "ABCDEF".indexOf(side);
    const own = stop();
    if (own !== shown || own === undefined) draw(own);
    drawReconstruction();
    if (own !== doing) latest.cancel(); // what is found of another stop comes too late
    complete();
  }

  function draw(own) {
    shown = own;
    const { source, edits = {}, image, found, problem, remarks = [], pending = false } = own ?? {};
    element.classList.toggle("given", Boolean(own));
    element.classList.toggle("file", isFile());
    element.classList.toggle("busy", pending);
    const sentences = [problem, ...remarks].filter(Boolean).map(({ code, ...params }) => t(code, params));
    tell(sentences.join(" "), Boolean(problem));
    const normalised = find(".normalised");
    if (image) paint(normalised, image);
    else erase(normalised, t("stop.empty.label", { side }));
    if (image) normalised.setAttribute("aria-label", t("stop.normalised.label", { side }));
    board.setAttribute("aria-label", t("stop.pad.label", { side }));
    polarity.value = edits.polarity ?? "";
    threshold.value = edits.threshold ?? 0.5;
    find(".whole").disabled = !edits.crop && !edits.polarity && edits.threshold === undefined;
    if (source?.strokes) pad.load(source.strokes);
    else if (source?.pixels) pad.show(source.pixels);
    else if (!source) pad.clear();
    else if (problem?.code !== "image.unreadable") showFile(own, edits.crop, found?.box);
    else pad.clear();
  }

  async function showFile(own, crop, ink) {
    try {
      const { canvas } = await photos.open(own.source);
      if (own === shown && !signal.aborted) box.show(canvas, crop, ink);
    } catch {
      if (own === shown) pad.clear(); // a sentence says why
    }
  }

  /** What the chosen model makes of it. */
  function drawReconstruction() {
    const made = find(".reconstructed"),
      code = stops.code(side);
    if (code) paint(made, explorer.decode(code));
    else erase(made, t("stop.empty.label", { side }));
    if (code) made.setAttribute("aria-label", t("stop.reconstructed.label", { side }));
  }

  explorer.on("stops", show, { signal });
  explorer.on("model", show, { signal });
  whenShown(element, (isShown) => isShown && explorer.model && encoders.open(explorer.model).catch(() => {}), signal);
}
