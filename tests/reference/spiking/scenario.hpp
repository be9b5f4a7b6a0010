// Random spiking networks with everything that a lane needs, for the kernel and for the reference.
#ifndef CARVE_TESTS_REFERENCE_SPIKING_SCENARIO_HPP
#define CARVE_TESTS_REFERENCE_SPIKING_SCENARIO_HPP

#include "replica.hpp"

#include <tuple>

namespace reference {

// An input that nothing reads is refused: silent neurons stand in its place, so that the others keep their indices.
inline support::Network silence_unread_inputs(support::Network n) {
    std::vector<bool> read(n.populations.size());
    for (const flat::Projection& p : n.projections)
        for (const flat::Projection& use : flat::uses_of(p))
            for (const std::uint32_t i : {use.pre, use.modulator, use.gate})
                if (i < read.size())
                    read[i] = true;
    for (std::size_t i = 0; i < read.size(); ++i)
        if (n.populations[i].kind == CARVE_POPULATION_INPUT && !read[i]) {
            const std::uint32_t n_units = n.populations[i].n_units;
            n.populations[i] = {};
            n.populations[i].kind = CARVE_POPULATION_LIF;
            n.populations[i].n_units = n_units;
        }
    return n;
}

struct SpikingScenario {
    support::Network network;
    std::vector<std::vector<std::vector<double>>> theta;   // [lane][rule][coefficient]
    std::vector<std::vector<std::vector<double>>> weights; // [lane][projection][post * pre]
    std::vector<std::vector<carve_spike>> spikes;          // [streamed population]
    // of inputs, [population][lane][step][unit]
    std::vector<std::vector<std::vector<std::vector<double>>>> values;
    std::uint64_t n_steps = 0;
};

inline std::size_t n_terms(const flat::Rule& r) { return flat::n_coefficients_of(r); }

// Poisson spikes of the test's own, as a caller streams them.
inline std::vector<carve_spike> draw_spikes(support::Random& r, std::uint32_t n_units,
                                            std::uint64_t n_steps, double per_step) {
    std::vector<carve_spike> spikes;
    for (std::uint64_t t = 0; t < n_steps; ++t)
        for (std::uint32_t u = 0; u < n_units; ++u)
            if (r.chance(per_step))
                spikes.push_back({t, 0, u, 0, 1});
    return spikes;
}

// Two streamed afferent populations (static excitation, plastic inhibition) onto n_post neurons.
inline support::Network spiking_network(std::uint32_t n_exc, std::uint32_t n_inh,
                                        std::uint32_t n_post,
                                        std::uint64_t terms = flat::kTermsPair) {
    support::Network n;
    for (const std::uint32_t units : {n_exc, n_inh}) {
        n.population(CARVE_POPULATION_POISSON, units);
        n.populations.back().source = CARVE_SOURCE_STREAMED;
        n.populations.back().n_groups = 1;
    }
    n.population(CARVE_POPULATION_LIF, n_post);
    n.populations[2].scored = 1;
    n.rule(terms);
    n.rules[0].spikes = 1;
    n.rules[0].shared = 0;
    n.projection(0, 2, flat::kStatic);
    n.projections[0].gain = 0.5;
    n.projection(1, 2, 0);
    n.projections[1].gain = 0.3;
    n.projections[1].receptor = CARVE_INHIBITORY;
    n.projections[1].eta = 0.01;
    n.projections[1].w_min = 0;
    n.projections[1].w_max = 2;
    return n;
}

// Streamed and drawn afferents, recurrent neurons, two plastic rules: every array exists.
inline support::Network everything(std::uint32_t precision, std::uint32_t n_replicas) {
    support::Network n = spiking_network(30, 10, 3, 0xFFFFFFFu);
    n.populations[1].source = CARVE_SOURCE_SIGNAL;
    n.populations[1].n_groups = 5;
    n.projections[1].tuning = 1;
    n.projections[1].eta = 1e-3;
    n.rule();
    n.rules[1].terms = flat::kTermsPair;
    n.rules[1].spikes = 1;
    n.projection(2, 2, 1);
    n.projections[2].delay = 4;
    n.projections[2].gain = 0.02;
    n.projections[2].eta = 1e-3;
    n.model.precision = precision;
    n.model.n_replicas = n_replicas;
    return n;
}

// Coefficients near Vogels' rule; small ones for the terms beyond it.
inline std::vector<double> any_theta(support::Random& r, const flat::Rule& rule) {
    std::vector<double> theta;
    if (rule.kind != CARVE_RULE_POLYNOMIAL) {
        for (std::uint32_t k = 0; k < flat::n_coefficients_of(rule); ++k)
            theta.push_back(support::as_float(0.3 * r.normal()));
        return theta;
    }
    for (int bit = 0; bit < 4; ++bit) {
        if (!(rule.terms >> bit & 1))
            continue;
        (void)r.normal();
        theta.push_back(support::as_float(std::log(0.02) + 0.5 * r.normal()));
    }
    if (rule.eligibility)
        theta.push_back(support::as_float(std::log(0.05) + 0.5 * r.normal()));
    for (const carve_term& t : flat::terms_of(rule)) {
        const bool pre = t.event == CARVE_EVENT_PRE;
        double value = 0.3 * r.normal();
        const bool plain = !t.pre2 && !t.post2 && !t.weight && !t.modulator;
        if (plain && pre && t.post == 0)
            value = -0.25 + 0.05 * r.normal();
        else if (plain && (t.post == 1 || t.pre == 1))
            value = 1 + 0.2 * r.normal();
        theta.push_back(support::as_float(value));
    }
    return theta;
}

// Of a gate 0 in a third of the steps.
inline void draw_values(support::Random& r, SpikingScenario& s) {
    const auto& populations = s.network.populations;
    s.values.resize(populations.size());
    for (std::uint32_t i = 0; i < populations.size(); ++i) {
        const flat::Population& p = populations[i];
        if (p.kind != CARVE_POPULATION_INPUT)
            continue;
        bool gate = false;
        for (const flat::Projection& q : s.network.projections)
            for (const flat::Projection& use : flat::uses_of(q))
                gate = gate || use.gate == i;
        auto& values = s.values[i];
        for (std::size_t l = 0; l < s.network.model.n_replicas; ++l) {
            values.emplace_back();
            for (std::uint64_t t = 0; t < s.n_steps; ++t) {
                values[l].emplace_back(p.n_units);
                for (double& x : values[l][t])
                    x = gate && r.below(3) == 0 ? 0 : support::as_float(r.normal());
                if (p.fixed && t > 0)
                    values[l][t] = values[l][0];
            }
            if (p.shared && l > 0)
                values[l] = values[0];
        }
    }
}

inline SpikingScenario fill_scenario(support::Network network, std::uint64_t seed,
                                     std::uint64_t n_steps, double rate = 20) {
    support::Random r(seed);
    SpikingScenario s;
    s.network = std::move(network);
    s.n_steps = n_steps;
    for (std::size_t l = 0; l < s.network.model.n_replicas; ++l) {
        s.theta.emplace_back();
        for (const flat::Rule& rule : s.network.rules)
            s.theta[l].push_back(rule.shared && l ? s.theta[0][s.theta[l].size()]
                                                  : any_theta(r, rule));
        s.weights.emplace_back();
        for (std::size_t k = 0; k < s.network.projections.size(); ++k) {
            std::vector<double> w(std::size_t(s.network.n_pre(k)) * s.network.n_post(k));
            for (double& x : w)
                x = support::as_float(r.uniform(0.1, 0.6));
            s.weights[l].push_back(std::move(w));
        }
    }
    for (const flat::Population& p : s.network.populations)
        if (p.kind == CARVE_POPULATION_POISSON && p.source == CARVE_SOURCE_STREAMED)
            s.spikes.push_back(draw_spikes(r, p.n_units, n_steps, rate * s.network.model.dt));
    draw_values(r, s);
    return s;
}

// Of [post][pre], what there are synapses for, in the order of the view.
inline std::vector<double> of_synapses(const support::Network& n, std::uint32_t p,
                                       const std::vector<double>& dense) {
    std::vector<double> out;
    if (n.model.layout == CARVE_LAYOUT_TARGETS) {
        for (std::uint32_t j = 0; j < n.n_pre(p); ++j)
            for (std::uint32_t i = 0; i < n.n_post(p); ++i)
                if (n.connected(p, i, j))
                    out.push_back(dense[i * n.n_pre(p) + j]);
        return out;
    }
    for (std::uint32_t e = 0; e < dense.size(); ++e)
        if (!n.sparse(p) || n.connected(p, e / n.n_pre(p), e % n.n_pre(p)))
            out.push_back(dense[e]);
    return out;
}

inline void load(const support::Sim& sim, const SpikingScenario& s) {
    for (std::size_t l = 0; l < s.network.model.n_replicas; ++l) {
        for (std::uint32_t r = 0; r < s.network.rules.size(); ++r)
            for (std::size_t k = 0; k < s.theta[l][r].size(); ++k)
                sim.theta(r).set(s.theta[l][r][k], l, k);
        for (std::uint32_t p = 0; p < s.network.projections.size(); ++p) {
            const std::vector<double> w = of_synapses(s.network, p, s.weights[l][p]);
            const std::size_t in_row = s.network.sparse(p) ? 1 : s.network.n_pre(p);
            for (std::size_t e = 0; e < w.size(); ++e)
                sim.weights(p).set(w[e], l, e / in_row, e % in_row);
        }
    }
}

inline carve_stream stream_of(const std::vector<carve_spike>& spikes) {
    return {CARVE_SPIKES, CARVE_STREAM_BLOCKS, spikes.size(), spikes.data()};
}
class SpikeLists { // what carve_sim_step takes
  public:
    explicit SpikeLists(const std::vector<std::vector<carve_spike>>& spikes) {
        for (const auto& list : spikes)
            streams_.push_back(stream_of(list));
    }
    const std::vector<carve_stream>& streams() const { return streams_; }

