// A scenario: a network with everything that a run of it needs (weights, coefficients, inputs), the
// same for every precision, instruction set and layout; how to put it into a sim, and how to run
// the reference on it.
#ifndef CARVE_TESTS_REFERENCE_RATES_SCENARIO_HPP
#define CARVE_TESTS_REFERENCE_RATES_SCENARIO_HPP

#include "../../support.hpp"
#include "replica.hpp"

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

namespace reference {

using support::Network;
using support::Packed;
using support::Sim;

struct Scenario {
    Network network;
    std::uint64_t n_steps = 1;
    // All values are exact in float. Shared ones are repeated for each lane.
    std::vector<std::vector<std::vector<double>>> weights; // [lane][projection][post * n_pre + pre]
    std::vector<std::vector<std::vector<double>>> theta;   // [lane][rule][term]
    std::vector<std::vector<std::vector<double>>> inputs;  // [population][lane][step, sample, unit]
    std::vector<std::vector<std::vector<double>>> means;   // [population][lane][unit]
    std::vector<std::vector<std::vector<double>>> factors; // [population][lane][unit * n + unit]

    double input(std::size_t population, std::size_t lane, std::size_t step, std::size_t sample,
                 std::size_t unit) const {
        const flat::Population& p = network.populations[population];
        const std::size_t t = p.fixed ? 0 : step;
        return inputs[population][lane][(t * network.model.batch + sample) * p.n_units + unit];
    }
};

// What the gaussian populations drew: [lane][step] (see record_draws).
using Draws = std::vector<std::vector<Values>>;

inline std::string describe(const Network& n) {
    std::ostringstream out;
    out << "model: precision " << n.model.precision << " isa " << n.model.isa << " lane_bytes "
        << n.model.lane_bytes << " n_replicas " << n.model.n_replicas << " gradient "
        << n.model.gradient << " batch " << n.model.batch << " form " << n.model.form << " bound "
        << n.model.bound;
    for (const flat::Population& p : n.populations)
        out << "\n  population: kind " << p.kind << " n_units " << p.n_units << " activation "
            << p.activation << " tau " << p.tau << " shared " << p.shared << " fixed " << p.fixed;
    for (const flat::Projection& p : n.projections)
        out << "\n  projection: " << p.pre << " -> " << p.post << " delay " << p.delay
            << " connectivity " << p.connectivity << " rule " << std::int32_t(p.rule)
            << " inference " << p.inference << " n_sweeps " << p.n_sweeps << " mask_from "
            << p.mask_from << " eta " << p.eta << " bounds " << p.w_min << " .. " << p.w_max
            << " modulator " << std::int32_t(p.modulator) << " gate " << std::int32_t(p.gate)
            << " baseline " << p.baseline << " window " << p.window << " from " << p.baseline_start;
    for (const flat::Rule& r : n.rules)
        out << "\n  rule: shared " << r.shared << " terms 0x" << std::hex << r.terms << ", r 0x"
            << r.terms_r << ", r^2 0x" << r.terms_r2 << std::dec << " listed " << r.listed.size()
            << " eligibility " << r.eligibility << " kind " << r.kind << " hidden " << r.hidden
            << " inputs " << r.inputs << " activation " << r.activation;
    return out.str();
}

// ---- Into a sim -----------------------------------------------------------------------------

inline void load(const Sim& sim, const Scenario& s) {
    const std::size_t n_replicas = s.network.model.n_replicas;
    for (std::size_t l = 0; l < n_replicas; ++l) {
        for (std::uint32_t p = 0; p < s.network.projections.size(); ++p) {
            const support::Array w = sim.weights(p);
            const std::size_t n = s.network.n_pre(p);
            for (std::size_t e = 0; e < s.weights[l][p].size(); ++e)
                w.set(s.weights[l][p][e], l, e / n, e % n);
        }
        for (std::uint32_t r = 0; r < s.network.rules.size(); ++r)
            for (std::size_t k = 0; k < s.theta[l][r].size(); ++k)
                sim.theta(r).set(s.theta[l][r][k], l, k);
        for (std::uint32_t i = 0; i < s.network.populations.size(); ++i) {
            if (s.network.populations[i].kind != CARVE_POPULATION_GAUSSIAN)
                continue;
            const std::size_t n = s.network.populations[i].n_units;
            for (std::size_t e = 0; e < n; ++e)
                sim.mean(i).set(s.means[i][l][e], l, e);
            for (std::size_t e = 0; e < n * n; ++e)
                sim.factor(i).set(s.factors[i][l][e], l, e / n, e % n);
        }
    }
}

// The input arrays of steps first .. first + n_steps - 1, for this network's layout.
class Inputs {
  public:
    Inputs(const Network& network, const Scenario& s, std::uint64_t first, std::uint64_t n_steps) {
        for (std::uint32_t i = 0; i < network.populations.size(); ++i)
            if (network.populations[i].kind == CARVE_POPULATION_INPUT)
                packed_.emplace_back(
                    network, i, n_steps,
                    [&](std::size_t l, std::size_t t, std::size_t smp, std::size_t u) {
                        return s.input(i, l, first + t, smp, u);
                    });
        for (const Packed& p : packed_)
            streams_.push_back(p.stream());
    }
    Inputs(const Inputs&) = delete;
    Inputs& operator=(const Inputs&) = delete;
    const std::vector<carve_stream>& streams() const { return streams_; }
    std::size_t bytes(std::size_t i) const { return packed_[i].size(); }

