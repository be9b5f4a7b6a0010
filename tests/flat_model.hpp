// A model of the ABI as the tests write it: one flat struct for each element, with the fields of all
// kinds and their defaults, and the terms of a rule as bits. description() makes the structs of carve.h
// of it, and gives a field only to the kind that it belongs to.
#ifndef CARVE_TESTS_FLAT_MODEL_HPP
#define CARVE_TESTS_FLAT_MODEL_HPP

#include <carve.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flat {

// ---- Terms, in the order of a rule's coefficients ---------------------------------------------

constexpr std::uint64_t term(unsigned a, unsigned b, unsigned c) { // x^a y^b w^c
    return std::uint64_t(1) << (16 * a + 4 * b + c);
}
constexpr std::uint64_t kTerms27 = 0x0000077707770777u; // a, b, c in 0 .. 2
// Of spikes: time constants, and what a spike adds: y^a r^b w^c and x^a o^b w^c.
constexpr std::uint64_t kTauPre = 1, kTauPost = 2, kTauPre2 = 4, kTauPost2 = 8;
constexpr std::uint64_t at_pre(unsigned a, unsigned b, unsigned c) {
    return std::uint64_t(1) << (4 + 6 * a + 3 * b + c);
}
constexpr std::uint64_t at_post(unsigned a, unsigned b, unsigned c) {
    return std::uint64_t(1) << (16 + 6 * a + 3 * b + c);
}
// Terms at spikes, with the time constants of the traces that they read.
inline std::uint64_t spike_terms(std::uint64_t terms) {
    terms &= ~std::uint64_t(15);
    for (unsigned other = 0; other < 2; ++other)
        for (unsigned c = 0; c < 3; ++c) {
            terms |= terms & at_post(1, other, c) ? kTauPre : 0;
            terms |= terms & at_pre(1, other, c) ? kTauPost : 0;
            terms |= terms & at_pre(other, 1, c) ? kTauPre2 : 0;
            terms |= terms & at_post(other, 1, c) ? kTauPost2 : 0;
        }
    return terms;
}
// ln tau_pre, ln tau_post, alpha, kappa, beta, gamma
constexpr std::uint64_t kTermsPair =
    kTauPre | kTauPost | at_pre(0, 0, 0) | at_pre(1, 0, 0) | at_post(0, 0, 0) | at_post(1, 0, 0);

// ---- Elements ---------------------------------------------------------------------------------

constexpr std::uint32_t kStatic = 0xFFFFFFFFu; // Projection::rule

struct Population {
    std::uint32_t kind = CARVE_POPULATION_RATE, n_units = 1, random_id = CARVE_ID_OF_INDEX;
    std::uint32_t shared = 0, fixed = 0, activation = CARVE_ACTIVATION_LINEAR;
    std::uint32_t source = CARVE_SOURCE_CONSTANT, n_groups = 1, signal = 0;
    std::uint32_t synapses = CARVE_RECEPTOR_CONDUCTANCE, scored = 0; // synapses: of both receptors
    std::uint32_t reserved = 0;                                      // of the struct of its kind
    double tau = 1;                                                  // of rates
    std::uint32_t recorded = 0, observations = 0; // 1: has a probe of its trajectory
    std::uint32_t selection = CARVE_NO_POPULATION, likelihood = CARVE_LIKELIHOOD_GAUSSIAN;
    std::uint32_t sums = CARVE_SUMS_OF_LOSS, none = 0; // none: so that it has no padding
    double noise = 1;
    double t_ref = 5e-3, rate = 5, signal_gain = 500 / 0.03, signal_tau = 0.05;
    double tau_m = 0.02, tau_exc = 5e-3, tau_inh = 0.01;
    double v_rest = -0.06, v_reset = -0.06, v_threshold = -0.05, v_exc = 0, v_inh = -0.08;
    double drive = 0, rate_tau = 1, rate_start = 50.05, rate_low = 0, rate_high = __builtin_inf(),
           rate_target = 10, rate_offset = 2;
    double threshold_jump = 0.1, threshold_tau = 5e-3, v_min = -0.08, v_max = 0;
    double adaptation_jump = 0.1, adaptation_tau = 0.1, adaptation_reversal = -0.08;
    double voltage_tau = 0.1, excitatory_tau = 0.01, inhibitory_tau = 0.1;
    double v_onset = -0.0599, slope = 3.48e-3;
    // Of neurons. The first two are those of synapses, tau_exc, v_exc and tau_inh, v_inh.
    std::uint32_t n_receptors = 2, unused = 0;
    carve_receptor more[2] = {{CARVE_RECEPTOR_FILTERED, 0, 0.1, 0, 0.5, {}},
                              {CARVE_RECEPTOR_CURRENT, 0, 5e-3, 0, 0, {}}};
};

// A further rule of a projection.
struct Use {
    std::uint32_t rule = 0;
    double eta = 0.1;
    std::uint32_t modulator = CARVE_NO_POPULATION, gate = CARVE_NO_POPULATION;
    std::uint32_t baseline = CARVE_BASELINE_NONE, window = 1;
    double baseline_start = 0, modulator_tau = 1;
};

