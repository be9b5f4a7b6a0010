// A spiking network, run by the kernel and by the clock-driven reference.
#ifndef CARVE_TESTS_REFERENCE_SPIKING_COMPARE_HPP
#define CARVE_TESTS_REFERENCE_SPIKING_COMPARE_HPP

#include "scenario.hpp"

namespace reference {

inline std::vector<carve_spike> spikes_of(const SpikingReplica<double>& r) {
    std::vector<carve_spike> out;
    std::size_t steps = 0;
    for (const auto& u : r.neurons)
        steps = std::max(steps, u.fired.size());
    for (std::size_t t = 0; t < steps; ++t)
        for (std::uint32_t p = 0; p < r.neurons.size(); ++p)
            if (!r.neurons[p].fired.empty())
                for (std::uint32_t i = 0; i < r.neurons[p].fired[t].size(); ++i)
                    if (r.neurons[p].fired[t][i])
                        out.push_back({t, p, i, 0, 0});
    return out;
}

// The graphs that were drawn, listed.
inline void read_graphs(const support::Sim& sim, support::Network& n) {
    for (std::uint32_t p = 0; p < n.projections.size(); ++p) {
        if (n.projections[p].connectivity != CARVE_CONNECT_IN_DEGREE)
            continue;
        n.projections[p].rows.assign(n.n_post(p), {});
        if (n.model.layout == CARVE_LAYOUT_TARGETS) {
            const support::Array start(sim.get(), CARVE_VIEW_COLUMN_START, p, false),
                post(sim.get(), CARVE_VIEW_POST_UNITS, p, false);
            for (std::uint32_t j = 0; j < n.n_pre(p); ++j)
                for (auto s = std::size_t(start.get(0, j)); s < std::size_t(start.get(0, j + 1));
                     ++s)
                    n.projections[p].rows[std::size_t(post.get(0, s))].push_back(j);
            continue;
        }
        const support::Array start(sim.get(), CARVE_VIEW_ROW_START, p, false),
            pre(sim.get(), CARVE_VIEW_PRE_UNITS, p, false);
        for (std::uint32_t i = 0; i < n.n_post(p); ++i)
            for (auto s = std::size_t(start.get(0, i)); s < std::size_t(start.get(0, i + 1)); ++s)
                n.projections[p].rows[i].push_back(std::uint32_t(pre.get(0, s)));
    }
}

// The kernel's and the reference's run of every lane.
inline void compare(SpikingScenario s, double weights_tolerance) {
    support::Sim sim(s.network);
    read_graphs(sim, s.network);
    load(sim, s);
    const auto recorded = record(sim, s, s.n_steps);
    for (std::size_t l = 0; l < s.network.model.n_replicas; ++l) {
        CAPTURE(l);
        const auto replica = run_reference<double>(s, l, s.theta[l]);
        const std::vector<carve_spike> expected = spikes_of(replica);
        CHECK(expected.size() > 10); // or there is nothing to compare
        REQUIRE(recorded[l].size() == expected.size());
        for (std::size_t k = 0; k < expected.size(); ++k) {
            CAPTURE(k);
            REQUIRE(recorded[l][k].step == expected[k].step);
            REQUIRE(recorded[l][k].population == expected[k].population);
            REQUIRE(recorded[l][k].unit == expected[k].unit);
        }
        for (std::uint32_t p = 0; p < s.network.projections.size(); ++p)
            CHECK(support::relative_error(sim.weights(p).lane(l),
                                          of_synapses(s.network, p, replica.synapses[p].w)) <=
                  weights_tolerance);
        for (std::uint32_t i = 0; i < s.network.populations.size(); ++i) {
            const flat::Population& p = s.network.populations[i];
            if (p.kind != CARVE_POPULATION_LIF)
                continue;
            const support::Array counts(sim.get(), CARVE_VIEW_SPIKE_COUNTS, i);
            CHECK(counts.lane(l) == replica.counts[i]);
            if (!p.scored)
                continue;
            std::vector<double> value(s.network.model.n_replicas);
            carve_loss loss;
            REQUIRE(carve_loss_init(&loss, sizeof loss) == CARVE_OK);
            loss.kind = CARVE_LOSS_RATE;
            loss.population = i;
            REQUIRE(carve_sim_loss(sim.get(), &loss, value.data(), nullptr, nullptr) == CARVE_OK);
            const double expected_loss = replica.neurons[i].loss / replica.neurons[i].scored;
            CHECK(support::relative_error({value[l]}, {expected_loss}) <= weights_tolerance);
        }
    }
}

} // namespace reference
#endif
