// The same bits, whatever the instruction set, the layout, the order and the grouping of the lanes,
// the grouping of the steps, the address of the memory, and the thread.
#include "reference/rates/random_scenario.hpp"

#include <cstring>
#include <numeric>
#include <thread>

using namespace reference;
using support::Block;
using support::Hash;
using support::lane_hash;
using support::lane_hashes;
using support::Sim;

namespace {

constexpr std::uint64_t kSeed = 2020;

Ranges small_models(std::uint32_t lanes) {
    Ranges ranges;
    ranges.max_units = 12;
    ranges.max_lanes = lanes;
    ranges.max_work = 3e5;
    return ranges;
}

// Every other one with memory (M38, M39).
Scenario small_scenario(std::uint64_t seed, std::uint32_t lanes = 3) {
    Ranges ranges = small_models(lanes);
    ranges.memory = seed % 2 == 0;
    return random_scenario(seed, ranges);
}

// The scenario with only these lanes, in this order.
Scenario select(const Scenario& s, const std::vector<std::uint64_t>& lanes) {
    Scenario t = s;
    t.network.model.n_replicas = std::uint32_t(lanes.size());
    const auto pick = [&](std::vector<std::vector<double>>& to,
                          const std::vector<std::vector<double>>& from) {
        if (from.empty())
            return;
        to.clear();
        for (const std::uint64_t l : lanes)
            to.push_back(from[l]);
    };
    t.weights.clear();
    t.theta.clear();
    for (const std::uint64_t l : lanes) {
        t.weights.push_back(s.weights[l]);
        t.theta.push_back(s.theta[l]);
    }
    for (std::size_t i = 0; i < s.network.populations.size(); ++i) {
        pick(t.inputs[i], s.inputs[i]);
        pick(t.means[i], s.means[i]);
        pick(t.factors[i], s.factors[i]);
    }
    return t;
}

// Runs lanes of the scenario, each with its own number as its stream.
std::vector<std::uint64_t> hashes_of(const Scenario& s, const std::vector<std::uint64_t>& lanes) {
    Scenario part = select(s, lanes);
    Sim sim(part.network);
    REQUIRE(carve_sim_reset(sim.get(), kSeed, lanes.data(), nullptr) == CARVE_OK);
    load(sim, part);
    REQUIRE(run(sim, part) == CARVE_OK);
    return lane_hashes(sim);
}

std::vector<std::uint64_t> all_lanes(const Scenario& s) {
    std::vector<std::uint64_t> lanes(s.network.model.n_replicas);
    std::iota(lanes.begin(), lanes.end(), std::uint64_t(0));
    return lanes;
}

template <class Real> std::uint64_t golden_hash(std::uint32_t isa) {
    Scenario s = one_of_everything(support::precision_of<Real>());
    s.network.model.isa = isa;
    Sim sim(s.network);
    REQUIRE(carve_sim_reset(sim.get(), kSeed, nullptr, nullptr) == CARVE_OK);
    for (std::size_t l = 0; l < 3; ++l) // keep the drawn weights
        for (std::uint32_t p = 0; p < s.network.projections.size(); ++p)
            s.weights[l][p] = sim.weights(p).lane(l);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    Hash hash;
    for (const std::uint64_t lane : lane_hashes(sim))
        hash.add(lane);
    return hash.value();
}

} // namespace

TEST_SUITE_BEGIN("determinism");

TEST_CASE_TEMPLATE("every instruction set and lane layout gives the same bits", Real, float,
                   double) {
    const std::vector<std::uint32_t> isas = support::usable_isas();
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        CAPTURE(seed);
        Scenario s = small_scenario(seed);
        INFO(describe(s.network));
        s.network.model.precision = support::precision_of<Real>();
        const std::vector<std::uint64_t> first = hashes_of(s, all_lanes(s));
        for (const std::uint32_t isa : isas)
            for (const std::uint32_t lane_bytes : support::lane_sizes<Real>()) {
                CAPTURE(isa);
                CAPTURE(lane_bytes);
                s.network.model.isa = isa;
                s.network.model.lane_bytes = lane_bytes;
                CHECK(hashes_of(s, all_lanes(s)) == first);
            }
    }
}

