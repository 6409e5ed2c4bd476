// What the two terms of the loss do to one image's posterior: the reconstruction pushes its mean away and shrinks it, the KL term
// pulls the mean to 0 and makes it grow. In nats per unit of mu, and per unit of log std.

import { joined, reparameterize, stdOf } from "./latent.js";
import { kl, reconstruction } from "./losses.js";

const FREE = 1e-2; // the variance that a step is measured in where β = 0: a posterior has no width left there
const LEAST = 1e-7; // of x_hat (1 - x_hat), by which a gradient is divided

/**
 * The forces on a posterior, means over given noise. model: {likelihood, decode(z [n, D]), pullback(gradient [n, 784])}, see
 * networksFrom with gradients; x [784]; posterior {mu, logvar}; noise: eps [D] of each draw, at most 32.
 * Gives {push, pull, shrink, grow}, each [D], -(gradients) of the reconstruction and of beta KL with respect to mu and to log
 * std, and the terms {reconstruction, kl} in nats.
 */
export function forces(model, x, { mu, logvar }, noise, beta) {
  const D = mu.length,
    n = noise.length;
  const std = stdOf(logvar);
  const x_hat = model.decode(joined(noise.map((eps) => reparameterize(mu, std, eps))));
  const gradient = new Float32Array(n * x.length);
  let nats = 0;
  for (let k = 0; k < n; k++) {
    const own = x_hat.subarray(k * x.length, (k + 1) * x.length);
    nats += reconstruction(model, x, own) / n;
    for (let i = 0; i < x.length; i++) {
      const slope = model.likelihood === "gaussian" ? 1 : 1 / Math.max(LEAST, own[i] * (1 - own[i]));
      gradient[k * x.length + i] = (own[i] - x[i]) * slope;
    }
  }
  const pulled = model.pullback(gradient);
  const push = new Float32Array(D),
    shrink = new Float32Array(D);
  noise.forEach((eps, k) => {
    for (let d = 0; d < D; d++) {
      push[d] -= pulled[k * D + d] / n;
      shrink[d] -= (pulled[k * D + d] * eps[d] * std[d]) / n;
    }
  });
  return {
    push,
    shrink,
    pull: mu.map((value) => -beta * value),
    grow: std.map((value) => beta * (1 - value * value)),
    reconstruction: nats,
    kl: kl(mu, logvar).reduce((sum, value) => sum + value, 0),
  };
}

/**
 * Let one image's posterior follow the forces, while the decoder stays as it is: a generator that yields {mu, logvar, forces,
 * loss} at the start and after every step, until nothing is gained any more. A step is the natural gradient's: that of mu is
 * measured in the posterior's own width. The loss, reconstruction + beta KL over the same
 * noise, never rises: a step that would raise it is made shorter.
 */
export function* letGo(model, x, posterior, noise, beta, steps = 400) {
  let { mu, logvar } = posterior;
  let own = forces(model, x, { mu, logvar }, noise, beta);
  const lossOf = (one) => one.reconstruction + beta * one.kl;
  let rate = 0.3;
  yield { mu, logvar, forces: own, loss: lossOf(own) };
  for (let step = 0; step < steps; step++) {
    let next, moved;
    for (; ; rate /= 2) {
      if (rate < 1e-6) return;
      moved = {
        mu: mu.map((value, d) => value + rate * (beta ? Math.exp(logvar[d]) : FREE) * (own.push[d] + own.pull[d])),
        logvar: logvar.map((value, d) => value + rate * (own.shrink[d] + own.grow[d])), // half of twice: logvar = 2 log std
      };
      next = forces(model, x, moved, noise, beta);
      if (lossOf(next) <= lossOf(own)) break;
    }
    ({ mu, logvar } = moved);
    const gain = lossOf(own) - lossOf(next);
    own = next;
    rate *= 1.3;
    yield { mu, logvar, forces: own, loss: lossOf(own) };
    if (gain < 1e-6) return;
  }
}
