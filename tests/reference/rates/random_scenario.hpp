// Random scenarios: every seed is a network that uses some mixture of what the model offers.
#ifndef CARVE_TESTS_REFERENCE_RATES_RANDOM_SCENARIO_HPP
#define CARVE_TESTS_REFERENCE_RATES_RANDOM_SCENARIO_HPP

#include "scenario.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace reference {

struct Ranges { // what a random scenario may be
    std::uint32_t max_units = 67;
    std::uint32_t max_layers = 3;
    std::uint32_t max_batch = 4;
    std::uint32_t max_lanes = 3;
    std::uint64_t max_steps = 6;
    double max_work = 2e7; // multiplications of the reference, in units of its number type
    bool gaussian = true;
    bool smooth = false; // neither ReLU nor bounds
    bool gradient = true;
    bool lateral = true;
    bool modulated = false; // one sample a step; third factors, their baselines, gates
    bool memory = false;    // time constants of rates, delays in any direction
    bool general = false;   // with modulated: means, weight sums, eligibility, hidden layers
};

namespace detail {

using support::as_float;
using support::Random;

inline std::uint32_t size(Random& r, std::uint32_t max) { // log-uniform, both ends included
    const double x = std::exp(r.uniform() * std::log(double(max) + 0.999));
    return std::min(max, std::max(1u, std::uint32_t(x)));
}

inline std::uint64_t terms(Random& r) {
    if (r.chance(0.3))
        return flat::kTerms27;
    std::uint64_t mask = 0;
    const std::uint32_t n = r.between(1, 9), orders = r.chance(0.6) ? 4 : 3;
    for (std::uint32_t i = 0; i < n; ++i) {
        const std::uint32_t a = r.below(orders), b = r.below(orders), c = r.below(orders);
        mask |= flat::term(a, b, c);
    }
    return mask;
}

inline void add_lateral(Network& n, Random& r, std::uint32_t population) {
    const std::uint32_t p = n.projection(population, population, flat::kStatic);
    flat::Projection& lateral = n.projections[p];
    const bool linear = n.populations[population].activation == CARVE_ACTIVATION_LINEAR;
    lateral.inference = r.below(linear ? 3 : 2);
    if (lateral.inference == CARVE_INFERENCE_SEQUENTIAL || r.chance(0.5))
        lateral.connectivity = CARVE_CONNECT_LOWER;
    if (lateral.inference == CARVE_INFERENCE_SWEEPS) {
        lateral.n_sweeps = r.between(1, 3);
        if (lateral.connectivity == CARVE_CONNECT_LOWER && r.chance(0.5))
            lateral.mask_from = CARVE_MASK_FROM_FIRST_UPDATE;
    }
}

inline void add_populations(Network& n, Random& r, const Ranges& ranges) {
    const std::uint32_t n_sources = r.chance(0.3) ? 2 : 1;
    for (std::uint32_t i = 0; i < n_sources; ++i) {
        const bool gaussian = ranges.gaussian && r.chance(0.25);
        const std::uint32_t p =
            n.population(gaussian ? CARVE_POPULATION_GAUSSIAN : CARVE_POPULATION_INPUT,
                         size(r, gaussian ? 9 : ranges.max_units));
        n.populations[p].shared = r.chance(0.4);
        n.populations[p].fixed = r.chance(0.3);
    }
    const std::uint32_t n_layers = r.between(1, ranges.max_layers);
    for (std::uint32_t i = 0; i < n_layers; ++i) {
        std::uint32_t activation = r.below(4);
        if (ranges.smooth && activation == CARVE_ACTIVATION_RELU)
            activation = CARVE_ACTIVATION_TANH;
        const std::uint32_t p =
            n.population(CARVE_POPULATION_RATE, size(r, ranges.max_units), activation);
        for (std::uint32_t pre = 0; pre < p; ++pre) {
            const bool chain = pre + 1 == p || (i == 0 && pre < n_sources);
            if (chain || r.chance(0.2))
                n.projection(pre, p, flat::kStatic);
            if (chain && r.chance(0.05)) // two projections between the same populations
                n.projection(pre, p, flat::kStatic);
        }
        if (ranges.lateral && r.chance(0.45))
            add_lateral(n, r, p);
    }
}

inline void add_memory(Network& n, Random& r) {
    std::vector<std::uint32_t> rates;
    for (std::uint32_t i = 0; i < n.populations.size(); ++i)
        if (n.populations[i].kind == CARVE_POPULATION_RATE) {
            rates.push_back(i);
            n.populations[i].tau = r.chance(0.6) ? as_float(r.uniform(1, 6)) : 1;
        }
    for (flat::Projection& p : n.projections)
        if (r.chance(0.5)) {
            p.delay = r.between(1, 4);
            p.connectivity = CARVE_CONNECT_ALL;
            p.inference = CARVE_INFERENCE_SEQUENTIAL;
            p.n_sweeps = 1;
            p.mask_from = CARVE_MASK_FROM_START;
        }
    for (std::uint32_t i = r.below(3); i > 0; --i) { // backwards, or within
        const auto post = rates[r.below(std::uint32_t(rates.size()))];
        const auto n_pre = std::uint32_t(n.populations.size()) - post;
        n.projections[n.projection(post + r.below(n_pre), post, flat::kStatic)].delay =
            r.between(1, 5);
    }
}

inline void add_rules(Network& n, Random& r, const Ranges& ranges) {
    const std::uint32_t n_rules = r.between(1, 3);
    for (std::uint32_t i = 0; i < n_rules; ++i)
        n.rules[n.rule(terms(r))].shared = r.chance(0.5);
    bool any = false;
    for (flat::Projection& p : n.projections) {
        if (any && r.chance(0.25) && p.mask_from == CARVE_MASK_FROM_START)
            continue; // static
        any = true;
        p.rule = r.below(n_rules);
        p.eta = as_float(r.uniform(0.02, 0.2));
        if (!ranges.gradient && p.pre != p.post && p.delay == 0)
            p.presynaptic = r.below(3);
        if (!ranges.smooth && r.chance(0.3)) {
            p.w_min = as_float(r.uniform(-0.5, -0.05));
            p.w_max = as_float(r.uniform(0.05, 0.5));
        }
    }
}

inline carve_term random_term(Random& r, std::uint32_t modulator) {
    const auto power = [&](double chance) { return r.chance(chance) ? r.between(1, 3) : 0; };
    const std::uint32_t x = power(0.4), y = power(0.4), w = power(0.3);
    const std::uint32_t x_mean = power(0.25), y_mean = power(0.25), y_square = power(0.25);
    return flat::listed_term(x, y, w, modulator, x_mean, y_mean, y_square, power(0.2));
}
inline void make_general(flat::Rule& rule, Random& r, bool smooth) {
    rule = flat::Rule{};
    rule.shared = r.chance(0.5);
    if (r.chance(0.25)) {
        rule.kind = CARVE_RULE_MLP;
        rule.hidden = r.between(1, 4);
        rule.inputs = r.between(1, 255);
        rule.activation =
            smooth ? CARVE_ACTIVATION_TANH + r.below(2) : CARVE_ACTIVATION_RELU + r.below(3);
        return;
    }
    rule.eligibility = r.chance(0.4);
    const std::uint32_t outer = r.below(3), n = r.between(1, 6);
    for (std::uint32_t i = 0; i < n; ++i)
        rule.listed.push_back(random_term(r, rule.eligibility ? outer
                                             : r.chance(0.3)  ? r.between(1, 2)
                                                              : 0));
    flat::sort_terms(rule.listed);
}

// Rules beside the first, up to three.
inline void add_uses(Network& n, Random& r) {
    for (flat::Projection& p : n.projections)
        for (std::uint32_t i = r.chance(0.4) ? r.between(1, 3) : 0;
             i > 0 && p.rule != flat::kStatic; --i) {
            flat::Use use;
            use.rule = r.below(std::uint32_t(n.rules.size()));
            use.eta = as_float(r.uniform(0.02, 0.2));
            p.more.push_back(use);
        }
}

// A population as gate: values that the scenario draws are made 0 in some steps (fill_sources).
inline void add_modulation(Network& n, Random& r) {
    const auto n_populations = std::uint32_t(n.populations.size());
    for (flat::Rule& rule : n.rules) {
        if (r.chance(0.2) || flat::is_general(rule))
            continue;
        rule.terms_r = terms(r);
        rule.terms_r2 = r.chance(0.5) ? terms(r) : 0;
        rule.terms = r.chance(0.2) ? 0 : rule.terms;
    }
    const auto modulate = [&](auto& use) {
        if (r.chance(0.4))
            use.gate = r.below(n_populations);
        if (!flat::reads_modulator(n.rules[use.rule]))
            return;
        use.modulator = r.below(n_populations);
        use.baseline = r.below(3);
        if (use.baseline == CARVE_BASELINE_NONE)
            return;
        use.window = r.between(1, 5);
        use.baseline_start = as_float(0.3 * r.normal());
    };
    for (flat::Projection& p : n.projections) {
        if (p.rule == flat::kStatic)
            continue;
        modulate(p);
        for (flat::Use& use : p.more)
            modulate(use);
    }
}

inline double work(const Network& n, double n_steps) {
    double sum = 0;
    for (std::size_t p = 0; p < n.projections.size(); ++p) {
        const double synapses = double(n.n_pre(p)) * n.n_post(p);
        const bool solve = n.projections[p].pre == n.projections[p].post &&
                           n.projections[p].delay == 0 &&
                           n.projections[p].inference == CARVE_INFERENCE_SOLVE;
        double a_synapse = n.plastic(p) ? n.n_terms(n.projections[p].rule) : 0.3;
        for (const flat::Use& use : n.projections[p].more)
            a_synapse += n.n_terms(use.rule);
        sum += synapses * (a_synapse + (solve ? n.n_pre(p) : 0));
    }
    return sum * n.n_coefficients() * n.model.batch * n.model.n_replicas * n_steps;
}

inline void fill(Scenario& s, Random& r) {
    const Network& n = s.network;
    for (std::size_t l = 0; l < n.model.n_replicas; ++l) {
        s.weights.emplace_back();
        for (std::size_t p = 0; p < n.projections.size(); ++p) {
            const flat::Projection& c = n.projections[p];
            const bool keep_upper =
                c.connectivity == CARVE_CONNECT_ALL || c.mask_from == CARVE_MASK_FROM_FIRST_UPDATE;
            const double sd = (c.pre == c.post ? 0.25 : 0.5) / std::sqrt(double(n.n_pre(p)));
            s.weights[l].emplace_back();
            for (std::uint32_t i = 0; i < n.n_post(p); ++i)
                for (std::uint32_t j = 0; j < n.n_pre(p); ++j) {
                    double w = as_float(sd * r.normal());
                    if (n.plastic(p))
                        w = std::min(c.w_max, std::max(c.w_min, w));
                    s.weights[l][p].push_back(keep_upper || j < i ? w : 0.0);
                }
        }
        s.theta.emplace_back();
        for (std::size_t k = 0; k < n.rules.size(); ++k) {
            s.theta[l].emplace_back();
            const double sd = 0.7 / std::sqrt(double(n.n_terms(k)));
            for (std::uint32_t i = 0; i < n.n_terms(k); ++i)
                s.theta[l][k].push_back(n.rules[k].shared && l > 0 ? s.theta[0][k][i]
                                                                   : as_float(sd * r.normal()));
        }
    }
}

inline void fill_sources(Scenario& s, Random& r) {
    const Network& n = s.network;
    const std::size_t n_populations = n.populations.size();
    s.inputs.resize(n_populations);
    s.means.resize(n_populations);
    s.factors.resize(n_populations);
    const auto draw = [&](std::vector<std::vector<double>>& to, std::size_t count, double sd,
                          bool shared) {
        for (std::size_t l = 0; l < n.model.n_replicas; ++l) {
            to.push_back(shared && l > 0 ? to[0] : std::vector<double>());
            while (to[l].size() < count)
                to[l].push_back(as_float(sd * r.normal()));
        }
    };
    for (std::size_t i = 0; i < n_populations; ++i) {
        const flat::Population& p = n.populations[i];
        const std::size_t units = p.n_units;
        bool gate = false;
        for (const flat::Projection& q : n.projections)
            for (const flat::Projection& use : flat::uses_of(q))
                gate = gate || use.gate == i;
        if (p.kind == CARVE_POPULATION_INPUT)
            draw(s.inputs[i], (p.fixed ? 1 : s.n_steps) * n.model.batch * units, 0.8, p.shared);
        for (std::vector<double>& lane : s.inputs[i])
            for (std::size_t k = 0; gate && k < lane.size(); ++k)
                lane[k] = (k + k / 3) % 2 ? lane[k] : 0;
        if (p.kind == CARVE_POPULATION_GAUSSIAN) {
            draw(s.means[i], units, 0.3, p.shared);
            draw(s.factors[i], units * units, 0.8 / std::sqrt(double(units)), p.shared);
        }
    }
}

} // namespace detail

