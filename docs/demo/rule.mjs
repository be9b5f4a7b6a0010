// A linear neuron with two inputs under a rule: what is drawn, and what carve makes of it.
import { Model, Sim, View, randomNormal, randomUniform } from './carve.mjs';

export const updates = 2000;
const every = 5; // updates from one shown weight to the next
export const bound = 20; // of weights; beyond it the simulation stops

/** The terms of the rule, as the page shows them. */
export const terms = [
  { name: 'x y', powers: { pre: 1, post: 1 } },
  { name: 'y² w', powers: { post: 2, weight: 1 } },
  { name: 'w', powers: { weight: 1 } },
  { name: 'w³', powers: { weight: 3 } },
  { name: 'x² w', powers: { pre: 2, weight: 1 } },
];
// As carve orders them: by the powers of x, y and w.
const order = ({ pre = 0, post = 0, weight = 0 }) => 16 * pre + 4 * post + weight;
const sorted = [...terms].sort((a, b) => order(a.powers) - order(b.powers));
export const eta = 0.01;
export const presets = [
  { name: 'Oja', theta: { 'x y': 1, 'y² w': -1 } },
  { name: 'Oja, longer weights', theta: { 'x y': 1, 'y² w': -0.5 } },
  { name: 'Hebb', theta: { 'x y': 1 } },
  { name: 'Hebb with decay', theta: { 'x y': 1, 'w': -0.5 } },
  { name: 'Cubic decay', theta: { 'x y': 1, 'w³': -1 } },
  { name: 'Anti-Hebb', theta: { 'x y': -1 } },
];

const sim = new Sim(new Model({
  bound,
  populations: [{ kind: 'input', n_units: 2, shared: 1 }, { kind: 'rate' }],
  projections: [{ pre: 0, post: 1, weights: { b: 0.25 }, plasticity: { rule: 0, eta } }],
  rules: [{ terms: sorted.map(term => term.powers) }],
}));

/** Samples [update][2] of a Gaussian of any direction, and the first principal component of what was drawn. */
export function drawInputs(seed) {
  const [turn, spread] = randomUniform(seed, 0, 0, 2), z = randomNormal(seed, 1, 0, 2 * updates), x = new Float64Array(2 * updates);
  const c = Math.cos(Math.PI * turn), s = Math.sin(Math.PI * turn), across = 0.35 + 0.15 * spread;
  let xx = 0, xy = 0, yy = 0;
  for (let i = 0; i < 2 * updates; i += 2) {
    x[i] = c * z[i] - s * across * z[i + 1];
    x[i + 1] = s * z[i] + c * across * z[i + 1];
    xx += x[i] * x[i], xy += x[i] * x[i + 1], yy += x[i + 1] * x[i + 1];
  }
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  return { x, component: [Math.cos(angle), Math.sin(angle)] };
}

/** The weights [w1, w2] from the first ones on, `every` updates apart, until they leave the bound. */
export function run(theta, x, seed) {
  sim.write(View.THETA, 0, 0, sorted.map(term => theta[term.name] ?? 0));
  sim.reset(seed);
  const weights = [Array.from(sim.read(View.WEIGHTS, 0, 0, 2))];
  for (let t = 0; t < updates; t += every) {
    sim.step(every, [x.subarray(2 * t, 2 * (t + every))]);
    if (sim.info.n_frozen > 0) return { weights, every, stopped: Number(sim.view(View.FROZEN).data[0]) };
    weights.push(Array.from(sim.read(View.WEIGHTS, 0, 0, 2)));
  }
  return { weights, every };
}
