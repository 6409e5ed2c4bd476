// What the Python side has worked out, and helpers to compare with it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { decode, parseHeader } from "../../ui/static/state/safetensors.js";

/** See tests/test_js.py, which writes it. */
export const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));

export function close(ours, theirs, tolerance, message = "") {
  assert.equal(ours.length, theirs.length, message);
  for (const [i, value] of Array.from(ours).entries()) {
    assert.ok(Math.abs(value - theirs[i]) <= tolerance, `${message} at ${i}: ${value} is not ${theirs[i]}`);
  }
}

/** All tensors of a file on disk. */
export function tensorsOf(path) {
  const bytes = readFileSync(path);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { header, start } = parseHeader(buffer);
  delete header.__metadata__;
  return Object.fromEntries(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          data_offsets: [from, to],
        },
      ]) => [name, decode(dtype, buffer.slice(start + from, start + to))],
    ),
  );
}
