// The normal distribution and chi: distribution functions and their inverses.

const FARTHEST_QUANTILE = 1e-4; // from 0 and from 1, where the quantiles are infinite

/** Within that distance from 0 lie 95 % of a prior N(0, I) of two dimensions: the root of a quantile of chi-squared. */
export const PRIOR_RADIUS = Math.sqrt(-2 * Math.log(0.05));

/** Phi(x), the normal distribution's cumulative function, to 1e-7. */
export function normalCdf(x) {
  return 0.5 * erfc(-x / Math.SQRT2);
}

/** erfc by Numerical Recipes' Chebyshev fit (fractional error below 1.2e-7 everywhere). */
function erfc(x) {
  const size = Math.abs(x),
    t = 1 / (1 + size / 2);
  const terms = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ];
  const series = terms.reduceRight((sum, term) => sum * t + term, 0);
  const value = t * Math.exp(-size * size + series);
  return x >= 0 ? value : 2 - value;
}

/** The inverse of Phi; 0 and 1 are taken for numbers near them. */
export const normalQuantile = (u) =>
  inverse(normalCdf, Math.min(1 - FARTHEST_QUANTILE, Math.max(FARTHEST_QUANTILE, u)), -6, 6);

/** The inverse of chiCdf: the length that ||z|| stays below with probability `share`, z ~ N(0, I_n). */
export const chiQuantile = (share, n) => inverse((length) => chiCdf(length, n), share, 0, Math.sqrt(n) + 10);

/** The interval that holds 90 % of ||z|| for z ~ N(0, I_n). */
export const typicalNorm = (n) => [chiQuantile(0.05, n), chiQuantile(0.95, n)];

/** Where an increasing function has a value, between low and high, by bisection. */
function inverse(fn, wanted, low, high) {
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (fn(middle) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(||z|| <= length) for z ~ N(0, I_n): the distribution function of chi, in [0, 1]. */
export function chiCdf(length, n) {
  const a = n / 2,
    x = (length * length) / 2;
  if (x <= 0) return 0;
  if (length > Math.sqrt(n) + 10) return 1; // to 1e-22
  // the lower incomplete gamma function's series
  let term = 1 / a,
    sum = term;
  for (let k = 1; k < 2000 && term > sum * 1e-12; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return Math.min(1, Math.exp(-x + a * Math.log(x) - logGamma(a)) * sum);
}

/** log Gamma(a), by Lanczos. */
function logGamma(a) {
  const terms = [
    76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155, 1.208650973866179e-3,
    -5.395239384953e-6,
  ];
  const sum = terms.reduce((total, term, k) => total + term / (a + 1 + k), 1.000000000190015);
  return (a + 0.5) * Math.log(a + 5.5) - a - 5.5 + Math.log((2.5066282746310007 * sum) / a);
}
