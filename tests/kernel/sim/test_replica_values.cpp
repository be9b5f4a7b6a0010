// Learning rates, bounds and gains of each replica, and steps in which nothing learns. The oracle of a
// replica's own values is a sim whose model says them of all.
#include "reference/rates/random_scenario.hpp"
#include "reference/spiking/scenario.hpp"

using namespace reference;
using support::Array;
using support::Network;
using support::Sim;

namespace {

// Values of replica l, all exact in float.
double eta_of(const flat::Projection& p, std::size_t l) { return p.eta * (0.5 * double(l) - 0.5); }
double low_of(const flat::Projection& p, std::size_t l) { return p.w_min + 0.0625 * double(l); }
double high_of(const flat::Projection& p, std::size_t l) { return p.w_max - 0.0625 * double(l); }
double gain_of(const flat::Projection& p, std::size_t l) { return p.gain * (1 + 0.25 * double(l)); }

bool bounded(const flat::Projection& p) { return std::isfinite(p.w_min) || std::isfinite(p.w_max); }

Network said_by_the_model(Network n, std::size_t l) {
    for (std::size_t k = 0; k < n.projections.size(); ++k) {
        flat::Projection& p = n.projections[k];
        if (n.plastic(k)) {
            const double low = low_of(p, l), high = high_of(p, l);
            p.eta = eta_of(p, l);
            p.w_min = low;
            p.w_max = high;
        }
        if (n.model.dt > 0 && n.populations[p.post].kind == CARVE_POPULATION_LIF)
            p.gain = gain_of(p, l);
    }
    return n;
}
void write_values(const Sim& sim, std::size_t l) {
    const Network& n = sim.network();
    for (std::uint32_t k = 0; k < n.projections.size(); ++k) {
        const flat::Projection& p = n.projections[k];
        if (n.plastic(k)) {
            Array(sim.get(), CARVE_VIEW_ETA, k).set(eta_of(p, l), l);
            if (bounded(p)) {
                Array(sim.get(), CARVE_VIEW_BOUNDS, k).set(low_of(p, l), l, 0);
                Array(sim.get(), CARVE_VIEW_BOUNDS, k).set(high_of(p, l), l, 1);
            }
        }
        if (n.populations[p.post].kind == CARVE_POPULATION_LIF)
            Array(sim.get(), CARVE_VIEW_GAIN, k).set(gain_of(p, l), l);
    }
}

// The state of replica l after the scenario, where its values are written and where the model says them.
template <class Scene, class Go, class State>
void check_values(const Scene& s, Go go, State state) {
    Network network = s.network;
    Sim written(network);
    for (std::size_t l = 0; l < network.model.n_replicas; ++l)
        write_values(written, l);
    REQUIRE(carve_sim_reset(written.get(), 5, nullptr, nullptr) == CARVE_OK); // which they survive
    go(written);
    Sim plain(network); // whose replicas have what the model says
    REQUIRE(carve_sim_reset(plain.get(), 5, nullptr, nullptr) == CARVE_OK);
    go(plain);
    CHECK(plain.info().n_frozen < network.model.n_replicas);
    const std::size_t last = network.model.n_replicas - 1;
    CHECK(state(written, last) != state(plain, last)); // else nothing is seen
    for (std::size_t l = 0; l < network.model.n_replicas; ++l) {
        CAPTURE(l);
        Network said = said_by_the_model(network, l);
        Sim sim(said);
        REQUIRE(carve_sim_reset(sim.get(), 5, nullptr, nullptr) == CARVE_OK);
        go(sim);
        CHECK(state(written, l) == state(sim, l));
    }
}
void check_rates(const Scenario& s) {
    check_values(
        s,
        [&](Sim& sim) {
            load(sim, s);
            REQUIRE(run(sim, s) == CARVE_OK);
        },
        support::lane_hash);
}

Scenario layer(std::uint32_t units, std::uint32_t batch, std::uint64_t n_steps,
               std::uint32_t gradient, bool bounds, std::uint32_t n_post = 2) {
    Scenario s;
    s.network = support::single_layer(units, n_post);
    s.network.model.batch = batch;
    s.network.model.n_replicas = 5;
    s.network.model.gradient = gradient;
    s.network.projections[0].eta = 0.015625;
    if (bounds) {
        s.network.projections[0].w_min = -0.5;
        s.network.projections[0].w_max = 0.75;
    }
    s.n_steps = n_steps;
    support::Random r(units + batch);
    detail::fill(s, r);
    detail::fill_sources(s, r);
    return s;
}

SpikingScenario spikes(std::uint32_t gradient) {
    Network n = spiking_network(20, 8, 2);
    n.model.gradient = gradient;
    n.model.n_replicas = 5;
    n.populations[2].drive = 0.05; // V: it spikes
    n.projections[0].gain = 0.03125;
    n.projections[1].gain = 0.03125;
    return fill_scenario(n, 3, 1280, 60);
}

std::vector<double> all_of(const Sim& sim, std::uint32_t which, std::uint32_t index) {
    std::vector<double> all;
    for (std::size_t l = 0; l < sim.network().model.n_replicas; ++l) {
        const std::vector<double> lane = Array(sim.get(), which, index).lane(l);
        all.insert(all.end(), lane.begin(), lane.end());
    }
    return all;
}
carve_status step(const Sim& sim, const std::vector<carve_stream>& inputs, std::uint64_t n,
                  std::uint32_t plastic) {
    carve_step s = support::steps(inputs, n);
    s.plastic = plastic;
    return carve_sim_step(sim.get(), &s, nullptr);
}

} // namespace

