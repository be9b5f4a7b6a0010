// plan.hpp: the contents of a sim's block and their order, which only this file defines. Everything
// is an offset from the start of the block, so that a block may be moved.
#pragma once
#include "description.hpp"

namespace carve {

using Offset = std::uint64_t; // bytes from the start of the block; 0: the array does not exist

// Arrays by lane block hold rows of lanes. With replica lanes a presynaptic unit has a row, a lane
// a replica; with afferent lanes a row is kAfferents neighbouring units of one replica: [pre] below
// is then [pre row], a population's [unit][lane] is [unit], padded to whole rows, and what belongs
// to no unit is one number. With target lanes a row is as many neighbouring neurons of one replica, or
// synapses from one unit.
constexpr std::uint32_t kAfferents = CARVE_AFFERENTS;

// What has to be true of the sim, or of the element that owns an array, for it to exist.
enum Fact : std::uint64_t {
    kAlways = 0,
    kRates = 1 << 0,
    kSpiking = 1 << 1,
    kForward = 1 << 2, // sensitivities
    kAdjoint = 1 << 3,
    kMoments = 1 << 4,
    kOnline = 1 << 5, // one sample a step
    kAfferentLanes = 1 << 6,
    kShared = 1 << 7,  // of a rule or a gaussian population: one value for all replicas
    kPlastic = 1 << 8, // projection
    kTuning = 1 << 9,
    kFromPoisson = 1 << 10,
    kGaussian = 1 << 11, // population
    kPoisson = 1 << 12,
    kNeurons = 1 << 13,
    kStreamed = 1 << 14,   // its values or spikes come from the caller, of each replica
    kBuffered = 1 << 15,   // its rates are copied into the sim
    kTwoBuffers = 1 << 16, // and those of the step before are kept
    kSensitive = 1 << 17,  // its rates depend on theta, with sensitivities
    kDepends = 1 << 18,    // its rates depend on theta
    kRedrawn = 1 << 19,    // an adjoint has to make its rates again
    kLeader = 1 << 20,     // the first population of its signals
    kScored = 1 << 21,
    kListened = 1 << 22,            // somebody hears its spikes
    kSparse = 1 << 23,              // projection
    kDelayed = 1 << 24,             // population whose spikes or rates some projection delays
    kBounded = 1 << 25,             // projection whose weights the model bounds
    kModulated = 1 << 26,           // projection with a modulator or a gate
    kBaseline = 1 << 27,            // and with a baseline
    kSensitiveModulator = 1 << 28,  // whose rate depends on theta, with sensitivities
    kThirdFactor = 1 << 29,         // of the sim: some rule has terms with a third factor
    kLeaky = 1 << 30,               // population of rates with a tau
    kRecorded = 1u << 31,           // whose trajectory a probe follows, of rates or of weights
    kGeneral = 1ull << 32,          // of the sim: some projection has a general rule (M41)
    kPreMeans = 1ull << 33,         // projection whose rule reads the mean of x
    kPostMeans = 1ull << 34,        // of y or y^2
    kEligibility = 1ull << 35,      // projection with eligibility traces
    kGeneralRule = 1ull << 36,      // projection
    kChoices = 1ull << 37,          // population whose trajectory is one of choices
    kFurtherUse = 1ull << 38,       // a further rule of a projection, without synapses of its own
    kUnitSums = 1ull << 39,         // whose trajectory is summed up by units
    kSpikingModulator = 1ull << 40, // projection
    kFreeWeights = 1ull << 41,      // population onto which initial weights are free
    kWeightSums = 1ull << 42,       // projection whose rule at spikes reads the sum of weights
    kTargetLanes = 1ull << 43
};

struct PopulationPlan {
    Population model;
    std::uint64_t facts;
    std::uint32_t rows; // of lanes that its units take
    std::uint32_t reserved;
    bool sensitive() const noexcept { return (facts & kSensitive) != 0; }
    Offset rates;        // [block][sample][unit][lane], of the last step, for views
    Offset mean, factor; // [block][unit]([unit])[lane]; shared: [unit]([unit])
    Offset buffer[2];    // [sample][unit][lane] of the block in work: current and previous step
    Offset sens[2];      // [sample][unit][coefficient][lane], dy/dtheta, likewise
    Offset drive;        // [block][sample][unit][lane], u of the last step (M38)
    Offset drive_sens;   // [block][sample][unit][coefficient][lane]
    Offset past;       // [block][history_steps][sample][unit][lane], rates of the last steps (M39)
    Offset past_sens;  // [block][history_steps][sample][unit][coefficient][lane]
    Offset trajectory; // [block][row][lane]: loss, gradient, Gauss-Newton matrix (M40), weight; or
                       // [block][unit][row][lane] (M46)
    Offset observed;   // [kObserved][2 + coefficient][lane], observations that wait: slope and
                       // precision of the likelihood, derivatives of the rate
    Offset center;     // [coefficient][lane], their mean over the units of a choice
    Offset
        elimination; // double [trajectory row + coefficient], of a unit: what is left of its sums
    Offset
        segment; // adjoint: [slot][sample][unit][lane] of the block in work, if not from the caller
    Offset slope; // adjoint: [sample][unit][lane], dL/dy of the block in work
    // poisson
    std::uint32_t ref_steps;     // refractory period, also of neurons
    std::uint32_t signal_leader; // the first population that sees the same signals
    Offset groups;               // double [2][group], base rates and gains, Hz
    Offset sources, saved;       // [group] SourceState, and a copy
    Offset fired;                // [unit] uint64, 1 + the step of the last spike
    Offset raster;               // [history_steps][unit / 64] uint64, bits of units that spiked
    Offset signals;              // double [group][kSpikeSteps] of a leader
    // neurons
    Offset window;                       // uint64 [2]
    Offset voltages, refractory, counts; // [block][unit][lane]
    Offset conductances;                 // [block][unit][receptor][lane]; with target lanes
                                         // [block][receptor][unit], to be multiplied by
    Offset conductance_scales;           // [block][receptor]
    Offset state;                        // [block][unit][row][lane], what neurons have beside
    Offset rate, score;                  // [block][lane], [block][kScore][lane]
    Offset voltage_sens;     // [block][unit][coefficient][lane], and of the others with a gradient
    Offset conductance_sens; // [block][unit][receptor][coefficient][lane]
    Offset spike_sens; // [kLaneGroupsAtOnce][kSegment][unit][coefficient][lane], surrogate spikes
    Offset rate_sens, score_sens; // [block][coefficient][lane], [block][kScore][coefficient][lane]
    Offset history;               // [block][history_steps][unit][lane], 1 where a neuron spiked;
        // with target lanes [block][history_steps][unit] uint16, which did
    Offset fired_counts;         // target lanes: [block][history_steps] uint32, how many
    std::uint64_t history_steps; // longest delay + 1, 0 if nobody listens; of a poisson population
                                 // longest delay + kSpikeSteps, of rates longest delay + 2, 0 if
                                 // there is no delay
};

struct ProjectionPlan {
    Projection model;
    std::uint64_t facts;
    Offset eta, bounds, gain;       // [block][lane], [block][w_min, w_max][lane], [block][lane]
    Offset weights;                 // [block][post][pre][lane]; sparse: [block][synapse][lane],
                                    // with target lanes by columns
    Offset row_start, pre_units;    // sparse: [post + 1], [synapse] uint32, the graph by rows
    Offset column_start, columns;   // [pre + 1] uint32, [synapse] ColumnEntry, the same by columns
    Offset targets;                 // target lanes: [synapse] uint16, postsynaptic units by columns
    Offset positions;               // and, by rows, uint32: where the synapse is by columns
    Offset sens;                    // [block][post][pre][coefficient][lane], dw/dtheta
    Offset checkpoints;             // adjoint: [block][checkpoint + 1][post][pre][lane]
    Offset segment;                 // adjoint: [slot][post][pre][lane] of the block in work
    Offset slope;                   // adjoint: [post][pre][lane], dL/dw of the block in work
    Offset pre_traces, post_traces; // [block][pre][x, r][lane], [block][post][y, o][lane]; of rates
        // [block][pre][lane], [block][post][2][lane]: means of x, of y and y^2; with target
        // lanes [block][x, r][pre], [block][y, o][post], to be multiplied by
    Offset trace_scales;       // [block][x, r; y, o]
    Offset last, last_working; // [pre] uint64, 1 + the step of the last spike
    Offset transmitted;        // [block][post][group][lane]
    Offset pre_sens;  // [block][pre][x, r][lane], by the logarithm of their own time constant; of
                      // rates [block][pre][coefficient][lane]
    Offset post_sens; // [block][post][y, o][coefficient][lane]
    Offset totals;    // [kLaneGroupsAtOnce][post][1, x, o, x o][coefficient][lane] of a segment's
                      // surrogate spikes
    Offset baseline;  // [block][step][lane], the mean of a modulator's rate, or its last rates
    Offset baseline_sens; // [block][step][coefficient][lane]
    Offset
        modulation; // [kModulationRows][lane] of the block in work: what the third factor and the
                    // gate make of the rule (kernel/rate/update/modulation.hpp); at spikes
                    // [block][kSpikeModulationRows][lane] (kernel/spiking/spike_modulation.hpp)
    Offset
        sum_terms; // [block][2][kSpikeTheta][lane], prepared coefficients of terms at spikes with the
                   // sum of weights and with its square, in the step in work
    Offset modulator_sens;   // [coefficient][lane] of the block in work, dr/dtheta
    Offset modulator_rate;   // [block][lane], filtered, of a modulator that spikes
    Offset eligibility;      // [block][post][pre][lane] (M42); sparse: [block][synapse][lane]
    Offset eligibility_sens; // [block][post][pre][coefficient][lane]
    Offset
        general; // [row][lane] of the block in work: derivatives of a general rule's sum and of a
                 // weight sum, and contracted_rows() of the rule
    Offset
        trajectory; // [block][row][lane] of the weights (M52): loss, gradient, Gauss-Newton matrix,
                    // weight; or [block][post][row][lane], where initial weights are free
    Offset observed; // as of a population
    Offset
        segment_traces; // [kLaneGroupsAtOnce][2 + kSegment * post][lane]: decay of x since its start and
                        // per step; o
};

struct RulePlan {
    Rule model;
    std::uint32_t first, n_terms; // of its coefficients among all
    std::uint64_t facts;
    Offset theta;  // [block][term][lane]; shared: [term]
    Offset listed; // uint32 [listed], words of its terms, if they have no bits
};

// Raised when arrays of the same sizes come to mean something else: a block of another is refused.
constexpr std::uint32_t kLayout = 14;

// The head of the block. Up to `checksum` it never changes after init.
struct Sim {
    char magic[8];
    std::uint32_t version, byte_order;
    std::uint64_t bytes;
    Settings model;
    std::uint32_t form, n_coefficients, lanes_per_block, n_blocks;
    std::uint32_t neighbours; // units of one replica in a row of lanes: kAfferents, or 1
    std::uint32_t layout;     // kLayout
    std::uint64_t facts;
    std::uint64_t interval,
        n_checkpoints; // adjoint: steps between checkpoints, about sqrt(max_steps); else 0
    Offset populations, projections, rules; // [n] of the structs above; projections [count_uses()]
    Offset frozen, streams;                 // [block][lane] uint64
    Offset dense; // [rule][power of the third factor][64][lane] coefficients of the block in work,
                  // absent terms 0
    Offset discard;   // [coefficient][lane], for sums that nobody needs
    Offset sums;      // afferent lanes: [1 + coefficient][lane], parts of a unit's drive and its
                      // derivatives
    Offset spread;    // afferent lanes: [coefficient][lane], dy/dtheta of a unit in every lane
    Offset terms;     // [projection][coefficient] TermRow
    Offset normals;   // [unit][lane] standard normals of a gaussian population
    Offset tile;      // [kTileRows][kTile][lane] of the synapses in work
    Offset lateral;   // scratch of lateral inference: drive, previous rates, and their derivatives
    Offset solve;     // [unit][unit][lane] of I - M
    Offset residuals; // [2][sample][unit][lane] of what outputs leave of their inputs
    Offset samples;   // [chunk of samples][kTile][lane] twice: dG/dy, dG/dx of a batch
    Offset moments;   // MomentLayout: moments of (M9), and what a step makes of them
    Offset gradient;  // adjoint: [coefficient][lane], dL/dtheta of a segment
    Offset row;       // adjoint: [unit][lane], scratch for the synapses of one row
    Offset raw_spikes, spikes;  // [spike_capacity] RawSpike, Spike of a chunk of steps
    Offset spikes_begin;        // [kSpikeSteps + 1] uint32, where each step's spikes begin
    Offset spike_rules;         // [block][use][kSpikeRows][lane] prepared coefficients
    Offset surrogates, pending; // [kLaneGroupsAtOnce][coefficient][lane]
    std::uint64_t spike_capacity;
    std::uint64_t checksum; // of all before it and of the plan structs

