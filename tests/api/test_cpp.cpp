// The C++ header: the same sims as by the calls of carve.h, memory, copies, faults.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <carve.hpp>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace {

constexpr std::uint32_t kInputs = 3, kReplicas = 5, kSteps = 40;

// dw = eta (theta_0 y^2 w + theta_1 x y), with sensitivities.
carve::Model oja() {
    carve::Model model;
    model.settings.n_replicas = kReplicas;
    model.settings.gradient = CARVE_GRADIENT_FORWARD;
    auto inputs = carve::make<carve_population>();
    inputs.kind = CARVE_POPULATION_INPUT;
    inputs.n_units = kInputs;
    auto shared = carve::make<carve_input>();
    shared.shared = 1;
    auto projection = carve::make<carve_projection>();
    projection.pre = model.add(inputs, shared);
    projection.post = model.add(carve::make<carve_population>());
    projection.weights = {CARVE_WEIGHTS_NORMAL, 0, 0.2, 0.3};
    carve_term hebb{}, decay{};
    hebb.event = decay.event = CARVE_EVENT_STEP;
    hebb.pre = hebb.post = 1;
    decay.post = 2, decay.weight = 1;
    auto plasticity = carve::make<carve_plasticity>();
    auto rule = carve::make<carve_rule>();
    rule.shared = 0; // coefficients of each replica
    plasticity.rule = model.add_rule({decay, hebb}, rule);
    plasticity.eta = 0.1;
    CHECK(model.add(projection, {plasticity}) == 0);
    return model;
}

std::vector<double> inputs() {
    std::vector<double> x(kSteps * kInputs);
    carve::check(carve_random_normal(3, 0, 0, x.data(), x.size()));
    return x;
}

void run(carve::Sim& sim, const std::vector<double>& x) {
    for (std::uint32_t r = 0; r < kReplicas; ++r)
        sim.write(CARVE_VIEW_THETA, 0, r, {-1 - 0.1 * r, 1});
    sim.reset(7);
    sim.step(kSteps, {{CARVE_F64, CARVE_STREAM_BLOCKS, x.size(), x.data()}});
}

std::vector<double> weights(const carve::Sim& sim, std::uint32_t replica) {
    std::vector<double> w(kInputs);
    sim.read(CARVE_VIEW_WEIGHTS, 0, replica, w);
    return w;
}

// The weights of replica r by the equations alone.
std::vector<double> expected(std::vector<double> w, const std::vector<double>& x, double decay) {
    for (std::size_t t = 0; t < kSteps; ++t) {
        double y = 0;
        for (std::size_t j = 0; j < kInputs; ++j)
            y += w[j] * x[t * kInputs + j];
        for (std::size_t j = 0; j < kInputs; ++j)
            w[j] += 0.1 * (x[t * kInputs + j] * y + decay * y * y * w[j]);
    }
    return w;
}

TEST_CASE("a model that was built and moved about steps as the equations say") {
    std::optional<carve::Model> first(oja());
    const carve::Model model = *first; // what its parts point to lasts as long as it does
    first.reset();
    carve::Sim sim(model);
    CHECK(sim.bytes() == carve::Sim::required_bytes(model));
    const std::vector<double> x = inputs();
    sim.reset(7);
    std::vector<std::vector<double>> w0;
    for (std::uint32_t r = 0; r < kReplicas; ++r)
        w0.push_back(weights(sim, r));
    run(sim, x);
    CHECK(sim.info().n_replicas == kReplicas);
    CHECK(sim.info().steps == kSteps);
    for (std::uint32_t r = 0; r < kReplicas; ++r) {
        const std::vector<double> w = weights(sim, r), by_hand = expected(w0[r], x, -1 - 0.1 * r);
        const auto view = sim.view<double>(CARVE_VIEW_WEIGHTS);
        const std::size_t width = sim.info().lanes_per_block;
        for (std::size_t j = 0; j < kInputs; ++j) {
            CHECK(w[j] == doctest::Approx(by_hand[j]).epsilon(1e-12));
            CHECK(view(r / width, 0, j, r % width) == w[j]);
        }
    }
}