TEST_SUITE_BEGIN("replica values");

TEST_CASE("a replica of rates with its own learning rate and bounds is as if the model said them") {
    for (const std::uint32_t gradient : {CARVE_GRADIENT_NONE, CARVE_GRADIENT_FORWARD})
        for (const std::uint32_t batch : {1u, 3u})
            for (const bool bounds : {false, true})
                for (const std::uint32_t units : {3u, 40u}) {
                    CAPTURE(gradient);
                    CAPTURE(batch);
                    CAPTURE(bounds);
                    CAPTURE(units);
                    check_rates(layer(units, batch, 70, gradient, bounds));
                }
}

TEST_CASE(
    "so is one in moment form, one whose lanes are afferents, and one of several steps at once") {
    for (const bool bounds : {false, true}) {
        Scenario moments = layer(5, 20, 30, CARVE_GRADIENT_FORWARD, bounds);
        moments.network.model.form = CARVE_FORM_MOMENTS;
        moments.network.populations[0].fixed = 1;
        check_rates(moments);
        Scenario wide = layer(37, 1, 70, CARVE_GRADIENT_FORWARD, bounds);
        wide.network.model.layout = CARVE_LAYOUT_AFFERENTS;
        check_rates(wide);
    }
    check_rates(layer(4, 1, 70, CARVE_GRADIENT_FORWARD, false, 1));
}

TEST_CASE("an adjoint's gradient is that of each replica's own learning rate and bounds") {
    const Scenario s = layer(6, 2, 40, CARVE_GRADIENT_ADJOINT, true);
    Network network = s.network;
    network.model.max_steps = 40;
    const std::vector<double> ones(12 * 5, 1.0);
    const auto gradient = [&](Sim& sim) {
        load(sim, s);
        REQUIRE(run(sim, s) == CARVE_OK);
        const Inputs inputs(sim.network(), s, 0, s.n_steps);
        const double* const slopes[] = {ones.data()};
        std::vector<double> out(27 * 5);
        REQUIRE(support::adjoint(sim.get(), inputs.streams(), s.n_steps, slopes, out.data()) ==
                CARVE_OK);
        return out;
    };
    Sim written(network);
    for (std::size_t l = 0; l < 5; ++l)
        write_values(written, l);
    const std::vector<double> seen = gradient(written);
    for (std::size_t l = 0; l < 5; ++l) {
        Network said = said_by_the_model(network, l);
        Sim sim(said);
        const std::vector<double> expected = gradient(sim);
        for (std::size_t k = 0; k < 27; ++k)
            CHECK(seen[k * 5 + l] == expected[k * 5 + l]);
    }
}

TEST_CASE(
    "a spiking replica with its own learning rate, bounds and gains is as if the model said them") {
    for (const std::uint32_t gradient : {CARVE_GRADIENT_NONE, CARVE_GRADIENT_FORWARD}) {
        const SpikingScenario s = spikes(gradient);
        check_values(
            s,
            [&](Sim& sim) {
                load(sim, s);
                REQUIRE(sim.step(SpikeLists(s.spikes).streams(), s.n_steps) == CARVE_OK);
            },
            lane_state);
    }
}

TEST_CASE("a reset clips weights to each replica's bounds") {
    Scenario s = layer(6, 1, 1, CARVE_GRADIENT_NONE, true);
    s.network.projections[0].w_sd = 2;
    check_values(
        s, [](Sim&) {}, support::lane_hash);
}

