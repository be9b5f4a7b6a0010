// Probes of trajectories (M40, M44) of random scenarios, and what their sums are by the reference.
#ifndef CARVE_TESTS_REFERENCE_RATES_TRAJECTORY_HPP
#define CARVE_TESTS_REFERENCE_RATES_TRAJECTORY_HPP

#include "expected.hpp"
#include "random_scenario.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace reference {

// Draws what the inputs from `first` on stream, which are observations and selections.
inline void observe(Scenario& s, std::uint32_t first, support::Random& r) {
    const Network& n = s.network;
    s.inputs.resize(n.populations.size());
    s.means.resize(n.populations.size());
    s.factors.resize(n.populations.size());
    for (std::uint32_t i = first; i < n.populations.size(); ++i) {
        const flat::Population& p = n.populations[i];
        bool selects = false;
        for (const flat::Population& other : n.populations)
            selects = selects || (other.recorded && other.selection == i);
        for (const flat::Projection& other : n.projections)
            selects = selects || (other.recorded && other.selection == i);
        for (std::uint32_t l = 0; l < n.model.n_replicas; ++l) {
            s.inputs[i].emplace_back();
            if (p.shared && l > 0) {
                s.inputs[i][l] = s.inputs[i][0];
                continue;
            }
            for (std::size_t k = 0; k < s.n_steps * n.model.batch * p.n_units; ++k) {
                const double value = support::as_float(r.normal());
                s.inputs[i].back().push_back(selects && r.chance(0.5) ? -1 : value);
            }
        }
    }
}

// Adds an input that has observed some rate population, with gaps, and perhaps a second probe.
inline void record(Scenario& s, std::uint64_t seed) {
    Network& n = s.network;
    support::Random r(seed);
    const auto n_populations = std::uint32_t(n.populations.size());
    for (std::uint32_t i = 0; i < n_populations; ++i) {
        if (n.populations[i].kind != CARVE_POPULATION_RATE ||
            (i + 1 < n_populations && r.chance(0.6)))
            continue;
        const std::uint32_t units = n.populations[i].n_units;
        n.populations[i].recorded = 1;
        const std::uint32_t likelihood = r.chance(0.5) ? r.below(units > 1 ? 4 : 3) : 0;
        n.populations[i].likelihood = likelihood;
        if (likelihood == CARVE_LIKELIHOOD_GAUSSIAN)
            n.populations[i].noise = support::as_float(r.uniform(0.5, 2));
        if (likelihood == CARVE_LIKELIHOOD_GAUSSIAN && r.chance(0.4)) {
            n.populations[i].sums = CARVE_SUMS_OF_UNITS;
            n.populations[i].noise = 1;
        }
        bool solved = false; // linear units are
        for (const flat::Projection& q : n.projections)
            solved = solved || (q.post == i && q.inference == CARVE_INFERENCE_SOLVE);
        if (likelihood == CARVE_LIKELIHOOD_BERNOULLI || likelihood == CARVE_LIKELIHOOD_POISSON) {
            if (solved)
                n.populations[i].likelihood = CARVE_LIKELIHOOD_GAUSSIAN;
            else
                n.populations[i].activation = CARVE_ACTIVATION_SIGMOID;
        }
        n.populations[i].observations = n.population(CARVE_POPULATION_INPUT, units);
        n.populations.back().shared = r.chance(0.3);
        if (r.chance(0.3))
            continue;
        const bool of_all = r.chance(0.5) || // units together
                            n.populations[i].likelihood == CARVE_LIKELIHOOD_CATEGORICAL;
        n.populations[i].selection = n.population(CARVE_POPULATION_INPUT, of_all ? 1 : units);
    }
    observe(s, n_populations, r);
}

inline Dual<double> log(const Dual<double>& x) { return chain(std::log(x.value), 1 / x.value, x); }