inline Scenario random_scenario(std::uint64_t seed, const Ranges& ranges = {}) {
    support::Random r(seed);
    for (;;) { // until one is affordable
        Scenario s;
        detail::add_populations(s.network, r, ranges);
        if (ranges.memory)
            detail::add_memory(s.network, r);
        detail::add_rules(s.network, r, ranges);
        for (flat::Rule& rule : s.network.rules)
            if (ranges.general && r.chance(0.8))
                detail::make_general(rule, r, ranges.smooth);
        if (ranges.general)
            detail::add_uses(s.network, r);
        if (ranges.modulated)
            detail::add_modulation(s.network, r);
        s.network.model.n_replicas = r.between(1, ranges.max_lanes);
        s.network.model.batch =
            ranges.modulated || r.chance(0.5) ? 1 : r.between(1, ranges.max_batch);
        s.network.model.gradient = ranges.gradient ? CARVE_GRADIENT_FORWARD : CARVE_GRADIENT_NONE;
        s.network.model.form = CARVE_FORM_SAMPLES;
        s.n_steps = 2 + r.below(std::uint32_t(ranges.max_steps - 1));
        if (detail::work(s.network, double(s.n_steps)) > ranges.max_work)
            continue;
        detail::fill(s, r);
        detail::fill_sources(s, r);
        return s;
    }
}

