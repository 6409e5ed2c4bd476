// The networks of a model over batches: the decoder and the encoder, chains of dense layers that read the same numbers as
// PyTorch. One memory holds the weights and what lies between the layers; nothing is allocated while it computes.

import { kernelFrom, padded, plainKernel, unpad } from "./kernel.js";
import { inkNetwork } from "./unet.js";

export const PIXELS = 784;
export const MOST = 32; // rows that are computed together; more of them in turns

/**
 * What makes networks: networksFrom(kernel)(tensors, activation, options). kernel: the bytes of kernel.wasm; without them, or
 * where the browser cannot run them, plain loops compute the same.
 */
export function networksFrom(kernel) {
  const makeKernel = kernelOf(kernel);
  return (tensors, activation, options) => new Network(tensors, activation, makeKernel, options);
}

/** The network that finds ink, see inkNetwork, from its tensors; kernel as above. */
export const inkNetworkFrom = (kernel, tensors, largest) => inkNetwork(kernelOf(kernel), tensors, largest);

/** makeKernel, see kernel.js, of the bytes of kernel.wasm, or of null. */
export const kernelOf = (kernel) => (kernel ? kernelFrom(kernel) : plainKernel);

/**
 * A model's networks, from its tensors: the decoder, the warp and the encoder, as far as they are given; latent_dim has to be
 * told where there is no decoder. With `gradient` it can also send gradients back through the decoder.
 */
class Network {
  #decoder;
  #warp;
  #encoder;
  #gradient;
  #rows = 0; // of the last decode

  constructor(tensors, activation, makeKernel, { gradient = false, latent_dim } = /** @type {any} */ ({})) {
    const layers = Object.fromEntries(["decoder", "warp", "encoder"].map((name) => [name, layersOf(tensors, name)]));
    const isFit = layers.decoder.length
      ? layers.decoder.at(-1).bias.length === PIXELS
      : layers.encoder.length && latent_dim;
    if (!isFit) throw new Error("The weights hold no decoder for 28×28 images.");
    const plan = new Plan();
    const chains = [layers.decoder, layers.warp, layers.encoder].map(
      (own) => own.length > 0 && new Chain(plan, own, activation, gradient && own !== layers.encoder),
    );
    [this.#decoder, this.#warp, this.#encoder] = chains;
    this.#gradient = gradient;
    this.latent_dim = this.#decoder ? this.#decoder.inputs : latent_dim;
    const kernel = makeKernel(plan.bytes);
    for (const chain of chains) if (chain) chain.fill(kernel);
  }

  /**
   * x_hat = sigmoid(decoder(z + warp(z))), or without the warp where there is none.
   * z: [n, D], row after row. out: [n, 784] for the images in [0, 1], which it gives back.
   */
  decode(z, out = new Float32Array((z.length / this.latent_dim) * PIXELS)) {
    this.#inTurns(z, this.latent_dim, (part, n, first) => {
      this.#decode(part, n);
      this.#decoder.copyOut(n, out, first * PIXELS);
    });
    return out;
  }

  /** The posterior of images x [n, 784]: {mu [n, D], logvar [n, D]}; of a plain autoencoder mu alone. */
  encode(x) {
    const n = x.length / PIXELS,
      codes = this.#encoder.outputs;
    const out = new Float32Array(n * codes);
    this.#inTurns(x, PIXELS, (part, rows, first) => {
      this.#encoder.copyIn(part);
      this.#encoder.run(rows);
      this.#encoder.copyOut(rows, out, first * codes);
    });
    if (codes === this.latent_dim) return { mu: out };
    const half = (offset) =>
      Float32Array.from({ length: n * this.latent_dim }, (_, i) => {
        const row = Math.floor(i / this.latent_dim);
        return out[row * codes + offset + (i - row * this.latent_dim)];
      });
    return { mu: half(0), logvar: half(this.latent_dim) };
  }

  /**
   * The gradient of what depends on the images that were last decoded, at most MOST of them, with respect to their z:
   * from that with respect to the images [n, 784] to [n, D].
   */
  pullback(gradient, out = new Float32Array(this.#rows * this.latent_dim)) {
    if (!this.#gradient) throw new Error("This network was made without gradients.");
    const decoder = this.#decoder,
      warp = this.#warp,
      n = this.#rows;
    const x = decoder.output,
      g = decoder.outputGradient;
    for (let i = 0; i < n * PIXELS; i++) g[i] = gradient[i] * x[i] * (1 - x[i]); // 784 is a multiple of four: no padding
    decoder.back(n);
    if (warp) {
      warp.outputGradient.set(decoder.inputGradient.subarray(0, n * decoder.stride));
      warp.back(n);
      const sum = warp.inputGradient,
        direct = decoder.inputGradient;
      for (let i = 0; i < n * decoder.stride; i++) sum[i] += direct[i];
    }
    unpad((warp || decoder).inputGradient, n, this.latent_dim, out, 0);
    return out;
  }

  #decode(z, n) {
    const decoder = this.#decoder,
      warp = this.#warp;
    this.#rows = n;
    decoder.copyIn(z);
    if (warp) {
      warp.copyIn(z);
      warp.run(n);
      const bent = decoder.input,
        moved = warp.output;
      for (let i = 0; i < n * decoder.stride; i++) bent[i] += moved[i];
    }
    decoder.run(n, "sigmoid");
  }

  /** Call fn(rows, how many, number of the first) for at most MOST rows of so many numbers at a time. */
  #inTurns(all, size, fn) {
    const n = all.length / size;
    for (let first = 0; first < n; first += MOST) {
      const rows = Math.min(MOST, n - first);
      fn(all.subarray ? all.subarray(first * size, (first + rows) * size) : all, rows, first);
    }
  }
}

