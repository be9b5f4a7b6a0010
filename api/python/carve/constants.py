"""The numbers of carve.h: CARVE_VIEW_WEIGHTS is View.WEIGHTS."""
import enum


class IntEnum(enum.IntEnum):
    """Whose members are shown as they are written."""

    def __repr__(self) -> str:
        return f"carve.{type(self).__name__}.{self.name}"


class Status(IntEnum):
    """How a call of the library ends: CarveError.status. Its meanings are those of carve_status_string."""
    OK = 0
    NULL = 1
    VERSION = 2
    RANGE = 3
    ALIGN = 4
    SPACE = 5
    ISA = 6
    CORRUPT = 7
    UNAVAILABLE = 8


class Precision(IntEnum):
    """Model(precision=...): the type of every array of a sim."""
    F32 = 0
    F64 = 1


class ElementType(IntEnum):
    """The type of the elements of a view or of a stream."""
    F32 = Precision.F32
    F64 = Precision.F64
    U64 = 2
    U32 = 3
    SPIKES = 4
    U16 = 5


class StreamLayout(IntEnum):
    """How the values of a stream are laid out."""
    BLOCKS = 0


class Isa(IntEnum):
    """Model(isa=...): instruction sets. Results do not depend on them. AUTO is the fastest that the machine has, SOFTFMA
    runs everywhere, slowly."""
    AUTO = 0
    SOFTFMA = 1
    SCALAR = 2
    AVX2 = 3
    AVX512 = 4
    NEON = 5


class Gradient(IntEnum):
    """Model(gradient=...): none, sensitivities beside the weights, or a sweep back through all steps (Sim.adjoint)."""
    NONE = 0
    FORWARD = 1
    ADJOINT = 2


class Form(IntEnum):
    """Model(form=...): how a batch of samples enters the update, sample by sample or by its moments."""
    AUTO = 0
    SAMPLES = 1
    MOMENTS = 2


class Layout(IntEnum):
    """Model(layout=...): what the lanes of the machine's registers are, replicas, or afferents or neurons of one replica."""
    REPLICAS = 0
    AFFERENTS = 1
    AUTO = 2
    TARGETS = 3


class PopulationKind(IntEnum):
    """Kinds of populations; each is a class of its own, such as Rate."""
    INPUT = 0
    GAUSSIAN = 1
    RATE = 2
    POISSON = 3
    LIF = 4
    TIF = 5
    IF = 6
    CVAIF = 7
    EIF = 8


class Activation(IntEnum):
    """Rate(activation=...), and the hidden units of Mlp and SpikeMlp, which cannot be LINEAR."""
    LINEAR = 0
    RELU = 1
    TANH = 2
    SIGMOID = 3


class Source(IntEnum):
    """Poisson(source=...): constant rates, rates that follow a signal of each group, or spikes that the caller streams."""
    CONSTANT = 0
    SIGNAL = 1
    STREAMED = 2


class ReceptorKind(IntEnum):
    """Receptor(kind=...): a conductance, a current, or what follows another receptor as through a filter."""
    CONDUCTANCE = 0
    CURRENT = 1
    FILTERED = 2


class DefaultReceptor(IntEnum):
    """Projection(receptor=...): the receptors of neurons that are given none."""
    EXCITATORY = 0
    INHIBITORY = 1


class Connectivity(IntEnum):
    """Projection(connectivity=...): ALL pairs, LOWER: only onto units with a larger index. The other two are those of
    connections=InDegree(...) and Csr(...)."""
    ALL = 0
    LOWER = 1
    IN_DEGREE = 2
    LIST = 3


class Inference(IntEnum):
    """Projection(inference=...): how rates with a lateral projection are computed."""
    SEQUENTIAL = 0
    SWEEPS = 1
    SOLVE = 2


class MaskFrom(IntEnum):
    """Projection(mask_from=...): from when on Connectivity.LOWER leaves out the other pairs."""
    START = 0
    FIRST_UPDATE = 1


class InitialWeights(IntEnum):
    """Projection(initial_weights=...): given, or free: fitted by a trajectory."""
    GIVEN = 0
    FREE = 1


class DistributionKind(IntEnum):
    """Distributions of initial weights; each is a class of its own, such as Normal."""
    NORMAL = 0
    UNIFORM = 1
    LOG_UNIFORM = 2


class Presynaptic(IntEnum):
    """Plasticity(presynaptic=...): the rate x_j, or what is left of it after the rates of the units with a smaller index
    (RESIDUAL_BELOW), or of all units, are subtracted by their weights."""
    RATE = 0
    RESIDUAL_BELOW = 1
    RESIDUAL = 2


