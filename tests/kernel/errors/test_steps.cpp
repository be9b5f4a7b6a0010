// What carve_sim_step and carve_sim_clear take and refuse, in words.
#include "reference/spiking/scenario.hpp"

#include <functional>
#include <memory>

using namespace reference;
using support::Network;
using support::Sim;

namespace {

struct Wrong {
    std::string sentence; // begins so
    carve_status status;
    std::function<void(carve_step&, carve_stream&)> damage;
};

// Each step that is refused leaves its sentence, and a block as it was.
void check_refused(Sim& sim, const carve_step& good, const std::vector<Wrong>& cases) {
    for (const Wrong& wrong : cases) {
        CAPTURE(wrong.sentence);
        carve_step step = good;
        carve_stream stream = good.inputs[0];
        step.inputs = &stream;
        wrong.damage(step, stream);
        support::Hash before, after;
        before.add(sim.block().data(), sim.block().size());
        carve_fault fault;
        CHECK(carve_sim_step(sim.get(), &step, &fault) == wrong.status);
        CHECK(support::sentence(fault).compare(0, wrong.sentence.size(), wrong.sentence) == 0);
        after.add(sim.block().data(), sim.block().size());
        CHECK(before.value() == after.value());
    }
    CHECK(carve_sim_step(sim.get(), &good, nullptr) == CARVE_OK);
}

const std::vector<Wrong> kOfAnyStep{
    {"struct_size is 47; it must be", CARVE_E_VERSION,
     [](carve_step& s, carve_stream&) { s.struct_size = 47; }},
    {"struct_size is 4097; it must be", CARVE_E_VERSION,
     [](carve_step& s, carve_stream&) { s.struct_size = 4097; }},
    {"n_steps is 41; it must not lead beyond max_steps", CARVE_E_RANGE,
     [](carve_step& s, carve_stream&) { s.n_steps = 41; }},
    {"n_steps is 1.84467e+19; it must not", CARVE_E_RANGE,
     [](carve_step& s, carve_stream&) { s.n_steps = ~std::uint64_t(0); }},
    {"n_inputs is 0; it must be the number", CARVE_E_RANGE,
     [](carve_step& s, carve_stream&) { s.n_inputs = 0; }},
    {"n_inputs is 2; it must be the number", CARVE_E_RANGE,
     [](carve_step& s, carve_stream&) { s.n_inputs = 2; }},
    {"inputs is null; it must not be", CARVE_E_NULL,
     [](carve_step& s, carve_stream&) { s.inputs = nullptr; }},
    {"inputs[0].layout is 1; it must be CARVE_STREAM_BLOCKS (0)", CARVE_E_RANGE,
     [](carve_step&, carve_stream& x) { x.layout = 1; }},
    {"inputs[0].data is null; it must not be null", CARVE_E_NULL,
     [](carve_step&, carve_stream& x) { x.data = nullptr; }},
    {"plastic is 2; it must be 0 or 1", CARVE_E_RANGE,
     [](carve_step& s, carve_stream&) { s.plastic = 2; }},
    {"half is 1; it must be CARVE_STEP_WHOLE (0)", CARVE_E_RANGE,
     [](carve_step& s, carve_stream&) { s.half = 1; }},
    {"first_replica is 1; it must be 0", CARVE_E_RANGE,
     [](carve_step& s, carve_stream&) { s.first_replica = 1; }},
    {"n_replicas is 2; it must be 0", CARVE_E_RANGE,
     [](carve_step& s, carve_stream&) { s.n_replicas = 2; }}};

// The arrays of a spiking sim that belong to a part.
struct PartView {
    std::uint32_t part, which, index;
};
const PartView kPartViews[] = {{CARVE_PART_ACTIVITY, CARVE_VIEW_VOLTAGES, 2},
                               {CARVE_PART_ACTIVITY, CARVE_VIEW_CONDUCTANCES, 2},
                               {CARVE_PART_TRACES, CARVE_VIEW_PRE_TRACES, 1},
                               {CARVE_PART_TRACES, CARVE_VIEW_POST_TRACES, 1},
                               {CARVE_PART_WEIGHTS, CARVE_VIEW_WEIGHTS, 1},
                               {CARVE_PART_WEIGHTS, CARVE_VIEW_SENSITIVITIES, 1},
                               {CARVE_PART_MEASURES, CARVE_VIEW_SPIKE_COUNTS, 2},
                               {CARVE_PART_MEASURES, CARVE_VIEW_FILTERED_RATE, 2}};

std::vector<double> values(const Sim& sim, const PartView& v) {
    std::vector<double> all;
    for (std::uint32_t l = 0; l < sim.network().model.n_replicas; ++l) {
        const std::vector<double> lane = support::Array(sim.get(), v.which, v.index).lane(l);
        all.insert(all.end(), lane.begin(), lane.end());
    }
    return all;
}

SpikingScenario differentiated() {
    Network n = spiking_network(20, 8, 1);
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.n_replicas = 3;
    n.projections[1].w_sd = 0.1;
    n.projections[1].w_mean = 1;
    n.populations[2].drive = 0.05; // V: it spikes
    n.projections[1].gain = 0.03;
    return fill_scenario(n, 3, 1280, 60);
}

} // namespace

