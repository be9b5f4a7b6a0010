// A lane of a spiking model is what it would be alone, bit for bit, whatever its neighbours in a
// register do: they may spike, freeze, or hold anything.
#include "reference/spiking/scenario.hpp"

using namespace reference;
using support::Array;
using support::Network;
using support::Sim;

namespace {

constexpr std::size_t kLanes = 11;
constexpr double kInf = std::numeric_limits<double>::infinity();

struct Hostile { // values of one lane that are set before the first step
    std::uint32_t view, index;
    std::size_t element; // taken modulo the view's
    double value;
};

// Weights, traces and states that pass a bound of 2.5, are zeros of a sign, or no numbers.
std::vector<std::vector<Hostile>> any_hostile(support::Random& r) {
    const double values[] = {0, -0.0, 3, -3, 2.25, 1e30, kInf, -kInf, std::nan("")};
    const std::pair<std::uint32_t, std::uint32_t> views[] = {
        {CARVE_VIEW_WEIGHTS, 0},     {CARVE_VIEW_WEIGHTS, 1},      {CARVE_VIEW_WEIGHTS, 2},
        {CARVE_VIEW_VOLTAGES, 2},    {CARVE_VIEW_CONDUCTANCES, 2}, {CARVE_VIEW_SPIKE_COUNTS, 2},
        {CARVE_VIEW_PRE_TRACES, 1},  {CARVE_VIEW_PRE_TRACES, 2},   {CARVE_VIEW_POST_TRACES, 1},
        {CARVE_VIEW_POST_TRACES, 2}, {CARVE_VIEW_TRANSMITTED, 1},  {CARVE_VIEW_FILTERED_RATE, 2}};
    std::vector<std::vector<Hostile>> lanes(kLanes);
    for (auto& lane : lanes)
        for (std::uint32_t k = r.below(3); k > 0; --k) {
            const auto [view, index] = views[r.below(12)];
            lane.push_back({view, index, r.below(1000), values[r.below(9)]});
        }
    return lanes;
}

// The lanes from `first` on of a scenario of kLanes, run together.
std::vector<std::vector<std::uint64_t>> run(const SpikingScenario& all,
                                            const std::vector<std::vector<Hostile>>& hostile,
                                            std::size_t first, std::size_t n_replicas) {
    SpikingScenario s = all;
    s.network.model.n_replicas = std::uint32_t(n_replicas);
    const auto at = [&](auto& lanes) {
        lanes = {lanes.begin() + std::ptrdiff_t(first),
                 lanes.begin() + std::ptrdiff_t(first + n_replicas)};
    };
    at(s.theta);
    at(s.weights);
    Sim sim(s.network);
    const std::vector<std::uint64_t> streams(n_replicas, 5);
    REQUIRE(carve_sim_reset(sim.get(), 3, streams.data(), nullptr) == CARVE_OK);
    load(sim, s);
    for (std::size_t l = 0; l < n_replicas; ++l)
        for (const Hostile& h : hostile[first + l]) {
            const Array array(sim.get(), h.view, h.index);
            const std::size_t inner = array.view().ndim > 3 ? array.view().shape[2] : 1,
                              outer = array.view().ndim > 2 ? array.view().shape[1] : 1,
                              e = h.element % (outer * inner);
            array.set(h.value, l, e / inner, e % inner);
        }
    const SpikeLists lists(s.spikes);
    for (const std::uint64_t n : {s.n_steps / 3, s.n_steps - s.n_steps / 3}) {
        const carve_status status = sim.step(lists.streams(), n);
        REQUIRE(status == CARVE_OK);
    }
    std::vector<std::vector<std::uint64_t>> out;
    for (std::size_t l = 0; l < n_replicas; ++l) {
        out.emplace_back();
        for (double x : lane_state(sim, l)) {
            if (std::isnan(x))
                x = std::nan(""); // which of its many bits is nobody's promise
            std::uint64_t bits;
            std::memcpy(&bits, &x, sizeof bits);
            out.back().push_back(bits);
        }
    }
    return out;
}

// Every lane alone, in blocks of one element, against all of them in every kind of register.
void compare(SpikingScenario s, const std::vector<std::vector<Hostile>>& hostile,
             const std::vector<std::uint32_t>& isas) {
    const std::uint32_t one = s.network.model.precision == CARVE_F32 ? 4 : 8;
    std::vector<std::vector<std::uint64_t>> alone;
    s.network.model.isa = CARVE_ISA_AUTO;
    s.network.model.lane_bytes = one;
    for (std::size_t l = 0; l < kLanes; ++l)
        alone.push_back(run(s, hostile, l, 1)[0]);
    for (const std::uint32_t isa : isas)
        for (const std::uint32_t lane_bytes : {one, 32u, 64u}) {
            s.network.model.isa = isa;
            s.network.model.lane_bytes = lane_bytes;
            const auto together = run(s, hostile, 0, kLanes);
            for (std::size_t l = 0; l < kLanes; ++l) {
                CAPTURE(isa);
                CAPTURE(lane_bytes);
                CAPTURE(l);
                CHECK((together[l] == alone[l]));
            }
        }
}

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("weights beyond the bound freeze a lane when its own neuron spikes") {
    Network n;
    n.population(CARVE_POPULATION_POISSON, 20);
    n.populations[0].rate = 20;
    n.population(CARVE_POPULATION_LIF, 1);
    n.rule(flat::kTauPre | flat::at_post(1, 0, 0));
    n.rules[0].spikes = 1;
    n.rules[0].shared = 0;
    n.projection(0, 1, 0);
    n.projections[0].gain = 0.1;
    n.populations[1].drive = 0.012; // spikes, at times of its own in each lane
    n.model.bound = 2.5;
    n.model.n_replicas = kLanes;
    const SpikingScenario s = fill_scenario(n, 2, 2000);
    std::vector<std::vector<Hostile>> hostile(kLanes);
    for (std::size_t l = 0; l < kLanes; l += 2)
        hostile[l].push_back({CARVE_VIEW_WEIGHTS, 0, l, 3});
    compare(s, hostile, {CARVE_ISA_AUTO});
}

TEST_CASE("a lane of a spiking model is the same alone and beside any others") {
    support::Random r(23);
    std::vector<std::uint32_t> isas;
    for (const std::uint32_t isa : support::usable_isas())
        if (isa != CARVE_ISA_SOFTFMA) // slow
            isas.push_back(isa);
    for (std::uint32_t round = 0; round < 100; ++round) {
        CAPTURE(round);
        Network n = everything(round % 2 ? CARVE_F32 : CARVE_F64, kLanes);
        n.model.bound = 2.5;
        n.populations[2].drive = 0.015; // many spikes
        for (flat::Projection& p : n.projections)
            p.w_min = -kInf, p.w_max = kInf;
        if (round % 4 == 0) { // the filtered rate, 20 e^(-t) and 1/3 a spike, may leave its bounds
            n.populations[2].rate_start = 20;
            n.populations[2].rate_low = 19.5;
            n.populations[2].rate_high = 20.5;
        }
        n.rules[1].shared = 0;
        if (round % 3 == 1) // the bound freezes a neuron before it can spike
            n.populations[2].v_threshold = 4, n.populations[2].drive = 3;
        if (round % 3 == 2) { // derivatives do not pass between neurons
            n.projections.pop_back();
            n.model.gradient = CARVE_GRADIENT_FORWARD;
        }
        auto hostile = any_hostile(r);
        if (n.projections.size() < 3)
            for (auto& lane : hostile)
                for (Hostile& h : lane)
                    if (h.index == 2 &&
                        (h.view == CARVE_VIEW_WEIGHTS || h.view >= CARVE_VIEW_PRE_TRACES))
                        h.index = 1;
        compare(fill_scenario(n, round, r.between(230, 900), 30), hostile, isas);
    }
}

TEST_SUITE_END();
