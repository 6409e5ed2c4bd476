// The decoder: a chain of dense layers over typed arrays, the same numbers that PyTorch reads.

const PIXELS = 784;

const ACTIVATIONS = {
  relu: (a) => Math.max(0, a),
  // GELU in its tanh form, 0.5 a (1 + tanh(sqrt(2/pi) (a + 0.044715 a^3))), which the model was trained with
  gelu: (a) => 0.5 * a * (1 + Math.tanh(0.7978845608028654 * (a + 0.044715 * a * a * a))),
};
const linear = (a) => a;
const sigmoid = (a) => 1 / (1 + Math.exp(-a));

/** decode(z) -> x_hat [784] in [0, 1]: sigmoid(decoder(z + warp(z))), or without the warp where there is none. */
export function buildDecoder(tensors, activation) {
  const decoder = layersOf(tensors, "decoder");
  const warp = layersOf(tensors, "warp");
  if (decoder.at(-1)?.bias.length !== PIXELS) throw new Error("The weights hold no decoder for 28×28 images.");
  const between = ACTIVATIONS[activation];
  return (z) => {
    const bent = warp.length ? chain(warp, z, between, linear).map((value, i) => z[i] + value) : z;
    return chain(decoder, bent, between, sigmoid);
  };
}

/** The dense layers of one chain, from its tensors "<name>.<i>.weight" [out, in] and "<name>.<i>.bias" [out]. */
function layersOf(tensors, name) {
  const layers = [];
  for (let i = 0; tensors[`${name}.${i}.weight`]; i += 2) {
    layers.push({ weight: tensors[`${name}.${i}.weight`], bias: tensors[`${name}.${i}.bias`] });
  }
  return layers;
}

const chain = (layers, input, between, last) =>
  layers.reduce((h, layer, i) => dense(layer, h, i < layers.length - 1 ? between : last), input);

/** activation(weight h + bias). Four sums at a time: one alone would wait for each addition to finish. */
function dense({ weight, bias }, h, activation) {
  const n = h.length;
  const out = new Float32Array(bias.length);
  for (let o = 0, w = 0; o < out.length; o++) {
    let a = bias[o],
      b = 0,
      c = 0,
      d = 0,
      i = 0;
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