// A network with one of everything, which does not change with the random ones.
inline Scenario one_of_everything(std::uint32_t precision) {
    Scenario s;
    Network& n = s.network;
    n.model.precision = precision;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.n_replicas = 3;
    n.model.batch = 2;
    n.model.form = CARVE_FORM_SAMPLES;
    n.population(CARVE_POPULATION_INPUT, 5);
    n.population(CARVE_POPULATION_GAUSSIAN, 3);
    n.population(CARVE_POPULATION_RATE, 4, CARVE_ACTIVATION_TANH);
    n.population(CARVE_POPULATION_RATE, 3, CARVE_ACTIVATION_SIGMOID);
    n.population(CARVE_POPULATION_RATE, 2, CARVE_ACTIVATION_RELU);
    n.rule();
    n.rule(flat::term(1, 1, 0) | flat::term(0, 0, 1) | flat::term(3, 1, 3));
    for (const auto& ends : {std::pair<int, int>{0, 2}, {1, 2}, {2, 2}, {2, 3}, {3, 4}, {4, 4}})
        n.projection(std::uint32_t(ends.first), std::uint32_t(ends.second), 0);
    n.projections[2].rule = n.projections[5].rule = 1;
    n.projections[2].connectivity = CARVE_CONNECT_LOWER;
    n.projections[5].inference = CARVE_INFERENCE_SWEEPS;
    for (flat::Projection& p : n.projections) {
        p.w_sd = 0.5;
        p.eta = 0.05;
        p.w_min = -1.0;
        p.w_max = 1.0;
    }
    n.make_static(4);
    s.n_steps = 70;
    support::Random r(7);
    detail::fill(s, r);
    detail::fill_sources(s, r);
    return s;
}

} // namespace reference
#endif