/** Places in a memory that is still to be made. */
class Plan {
  bytes = 0;

  /** Room for so many numbers, a multiple of four: where it begins. */
  take(count) {
    const at = this.bytes;
    this.bytes += 4 * count;
    return at;
  }
}

/** A chain of dense layers with an activation between them: the places of its numbers, and its functions. */
class Chain {
  #layers;
  #activation;
  #kernel;

  constructor(plan, layers, activation, gradient) {
    this.#activation = activation;
    this.inputs = layers[0].weight.length / layers[0].bias.length;
    this.outputs = layers.at(-1).bias.length;
    this.stride = padded(this.inputs); // numbers from a row of the input to the next
    const places = (n) => ({
      at: plan.take(MOST * padded(n)),
      before: gradient && plan.take(MOST * padded(n)), // the activation
      gradient: gradient && plan.take(MOST * padded(n)),
    });
    this.places = [places(this.inputs)]; // of the input, and of what comes out of each layer
    this.none = plan.take(
      gradient ? Math.max(...layers.map(({ weight, bias }) => padded(weight.length / bias.length))) : 0,
    );
    this.#layers = layers.map(({ weight, bias }) => {
      const n = bias.length,
        k = weight.length / n;
      this.places.push(places(n));
      return {
        n,
        k,
        weight,
        bias,
        weightAt: plan.take(n * padded(k)),
        biasAt: plan.take(padded(n)),
        turnedAt: gradient && plan.take(k * padded(n)), // the weights transposed
      };
    });
  }

  /** Put the weights in their places; what they were read from is not kept. */
  fill(kernel) {
    this.#kernel = kernel;
    const view = (at, count) => new Float32Array(kernel.buffer, at, count);
    for (const layer of this.#layers) {
      const { n, k, weight, bias, weightAt, biasAt, turnedAt } = layer;
      const rows = view(weightAt, n * padded(k));
      for (let row = 0; row < n; row++) rows.set(weight.subarray(row * k, (row + 1) * k), row * padded(k));
      view(biasAt, n).set(bias);
      if (turnedAt) {
        const turned = view(turnedAt, k * padded(n));
        for (let i = 0; i < k; i++) for (let row = 0; row < n; row++) turned[i * padded(n) + row] = weight[row * k + i];
      }
      layer.weight = layer.bias = null;
    }
    const sizes = [this.inputs, ...this.#layers.map(({ n }) => n)];
    this.places = this.places.map((place, i) => {
      const count = MOST * padded(sizes[i]);
      const of = (at) => (at === false ? null : view(at, count));
      return { ...place, values: of(place.at), inputs: of(place.before), slopes: of(place.gradient) };
    });
    this.input = this.places[0].values;
    this.output = this.places.at(-1).values;
    this.inputGradient = this.places[0].slopes;
    this.outputGradient = this.places.at(-1).slopes;
  }

  copyIn(rows) {
    const { inputs, stride, input } = this;
    if (inputs === stride) input.set(rows);
    else
      for (let i = 0, row = 0; i < rows.length; i += inputs, row++)
        input.set(rows.subarray(i, i + inputs), row * stride);
  }

  copyOut(n, out, at) {
    unpad(this.output, n, this.outputs, out, at);
  }

  /** Compute n rows; `last` is the activation after the last layer, if there is one. */
  run(n, last = null) {
    const { places } = this,
      kernel = this.#kernel;
    this.#layers.forEach((layer, i) => {
      const { at, values, inputs } = places[i + 1],
        count = n * padded(layer.n);
      kernel.dense(places[i].at, layer.weightAt, layer.biasAt, at, n, layer.n, padded(layer.k));
      const activation = i < this.#layers.length - 1 ? this.#activation : last;
      if (inputs) inputs.set(values.subarray(0, count));
      if (activation) kernel[activation](at, count);
    });
  }

  /** Send the gradient of n rows back, from the last layer's, before its activation, to the input. */
  back(n) {
    const { places, none } = this;
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const layer = this.#layers[i];
      this.#kernel.dense(places[i + 1].gradient, layer.turnedAt, none, places[i].gradient, n, layer.k, padded(layer.n));
      if (i) SLOPES[this.#activation](places[i], n * padded(layer.k));
    }
  }
}

/** Gradients with respect to what comes out of an activation, turned into those with respect to what goes in. */
const SLOPES = {
  relu({ slopes, inputs }, count) {
    for (let i = 0; i < count; i++) if (inputs[i] <= 0) slopes[i] = 0;
  },
  /** gelu(a) = a s(2 u(a)), with s the sigmoid and u(a) = c (a + 0.044715 a^3): s is what comes out over what goes in. */
  gelu({ slopes, inputs, values }, count) {
    for (let i = 0; i < count; i++) {
      const a = inputs[i],
        s = Math.abs(a) > 1e-6 ? values[i] / a : 0.5;
      slopes[i] *= s + a * s * (1 - s) * 1.5957691216057308 * (1 + 0.134145 * a * a);
    }
  },
};

/** The dense layers of one chain, from its tensors "<name>.<i>.weight" [out, in] and "<name>.<i>.bias" [out]. */
function layersOf(tensors, name) {
  const layers = [];
  for (let i = 0; tensors[`${name}.${i}.weight`]; i += 2) {
    layers.push({ weight: tensors[`${name}.${i}.weight`], bias: tensors[`${name}.${i}.bias`] });
  }
  return layers;
}
