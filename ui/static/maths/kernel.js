// The arithmetic of the networks over one memory of float32: dense layers and activations, in WebAssembly with SIMD where the
// browser has it, in plain loops elsewhere. kernel.wat says what each function does and how matrices lie in memory.
//
// A kernel is {buffer, dense(a, w, bias, out, m, n, k), relu(at, count), gelu(at, count), sigmoid(at, count)}; all places are
// in bytes. A makeKernel(bytes) makes one with a memory of that size, all zeros.

const PAGE = 65536; // bytes: WebAssembly's unit of memory

/** Numbers in a row of n numbers with its padding: rows begin at multiples of four numbers. */
export const padded = (n) => (n + 3) & ~3;

/** Copy n rows of `size` numbers, which lie with their padding, to `out` without it. */
export function unpad(rows, n, size, out, at) {
  const stride = padded(size);
  if (size === stride) out.set(rows.subarray(0, n * size), at);
  else for (let row = 0; row < n; row++) out.set(rows.subarray(row * stride, row * stride + size), at + row * size);
}

/** makeKernel for a compiled kernel.wasm: plain loops where WebAssembly or its SIMD is missing or forbidden. */
export function kernelFrom(bytes) {
  try {
    const module = new WebAssembly.Module(bytes);
    return (size) => {
      const memory = new WebAssembly.Memory({ initial: Math.ceil(size / PAGE) });
      const { exports } = new WebAssembly.Instance(module, { kernel: { memory } });
      return /** @type {any} */ ({ ...exports, buffer: memory.buffer });
    };
  } catch {
    return plainKernel;
  }
}

/** makeKernel without WebAssembly. */
export function plainKernel(size) {
  const buffer = new ArrayBuffer(size);
  const all = new Float32Array(buffer);

  /** Four sums at a time: one alone would wait for each addition to finish. */
  function dense(a, w, bias, out, m, n, k) {
    const rows = padded(n);
    for (let row = 0; row < m; row++) {
      const from = a / 4 + row * k,
        to = out / 4 + row * rows;
      for (let o = 0, at = w / 4; o < n; o++) {
        let s = all[bias / 4 + o],
          t = 0,
          u = 0,
          v = 0;
        for (let i = from; i < from + k; i += 4, at += 4) {
          s += all[at] * all[i];
          t += all[at + 1] * all[i + 1];
          u += all[at + 2] * all[i + 2];
          v += all[at + 3] * all[i + 3];
        }
        all[to + o] = s + t + u + v;
      }
    }
  }
  const each = (fn) => (at, count) => {
    for (let i = at / 4; i < at / 4 + count; i++) all[i] = fn(all[i]);
  };
  return {
    buffer,
    dense,
    relu: each((x) => Math.max(0, x)),
    gelu: each((x) => 0.5 * x * (1 + Math.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))),
    sigmoid: each((x) => 1 / (1 + Math.exp(-x))),
  };
}
