// Losses that are refused.
#include "loss_fixture.hpp"

using namespace reference;
using support::Sim;

TEST_SUITE_BEGIN("loss");

TEST_CASE("a loss that is wrong for the sim is refused and writes nothing") {
    Scenario s = two_layers(CARVE_F64, 5, 3);
    Sim sim(s.network);
    const std::vector<double> target = targets(3, 5, 1, 1), d(15 * 5);
    const carve_loss good = make_loss(CARVE_LOSS_DISTANCE, target, true);
    std::vector<double> value(5, -7), gradient(25, -7);
    const auto status = [&](carve_loss loss) {
        const carve_status a =
            carve_sim_loss(sim.get(), &loss, value.data(), gradient.data(), nullptr);
        std::size_t n = 99;
        CHECK(carve_sim_residuals(sim.get(), &loss, &n, nullptr, nullptr, nullptr) == a);
        CHECK(n == 99);
        return a;
    };
    carve_loss bad = good;
    bad.kind = 6;
    CHECK(status(bad) == CARVE_E_RANGE);
    for (const std::uint32_t kind : {CARVE_LOSS_RATE, CARVE_LOSS_TUNING}) { // of spikes
        bad = good;
        bad.kind = kind;
        CHECK(status(bad) == CARVE_E_RANGE); // they have no target
        bad.target = nullptr;
        CHECK(status(bad) == CARVE_E_UNAVAILABLE);
        bad.target_shared = 0;
        CHECK(status(bad) == CARVE_E_RANGE);
    }
    bad = good;
    bad.population = 1;
    CHECK(status(bad) == CARVE_E_RANGE);
    bad = good;
    bad.other = 1;
    CHECK(status(bad) == CARVE_E_RANGE);
    bad = good;
    bad.projection = 2;
    CHECK(status(bad) == CARVE_E_RANGE);
    bad = good;
    bad.target_shared = 2;
    CHECK(status(bad) == CARVE_E_RANGE);
    bad = good;
    bad.target = nullptr;
    CHECK(status(bad) == CARVE_E_NULL);
    bad = good;
    bad.struct_size = 4;
    CHECK(status(bad) == CARVE_E_VERSION);
    CHECK(carve_sim_loss(sim.get(), nullptr, value.data(), nullptr, nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_loss(nullptr, &good, value.data(), nullptr, nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_loss(sim.get(), &good, nullptr, nullptr, nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_residuals(sim.get(), &good, nullptr, nullptr, nullptr, nullptr) ==
          CARVE_E_NULL);
    CHECK(carve_sim_chain(sim.get(), 0, nullptr, gradient.data(), nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_chain(sim.get(), 0, d.data(), nullptr, nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_chain(sim.get(), 2, d.data(), gradient.data(), nullptr) == CARVE_E_RANGE);

    s.network.model.gradient = CARVE_GRADIENT_NONE;
    Sim plain(s.network);
    CHECK(carve_sim_loss(plain.get(), &good, value.data(), gradient.data(), nullptr) ==
          CARVE_E_UNAVAILABLE);
    CHECK(carve_sim_chain(plain.get(), 0, d.data(), gradient.data(), nullptr) ==
          CARVE_E_UNAVAILABLE);
    for (const double x : value)
        CHECK(x == -7);
    for (const double x : gradient)
        CHECK(x == -7);
    CHECK(carve_sim_loss(plain.get(), &good, value.data(), nullptr, nullptr) == CARVE_OK);
}

TEST_CASE("a loss has a gradient if the weights that it is a function of are plastic") {
    // Those within the outputs are: only covariances of outputs depend on them.
    Network n = support::single_layer(3, 2);
    n.make_static(0);
    n.projection(1, 1, n.rule(flat::kTerms27));
    n.projections[1].connectivity = CARVE_CONNECT_LOWER;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.n_replicas = 1;
    Sim sim(n);
    const std::vector<double> target = targets(2, 3, 1, 1), moments{1, 0, 0, 0, 1, 0, 0, 0, 1};
    std::vector<double> value(1), gradient(sim.info().n_coefficients);
    for (const std::uint32_t kind : {CARVE_LOSS_DISTANCE, CARVE_LOSS_DISTANCE_SQUARED,
                                     CARVE_LOSS_SUBSPACE, CARVE_LOSS_DECORRELATION}) {
        CAPTURE(kind);
        const bool of_outputs = kind == CARVE_LOSS_DECORRELATION;
        const carve_loss loss = make_loss(kind, of_outputs ? moments : target, true);
        CHECK(carve_sim_loss(sim.get(), &loss, value.data(), nullptr, nullptr) == CARVE_OK);
        CHECK(carve_sim_loss(sim.get(), &loss, value.data(), gradient.data(), nullptr) ==
              (of_outputs ? CARVE_OK : CARVE_E_UNAVAILABLE));
    }
}

TEST_SUITE_END();
