// An explorer: the chosen model, z, and all that a person has set. Everything a person does writes the state here;
// everything a person sees reads it from here.

import { drawMixture, gaussian, same, seeded } from "../maths/latent.js";
import { FARTHEST } from "./codec.js";
import { isLoss } from "./connection.js";
import { Emitter } from "./emitter.js";
import { Encoders } from "./encoders.js";
import { History } from "./history.js";
import { latestOnly } from "./latest.js";
import { Lecture } from "./lecture.js";
import { decodeState, emptySelection, encodeState, initialState } from "./link.js";
import { changedPins, isSamePin, MOST_PINS, mergedPins } from "./pins.js";
import { Stops } from "./stops.js";
import { Training } from "./training.js";

export class Explorer {
  state = initialState();
  model = null; // the chosen model, with its decode(z), once its weights are there
  atlas = null; // its test images' codes, once they have come
  hints = []; // names of those that are still to be shown on a first visit; no link and no undo brings them back
  problem = null; // {key, params} of a sentence on what went wrong, until a model is chosen
  #history = new History();
  #emitter = new Emitter();
  #frame = 0; // pending requestAnimationFrame
  #stale = false; // z has moved since it was drawn
  #opening = null; // name of the model that is shown or on its way
  #asked = null; // name of the model that was chosen last, also where it could not be had
  #latestLink = latestOnly();
  #decoded = { model: null, z: null, x: null }; // the last image: several views show the same

  /** models: see Models; state: to begin with. */
  constructor(models) {
    this.models = models;
    this.encoders = new Encoders(models);
    this.stops = new Stops(this);
    this.lecture = new Lecture(this);
    this.training = new Training(models);
  }

  /**
   * Call fn now, where there is something to tell, and whenever `what` changes, until `signal` aborts: "model", "atlas",
   * "z" (z, x_hat; at most once a frame), "history", "problem", "hints", and the parts of the state "tab", "temperature", "samples", "map",
   * "lecture", "pins", "stops", "path" and "t", "back", when a lost connection is, and "forgotten", when the browser does not keep the pins. A change of the stops is one of the path, too, and that one of t. "restored" tells that a link
   * has brought another state of the same model.
   */
  on(what, fn, { signal } = /** @type {{signal?: AbortSignal}} */ ({})) {
    this.#emitter.listen(what, fn, signal);
    const told = {
      models: this.models.list,
      model: this.model,
      atlas: this.atlas,
      problem: this.problem,
      history: this.history,
      tab: this.state.tab,
      hints: this.hints,
      temperature: this.state.temperature,
      samples: this.state.samples,
      map: this.state.map,
      lecture: this.state.lecture,
      pins: this.state.pins,
    };
    if (what === "z") {
      if (this.z) this.#emitter.guard(fn, this.z, this.decode(this.z));
    } else if (["stops", "path", "t"].includes(what)) this.#emitter.guard(fn);
    else if (told[what] != null) this.#emitter.guard(fn, told[what]);
  }

  /** How many functions listen, for tests. */
  get listeners() {
    return this.#emitter.size;
  }

  // The model

