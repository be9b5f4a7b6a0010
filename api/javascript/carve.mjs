// carve for JavaScript: the kernel as WebAssembly, made of carve.h alone. A Model is plain objects whose fields are
// those of the structs of carve.h, and have their defaults; a Sim owns its memory in the module; a call that fails
// throws. What a call does, its units and its cost are said in carve.h.
import { Connectivity, Precision } from './constants.mjs';
import { structs } from './structs.mjs';

export * from './constants.mjs';

const address = new URL('carve.wasm', import.meta.url);
const code = address.protocol === 'file:' ? await (await import('node:fs/promises')).readFile(address)
                                          : await (await fetch(address)).arrayBuffer();
/** What carve.wasm exports: the functions of carve.h, `memory`, `memalign` and `free`. */
export const kernel = (await WebAssembly.instantiate(code, { env: { emscripten_notify_memory_growth() {} } })).instance.exports;
kernel._initialize?.();

// The memory may have grown since the last call, by which views of before have lost it.
const bytes = () => new Uint8Array(kernel.memory.buffer);
const data = () => new DataView(kernel.memory.buffer);

function textAt(at, most = Infinity) {
  const all = bytes();
  let end = at;
  while (end - at < most && all[end] !== 0) ++end;
  return new TextDecoder().decode(all.slice(at, end));
}

/** A call refused its arguments: "projections[1].w_max is 0; it must be above w_min". */
export class CarveError extends Error {
  constructor(status, where, value, expected) {
    super(where ? `${where} is ${value}; it ${expected}` : textAt(kernel.carve_status_string(status)));
    Object.assign(this, { name: 'CarveError', status, where, value, expected });
  }
}

const integers = { u8: [0n, 255n], u32: [0n, 0xFFFFFFFFn], u64: [0n, 0xFFFFFFFFFFFFFFFFn] };
function integer(value, type, where) {
  const [low, high] = integers[type];
  if (typeof value === 'boolean') value = Number(value);
  if (typeof value === 'number' ? !Number.isInteger(value) : typeof value !== 'bigint')
    throw new TypeError(`${where} is ${value}; it must be an integer`);
  if (BigInt(value) < low || BigInt(value) > high) throw new RangeError(`${where} is ${value}; it must be from ${low} to ${high}`);
  return BigInt(value);
}

function get(struct, at, name) {
  const { type, offset } = structs[struct].fields.get(name), view = data();
  if (type === 'f64') return view.getFloat64(at + offset, true);
  return type === 'u64' ? Number(view.getBigUint64(at + offset, true)) : view.getUint32(at + offset, true);
}

function set(struct, at, name, value, where = name) {
  const { type, offset } = structs[struct].fields.get(name), view = data();
  if (type === 'pointer') view.setUint32(at + offset, value, true);
  else if (type === 'f64') {
    if (typeof value !== 'number') throw new TypeError(`${where} is ${value}; it must be a number`);
    view.setFloat64(at + offset, value, true);
  } else {
    const whole = integer(value, type, where);
    if (type === 'u64') view.setBigUint64(at + offset, whole, true);
    else if (type === 'u32') view.setUint32(at + offset, Number(whole), true);
    else view.setUint8(at + offset, Number(whole));
  }
}

