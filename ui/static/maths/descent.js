// L-BFGS: finds a minimum of a smooth function of many numbers from its values and gradients.
// Source: Nocedal and Wright 2006, algorithm 7.4, with a line search by halving.

const MEMORY = 20; // pairs of steps and changes of the gradient that stand for the curvature
const ENOUGH = 1e-4; // of the decrease that the slope promises
const HALVINGS = 20;

/**
 * Steps from `start`: yields {x, value} after each, of falling value; ends where it falls no further.
 * fn(x, gradient) gives the value at x and fills in the gradient.
 */
export function* descend(fn, start) {
  const size = start.length;
  let x = Float64Array.from(start),
    gradient = new Float64Array(size),
    value = fn(x, gradient);
  const pairs = []; // {s, y, rho}, the latest last
  for (let first = true; ; first = false) {
    const direction = towards(gradient, pairs);
    const slope = dot(direction, gradient);
    if (!(slope < 0)) return;
    let length = first ? Math.min(1, 1 / gradient.reduce((sum, g) => sum + Math.abs(g), 0)) : 1;
    const next = new Float64Array(size),
      nextGradient = new Float64Array(size);
    let nextValue = Infinity;
    for (let halving = 0; ; halving++, length /= 2) {
      if (halving > HALVINGS) return;
      for (let i = 0; i < size; i++) next[i] = x[i] + length * direction[i];
      nextValue = fn(next, nextGradient);
      if (nextValue <= value + ENOUGH * length * slope) break;
    }
    const s = next.map((one, i) => one - x[i]),
      y = nextGradient.map((one, i) => one - gradient[i]);
    const curvature = dot(s, y);
    if (curvature > 1e-10 * dot(y, y)) {
      pairs.push({ s, y, rho: 1 / curvature });
      if (pairs.length > MEMORY) pairs.shift();
    }
    [x, gradient, value] = [next, nextGradient, nextValue];
    yield { x, value };
  }
}

/** The direction of the next step: the gradient by the inverse of the curvature, as far as it is known, turned downwards. */
function towards(gradient, pairs) {
  const q = gradient.map((g) => -g);
  const alphas = pairs.map(() => 0);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, rho } = pairs[i];
    alphas[i] = rho * dot(s, q);
    add(q, y, -alphas[i]);
  }
  if (pairs.length) {
    const { y, rho } = pairs.at(-1);
    const scale = 1 / (rho * dot(y, y));
    for (let i = 0; i < q.length; i++) q[i] *= scale;
  }
  pairs.forEach(({ s, y, rho }, i) => {
    add(q, s, alphas[i] - rho * dot(y, q));
  });
  return q;
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function add(to, what, times) {
  for (let i = 0; i < to.length; i++) to[i] += times * what[i];
}