TEST_CASE("a copy is a sim of its own, and a moved one the same") {
    const std::vector<double> x = inputs();
    carve::Sim sim{oja()};
    carve::Sim copy = sim;
    run(copy, x);
    CHECK(sim.info().steps == 0);
    run(sim, x);
    CHECK(weights(sim, 4) == weights(copy, 4));
    const carve::Sim stored(sim.block(), sim.bytes());
    carve::Sim moved = std::move(copy);
    CHECK(weights(moved, 2) == weights(stored, 2));
    copy = stored; // what was moved from may be assigned to
    CHECK(weights(copy, 2) == weights(stored, 2));
}

TEST_CASE("memory of the caller's is used as it is") {
    const carve::Model model = oja();
    const std::size_t bytes = carve::Sim::required_bytes(model);
    std::vector<unsigned char> memory(bytes + CARVE_ALIGNMENT);
    void* aligned = memory.data();
    std::size_t space = memory.size();
    REQUIRE(std::align(CARVE_ALIGNMENT, bytes, aligned, space));
    const carve::Sim sim(model, aligned, bytes);
    CHECK(sim.block() == aligned);
    CHECK(carve::Sim(sim).block() != aligned);
    try {
        carve::Sim(model, aligned, bytes - 1);
        FAIL("too little memory was taken");
    } catch (const carve::Error& error) {
        CHECK(error.status() == CARVE_E_SPACE);
    }
}

TEST_CASE("losses and their gradients are those of the calls") {
    carve::Sim sim{oja()};
    run(sim, inputs());
    auto loss = carve::make<carve_loss>();
    const double target[kInputs] = {0.5, -0.5, 0.1};
    loss.target = target;
    std::vector<double> gradient, slopes(2 * kReplicas), values(kReplicas);
    const std::vector<double> found = sim.loss(loss, &gradient);
    carve::check(carve_sim_loss(sim.get(), &loss, values.data(), slopes.data(), nullptr));
    CHECK(found == values);
    CHECK(gradient == slopes);
    CHECK(sim.loss(loss) == values);
}

TEST_CASE("a call that fails throws what it says") {
    carve::Model model = oja();
    model.settings.n_replicas = 0;
    try {
        carve::Sim sim(model);
        FAIL("no replicas were taken");
    } catch (const carve::Error& error) {
        CHECK(error.status() == CARVE_E_RANGE);
        CHECK(std::string(error.what()).rfind("n_replicas is 0; it must be ", 0) == 0);
        CHECK(std::string(error.fault().where) == "n_replicas");
    }
    carve::Sim sim{oja()};
    CHECK_THROWS_AS(sim.step(1), carve::Error);
    CHECK_THROWS_AS(sim.view<float>(CARVE_VIEW_WEIGHTS), std::invalid_argument);
    CHECK_THROWS_AS(sim.view<std::uint32_t>(CARVE_VIEW_FROZEN), std::invalid_argument);
    CHECK_NOTHROW(sim.view<std::uint64_t>(CARVE_VIEW_FROZEN));
    std::vector<double> few(kInputs - 1);
    CHECK_THROWS_AS(sim.read(CARVE_VIEW_WEIGHTS, 0, 0, few), carve::Error);
    CHECK_THROWS_AS(carve::check(CARVE_E_NULL), carve::Error);
    CHECK(std::string(carve::Error(CARVE_E_NULL, {}).what()) == carve_status_string(CARVE_E_NULL));
}

TEST_CASE("every struct with an init has its defaults") {
    carve_lif lif;
    REQUIRE(carve_lif_init(&lif, sizeof lif) == CARVE_OK);
    const auto made = carve::make<carve_lif>();
    CHECK(made.tau_m == lif.tau_m);
    CHECK(made.struct_size == sizeof lif);
    CHECK(carve::make<carve_step>().plastic == 1);
    CHECK(carve::make<carve_if>().struct_size == sizeof(carve_if));
}

} // namespace