// Of all units of a sample, counted by `counts`: the loss, and its Fisher matrix [k][l].
inline Dual<double> loss_of(const flat::Population& p, const std::vector<Dual<double>>& y,
                            const std::vector<Dual<double>>& o, const std::vector<double>& counts,
                            std::size_t K, std::vector<double>& fisher) {
    Dual<double> loss(0.0), exps(0.0);
    double chosen = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
        exps = exps + exp(y[i]);
        chosen += o[i].value;
    }
    const auto add = [&](double weight, const std::vector<double>& by) {
        for (std::size_t k = 0; k < K; ++k)
            for (std::size_t l = 0; l < K; ++l)
                fisher[k * K + l] += weight * by[k] * by[l];
    };
    std::vector<double> mean(K);
    for (std::size_t i = 0; i < y.size(); ++i) {
        if (!(counts[i] > 0))
            continue;
        std::vector<double> by(K);
        for (std::size_t k = 0; k < K; ++k)
            by[k] = y[i].partial(k);
        const Dual<double> one(1.0), off = (y[i] - o[i]) / Dual<double>(p.noise),
                                     share = exp(y[i]) / exps;
        switch (p.likelihood) {
        case CARVE_LIKELIHOOD_BERNOULLI:
            loss = loss -
                   Dual<double>(counts[i]) * (o[i] * log(y[i]) + (one - o[i]) * log(one - y[i]));
            add(counts[i] / (y[i].value * (1 - y[i].value)), by);
            break;
        case CARVE_LIKELIHOOD_POISSON:
            loss = loss + Dual<double>(counts[i]) * (y[i] - o[i] * log(y[i]));
            add(counts[i] / y[i].value, by);
            break;
        case CARVE_LIKELIHOOD_CATEGORICAL:
            loss = loss - Dual<double>(counts[i]) * o[i] * log(share);
            add(counts[i] * chosen * share.value, by);
            for (std::size_t k = 0; k < K; ++k)
                mean[k] += share.value * by[k];
            break;
        default:
            loss = loss + Dual<double>(0.5 * counts[i]) * off * off;
            add(counts[i] / (p.noise * p.noise), by);
        }
    }
    if (p.likelihood == CARVE_LIKELIHOOD_CATEGORICAL && counts[0] > 0)
        add(-counts[0] * chosen, mean);
    return loss;
}

struct Sums {
    double loss = 0, weight = 0;
    std::vector<double> gradient, matrix; // the lower triangle, row by row
};

// (M40) as it stands, from the rates of the reference and their partial derivatives.
inline Sums expected_sums(Scenario& s, std::size_t lane, const Draws& draws,
                          std::uint32_t population) {
    const std::size_t K = s.network.n_coefficients();
    const flat::Population& p = s.network.populations[population];
    Sums sums;
    sums.gradient.assign(K, 0);
    sums.matrix.assign(K * (K + 1) / 2, 0);
    const auto replica = run_reference<Dual<double>>(s, lane, draws);
    for (const auto& rates : replica.history)
        for (std::size_t sample = 0; sample < s.network.model.batch; ++sample) {
            std::vector<double> counts(p.n_units, 1), fisher(K * K);
            for (std::size_t i = 0; p.selection != CARVE_NO_POPULATION && i < p.n_units; ++i) {
                const auto& of = rates[p.selection][sample];
                counts[i] = of[of.size() == 1 ? 0 : i].value;
            }
            const Dual<double> loss = loss_of(p, rates[population][sample],
                                              rates[p.observations][sample], counts, K, fisher);
            sums.loss += loss.value;
            const bool together = p.likelihood == CARVE_LIKELIHOOD_CATEGORICAL;
            for (std::size_t i = 0; i < (together ? 1 : counts.size()); ++i)
                sums.weight += counts[i] > 0 ? counts[i] : 0;
            std::size_t at = 0;
            for (std::size_t k = 0; k < K; ++k) {
                sums.gradient[k] += loss.partial(k);
                for (std::size_t l = 0; l <= k; ++l)
                    sums.matrix[at++] += fisher[k * K + l];
            }
        }
    return sums;
}