TEST_CASE(
    "in steps that are not plastic rates go on and neither weights nor sensitivities change") {
    for (const std::uint32_t batch : {1u, 4u, 20u})
        for (const std::uint32_t layout : {CARVE_LAYOUT_REPLICAS, CARVE_LAYOUT_AFFERENTS}) {
            if (layout == CARVE_LAYOUT_AFFERENTS && batch > 1)
                continue;
            CAPTURE(batch);
            Scenario s = layer(5, batch, 100, CARVE_GRADIENT_FORWARD, true);
            s.network.model.layout = layout;
            if (batch == 20) {
                s.network.model.form = CARVE_FORM_MOMENTS;
                s.network.populations[0].fixed = 1;
            }
            Network network = s.network;
            Sim sim(network);
            load(sim, s);
            const Inputs first(network, s, 0, 30), then(network, s, 30, 70);
            REQUIRE(step(sim, first.streams(), 30, 1) == CARVE_OK);
            Array(sim.get(), CARVE_VIEW_WEIGHTS, 0).set(3, 1); // beyond its bounds
            const std::vector<double> w = all_of(sim, CARVE_VIEW_WEIGHTS, 0);
            std::vector<std::vector<double>> sens;
            for (std::size_t l = 0; l < 5; ++l)
                sens.push_back(sim.sensitivities(0).lane(l));
            REQUIRE(step(sim, then.streams(), 70, 0) == CARVE_OK);
            CHECK(all_of(sim, CARVE_VIEW_WEIGHTS, 0) == w);
            for (std::size_t l = 0; l < 5; ++l)
                CHECK(sim.sensitivities(0).lane(l) == sens[l]);
            CHECK(sim.info().steps == 100);
            if (batch == 20)
                continue; // there are no rates
            for (std::size_t l = 0; l < 5; ++l)
                for (std::size_t i = 0; i < 2; ++i) {
                    double y = 0;
                    for (std::size_t j = 0; j < 5; ++j)
                        y += sim.weights(0).get(l, i, j) * s.input(0, l, 99, batch - 1, j);
                    CHECK(sim.rates(1).get(l, batch - 1, i) == doctest::Approx(y));
                }
        }
}

TEST_CASE(
    "synapses within a population, and a mask from the first update on, wait for a plastic step") {
    for (const std::uint32_t batch : {1u, 3u, 20u}) {
        CAPTURE(batch);
        Scenario s = layer(4, batch, 12, CARVE_GRADIENT_FORWARD, false);
        Network& n = s.network;
        n.projection(1, 1, n.rule());
        n.projections[1].connectivity = CARVE_CONNECT_LOWER;
        n.projections[1].inference = CARVE_INFERENCE_SWEEPS;
        n.projections[1].mask_from = CARVE_MASK_FROM_FIRST_UPDATE;
        n.projections[1].eta = 0.03125;
        if (batch == 20) {
            n.model.form = CARVE_FORM_MOMENTS;
            n.populations[0].fixed = 1;
        }
        s.weights.clear();
        s.theta.clear();
        support::Random r(6);
        detail::fill(s, r);
        Network network = n;
        Sim sim(network), twin(network);
        load(sim, s);
        load(twin, s);
        for (std::size_t l = 0; l < 5; ++l) // outside of the mask
            for (const Sim* const each : {&sim, &twin})
                each->weights(1).set(0.25, l, 0, 1);
        const auto lower = [](const Sim& of) { return all_of(of, CARVE_VIEW_WEIGHTS, 1); };
        const std::vector<double> w = lower(sim);
        const Inputs first(network, s, 0, 4), then(network, s, 4, 8), all(network, s, 0, 8);
        REQUIRE(step(sim, first.streams(), 4, 0) == CARVE_OK);
        CHECK(lower(sim) == w);
        REQUIRE(step(sim, then.streams(), 8, 1) == CARVE_OK);
        CHECK(lower(sim) != w);
        CHECK(sim.weights(1).get(2, 0, 1) == 0);
        // As a sim that had not taken the first steps, up to when weights are checked.
        const Inputs same(network, s, 4, 8);
        REQUIRE(step(twin, same.streams(), 8, 1) == CARVE_OK);
        CHECK(lower(sim) == lower(twin));
        for (std::size_t l = 0; l < 5; ++l)
            for (const std::uint32_t p : {0u, 1u})
                CHECK(sim.sensitivities(p).lane(l) == twin.sensitivities(p).lane(l));
    }
}

