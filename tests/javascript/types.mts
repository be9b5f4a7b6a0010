// What the types of carve.mjs allow and refuse: scripts/verify.sh lets the TypeScript compiler read it. It never runs.
import { CarveError, Gradient, Loss, Model, Sim, View, randomNormal } from '../../api/javascript/carve.mjs';

const model = new Model({
  gradient: Gradient.FORWARD, max_steps: 100n,
  populations: [{ kind: 'input', n_units: 2, shared: true }, { activation: 1 }, { kind: 'lif', receptors: [{ tau: 0.01 }] }],
  projections: [{ weights: { b: 0.1 }, plasticity: { eta: 0.1 } }, { connections: { in_degree: 2 }, plasticity: [] }],
  rules: [{ terms: [{ pre: 1, post: 1 }] }, { kind: 'mlp', n_hidden: 3 }],
});
const sim = new Sim(model);
sim.step(10, [randomNormal(1n, 0, 0, 20)], { plastic: false });
const weights: Float64Array = sim.read(View.WEIGHTS, 0, 0, 2);
const gradient: Float64Array = sim.loss({ kind: Loss.DISTANCE, target: [1, 0] }, true).gradient;
const shape: number[] = new Sim(sim.save()).view(View.WEIGHTS).shape;
try {
  sim.reset();
} catch (error) {
  if (error instanceof CarveError) console.log(error.where.length, weights, gradient, shape);
}

// @ts-expect-error: an input has no activation
new Model({ populations: [{ kind: 'input', activation: 1 }] });
// @ts-expect-error: no such field
new Model({ populations: [{ units: 1 }] });
// @ts-expect-error: no such kind
new Model({ populations: [], rules: [{ kind: 'polynomials' }] });
// @ts-expect-error: no such view
View.WEIGHT;
// @ts-expect-error: a gradient that was not asked for
sim.loss({ target: [1, 0] }).gradient;
