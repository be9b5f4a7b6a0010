// Spike rules of the literature in the coefficients of (M15), with their parameters at the values
// that the equation shows. Time constants are in s here, and their logarithms in the terms.
#include "exp_log.hpp"
#include "spike_terms.hpp"

#include <algorithm>
#include <utility>

namespace carve::cli {
namespace {

// Without the time constants of traces that no term reads.
std::vector<Term> without_unread_traces(std::vector<Term> terms) {
    const std::uint64_t read = time_constants_of(term_mask(terms));
    const auto unread = [&](const Term& term) {
        return is_time_constant(term) && !(term.spike & read);
    };
    terms.erase(std::remove_if(terms.begin(), terms.end(), unread), terms.end());
    return terms;
}

// dw = eta (alpha + kappa y) at a presynaptic spike, dw = eta (beta + gamma x) at a postsynaptic
// one. tau_pre, tau_post: s, 0 where the rule has no such trace.
struct PairRule {
    double alpha, beta, gamma, kappa, tau_pre, tau_post;
};

std::vector<Term> terms_of(const PairRule& rule) {
    std::vector<Term> terms;
    const auto add = [&](std::uint64_t bit, double value) {
        Term term;
        term.spike = bit;
        term.theta = is_time_constant(term) ? log_of(value) : value;
        if (value != 0)
            terms.push_back(term);
    };
    add(kTauPre, rule.tau_pre);
    add(kTauPost, rule.tau_post);
    add(at_pre(0, 0, 0), rule.alpha);
    add(at_pre(1, 0, 0), rule.kappa);
    add(at_post(0, 0, 0), rule.beta);
    add(at_post(1, 0, 0), rule.gamma);
    return terms;
}

// Pfister and Gerstner's amplitudes A2+, A3+, A2-, A3- and the second traces' time constants, s;
// all spikes interact. The first traces are those of all their sets.
struct Triplet {
    double a2_plus, a3_plus, a2_minus, a3_minus, tau_x, tau_y;
};

std::vector<Term> terms_of(const Triplet& set) {
    constexpr double kTauPlus = 16.8e-3, kTauMinus = 33.7e-3;
    std::vector<Term> terms;
    const auto add = [&](const char* name, double value) {
        Term term = *parse_spike_term(name);
        term.theta = is_time_constant(term) ? log_of(value) : value;
        if (value != 0)
            terms.push_back(term);
    };
    add("tau_pre", kTauPlus);
    add("tau_post", kTauMinus);
    add("tau_pre2", set.tau_x);
    add("tau_post2", set.tau_y);
    add("kappa", -set.a2_minus);
    add("kappa_r", -set.a3_minus);
    add("gamma", set.a2_plus);
    add("gamma_o", set.a3_plus);
    return without_unread_traces(std::move(terms));
}

Preset of_spikes(std::string name, std::string equation, std::string note, std::vector<Term> terms,
                 double eta = 0) {
    return {std::move(name), std::move(equation), std::move(note), std::move(terms), {}, {}, eta};
}

// Found by the stability and familiarity tasks of SpikES, for one kind of synapse each.
Preset of_spikes_task(std::string name, std::string what, const PairRule& rule) {
    constexpr double kEta = 0.01;
    std::vector<Term> terms = terms_of(rule);
    std::string equation = spike_equation(terms, 5);
    return of_spikes(std::move(name), std::move(equation),
                     "SpikES (VogelsLab, 2023-25), " + std::move(what) + "; eta = 0.01",
                     std::move(terms), kEta);
}

std::vector<Preset> pair_presets() {
    return {
        of_spikes("vogels_istdp", "pre: -2 r0 tau + y, post: x, r0 = 3 Hz, tau = 20 ms",
                  "Vogels et al. 2011, their network: an inhibitory synapse's set point is r0",
                  terms_of(PairRule{-.12, 0, 1, 1, .02, .02})),
        of_spikes("vogels_istdp_cell", "pre: -2 r0 tau + y, post: x, r0 = 6.25 Hz, tau = 20 ms",
                  "Vogels et al. 2011, code of their single cell, with eta = 0.001",
                  terms_of(PairRule{-.25, 0, 1, 1, .02, .02})),
        of_spikes("stdp_pair", "post: A+ x, pre: -A- y, A+ = 1, A- = 1.05, tau = 20 ms",
                  "Song, Miller and Abbott 2000", terms_of(PairRule{0, 0, 1, -1.05, .02, .02})),
        of_spikes("stdp_anti", "post: -A+ x, pre: A- y, A+ = 1, A- = 1.05, tau = 20 ms",
                  "stdp_pair with its signs flipped", terms_of(PairRule{0, 0, -1, 1.05, .02, .02})),
        of_spikes("stdp_symmetric", "post: x, pre: y, tau = 20 ms",
                  "potentiates whatever the order of the spikes",
                  terms_of(PairRule{0, 0, 1, 1, .02, .02})),
        of_spikes("homeostatic_inh",
                  "pre: -b r0 / r_pre, post: b, b = 1.52, r0 = 6.25 Hz, r_pre = 38 Hz",
                  "a target rate of a neuron with afferents of rate r_pre, without any tuning",
                  terms_of(PairRule{-.25, 1.52, 0, 0, 0, 0})),
        of_spikes("half_hebb", "pre: -0.12 + y / 2, post: 0.2 + x / 2, tau = 20 ms",
                  "Confavreux et al., Memory by accident: 3 Hz at afferent rates of 10 Hz",
                  terms_of(PairRule{-.12, .2, .5, .5, .02, .02})),
        of_spikes("post_only", "pre: -0.12, post: 0.4",
                  "Confavreux et al., Memory by accident: 3 Hz at afferent rates of 10 Hz",
                  terms_of(PairRule{-.12, .4, 0, 0, 0, 0})),
        of_spikes("manifold",
                  "pre: -r0 (gamma t1 + kappa t2) + kappa y, post: gamma x, r0 = 10 Hz, gamma = "
                  "0.1, kappa = 0.38, t1 = 20 ms, t2 = 100 ms",
                  "one of the rules whose set point is r0 whatever the rate of the afferents",
                  terms_of(PairRule{-.4, 0, .1, .38, .02, .1})),
    };
}

std::vector<Preset> found_presets() {
    return {
        of_spikes_task("spikes_ie_stability",
                       "synapses from inhibitory to excitatory neurons, target 10 Hz",
                       {-1.4111, .0155, .7164, 1.0809, .0543, .0975}),
        of_spikes_task("spikes_ee_stability", "synapses among excitatory neurons, target 10 Hz",
                       {.0081, .0034, -.1136, .0097, .0098, .0094}),
        of_spikes_task("spikes_ei_stability",
                       "synapses from excitatory to inhibitory neurons, target 10 Hz",
                       {.5786, -6.7713, 4.5371, 8.8259, .0014, .0113}),
        of_spikes_task("spikes_ii_stability", "synapses among inhibitory neurons, target 10 Hz",
                       {.0141, -.0085, .0013, -.0277, .0106, .0099}),
        of_spikes_task("spikes_ie_familiarity",
                       "synapses from inhibitory to excitatory neurons, familiarity",
                       {-.1970, .1265, .2635, -.2630, .0092, .0029}),
        of_spikes_task("spikes_ee_familiarity", "synapses among excitatory neurons, familiarity",
                       {.0132, .0023, .3727, -.4217, .0069, .0089}),
    };
}

std::vector<Preset> triplet_presets() {
    const char* const equation = "post: x (A2+ + A3+ o), pre: -y (A2- + A3- r)";
    return {
        of_spikes("triplet_hippocampus_minimal", equation,
                  "Pfister and Gerstner 2006, hippocampus, minimal, as in Auryn: A2+ = 5.3e-3, A3+ "
                  "= 8e-3, A2- = 3.5e-3, A3- = 0, tau_y = 40 ms",
                  terms_of(Triplet{5.3e-3, 8.0e-3, 3.5e-3, 0, 0, .040})),
        of_spikes("triplet_visual_nestml", equation,
                  "Pfister and Gerstner 2006, visual cortex, full, with the amplitudes of NESTML: "
                  "A2+ = 7.5e-10, A3+ = 9.3e-3, A2- = 7e-3, A3- = 2.3e-4, tau_x = 101 ms, tau_y = "
                  "125 ms",
                  terms_of(Triplet{7.5e-10, 9.3e-3, 7e-3, 2.3e-4, .101, .125})),
    };
}

} // namespace

std::vector<Preset> spike_presets() {
    std::vector<Preset> all = pair_presets();
    for (const auto& some : {found_presets(), triplet_presets()})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

} // namespace carve::cli