TEST_SUITE_BEGIN("steps");

TEST_CASE("a step of rates that can't be taken is refused by the name of what is wrong") {
    Network n = support::single_layer(3, 1);
    n.model.max_steps = 40;
    n.model.n_replicas = 5;
    Sim sim(n);
    const support::Packed input(n, 0, 8, [](auto...) { return 0.5; });
    const std::vector<carve_stream> inputs{input.stream()};
    std::vector<Wrong> cases = kOfAnyStep;
    const std::string length = "must be the number of values";
    for (const std::int64_t by : {-1, 1})
        cases.push_back({"inputs[0].length is " + std::to_string(8 * 3 * 8 + by) + "; it " + length,
                         CARVE_E_RANGE, [by](carve_step&, carve_stream& x) {
                             x.length = std::uint64_t(std::int64_t(x.length) + by);
                         }});
    for (const std::uint32_t type :
         {std::uint32_t(CARVE_F32), std::uint32_t(CARVE_U64), std::uint32_t(CARVE_SPIKES)})
        cases.push_back({"inputs[0].type is " + std::to_string(type) + "; it must be the model's",
                         CARVE_E_RANGE, [type](carve_step&, carve_stream& x) { x.type = type; }});
    carve_recorder recorder{};
    cases.push_back({"recorder is 0; it must be null", CARVE_E_UNAVAILABLE,
                     [&](carve_step& s, carve_stream&) { s.recorder = &recorder; }});
    check_refused(sim, support::steps(inputs, 8), cases);
}

TEST_CASE("a step of spikes that can't be taken is refused by the name of what is wrong") {
    Network n;
    n.population(CARVE_POPULATION_POISSON, 2);
    n.populations[0].source = CARVE_SOURCE_STREAMED;
    n.population(CARVE_POPULATION_LIF, 1);
    n.projection(0, 1, flat::kStatic);
    n.model.max_steps = 40;
    Sim sim(n);
    std::vector<carve_spike> spikes{{0, 0, 0, 0, 1}, {3, 0, 1, 0, 1}};
    std::vector<Wrong> cases = kOfAnyStep;
    cases.push_back({"inputs[0].type is 1; it must be CARVE_SPIKES (4)", CARVE_E_RANGE,
                     [](carve_step&, carve_stream& x) { x.type = CARVE_F64; }});
    const auto bad_spike = [&](const char* what, const carve_spike& second) {
        auto list = std::make_shared<std::vector<carve_spike>>(spikes);
        (*list)[1] = second;
        cases.push_back({std::string("inputs[0].data.spike is 1; it ") + what, CARVE_E_RANGE,
                         [list](carve_step&, carve_stream& x) { x.data = list->data(); }});
    };
    bad_spike("must be after the one before it", {0, 0, 0, 0, 1});
    bad_spike("must be of a unit", {3, 0, 2, 0, 1});
    bad_spike("must be of population 0", {3, 1, 1, 0, 1});
    bad_spike("must be of population 0, replica 0", {3, 0, 1, 1, 1});
    bad_spike("must be of population 0, replica 0 and count 1", {3, 0, 1, 0, 2});
    carve_spike room;
    carve_recorder recorder{sizeof(carve_recorder), 0, &room, 1, 0, 0, 0};
    const auto bad_recorder = [&](const char* what, carve_status status, carve_recorder r) {
        cases.push_back(
            {what, status, [r](carve_step& s, carve_stream&) mutable { s.recorder = &r; }});
    };
    carve_recorder bad = recorder;
    bad.capacity = 0;
    bad_recorder("recorder.capacity is 0; it must be at least 1", CARVE_E_RANGE, bad);
    bad = recorder;
    bad.n_read = 1;
    bad_recorder("recorder.n_read is 1; it must be at most", CARVE_E_RANGE, bad);
    bad = recorder;
    bad.spikes = nullptr;
    bad_recorder("recorder.spikes is null", CARVE_E_NULL, bad);
    bad = recorder;
    bad.struct_size = 8;
    bad_recorder("recorder.struct_size is 8", CARVE_E_VERSION, bad);
    check_refused(sim, support::steps({stream_of(spikes)}, 8), cases);
}

