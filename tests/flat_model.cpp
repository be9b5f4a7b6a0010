#include "flat_model.hpp"

#include <cstdio>
#include <cstdlib>

namespace flat {

namespace {

template <class T> T defaults(carve_status (*init)(T*, std::size_t)) {
    T object;
    if (init(&object, sizeof object) != CARVE_OK) {
        std::fputs("an _init of this library's own struct failed\n", stderr);
        std::abort();
    }
    return object;
}

carve_input input_of(const Population& p) {
    carve_input own = defaults(carve_input_init);
    own.shared = p.shared;
    own.fixed = p.fixed;
    own.reserved = p.reserved;
    return own;
}
carve_gaussian gaussian_of(const Population& p) {
    carve_gaussian own = defaults(carve_gaussian_init);
    own.shared = p.shared;
    own.fixed = p.fixed;
    own.reserved = p.reserved;
    return own;
}
carve_rate rate_of(const Population& p) {
    carve_rate own = defaults(carve_rate_init);
    own.activation = p.activation;
    own.tau = p.tau;
    return own;
}
carve_poisson poisson_of(const Population& p) {
    carve_poisson own = defaults(carve_poisson_init);
    own.source = p.source;
    own.n_groups = p.n_groups;
    own.signal = p.signal;
    own.t_ref = p.t_ref;
    own.rate = p.rate;
    own.signal_gain = p.signal_gain;
    own.signal_tau = p.signal_tau;
    return own;
}
// What all neurons have.
template <class Neuron>
Neuron membrane_of(const Population& p, carve_status (*init)(Neuron*, std::size_t)) {
    Neuron own = defaults(init);
    own.tau_m = p.tau_m;
    own.v_rest = p.v_rest;
    own.v_reset = p.v_reset;
    own.v_threshold = p.v_threshold;
    own.t_ref = p.t_ref;
    own.drive = p.drive;
    return own;
}
template <class Neuron>
Neuron with_moving_threshold(const Population& p, carve_status (*init)(Neuron*, std::size_t)) {
    Neuron own = membrane_of(p, init);
    own.threshold_jump = p.threshold_jump;
    own.threshold_tau = p.threshold_tau;
    own.v_min = p.v_min;
    own.v_max = p.v_max;
    return own;
}
carve_trajectory_probe trajectory_probe_of(const Population& p) {
    carve_trajectory_probe own = defaults(carve_trajectory_probe_init);
    own.observations = p.observations;
    own.selection = p.selection;
    own.likelihood = p.likelihood;
    own.sums = p.sums;
    own.noise = p.noise;
    return own;
}
carve_trajectory_probe weights_probe_of(const Projection& p) {
    carve_trajectory_probe own = defaults(carve_trajectory_probe_init);
    own.observations = p.observations;
    own.selection = p.selection;
    own.noise = p.noise;
    return own;
}
carve_rate_probe rate_probe_of(const Population& p) {
    carve_rate_probe own = defaults(carve_rate_probe_init);
    own.tau = p.rate_tau;
    own.start = p.rate_start;
    own.low = p.rate_low;
    own.high = p.rate_high;
    own.target = p.rate_target;
    own.offset = p.rate_offset;
    return own;
}
carve_eif eif_of(const Population& p) {
    carve_eif own = membrane_of(p, carve_eif_init);
    own.v_onset = p.v_onset;
    own.slope = p.slope;
    return own;
}
carve_cvaif cvaif_of(const Population& p) {
    carve_cvaif own = with_moving_threshold(p, carve_cvaif_init);
    own.adaptation_jump = p.adaptation_jump;
    own.adaptation_tau = p.adaptation_tau;
    own.adaptation_reversal = p.adaptation_reversal;
    own.voltage_tau = p.voltage_tau;
    own.excitatory_tau = p.excitatory_tau;
    own.inhibitory_tau = p.inhibitory_tau;
    return own;
}
carve_projection projection_of(const Projection& p) {
    carve_projection own = defaults(carve_projection_init);
    own.pre = p.pre;
    own.post = p.post;
    own.random_id = p.random_id;
    own.connectivity = p.connectivity;
    own.receptor = p.receptor;
    own.delay = p.delay;
    own.inference = p.inference;
    own.n_sweeps = p.n_sweeps;
    own.mask_from = p.mask_from;
    own.initial_weights = p.initial_weights;
    own.gain = p.gain;
    own.w_min = p.w_min;
    own.w_max = p.w_max;
    own.weights.distribution = p.distribution;
    own.weights.reserved = p.reserved;
    own.weights.a = p.w_mean;
    own.weights.b = p.w_sd;
    return own;
}
carve_plasticity plasticity_of(const Projection& p) {
    carve_plasticity own = defaults(carve_plasticity_init);
    own.rule = p.rule;
    own.presynaptic = p.presynaptic;
    own.eta = p.eta;
    own.modulator = p.modulator;
    own.gate = p.gate;
    own.baseline = p.baseline;
    own.window = p.window;
    own.baseline_start = p.baseline_start;
    own.modulator_tau = p.modulator_tau;
    return own;
}

} // namespace

std::vector<Projection> uses_of(const Projection& p) {
    std::vector<Projection> uses{p};
    for (const Use& further : p.more) {
        Projection use = p;
        use.rule = further.rule;
        use.eta = further.eta;
        use.modulator = further.modulator;
        use.gate = further.gate;
        use.baseline = further.baseline;
        use.window = further.window;
        use.baseline_start = further.baseline_start;
        use.modulator_tau = further.modulator_tau;
        uses.push_back(use);
    }
    return uses;
}

carve_term listed_term(unsigned x, unsigned y, unsigned w, unsigned r, unsigned x_mean,
                       unsigned y_mean, unsigned y_square, unsigned w_sum) {
    const auto byte = [](unsigned n) { return std::uint8_t(n); };
    return {CARVE_EVENT_STEP, byte(x),      byte(y),        0,           0, byte(w), byte(r),
            byte(x_mean),     byte(y_mean), byte(y_square), byte(w_sum), {}};
}

void Description::make_probes(const std::vector<Population>& flat_populations,
                              const std::vector<Projection>& flat_projections) {
    probes.clear();
    rate_probes.clear();
    const auto add = [&](std::uint32_t kind, std::size_t index) {
        probes.push_back(defaults(carve_probe_init));
        probes.back().kind = kind;
        probes.back().index = std::uint32_t(index);
    };
    trajectory_probes.clear();
    for (const Population& p : flat_populations) {
        rate_probes.push_back(rate_probe_of(p));
        trajectory_probes.push_back(trajectory_probe_of(p));
    }
    for (std::size_t i = 0; i < flat_populations.size(); ++i)
        if (flat_populations[i].scored) {
            add(CARVE_PROBE_RATE, i);
            probes.back().parameters = &rate_probes[i];
        }
    for (std::size_t i = 0; i < flat_populations.size(); ++i)
        if (flat_populations[i].recorded) {
            add(CARVE_PROBE_TRAJECTORY, i);
            probes.back().parameters = &trajectory_probes[i];
        }
    for (std::size_t i = 0; i < flat_projections.size(); ++i)
        if (flat_projections[i].tuning)
            add(CARVE_PROBE_TRANSMITTED, i);
    weights_probes.clear();
    for (const Projection& p : flat_projections)
        weights_probes.push_back(weights_probe_of(p));
    for (std::size_t i = 0; i < flat_projections.size(); ++i)
        if (flat_projections[i].recorded) {
            add(CARVE_PROBE_WEIGHTS, i);
            probes.back().parameters = &weights_probes[i];
        }
}

// Rows that are not given are empty; those of units that there are not are left out.
void Description::connect(std::size_t i, const Projection& p, std::size_t n_post) {
    std::vector<std::uint32_t>&start = row_starts[i], &pre = pres[i];
    start.assign(1, 0);
    pre.clear();
    constexpr std::size_t kMost = 65536; // of a valid population
    for (std::size_t row = 0; row < n_post && row < kMost; ++row) {
        if (row < p.rows.size())
            pre.insert(pre.end(), p.rows[row].begin(), p.rows[row].end());
        start.push_back(std::uint32_t(pre.size()));
    }
    in_degrees[i].in_degree = p.in_degree;
    csrs[i].n_synapses = std::uint32_t(pre.size());
    csrs[i].row_start = start.data();
    csrs[i].pre = pre.data();
    if (p.connectivity == CARVE_CONNECT_IN_DEGREE)
        projections[i].connections = &in_degrees[i];
    if (p.connectivity == CARVE_CONNECT_LIST)
        projections[i].connections = &csrs[i];
}

void Description::make(carve_model& model, const std::vector<Population>& flat_populations,
                       const std::vector<Projection>& flat_projections,
                       const std::vector<Rule>& flat_rules) {
    const std::size_t n = flat_populations.size(), n_rules = flat_rules.size();
    populations.assign(n, defaults(carve_population_init));
    inputs.clear();
    gaussians.clear();
    rates.clear();
    poissons.clear();
    lifs.clear();
    tifs.clear();
    ifs.clear();
    cvaifs.clear();
    eifs.clear();
    receptors.clear();
    for (const Population& p : flat_populations) {
        inputs.push_back(input_of(p));
        gaussians.push_back(gaussian_of(p));
        rates.push_back(rate_of(p));
        poissons.push_back(poisson_of(p));
        lifs.push_back(membrane_of(p, carve_lif_init));
        tifs.push_back(membrane_of(p, carve_tif_init));
        ifs.push_back(with_moving_threshold(p, carve_if_init));
        cvaifs.push_back(cvaif_of(p));
        eifs.push_back(eif_of(p));
        receptors.push_back({p.synapses, 0, p.tau_exc, p.v_exc, 0, {}});
        receptors.push_back({p.synapses, 0, p.tau_inh, p.v_inh, 0, {}});
        receptors.insert(receptors.end(), p.more, p.more + 2);
    }
    const auto receive = [&](auto& own, std::size_t i) {
        own.n_receptors = flat_populations[i].n_receptors;
        own.receptors = own.n_receptors ? &receptors[4 * i] : nullptr;
    };
    for (std::size_t i = 0; i < n; ++i) {
        receive(lifs[i], i);
        receive(tifs[i], i);
        receive(ifs[i], i);
        receive(cvaifs[i], i);
        receive(eifs[i], i);
        const std::vector<const void*> own{&inputs[i],   &gaussians[i], &rates[i],
                                           &poissons[i], &lifs[i],      &tifs[i],
                                           &ifs[i],      &cvaifs[i],    &eifs[i]};
        populations[i].kind = flat_populations[i].kind;
        populations[i].n_units = flat_populations[i].n_units;
        populations[i].random_id = flat_populations[i].random_id;
        populations[i].parameters =
            populations[i].kind < own.size() ? own[populations[i].kind] : nullptr;
    }
    projections.clear();
    plasticity.clear();
    for (const Projection& p : flat_projections)
        for (const Projection& use : uses_of(p))
            plasticity.push_back(plasticity_of(use));
    in_degrees.assign(flat_projections.size(), defaults(carve_in_degree_init));
    csrs.assign(flat_projections.size(), defaults(carve_csr_init));
    row_starts.assign(flat_projections.size(), {});
    pres.assign(flat_projections.size(), {});
    std::size_t first_use = 0;
    for (std::size_t i = 0; i < flat_projections.size(); ++i) {
        const Projection& p = flat_projections[i];
        projections.push_back(projection_of(p));
        connect(i, p, p.post < n ? flat_populations[p.post].n_units : 0);
        const auto n_uses = std::uint32_t(p.more.size()) + 1;
        projections[i].n_plasticity = p.rule == kStatic ? 0 : n_uses;
        projections[i].plasticity = p.rule == kStatic ? nullptr : &plasticity[first_use];
        first_use += n_uses;
    }
    rules.assign(n_rules, defaults(carve_rule_init));
    polynomials.assign(n_rules, defaults(carve_polynomial_init));
    mlps.assign(n_rules, defaults(carve_mlp_init));
    products.assign(n_rules, defaults(carve_product_init));
    terms.assign(n_rules, {});
    for (std::size_t i = 0; i < n_rules; ++i) {
        const Rule& r = flat_rules[i];
        terms[i] = terms_of(r);
        polynomials[i].n_terms = std::uint32_t(terms[i].size());
        polynomials[i].terms = terms[i].empty() ? nullptr : terms[i].data();
        polynomials[i].trace_jump = r.trace_jump;
        polynomials[i].coincidence = r.coincidence;
        polynomials[i].eligibility = r.eligibility;
        mlps[i].n_hidden = r.hidden;
        mlps[i].inputs = r.inputs;
        mlps[i].activation = r.activation;
        if (r.spikes) {
            mlps[i].at_spikes = 1;
            mlps[i].n_second = r.second;
            mlps[i].coincidence = r.coincidence;
            mlps[i].tau_pre = r.taus[0];
            mlps[i].tau_post = r.taus[1];
            mlps[i].tau_pre2 = r.taus[2];
            mlps[i].tau_post2 = r.taus[3];
        }
        products[i].factors = r.factors;
        products[i].coincidence = r.coincidence;
        products[i].released = r.released;
        products[i].tau_pre = r.taus[0];
        products[i].tau_post = r.taus[1];
        products[i].tau_pre2 = r.taus[2];
        products[i].tau_post2 = r.taus[3];
        rules[i].kind = r.kind;
        rules[i].shared = r.shared;
        rules[i].reserved = r.reserved;
        const void* const own[] = {&polynomials[i], &mlps[i], &products[i]};
        rules[i].parameters = own[r.kind < 3 ? r.kind : 0];
    }
    make_probes(flat_populations, flat_projections);
    model.n_probes = std::uint32_t(probes.size());
    model.probes = probes.data();
    model.n_populations = std::uint32_t(n);
    model.n_projections = std::uint32_t(projections.size());
    model.n_rules = std::uint32_t(n_rules);
    model.populations = populations.data();
    model.projections = projections.data();
    model.rules = rules.data();
}

} // namespace flat
