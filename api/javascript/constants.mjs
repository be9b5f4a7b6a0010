// The enumerations of carve.h, CARVE_VIEW_WEIGHTS as View.WEIGHTS, by the names that they have in Python. A test compares
// them with the header.

// From 0 on, in order.
const numbered = names => Object.freeze(Object.fromEntries(names.split(' ').map((name, value) => [name, value])));

export const Precision = Object.freeze({ F32: 0, F64: 1 });
export const Gradient = numbered('NONE FORWARD ADJOINT');
export const Form = numbered('AUTO SAMPLES MOMENTS');
export const Layout = numbered('REPLICAS AFFERENTS AUTO TARGETS');
export const Activation = numbered('LINEAR RELU TANH SIGMOID');
export const Source = numbered('CONSTANT SIGNAL STREAMED');
export const ReceptorKind = numbered('CONDUCTANCE CURRENT FILTERED');
export const Connectivity = numbered('ALL LOWER IN_DEGREE LIST');
export const Inference = numbered('SEQUENTIAL SWEEPS SOLVE');
export const MaskFrom = numbered('START FIRST_UPDATE');
export const InitialWeights = numbered('GIVEN FREE');
export const DistributionKind = numbered('NORMAL UNIFORM LOG_UNIFORM');
export const Event = numbered('STEP PRE POST');
export const TraceJump = numbered('ONE INVERSE_TAU');
export const Coincidence = numbered('PRE_FIRST BLIND');
export const Presynaptic = numbered('RATE RESIDUAL_BELOW RESIDUAL');
export const Baseline = numbered('NONE EXPONENTIAL WINDOW');
export const Loss = numbered('DISTANCE DISTANCE_SQUARED SUBSPACE DECORRELATION RATE TUNING');
export const Part = Object.freeze({ ACTIVITY: 1, TRACES: 2, WEIGHTS: 4, MEASURES: 8 });
export const View = numbered('WEIGHTS SENSITIVITIES THETA RATES MEAN FACTOR FROZEN STREAMS GROUPS WINDOW VOLTAGES ' +
  'CONDUCTANCES SPIKE_COUNTS FILTERED_RATE PRE_TRACES POST_TRACES LAST_SPIKES TRANSMITTED NEURON_STATE ROW_START ' +
  'PRE_UNITS ETA BOUNDS GAIN BASELINE DRIVE DRIVE_SENSITIVITIES PAST_RATES TRAJECTORY ELIGIBILITY ' +
  'ELIGIBILITY_SENSITIVITIES MODULATOR_RATE WEIGHT_TRAJECTORY COLUMN_START POST_UNITS TRACE_SCALES CONDUCTANCE_SCALES');