TEST_CASE("a part that is cleared is as after the reset, and all else as it was") {
    const SpikingScenario s = differentiated();
    for (std::uint32_t parts = 1; parts < 16; ++parts) {
        CAPTURE(parts);
        Network n = s.network;
        Sim sim(n), fresh(n);
        load(sim, s);
        load(fresh, s);
        for (Sim* const each : {&sim, &fresh})
            REQUIRE(carve_sim_reset(each->get(), 5, nullptr, nullptr) == CARVE_OK);
        REQUIRE(sim.step(SpikeLists(s.spikes).streams(), s.n_steps) == CARVE_OK);
        std::vector<std::vector<double>> expected;
        for (const PartView& v : kPartViews) {
            CAPTURE(v.which);
            CHECK(values(sim, v) != values(fresh, v)); // else nothing is seen
            expected.push_back(values(v.part & parts ? fresh : sim, v));
        }
        REQUIRE(carve_sim_clear(sim.get(), parts, nullptr) == CARVE_OK);
        for (std::size_t k = 0; k < expected.size(); ++k) {
            CAPTURE(k);
            CHECK(values(sim, kPartViews[k]) == expected[k]);
        }
        CHECK(sim.info().steps == s.n_steps); // time goes on
    }
}

TEST_CASE("a sim that has been cleared does what a new one does") {
    SpikingScenario s = differentiated();
    const std::uint64_t steps = 640; // spikes of the first half, and the same again later
    SpikingScenario twice = s;
    for (std::size_t k = 0; k < s.spikes.size(); ++k) {
        auto& once = s.spikes[k];
        once.erase(std::find_if(once.begin(), once.end(),
                                [&](const carve_spike& x) { return x.step >= steps; }),
                   once.end());
        twice.spikes[k] = once;
        for (carve_spike x : once) {
            x.step += steps;
            twice.spikes[k].push_back(x);
        }
    }
    Sim sim(s.network), fresh(s.network);
    load(sim, s);
    load(fresh, s);
    for (Sim* const each : {&sim, &fresh})
        REQUIRE(carve_sim_reset(each->get(), 5, nullptr, nullptr) == CARVE_OK);
    REQUIRE(sim.step(SpikeLists(twice.spikes).streams(), steps) == CARVE_OK);
    REQUIRE(carve_sim_clear(sim.get(), 15, nullptr) == CARVE_OK);
    REQUIRE(sim.step(SpikeLists(twice.spikes).streams(), steps) == CARVE_OK);
    REQUIRE(fresh.step(SpikeLists(s.spikes).streams(), steps) == CARVE_OK);
    for (const PartView& v : kPartViews)
        CHECK(values(sim, v) == values(fresh, v));
}

TEST_CASE(
    "a step that is not plastic changes no weight and no derivative, whatever has overflowed") {
    // 0 times what overflowed is not 0. From poisson units with a gradient, and between neurons.
    for (SpikingScenario s :
         {differentiated(), fill_scenario(everything(CARVE_F64, 5), 3, 1280, 60)}) {
        CAPTURE(s.network.model.gradient);
        Sim sim(s.network);
        load(sim, s);
        const SpikeLists lists(s.spikes);
        REQUIRE(sim.step(lists.streams(), s.n_steps / 2) == CARVE_OK);
        std::vector<PartView> kept;
        for (std::uint32_t k = 1; k < s.network.projections.size(); ++k)
            for (const std::uint32_t which : {CARVE_VIEW_PRE_TRACES, CARVE_VIEW_POST_TRACES,
                                              CARVE_VIEW_SENSITIVITIES, CARVE_VIEW_WEIGHTS}) {
                const PartView v{0, which, k};
                if (which == CARVE_VIEW_SENSITIVITIES && !s.network.model.gradient)
                    continue;
                for (std::uint32_t l = 0; l < s.network.model.n_replicas; ++l) {
                    const std::vector<double> infinite(
                        support::Array(sim.get(), which, k).lane(l).size(),
                        std::numeric_limits<double>::infinity());
                    if (which != CARVE_VIEW_WEIGHTS)
                        REQUIRE(carve_sim_write(sim.get(), which, k, l, infinite.data(),
                                                infinite.size(), nullptr) == CARVE_OK);
                }
                if (which == CARVE_VIEW_SENSITIVITIES || which == CARVE_VIEW_WEIGHTS)
                    kept.push_back(v);
            }
        std::vector<std::vector<double>> before;
        for (const PartView& v : kept)
            before.push_back(values(sim, v));
        const std::vector<carve_stream> streams = lists.streams();
        carve_step step = support::steps(streams, s.n_steps / 2);
        step.plastic = 0;
        REQUIRE(carve_sim_step(sim.get(), &step, nullptr) == CARVE_OK);
        CHECK(sim.info().n_frozen == 0);
        for (std::size_t k = 0; k < kept.size(); ++k) {
            CAPTURE(kept[k].which);
            CHECK(values(sim, kept[k]) == before[k]);
        }
    }
}