  /**
   * Choose a model by name; gives the name of the one that is shown then: where loading fails, the one before. What is set
   * on the map of the model before is taken back, but with `keep`.
   */
  async open(name, { keep = false } = {}) {
    this.#asked = name;
    if (name === this.#opening) {
      if (name === this.model?.name) this.tell(null); // takes back what was said of a failure
      return name;
    }
    this.#opening = name;
    try {
      const [model, start] = await Promise.all([this.models.load(name, this), this.state.z[name] ?? this.#start(name)]);
      if (this.#opening !== name) return this.#opening; // a later choice overtook this one
      this.#openAtlas(name); // on its way while the digit is drawn
      this.state.model = name;
      this.state.z = { [name]: start, ...this.state.z };
      this.model = model;
      this.atlas = null;
      if (!keep) this.state.map = { ...this.state.map, range: null, epoch: null, point: -1 };
      this.settle();
      this.tell(null);
      this.#emitter.emit("model", model);
      this.setMap({});
      this.#emitter.emit("history", this.history);
      this.#redraw();
    } catch (error) {
      if (this.#opening === name) {
        this.#opening = this.model?.name ?? null;
        const { z } = this;
        this.failed(error, "problem.model", { name, detail: error.message }, () => {
          if (this.#asked === name && this.z === z) this.open(name, { keep }); // nothing else has been done since
        });
      }
    }
    return this.#opening;
  }

  /** The name of the model that is shown or on its way, or null. */
  get opening() {
    return this.#opening;
  }

  /** Offer a model that was made in the page, see `Models.add`, and open it. */
  async add(model, files) {
    const { name } = model;
    this.models.add(model, files);
    this.encoders.forget(name);
    delete this.state.z[name]; // of an earlier model of that name, as are the stops' codes
    const stops = Object.entries(this.state.morph.stops).map(([side, stop]) => {
      const { [name]: _, ...codes } = stop?.codes ?? {};
      return [side, stop?.codes ? { ...stop, codes } : stop];
    });
    this.setMorph({ stops: Object.fromEntries(stops) }, "stops");
    this.#emitter.emit("models", this.models.list);
    this.#opening = null; // also in place of one that is shown
    return this.open(model.name);
  }

  /**
   * Where z of a model begins that is chosen for the first time: at the first sample like the data, so that a digit is seen;
   * at 0 where no mixture was fitted, or it cannot be had.
   */
  async #start(name) {
    const mixture = await this.models.mixture(name).catch(() => null);
    const { temperature, samples } = this.state;
    if (mixture?.sampler_weights) return drawMixture(mixture, temperature, seeded(samples.seed));
    return new Float32Array(this.models.get(name)?.latent_dim ?? 0);
  }

  async #openAtlas(name) {
    const isShown = () => this.model?.name === name;
    try {
      const atlas = await this.models.atlas(name);
      if (!isShown()) return;
      this.atlas = atlas;
      this.#checkRows();
      this.#emitter.emit("atlas", atlas);
      this.#redraw();
    } catch (error) {
      if (!isShown()) return;
      const again = () => isShown() && !this.atlas && this.#openAtlas(name);
      this.failed(error, "problem.map", { name, detail: error.message }, again);
    }
  }

  /** More of the chosen model's atlas, which can come later: {name: typed array}; fetched when first asked for. */
  async tensors(names) {
    const { name } = this.model;
    try {
      return await this.models.tensors(name, names);
    } catch (error) {
      if (this.model.name === name) this.failed(error, "problem.map", { name, detail: error.message });
      throw error;
    }
  }

  /** Say that something went wrong, by the key of a sentence; null takes it back. */
  tell(key, params = {}) {
    this.problem = key && { key, params };
    this.#emitter.emit("problem", this.problem);
  }

  /**
   * Something failed: say the sentence of a key, or, where there was no answer, that the connection is lost; then again() is
   * called once it is back, and the sentence is taken back.
   */
  failed(error, key, params = {}, again = () => {}) {
    if (!isLoss(error)) {
      this.tell(key, params);
      return;
    }
    this.tell("problem.connection");
    this.models.connection.retry(() => {
      if (this.problem?.key === "problem.connection") this.tell(null);
      again();
      this.#emitter.emit("back");
    });
  }

  /** The image at a latent vector of the chosen model, x_hat [784] in [0, 1]: the same array while the same is asked for. */
  decode(z) {
    const { model } = this;
    if (this.#decoded.model !== model || !same(this.#decoded.z, z)) {
      const own = Float32Array.from(z);
      this.#decoded = { model, z: own, x: model.decode(own) };
    }
    return this.#decoded.x;
  }

  /**
   * A place for many images that follow something, decoded without keeping the page waiting: ask(z [n, D], options), of
   * which the latest is answered by done(answer, ask), see Background. What was asked of another model than the one that is
   * chosen by then is left out.
   */
  images(done, signal) {
    const answered = (answer, ask) => ask.of === this.model.name && done(answer, ask);
    const { ask, drop } = this.models.background.slot(answered, signal);
    return {
      ask: (z, options = {}) => ask({ model: this.model.name, of: this.model.name, z, ...options }),
      drop,
    };
  }

  // z

  /** The latent vector of the chosen model: Float32Array [latent_dim], or null before there is one. */
  get z() {
    return this.model && this.state.z[this.model.name];
  }

  /** Move to z. Writes of one gesture, until settle(), are undone in one step. */
  write(z, gesture = null) {
    if (!this.model || z.length !== this.model.latent_dim || !Array.prototype.every.call(z, Number.isFinite)) return;
    const next = Float32Array.from(z, (value) => Math.min(FARTHEST, Math.max(-FARTHEST, value)));
    if (same(next, this.z)) return; // nothing to undo
    this.#note({ z: this.z }, gesture);
    this.#setZ(this.model.name, next);
  }

  /** Move along one dimension. */
  writeOne(index, value, gesture) {
    const z = Array.from(this.z); // in double precision: as float32, 1e39 would be infinite and refused
    z[index] = value;
    this.write(z, gesture);
  }

  /** New samples from the prior N(0, I), scaled by the temperature; z is the first of them. */
  random() {
    if (this.model) this.#sample("prior");
  }

  /** New samples from where the codes of real images lie: from the mixture of Gaussians fitted to them. */
  async likeData() {
    const { model } = this;
    const atlas = model && (await this.models.atlas(model.name).catch(() => null)); // fetched once, and perhaps on its way
    if (atlas && this.model === model) this.#sample("data", atlas);
  }

  #sample(source, atlas = this.atlas) {
    this.state.samples = { source, seed: crypto.getRandomValues(new Uint32Array(1))[0] };
    this.#emitter.emit("samples", this.state.samples);
    this.write(this.samples(1, atlas)[0]);
  }

  /**
   * The first n samples at the present temperature: the same draws, nearer in or farther out, until new ones are drawn;
   * none while the mixture has not come.
   */
  samples(n, atlas = this.atlas) {
    const { temperature, samples } = this.state,
      uniform = seeded(samples.seed);
    if (samples.source === "data" && !atlas?.sampler_weights) return [];
    return Array.from({ length: n }, () =>
      samples.source === "data"
        ? drawMixture(atlas, temperature, uniform)
        : gaussian(this.model.latent_dim, temperature, uniform),
    );
  }

  /** To the origin, where the prior has its peak. */
  reset() {
    if (this.z) this.write(new Float32Array(this.z.length));
  }

  #setZ(name, z) {
    this.state.z = { ...this.state.z, [name]: z };
    if (name === this.model?.name) this.#redraw();
  }

