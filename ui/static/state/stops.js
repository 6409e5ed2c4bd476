// The morph of an explorer: up to six stops, the path from each to the next, and how far along it z is. What a person
// has set lies in the explorer's state; only the geodesics, which follow from it, are kept here.
//
// A stop is {source, edits, image [784], codes: {model: mu}, found, remarks, problem, pending}:
// source: {url, name} of a file, {strokes} of a drawing or {pixels [784]}, what the image was made from, in the last case also
// `decoded`, the model where it was decoded from the code;
// edits: {polarity, threshold, crop}, the corrections; found: see findInk, where the ink was found;
// remarks, problem: {code, ...} of sentences; pending: whether it is still being looked for.

import { along, lerp, same, slerp } from "../maths/latent.js";
import { PATHS, STOPS } from "./link.js";

export class Stops {
  #explorer;
  #curves = null; // the geodesics: {key, legs: [[z, ...], ...], progress}
  #written = null; // what z was last set to from here,
  #model = null; // of which model,
  #follows = false; // and whether nothing else has moved it since, but for a change of the model
  #key = null; // {model, stops, text}: made once for the same stops, as it is asked for at every frame

  constructor(explorer) {
    this.#explorer = explorer;
    explorer.on("z", (z) => {
      if (explorer.model.name === this.#model && z !== this.#written) this.#follows = false;
    });
  }

  get all() {
    return this.#explorer.state.morph.stops;
  }

  get path() {
    return this.#explorer.state.morph.path;
  }

  /** How far along the path z is, in [0, 1], from the first stop to the last, or around all of them. */
  get t() {
    return this.#explorer.state.morph.t;
  }

  /** How many stops there is room for on the page. */
  get room() {
    return this.#explorer.state.morph.room;
  }

  /** Make room for one more stop. */
  more() {
    this.#explorer.setMorph({ room: Math.min(STOPS.length, this.room + 1) }, "stops");
  }

  /** The stops that have an image, in order. */
  get names() {
    return STOPS.filter((name) => this.all[name]?.image);
  }

  /** A stop's code for the chosen model, or undefined. */
  code(name) {
    return this.all[name]?.codes?.[this.#explorer.model?.name];
  }

  /** Whether there is a path to follow: two stops or more, all of them with a code of the chosen model. */
  get ready() {
    const { names } = this;
    return names.length > 1 && names.every((name) => this.code(name));
  }

  /** Pairs of stops: there and back again between two, a round trip with more. */
  get legs() {
    const { names } = this;
    const pairs = names.map((name, k) => [name, names[(k + 1) % names.length]]);
    return names.length === 2 ? pairs.slice(0, 1) : pairs;
  }

  /** What the path depends on, but for its kind; "" where there is none. */
  get key() {
    if (!this.ready) return "";
    const model = this.#explorer.model.name;
    if (this.#key?.model !== model || this.#key.stops !== this.all) {
      const text = `${model} ${this.names.map((name) => `${name} ${Array.from(this.code(name))}`)}`;
      this.#key = { model, stops: this.all, text };
    }
    return this.#key.text;
  }

  /** What all of the path depends on: its kind, too, and how far the search for a geodesic has come. */
  get pathKey() {
    return this.ready ? `${this.key} ${this.path} ${this.path === "geodesic" && this.curves?.progress}` : "";
  }

  get curves() {
    return this.#curves?.key === this.key ? this.#curves : null;
  }

  set curves(curves) {
    const follow = this.path === "geodesic" && this.ready && this.onPath;
    this.#curves = curves;
    if (follow && this.curves) this.#write(this.z(), "morph");
    this.#explorer.setMorph({}, "path");
  }

  /** z at t in [0, 1] of the path; a geodesic that is still being looked for is a straight line. */
  z(t = this.t, path = this.path) {
    return this.#at(t, ([a, b], s, leg) => {
      const curve = path === "geodesic" && this.curves?.legs?.[leg];
      if (curve && s > 0 && s < 1) return along(curve, s);
      return (path === "spherical" ? slerp : lerp)(this.code(a), this.code(b), s);
    });
  }

