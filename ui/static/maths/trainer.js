// Trains a small VAE or autoencoder on the kernel: 784 - hidden - codes - hidden - 784, ReLU, Bernoulli likelihood, Adam. The three
// products of a layer (forward; the gradient of its input; that of its weights) are the kernel's dense layer on transposed copies.

import { padded, unpad } from "./kernel.js";
import { seeded } from "./latent.js";

const PIXELS = 784;
const BETA1 = 0.9,
  BETA2 = 0.999,
  EPSILON = 1e-8; // Adam's, as in PyTorch

export class Trainer {
  #kernel;
  #all;
  #at = {}; // places of everything, in numbers
  #layers;
  #adam = []; // moments of each weight and bias
  step = 0; // how many have been taken

  /**
   * makeKernel: see kernel.js; latent_dim, hidden: widths; variational: whether it is a VAE; batch: most images of a step, a
   * multiple of four; seed: of the first weights; weights: to begin with instead, {name: numbers} as `weights` gives them.
   */
  constructor(makeKernel, { latent_dim = 2, hidden = 400, variational = true, batch = 128, seed = 1, weights = null }) {
    this.latent_dim = latent_dim;
    this.variational = variational;
    this.batch = batch;
    const codes = latent_dim * (variational ? 2 : 1);
    const sizes = /** @type {[string, number, number][]} */ ([
      ["encoder.0", PIXELS, hidden],
      ["encoder.2", hidden, codes],
      ["decoder.0", latent_dim, hidden],
      ["decoder.2", hidden, PIXELS],
    ]);
    let count = 0;
    const take = (n) => {
      const at = count;
      count += padded(n);
      return at;
    };
    this.#layers = sizes.map(([name, k, n]) => ({
      name,
      k,
      n,
      weight: take(n * padded(k)),
      bias: take(n),
      turned: take(padded(k) * padded(n)), // the weights transposed
      slope: take(n * padded(k)), // gradients of the weights
      biasSlope: take(n),
      input: take(batch * padded(k)),
      inputSlope: take(batch * padded(k)),
      output: take(batch * padded(n)),
      outputSlope: take(batch * padded(n)),
      inputTurned: take(padded(k) * padded(batch)),
      slopeTurned: take(padded(n) * padded(batch)),
    }));
    this.#at.none = take(Math.max(...sizes.map(([, k]) => padded(k)))); // a bias of zeros
    this.#kernel = makeKernel(4 * count);
    this.#all = new Float32Array(this.#kernel.buffer);
    const uniform = seeded(seed);
    for (const layer of this.#layers) {
      const { name, k, n } = layer,
        bound = 1 / Math.sqrt(k); // as PyTorch begins a linear layer
      const draw = () => (2 * uniform() - 1) * bound;
      const own = weights?.[`${name}.weight`],
        bias = weights?.[`${name}.bias`];
      for (let row = 0; row < n; row++) {
        for (let i = 0; i < k; i++) this.#all[layer.weight + row * padded(k) + i] = own ? own[row * k + i] : draw();
        this.#all[layer.bias + row] = bias ? bias[row] : draw();
      }
      // An autoencoder begins with a VAE's weights of the same seed: those of the widths, which it has not, are drawn all the same.
      if (name === "encoder.2") for (let i = 0; i < (2 * latent_dim - n) * (k + 1); i++) draw();
      this.#adam.push(
        ...[
          [layer.weight, layer.slope, n * padded(k)],
          [layer.bias, layer.biasSlope, n],
        ].map(([value, slope, size]) => ({ value, slope, size, m: new Float32Array(size), v: new Float32Array(size) })),
      );
    }
  }

  /** The weights and biases, {name: Float32Array}, in the layout of model.safetensors. */
  get weights() {
    return this.#gathered("weight", "bias");
  }

  /**
   * Take one step: x [n, 784] in [0, 1], n at most `batch`; eps [n, latent_dim]; gives {reconstruction, kl}, means in nats per
   * image. The objective is their sum with beta. `balance`, which it gives too, has both sides of both balances of the two terms
   * (see vae/evaluation.py), means per image over the batch before the step: push and shrink, and pull and grow for a beta of 1.
   */
  train(x, eps, { beta, lr }) {
    const n = x.length / PIXELS;
    const losses = this.#forward(x, eps, n);
    const balance = this.#backward(x, eps, n, beta);
    this.#update(lr);
    return { ...losses, balance };
  }

  /**
   * What the reconstruction does to the posteriors of x [n, 784], for given noise eps [n, D]: {push [n, D], shrink [n, D]}, its
   * gradients with respect to mu and to log std, turned round, in nats; and mu [n, D] and std [n, D] (none of an autoencoder).
   */
  forces(x, eps) {
    const n = x.length / PIXELS,
      D = this.latent_dim,
      all = this.#all;
    const [, , third, fourth] = this.#layers;
    this.#encoded(x, eps, n);
    this.#decode(n);
    this.#kernel.sigmoid(4 * fourth.output, n * PIXELS);
    for (let i = 0; i < n * PIXELS; i++) all[fourth.outputSlope + i] = all[fourth.output + i] - x[i];
    this.#backToInput(fourth, n);
    this.#reluBack(third, fourth, n);
    this.#backToInput(third, n);
    const [push, shrink, mu] = [1, 2, 3].map(() => new Float32Array(n * D)),
      std = this.variational ? new Float32Array(n * D) : null;
    this.#eachCode(n, (i, at, row, d) => {
      mu[i] = all[at];
      push[i] = -all[third.inputSlope + row * padded(D) + d];
      if (!std) return;
      std[i] = Math.exp(all[at + D] / 2);
      shrink[i] = push[i] * eps[i] * std[i];
    });
    return { push, shrink, mu, std };
  }

  /** The gradients of the mean objective over images, {name: Float32Array}, without a step. */
  gradients(x, eps, beta) {
    const n = x.length / PIXELS;
    const losses = this.#forward(x, eps, n);
    this.#backward(x, eps, n, beta);
    return { ...losses, gradients: this.#gathered("slope", "biasSlope") };
  }

  /** The terms {reconstruction, kl} of images, without a step. */
  evaluate(x, eps) {
    return this.#forward(x, eps, x.length / PIXELS);
  }

  /** Codes of images x [n, 784]: {mu [n, D], std [n, D], or none}. */
  encode(x) {
    const n = x.length / PIXELS,
      D = this.latent_dim;
    const [first, second] = this.#layers;
    this.#copyIn(first, x, n);
    this.#dense(first, n);
    this.#relu(first, second, n);
    this.#dense(second, n);
    const mu = new Float32Array(n * D),
      std = this.variational ? new Float32Array(n * D) : null;
    this.#eachCode(n, (i, at) => {
      mu[i] = this.#all[at];
      if (std) std[i] = Math.exp(this.#all[at + D] / 2);
    });
    return { mu, std };
  }

  /** Images [n, 784] at z [n, D]. */
  decode(z) {
    const n = z.length / this.latent_dim;
    const [, , third, fourth] = this.#layers;
    this.#copyIn(third, z, n);
    this.#decode(n);
    this.#kernel.sigmoid(4 * fourth.output, n * PIXELS);
    return this.#all.slice(fourth.output, fourth.output + n * PIXELS);
  }

  #decode(n) {
    const [, , third, fourth] = this.#layers;
    this.#dense(third, n);
    this.#relu(third, fourth, n);
    this.#dense(fourth, n);
  }

  /** Both terms of images, means in nats; the last layer's output is x_hat then. */
  #forward(x, eps, n) {
    const kl = this.#encoded(x, eps, n);
    this.#decode(n);
    return { reconstruction: this.#cost(x, n) / n, kl: kl / n };
  }

  /** Draw z of images, as the decoder's input; gives the KL term, summed over images. */
  #encoded(x, eps, n) {
    const [first, second, third] = this.#layers;
    const all = this.#all,
      D = this.latent_dim;
    this.#copyIn(first, x, n);
    this.#dense(first, n);
    this.#relu(first, second, n);
    this.#dense(second, n);
    let kl = 0;
    all.fill(0, third.input, third.input + n * padded(D));
    this.#eachCode(n, (i, at, row, d) => {
      const mu = all[at];
      let z = mu;
      if (this.variational) {
        const logvar = all[at + D];
        z += Math.exp(logvar / 2) * eps[i];
        kl += 0.5 * (Math.exp(logvar) - logvar - 1 + mu * mu);
      }
      all[third.input + row * padded(D) + d] = z;
    });
    return kl;
  }

  /** The cross-entropy of n images with the decoder's logits, summed; the logits become x_hat. */
  #cost(x, n) {
    const all = this.#all,
      { output } = this.#layers[3];
    let nats = 0;
    for (let i = 0; i < n * PIXELS; i++) {
      const logit = all[output + i];
      nats += Math.max(logit, 0) - x[i] * logit;
    }
    this.#kernel.sigmoid(4 * output, n * PIXELS);
    // What is missing, log(1 + exp(-|logit|)), is -log max(x_hat, 1 - x_hat): at least a half, so that the pixels of an image can
    // be multiplied before one logarithm is taken.
    for (let row = 0, at = output; row < n; row++) {
      let product = 1;
      for (let i = 0; i < PIXELS; i++, at++) product *= all[at] > 0.5 ? all[at] : 1 - all[at];
      nats -= Math.log(product);
    }
    return nats;
  }

  #backward(x, eps, n, beta) {
    const [first, second, third, fourth] = this.#layers;
    const all = this.#all,
      D = this.latent_dim;
    for (let i = 0; i < n * PIXELS; i++) all[fourth.outputSlope + i] = (all[fourth.output + i] - x[i]) / n;
    this.#back(fourth, n, true);
    this.#reluBack(third, fourth, n);
    this.#back(third, n, true);
    all.fill(0, second.outputSlope, second.outputSlope + n * padded(second.n));
    const balance = { push: 0, pull: 0, shrink: 0, grow: 0 };
    this.#eachCode(n, (i, at, row, d) => {
      const slope = all[third.inputSlope + row * padded(D) + d];
      const to = second.outputSlope + row * padded(second.n) + d;
      const mu = all[at];
      all[to] = slope;
      balance.push -= mu * slope;
      balance.pull += (mu * mu) / n;
      if (!this.variational) return;
      const logvar = all[at + D],
        std = Math.exp(logvar / 2);
      balance.shrink += slope * eps[i] * std;
      balance.grow += (1 - std * std) / n;
      all[to] += (beta * mu) / n;
      all[to + D] = 0.5 * slope * eps[i] * std + (0.5 * beta * (Math.exp(logvar) - 1)) / n;
    });
    this.#back(second, n, true);
    this.#reluBack(first, second, n);
    this.#back(first, n, false);
    return balance;
  }

  #update(lr) {
    this.step++;
    const all = this.#all;
    const rate = lr / (1 - BETA1 ** this.step),
      second = 1 / Math.sqrt(1 - BETA2 ** this.step);
    for (const { value, slope, size, m, v } of this.#adam) {
      for (let i = 0; i < size; i++) {
        const g = all[slope + i];
        m[i] += (1 - BETA1) * (g - m[i]);
        v[i] += (1 - BETA2) * (g * g - v[i]);
        all[value + i] -= (rate * m[i]) / (Math.sqrt(v[i]) * second + EPSILON);
      }
    }
  }

  // Pieces

  /** What lies at two places of every layer, that of a matrix and that of a vector, {name: Float32Array}. */
  #gathered(matrix, vector) {
    const found = {};
    for (const layer of this.#layers) {
      const { name, k, n } = layer,
        rows = new Float32Array(n * k);
      unpad(this.#all.subarray(layer[matrix], layer[matrix] + n * padded(k)), n, k, rows, 0);
      found[`${name}.weight`] = rows;
      found[`${name}.bias`] = this.#all.slice(layer[vector], layer[vector] + n);
    }
    return found;
  }

  /** Call fn(i, place, row, d) for each coordinate of the codes; its logvar lies latent_dim places farther. */
  #eachCode(n, fn) {
    const { output, n: codes } = this.#layers[1],
      D = this.latent_dim;
    for (let row = 0, i = 0; row < n; row++) {
      for (let d = 0; d < D; d++, i++) fn(i, output + row * padded(codes) + d, row, d);
    }
  }

  #copyIn({ k, input }, rows, n) {
    if (k === padded(k)) this.#all.set(rows, input);
    else
      for (let row = 0; row < n; row++) this.#all.set(rows.subarray(row * k, (row + 1) * k), input + row * padded(k));
  }

  #dense({ k, n, input, weight, bias, output }, m) {
    this.#kernel.dense(4 * input, 4 * weight, 4 * bias, 4 * output, m, n, padded(k));
  }

  /** The activation of a layer's output, as the next one's input. */
  #relu({ n, output }, next, m) {
    this.#all.copyWithin(next.input, output, output + m * padded(n));
    this.#kernel.relu(4 * next.input, m * padded(n));
  }

  #reluBack({ n, outputSlope }, { input, inputSlope }, m) {
    const all = this.#all;
    for (let i = 0; i < m * padded(n); i++) all[outputSlope + i] = all[input + i] > 0 ? all[inputSlope + i] : 0;
  }

  /** From the gradient of a layer's output to those of its weights, its bias and, where wanted, its input; m images. */
  #back(layer, m, isWanted) {
    const { k, n, slope, biasSlope, input, outputSlope, inputTurned, slopeTurned } = layer;
    const [wide, tall, many] = [padded(k), padded(n), padded(m)];
    const all = this.#all;
    transpose(all, outputSlope, slopeTurned, m, tall, many);
    transpose(all, input, inputTurned, m, wide, many);
    this.#kernel.dense(4 * slopeTurned, 4 * inputTurned, 4 * this.#at.none, 4 * slope, n, wide, many);
    for (let row = 0; row < n; row++) {
      let sum = 0;
      for (let i = 0; i < m; i++) sum += all[slopeTurned + row * many + i];
      all[biasSlope + row] = sum;
    }
    if (isWanted) this.#backToInput(layer, m);
  }

  /** From the gradient of a layer's output to that of its input; m images. */
  #backToInput({ k, n, weight, turned, inputSlope, outputSlope }, m) {
    const [wide, tall] = [padded(k), padded(n)];
    transpose(this.#all, weight, turned, n, wide, tall);
    this.#kernel.dense(4 * outputSlope, 4 * turned, 4 * this.#at.none, 4 * inputSlope, m, wide, tall);
  }
}

/** A matrix of so many rows and columns at `from`, transposed to `to`, its rows `stride` apart; what lies beyond is 0. */
function transpose(all, from, to, rows, columns, stride) {
  for (let column = 0; column < columns; column++) {
    const at = to + column * stride;
    for (let row = 0; row < rows; row++) all[at + row] = all[from + row * columns + column];
    for (let row = rows; row < stride; row++) all[at + row] = 0;
  }
}
