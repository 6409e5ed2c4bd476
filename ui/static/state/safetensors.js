// Reads tensors from a .safetensors file over HTTP, fetching the header and then only the bytes that are asked for.
// What has come is kept for the next visit.
// Layout: 8 bytes little-endian header length, a JSON header {name: {dtype, shape, data_offsets}}, the raw buffers.

import { keep, kept } from "./cache.js";
import { fetched, received } from "./connection.js";

const FIRST_BYTES = 65536; // enough for the header of any of our files
const WORTH_A_REQUEST = 65536; // bytes that nobody wants: more of them, and two requests are quicker than one

/** The named tensors of a file, as typed arrays: {name: Float32Array | Int32Array | Uint8Array}, half precision widened. */
export async function readTensors(url, isWanted) {
  const { header, start } = await readHeader(url);
  const wanted = Object.entries(header).filter(([name]) => name !== "__metadata__" && isWanted(name));
  const buffers = await Promise.all(
    runs(wanted.map(([, tensor]) => tensor.data_offsets)).map(async ([begin, end]) => {
      const body = await fetchBytes(url, start + begin, start + end - 1);
      if (body.byteLength !== end - begin) throw new Error("The file is damaged: it is cut short.");
      return { begin, end, body };
    }),
  );
  return Object.fromEntries(
    wanted.map(
      ([
        name,
        {
          dtype,
          data_offsets: [from, to],
        },
      ]) => {
        const { begin, body } = buffers.find((buffer) => buffer.begin <= from && to <= buffer.end);
        return [name, decode(dtype, body.slice(from - begin, to - begin))];
      },
    ),
  );
}

/** All tensors of a file, which is fetched as a whole: browsers' own caches keep it. */
export async function readAll(url) {
  const response = await fetched(url);
  if (!response.ok) throw new Error(`The server did not give ${nameOf(url)}.`);
  const file = await received(response.arrayBuffer());
  const { header, start } = parseHeader(file);
  const tensors = {};
  for (const [name, { dtype, data_offsets }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const [from, to] = data_offsets;
    tensors[name] = decode(dtype, file.slice(start + from, start + to));
  }
  return tensors;
}

const headers = new Map(); // url -> promise of {header, start}: each is fetched once

/** Tell the header of a file that the page knows already, {header, start}: it is not asked for. */
export function knowHeader(url, header) {
  headers.set(url, Promise.resolve(header));
}

/** The header of a file, and the offset at which its buffers start. */
function readHeader(url) {
  if (!headers.has(url)) {
    const reading = fetchBytes(url, 0, FIRST_BYTES - 1).then(parseHeader);
    headers.set(url, reading);
    reading.catch(() => headers.delete(url)); // the next time it is tried again
  }
  return headers.get(url);
}

/** Byte ranges [begin, end] that are near enough to each other to be fetched together, joined. */
export function runs(ranges) {
  const joined = [];
  for (const [begin, end] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last && begin - last[1] <= WORTH_A_REQUEST) last[1] = Math.max(last[1], end);
    else joined.push([begin, end]);
  }
  return joined;
}

/** Header object of a file's first bytes, and the offset at which its buffers start. */
export function parseHeader(buffer) {
  try {
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    return { header: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length))), start: 8 + length };
  } catch {
    throw new Error("The file is damaged: it has no readable header.");
  }
}

/** A tensor's raw bytes as numbers. */
export function decode(dtype, buffer) {
  if (dtype === "F32") return new Float32Array(buffer);
  if (dtype === "I32") return new Int32Array(buffer);
  if (dtype === "U8") return new Uint8Array(buffer);
  if (dtype === "F16") return widen(new Uint16Array(buffer));
  throw new Error(`Tensors of type ${dtype} are not known here.`);
}

let halves; // all 65,536 of them, for browsers without the type: to look one up takes a tenth of the time to work it out

function widen(bits) {
  if (globalThis.Float16Array) {
    return new Float32Array(new globalThis.Float16Array(bits.buffer, bits.byteOffset, bits.length));
  }
  halves ??= Float32Array.from({ length: 65536 }, (_, half) => halfToNumber(half));
  const numbers = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) numbers[i] = halves[bits[i]];
  return numbers;
}

/** The number that 16 bits of IEEE 754 half precision stand for. */
export function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const nameOf = (url) => decodeURI(url).split("/").slice(-2).join("/");

const DTYPES = { Float32Array: "F32", Int32Array: "I32", Uint8Array: "U8" };

/** A file with tensors {name: {data: typed array, shape}}, as an ArrayBuffer. */
export function writeTensors(tensors) {
  const header = {};
  let end = 0;
  for (const [name, { data, shape }] of Object.entries(tensors)) {
    const begin = end;
    end += data.byteLength;
    header[name] = { dtype: DTYPES[data.constructor.name], shape, data_offsets: [begin, end] };
  }
  const text = JSON.stringify(header);
  const words = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8)); // the buffers begin at multiples of 8
  const file = new Uint8Array(8 + words.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(words.length), true);
  file.set(words, 8);
  for (const [name, { data }] of Object.entries(tensors)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    file.set(bytes, 8 + words.length + header[name].data_offsets[0]);
  }
  return file.buffer;
}

/** Nothing of a file is kept any more. */
export function forgetFile(url) {
  headers.delete(url);
  wholes.delete(url);
}

const wholes = new Map(); // url -> ArrayBuffer: files of servers that do not give parts

/** Bytes first to last of a file. A server that has no byte ranges sends all of it, which serves for the other parts, too. */
async function fetchBytes(url, first, last) {
  if (!wholes.has(url)) {
    const bytes = await kept(url, first, last);
    if (bytes) return bytes;
  }
  const part = wholes.get(url)?.slice(first, last + 1) ?? (await fetchPart(url, first, last));
  if (part.byteLength === last - first + 1) keep(url, first, last, part); // for the next visit
  return part;
}

async function fetchPart(url, first, last) {
  const response = await fetched(url, { headers: { Range: `bytes=${first}-${last}` } });
  if (!response.ok) throw new Error(`The server did not give ${nameOf(url)}.`);
  const buffer = await received(response.arrayBuffer());
  if (response.status === 206) return buffer;
  wholes.set(url, buffer);
  return buffer.slice(first, last + 1);
}
