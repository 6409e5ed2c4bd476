// Vectors, images and rows as URL-safe text, and back: pure functions. What cannot be read throws.

const PIXELS = 784;
export const FARTHEST = 1000; // of a coordinate of z; the prior does not reach 10

const bytesToText = (bytes) => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};
const textToBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

/** A vector as text. */
export const codeToText = (z) => bytesToText(new Uint8Array(Float32Array.from(z).buffer));

/** A vector of that many numbers, or of any, from text. */
export function textToCode(text, size = undefined) {
  const z = new Float32Array(textToBytes(text).buffer);
  if ((size !== undefined && z.length !== size) || !z.every((value) => Math.abs(value) <= FARTHEST))
    throw new Error("a code of another size");
  return z;
}

/** Row numbers as text: a bit for each row up to the last one. */
export function rowsToText(rows) {
  const bits = new Uint8Array(Math.ceil((Math.max(...rows) + 1) / 8));
  for (const row of rows) bits[row >> 3] |= 1 << (row & 7);
  return bytesToText(bits);
}

export function textToRows(text) {
  return [...textToBytes(text)].flatMap((byte, k) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => byte & (1 << bit)).map((bit) => 8 * k + bit),
  );
}

/** An image [784] in [0, 1] as text, in 256 shades: each shade a byte, a run of n black pixels the bytes 0 and n. */
export function imageToText(x) {
  const bytes = [];
  for (let i = 0; i < x.length; ) {
    const shade = Math.round(255 * x[i++]);
    bytes.push(shade);
    if (shade) continue;
    let run = 1;
    for (; run < 255 && i < x.length && !Math.round(255 * x[i]); i++) run++;
    bytes.push(run);
  }
  return bytesToText(bytes);
}

export function textToImage(text) {
  const x = new Float32Array(PIXELS);
  const bytes = textToBytes(text);
  let i = 0;
  for (let k = 0; k < bytes.length; k++) {
    if (bytes[k]) x[i++] = bytes[k] / 255;
    else i += bytes[++k];
    if (!(i <= PIXELS)) break;
  }
  if (i !== PIXELS) throw new Error("an image of another size");
  return x;
}
