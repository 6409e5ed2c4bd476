import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changedPins,
  checkedPin,
  freeName,
  isSamePin,
  MOST_PINS,
  mergedPins,
  pinsFromCsv,
  pinsFromJson,
  pinsToCsv,
  pinsToJson,
} from "../../ui/static/state/pins.js";

const z = (...values) => Float32Array.from(values);
const PINS = [
  { model: "big", name: "a seven, thin", z: z(0.25, -1.5, 3) },
  { model: "flat", name: 'said "so"', z: z(-0, 1e-7) },
  { model: "flat", name: "=HYPERLINK(1)", z: z(999.5, -1000) },
  { model: "flat", name: "'quoted", z: z(1, 2) },
];
const plain = (pins) => pins.map(({ model, name, z }) => ({ model, name, z: Array.from(z, (value) => value + 0) }));

test("pins are the same after JSON and after CSV, names with commas, quotes and formulas included", () => {
  assert.deepEqual(plain(pinsFromJson(pinsToJson(PINS))), plain(PINS));
  assert.deepEqual(plain(pinsFromCsv(pinsToCsv(PINS))), plain(PINS));
});

test("a spreadsheet finds no formula in CSV", () => {
  for (const start of ["=1", "+1", "-1", "@x", "=1,2"]) {
    const text = pinsToCsv([{ model: "flat", name: start, z: z(1, 2) }]).split("\r\n")[1];
    assert.match(text, /^flat,"?'/);
  }
});

test("the browser's storage keeps the image, too", () => {
  const x = Float32Array.from({ length: 784 }, (_, i) => (i % 5 ? 0 : (i % 256) / 255));
  const [pin] = pinsFromJson(pinsToJson([{ ...PINS[0], x }], { images: true }));
  assert.ok(pin.x.every((value, i) => Math.abs(value - x[i]) < 1e-6));
  assert.equal(pinsFromJson(pinsToJson([{ ...PINS[0], x }]))[0].x, undefined);
});

test("what is no list of pins is refused as a whole", () => {
  const json = (pins) => JSON.stringify({ kind: "latent-explorer pins", pins });
  const bad = [
    "",
    "{}",
    "null",
    "[1]",
    json("x"),
    json([null]),
    json([{ model: "big", z: [] }]),
    json([{ model: "big", z: ["1", "2"] }]),
    json([{ model: "big", z: [1, null] }]),
    json([{ model: "big", z: [1e308] }]),
    json([{ model: 7, z: [1] }]),
    json([{ model: "big", name: {}, z: [1] }]),
    json([{ model: "big", z: [1], image: "!" }]),
    json([{ model: "big", z: [1], image: "AAAA" }]),
  ];
  for (const text of bad) assert.throws(() => pinsFromJson(text), undefined, text);
  for (const text of [
    "",
    "a,b,c\n1,2,3",
    "model,name,z0\nbig,x,",
    "model,name,z0,z1\nbig,x,,2",
    "model,name,z0\nbig,x,NaN",
  ])
    assert.throws(() => pinsFromCsv(text), undefined, text);
});

test("CSV as other programs write it is read: other ends of lines, a byte order mark, empty columns, no last line end", () => {
  const pins = pinsFromCsv('\uFEFFmodel,name,z0,z1,z2\nflat,"two\nlines",1,2,\n\nbig,three,1,2,3');
  assert.deepEqual(plain(pins), [
    { model: "flat", name: "two lines", z: [1, 2] },
    { model: "big", name: "three", z: [1, 2, 3] },
  ]);
});

test("CSV with semicolons is read, with a comma as the decimal point", () => {
  const pins = pinsFromCsv('model;name;z0;z1\r\nflat;"one; two";-1,5;2\r\n');
  assert.deepEqual(plain(pins), [{ model: "flat", name: "one; two", z: [-1.5, 2] }]);
});

test("undo of one change keeps what has changed since", () => {
  const [a, b, c] = PINS;
  const names = (pins) => pins.map(({ name }) => name);
  const [first, second] = [a, b].map(({ name }) => name);
  // a was added, then b by somebody else: a's addition is taken back, and done again
  assert.deepEqual(names(changedPins([a, b], { from: [a], to: [] })), [second]);
  assert.deepEqual(names(changedPins([b], { from: [], to: [a] })), [first, second]);
  // removed, and brought back to its place
  assert.deepEqual(names(changedPins([a, c], { from: [a, c], to: [a, b, c] })), names([a, b, c]));
  // renamed, and the old name again; the image that has come meanwhile goes with the pin
  const renamed = { ...a, name: "new" };
  assert.deepEqual(names(changedPins([renamed, b], { from: [renamed], to: [a] })), [first, second]);
  assert.deepEqual(names(changedPins([a, b], { from: [a, b], to: [a, b] })), [first, second]);
});

test("a new pin has a name that no other has", () => {
  const pins = [1, 3].map((n) => ({ ...PINS[0], name: `Pin ${n}` }));
  assert.equal(
    freeName(pins, (n) => `Pin ${n}`),
    "Pin 2",
  );
});

test("lists are merged by place, and there is only so much room", () => {
  const other = { model: "big", name: "the same place", z: z(0.25, -1.5, 3) };
  assert.ok(isSamePin(PINS[0], other));
  assert.equal(mergedPins(PINS, [other]), PINS);
  assert.equal(mergedPins([], [other, PINS[0]]).length, 1); // twins in one file
  const many = Array.from({ length: 100 }, (_, i) => checkedPin({ model: "big", z: [i] }));
  const all = mergedPins(PINS, many);
  assert.equal(all.length, MOST_PINS);
  assert.deepEqual(all.slice(0, 4), PINS);
});
