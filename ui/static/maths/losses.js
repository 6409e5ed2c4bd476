// The terms of the loss, of one image each, in nats, as vae/losses.py has them.

const LEAST = 1e-7; // a probability in float32 may round to 0 or 1

/** -log p(x | z) of binary or grey pixels x under the decoder's probabilities x_hat, both [784] in [0, 1]. */
export function bernoulli(x, x_hat) {
  let nats = 0;
  for (let i = 0; i < x.length; i++) {
    const p = Math.min(1 - LEAST, Math.max(LEAST, x_hat[i]));
    nats -= x[i] * Math.log(p) + (1 - x[i]) * Math.log(1 - p);
  }
  return nats;
}

/** Half the squared distance of x and x_hat: -log N(x; x_hat, I) without its constant. */
export function gaussian(x, x_hat) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] - x_hat[i]) ** 2;
  return sum / 2;
}

/** What each pixel adds to one of them [784]; likelihood: "bernoulli" or "gaussian". */
export const pixelTerms = (likelihood, x, x_hat) =>
  x.map((value, i) => (likelihood === "gaussian" ? gaussian([value], [x_hat[i]]) : bernoulli([value], [x_hat[i]])));

/** The reconstruction term of a model, {likelihood: "bernoulli" or "gaussian"}. */
export const reconstruction = ({ likelihood }, x, x_hat) =>
  likelihood === "gaussian" ? gaussian(x, x_hat) : bernoulli(x, x_hat);

/** KL(N(mu, exp logvar) || N(0, 1)) of each dimension [D]: (1/2) (exp logvar - logvar - 1 + mu^2). */
export const kl = (mu, logvar) => mu.map((value, i) => 0.5 * (Math.exp(logvar[i]) - logvar[i] - 1 + value * value));
