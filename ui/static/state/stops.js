// The morph's state: up to six stops, the path from each to the next, and how far along it we are. What is seen of it is
// drawn by other modules; z is written through the explorer like everything else.

import { explorer } from "./explorer.js";
import { along, lerp, slerp } from "./latent.js";

export const NAMES = ["A", "B", "C", "D", "E", "F"];
export const PATHS = { linear: "straight", spherical: "spherical", geodesic: "geodesic" };

class Tour {
  stops = {}; // name -> {model, mu, image [784], plain: {model, mu} or null, source, edits, fresh: not shown to the server yet}
  path = "linear";
  t = 0; // in [0, 1], from the first stop to the last, or around all of them
  shown = 2; // how many stops there is room for
  #curves = null; // the geodesics: {key, legs: [[z, ...], ...], progress}, or {key, problem}
  #listeners = { stops: [], way: [], t: [] };

  /** Call fn now and after every change of the stops, of the way between them, or of t; each of them tells of the next. */
  on(what, fn) {
    this.#listeners[what].push(fn);
    fn();
  }

  /** Make room for one more stop. */
  more() {
    this.shown = Math.min(NAMES.length, this.shown + 1);
    this.changed("stops");
  }

  /** The stops there are, in order. */
  get names() {
    return NAMES.filter((name) => this.stops[name]);
  }

  /** Whether there is a way to go: two stops or more, all of them codes of the chosen model. */
  get ready() {
    const { names, stops } = this;
    return names.length > 1 && names.every((name) => stops[name].model === explorer.model?.name);
  }

  /** Pairs of stops: there and back again between two, a round trip with more. */
  get legs() {
    const stops = this.names.map((name) => this.stops[name]);
    const pairs = stops.map((stop, k) => [stop, stops[(k + 1) % stops.length]]);
    return stops.length === 2 ? pairs.slice(0, 1) : pairs;
  }

  /** What the way depends on, but for its path. */
  get key() {
    if (!this.ready) return "";
    const { name: model } = explorer.model;
    if (this.#key?.model !== model) {
      this.#key = { model, text: `${model} ${this.names.map((name) => `${name} ${Array.from(this.stops[name].mu)}`)}` };
    }
    return this.#key.text;
  }
  #key = null; // made once for the same stops of the same model: it is asked for at every frame

  /** What all of the way depends on: its path, too, and how far the search for a geodesic has come. */
  get wayKey() {
    return this.ready ? `${this.key} ${this.path} ${this.path === "geodesic" && this.curves?.progress}` : "";
  }

  get curves() {
    return this.#curves?.key === this.key ? this.#curves : null;
  }

  set curves(curves) {
    const follow = this.path === "geodesic" && this.ready && this.onWay;
    this.#curves = curves;
    if (follow && this.curves) this.#write(this.z(), "morph");
    this.changed("way");
  }

  /** z at t in [0, 1] of the way; a geodesic that is still being looked for is a straight line. */
  z(t = this.t, path = this.path) {
    return this.#at(t, ([a, b], s, leg) => {
      const curve = path === "geodesic" && this.curves?.legs?.[leg];
      if (curve && s > 0 && s < 1) return along(curve, s);
      return path === "spherical" ? slerp(a.mu, b.mu, s) : lerp(a.mu, b.mu, s);
    });
  }

  /** The plain autoencoder's code there, on its straight line; null where a stop has none. */
  plainZ(t = this.t) {
    if (!this.legs.flat().every(({ plain }) => plain)) return null;
    return this.#at(t, ([a, b], s) => lerp(a.plain.mu, b.plain.mu, s));
  }

  /** The pictures themselves, faded into each other, [784]. */
  fade(t = this.t) {
    return this.#at(t, ([a, b], s) => lerp(a.image, b.image, s));
  }

  /** Where the k-th of n pictures of the whole way is: both ends are shown, of a round trip the start only once. */
  frame(k, n) {
    return k / (this.legs.length > 1 ? n : n - 1);
  }

  /** Whether the way is the one that was chosen: a geodesic has to be found first. */
  get found() {
    return this.ready && (this.path !== "geodesic" || this.curves?.progress === 1 || Boolean(this.curves?.problem));
  }

  #at(t, fn) {
    const { legs } = this;
    const leg = Math.min(legs.length - 1, Math.floor(t * legs.length));
    return fn(legs[leg], t * legs.length - leg, leg);
  }

  /** Whether z is where the way has it. */
  get onWay() {
    return explorer.z === this.#written;
  }
  #written = null; // what z was last set to from here,
  #model = null; // of which model,
  #follows = false; // and whether nothing else has moved it since, but for a change of the model

  constructor() {
    explorer.on("z", (z) => {
      if (explorer.model === this.#model && z !== this.#written) this.#follows = false;
    });
  }

  /** Give a stop, or take it away (null). Where it is new, z goes to it. */
  set(name, stop, isNew) {
    this.#key = null;
    if (stop) this.stops[name] = stop;
    else delete this.stops[name];
    if (stop) this.shown = Math.max(this.shown, NAMES.indexOf(name) + 1);
    if (this.ready && (isNew || (this.#follows && explorer.model !== this.#model))) this.#write(this.z());
    else if (isNew && stop?.model === explorer.model?.name) explorer.write(stop.mu);
    this.changed("stops");
  }

  /** Go to t of the way. */
  move(t) {
    this.t = Math.min(1, Math.max(0, t));
    if (this.ready) this.#write(this.z(), "morph");
    this.changed("t");
  }

  #write(z, gesture = null) {
    this.#model = explorer.model;
    this.#follows = true;
    explorer.write(z, gesture);
    this.#written = explorer.z;
    this.#follows = true; // z was told of before it was known here
  }

  choose(path) {
    const follow = this.ready && this.onWay;
    this.path = path;
    if (follow) this.#write(this.z());
    this.changed("way");
  }

  /** A stop at a latent vector of the chosen model: its picture is what it decodes to. */
  take(name, z = explorer.z) {
    const { name: model } = explorer.model, image = explorer.decode(z);
    const mu = Array.from(z);
    const source = { z: mu, pixels: Array.from(image), model };
    this.set(name, { model, mu, image, plain: null, source, edits: {}, fresh: true }, false);
  }

  changed(what) {
    const all = ["stops", "way", "t"];
    for (const one of all.slice(all.indexOf(what))) for (const fn of this.#listeners[one]) fn();
  }
}

export const tour = new Tour();
explorer.tour = tour;
explorer.morph = (t) => tour.move(t);
