// Types of carve.mjs. Fields are those of the structs of carve.h, which says what they mean; what is left out has its default.

type Enumeration<Names extends string> = Readonly<Record<Names, number>>;
export const Precision: Enumeration<'F32' | 'F64'>;
export const Gradient: Enumeration<'NONE' | 'FORWARD' | 'ADJOINT'>;
export const Form: Enumeration<'AUTO' | 'SAMPLES' | 'MOMENTS'>;
export const Layout: Enumeration<'REPLICAS' | 'AFFERENTS' | 'AUTO' | 'TARGETS'>;
export const Activation: Enumeration<'LINEAR' | 'RELU' | 'TANH' | 'SIGMOID'>;
export const Source: Enumeration<'CONSTANT' | 'SIGNAL' | 'STREAMED'>;
export const ReceptorKind: Enumeration<'CONDUCTANCE' | 'CURRENT' | 'FILTERED'>;
export const Connectivity: Enumeration<'ALL' | 'LOWER' | 'IN_DEGREE' | 'LIST'>;
export const Inference: Enumeration<'SEQUENTIAL' | 'SWEEPS' | 'SOLVE'>;
export const MaskFrom: Enumeration<'START' | 'FIRST_UPDATE'>;
export const InitialWeights: Enumeration<'GIVEN' | 'FREE'>;
export const DistributionKind: Enumeration<'NORMAL' | 'UNIFORM' | 'LOG_UNIFORM'>;
export const Event: Enumeration<'STEP' | 'PRE' | 'POST'>;
export const TraceJump: Enumeration<'ONE' | 'INVERSE_TAU'>;
export const Coincidence: Enumeration<'PRE_FIRST' | 'BLIND'>;
export const Presynaptic: Enumeration<'RATE' | 'RESIDUAL_BELOW' | 'RESIDUAL'>;
export const Baseline: Enumeration<'NONE' | 'EXPONENTIAL' | 'WINDOW'>;
export const Loss: Enumeration<'DISTANCE' | 'DISTANCE_SQUARED' | 'SUBSPACE' | 'DECORRELATION' | 'RATE' | 'TUNING'>;
export const Part: Enumeration<'ACTIVITY' | 'TRACES' | 'WEIGHTS' | 'MEASURES'>;
export const View: Enumeration<'WEIGHTS' | 'SENSITIVITIES' | 'THETA' | 'RATES' | 'MEAN' | 'FACTOR' | 'FROZEN' | 'STREAMS' |
  'GROUPS' | 'WINDOW' | 'VOLTAGES' | 'CONDUCTANCES' | 'SPIKE_COUNTS' | 'FILTERED_RATE' | 'PRE_TRACES' | 'POST_TRACES' |
  'LAST_SPIKES' | 'TRANSMITTED' | 'NEURON_STATE' | 'ROW_START' | 'PRE_UNITS' | 'ETA' | 'BOUNDS' | 'GAIN' | 'BASELINE' | 'DRIVE' |
  'DRIVE_SENSITIVITIES' | 'PAST_RATES' | 'TRAJECTORY' | 'ELIGIBILITY' | 'ELIGIBILITY_SENSITIVITIES' | 'MODULATOR_RATE' |
  'WEIGHT_TRAJECTORY' | 'COLUMN_START' | 'POST_UNITS' | 'TRACE_SCALES' | 'CONDUCTANCE_SCALES'>;

type Flag = boolean | 0 | 1;
type Numbers<Names extends string> = Partial<Record<Names, number>>;
export type Receptor = Numbers<'kind' | 'source' | 'tau' | 'reversal' | 'share'>;
type Common = Numbers<'n_units' | 'random_id'>;
type Neuron = Common & { receptors?: Receptor[] } & Numbers<'tau_m' | 'v_rest' | 'v_reset' | 'v_threshold' | 't_ref' | 'drive'>;
type Threshold = Numbers<'threshold_jump' | 'threshold_tau' | 'v_min' | 'v_max'>;
export type Population =
  | Common & { kind?: 'rate' } & Numbers<'activation' | 'tau'>
  | Common & { kind: 'input' | 'gaussian'; shared?: Flag; fixed?: Flag }
  | Common & { kind: 'poisson' } & Numbers<'source' | 'n_groups' | 'signal' | 't_ref' | 'rate' | 'signal_gain' | 'signal_tau'>
  | Neuron & { kind: 'lif' | 'tif' }
  | Neuron & { kind: 'if' } & Threshold
  | Neuron & { kind: 'cvaif' } & Threshold & Numbers<'adaptation_jump' | 'adaptation_tau' | 'adaptation_reversal' |
      'voltage_tau' | 'excitatory_tau' | 'inhibitory_tau'>
  | Neuron & { kind: 'eif' } & Numbers<'v_onset' | 'slope'>;

