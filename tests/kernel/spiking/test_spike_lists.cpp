// Spike lists of the caller's (carve_stream): what is checked is what is taken, however the
// steps are cut into calls, and a list that is refused has changed nothing.
#include "reference/spiking/scenario.hpp"

#include <cstring>

using namespace reference;
using support::Array;
using support::Block;
using support::Network;
using support::Sim;

namespace {

constexpr std::uint32_t kUnits = 10;
constexpr std::uint64_t kSteps = 1536; // three chunks of steps within a call

// The presynaptic term alone: a weight grows by 1 with each spike of its unit.
Network counting() {
    Network n;
    n.population(CARVE_POPULATION_POISSON, kUnits);
    n.populations[0].source = CARVE_SOURCE_STREAMED;
    n.population(CARVE_POPULATION_LIF, 1);
    n.rule(flat::at_pre(0, 0, 0));
    n.rules[0].spikes = 1;
    n.projection(0, 1, 0);
    n.projections[0].eta = 1;
    n.projections[0].gain = 0;
    return n;
}

// A sim whose block has bytes behind it that nothing may touch.
class Guarded {
  public:
    Guarded() {
        Network n = counting();
        Sim start(n);
        start.theta(0).set(1, 0, 0);
        bytes_ = start.block().size();
        std::memset(block_.data(), 0xA5, block_.size());
        std::memcpy(block_.data(), start.block().data(), bytes_);
        REQUIRE(carve_sim_attach(block_.data(), bytes_, &sim_, nullptr) == CARVE_OK);
    }
    carve_status step(const std::vector<carve_spike>& spikes, std::uint64_t n_steps) {
        return support::step(sim_, {stream_of(spikes)}, n_steps);
    }
    std::vector<double> counts() const { return Array(sim_, CARVE_VIEW_WEIGHTS, 0).lane(0); }
    std::uint64_t hash() {
        support::Hash hash;
        hash.add(block_.data(), bytes_);
        return hash.value();
    }
    bool guard_intact() {
        return std::all_of(block_.data() + bytes_, block_.data() + block_.size(),
                           [](unsigned char c) { return c == 0xA5; });
    }

  private:
    Block block_{1 << 20};
    std::size_t bytes_ = 0;
    carve_sim* sim_ = nullptr;
};

carve_spike spike(std::uint64_t step, std::uint32_t unit = 0) { return {step, 0, unit, 0, 1}; }

bool in_order(const std::vector<carve_spike>& spikes) {
    return std::adjacent_find(spikes.begin(), spikes.end(),
                              [](const carve_spike& a, const carve_spike& b) {
                                  return std::tie(a.step, a.unit) >= std::tie(b.step, b.unit);
                              }) == spikes.end();
}

// Any order, steps and units, those of a plain mistake and of an attack.
std::vector<carve_spike> any_spikes(support::Random& r) {
    std::vector<carve_spike> spikes;
    for (std::uint32_t k = r.between(2, 40); k > 0; --k) {
        const std::uint64_t far[] = {kSteps, std::uint64_t(1) << 32, ~std::uint64_t(0)};
        spikes.push_back(spike(r.chance(0.1) ? far[r.below(3)] : r.below(kSteps),
                               r.chance(0.02) ? r.below(4) << 28 | kUnits : r.below(kUnits)));
    }
    if (r.chance(0.7))
        std::sort(spikes.begin(), spikes.end(), [](const carve_spike& a, const carve_spike& b) {
            return std::tie(a.step, a.unit) < std::tie(b.step, b.unit);
        });
    return spikes;
}

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("every spike of a sorted list arrives once, however the steps are cut into calls") {
    support::Random r(3);
    std::vector<carve_spike> spikes = draw_spikes(r, kUnits, kSteps, 0.5);
    spikes.push_back(spike(kSteps, 3)); // of a step that is not taken
    std::vector<double> expected(kUnits);
    for (const carve_spike& s : spikes)
        expected[s.unit] += s.step < kSteps;
    for (const std::uint64_t piece : {1u, 10u, 511u, 512u, 513u, 1536u}) {
        CAPTURE(piece);
        Guarded sim;
        for (std::uint64_t t = 0; t < kSteps; t += piece)
            REQUIRE(sim.step(spikes, std::min(piece, kSteps - t)) == CARVE_OK);
        CHECK(sim.counts() == expected);
        CHECK(sim.guard_intact());
    }
}

TEST_CASE("a spike list that is not sorted is refused and changes nothing") {
    std::vector<std::vector<carve_spike>> lists = {
        {spike(10, 0), spike(2, 1)}, // by unit, not by time
        {spike(0), spike(std::uint64_t(1) << 30), spike(0), spike(600, 0x40000000)},
        {spike(3, 1), spike(3, 1)},
        {spike(3, 1), spike(3, 0)},
        {spike(3), spike(~std::uint64_t(0)), spike(700)},
    };
    for (const std::uint64_t later : {600u, 2000000u}) { // more than a chunk holds; out of reach
        std::vector<carve_spike> many{spike(0), spike(1000000)};
        many.resize(10001, spike(100));
        many.resize(20000, spike(later, later == 600 ? 0 : 0x10000000));
        many[10001] = spike(600, many.back().unit);
        lists.push_back(many);
    }
    for (std::size_t k = 0; k < lists.size(); ++k)
        for (const std::uint64_t piece : {1u, 10u, 1024u}) {
            CAPTURE(k);
            CAPTURE(piece);
            Guarded sim;
            const std::uint64_t before = sim.hash();
            CHECK(sim.step(lists[k], piece) == CARVE_E_RANGE);
            CHECK(sim.hash() == before);
            CHECK(sim.guard_intact());
        }
}

TEST_CASE("whatever lists the calls bring, spikes are taken as checked or nothing is") {
    support::Random r(17);
    std::size_t taken = 0, refused = 0;
    for (int round = 0; round < 400; ++round) {
        CAPTURE(round);
        Guarded sim;
        for (std::uint64_t at = 0; at < kSteps;) {
            const std::vector<carve_spike> spikes = any_spikes(r);
            const std::uint64_t n_steps = std::min<std::uint64_t>(r.between(1, 1200), kSteps - at);
            const std::uint64_t before = sim.hash();
            std::vector<double> expected = sim.counts();
            bool units = true;
            for (const carve_spike& s : spikes) {
                const bool now = s.step >= at && s.step < at + n_steps;
                units = units && (!now || s.unit < kUnits);
                if (now && s.unit < kUnits)
                    expected[s.unit] += 1;
            }
            const carve_status status = sim.step(spikes, n_steps);
            CHECK(sim.guard_intact());
            if (in_order(spikes))
                CHECK(status == (units ? CARVE_OK : CARVE_E_RANGE));
            else if (at == 0)
                CHECK(status == CARVE_E_RANGE);
            if (status == CARVE_OK && in_order(spikes))
                CHECK(sim.counts() == expected);
            if (status != CARVE_OK)
                CHECK(sim.hash() == before);
            (status == CARVE_OK ? taken : refused) += 1;
            at += status == CARVE_OK ? n_steps : 0;
        }
    }
    CHECK(taken > 400);
    CHECK(refused > 400);
}

TEST_SUITE_END();
