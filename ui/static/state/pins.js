// Pins: places that a person keeps, each {model, name, z}, with x, its image [784], once the model was there to decode it, and
// with `linked` where a link has brought it and nobody has kept it. As JSON and as CSV, and back: pure functions. What cannot
// be read throws.

import { FARTHEST, imageToText, textToImage } from "./codec.js";

export const MOST_PINS = 60;
const LONGEST_NAME = 60;
const KIND = "latent-explorer pins";
const RISKY = /^[=+\-@\t\r]/; // a spreadsheet takes a cell that begins so for a formula

/** A pin from what a file or a link says of it; throws where that makes no sense. */
export function checkedPin({ model, name = "", z }) {
  const isCode = (z) => z?.length > 0 && Array.prototype.every.call(z, isCoordinate);
  if (typeof model !== "string" || !model || typeof name !== "string" || !isCode(z)) throw new Error("no pin");
  return { model, name: nameOf(name), z: Float32Array.from(z) };
}
const isCoordinate = (value) => typeof value === "number" && Math.abs(value) <= FARTHEST;

/** A name as it is kept: one line, not too long. */
export const nameOf = (text) => text.replace(/\s+/g, " ").trim().slice(0, LONGEST_NAME);

/** Whether two pins are of the same place. */
export const isSamePin = (a, b) =>
  a.model === b.model && a.z.length === b.z.length && a.z.every((v, i) => v === b.z[i]);

/** The pins of both lists, each place once, by its first name; as many as there is room for. */
export function mergedPins(own, others) {
  const all = [...own];
  for (const other of others) {
    if (all.length < MOST_PINS && !all.some((pin) => isSamePin(pin, other))) all.push(other);
  }
  return all.length > own.length ? all : own;
}

/** The present pins with the change from one list to another made to them: of what has changed since, nothing is lost. */
export function changedPins(pins, { from, to }) {
  const isOne = (pin) => (other) => isSamePin(pin, other) && pin.name === other.name;
  const taken = from.filter((pin) => !to.some(isOne(pin))),
    given = to.filter((pin) => !from.some(isOne(pin)));
  const left = [];
  for (const pin of pins) {
    if (!taken.some(isOne(pin))) left.push(pin);
    else left.push(...given.filter((other) => isSamePin(other, pin))); // another name
  }
  for (const pin of given) {
    if (!left.some((other) => isSamePin(other, pin))) left.splice(to.indexOf(pin), 0, pin);
  }
  return left;
}

/** A name with a number that no pin has: makeName(n) for the first n that is free. */
export function freeName(pins, makeName) {
  let n = 1;
  while (pins.some(({ name }) => name === makeName(n))) n++;
  return makeName(n);
}

/** As JSON; with `images`, these too, for the browser's own storage. */
export function pinsToJson(pins, { images = false } = {}) {
  const told = pins.map(({ model, name, z, x }) => {
    const image = images && x ? { image: imageToText(x) } : {};
    return { model, name, z: Array.from(z), ...image };
  });
  return JSON.stringify({ kind: KIND, pins: told }, null, images ? 0 : 1);
}

export function pinsFromJson(text) {
  const { kind, pins } = JSON.parse(text);
  if (kind !== KIND || !Array.isArray(pins)) throw new Error("no pins");
  return pins.slice(0, MOST_PINS).map((pin) => {
    const own = checkedPin(pin);
    return pin.image === undefined ? own : { ...own, x: textToImage(pin.image) };
  });
}

/** As CSV: a line for each pin, with as many columns for z as the longest of them has. */
export function pinsToCsv(pins) {
  const columns = Math.max(0, ...pins.map(({ z }) => z.length));
  const header = ["model", "name", ...Array.from({ length: columns }, (_, i) => `z${i}`)];
  const lines = pins.map(({ model, name, z }) => [model, name, ...z].map(cell));
  return `${[header, ...lines].map((line) => line.join(",")).join("\r\n")}\r\n`;
}

function cell(value) {
  if (typeof value === "number") return String(value);
  const safe = RISKY.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function pinsFromCsv(text) {
  const plain = text.replace(/^\uFEFF/, "");
  const isEuropean = plain.startsWith("model;"); // as spreadsheets write it where a comma is the decimal point
  const [header, ...lines] = rowsOf(plain, isEuropean ? ";" : ",");
  const number = (value) => Number(isEuropean ? value.replace(",", ".") : value);
  if (header?.[0] !== "model" || header[1] !== "name" || header[2] !== "z0") throw new Error("no pins");
  return lines.slice(0, MOST_PINS).map(([model, name, ...z]) => {
    const numbers = z.slice(0, z.findLastIndex((value) => value.trim() !== "") + 1);
    return checkedPin({
      model,
      name: name?.startsWith("'") && RISKY.test(name.slice(1)) ? name.slice(1) : name,
      z: numbers.map((value) => (value.trim() === "" ? Number.NaN : number(value))),
    });
  });
}

/** The cells of CSV (RFC 4180) with a separator, in rows; empty lines are left out. */
function rowsOf(text, separator) {
  const rows = [[]];
  const cells = new RegExp(`(?:"((?:[^"]|"")*)"|([^"${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`, "g");
  for (const [, quoted, plain, end] of text.matchAll(cells)) {
    rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
    if (end !== separator) rows.push([]);
  }
  return rows.filter((row) => row.some((value) => value !== ""));
}