export type Plasticity = Numbers<'rule' | 'presynaptic' | 'eta' | 'modulator' | 'gate' | 'baseline' | 'window' |
  'baseline_start' | 'modulator_tau'>;
export type Projection = Numbers<'pre' | 'post' | 'random_id' | 'connectivity' | 'receptor' | 'delay' | 'inference' | 'n_sweeps' |
  'mask_from' | 'initial_weights' | 'gain' | 'w_min' | 'w_max'> & {
  /** What the first weights are drawn from. */
  weights?: Numbers<'distribution' | 'a' | 'b'>;
  /** The rules that change the weights. */
  plasticity?: Plasticity | Plasticity[];
  /** Of a sparse projection; connectivity follows from it. */
  connections?: { in_degree: number } | { row_start: ArrayLike<number>; pre: ArrayLike<number> };
};

/** Powers; those that are left out are 0. */
export type Term = Numbers<'event' | 'pre' | 'post' | 'pre2' | 'post2' | 'weight' | 'modulator' | 'pre_mean' | 'post_mean' |
  'post_square' | 'weight_sum'>;
type Taus = Numbers<'tau_pre' | 'tau_post' | 'tau_pre2' | 'tau_post2'>;
export type Rule =
  | { kind?: 'polynomial'; shared?: Flag; terms?: Term[]; eligibility?: Flag } & Numbers<'trace_jump' | 'coincidence'>
  | { kind: 'mlp'; shared?: Flag; at_spikes?: Flag } & Taus & Numbers<'n_hidden' | 'inputs' | 'activation' | 'n_second' | 'coincidence'>
  | { kind: 'product'; shared?: Flag; released?: Flag } & Taus & Numbers<'factors' | 'coincidence'>;

export interface Network extends Numbers<'precision' | 'isa' | 'layout' | 'lane_bytes' | 'n_replicas' | 'gradient' | 'batch' | 'form' |
  'bound' | 'dt' | 'surrogate'> {
  max_steps?: number | bigint;
  populations: Population[];
  projections?: Projection[];
  rules?: Rule[];
}

/** A description of a network. */
export class Model {
  constructor(network: Network);
  populations: Population[];
  projections: Projection[];
  rules: Rule[];
  settings: Omit<Network, 'populations' | 'projections' | 'rules'>;
  /** Bytes of a Sim of it, the same on every machine. */
  requiredBytes(): number;
}

export type Info = Record<'precision' | 'isa' | 'form' | 'n_replicas' | 'lanes_per_block' | 'n_blocks' | 'n_coefficients' | 'n_frozen' |
  'layout' | 'steps' | 'bytes', number>;
export interface ArrayView {
  /** The module's memory itself, until that grows (any call may make it grow) or the sim is freed. */
  data: Float32Array | Float64Array | BigUint64Array | Uint32Array;
  shape: number[];
  /** In elements. */
  stride: number[];
}
export interface LossOf extends Numbers<'kind' | 'projection' | 'population' | 'other'> {
  target_shared?: Flag;
  target?: ArrayLike<number>;
}

/** A network in the memory of the module. */
export class Sim {
  /** from: a description, or bytes that save() has returned. */
  constructor(from: Model | Uint8Array);
  readonly info: Info;
  /** Gives its memory back at once; without it that happens some time after the sim was forgotten. */
  free(): void;
  /** A copy of its bytes, of which a Sim is made that goes on identically. */
  save(): Uint8Array;
  /** Of each replica its own random stream, by its number. */
  reset(seed?: number | bigint): void;
  /** parts: a sum of Part. */
  clear(parts: number): void;
  /** inputs: an array for each input population, of the model's precision. */
  step(nSteps: number | bigint, inputs?: (Float64Array | Float32Array)[], fields?: { plastic?: Flag }): void;
  /** which: of View. */
  view(which: number, index?: number): ArrayView;
  /** An array of one replica, n numbers. */
  read(which: number, index: number, replica: number, n: number): Float64Array;
  write(which: number, index: number, replica: number, values: ArrayLike<number>): void;
  /** value [n_replicas]; gradient [n_coefficients][n_replicas], dL/dtheta. */
  loss(of: LossOf): { value: Float64Array };
  loss(of: LossOf, withGradient: true): { value: Float64Array; gradient: Float64Array };
}

/** A call refused its arguments: "projections[1].w_max is 0; it must be above w_min". */
export class CarveError extends Error {
  status: number;
  where: string;
  value: number;
  expected: string;
}

/** n numbers of a stream, from index first on: functions of (seed, stream, index) alone. */
export function randomUniform(seed: number | bigint, stream: number | bigint, first: number | bigint, n: number): Float64Array;
export function randomNormal(seed: number | bigint, stream: number | bigint, first: number | bigint, n: number): Float64Array;
/** "0.1.0" */
export function version(): string;
/** What carve.wasm exports: the functions of carve.h, `memory`, `memalign` and `free`. */
export const kernel: WebAssembly.Exports;