TEST_CASE("a call that is not plastic is one with a learning rate of 0") {
    // Between two that are, and not of whole segments of derivatives (64 steps).
    SpikingScenario s = differentiated();
    s.network.projections[1].w_min = -std::numeric_limits<double>::infinity(); // a bound clips
    s.network.projections[1].w_max = std::numeric_limits<double>::infinity();
    Network n = s.network;
    Sim paused(s.network), slow(n);
    const SpikeLists lists(s.spikes);
    const std::vector<carve_stream> streams = lists.streams();
    std::vector<double> of_initial_weights;
    for (Sim* const sim : {&paused, &slow}) {
        load(*sim, s);
        of_initial_weights = sim->weights(1).lane(0);
        for (const std::uint64_t n_steps : {200u, 77u, 531u}) {
            const bool pause = n_steps == 77;
            carve_step step = support::steps(streams, n_steps);
            step.plastic = !(pause && sim == &paused);
            const double eta = pause && sim == &slow ? 0 : s.network.projections[1].eta;
            for (std::uint32_t l = 0; l < s.network.model.n_replicas; ++l)
                REQUIRE(carve_sim_write(sim->get(), CARVE_VIEW_ETA, 1, l, &eta, 1, nullptr) ==
                        CARVE_OK);
            REQUIRE(carve_sim_step(sim->get(), &step, nullptr) == CARVE_OK);
        }
    }
    CHECK(paused.weights(1).lane(0) != of_initial_weights);
    for (const PartView& v : kPartViews)
        CHECK(values(paused, v) == values(slow, v));
}

TEST_CASE("frozen replicas stay frozen when parts are cleared") {
    Network n = support::single_layer(2, 1);
    n.model.n_replicas = 3;
    n.projections[0].w_sd = 1;
    Sim sim(n);
    const support::Packed input(n, 0, 1,
                                [](std::size_t l, auto...) { return l == 1 ? std::nan("") : 0.5; });
    CHECK(sim.freezes({input.stream()}, 1));
    REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_WEIGHTS | CARVE_PART_ACTIVITY, nullptr) ==
            CARVE_OK);
    CHECK(sim.frozen(1) == 1);
    for (std::size_t l = 0; l < 3; ++l) {
        CHECK(std::isnan(sim.weights(0).get(l)) == (l == 1));
        CHECK(std::isnan(sim.rates(1).get(l)) == (l == 1));
    }
    CHECK(sim.freezes({input.stream()}, 1));
    CHECK(sim.info().n_frozen == 1);
}

TEST_CASE("parts that there are not, and weights of an adjoint, are not cleared") {
    Network n = support::single_layer(2, 1);
    n.model.gradient = CARVE_GRADIENT_ADJOINT;
    n.model.max_steps = 10;
    Sim sim(n);
    carve_fault fault;
    for (const std::uint32_t parts : {0u, 16u, 31u}) {
        CHECK(carve_sim_clear(sim.get(), parts, &fault) == CARVE_E_RANGE);
        CHECK(std::string(fault.where) == "parts");
        CHECK(fault.value == parts);
    }
    CHECK(carve_sim_clear(sim.get(), CARVE_PART_WEIGHTS, &fault) == CARVE_E_UNAVAILABLE);
    CHECK(carve_sim_clear(sim.get(), CARVE_PART_ACTIVITY, &fault) == CARVE_OK);
    CHECK(carve_sim_clear(nullptr, CARVE_PART_ACTIVITY, &fault) == CARVE_E_NULL);
}

TEST_SUITE_END();
