// The model that was trained in the lab, as a model like the others: what is known of it, its files, and the folder that
// `VAE.from_pretrained` reads.

import { kl } from "../maths/losses.js";
import { writeTensors } from "./safetensors.js";

export const NAME = "yours";
const ACTIVE_VARIANCE = 0.01; // as in vae/evaluation.py
const SPAN = 0.999; // the quantile of |mu| that axes and sliders reach to, as there

/**
 * What is known of it. config: {data, variational, hidden, beta}; codes: {mu [N, 2], logvar [N, 2] or null}; heldOut:
 * {reconstruction, kl}, nats per image.
 */
export function describe({ data, variational, hidden, beta }, { mu, logvar }, heldOut) {
  const n = 2,
    count = mu.length / n;
  const active_units = moments(mu, n).variances.filter((variance) => variance > ACTIVE_VARIANCE).length;
  const kl_per_dim = new Array(n).fill(0);
  const nats = logvar ? kl(mu, logvar) : [];
  for (let i = 0; i < nats.length; i++) kl_per_dim[i % n] += nats[i] / count;
  const sizes = mu.map(Math.abs).sort();
  return {
    name: NAME,
    made: true,
    data,
    variational,
    latent_dim: n,
    layers: { encoder: [784, hidden, n * (variational ? 2 : 1)], decoder: [n, hidden, 784] },
    beta,
    warp: 0,
    activation: "relu",
    likelihood: "bernoulli",
    nelbo: heldOut.reconstruction + heldOut.kl,
    reconstruction: heldOut.reconstruction,
    kl: heldOut.kl,
    kl_per_dim,
    active_units,
    span: sizes[Math.floor(SPAN * (sizes.length - 1))],
    readable: null, // no classifier has seen its images
    one_image: variational && active_units === 0,
    unusual: null,
  };
}

/** config.json and model.safetensors, {name: Blob}, from its weights {name: Float32Array}. */
export function modelFiles({ variational, hidden }, weights) {
  const config = {
    activation: "relu",
    decoder_hidden: [hidden],
    encoder_hidden: [hidden],
    latent_dim: 2,
    likelihood: "bernoulli",
    variational,
    warp: 0,
  };
  const codes = variational ? 4 : 2;
  const shapes = {
    "encoder.0": [hidden, 784],
    "encoder.2": [codes, hidden],
    "decoder.0": [hidden, 2],
    "decoder.2": [784, hidden],
  };
  const tensors = {};
  for (const [name, data] of Object.entries(weights)) {
    const [layer, kind] = name.split(/\.(?=\w+$)/);
    tensors[name] = { data, shape: kind === "weight" ? shapes[layer] : [data.length] };
  }
  return {
    "config.json": new Blob([`${JSON.stringify(config, null, 2)}\n`], { type: "application/json" }),
    "model.safetensors": new Blob([writeTensors(tensors)]),
  };
}

/** atlas.safetensors: the codes, their classes, and a mixture with one Gaussian for each class, as a Blob. */
export function atlasFile({ mu, logvar }, labels) {
  const tensors = {
    mu: { data: mu, shape: [labels.length, 2] },
    labels: { data: labels, shape: [labels.length] },
    ...mixtureOf(mu, labels),
  };
  const spread = logvar && { logvar: { data: logvar, shape: [labels.length, 2] } };
  return new Blob([writeTensors({ ...tensors, ...spread })]);
}

/** A Gaussian for each class with its share of the codes, as tensors of an atlas, see drawMixture in maths/latent.js. */
export function mixtureOf(mu, labels) {
  const classes = [...new Set(labels)].sort();
  const weights = [],
    means = [],
    scales = [];
  for (const label of classes) {
    const own = Float32Array.from(
      [...labels.keys()].filter((row) => labels[row] === label).flatMap((row) => [mu[2 * row], mu[2 * row + 1]]),
    );
    const { mean, variances, covariance } = moments(own, 2);
    weights.push(own.length / mu.length);
    means.push(...mean);
    const a = Math.sqrt(variances[0] + 1e-9),
      b = covariance / a; // the Cholesky factor [[a, 0], [b, c]]
    scales.push(a, 0, b, Math.sqrt(Math.max(1e-9, variances[1] - b * b)));
  }
  const K = classes.length;
  return {
    sampler_weights: { data: Float32Array.from(weights), shape: [K] },
    sampler_means: { data: Float32Array.from(means), shape: [K, 2] },
    sampler_scales: { data: Float32Array.from(scales), shape: [K, 2, 2] },
  };
}

/** Mean and variances [n] of vectors, and the covariance of the first two coordinates. */
function moments(rows, n) {
  const count = rows.length / n,
    mean = new Array(n).fill(0),
    variances = new Array(n).fill(0);
  let covariance = 0;
  for (let i = 0; i < rows.length; i++) mean[i % n] += rows[i] / count;
  for (let i = 0; i < rows.length; i++) variances[i % n] += (rows[i] - mean[i % n]) ** 2 / count;
  for (let i = 0; i < rows.length; i += n) covariance += ((rows[i] - mean[0]) * (rows[i + 1] - mean[1])) / count;
  return { mean, variances, covariance };
}