    std::uint64_t steps, seed;
    std::uint32_t isa, unused; // unused: so that it has no padding
};

// Number of steps for which spikes of Poisson populations are generated together.
constexpr std::size_t kSpikeSteps = 512;
constexpr std::size_t kSpikeRows = 39;       // rows of a prepared spike rule, see spike_rule.hpp
constexpr std::size_t kLaneGroupsAtOnce = 8; // registers of lanes that go through time together
constexpr std::size_t kSegment = 64;         // steps after which pending derivatives are handed out
constexpr std::size_t kScore = 2;            // loss of the window so far, and of the last steps

struct ColumnEntry { // a synapse from the unit of a column
    std::uint32_t post, synapse;
};
struct RawSpike {
    std::uint32_t step, population, unit; // step within the chunk
};
struct Spike {
    std::uint32_t population, unit;
};
// Where one group of a poisson population is in its train; its raster is read step by step, unit by
// unit.
struct SourceState {
    std::uint64_t next;  // constant rates: step * units + unit of the next spike
    std::uint64_t draws; // exponentials drawn so far
    double hazard;       // constant rates: of one unit and step, when next was drawn
    double left;         // signals: hazard until the next spike; negative: to be drawn
    double signal;       // f of (M21)
    std::uint64_t seed;  // of the exponentials, from the reset on
};

constexpr std::size_t kModulationRows = 131;      // of ProjectionPlan::modulation
constexpr std::size_t kGeneralModulationRows = 3; // of them under a general rule
constexpr std::size_t kGateRows = 2;              // without a modulator
constexpr std::size_t kSpikeTheta = 24;           // prepared coefficients of a spike rule's terms
constexpr std::size_t kSpikeModulationRows = 5;   // at spikes, and kSpikeTheta for each power of r
                                                  // and of the sum of weights
constexpr std::size_t kObserved = 16;             // observations worked on together
constexpr std::size_t kTile = 16;                 // synapses worked on together
constexpr std::size_t kTileRows = 20;             // arrays of a tile: q, r, g and x^a w^c
constexpr std::size_t kChunk = 64;                // samples of a batch worked on together

// Where the terms of a rule find their factors: x^a w^c in a tile's row, y^b r^d among the powers, at
// d order + b.
struct TermRow {
    std::uint8_t tile_row, b, own; // own 0: a coefficient of another projection's rule
    std::uint8_t index;            // (a order + power of y) order + c
};

// A block is as large where pointers have 32 bits as where they have 64: nothing in it is a pointer.
static_assert(sizeof(Sim) == 400, "head");
static_assert(sizeof(PopulationPlan) == 768 && sizeof(ProjectionPlan) == 464 &&
                  sizeof(RulePlan) == 176,
              "plans");
static_assert(sizeof(ColumnEntry) == 8 && sizeof(RawSpike) == 12 && sizeof(Spike) == 8 &&
                  sizeof(SourceState) == 48 && sizeof(TermRow) == 4,
              "elements of arrays");

// Where the arrays of the moment form lie, in lane blocks from Sim::moments on: N inputs, P
// outputs, K coefficients (0 without a gradient), R = N (N + 1) / 2 pairs of inputs.
struct MomentLayout {
    std::uint64_t pairs, linear_rows, quadratic_rows;
    std::uint64_t linear, quadratic,
        fourth; // [linear_rows][N], [quadratic_rows][R], [N][N][N]: of the batch
    std::uint64_t monomials, by_rate, by_square; // [P][R], [P][linear_rows], [P][quadratic_rows]
    std::uint64_t squares;                       // [P]
    std::uint64_t source, next;                  // [N][4], [N or P]
    std::uint64_t effective, before;             // [P][N] with lateral synapses
    std::uint64_t coupling, next_sens;           // [N][N], laterally [2][N]; [N or P][K]
    std::uint64_t effective_sens, before_sens;   // [P][N][K] with lateral synapses
    std::uint64_t size;
};
MomentLayout moment_layout(std::uint64_t n, std::uint64_t p, std::uint64_t k, bool lateral,
                           bool plastic) noexcept;

// Walks the arrays of a validated model. False if a size passes 63 bits, or in compare if the head
// and the structs of the block are not exactly what write would have put there.
enum class PlanUse { measure, write, compare };
bool make_plan(const Model& model, std::uint64_t& bytes, Sim* sim, PlanUse use) noexcept;
// The model of a block whose head says where its plans are, read from them.
Model model_of(const Sim& sim) noexcept;

std::uint64_t plan_checksum(const Sim& sim) noexcept;

inline PopulationPlan* populations(Sim& s) noexcept {
    return reinterpret_cast<PopulationPlan*>(reinterpret_cast<char*>(&s) + s.populations);
}
inline ProjectionPlan* projections(Sim& s) noexcept {
    return reinterpret_cast<ProjectionPlan*>(reinterpret_cast<char*>(&s) + s.projections);
}
inline RulePlan* rules(Sim& s) noexcept {
    return reinterpret_cast<RulePlan*>(reinterpret_cast<char*>(&s) + s.rules);
}
inline const PopulationPlan* populations(const Sim& s) noexcept {
    return populations(const_cast<Sim&>(s));
}
inline const ProjectionPlan* projections(const Sim& s) noexcept {
    return projections(const_cast<Sim&>(s));
}
inline const RulePlan* rules(const Sim& s) noexcept { return rules(const_cast<Sim&>(s)); }
// The array at an offset that is not 0: that is the head, which nothing may write as if it were an
// array. Builds with assertions stop there.
template <class T> T* array(Sim& s, Offset at) noexcept {
#ifndef NDEBUG
    if (at == 0)
        __builtin_trap();
#endif
    return reinterpret_cast<T*>(reinterpret_cast<char*>(&s) + at);
}
template <class T> const T* array(const Sim& s, Offset at) noexcept {
    return array<T>(const_cast<Sim&>(s), at);
}

// Of ProjectionPlan::modulation at spikes.
inline std::size_t spike_modulation_rows(const Projection& p, const Rule& rule) noexcept {
    return kSpikeModulationRows +
           kSpikeTheta * (has_modulator(p) ? 3 : 1) * (sum_power(rule) > 0 ? 3 : 1);
}
// Rows of the sums of a trajectory by k columns: loss, gradient, matrix packed (l <= k), weight; of a unit's (M46) six
// sums in place of loss and weight, and three of derivatives in place of the gradient.
template <class Int>
constexpr Int trajectory_rows(Int k, std::uint32_t sums = CARVE_SUMS_OF_LOSS) noexcept {
    return (sums == CARVE_SUMS_OF_UNITS ? 6 + 3 * k : 2 + k) + k * (k + 1) / 2;
}
// Powers of the third factor that coefficients are kept by.
inline std::size_t powers_of(const Sim& s) noexcept { return s.facts & kThirdFactor ? 3 : 1; }

inline std::uint32_t layout_of(const Sim& s) noexcept {
    return s.facts & kTargetLanes     ? CARVE_LAYOUT_TARGETS
           : s.facts & kAfferentLanes ? CARVE_LAYOUT_AFFERENTS
                                      : CARVE_LAYOUT_REPLICAS;
}

// The projection within a population, or null.
inline const ProjectionPlan* lateral_of(const Sim& s, std::uint32_t population) noexcept {
    for (std::uint32_t k = 0; k < s.model.n_projections; ++k) {
        const ProjectionPlan& q = projections(s)[k];
        if (is_lateral(q.model) && q.model.post == population)
            return &q;
    }
    return nullptr;
}

// Of a row of a poisson population's raster, and where the row of a step is.
inline std::size_t words_of(const PopulationPlan& p) noexcept {
    return (std::size_t{p.model.n_units} + 63) / 64;
}
inline std::uint64_t* raster_row(Sim& s, const PopulationPlan& p, std::uint64_t step) noexcept {
    return array<std::uint64_t>(s, p.raster) +
           static_cast<std::size_t>(step % p.history_steps) * words_of(p);
}

inline bool streams_per_lane(const Population& p) noexcept {
    return p.kind == CARVE_POPULATION_INPUT && !p.shared;
}

} // namespace carve
