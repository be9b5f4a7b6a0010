// One neuron under Oja's rule finds the first principal component of its inputs, as in api/c/first_steps.c.
//
//     scripts/build_wasm.sh && node build/wasm/carve/examples/first_steps.mjs
import { Model, Sim, View, randomNormal } from '../carve.mjs';

const n = 8, steps = 4000;
const e = 1 / Math.sqrt(n); // every entry of the first component
const z = randomNormal(1, 0, 0, steps);
const x = randomNormal(1, 1, 0, steps * n) // [step][unit]; variance 1.09 along the component, 0.09 across
  .map((value, i) => 0.3 * value + z[Math.floor(i / n)] * e);

const model = new Model({
  populations: [{ kind: 'input', n_units: n, shared: 1 }, // by all replicas; here there is one
                { kind: 'rate' }], // one linear neuron
  projections: [{ pre: 0, post: 1, weights: { b: 0.1 }, plasticity: { rule: 0, eta: 0.005 } }],
  rules: [{ terms: [{ post: 2, weight: 1 }, { pre: 1, post: 1 }] }], // dw = eta (theta_0 y^2 w + theta_1 x y)
});
const sim = new Sim(model);
sim.write(View.THETA, 0, 0, [-1, 1]);
sim.reset(1);
sim.step(steps, [x]);

const w = sim.read(View.WEIGHTS, 0, 0, n);
const along = w.reduce((sum, weight) => sum + weight * e, 0);
const degrees = Math.acos(Math.min(Math.abs(along) / Math.hypot(...w), 1)) * 180 / Math.PI;
console.log(`success: ${degrees.toFixed(2)} degrees from the first component`);
console.log(Array.from(w, weight => weight.toExponential(16)).join(' ')); // with all their digits: the same from every language
if (!(degrees < 5)) throw new Error('the first component was not found');
