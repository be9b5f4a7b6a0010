// carve.mjs under Node.js: node test_carve.mjs, with $CARVE_BUILD, where scripts/build_wasm.sh has built, and $CARVE_LAYOUT,
// the program of tests/api/layout.py for that machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
const built = name => path.join(process.env.CARVE_BUILD, 'carve', name);
const carve = await import(pathToFileURL(built('carve.mjs')));
const { structs } = await import(pathToFileURL(built('structs.mjs')));
const { CarveError, Event, Gradient, Loss, Model, Precision, Sim, View } = carve;

const close = (a, b, tolerance) => assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a} is not ${b}`);
const oja = { terms: [{ post: 2, weight: 1 }, { pre: 1, post: 1 }] };

function linear(settings = {}, input = {}) {
  return new Model({
    populations: [{ kind: 'input', n_units: 2, shared: 1, ...input }, {}],
    projections: [{ weights: { b: 0.3 }, plasticity: { eta: 0.1 } }], rules: [oja], ...settings });
}

test('structs are laid out as the C compiler does it', () => {
  const said = execFileSync('node', [process.env.CARVE_LAYOUT], { encoding: 'utf8' }).trim().split('\n').map(line => line.split(' '));
  for (const [name, { fields, size }] of Object.entries(structs)) {
    const own = said.filter(([where]) => where.split('.')[0] === 'carve_' + name);
    assert.deepEqual(own, [[`carve_${name}`, '0', String(size)], ...Array.from(fields, ([field, { offset, bytes }]) =>
      [`carve_${name}.${field}`, String(offset), String(bytes)])]);
  }
});

test('constants are those of the header', () => {
  const header = readdirSync(path.join(root, 'api/carve')).map(file => readFileSync(path.join(root, 'api/carve', file), 'utf8')).join('')
    .replace(/\/\*.*?\*\//gs, '');
  const values = new Map(Array.from(header.matchAll(/\bCARVE_(\w+)\s*=\s*(\d+)/g), ([, name, value]) => [name, Number(value)]));
  const prefixes = { Precision: '', Connectivity: 'CONNECT_', MaskFrom: 'MASK_FROM_', DistributionKind: 'WEIGHTS_', InitialWeights: 'INITIAL_',
    ReceptorKind: 'RECEPTOR_', TraceJump: 'TRACE_JUMP_' };
  for (const [name, members] of Object.entries(carve).filter(([, value]) => Object.isFrozen(value) && typeof value === 'object' && value !== carve.kernel)) {
    const prefix = prefixes[name] ?? name.toUpperCase() + '_', all = Array.from(values.keys()).filter(key => prefix && key.startsWith(prefix));
    for (const [member, value] of Object.entries(members)) assert.equal(value, values.get(prefix + member), `${name}.${member}`);
    if (prefix) assert.equal(Object.keys(members).length, all.length, `${name} has another number of members than ${all}`);
  }
});

test('types are declared of all that is exported', () => {
  const declared = Array.from(readFileSync(built('carve.d.mts'), 'utf8').matchAll(/^export (?:const|class|function) (\w+)/gm), found => found[1]);
  assert.deepEqual(Array.from(new Set(declared)).sort(), Object.keys(carve).sort());
});

test('every function of the ABI is exported', () => {
  for (const symbol of readFileSync(path.join(root, 'api/carve.symbols'), 'utf8').trim().split('\n'))
    assert.equal(typeof carve.kernel[symbol], 'function', symbol);
});

test('the example finds the first component', () => {
  const [sentence, weights] = execFileSync('node', [built('examples/first_steps.mjs')], { encoding: 'utf8' }).trim().split('\n');
  assert.match(sentence, /^success: [0-4]\.\d\d degrees from the first component$/);
  weights.split(' ').forEach(weight => close(Math.abs(Number(weight)), 1 / Math.sqrt(8), 0.1));
});

test('a step is the rule that was asked for', () => {
  const sim = new Sim(linear()), x = [0.5, -1.25], theta = [-0.7, 1.3];
  sim.write(View.THETA, 0, 0, theta);
  sim.reset(3);
  const w = sim.read(View.WEIGHTS, 0, 0, 2), y = w[0] * x[0] + w[1] * x[1];
  sim.step(1, [Float64Array.from(x)]);
  sim.read(View.WEIGHTS, 0, 0, 2).forEach((after, j) => close(after, w[j] + 0.1 * (theta[0] * y * y * w[j] + theta[1] * x[j] * y), 1e-14));
  assert.equal(sim.info.steps, 1);
});

test('replicas have their own weights, and a view is the memory itself', () => {
  const sim = new Sim(linear({ n_replicas: 6 })), view = sim.view(View.WEIGHTS); // [block][post][pre][lane]
  assert.deepEqual(view.shape, [2, 1, 2, 4]);
  const at = (replica, pre) => Math.floor(replica / 4) * view.stride[0] + pre * view.stride[2] + replica % 4;
  for (let replica = 0; replica < 6; ++replica)
    assert.deepEqual(Array.from(sim.read(View.WEIGHTS, 0, replica, 2)), [view.data[at(replica, 0)], view.data[at(replica, 1)]]);
  view.data[at(5, 1)] = 42;
  assert.equal(sim.read(View.WEIGHTS, 0, 5, 2)[1], 42);
  assert.equal(sim.view(View.FROZEN).data.constructor, BigUint64Array);
});

test('a gradient is the slope of the loss', () => {
  const sim = new Sim(linear({ gradient: Gradient.FORWARD })), x = carve.randomNormal(5, 0, 0, 60), target = { kind: Loss.DISTANCE_SQUARED, target: [1, 0] };
  const loss = theta => {
    sim.write(View.THETA, 0, 0, theta);
    sim.reset(2);
    sim.step(30, [x]);
    return sim.loss(target, true);
  };
  const theta = [-0.9, 0.8], { gradient } = loss(theta), h = 1e-6;
  theta.forEach((_, k) => {
    const moved = by => loss(theta.map((value, i) => value + (i === k ? by : 0))).value[0];
    close(gradient[k], (moved(h) - moved(-h)) / (2 * h), 1e-7);
  });
});

test('a copy of the bytes goes on identically', () => {
  const sim = new Sim(linear()), x = carve.randomNormal(6, 0, 0, 20);
  sim.write(View.THETA, 0, 0, [-1, 1]);
  sim.step(10, [x]);
  const saved = sim.save();
  assert.equal(saved.length, linear().requiredBytes());
  const copy = new Sim(saved);
  sim.step(10, [x]);
  copy.step(10, [x]);
  assert.deepEqual(copy.save(), sim.save());
  assert.throws(() => new Sim(saved.subarray(8)), CarveError);
});

test('single precision takes and has floats', () => {
  const sim = new Sim(linear({ precision: Precision.F32 }));
  sim.step(1, [Float32Array.of(1, 2)]);
  assert.equal(sim.view(View.WEIGHTS).data.constructor, Float32Array);
  assert.throws(() => sim.step(1, [Float64Array.of(1, 2)]), /inputs\[0\]\.type is 1; it must be/);
});

test('spiking neurons fire at the rate of their drive', () => {
  const t_ref = 0.005, tau_m = 0.02, drive = 0.02; // from -60 mV towards -40 mV, threshold -50 mV: ln 2 tau_m and t_ref apart
  const sim = new Sim(new Model({ dt: 1e-4, populations: [{ kind: 'poisson', rate: 0 }, { kind: 'lif', n_units: 3, tau_m, t_ref, drive }],
    projections: [{ weights: { a: 1 } }] }));
  sim.step(20000);
  sim.view(View.SPIKE_COUNTS, 1).data.forEach((n, i) => i % 4 === 0 && close(n, 2 / (t_ref + Math.log(2) * tau_m), 0.02));
});

test('sparse projections and receptors are described by arrays', () => {
  const receptors = [{ tau: 0.005, reversal: 0 }, { tau: 0.01, reversal: -0.08 }];
  const network = connections => new Model({ populations: [{ kind: 'poisson', n_units: 4 }, { kind: 'lif', n_units: 2, receptors }],
    projections: [{ connections, weights: { a: 1 } }] });
  const list = new Sim(network({ row_start: [0, 1, 3], pre: [2, 0, 3] }));
  assert.deepEqual(Array.from(list.view(View.PRE_UNITS).data), [2, 0, 3]);
  assert.deepEqual(new Sim(network({ in_degree: 2 })).view(View.PRE_UNITS).shape, [4]);
});

test('errors have the words of the kernel', () => {
  const wrong = linear();
  wrong.projections = [{ ...wrong.projections[0], w_min: 1, w_max: 0 }];
  assert.throws(() => new Sim(wrong), error => error instanceof CarveError && error.status === 3 &&
    error.where.startsWith('projections[0].w_m') && /^projections\[0\]\.w_m\w+ is \d; it must be /.test(error.message));
  const sim = new Sim(linear());
  assert.throws(() => sim.step(2, [new Float64Array(3)]), /inputs\[0\]\.length is 3; it /);
  assert.throws(() => sim.read(View.WEIGHTS, 0, 0, 5), CarveError);
  assert.throws(() => sim.view(View.SENSITIVITIES), CarveError);
});

test('what the kernel never sees is refused by name', () => {
  const refused = (network, message) => assert.throws(() => new Sim(linear(network)), message);
  refused({ populations: [{ kind: 'inputs' }] }, /populations\[0\]\.kind is 'inputs'; it must be one of input, gaussian, /);
  refused({ populations: [{ units: 2 }] }, /populations\[0\]\.units: there is no such field; there are activation, tau/);
  refused({ projections: [{ plasticity: { learning_rate: 1 } }] }, /projections\[0\]\.plasticity\[0\]\.learning_rate: there is no such/);
  refused({ projections: [{ weights: { sd: 1 } }] }, /projections\[0\]\.weights\.sd: there is no such field; there are distribution, a, b/);
  refused({ rules: [{ terms: [{ event: Event.STEP, pre: 256 }] }] }, /rules\[0\]\.terms\[0\]\.pre is 256; it must be from 0 to 255/);
  refused({ rules: [{ kind: 'mlp', terms: oja.terms }] }, /rules\[0\]\.terms: mlp has none/);
  refused({ batch: 1.5 }, /model\.batch is 1\.5; it must be an integer/);
  refused({ dt: '1' }, /model\.dt is 1; it must be a number/);
  refused({ n_populations: 1, populations: [] }, /populations/);
});

test('memory comes back, and sims survive that it grows', () => {
  const small = new Sim(linear()), w = Array.from(small.read(View.WEIGHTS, 0, 0, 2));
  const wide = () => new Model({ populations: [{ kind: 'input', n_units: 4000, shared: 1 }, { n_units: 100 }],
    projections: [{ weights: { b: 1 } }] });
  new Sim(wide()).free();
  const size = carve.kernel.memory.buffer.byteLength;
  for (let i = 0; i < 4; ++i) new Sim(wide()).free();
  assert.equal(carve.kernel.memory.buffer.byteLength, size);
  assert.deepEqual(Array.from(small.read(View.WEIGHTS, 0, 0, 2)), w);
  small.free();
  assert.throws(() => small.reset(), /the sim has been freed/);
});
