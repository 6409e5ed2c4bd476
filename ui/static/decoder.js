// The decoder: a chain of dense layers over typed arrays, the same numbers that PyTorch reads.

export const PIXELS = 784;

const ACTIVATIONS = {
  relu: (a) => (a > 0 ? a : 0),
  // GELU in its tanh form, 0.5 a (1 + tanh(sqrt(2/pi) (a + 0.044715 a^3))), which the model was trained with
  gelu: (a) => 0.5 * a * (1 + Math.tanh(0.7978845608028654 * (a + 0.044715 * a * a * a))),
};
const sigmoid = (a) => 1 / (1 + Math.exp(-a));

/** decode(z) -> x_hat [784] in [0, 1], from the tensors "decoder.<i>.weight" [out, in] and "decoder.<i>.bias" [out]. */
export function buildDecoder(tensors, activation) {
  const layers = [];
  for (let i = 0; tensors[`decoder.${i}.weight`]; i += 2) {
    layers.push({ weight: tensors[`decoder.${i}.weight`], bias: tensors[`decoder.${i}.bias`] });
  }
  if (layers.at(-1)?.bias.length !== PIXELS) throw new Error("The weights hold no decoder for 28×28 pictures.");
  return (z) => layers.reduce((h, layer, i) => dense(layer, h, i < layers.length - 1 ? ACTIVATIONS[activation] : sigmoid), z);
}

/** activation(weight h + bias). Four sums at a time: one alone would wait for each addition to finish. */
function dense({ weight, bias }, h, activation) {
  const n = h.length;
  const out = new Float32Array(bias.length);
  for (let o = 0, w = 0; o < out.length; o++) {
    let a = bias[o], b = 0, c = 0, d = 0, i = 0;
    for (; i + 3 < n; i += 4, w += 4) {
      a += weight[w] * h[i];
      b += weight[w + 1] * h[i + 1];
      c += weight[w + 2] * h[i + 2];
      d += weight[w + 3] * h[i + 3];
    }
    for (; i < n; i++, w++) a += weight[w] * h[i];
    out[o] = activation(a + b + c + d);
  }
  return out;
}
