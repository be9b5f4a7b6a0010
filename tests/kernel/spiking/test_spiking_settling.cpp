// After activity stops, what decays becomes exactly 0 long before it reaches the denormal numbers,
// which some machines compute with ten times as slowly.
#include "reference/spiking/scenario.hpp"

#include "plan.hpp"

using namespace reference;
using support::Array;
using support::Network;
using support::Sim;

namespace {

constexpr std::uint64_t kActive = 1024, kSilent = 64 * 1200;
constexpr double kFloor = 1e-30;

Network fading(std::uint32_t precision) {
    Network n = spiking_network(20, 8, 2, 0xFFFFFFFu);
    n.populations[2].tau_m = 5e-3;
    n.populations[2].tau_exc = 2e-3;
    n.populations[2].tau_inh = 3e-3;
    n.populations[2].v_rest = 0; // the voltage decays, too
    n.populations[2].v_reset = -0.01;
    n.populations[2].v_threshold = 0.002;
    n.populations[2].v_exc = 0.06;
    n.populations[2].v_inh = -0.02;
    n.populations[2].rate_start = 10;
    n.populations[2].rate_tau = 0.05;
    n.model.precision = precision;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.n_replicas = 5;
    return n;
}

struct Values { // of the first block's lanes
    std::string name;
    std::vector<double> all;
};

// What decays from step to step, derivatives included, which no view shows.
std::vector<Values> decaying(Sim& sim) {
    carve::Sim& s = *reinterpret_cast<carve::Sim*>(sim.get());
    const carve::PopulationPlan& p = carve::populations(s)[2];
    const carve::ProjectionPlan& q = carve::projections(s)[1];
    const std::size_t K = s.n_coefficients, n = p.model.n_units;
    const auto values = [&](const std::string& name, carve::Offset at, std::size_t rows) {
        Values v{name, {}};
        for (std::size_t i = 0; i < rows * s.lanes_per_block; ++i)
            if (i % s.lanes_per_block < s.model.n_replicas)
                v.all.push_back(s.model.precision == CARVE_F32
                                    ? double(carve::array<float>(s, at)[i])
                                    : carve::array<double>(s, at)[i]);
        return v;
    };
    return {values("voltage_sens", p.voltage_sens, n * K),
            values("conductance_sens", p.conductance_sens, 2 * n * K),
            values("rate_sens", p.rate_sens, K),
            values("post_sens", q.post_sens, 2 * n * K),
            values("post_traces", q.post_traces, 2 * n),
            values("conductances", p.conductances, 2 * n),
            values("voltages", p.voltages, n),
            values("rate", p.rate, 1)};
}

bool all_zero(const Values& v) {
    return std::all_of(v.all.begin(), v.all.end(), [](double x) { return x == 0; });
}

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("in silence states and derivatives become 0 without being denormal") {
    for (const std::uint32_t precision : {CARVE_F32, CARVE_F64})
        for (const std::uint32_t isa : support::usable_isas()) {
            if (isa == CARVE_ISA_SOFTFMA)
                continue; // slow
            CAPTURE(precision);
            CAPTURE(isa);
            Network n = fading(precision);
            n.model.isa = isa;
            SpikingScenario s = fill_scenario(n, 12, kActive, 60);
            Sim sim(s.network);
            load(sim, s);
            const SpikeLists lists(s.spikes);
            std::vector<bool> moved(decaying(sim).size());
            for (std::uint64_t t = 0; t < kActive; t += 8) {
                REQUIRE(sim.step(lists.streams(), 8) == CARVE_OK);
                const std::vector<Values> now = decaying(sim);
                for (std::size_t v = 0; v < now.size(); ++v)
                    moved[v] = moved[v] || !all_zero(now[v]);
            }
            CHECK(std::count(moved.begin(), moved.end(), false) == 0);
            bool settled = true;
            for (std::uint64_t t = 0; t < kSilent; t += 64) {
                REQUIRE(sim.step(lists.streams(), 64) == CARVE_OK);
                for (const Values& v : decaying(sim))
                    for (const double x : v.all)
                        settled = settled && (x == 0 || std::fabs(x) >= double(float(kFloor)));
            }
            CHECK(settled);
            for (const Values& v : decaying(sim)) {
                CAPTURE(v.name);
                CHECK(all_zero(v));
            }
        }
}

TEST_CASE("a presynaptic trace of long ago is 0 where a neuron spikes or its afferent does") {
    // dw = x at a postsynaptic spike, dw = r at a presynaptic one, from traces that are long over
    Network n;
    n.population(CARVE_POPULATION_POISSON, 1);
    n.populations[0].source = CARVE_SOURCE_STREAMED;
    n.population(CARVE_POPULATION_LIF, 1);
    n.rule(flat::kTauPre | flat::kTauPre2 | flat::at_post(1, 0, 0) | flat::at_pre(0, 1, 0));
    n.rules[0].spikes = 1;
    n.rules[0].trace_jump = CARVE_TRACE_JUMP_ONE;
    n.projection(0, 1, 0);
    n.projections[0].eta = 1;
    n.projections[0].gain = 0;
    for (const std::uint32_t precision : {CARVE_F32, CARVE_F64})
        for (const bool post : {false, true})
            for (const double elapsed : {60.0, 69.5, 80.0, 87.0, 1000.0}) { // time constants
                CAPTURE(precision);
                CAPTURE(post);
                CAPTURE(elapsed);
                Network one = n;
                one.model.precision = precision;
                one.populations[1].drive = 0;
                Sim sim(one);
                const double tau = 2e-3, steps = elapsed * tau / one.model.dt;
                for (std::size_t k = 0; k < 2; ++k)
                    sim.theta(0).set(std::log(tau), 0, k);
                sim.theta(0).set(post ? 0 : 1, 0, 2); // bit order: pre before post
                sim.theta(0).set(post ? 1 : 0, 0, 3);
                const auto at = std::uint64_t(steps);
                std::vector<std::vector<carve_spike>> spikes{{{0, 0, 0, 0, 1}}};
                if (!post)
                    spikes[0].push_back({at, 0, 0, 0, 1});
                const SpikeLists lists(spikes);
                REQUIRE(sim.step(lists.streams(), at) == CARVE_OK);
                if (post)
                    Array(sim.get(), CARVE_VIEW_VOLTAGES, 1).set(1, 0, 0); // spikes at once
                REQUIRE(sim.step(lists.streams(), 1) == CARVE_OK);
                CHECK(Array(sim.get(), CARVE_VIEW_SPIKE_COUNTS, 1).get(0) == (post ? 1 : 0));
                const double w = sim.weights(0).get(0);
                if (elapsed < 69)
                    CHECK(std::log(w) == doctest::Approx(-elapsed).epsilon(1e-3));
                else
                    CHECK(w == 0);
            }
}

TEST_SUITE_END();
