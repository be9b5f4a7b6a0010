// Probes of weights (M52) of random scenarios, and what their sums are by the reference.
#ifndef CARVE_TESTS_REFERENCE_RATES_WEIGHT_TRAJECTORY_HPP
#define CARVE_TESTS_REFERENCE_RATES_WEIGHT_TRAJECTORY_HPP

#include "trajectory.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace reference {

// Adds inputs that have observed the weights of some plastic projections, with gaps.
inline void record_weights(Scenario& s, std::uint64_t seed) {
    Network& n = s.network;
    support::Random r(seed);
    const auto first = std::uint32_t(n.populations.size());
    for (std::uint32_t k = 0; k < n.projections.size(); ++k) {
        flat::Projection& p = n.projections[k];
        const std::uint32_t pairs = n.n_pre(k) * n.n_post(k);
        if (p.rule == flat::kStatic || r.chance(0.2))
            continue;
        p.recorded = 1;
        p.noise = support::as_float(r.uniform(0.5, 2));
        p.observations = n.population(CARVE_POPULATION_INPUT, pairs);
        n.populations.back().shared = r.chance(0.3);
        if (r.chance(0.7))
            p.selection = n.population(CARVE_POPULATION_INPUT, r.chance(0.5) ? 1 : pairs);
    }
    observe(s, first, r);
}

// (M52) as it stands, over n variables.
struct WeightSums {
    double loss = 0, weight = 0;
    std::vector<double> gradient, matrix; // [k], [k][l]

    explicit WeightSums(std::size_t n) : gradient(n), matrix(n * n) {}

    void add_row(const Scenario& s, const Replica<Dual<double>>& replica, std::uint32_t projection,
                 std::size_t i) {
        const flat::Projection& p = s.network.projections[projection];
        const std::size_t pre = s.network.n_pre(projection);
        const bool lower = p.connectivity == CARVE_CONNECT_LOWER;
        for (std::size_t t = 0; t < replica.history.size(); ++t)
            for (std::size_t sample = 0; sample < s.network.model.batch; ++sample)
                for (std::size_t j = 0; j < (lower ? i : pre); ++j) {
                    const std::size_t at = i * pre + j;
                    const auto& rates = replica.history[t];
                    double count = 1;
                    if (p.selection != CARVE_NO_POPULATION) {
                        const auto& of = rates[p.selection][sample];
                        count = of[of.size() == 1 ? 0 : at].value;
                    }
                    if (count > 0)
                        add(count, replica.weight_history[t][projection][at],
                            rates[p.observations][sample][at].value, p.noise);
                }
    }

  private:
    void add(double count, const Dual<double>& w, double o, double noise) {
        const double scale = count / (noise * noise), off = w.value - o;
        const std::size_t n = gradient.size();
        loss += 0.5 * scale * off * off;
        weight += count;
        for (std::size_t k = 0; k < n; ++k) {
            gradient[k] += scale * off * w.partial(k);
            for (std::size_t l = 0; l < n; ++l)
                matrix[k * n + l] += scale * w.partial(k) * w.partial(l);
        }
    }
};

} // namespace reference
#endif