  private:
    std::vector<carve_stream> streams_;
};
// Likewise, with the values of inputs in the n steps from `first` on.
class Streams {
  public:
    Streams(const SpikingScenario& s, std::uint64_t first, std::uint64_t n) {
        packed_.reserve(s.network.populations.size());
        std::size_t list = 0;
        for (std::uint32_t i = 0; i < s.network.populations.size(); ++i) {
            const flat::Population& p = s.network.populations[i];
            if (p.kind == CARVE_POPULATION_POISSON && p.source == CARVE_SOURCE_STREAMED)
                streams_.push_back(stream_of(s.spikes[list++]));
            if (p.kind != CARVE_POPULATION_INPUT)
                continue;
            packed_.emplace_back(s.network, i, n,
                                 [&](std::size_t lane, std::size_t t, std::size_t, std::size_t u) {
                                     return s.values[i][lane][std::size_t(first) + t][u];
                                 });
            streams_.push_back(packed_.back().stream());
        }
    }
    const std::vector<carve_stream>& streams() const { return streams_; }

  private:
    std::vector<support::Packed> packed_;
    std::vector<carve_stream> streams_;
};

// The reference of one lane, run to the end of the scenario.
template <class T>
SpikingReplica<T> run_reference(const SpikingScenario& s, std::size_t lane,
                                const std::vector<std::vector<T>>& theta) {
    SpikingReplica<T> replica(s.network, theta, s.weights[lane]);
    std::vector<std::size_t> at(s.spikes.size());
    for (std::uint64_t t = 0; t < s.n_steps; ++t) {
        std::vector<std::vector<char>> input;
        std::size_t list = 0;
        for (const flat::Population& p : s.network.populations) {
            input.emplace_back(p.n_units, 0);
            if (p.kind != CARVE_POPULATION_POISSON || p.source != CARVE_SOURCE_STREAMED)
                continue;
            for (; at[list] < s.spikes[list].size() && s.spikes[list][at[list]].step == t;
                 ++at[list])
                input.back()[s.spikes[list][at[list]].unit] = 1;
            ++list;
        }
        replica.values.assign(s.network.populations.size(), {});
        for (std::size_t i = 0; i < s.values.size(); ++i)
            if (!s.values[i].empty())
                replica.values[i] = s.values[i][lane][t];
        replica.step(input);
    }
    return replica;
}

// Steps, and the spikes of every lane: (step, population, unit), in order.
inline std::vector<std::vector<carve_spike>>
record(const support::Sim& sim, const SpikingScenario& s, std::uint64_t n_steps) {
    std::vector<carve_spike> buffer(1 << 16);
    carve_recorder recorder{};
    recorder.struct_size = sizeof recorder;
    recorder.spikes = buffer.data();
    recorder.capacity = buffer.size();
    const Streams lists(s, sim.info().steps, n_steps);
    REQUIRE(support::step(sim.get(), lists.streams(), n_steps, &recorder) == CARVE_OK);
    REQUIRE(recorder.n_lost == 0);
    std::vector<std::vector<carve_spike>> by_lane(s.network.model.n_replicas);
    for (std::uint64_t k = 0; k < recorder.n_written; ++k)
        by_lane[buffer[k].replica].push_back(buffer[k]);
    for (auto& spikes : by_lane)
        std::sort(spikes.begin(), spikes.end(), [](const carve_spike& a, const carve_spike& b) {
            return std::tie(a.step, a.population, a.unit) < std::tie(b.step, b.population, b.unit);
        });
    return by_lane;
}

// All that a lane has become.
inline std::vector<double> lane_state(const support::Sim& sim, std::size_t lane) {
    std::vector<double> all;
    const auto add = [&](std::uint32_t which, std::uint32_t index) {
        carve_view v;
        if (carve_sim_view(sim.get(), which, index, &v, nullptr) != CARVE_OK)
            return;
        const std::vector<double> values = support::Array(v, true).lane(lane);
        all.insert(all.end(), values.begin(), values.end());
    };
    const support::Network& n = sim.network();
    for (std::uint32_t i = 0; i < n.populations.size(); ++i)
        for (const std::uint32_t which : {CARVE_VIEW_VOLTAGES, CARVE_VIEW_CONDUCTANCES,
                                          CARVE_VIEW_SPIKE_COUNTS, CARVE_VIEW_FILTERED_RATE})
            add(which, i);
    std::uint32_t n_uses = 0; // further ones come behind the projections
    for (const flat::Projection& p : n.projections)
        n_uses += std::uint32_t(flat::uses_of(p).size());
    for (std::uint32_t k = 0; k < n_uses; ++k)
        for (const std::uint32_t which :
             {CARVE_VIEW_WEIGHTS, CARVE_VIEW_PRE_TRACES, CARVE_VIEW_POST_TRACES,
              CARVE_VIEW_TRANSMITTED, CARVE_VIEW_BASELINE, CARVE_VIEW_MODULATOR_RATE,
              CARVE_VIEW_ELIGIBILITY})
            add(which, k);
    if (n.model.gradient)
        for (std::uint32_t k = 0; k < n.projections.size(); ++k)
            add(CARVE_VIEW_SENSITIVITIES, k);
    all.push_back(double(sim.frozen(lane)));
    return all;
}

} // namespace reference
#endif
