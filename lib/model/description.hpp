// description.hpp: a network in the kernel's form: complete, without pointers, and the same on every
// machine. Fields are those of carve.h; fields of another kind have the value in `Population{}`.
#pragma once
#include "carve.h"

#include <cstddef>
#include <cstdint>

namespace carve {

constexpr std::uint32_t kStatic = 0xFFFFFFFFu; // Projection::rule of weights that do not change
constexpr std::uint32_t kMaxReceptors = 4;

struct Receptor {
    std::uint32_t kind = 0, source = 0;
    double tau = 0, reversal = 0, share = 0;
};

struct Population {
    std::uint32_t kind = 0, n_units = 0, random_id = 0;
    std::uint32_t shared = 0, fixed = 0;                // input, gaussian
    std::uint32_t activation = 0;                       // rate; tau below
    std::uint32_t source = 0, n_groups = 1, signal = 0; // poisson
    std::uint32_t scored = 0;      // 1: has a probe of its rate, of which the last six numbers are
    std::uint32_t n_receptors = 0; // neurons
    std::uint32_t recorded = 0;    // 1: has a probe of its trajectory, with the next four and noise
    std::uint32_t observations = 0, selection = CARVE_NO_POPULATION, likelihood = 0, sums = 0;
    double tau = 1, noise = 1;                        // rate: steps; of a probe
    double t_ref = 0;                                 // poisson, neurons
    double rate = 0, signal_gain = 0, signal_tau = 0; // poisson
    Receptor receptors[kMaxReceptors];                // neurons
    double tau_m = 0, v_rest = 0, v_reset = 0, v_threshold = 0, drive = 0;
    double threshold_jump = 0, threshold_tau = 0, v_min = 0, v_max = 0;      // if, cvaif
    double adaptation_jump = 0, adaptation_tau = 0, adaptation_reversal = 0; // cvaif
    double voltage_tau = 0, excitatory_tau = 0, inhibitory_tau = 0;
    double v_onset = 0, slope = 0; // eif
    double rate_tau = 0, rate_start = 0, rate_low = 0, rate_high = 0, rate_target = 0,
           rate_offset = 0;
};

struct Projection {
    std::uint32_t pre = 0, post = 0, random_id = 0;
    std::uint32_t connectivity = 0, receptor = 0, delay = 0;
    std::uint32_t inference = 0, n_sweeps = 0, mask_from = 0, tuning = 0;
    std::uint32_t n_uses = 0, further = 0; // of rules; the element that is the second of them
    // What follows is of its first use; in an element for a further use, of that.
    std::uint32_t use = 0; // how many there are before it
    std::uint32_t recorded =
        0; // 1: of the projection: a probe follows its weights, with the next two and noise
    std::uint32_t observations = 0, selection = CARVE_NO_POPULATION;
    double noise = 1;
    std::uint32_t rule = kStatic, presynaptic = 0;
    std::uint32_t modulator = CARVE_NO_POPULATION, gate = CARVE_NO_POPULATION;
    std::uint32_t baseline = 0, window = 1;
    std::uint32_t distribution = 0, initial_weights = 0;
    std::uint32_t in_degree = 0,
                  n_synapses = 0; // of CARVE_CONNECT_IN_DEGREE, of CARVE_CONNECT_LIST
    double eta = 0, gain = 0, w_min = 0, w_max = 0;
    double a = 0, b = 0; // of the distribution
    double baseline_start = 0;
    double modulator_tau = 1; // s, of the filter of a modulator that spikes
};

// What an element of the model carries of it is in Population and Projection.
struct Probe {
    std::uint32_t kind = 0, index = 0;
};

struct Rule {
    std::uint32_t shared = 0, spikes = 0; // 1: the terms are of spikes
    std::uint32_t trace_jump = 0, coincidence = 0;
    std::uint64_t terms = 0; // bits of its coefficients (terms.hpp), whatever the power of r
    std::uint64_t by_modulator[3] = {}; // those with r^0, r^1, r^2
    std::uint32_t by_sum[2][3] = {};    // at spikes, with the sum of weights and its square beside
    // A general rule (M41 to M43) has no bits of terms, but these.
    std::uint32_t kind = CARVE_RULE_POLYNOMIAL;
    std::uint32_t factors = 0;                // bits CARVE_FACTOR_... of what its sum depends on
    std::uint32_t listed = 0;                 // terms of a polynomial
    std::uint32_t eligibility = 0;            // 1: its sum drives a trace,
    std::uint32_t outer = 0;                  // which is multiplied by this power of r
    std::uint32_t hidden = 0, activation = 0; // of CARVE_RULE_MLP
    std::uint32_t second = 0;                 // at spikes (M51)
    // of CARVE_RULE_PRODUCT (M22), the time constants of that, too
    std::uint32_t state_factors = 0; // bits CARVE_PRODUCT_...
    std::uint32_t released = 0;
    double tau_pre = 0, tau_post = 0, tau_pre2 = 0, tau_post2 = 0;
};

struct Settings {
    std::uint32_t precision = 0, isa = 0, layout = 0, lane_bytes = 0, n_replicas = 0, gradient = 0;
    std::uint32_t batch = 0, form = 0;
    std::uint32_t n_populations = 0, n_projections = 0, n_rules = 0, n_probes = 0;
    std::uint32_t n_further_uses = 0; // of rules by projections, after their first
    std::uint32_t spiking = 0;        // 1: a model of spikes: some population spikes
    std::uint64_t max_steps = 0;
    double bound = 0, dt = 0, surrogate = 0;
};

// The elements of a model, wherever they are: in the caller's structs, or in a sim's block.
template <class T> struct Elements {
    const void* first = nullptr;
    T (*read)(const void* first, std::uint32_t i, const void* owner) noexcept = nullptr;
    const void* owner = nullptr; // what else of the model an element is described by

    T operator[](std::uint32_t i) const noexcept { return read(first, i, owner); }
};

struct Model : Settings {
    Elements<Population> populations;
    Elements<Projection> projections; // and then further uses of rules
    Elements<Rule> rules;
};

// Of element i.
inline std::uint32_t random_id_of(std::uint32_t random_id, std::uint32_t i) noexcept {
    return random_id == CARVE_ID_OF_INDEX ? i : random_id;
}
inline bool is_spiking(const Population& p) noexcept { return p.kind >= CARVE_POPULATION_POISSON; }
inline bool is_neuron(const Population& p) noexcept { return p.kind > CARVE_POPULATION_POISSON; }
// Of what a receptor is: a conductance or a current; one that follows another is as that is.
inline std::uint32_t effective_kind(const Population& p, std::uint32_t receptor) noexcept {
    const Receptor& r = p.receptors[receptor];
    return r.kind == CARVE_RECEPTOR_FILTERED ? p.receptors[r.source].kind : r.kind;
}
// What of its g acts on the membrane: what those that follow it leave.
inline double share_of(const Population& p, std::uint32_t receptor) noexcept {
    if (p.receptors[receptor].kind == CARVE_RECEPTOR_FILTERED)
        return p.receptors[receptor].share;
    double share = 1;
    for (std::uint32_t i = 0; i < p.n_receptors; ++i)
        if (p.receptors[i].kind == CARVE_RECEPTOR_FILTERED && p.receptors[i].source == receptor)
            share -= p.receptors[i].share;
    return share;
}
inline bool is_spiking(const Settings& m) noexcept { return m.spiking != 0; }
inline bool is_leaky(const Population& p) noexcept { return p.tau > 1; } // (M38)
// From a population of neurons, or of rates, to itself.
inline bool is_within(const Projection& p) noexcept { return p.pre == p.post; }
// Between the rates of one step, which it infers (M2); with a delay it is as any other.
inline bool is_lateral(const Projection& p) noexcept { return is_within(p) && p.delay == 0; }
inline bool is_sparse(const Projection& p) noexcept {
    return p.connectivity >= CARVE_CONNECT_IN_DEGREE;
}
// Of a sparse projection.
inline std::uint64_t count_synapses(const Projection& p, std::uint32_t n_post) noexcept {
    return p.connectivity == CARVE_CONNECT_LIST ? p.n_synapses
                                                : std::uint64_t{p.in_degree} * n_post;
}
inline bool is_plastic(const Projection& p) noexcept { return p.rule != kStatic; }
inline bool is_free(const Projection& p) noexcept {
    return p.initial_weights == CARVE_INITIAL_FREE;
}
inline bool has_modulator(const Projection& p) noexcept {
    return p.modulator != CARVE_NO_POPULATION;
}
// Whether a third population has a say in its updates, which may be one of its own two.
inline bool is_modulated(const Projection& p) noexcept {
    return has_modulator(p) || p.gate != CARVE_NO_POPULATION;
}
// Bits of its terms with these powers of the sum of weights and of r.
inline std::uint64_t terms_with(const Rule& r, unsigned sum, unsigned modulator) noexcept {
    return sum == 0 ? r.by_modulator[modulator] : r.by_sum[sum - 1][modulator];
}
// Of all powers of the sum of weights.
inline std::uint64_t terms_with(const Rule& r, unsigned modulator) noexcept {
    return r.by_modulator[modulator] | (r.by_sum[0][modulator] | r.by_sum[1][modulator]);
}
inline bool has_modulated_terms(const Rule& r) noexcept {
    return (terms_with(r, 1) | terms_with(r, 2)) != 0;
}
// At spikes: the highest power of the sum of weights.
inline unsigned sum_power(const Rule& r) noexcept {
    const auto any = [&](unsigned sum) noexcept {
        return (terms_with(r, sum, 0) | terms_with(r, sum, 1) | terms_with(r, sum, 2)) != 0;
    };
    return any(2) ? 2 : any(1) ? 1 : 0;
}
// One that is summed up synapse by synapse, from any of its factors.
inline bool is_general(const Rule& r) noexcept {
    return r.listed != 0 || (r.kind == CARVE_RULE_MLP && !r.spikes);
}
inline bool is_product(const Rule& r) noexcept { return r.kind == CARVE_RULE_PRODUCT; }
inline bool is_spike_mlp(const Rule& r) noexcept { return r.kind == CARVE_RULE_MLP && r.spikes; }
// Of what it reads at spikes, beside traces and the weight: bits CARVE_PRODUCT_...
inline std::uint32_t state_factors_of(const Rule& r) noexcept {
    static_assert(CARVE_FACTOR_VOLTAGE >> 8 == CARVE_PRODUCT_VOLTAGE &&
                      CARVE_FACTOR_EXCITATORY >> 8 == CARVE_PRODUCT_EXCITATORY &&
                      CARVE_FACTOR_INHIBITORY >> 8 == CARVE_PRODUCT_INHIBITORY,
                  "the same factors");
    return is_spike_mlp(r) ? r.factors >> 8 : r.state_factors;
}
inline bool reads_modulator(const Rule& r) noexcept {
    return has_modulated_terms(r) || (r.factors & CARVE_FACTOR_MODULATOR) || r.outer > 0;
}
// Under a general rule, or several rules.
inline bool is_general(const Model& m, const Projection& p) noexcept {
    return is_plastic(p) && (p.n_uses > 1 || is_general(m.rules[p.rule]));
}
constexpr std::uint32_t kMostUses = CARVE_MAX_PLASTICITY;
// Elements of Model::projections.
inline std::uint32_t count_uses(const Settings& m) noexcept {
    return m.n_projections + m.n_further_uses;
}
inline bool is_bounded(const Projection& p) noexcept {
    return p.w_min - p.w_min == 0 || p.w_max - p.w_max == 0;
}
inline std::uint32_t real_bytes(const Settings& m) noexcept {
    return m.precision == CARVE_F32 ? 4 : 8;
}
// Columns of derivatives by initial weights, which every row has (M23): those of all projections onto one
// population one after the other, of the population with most of them.
std::uint32_t count_free_columns(const Model& model) noexcept;
// Of those, the ones before a projection's; of all projections onto its population, for n_projections.
std::uint32_t free_columns_before(const Model& model, std::uint32_t projection,
                                  std::uint32_t post) noexcept;
// Whether a probe follows the rates of some population (M40), or the weights of some projection (M52).
bool has_trajectory(const Model& model) noexcept;
// Whether rates depend on those of steps before otherwise than through weights (M38, M39).
bool has_memory(const Model& model) noexcept;
// Whether the batch may be replaced by its moments (M9).
bool moments_possible(const Model& model) noexcept;
// Whether the lanes may be afferents.
bool afferents_possible(const Model& model) noexcept;

} // namespace carve