// Memory of the module that lasts for a call.
class Scratch {
  #taken = [];
  take(size, alignment = 8) {
    const at = kernel.memalign(alignment, Math.max(size, 1)) >>> 0;
    if (at === 0) throw new RangeError(`carve.wasm has no memory for ${size} bytes`);
    this.#taken.push(at);
    bytes().fill(0, at, at + size);
    return at;
  }
  put(array) {
    const at = this.take(array.byteLength);
    bytes().set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    return at;
  }
  keep(at) { this.#taken.splice(this.#taken.indexOf(at), 1); }
  // A struct with its defaults and the caller's fields.
  struct(name, fields = {}, where = name, at = this.take(structs[name].size)) {
    kernel[`carve_${name}_init`]?.(at, structs[name].size);
    for (const [field, value] of Object.entries(fields)) {
      const known = structs[name].fields.get(field);
      if (!known || known.type === 'pointer' || known.count > 1 || field === 'struct_size')
        throw new TypeError(`${where}.${field}: there is no such field; there are ${settable(name).join(', ')}`);
      if (structs[known.type]) this.struct(known.type, value, `${where}.${field}`, at + known.offset);
      else set(name, at, field, value, `${where}.${field}`);
    }
    return at;
  }
  structs(name, all, where, write = (fields, path, at) => this.struct(name, fields, path, at)) {
    const { size } = structs[name], at = this.take(size * all.length);
    all.forEach((fields, i) => write(fields, `${where}[${i}]`, at + i * size));
    return all.length > 0 ? at : 0;
  }
  release() { this.#taken.splice(0).forEach(at => kernel.free(at)); }
}

const settable = name => Array.from(structs[name].fields).filter(([field, { type, count }]) =>
  type !== 'pointer' && count === 1 && field !== 'struct_size' && field !== 'reserved').map(([field]) => field);

function scratch(use) {
  const memory = new Scratch();
  try {
    return use(memory);
  } finally {
    memory.release();
  }
}

// Calls with a fault at the end, which becomes an exception.
function call(memory, name, ...args) {
  const fault = memory.take(structs.fault.size), status = kernel[name](...args, fault);
  if (status !== 0) {
    const { fields } = structs.fault, text = field => textAt(fault + fields.get(field).offset, fields.get(field).bytes);
    throw new CarveError(status, text('where'), get('fault', fault, 'value'), text('expected'));
  }
}

// The fields of an object, in two: those that the struct has itself, and those for its kind's.
function split(name, fields) {
  const own = {}, others = {};
  for (const [field, value] of Object.entries(fields)) (structs[name].fields.has(field) ? own : others)[field] = value;
  return [own, others];
}

const populationKinds = ['input', 'gaussian', 'rate', 'poisson', 'lif', 'tif', 'if', 'cvaif', 'eif'];
const ruleKinds = ['polynomial', 'mlp', 'product'];
function kindOf(kinds, kind, where) {
  if (!kinds.includes(kind)) throw new TypeError(`${where}.kind is '${kind}'; it must be one of ${kinds.join(', ')}`);
  return kinds.indexOf(kind);
}

function writePopulation(memory, { kind = 'rate', ...fields }, where, at) {
  const number = kindOf(populationKinds, kind, where), [own, { receptors = [], ...others }] = split('population', fields);
  memory.struct('population', { ...own, kind: number }, where, at);
  const parameters = memory.struct(kind, others, where);
  if (receptors.length > 0) {
    if (!structs[kind].fields.has('receptors')) throw new TypeError(`${where}.receptors: ${kind} has none`);
    set(kind, parameters, 'n_receptors', receptors.length);
    set(kind, parameters, 'receptors', memory.structs('receptor', receptors, `${where}.receptors`));
  }
  set('population', at, 'parameters', parameters);
}

function writeProjection(memory, { plasticity = [], connections, ...fields }, where, at) {
  memory.struct('projection', fields, where, at);
  const uses = Array.isArray(plasticity) ? plasticity : [plasticity];
  set('projection', at, 'n_plasticity', uses.length);
  set('projection', at, 'plasticity', memory.structs('plasticity', uses, `${where}.plasticity`));
  if (!connections) return;
  const { row_start, pre, ...drawn } = connections, listed = Boolean(row_start && pre);
  const sparse = memory.struct(listed ? 'csr' : 'in_degree', drawn, `${where}.connections`);
  if (listed) {
    set('csr', sparse, 'n_synapses', pre.length);
    set('csr', sparse, 'row_start', memory.put(Uint32Array.from(row_start)));
    set('csr', sparse, 'pre', memory.put(Uint32Array.from(pre)));
  }
  set('projection', at, 'connectivity', listed ? Connectivity.LIST : Connectivity.IN_DEGREE);
  set('projection', at, 'connections', sparse);
}

function writeRule(memory, { kind = 'polynomial', ...fields }, where, at) {
  const number = kindOf(ruleKinds, kind, where), [own, { terms = [], ...others }] = split('rule', fields);
  memory.struct('rule', { ...own, kind: number }, where, at);
  const parameters = memory.struct(kind, others, where);
  if (kind !== 'polynomial' && terms.length > 0) throw new TypeError(`${where}.terms: ${kind} has none`);
  if (kind === 'polynomial') {
    set(kind, parameters, 'n_terms', terms.length);
    set(kind, parameters, 'terms', memory.structs('term', terms, `${where}.terms`));
  }
  set('rule', at, 'parameters', parameters);
}

/** A description of a network: populations, projections, rules, and the settings of carve_model. */
export class Model {
  constructor({ populations = [], projections = [], rules = [], ...settings }) {
    Object.assign(this, { populations, projections, rules, settings });
  }
  /** Bytes of a Sim of it, the same on every machine. */
  requiredBytes() {
    return scratch(memory => this.#required(memory, this.#write(memory)));
  }
  #required(memory, model) {
    const size = memory.take(4);
    call(memory, 'carve_sim_required_bytes', model, size);
    return data().getUint32(size, true);
  }
  #write(memory) {
    const model = memory.struct('model', this.settings, 'model'), parts = { population: writePopulation, projection: writeProjection, rule: writeRule };
    for (const [part, write] of Object.entries(parts)) {
      const all = this[part + 's'];
      set('model', model, `n_${part}s`, all.length);
      set('model', model, part + 's', memory.structs(part, all, part + 's', (...args) => write(memory, ...args)));
    }
    return model;
  }
  /** For Sim: a block of the module's memory, and the sim in it. */
  build() {
    return scratch(memory => {
      const model = this.#write(memory), length = this.#required(memory, model);
      const block = memory.take(length, 64), out = memory.take(4);
      call(memory, 'carve_sim_init', block, length, model, out);
      memory.keep(block);
      return { block, length, sim: data().getUint32(out, true) };
    });
  }
}

const arrays = [Float32Array, Float64Array, BigUint64Array, Uint32Array];
const forgotten = new FinalizationRegistry(block => kernel.free(block));

/** A network in the memory of the module. */
export class Sim {
  #block;
  /** Of a Model, or of bytes that save() has returned. */
  constructor(from) {
    this.#block = from instanceof Model ? from.build() : Sim.#attach(from);
    forgotten.register(this, this.#block.block, this);
  }
  static #attach(saved) {
    return scratch(memory => {
      const block = memory.take(saved.length, 64), out = memory.take(4);
      bytes().set(saved, block);
      call(memory, 'carve_sim_attach', block, saved.length, out);
      memory.keep(block);
      return { block, length: saved.length, sim: data().getUint32(out, true) };
    });
  }
  get #sim() {
    if (!this.#block) throw new Error('the sim has been freed');
    return this.#block.sim;
  }
  /** Gives its memory back at once; without it that happens some time after the sim was forgotten. */
  free() {
    if (this.#block) kernel.free(this.#block.block);
    forgotten.unregister(this);
    this.#block = undefined;
  }
  /** A copy of its bytes, of which a Sim is made that goes on identically, on any machine of this byte order. */
  save() { return this.#sim && bytes().slice(this.#block.block, this.#block.block + this.#block.length); }
  get info() {
    return scratch(memory => {
      const info = memory.take(structs.sim_info.size);
      set('sim_info', info, 'struct_size', structs.sim_info.size);
      call(memory, 'carve_sim_get_info', this.#sim, info);
      return Object.fromEntries(settable('sim_info').map(name => [name, get('sim_info', info, name)]));
    });
  }
  /** Of each replica its own random stream, by its number. */
  reset(seed = 0) {
    scratch(memory => call(memory, 'carve_sim_reset', this.#sim, integer(seed, 'u64', 'seed'), 0));
  }
  /** parts: a sum of Part. */
  clear(parts) {
    scratch(memory => call(memory, 'carve_sim_clear', this.#sim, Number(integer(parts, 'u32', 'parts'))));
  }
  /** inputs: a Float64Array (of a model in F32 a Float32Array) for each input population. */
  step(nSteps, inputs = [], fields = {}) {
    scratch(memory => {
      const step = memory.struct('step', { ...fields, n_steps: nSteps, n_inputs: inputs.length });
      const streams = memory.structs('stream', inputs, 'inputs', (values, where, at) => {
        const type = [Precision.F32, Precision.F64].find(precision => values instanceof arrays[precision]);
        if (type === undefined) throw new TypeError(`${where} must be a Float64Array or a Float32Array`);
        memory.struct('stream', { type, length: values.length }, where, at);
        set('stream', at, 'data', memory.put(values));
      });
      set('step', step, 'inputs', streams);
      call(memory, 'carve_sim_step', this.#sim, step);
    });
  }
  /** which: of View. {data, shape, stride}: data is the module's memory, until that grows or the sim is freed. */
  view(which, index = 0) {
    return scratch(memory => {
      const view = memory.take(structs.view.size);
      call(memory, 'carve_sim_view', this.#sim, which, index, view);
      const ndim = get('view', view, 'ndim'), words = new Uint32Array(kernel.memory.buffer, view, structs.view.size / 4);
      const five = name => Array.from(words.subarray(structs.view.fields.get(name).offset / 4)).slice(0, ndim);
      const shape = five('shape'), stride = five('stride');
      const length = shape.reduce((sum, n, i) => sum + (n - 1) * stride[i], 1);
      return { shape, stride, data: new arrays[get('view', view, 'type')](kernel.memory.buffer, get('view', view, 'data'), length) };
    });
  }
  /** An array of one replica, n numbers. */
  read(which, index, replica, n) {
    return scratch(memory => {
      const values = memory.take(8 * n);
      call(memory, 'carve_sim_read', this.#sim, which, index, replica, values, n);
      return new Float64Array(kernel.memory.buffer, values, n).slice();
    });
  }
  write(which, index, replica, values) {
    scratch(memory => call(memory, 'carve_sim_write', this.#sim, which, index, replica, memory.put(Float64Array.from(values)), values.length));
  }
  /** {value [n_replicas], gradient [n_coefficients][n_replicas], if it is asked for}; of: {kind, target, ...}. */
  loss({ target, ...fields }, withGradient = false) {
    const { n_replicas: n, n_coefficients: k } = this.info;
    return scratch(memory => {
      const loss = memory.struct('loss', fields);
      if (target) set('loss', loss, 'target', memory.put(Float64Array.from(target)));
      const value = memory.take(8 * n), gradient = withGradient ? memory.take(8 * n * k) : 0;
      call(memory, 'carve_sim_loss', this.#sim, loss, value, gradient);
      const out = (at, length) => new Float64Array(kernel.memory.buffer, at, length).slice();
      return withGradient ? { value: out(value, n), gradient: out(gradient, n * k) } : { value: out(value, n) };
    });
  }
}

function random(name, seed, stream, first, n) {
  return scratch(memory => {
    const out = memory.take(8 * n), [a, b, c] = [seed, stream, first].map((value, i) => integer(value, 'u64', ['seed', 'stream', 'first'][i]));
    kernel[name](a, b, c, out, n);
    return new Float64Array(kernel.memory.buffer, out, n).slice();
  });
}
/** n numbers of a stream, from index first on. */
export const randomUniform = (...args) => random('carve_random_uniform', ...args);
export const randomNormal = (...args) => random('carve_random_normal', ...args);
export const version = () => textAt(kernel.carve_version());
