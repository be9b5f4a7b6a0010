// The structs of carve.h as carve.wasm lays them out: with pointers of four bytes. A test compares them with what the
// C compiler says.

const sizes = { u8: 1, u32: 4, i32: 4, u64: 8, f64: 8, pointer: 4 };

// "name name:type name:type*count": u32 where no type is said.
function lay(text) {
  const fields = new Map();
  let size = 0, alignment = 1;
  for (const word of text.split(/\s+/)) {
    const [, name, type = 'u32', count = '1'] = word.match(/^(\w+)(?::(\w+))?(?:\*(\d+))?$/);
    const inner = structs[type], step = inner ? inner.alignment : sizes[type];
    const offset = Math.ceil(size / step) * step, bytes = (inner ? inner.size : step) * Number(count);
    fields.set(name, { type, offset, bytes, count: Number(count) });
    size = offset + bytes;
    alignment = Math.max(alignment, step);
  }
  return { fields, alignment, size: Math.ceil(size / alignment) * alignment };
}

const doubles = text => text.split(' ').map(name => name + ':f64').join(' ');
const neuron = 'struct_size n_receptors receptors:pointer ' + doubles('tau_m v_rest v_reset v_threshold t_ref drive');
const threshold = doubles('threshold_jump threshold_tau v_min v_max');
const taus = doubles('tau_pre tau_post tau_pre2 tau_post2');

/** Of each struct its fields by name: {type, offset, bytes, count}; its size and alignment. */
export const structs = {};
for (const [name, text] of Object.entries({
  distribution: 'distribution reserved a:f64 b:f64', // first: it is a field of another
  input: 'struct_size shared fixed reserved',
  gaussian: 'struct_size shared fixed reserved',
  rate: 'struct_size activation tau:f64',
  poisson: 'struct_size source n_groups signal ' + doubles('t_ref rate signal_gain signal_tau'),
  receptor: 'kind source tau:f64 reversal:f64 share:f64 reserved_values:f64*4',
  lif: neuron,
  tif: neuron,
  if: `${neuron} ${threshold}`,
  cvaif: `${neuron} ${threshold} ` + doubles('adaptation_jump adaptation_tau adaptation_reversal voltage_tau ' +
    'excitatory_tau inhibitory_tau'),
  eif: `${neuron} v_onset:f64 slope:f64`,
  population: 'struct_size kind n_units random_id parameters:pointer',
  in_degree: 'struct_size in_degree',
  csr: 'struct_size n_synapses row_start:pointer pre:pointer',
  plasticity: 'struct_size rule presynaptic reserved eta:f64 modulator gate baseline window baseline_start:f64 modulator_tau:f64',
  projection: 'struct_size pre post random_id connectivity receptor delay n_plasticity inference n_sweeps mask_from ' +
    'initial_weights plasticity:pointer connections:pointer gain:f64 w_min:f64 w_max:f64 weights:distribution',
  term: 'event:u8 pre:u8 post:u8 pre2:u8 post2:u8 weight:u8 modulator:u8 pre_mean:u8 post_mean:u8 post_square:u8 ' +
    'weight_sum:u8 reserved:u8*5',
  polynomial: 'struct_size n_terms trace_jump coincidence terms:pointer eligibility reserved',
  mlp: 'struct_size n_hidden inputs activation at_spikes n_second coincidence reserved ' + taus,
  product: 'struct_size factors coincidence released ' + taus,
  rule: 'struct_size kind shared reserved parameters:pointer',
  model: 'struct_size precision isa layout lane_bytes n_replicas gradient batch form n_populations n_projections n_rules ' +
    'n_probes reserved max_steps:u64 bound:f64 dt:f64 surrogate:f64 populations:pointer projections:pointer rules:pointer ' +
    'probes:pointer',
  view: 'data:pointer ndim type shape*5 stride*5',
  sim_info: 'struct_size precision isa form n_replicas lanes_per_block n_blocks n_coefficients n_frozen layout steps:u64 bytes:u64',
  loss: 'struct_size kind projection target_shared target:pointer population other',
  stream: 'type layout length:u64 data:pointer',
  step: 'struct_size n_inputs n_steps:u64 inputs:pointer recorder:pointer plastic half first_replica n_replicas',
  fault: 'status:i32 reserved value:f64 where:u8*96 expected:u8*272',
})) structs[name] = lay(text);
