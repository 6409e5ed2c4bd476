// One stop of the morph: an image file, a drawing or a code; what was found in it, with the ink's box; what the model sees
// of it and makes of it; and the corrections where the search for the ink went wrong.

import { finder } from "../draw/dom.js";
import { erase, paint } from "../draw/raster.js";
import { same } from "../maths/latent.js";
import { latestOnly } from "../state/latest.js";
import { makeBox } from "./box.js";
import { mountCamera } from "./camera.js";
import { mountDrop } from "./drop.js";
import { makePad } from "./pad.js";

export function mount(element, { explorer, host, t, signal }) {
  const find = finder(element);
  const side = element.dataset.stop;
  const { stops } = explorer;
  const board = find(".board"),
    note = find(".note"),
    polarity = find(".polarity"),
    threshold = find(".threshold");
  board.id = `${element.id}-pad`;
  const latest = latestOnly(signal);
  const picture = new Image(); // the uploaded file, made small
  let asked = null; // the stop that the host was last asked about,
  let askedFor = ""; // for which model,
  let gesture = null; // and what gave it: giving it and going there are one step of undo
  let shown; // the stop that is drawn

  const stop = () => stops.all[side];
  const isFile = () => Boolean(stop()?.source.url);

  // What a person gives

  /** Make this stop of something else, or of the same with other corrections. */
  function give(source, edits = {}) {
    const { image, codes, found, source: before } = stop() ?? {};
    const kept = { image, codes, found: before === source ? found : undefined }; // until the host has answered
    gesture = Symbol("stop");
    stops.set(side, { ...kept, source, edits, remarks: [], pending: true }, { gesture });
  }
  const correct = (change) => give(stop().source, { ...stop().edits, ...change });
  const takeFile = (file) => give({ url: URL.createObjectURL(file), name: file.name });

  const pad = makePad(board, {
    wanted: () => !isFile() && !camera.isOn,
    drawn: (drawing) => give({ drawing }),
    signal,
  });
  const box = makeBox(board, picture, { wanted: isFile, drawn: (crop) => correct({ crop }), signal });
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

  // What the host finds in it

  /** Ask for what is not known yet of this stop: its image, or its code for the chosen model and the one beside it. */
  async function ask() {
    const own = stop(),
      { model } = explorer;
    if (!own || !model || own.problem || (asked === own && askedFor === model.name)) return;
    const wanted = [model.name, explorer.models.plainBeside(model)?.name].filter(Boolean);
    const missing = own.pending ? wanted : wanted.filter((name) => !own.codes[name]);
    if (!missing.length) asked = null; // what was not answered for another model is asked for again
    if (!missing.length || !host.can.read) return;
    [asked, askedFor] = [own, model.name];
    const reply = await latest(question(own, missing).catch(() => ({ problem: { code: "problem.server" } })));
    const { problem, image, codes, found, remarks } = reply;
    if (problem && !own.pending) {
      tell(t(problem.code, problem)); // its image is there: only the code for this model is missing
    } else if (problem) {
      stops.add(side, own, { pending: false, problem, found: found ?? own.found, image: undefined, codes: {} });
    } else if (own.pending) {
      const pixels = Float32Array.from(image.flat());
      const isNew = !own.image || !same(own.image, pixels);
      stops.add(side, own, { pending: false, image: pixels, codes: floats(codes), found, remarks }, { isNew, gesture });
    } else {
      const unusual = remarks.length ? remarks : own.remarks;
      stops.add(side, own, { codes: { ...floats(codes), ...own.codes }, remarks: unusual }, { gesture });
    }
  }

  async function question({ source, edits, image, pending }, models) {
    if (!pending) return host.ask("stop", { models, source: { pixels: Array.from(image) }, edits: {} });
    if (!source.url) return host.ask("stop", { models, source, edits });
    return host.ask("stop", { models, source: { path: await pathOf(source) }, edits });
  }

  const paths = new Map(); // address of a file -> promise of its path at the host
  function pathOf({ url, name }) {
    if (!paths.has(url)) {
      const bring = async () => (await host.upload(new File([await (await fetch(url)).blob()], name))).path;
      const path = bring();
      path.catch(() => paths.delete(url));
      paths.set(url, path);
    }
    return paths.get(url);
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
    if (own !== asked) latest.cancel(); // an answer about another stop comes too late
    ask();
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
    else erase(normalised);
    normalised.setAttribute("aria-label", t(image ? "stop.normalised.label" : "stop.empty.label", { side }));
    board.setAttribute("aria-label", t("stop.pad.label", { side }));
    polarity.value = edits.polarity ?? "";
    threshold.value = edits.threshold ?? found?.threshold ?? 0.5;
    find(".whole").disabled = !edits.crop && !edits.polarity && edits.threshold === undefined;
    box.set(edits.crop, found?.box);
    if (source?.drawing) pad.load(source.drawing);
    else if (source?.pixels) pad.show(source.pixels);
    else if (!source) pad.clear();
    else if (found?.preview) picture.src = found.preview;
    else pad.clear();
    if (source?.url) box.draw();
  }

  /** What the chosen model makes of it. */
  function drawReconstruction() {
    const made = find(".reconstructed"),
      code = stops.code(side);
    if (code) paint(made, explorer.decode(code));
    else erase(made);
    made.setAttribute("aria-label", code ? t("stop.reconstructed.label", { side }) : "");
  }

  explorer.on("stops", show, { signal });
  explorer.on("model", show, { signal });
}

const floats = (codes) => Object.fromEntries(Object.entries(codes).map(([name, mu]) => [name, Float32Array.from(mu)]));