TEST_CASE_TEMPLATE("the instruction set does not change the bits of a long run with moments", Real,
                   float, double) {
    for (const std::uint32_t n_post : {1u, 3u}) { // three: with synapses within the layer
        CAPTURE(n_post);
        Scenario s;
        s.network = support::single_layer(4, n_post);
        if (n_post > 1) {
            s.network.projection(1, 1, s.network.rule());
            s.network.projections[1].connectivity = CARVE_CONNECT_LOWER;
        }
        s.network.model.precision = support::precision_of<Real>();
        s.network.model.gradient = CARVE_GRADIENT_FORWARD;
        s.network.model.batch = 20;
        s.network.model.n_replicas = 5;
        s.network.model.form = CARVE_FORM_MOMENTS;
        s.network.populations[0].fixed = 1;
        s.n_steps = 100;
        support::Random r(3);
        detail::fill(s, r);
        detail::fill_sources(s, r);
        for (auto& lane : s.theta) // Oja's rule, anti-Hebb, and a little of the others
            for (std::size_t k = 0; k < 27; ++k)
                for (std::size_t rule = 0; rule < lane.size(); ++rule)
                    lane[rule][k] = 0.0625 * lane[rule][k] + (k == 12 ? (rule == 0 ? 1.0 : -1.0)
                                                              : k == 7 && rule == 0 ? -1.0
                                                                                    : 0.0);
        const std::vector<std::uint64_t> first = hashes_of(s, all_lanes(s));
        for (const std::uint32_t isa : support::usable_isas())
            for (const std::uint32_t lane_bytes : support::lane_sizes<Real>()) {
                CAPTURE(isa);
                CAPTURE(lane_bytes);
                s.network.model.isa = isa;
                s.network.model.lane_bytes = lane_bytes;
                CHECK(hashes_of(s, all_lanes(s)) == first);
            }
    }
}

TEST_CASE_TEMPLATE("a lane has the same bits in any order and any group of lanes", Real, float,
                   double) {
    for (std::uint64_t seed = 101; seed <= 115; ++seed) {
        CAPTURE(seed);
        Scenario s = small_scenario(seed, 11);
        INFO(describe(s.network));
        s.network.model.precision = support::precision_of<Real>();
        const std::vector<std::uint64_t> together = hashes_of(s, all_lanes(s));
        std::vector<std::uint64_t> order = all_lanes(s);
        support::Random r(seed);
        for (std::size_t i = order.size(); i > 1; --i)
            std::swap(order[i - 1], order[r.below(std::uint32_t(i))]);
        const std::vector<std::uint64_t> shuffled = hashes_of(s, order);
        for (std::size_t i = 0; i < order.size(); ++i)
            CHECK(shuffled[i] == together[order[i]]);
        for (const std::uint64_t lane : order)
            CHECK(hashes_of(s, {lane})[0] == together[lane]);
    }
}

TEST_CASE_TEMPLATE("a + b steps are a steps and b steps", Real, float, double) {
    for (std::uint64_t seed = 201; seed <= 215; ++seed) {
        CAPTURE(seed);
        Scenario s = small_scenario(seed);
        INFO(describe(s.network));
        s.network.model.precision = support::precision_of<Real>();
        const std::vector<std::uint64_t> whole = hashes_of(s, all_lanes(s));
        for (std::uint64_t a = 0; a <= s.n_steps; ++a) {
            Sim sim(s.network);
            REQUIRE(carve_sim_reset(sim.get(), kSeed, nullptr, nullptr) == CARVE_OK);
            load(sim, s);
            const Inputs head(s.network, s, 0, a), tail(s.network, s, a, s.n_steps - a);
            REQUIRE(sim.step(head.streams(), a) == CARVE_OK);
            REQUIRE(sim.step(tail.streams(), s.n_steps - a) == CARVE_OK);
            CHECK(lane_hashes(sim) == whole);
            CHECK(sim.info().steps == s.n_steps);
        }
    }
}