  /** The plain autoencoder beside the chosen model, if all stops have a code of it; undefined otherwise. */
  get plain() {
    const plain = this.ready ? this.#explorer.models.plainBeside(this.#explorer.model) : undefined;
    return plain && this.names.every((name) => this.all[name].codes[plain.name]) ? plain : undefined;
  }

  /** Its code at t, on its straight line. */
  plainZ(t = this.t) {
    const { name } = this.plain;
    return this.#at(t, ([a, b], s) => lerp(this.all[a].codes[name], this.all[b].codes[name], s));
  }

  /** The images themselves, faded into each other [784]. */
  fade(t = this.t) {
    return this.#at(t, ([a, b], s) => lerp(this.all[a].image, this.all[b].image, s));
  }

  /** Where the k-th of n images of the whole path is: both ends are shown, of a round trip the start only once. */
  frame(k, n) {
    return k / (this.legs.length > 1 ? n : n - 1);
  }

  /** Whether the path is the one that was chosen: a geodesic has to be found first. */
  get found() {
    return this.ready && (this.path !== "geodesic" || this.curves?.progress === 1);
  }

  /** Whether z is where the path has it. */
  get onPath() {
    return this.#explorer.z === this.#written;
  }

  #at(t, fn) {
    const { legs } = this;
    const leg = Math.min(legs.length - 1, Math.floor(t * legs.length));
    return fn(legs[leg], t * legs.length - leg, leg);
  }

  /**
   * Give a stop, or take it away (null). Where its image is new, z goes to the path at t, or, with `there`, to the stop itself;
   * while there is no path, it always does. With `undoable` it is a step of undo; what one gesture gives is one step.
   */
  set(name, stop, { isNew = false, there = false, undoable = true, gesture = Symbol("stop") } = {}) {
    const explorer = this.#explorer;
    const wasReady = this.ready;
    const stops = { ...this.all };
    if (stop) stops[name] = stop;
    else delete stops[name];
    const room = stop ? Math.max(this.room, STOPS.indexOf(name) + 1) : this.room;
    const follows = this.#follows && (explorer.model?.name !== this.#model || !wasReady);
    explorer.setMorph({ stops, room }, "stops", { undoable, gesture });
    const code = this.code(name);
    if (this.ready && isNew && there) explorer.setMorph({ t: this.names.indexOf(name) / this.legs.length }, "t");
    if (this.ready && (isNew || follows)) this.#write(this.z(), gesture);
    else if (isNew && code) explorer.write(code, gesture);
  }

  /** Add what was found out about a stop that is the same still; gives whether it is. */
  add(name, stop, part, options = {}) {
    if (this.all[name] !== stop) return false;
    this.set(name, { ...stop, ...part }, { undoable: false, ...options });
    return true;
  }

  /** Take z for one that was put on the path, if it lies there: a link has brought both. */
  adopt() {
    if (this.ready && same(this.#explorer.z, this.z())) this.#write(this.z());
  }

  /** Go to t of the path. */
  move(t) {
    this.#explorer.setMorph({ t: Math.min(1, Math.max(0, t)) }, "t");
    if (this.ready) this.#write(this.z(), "morph");
  }

  choose(path) {
    if (!PATHS.includes(path)) return;
    const follow = this.ready && this.onPath;
    this.#explorer.setMorph({ path }, "path");
    if (follow) this.#write(this.z());
  }

  /** A stop at a latent vector of the chosen model: of an image that was encoded there, or else what it decodes to. */
  take(name, z = this.#explorer.z, { image, ...options } = /** @type {any} */ ({})) {
    const { model } = this.#explorer;
    const pixels = image ?? this.#explorer.decode(z);
    const source = image ? { pixels } : { pixels, decoded: model.name };
    const codes = { [model.name]: Float32Array.from(z) };
    this.set(name, { source, edits: {}, image: pixels, codes, remarks: [] }, options);
  }

  #write(z, gesture = null) {
    this.#model = this.#explorer.model.name;
    this.#follows = true;
    this.#explorer.write(z, gesture);
    this.#written = this.#explorer.z;
    this.#follows = true; // z was told of before it was known here
  }
}
