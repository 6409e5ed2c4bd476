// The ink network of vae/images/network.py, a U-Net of 3×3 convolutions: what it sees of an image, as logits. A convolution
// is the kernel's dense layer on patches laid side by side. One memory holds weights and maps; nothing is allocated per look.

import { padded } from "./kernel.js";

const MOST_ROWS = 128; // of patches that are laid out together

/** inkNetwork(makeKernel, tensors, largest): for looks of up to that many pixels a side. */
export function inkNetwork(makeKernel, tensors, largest) {
  let bytes = 0;
  const take = (count) => {
    const at = bytes;
    bytes += 4 * padded(count);
    return at;
  };
  const fillings = [];
  /** A convolution of side 3 or 1: its weights turned so that a patch is a row. */
  const layer = (name) => {
    const weight = tensors[`${name}.weight`],
      bias = tensors[`${name}.bias`],
      n = bias.length;
    const side = name.startsWith("narrow") || name === "ink" ? 1 : 3;
    const inputs = weight.length / n / (side * side),
      k = side * side * inputs;
    const own = { n, k, inputs, weightAt: take(n * k), biasAt: take(n) };
    fillings.push((all) => {
      for (let o = 0; o < n; o++)
        for (let c = 0; c < inputs; c++)
          for (let at = 0; at < side * side; at++)
            all[own.weightAt / 4 + o * k + at * inputs + c] = weight[(o * inputs + c) * side * side + at];
      all.set(bias, own.biasAt / 4);
    });
    return own;
  };

  const first = [layer("first.0.conv"), layer("first.1.conv")];
  const levels = []; // from 1/4 of the side on
  for (let i = 0; tensors[`down.${i}.0.conv.weight`]; i++) {
    levels.push({
      down: [layer(`down.${i}.0.conv`), layer(`down.${i}.1.conv`)],
      narrow: layer(`narrow.${i}`),
      up: layer(`up.${i}.conv`),
    });
  }
  const ink = layer("ink");
  const kind = { weight: tensors["kind.weight"], bias: tensors["kind.bias"] };
  const channels = [first[1].n, ...levels.map(({ down }) => down[1].n)];
  const half = largest / 2;
  const input = take(half * half * first[0].inputs);
  const maps = channels.map((n, i) => [0, 1].map(() => take((half >> i) ** 2 * n))); // two of each level, in turns
  const patches = take(
    MOST_ROWS * Math.max(...[first[1], ...levels.flatMap(({ down, up }) => [...down, up])].map(({ k }) => k)),
  );
  const kernel = makeKernel(bytes);
  const all = new Float32Array(kernel.buffer);
  for (const fill of fillings) fill(all);

  /** A 3×3 convolution and a ReLU: of a map [side, side, inputs] at `from` to one at `to`, every stride-th pixel. */
  function convolve({ n, k, inputs, weightAt, biasAt }, from, to, side, stride = 1) {
    const out = side / stride,
      rows = Math.max(1, Math.floor(MOST_ROWS / out)); // of the new map that are done together
    for (let top = 0; top < out; top += rows) {
      const count = Math.min(rows, out - top);
      let at = patches / 4;
      for (let y = top; y < top + count; y++) {
        for (let x = 0; x < out; x++, at += k) {
          for (let dy = -1; dy <= 1; dy++) {
            const line = y * stride + dy,
              column = x * stride - 1,
              place = at + (dy + 1) * 3 * inputs;
            if (line < 0 || line >= side) {
              all.fill(0, place, place + 3 * inputs);
              continue;
            }
            const begin = from / 4 + (line * side + column) * inputs;
            const skip = column < 0 ? inputs : 0,
              cut = column + 3 > side ? inputs : 0;
            if (skip) all.fill(0, place, place + inputs);
            if (cut) all.fill(0, place + 2 * inputs, place + 3 * inputs);
            all.copyWithin(place + skip, begin + skip, begin + 3 * inputs - cut);
          }
        }
      }
      kernel.dense(patches, weightAt, biasAt, to + 4 * top * out * n, count * out, n, k);
    }
    kernel.relu(to, out * out * n);
  }

  /** Add a 1×1 convolution of a map at half the side, each of its pixels to four. */
  function addNarrow({ n, k, weightAt, biasAt }, from, to, side, scratch) {
    const small = side / 2;
    kernel.dense(from, weightAt, biasAt, scratch, small * small, n, k);
    for (let y = 0, at = to / 4; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const low = scratch / 4 + ((y >> 1) * small + (x >> 1)) * n;
        for (let c = 0; c < n; c++) all[at++] += all[low + c];
      }
    }
  }

  /** What it sees in a look [size * size * 3] in [0, 1]: {ink: logits [size * size], kinds: logits [3]}. */
  return function see(values, size) {
    const side = size / 2;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const to = input / 4 + ((y >> 1) * side + (x >> 1)) * 12 + 2 * (y & 1) + (x & 1),
          from = 3 * (y * size + x);
        for (let c = 0; c < 3; c++) all[to + 4 * c] = values[from + c] - 0.5;
      }
    }
    convolve(first[0], input, maps[0][1], side);
    convolve(first[1], maps[0][1], maps[0][0], side);
    levels.forEach(({ down }, i) => {
      convolve(down[0], maps[i][0], maps[i + 1][1], side >> i, 2);
      convolve(down[1], maps[i + 1][1], maps[i + 1][0], side >> (i + 1));
    });
    const kinds = kindOf(maps.at(-1)[0] / 4, (side >> levels.length) ** 2, channels.at(-1));
    for (let i = levels.length - 1; i >= 0; i--) {
      const { narrow, up } = levels[i],
        below = i === levels.length - 1 ? maps[i + 1][0] : maps[i + 1][1];
      addNarrow(narrow, below, maps[i][0], side >> i, maps[i][1]);
      convolve(up, maps[i][0], maps[i][1], side >> i);
    }
    kernel.dense(maps[0][1], ink.weightAt, ink.biasAt, input, side * side, ink.n, ink.k); // the input is not needed any more
    const logits = new Float32Array(size * size);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        logits[y * size + x] = all[input / 4 + ((y >> 1) * side + (x >> 1)) * 4 + 2 * (y & 1) + (x & 1)];
      }
    }
    return { ink: logits, kinds };
  };

  function kindOf(at, pixels, n) {
    const pooled = new Float32Array(2 * n).fill(-Infinity, n);
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let c = 0; c < n; c++) {
        const value = all[at + pixel * n + c];
        pooled[c] += value / pixels;
        pooled[n + c] = Math.max(pooled[n + c], value);
      }
    }
    return Array.from(kind.bias, (bias, o) =>
      pooled.reduce((sum, value, i) => sum + value * kind.weight[o * 2 * n + i], bias),
    );
  }
}