TEST_CASE_TEMPLATE("a byte copy attached at another address continues identically", Real, float,
                   double) {
    for (std::uint64_t seed = 301; seed <= 315; ++seed) {
        CAPTURE(seed);
        Scenario s = small_scenario(seed);
        INFO(describe(s.network));
        s.network.model.precision = support::precision_of<Real>();
        const std::vector<std::uint64_t> whole = hashes_of(s, all_lanes(s));
        Sim sim(s.network);
        REQUIRE(carve_sim_reset(sim.get(), kSeed, nullptr, nullptr) == CARVE_OK);
        load(sim, s);
        const Inputs head(s.network, s, 0, 1), tail(s.network, s, 1, s.n_steps - 1);
        REQUIRE(sim.step(head.streams(), 1) == CARVE_OK);
        Block copy(sim.block().size());
        std::memcpy(copy.data(), sim.block().data(), copy.size());
        carve_sim* moved = nullptr;
        REQUIRE(carve_sim_attach(copy.data(), copy.size(), &moved, nullptr) == CARVE_OK);
        std::memset(sim.block().data(), 0, sim.block().size()); // nothing points back
        const auto inputs = tail.streams();
        REQUIRE(support::step(moved, inputs, s.n_steps - 1) == CARVE_OK);
        std::memcpy(sim.block().data(), copy.data(), copy.size());
        CHECK(lane_hashes(sim) == whole);
    }
}

TEST_CASE_TEMPLATE("a reset sim repeats its run", Real, float, double) {
    Scenario s = one_of_everything(support::precision_of<Real>());
    Sim sim(s.network);
    std::vector<std::uint64_t> first;
    for (int repeat = 0; repeat < 3; ++repeat) {
        REQUIRE(carve_sim_reset(sim.get(), repeat == 1 ? kSeed + 1 : kSeed, nullptr, nullptr) ==
                CARVE_OK);
        load(sim, s);
        REQUIRE(run(sim, s) == CARVE_OK);
        if (repeat == 0)
            first = lane_hashes(sim);
        else
            CHECK((lane_hashes(sim) == first) == (repeat == 2)); // another seed, other draws
    }
}

TEST_CASE("sims in different threads do not disturb each other") {
    Scenario s = one_of_everything(CARVE_F64);
    const std::vector<std::uint64_t> alone = hashes_of(s, all_lanes(s));
    std::vector<Sim> sims;
    sims.reserve(4);
    for (int i = 0; i < 4; ++i) {
        sims.emplace_back(s.network);
        REQUIRE(carve_sim_reset(sims[std::size_t(i)].get(), kSeed, nullptr, nullptr) == CARVE_OK);
        load(sims[std::size_t(i)], s);
    }
    const Inputs inputs(s.network, s, 0, s.n_steps);
    std::vector<carve_status> status(sims.size(), -1);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < sims.size(); ++i)
        threads.emplace_back([&, i] { status[i] = sims[i].step(inputs.streams(), s.n_steps); });
    for (std::thread& t : threads)
        t.join();
    for (std::size_t i = 0; i < sims.size(); ++i) {
        CHECK(status[i] == CARVE_OK);
        CHECK(lane_hashes(sims[i]) == alone);
    }
}

// A change of these two numbers is a change of the numerics: say so in CHANGELOG under
// Numerics.
TEST_CASE("the final state of the golden network has the checked-in hash") {
    for (const std::uint32_t isa : support::usable_isas()) {
        CAPTURE(isa);
        CHECK(golden_hash<double>(isa) == 0x5f7afa9fdee4c3bau);
        CHECK(golden_hash<float>(isa) == 0x263f8faca5611ba8u);
    }
}

TEST_SUITE_END();