// (M46) of a unit, in the order of the view.
inline std::vector<double> expected_unit_sums(Scenario& s, std::size_t lane, const Draws& draws,
                                              std::uint32_t population, std::size_t unit) {
    const std::size_t K = s.network.n_coefficients();
    const flat::Population& p = s.network.populations[population];
    std::vector<double> sums(6), by_one(K), by_y(K), by_o(K), matrix;
    matrix.assign(K * (K + 1) / 2, 0);
    for (const auto& rates : run_reference<Dual<double>>(s, lane, draws).history)
        for (std::size_t sample = 0; sample < s.network.model.batch; ++sample) {
            double m = 1;
            if (p.selection != CARVE_NO_POPULATION) {
                const auto& of = rates[p.selection][sample];
                m = of[of.size() == 1 ? 0 : unit].value;
            }
            if (!(m > 0))
                continue;
            const Dual<double>& rate = rates[population][sample][unit];
            const double y = rate.value, o = rates[p.observations][sample][unit].value;
            const double terms[] = {m, m * y, m * y * y, m * o, m * o * y, m * o * o};
            for (std::size_t i = 0; i < 6; ++i)
                sums[i] += terms[i];
            std::size_t at = 0;
            for (std::size_t k = 0; k < K; ++k) {
                by_one[k] += m * rate.partial(k);
                by_y[k] += m * y * rate.partial(k);
                by_o[k] += m * o * rate.partial(k);
                for (std::size_t l = 0; l <= k; ++l)
                    matrix[at++] += m * rate.partial(k) * rate.partial(l);
            }
        }
    for (const auto& more : {by_one, by_y, by_o, matrix})
        sums.insert(sums.end(), more.begin(), more.end());
    return sums;
}

inline std::vector<double> sums_of(const support::Sim& sim, std::uint32_t population,
                                   std::uint32_t replica, std::size_t n) {
    std::vector<double> values(n);
    REQUIRE(carve_sim_read(sim.get(), CARVE_VIEW_TRAJECTORY, population, replica, values.data(), n,
                           nullptr) == CARVE_OK);
    return values;
}

template <class Real>
void compare_unit_sums(Scenario& s, const support::Sim& sim, std::uint32_t replica,
                       const Draws& draws, std::uint32_t population) {
    carve_view view;
    REQUIRE(carve_sim_view(sim.get(), CARVE_VIEW_TRAJECTORY, population, &view, nullptr) ==
            CARVE_OK);
    const std::size_t units = view.shape[1], rows = view.shape[2];
    REQUIRE(units == s.network.populations[population].n_units);
    const std::vector<double> all = sums_of(sim, population, replica, units * rows);
    for (std::size_t unit = 0; unit < units; ++unit) {
        std::vector<double> want = expected_unit_sums(s, replica, draws, population, unit);
        if (rows == 6) { // it does not depend on theta, or there is no gradient
            const bool none = s.network.model.gradient == CARVE_GRADIENT_NONE;
            for (std::size_t k = 6; k < want.size(); ++k)
                CHECK((none || want[k] == 0));
            want.resize(6);
        }
        const auto got = all.begin() + std::ptrdiff_t(unit * rows);
        CHECK(support::relative_error({got, got + std::ptrdiff_t(rows)}, want) <=
              support::tolerance<Real>(5e-4, 1e-10));
    }
}

// One replica of a linear unit y = w x under dw = eta theta x, recorded with noise 2.
inline Network recorded_unit() {
    Network n = support::single_layer(1, 1, CARVE_ACTIVATION_LINEAR, flat::term(1, 0, 0));
    n.populations[0].shared = 1;
    n.projections[0].eta = 0.5;
    n.populations[1].recorded = 1;
    n.populations[1].noise = 2;
    n.populations[1].observations = n.population(CARVE_POPULATION_INPUT, 1);
    n.populations[1].selection = n.population(CARVE_POPULATION_INPUT, 1);
    n.populations[2].shared = n.populations[3].shared = 1;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    return n;
}
inline void run(support::Sim& sim, const std::vector<std::vector<double>>& inputs) {
    std::vector<carve_stream> streams;
    for (const std::vector<double>& x : inputs)
        streams.push_back({CARVE_F64, CARVE_STREAM_BLOCKS, x.size(), x.data()});
    REQUIRE(sim.step(streams, inputs[0].size()) == CARVE_OK);
}

} // namespace reference
#endif