class Baseline(IntEnum):
    """Plasticity(baseline=...): what is subtracted from a modulator's rate, nothing or its own mean over the steps before."""
    NONE = 0
    EXPONENTIAL = 1
    WINDOW = 2


class RuleKind(IntEnum):
    """Kinds of rules; each has classes of its own, such as Rule and SpikeRule."""
    POLYNOMIAL = 0
    MLP = 1
    PRODUCT = 2


class Event(IntEnum):
    """When a term of a rule changes the weight."""
    STEP = 0
    PRE = 1
    POST = 2


class TraceJump(IntEnum):
    """SpikeRule(trace_jump=...): what a spike adds to its traces, 1 or 1 / tau."""
    ONE = 0
    INVERSE_TAU = 1


class Coincidence(IntEnum):
    """SpikeRule(coincidence=...), Product, SpikeMlp: whether a postsynaptic spike sees presynaptic ones of its own step."""
    PRE_FIRST = 0
    BLIND = 1


class Factor(enum.IntFlag):
    """What a rule may depend on."""
    PRE = 1
    POST = 2
    WEIGHT = 4
    MODULATOR = 8
    PRE_MEAN = 16
    POST_MEAN = 32
    POST_SQUARE = 64
    WEIGHT_SUM = 128
    VOLTAGE = 256
    EXCITATORY = 512
    INHIBITORY = 1024


class ProductFactor(enum.IntFlag):
    """Factors of Product that read the postsynaptic neuron's state."""
    VOLTAGE = 1
    EXCITATORY = 2
    INHIBITORY = 4


class ProbeKind(IntEnum):
    """Kinds of probes; each is a class of its own, such as RateProbe."""
    RATE = 0
    TRANSMITTED = 1
    TRAJECTORY = 2
    WEIGHTS = 3


class Likelihood(IntEnum):
    """TrajectoryProbe(likelihood=...): of observations of a rate."""
    GAUSSIAN = 0
    BERNOULLI = 1
    POISSON = 2
    CATEGORICAL = 3


class Sums(IntEnum):
    """TrajectoryProbe(sums=...): the loss and its derivatives, or sums of each unit (Sim.unit_sums)."""
    OF_LOSS = 0
    OF_UNITS = 1


class Loss(IntEnum):
    """Sim.loss(kind=...): of the weights of a projection. RATE and TUNING are Sim.rate_loss and Sim.tuning_loss."""
    DISTANCE = 0
    DISTANCE_SQUARED = 1
    SUBSPACE = 2
    DECORRELATION = 3
    RATE = 4
    TUNING = 5


class View(IntEnum):
    """Arrays of a sim, for Sim.get, put and view. carve/sim.h says of each what its index is of, its shape and its unit."""
    WEIGHTS = 0
    SENSITIVITIES = 1
    THETA = 2
    RATES = 3
    MEAN = 4
    FACTOR = 5
    FROZEN = 6
    STREAMS = 7
    GROUPS = 8
    WINDOW = 9
    VOLTAGES = 10
    CONDUCTANCES = 11
    SPIKE_COUNTS = 12
    FILTERED_RATE = 13
    PRE_TRACES = 14
    POST_TRACES = 15
    LAST_SPIKES = 16
    TRANSMITTED = 17
    NEURON_STATE = 18
    ROW_START = 19
    PRE_UNITS = 20
    ETA = 21
    BOUNDS = 22
    GAIN = 23
    BASELINE = 24
    DRIVE = 25
    DRIVE_SENSITIVITIES = 26
    PAST_RATES = 27
    TRAJECTORY = 28
    ELIGIBILITY = 29
    ELIGIBILITY_SENSITIVITIES = 30
    MODULATOR_RATE = 31
    WEIGHT_TRAJECTORY = 32
    COLUMN_START = 33
    POST_UNITS = 34
    TRACE_SCALES = 35
    CONDUCTANCE_SCALES = 36


class NeuronState(IntEnum):
    """Rows of View.NEURON_STATE."""
    THRESHOLD = 0
    ADAPTATION = 1
    VOLTAGE = 2
    EXCITATORY_CURRENT = 3
    INHIBITORY_CURRENT = 4


class Part(enum.IntFlag):
    """Parts of the state of a sim, for Sim.clear."""
    ACTIVITY = 1
    TRACES = 2
    WEIGHTS = 4
    MEASURES = 8


NO_POPULATION = 0xFFFFFFFF # of a field that may name one

TERMS_27 = [(a, b, c) for a in range(3) for b in range(3) for c in range(3)]
TERMS_PAIR = [("pre", 0, 0, 0), ("pre", 1, 0, 0), ("post", 0, 0, 0), ("post", 1, 0, 0)]
