// What holds for rates holds for spikes: exact memory, the same bits everywhere, frozen lanes,
// hostile array contents, and models that are refused by name.
#include "reference/spiking/scenario.hpp"

#include <cstring>

using namespace reference;
using support::Array;
using support::Block;
using support::Network;
using support::Sim;

namespace {

std::uint64_t hash(const Sim& sim, std::size_t lane) {
    support::Hash h;
    h.add(lane_state(sim, lane));
    return h.value();
}

std::vector<std::uint64_t> hashes(SpikingScenario s, std::uint64_t piece) {
    Sim sim(s.network);
    const std::vector<std::uint64_t> streams(s.network.model.n_replicas, 5);
    REQUIRE(carve_sim_reset(sim.get(), 3, streams.data(), nullptr) == CARVE_OK);
    load(sim, s);
    const SpikeLists lists(s.spikes);
    for (std::uint64_t t = 0; t < s.n_steps; t += piece)
        REQUIRE(sim.step(lists.streams(), std::min(piece, s.n_steps - t)) == CARVE_OK);
    std::vector<std::uint64_t> out;
    for (std::size_t l = 0; l < s.network.model.n_replicas; ++l)
        out.push_back(hash(sim, l));
    return out;
}

SpikingScenario scenario(std::uint32_t precision, std::uint32_t n_replicas, std::uint64_t steps) {
    return fill_scenario(everything(precision, n_replicas), 9, steps, 30);
}
// The same without recurrent projections, which have no derivatives, and with them.
SpikingScenario differentiated(std::uint32_t n_replicas, std::uint64_t steps) {
    Network n = everything(CARVE_F32, n_replicas);
    n.projections.pop_back();
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    return fill_scenario(n, 9, steps, 30);
}

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("every lane of a spiking model has the same bits whatever it runs on, with and beside") {
    for (const std::uint32_t precision : {CARVE_F32, CARVE_F64}) {
        SpikingScenario s = scenario(precision, 11, 1500);
        s.network.model.isa = CARVE_ISA_AUTO;
        const std::vector<std::uint64_t> expected = hashes(s, 1500);
        CHECK(hashes(s, 100) == expected); // however the steps are cut into calls
        for (const std::uint32_t isa : support::usable_isas())
            for (const std::uint32_t lane_bytes : {precision == CARVE_F32 ? 4u : 8u, 32u, 64u}) {
                CAPTURE(isa);
                CAPTURE(lane_bytes);
                if (isa == CARVE_ISA_SOFTFMA)
                    continue; // slow; below
                s.network.model.isa = isa;
                s.network.model.lane_bytes = lane_bytes;
                CHECK(hashes(s, 1500) == expected);
            }
        SpikingScenario turned = s;
        std::reverse(turned.theta.begin(), turned.theta.end());
        std::reverse(turned.weights.begin(), turned.weights.end());
        turned.theta[0][1] = s.theta[0][1]; // the rule that all lanes share
        std::vector<std::uint64_t> reversed = hashes(turned, 1500);
        std::reverse(reversed.begin(), reversed.end());
        CHECK(reversed == expected);
    }
}

TEST_CASE("a spiking model has the same bits with the FMA in software") {
    if (!carve_isa_usable(CARVE_ISA_SOFTFMA)) {
        MESSAGE("skipped: instruction set softfma");
        return;
    }
    SpikingScenario s = scenario(CARVE_F32, 2, 200);
    const std::vector<std::uint64_t> expected = hashes(s, 200);
    s.network.model.isa = CARVE_ISA_SOFTFMA;
    CHECK(hashes(s, 200) == expected);
}

TEST_CASE("a spiking sim of exactly the required bytes touches nothing outside of them") {
    for (const std::uint32_t lanes : {1u, 9u, 10u}) {
        SpikingScenario s = lanes == 10 ? differentiated(lanes, 700)
                                        : scenario(lanes == 1 ? CARVE_F64 : CARVE_F32, lanes, 700);
        const std::size_t bytes = Sim::required(s.network);
        Block block(bytes + 128);
        std::memset(block.data(), 0xA5, bytes + 128);
        carve_sim* sim = nullptr;
        CHECK(carve_sim_init(block.data() + 64, bytes - 1, s.network.description(), &sim,
                             nullptr) == CARVE_E_SPACE);
        REQUIRE(carve_sim_init(block.data() + 64, bytes, s.network.description(), &sim, nullptr) ==
                CARVE_OK);
        const SpikeLists lists(s.spikes);
        REQUIRE(support::step(sim, lists.streams(), s.n_steps) == CARVE_OK);
        CHECK(std::all_of(block.data(), block.data() + 64,
                          [](unsigned char c) { return c == 0xA5; }));
        CHECK(std::all_of(block.data() + 64 + bytes, block.data() + 128 + bytes,
                          [](unsigned char c) { return c == 0xA5; }));
    }
}

TEST_CASE("rules that no projection uses change no spike and touch nothing outside of the block") {
    const std::size_t guard = 1 << 20; // thousands of steps of one neuron's derivatives
    for (const std::uint32_t precision : {CARVE_F32, CARVE_F64})
        for (const std::uint32_t plastic : {0u, 1u}) { // whether one of the two populations learns
            CAPTURE(precision);
            CAPTURE(plastic);
            Network n = spiking_network(60, 10, 3);
            n.population(CARVE_POPULATION_LIF, 40);
            n.populations[3].scored = 1;
            n.projection(0, 3, flat::kStatic);
            n.projections[2].gain = 0.5;
            if (!plastic)
                n.make_static(1);
            n.rules.push_back(n.rules[0]);
            n.model.precision = precision;
            n.model.n_replicas = 11;
            SpikingScenario s = fill_scenario(n, 6, 1500, 30);
            const SpikeLists lists(s.spikes);
            Sim value(s.network);
            load(value, s);
            REQUIRE(value.step(lists.streams(), s.n_steps) == CARVE_OK);
            s.network.model.gradient = CARVE_GRADIENT_FORWARD;
            Sim start(s.network);
            load(start, s);
            const std::size_t bytes = start.block().size();
            Block block(bytes + guard);
            std::memset(block.data(), 0xA5, block.size());
            std::memcpy(block.data(), start.block().data(), bytes);
            carve_sim* sim = nullptr;
            REQUIRE(carve_sim_attach(block.data(), bytes, &sim, nullptr) == CARVE_OK);
            REQUIRE(support::step(sim, lists.streams(), s.n_steps) == CARVE_OK);
            for (std::uint32_t i = 2; i < 4; ++i)
                for (std::size_t l = 0; l < n.model.n_replicas; ++l) {
                    const Array counts(sim, CARVE_VIEW_SPIKE_COUNTS, i);
                    CHECK(counts.lane(l) == Array(value.get(), CARVE_VIEW_SPIKE_COUNTS, i).lane(l));
                }
            CHECK(std::all_of(block.data() + bytes, block.data() + block.size(),
                              [](unsigned char c) { return c == 0xA5; }));
        }
}

TEST_CASE("a copied spiking sim continues as the original does") {
    SpikingScenario s = scenario(CARVE_F32, 3, 2000);
    Sim sim(s.network);
    load(sim, s);
    const SpikeLists lists(s.spikes);
    REQUIRE(sim.step(lists.streams(), 1000) == CARVE_OK);
    Block copy(sim.block().size());
    std::memcpy(copy.data(), sim.block().data(), copy.size());
    carve_sim* attached = nullptr;
    REQUIRE(carve_sim_attach(copy.data(), copy.size(), &attached, nullptr) == CARVE_OK);
    REQUIRE(sim.step(lists.streams(), 1000) == CARVE_OK);
    REQUIRE(support::step(attached, lists.streams(), 1000) == CARVE_OK);
    CHECK(std::memcmp(copy.data(), sim.block().data(), copy.size()) == 0);
}

TEST_CASE("arrays of a spiking sim may hold anything") {
    support::Random r(11);
    for (int round = 0; round < 40; ++round) {
        const SpikingScenario s = round % 2 ? scenario(CARVE_F32, 5, 300) : differentiated(5, 300);
        Network network = s.network;
        Sim sim(network);
        sim.scramble(r);
        carve_sim* attached = nullptr;
        REQUIRE(carve_sim_attach(sim.block().data(), sim.block().size(), &attached, nullptr) ==
                CARVE_OK);
        const SpikeLists lists(s.spikes);
        const carve_status status = support::step(attached, lists.streams(), s.n_steps);
        CHECK(status == CARVE_OK);
    }
}

TEST_CASE("a lane that diverges or leaves its rates is frozen at its step and spares the others") {
    Network n = spiking_network(30, 10, 1);
    n.model.n_replicas = 9;
    n.model.bound = 50;
    n.projections[1].w_max = std::numeric_limits<double>::infinity();
    SpikingScenario s = fill_scenario(n, 4, 4000, 30);
    Sim healthy(s.network);
    load(healthy, s);
    const SpikeLists lists(s.spikes);
    REQUIRE(healthy.step(lists.streams(), s.n_steps) == CARVE_OK);
    Sim sim(s.network);
    load(sim, s);
    sim.theta(0).set(std::nan(""), 2, 2);
    sim.theta(0).set(1e5, 4, 2); // alpha: weights pass the bound at once
    CHECK(sim.freezes(lists.streams(), 1000));
    CHECK(sim.freezes(lists.streams(), s.n_steps - 1000));
    for (std::size_t l = 0; l < 9; ++l) {
        CAPTURE(l);
        if (l != 2 && l != 4) {
            CHECK(sim.frozen(l) == 0);
            CHECK(hash(sim, l) == hash(healthy, l));
            continue;
        }
        CHECK(sim.frozen(l) == s.spikes[1][0].step + 1); // the first spike of a plastic synapse
        for (const double w : sim.weights(1).lane(l))
            CHECK(std::isnan(w));
        CHECK(std::isnan(Array(sim.get(), CARVE_VIEW_VOLTAGES, 2).get(l)));
    }
}

TEST_CASE("a lane whose filtered rate leaves its bounds is frozen when the filter says so") {
    Network n = spiking_network(1, 1, 1);
    n.populations[2].rate_start = 20;
    n.populations[2].rate_low = 5;
    const SpikeLists none(std::vector<std::vector<carve_spike>>(2));
    Sim sim(n);
    CHECK(sim.freezes(none.streams(), 20000)); // silent: r = 20 e^(-t)
    CHECK(std::fabs(double(sim.frozen(0)) - std::log(4) * 1e4) < 2);
    n.populations[2].rate_low = 0;
    n.populations[2].rate_high = 60;
    n.populations[2].drive = 0.1;
    n.populations[2].t_ref = 0.01; // nearly 100 Hz: 20 + 80 (1 - e^-t) passes 60 after ln 2
    Sim fast(n);
    CHECK(fast.freezes(none.streams(), 20000));
    CHECK(double(fast.frozen(0)) * 1e-4 == doctest::Approx(std::log(2)).epsilon(0.4));
}

TEST_CASE("a recorder that is full counts what it loses and is never written beyond") {
    Network n = spiking_network(1, 1, 1);
    n.populations[2].drive = 1;
    const SpikeLists none(std::vector<std::vector<carve_spike>>(2));
    std::vector<carve_spike> buffer(8, carve_spike{77, 7, 7, 7, 7});
    carve_recorder r{};
    r.struct_size = sizeof r;
    r.spikes = buffer.data();
    r.capacity = 5;
    Sim sim(n);
    REQUIRE(support::step(sim.get(), none.streams(), 1000, &r) == CARVE_OK);
    const double count = Array(sim.get(), CARVE_VIEW_SPIKE_COUNTS, 2).get(0);
    CHECK(r.n_written == 5);
    CHECK(double(r.n_lost) == count - 5);
    CHECK(buffer[5].step == 77);
    r.n_read = 3;
    REQUIRE(support::step(sim.get(), none.streams(), 1000, &r) == CARVE_OK);
    CHECK(r.n_written == 8);
    CHECK(buffer[2].step >= 1000); // the ring goes round
    CHECK(buffer[5].step == 77);
    r.n_read = 9;
    CHECK(support::step(sim.get(), none.streams(), 1, &r) == CARVE_E_RANGE);
    r.n_read = 0;
    r.struct_size = 8;
    CHECK(support::step(sim.get(), none.streams(), 1, &r) == CARVE_E_VERSION);
    Network rates = support::single_layer(2, 1);
    Sim other(rates);
    CHECK(support::step(other.get(), {}, 1, &r) == CARVE_E_UNAVAILABLE);
}

TEST_CASE("streamed spikes that are not sorted or name no unit are refused before any step") {
    Network n = spiking_network(3, 3, 1);
    Sim sim(n);
    const auto refused = [&](std::vector<carve_spike> list) {
        const std::vector<std::vector<carve_spike>> both{std::move(list), {}};
        return sim.step(SpikeLists(both).streams(), 10);
    };
    CHECK(refused({{3, 0, 3, 0, 1}}) == CARVE_E_RANGE);
    CHECK(refused({{3, 0, 1, 0, 1}, {2, 0, 1, 0, 1}}) == CARVE_E_RANGE);
    CHECK(refused({{3, 0, 1, 0, 1}, {3, 0, 1, 0, 1}}) == CARVE_E_RANGE);
    CHECK(refused({{3, 0, 1, 1, 1}}) == CARVE_E_RANGE);
    CHECK(refused({{3, 0, 1, 0, 2}}) == CARVE_E_RANGE);
    CHECK(refused({{3, 0, 1, 0, 0}}) == CARVE_E_RANGE);
    CHECK(sim.step({}, 10) == CARVE_E_RANGE);
    CHECK(sim.info().steps == 0);
    CHECK(refused({{3, 0, 1, 0, 1}, {900, 0, 7, 0, 1}}) == CARVE_OK); // not in these steps
}

TEST_CASE("a loss that is no function of the weights has no slopes, and none are written") {
    Network n = spiking_network(8, 8, 1);
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    for (std::size_t k = 0; k < 2; ++k) {
        n.populations[k].n_groups = 4;
        n.projections[k].tuning = 1;
    }
    SpikingScenario s = fill_scenario(n, 3, 100);
    Sim sim(s.network);
    load(sim, s);
    REQUIRE(sim.step(SpikeLists(s.spikes).streams(), 100) == CARVE_OK);
    carve_loss loss;
    REQUIRE(carve_loss_init(&loss, sizeof loss) == CARVE_OK);
    for (const std::uint32_t kind : {CARVE_LOSS_RATE, CARVE_LOSS_TUNING}) {
        CAPTURE(kind);
        loss.kind = kind;
        loss.population = kind == CARVE_LOSS_RATE ? 2 : 0;
        loss.other = kind == CARVE_LOSS_TUNING ? 1 : 0;
        std::vector<double> value(n.model.n_replicas, -7), slopes(8 * n.model.n_replicas, -7);
        REQUIRE(carve_sim_loss(sim.get(), &loss, value.data(), nullptr, nullptr) == CARVE_OK);
        std::fill(value.begin(), value.end(), -7);
        CHECK(carve_sim_loss_slopes(sim.get(), &loss, value.data(), slopes.data(), nullptr) ==
              CARVE_E_UNAVAILABLE);
        CHECK(value == std::vector<double>(value.size(), -7));
        CHECK(slopes == std::vector<double>(slopes.size(), -7));
    }
}

TEST_CASE("the window of a score is its first step to the one before its last bound") {
    Network n = spiking_network(4, 4, 1);
    n.populations[2].drive = 0.02; // spikes regularly
    n.populations[2].rate_start = 15;
    n.projections[0].gain = n.projections[1].gain = 0.001;
    n.projections[0].tuning = 1;
    const std::uint64_t steps = 1500, all = ~std::uint64_t(0);
    SpikingScenario s = fill_scenario(n, 2, steps);
    s.spikes[0].clear();
    for (std::uint64_t t = 0; t < steps; ++t) // unit 1 in every step
        s.spikes[0].push_back({t, 0, 1, 0, 1});
    Sim free(s.network);
    load(free, s);
    const std::vector<carve_spike> spikes = record(free, s, steps)[0];
    REQUIRE(spikes.size() > 3);
    const std::uint64_t spike = spikes[2].step;
    const std::uint64_t windows[][2] = {{0, all},      {0, spike},        {0, spike + 1},
                                        {spike, 1400}, {spike + 1, 1400}, {700, 701},
                                        {512, 1024}};
    for (const auto& window : windows) {
        CAPTURE(window[0]);
        CAPTURE(window[1]);
        Sim sim(s.network);
        load(sim, s);
        carve_view v;
        REQUIRE(carve_sim_view(sim.get(), CARVE_VIEW_WINDOW, 2, &v, nullptr) == CARVE_OK);
        std::copy(window, window + 2, static_cast<std::uint64_t*>(v.data));
        REQUIRE(sim.step(SpikeLists(s.spikes).streams(), steps) == CARVE_OK);
        const flat::Population& p = s.network.populations[2];
        double rate = p.rate_start, sum = 0, counted = 0, scored = 0;
        for (std::uint64_t t = 0; t < steps; ++t) {
            const bool fired = std::any_of(spikes.begin(), spikes.end(),
                                           [=](const carve_spike& k) { return k.step == t; });
            rate = rate * std::exp(-s.network.model.dt / p.rate_tau) + fired / p.rate_tau;
            if (t < window[0] || t >= window[1])
                continue;
            sum += (rate - p.rate_target) * (rate - p.rate_target) / (rate + p.rate_offset);
            counted += fired;
            scored += 1;
        }
        carve_loss loss;
        REQUIRE(carve_loss_init(&loss, sizeof loss) == CARVE_OK);
        loss.kind = CARVE_LOSS_RATE;
        loss.population = 2;
        double value = 0;
        REQUIRE(carve_sim_loss(sim.get(), &loss, &value, nullptr, nullptr) == CARVE_OK);
        CHECK(value == doctest::Approx(sum / scored).epsilon(1e-6));
        CHECK(Array(sim.get(), CARVE_VIEW_SPIKE_COUNTS, 2).get(0) == counted);
        const double transmitted = Array(sim.get(), CARVE_VIEW_TRANSMITTED, 0).get(0);
        CHECK(transmitted == doctest::Approx(0.001 * s.weights[0][0][1] * scored).epsilon(1e-6));
    }
}

TEST_CASE("tuning is the correlation of what the groups transmitted") {
    Network n = spiking_network(8, 8, 1);
    for (int k = 0; k < 2; ++k) {
        n.populations[std::size_t(k)].n_groups = 4;
        n.projections[std::size_t(k)].tuning = 1;
        n.make_static(std::size_t(k));
    }
    n.model.n_replicas = 2;
    SpikingScenario s = fill_scenario(n, 3, 2000);
    Sim sim(s.network);
    load(sim, s);
    REQUIRE(sim.step(SpikeLists(s.spikes).streams(), 2000) == CARVE_OK);
    carve_loss loss;
    REQUIRE(carve_loss_init(&loss, sizeof loss) == CARVE_OK);
    loss.kind = CARVE_LOSS_TUNING;
    loss.projection = 0;
    loss.other = 1;
    double value[2];
    REQUIRE(carve_sim_loss(sim.get(), &loss, value, nullptr, nullptr) == CARVE_OK);
    for (std::size_t l = 0; l < 2; ++l) {
        double sums[2][4] = {}, gains[2] = {0.5, 0.3};
        for (std::size_t p = 0; p < 2; ++p)
            for (const carve_spike& spike : s.spikes[p])
                sums[p][spike.unit / 2] += gains[p] * s.weights[l][p][spike.unit];
        double mean[2] = {}, ab = 0, aa = 0, bb = 0;
        for (std::size_t p = 0; p < 2; ++p)
            for (std::size_t g = 0; g < 4; ++g) {
                CHECK(Array(sim.get(), CARVE_VIEW_TRANSMITTED, std::uint32_t(p)).get(l, 0, g) ==
                      doctest::Approx(sums[p][g]));
                mean[p] += sums[p][g] / 4;
            }
        for (std::size_t g = 0; g < 4; ++g) {
            ab += (sums[0][g] - mean[0]) * (sums[1][g] - mean[1]);
            aa += (sums[0][g] - mean[0]) * (sums[0][g] - mean[0]);
            bb += (sums[1][g] - mean[1]) * (sums[1][g] - mean[1]);
        }
        CHECK(value[l] == doctest::Approx(1 - ab / std::sqrt(aa * bb)));
    }
}

TEST_SUITE_END();