TEST_CASE("spiking sensitivities stay as they are in steps that are not plastic") {
    const SpikingScenario s = spikes(CARVE_GRADIENT_FORWARD);
    Network network = s.network;
    Sim sim(network);
    load(sim, s);
    const SpikeLists lists(s.spikes);
    REQUIRE(step(sim, lists.streams(), 640, 1) == CARVE_OK);
    Array(sim.get(), CARVE_VIEW_WEIGHTS, 1).set(7, 2); // beyond its bounds
    const std::vector<double> w = all_of(sim, CARVE_VIEW_WEIGHTS, 1),
                              sens = all_of(sim, CARVE_VIEW_SENSITIVITIES, 1);
    CHECK(std::count(sens.begin(), sens.end(), 0.0) < std::ptrdiff_t(sens.size()) / 2);
    REQUIRE(step(sim, lists.streams(), 640, 0) == CARVE_OK);
    CHECK(all_of(sim, CARVE_VIEW_WEIGHTS, 1) == w);
    CHECK(all_of(sim, CARVE_VIEW_SENSITIVITIES, 1) == sens);
    REQUIRE(sim.step(lists.streams(), 640) == CARVE_OK); // lists are of the first steps: silence
    CHECK(sim.info().steps == 1920);
}

TEST_CASE("spiking steps that are not plastic are those of a static projection, but traces go on") {
    for (const std::uint32_t gradient : {CARVE_GRADIENT_NONE, CARVE_GRADIENT_FORWARD}) {
        const SpikingScenario s = spikes(gradient);
        Network network = s.network, fixed = s.network;
        fixed.make_static(1);
        fixed.rules.clear();
        fixed.model.gradient = CARVE_GRADIENT_NONE;
        Sim sim(network), plain(fixed), learning(network);
        SpikingScenario without = s;
        without.network = fixed;
        load(sim, s);
        load(learning, s);
        load(plain, without);
        Array(sim.get(), CARVE_VIEW_WEIGHTS, 1).set(7, 2); // beyond its bounds
        Array(plain.get(), CARVE_VIEW_WEIGHTS, 1).set(7, 2);
        const std::vector<double> w = all_of(sim, CARVE_VIEW_WEIGHTS, 1);
        const SpikeLists lists(s.spikes);
        REQUIRE(step(sim, lists.streams(), s.n_steps, 0) == CARVE_OK);
        REQUIRE(plain.step(lists.streams(), s.n_steps) == CARVE_OK);
        REQUIRE(learning.step(lists.streams(), s.n_steps) == CARVE_OK);
        CHECK(all_of(sim, CARVE_VIEW_WEIGHTS, 1) == w);
        CHECK(all_of(learning, CARVE_VIEW_WEIGHTS, 1) != w);
        for (const std::uint32_t which :
             {CARVE_VIEW_VOLTAGES, CARVE_VIEW_CONDUCTANCES, CARVE_VIEW_SPIKE_COUNTS})
            CHECK(all_of(sim, which, 2) == all_of(plain, which, 2));
        CHECK(all_of(sim, CARVE_VIEW_PRE_TRACES, 1) == all_of(learning, CARVE_VIEW_PRE_TRACES, 1));
        if (gradient == CARVE_GRADIENT_FORWARD)
            for (const double x : all_of(sim, CARVE_VIEW_SENSITIVITIES, 1))
                CHECK(x == 0);
    }
}

TEST_CASE("bounds that the model does not give, and gains of rates, are no arrays") {
    Network rates = support::single_layer(2, 1);
    Sim sim(rates);
    carve_view v;
    carve_fault fault;
    CHECK(carve_sim_view(sim.get(), CARVE_VIEW_ETA, 0, &v, &fault) == CARVE_OK);
    CHECK(carve_sim_view(sim.get(), CARVE_VIEW_BOUNDS, 0, &v, &fault) == CARVE_E_UNAVAILABLE);
    CHECK(carve_sim_view(sim.get(), CARVE_VIEW_GAIN, 0, &v, &fault) == CARVE_E_UNAVAILABLE);
    rates.model.gradient = CARVE_GRADIENT_ADJOINT;
    rates.model.max_steps = 9;
    Sim adjoint(rates);
    const support::Packed input(rates, 0, 1, [](auto...) { return 0.5; });
    CHECK(step(adjoint, {input.stream()}, 1, 0) == CARVE_E_UNAVAILABLE);
}

TEST_SUITE_END();