  // The first change is drawn at once, those that follow within the same frame together at the next one.
  #redraw() {
    if (this.#frame) {
      this.#stale = true;
      return;
    }
    this.#stale = false;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#stale) this.#redraw();
    });
    this.#emitter.emit("z", this.z, this.decode(this.z));
  }

  // The rest of the state

  setTab(tab) {
    if (tab === this.state.tab) return;
    this.state.tab = tab;
    this.#emitter.emit("tab", tab);
  }

  setHints(hints) {
    this.hints = hints;
    this.#emitter.emit("hints", hints);
  }

  setTemperature(temperature) {
    this.state.temperature = temperature;
    this.#emitter.emit("temperature", temperature);
  }

  /** Change parts of what is set on the map. */
  setMap(part) {
    this.state.map = { ...this.state.map, ...part };
    this.#emitter.emit("map", this.state.map);
  }

  /** What is selected of the chosen model's codes: {rows, A, B, t}. */
  get selection() {
    return this.state.map.selections[this.model?.name] ?? emptySelection;
  }

  /** Change parts of the selection; with `undoable` it is a step of undo, together with others of its gesture. */
  select(part, { undoable = true, gesture = null } = {}) {
    if (undoable) this.#note({ selection: this.selection }, gesture);
    this.#setSelection(this.model.name, { ...this.selection, ...part });
  }

  #setSelection(name, selection) {
    this.setMap({ selections: { ...this.state.map.selections, [name]: selection } });
  }

  /** Change parts of the morph; `what` of it changed: "stops", "path" or "t". Each tells of the next. */
  setMorph(part, what, { undoable = false, gesture = null } = {}) {
    if (undoable) this.#note({ stops: this.state.morph.stops }, gesture);
    this.state.morph = { ...this.state.morph, ...part };
    const all = ["stops", "path", "t"];
    for (const one of all.slice(all.indexOf(what))) this.#emitter.emit(one);
  }

  /** Change parts of what the lecture's panels show; with `undoable` it is a step of undo, together with others of its gesture. */
  setLecture(part, { undoable = false, gesture = null } = {}) {
    if (undoable && this.model) this.#note({ lecture: this.state.lecture }, gesture);
    this.state.lecture = { ...this.state.lecture, ...part };
    this.#emitter.emit("lecture", this.state.lecture);
  }

  // Pins

  /** Change the list of pins, which is a step of undo unless nobody has asked for it. */
  setPins(pins, { undoable = true } = {}) {
    if (undoable && this.model) this.#note({ pins: { from: this.state.pins, to: pins } });
    this.state.pins = pins;
    this.#emitter.emit("pins", pins);
  }

  /** The pin of the present z, or undefined. */
  get pin() {
    const { z, model } = this;
    return z ? this.state.pins.find((pin) => isSamePin(pin, { model: model.name, z })) : undefined;
  }

  /** Keep z under a name, or for good where a link has brought it; gives whether there was room and it was not kept yet. */
  keep(name) {
    const { z, model, pin } = this,
      { pins } = this.state;
    if (pin?.linked) {
      this.setPins(pins.map((one) => (one === pin ? { ...pin, linked: undefined } : one)));
      return true;
    }
    if (!z || pin || pins.length >= MOST_PINS) return false;
    this.setPins([...pins, { model: model.name, name, z, x: this.decode(z) }]);
    return true;
  }

  /** The browser did not keep the pins. */
  tellForgotten() {
    this.#emitter.emit("forgotten");
  }

  /** Go to a pin, of whichever model. */
  async goTo(pin) {
    if ((await this.open(pin.model)) === pin.model && this.model.name === pin.model) this.write(pin.z);
  }

  // Undo and redo

  #note(before, gesture = null) {
    if (this.problem?.key === "problem.link") this.tell(null); // who goes on has read it
    this.#history.note({ model: this.model.name, ...before }, gesture);
    this.#emitter.emit("history", this.history);
  }

  /** The gesture is over: the next write is another step of undo. */
  settle() {
    this.#history.settle();
  }

  undo() {
    this.#restore("undo");
  }

  redo() {
    this.#restore("redo");
  }

  /** Whether there is something to undo and to redo. */
  get history() {
    return this.#history.can(this.model?.name);
  }

  #restore(direction) {
    if (!this.model) return;
    const { z, map, morph } = this.state;
    const present = {
      z: ({ model }) => z[model],
      selection: ({ model }) => map.selections[model] ?? emptySelection,
      stops: () => morph.stops,
      lecture: () => this.state.lecture,
      pins: ({ pins }) => ({ from: pins.to, to: pins.from }),
    };
    const now = (step) =>
      Object.fromEntries(Object.keys(step).map((key) => [key, key === "model" ? step.model : present[key](step)]));
    const step = this.#history[direction](this.model.name, now);
    if (!step) return;
    if (step.z) this.#setZ(step.model, step.z);
    if (step.selection) this.#setSelection(step.model, step.selection);
    if (step.lecture) this.setLecture(step.lecture);
    if (step.pins) {
      const { from, to } = step.pins; // the change that is taken back is the one from `from` to `to`
      this.setPins(changedPins(this.state.pins, { from: to, to: from }), { undoable: false });
    }
    if (step.stops) this.setMorph({ stops: step.stops }, "stops");
    this.#emitter.emit("history", this.history);
  }

  // The address

  /** The address that restores exactly what is shown now. */
  link() {
    return `${location.href.split("#")[0]}#${encodeState(this.state)}`;
  }

  /**
   * Bring back what an address part holds; gives false where it holds nothing. What makes no sense in it is left out, and
   * a sentence says so. Of other models than the shown one, only what the address names is changed.
   */
  async restore(text, fallback = this.model?.name) {
    const linked = decodeState(text, (name) => this.models.get(name));
    if (!linked) {
      if (text) this.tell("problem.link");
      return false;
    }
    const { codes, images, ...morph } = linked.state.morph;
    const model = linked.state.model ?? fallback;
    const before = this.model?.name;
    const pins = mergedPins(this.state.pins, linked.state.pins); // a link takes none of a person's own away
    if (before)
      this.#note({
        z: this.z,
        selection: this.selection,
        stops: this.state.morph.stops,
        pins: { from: this.state.pins, to: pins },
      });
    const shown = this.models.get(model);
    const isNamed = linked.state.model !== null || before; // else z begins where a new page's does
    const here = shown && isNamed && { [model]: new Float32Array(shown.latent_dim) };
    const { z, map } = this.state,
      { state } = linked;
    const { [model]: _, ...selections } = map.selections;
    this.state = { ...state, model: before ?? null, morph, pins, z: { ...z, ...here, ...state.z } };
    this.state.map = { ...state.map, selections: { ...selections, ...state.map.selections } };
    this.#emitter.emit("tab", this.state.tab);
    this.setHints([]); // who follows a link knows what to look at
    this.#emitter.emit("temperature", this.state.temperature);
    this.#emitter.emit("samples", this.state.samples);
    this.setLecture({});
    this.#emitter.emit("pins", pins);
    if (model === before) this.#redraw();
    this.setMap({});
    if (model) await this.#latestLink(this.open(model, { keep: true }));
    if (this.model?.name === model) {
      for (const [name, code] of Object.entries(codes)) {
        this.stops.take(name, code, { undoable: false, image: images[name] });
      }
      this.setMorph({ t: morph.t }, "stops");
      this.stops.adopt();
    }
    if (this.atlas) this.#checkRows();
    if (model === before) this.#emitter.emit("restored");
    if (linked.damaged) this.tell("problem.link");
    return true;
  }

  /** A link may name test images that are not there: they are left out. */
  #checkRows() {
    const { length } = this.atlas.labels ?? [];
    const { rows } = this.selection;
    const known = rows.filter((row) => row < length);
    if (known.length < rows.length) this.#setSelection(this.model.name, { ...this.selection, rows: known });
    if (this.state.map.point >= length) this.setMap({ point: -1 });
    else if (known.length === rows.length) return;
    this.tell("problem.link");
  }
}
