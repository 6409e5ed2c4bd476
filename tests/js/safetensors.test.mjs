import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { halfToNumber, parseHeader, readTensors, runs, writeTensors } from "../../ui/static/state/safetensors.js";
import { close, golden, tensorsOf } from "./golden.mjs";

test("half precision is read as numpy reads it", () => {
  for (const [bits, value] of golden.halves.entries()) {
    const own = halfToNumber(bits);
    if (value === "nan") assert.ok(Number.isNaN(own));
    else assert.equal(own, Number(value.replace("inf", "Infinity")), `bits ${bits}`);
  }
});

test("an atlas is read as numpy reads it", () => {
  const tensors = tensorsOf(golden.atlas.path);
  assert.deepEqual(Object.keys(tensors).sort(), Object.keys(golden.atlas.sums).sort());
  for (const [name, { size, sum, first }] of Object.entries(golden.atlas.sums)) {
    assert.equal(tensors[name].length, size);
    close(tensors[name].slice(0, first.length), first, 0, name);
    close([tensors[name].reduce((total, value) => total + value, 0)], [sum], Math.abs(sum) * 1e-6 + 1e-6, name);
  }
});

test("ranges of bytes that are near to each other are fetched together", () => {
  const cases = [
    [
      [0, 10],
      [10, 20],
    ],
    [
      [900000, 900010],
      [0, 10],
    ],
    [
      [30, 40],
      [0, 5],
      [6, 35],
    ],
    [],
  ];
  assert.deepEqual(cases.map(runs), [
    [[0, 20]],
    [
      [0, 10],
      [900000, 900010],
    ],
    [[0, 40]],
    [],
  ]);
});

/** A file server of one file: with byte ranges, or without. */
function serve(bytes, ranges) {
  let sent = 0;
  globalThis.fetch = async (_, { headers }) => {
    const [first, last] = headers.Range.match(/\d+/g).map(Number);
    const body = ranges ? bytes.slice(first, last + 1) : bytes;
    sent += body.length;
    return new Response(body, { status: ranges ? 206 : 200 });
  };
  return () => sent;
}

test("a file is fetched in parts; where a server gives it whole, it is fetched once", async () => {
  const bytes = new Uint8Array(readFileSync(golden.models[0].weights));
  const expected = tensorsOf(golden.models[0].weights);
  const isDecoder = (name) => name.startsWith("decoder");
  const isWarp = (name) => name.startsWith("warp");
  for (const ranges of [true, false]) {
    const sent = serve(bytes, ranges);
    const url = `http://here/${ranges}/model.safetensors`;
    const decoder = await readTensors(url, isDecoder);
    const warp = await readTensors(url, isWarp);
    for (const [name, values] of Object.entries({ ...decoder, ...warp })) assert.deepEqual(values, expected[name]);
    assert.ok(Object.keys(decoder).length && Object.keys(warp).length);
    assert.ok(sent() <= (ranges ? bytes.length * 0.75 : bytes.length), `${sent()} bytes of ${bytes.length}`);
  }
});

test("a damaged file is told of, and fetched again when it is asked for again", async () => {
  serve(new TextEncoder().encode("nonsense, not tensors"), true);
  await assert.rejects(
    readTensors("http://here/damaged", () => true),
    /damaged/,
  );
  const bytes = new Uint8Array(readFileSync(golden.models[0].weights));
  serve(bytes.slice(0, -100), true);
  await assert.rejects(
    readTensors("http://here/short", () => true),
    /cut short/,
  );
  serve(bytes.slice(0, -100), false);
  await assert.rejects(
    readTensors("http://here/short too", () => true),
    /cut short/,
  );
  serve(bytes, true);
  assert.ok((await readTensors("http://here/damaged", () => true))["decoder.0.weight"]);
  globalThis.fetch = async () => new Response("gone", { status: 404 });
  await assert.rejects(
    readTensors("http://here/folder/gone%20file", () => true),
    /did not give folder\/gone file/,
  );
  assert.throws(() => parseHeader(new ArrayBuffer(4)), /damaged/);
});

test("what is written is read again", async () => {
  const data = Float32Array.from({ length: 6 }, (_, i) => i / 3);
  const labels = Int32Array.of(3, -1, 7);
  const file = writeTensors({ "decoder.0.weight": { data, shape: [2, 3] }, labels: { data: labels, shape: [3] } });
  const { header, start } = parseHeader(file);
  assert.equal(start % 8, 0);
  assert.deepEqual(header["decoder.0.weight"].shape, [2, 3]);
  const fetched = globalThis.fetch;
  globalThis.fetch = async () => new Response(file);
  try {
    const tensors = await readTensors("http://here/made.safetensors", () => true);
    assert.deepEqual(tensors["decoder.0.weight"], data);
    assert.deepEqual(tensors.labels, labels);
  } finally {
    globalThis.fetch = fetched;
  }
});