struct Projection {
    std::uint32_t pre = 0, post = 1, random_id = CARVE_ID_OF_INDEX;
    std::uint32_t connectivity = CARVE_CONNECT_ALL;
    std::uint32_t rule = kStatic; // of its first plasticity
    std::uint32_t inference = CARVE_INFERENCE_SEQUENTIAL, n_sweeps = 1;
    std::uint32_t mask_from = CARVE_MASK_FROM_START;
    std::uint32_t initial_weights = CARVE_INITIAL_GIVEN;
    std::uint32_t presynaptic = CARVE_PRESYNAPTIC_RATE;               // of its plasticity
    std::uint32_t receptor = CARVE_EXCITATORY, delay = 0, tuning = 0; // 1: has a probe
    std::uint32_t distribution = CARVE_WEIGHTS_NORMAL, reserved = 0;  // reserved: of its weights
    std::uint32_t in_degree = 1;                                      // of its connections
    std::uint32_t recorded = 0, observations = 0; // 1: has a probe of its weights
    std::uint32_t selection = CARVE_NO_POPULATION;
    double noise = 1;
    std::vector<std::vector<std::uint32_t>> rows; // likewise: [post], presynaptic units
    double eta = 0.1;                             // of its plasticity, as the next ones
    std::uint32_t modulator = CARVE_NO_POPULATION, gate = CARVE_NO_POPULATION;
    std::uint32_t baseline = CARVE_BASELINE_NONE, window = 1;
    double baseline_start = 0, modulator_tau = 1;
    double w_min = -__builtin_inf(), w_max = __builtin_inf();
    double w_mean = 0, w_sd = 0, gain = 1; // a and b of its weights
    std::vector<Use> more;                 // rules after the first
};
// A projection for each of its rules, whose first it is.
std::vector<Projection> uses_of(const Projection& p);

struct Rule {
    std::uint32_t shared = 1, spikes = 0;
    std::uint64_t terms = kTerms27;          // of spikes with all time constants: spike_terms
    std::uint64_t terms_r = 0, terms_r2 = 0; // with the third factor and its square
    std::uint32_t trace_jump = CARVE_TRACE_JUMP_ONE, coincidence = CARVE_COINCIDENCE_PRE_FIRST;
    std::uint32_t kind = CARVE_RULE_POLYNOMIAL, reserved = 0;
    std::vector<carve_term>
        listed; // in place of bits, for what these do not have: of rates, and at
                // spikes those with sums of weights, without time constants
    std::uint32_t eligibility = 0;
    std::uint32_t hidden = 10, inputs = 7, activation = CARVE_ACTIVATION_TANH; // of an MLP
    std::uint32_t second = 0;                                                  // at spikes
    std::uint32_t factors = 7, released = 0;                                   // of a product
    double taus[4] = {0.02, 0.02, 0.1, 0.1}; // of x, y, r, o: of a product, of an MLP at spikes
};

std::vector<carve_term> terms_of(const Rule& rule);
bool is_general(const Rule& rule);        // may be by (M41) to (M43)
bool reads_modulator(const Rule& rule);   // some term has a power of r, or an input is r
std::uint32_t means_of(const Rule& rule); // bits CARVE_FACTOR_... of those that it reads
std::uint32_t n_coefficients_of(const Rule& rule);
// The term with these powers of x, y, w, r, and of the means of x, y and y^2, and of the weight sum.
carve_term listed_term(unsigned x, unsigned y, unsigned w, unsigned r, unsigned x_mean,
                       unsigned y_mean, unsigned y_square, unsigned w_sum);
void sort_terms(std::vector<carve_term>& terms); // into the order of a rule, each once

// Owns what a carve_model points to.
class Description {
  public:
    void make(carve_model& model, const std::vector<Population>& populations,
              const std::vector<Projection>& projections, const std::vector<Rule>& rules);

  private:
    void connect(std::size_t i, const Projection& p, std::size_t n_post);

  public:
    std::vector<carve_population> populations;
    std::vector<carve_projection> projections;
    std::vector<carve_rule> rules;
    std::vector<carve_input> inputs;
    std::vector<carve_gaussian> gaussians;
    std::vector<carve_rate> rates;
    std::vector<carve_poisson> poissons;
    std::vector<carve_lif> lifs;
    std::vector<carve_tif> tifs;
    std::vector<carve_if> ifs;
    std::vector<carve_cvaif> cvaifs;
    std::vector<carve_eif> eifs;
    std::vector<carve_receptor> receptors;    // four for each population
    std::vector<carve_plasticity> plasticity; // of all projections, in order
    std::vector<carve_in_degree> in_degrees;
    std::vector<carve_csr> csrs;
    std::vector<std::vector<std::uint32_t>> row_starts, pres; // of csrs
    std::vector<carve_polynomial> polynomials;
    std::vector<carve_mlp> mlps;
    std::vector<carve_product> products;
    std::vector<std::vector<carve_term>> terms;
    std::vector<carve_probe> probes; // of rates, in the order of populations, then of projections
    std::vector<carve_rate_probe> rate_probes;             // one for each population
    std::vector<carve_trajectory_probe> trajectory_probes; // likewise
    std::vector<carve_trajectory_probe> weights_probes;    // one for each projection

  private:
    void make_probes(const std::vector<Population>& populations,
                     const std::vector<Projection>& projections);
};

} // namespace flat

#endif