  private:
    std::vector<Packed> packed_;
    std::vector<carve_stream> streams_;
};

inline carve_status run(Sim& sim, const Scenario& s) {
    const Inputs inputs(sim.network(), s, 0, s.n_steps);
    return sim.step(inputs.streams(), s.n_steps);
}

// Steps a double-precision sim of the scenario one by one and reads the gaussian populations, so
// that the reference can be given the same values.
inline Draws record_draws(const Scenario& s) {
    const std::size_t n_replicas = s.network.model.n_replicas,
                      n_populations = s.network.populations.size();
    Draws draws(n_replicas, std::vector<Values>(s.n_steps, Values(n_populations)));
    bool any = false;
    for (const flat::Population& p : s.network.populations)
        any = any || p.kind == CARVE_POPULATION_GAUSSIAN;
    if (!any)
        return draws;
    Network network = s.network;
    network.model.precision = CARVE_F64;
    network.model.lane_bytes = 32;
    network.model.isa = CARVE_ISA_AUTO;
    Sim sim(network);
    load(sim, s);
    for (std::uint64_t t = 0; t < s.n_steps; ++t) {
        const Inputs inputs(network, s, t, 1);
        REQUIRE(sim.step(inputs.streams(), 1) == CARVE_OK);
        for (std::uint32_t i = 0; i < n_populations; ++i)
            if (s.network.populations[i].kind == CARVE_POPULATION_GAUSSIAN)
                for (std::size_t l = 0; l < n_replicas; ++l)
                    draws[l][t][i] = sim.rates(i).lane(l);
    }
    return draws;
}

// ---- Through the reference ------------------------------------------------------------------

inline Values values_at(const Scenario& s, std::size_t lane, std::size_t step, const Draws& draws) {
    Values values(s.network.populations.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const flat::Population& p = s.network.populations[i];
        if (p.kind == CARVE_POPULATION_GAUSSIAN)
            values[i] = draws[lane][step][i];
        if (p.kind == CARVE_POPULATION_INPUT)
            for (std::size_t smp = 0; smp < s.network.model.batch; ++smp)
                for (std::size_t u = 0; u < p.n_units; ++u)
                    values[i].push_back(s.input(i, lane, step, smp, u));
    }
    return values;
}

inline void set_coefficient(Dual<double>& x, double value, std::size_t k, std::size_t n) {
    x = variable(value, k, n);
}
template <class Real> void set_coefficient(Real& x, double value, std::size_t, std::size_t) {
    x = Real(value);
}

// One lane of the scenario after all its steps; with Number = Dual, the coefficients are the
// variables, in order of the rules and terms.
template <class Number>
Replica<Number> run_reference(Scenario& s, std::size_t lane, const Draws& draws) {
    Replica<Number> replica(s.network);
    for (std::size_t p = 0; p < replica.weights.size(); ++p)
        for (std::size_t e = 0; e < replica.weights[p].size(); ++e)
            replica.weights[p][e] = Number(s.weights[lane][p][e]);
    std::size_t k = 0;
    for (std::size_t r = 0; r < replica.theta.size(); ++r)
        for (std::size_t i = 0; i < replica.theta[r].size(); ++i, ++k)
            set_coefficient(replica.theta[r][i], s.theta[lane][r][i], k,
                            s.network.n_coefficients());
    for (std::uint64_t t = 0; t < s.n_steps; ++t)
        replica.step(values_at(s, lane, t, draws));
    return replica;
}

} // namespace reference
#endif
