// Losses (M10), their gradients, residuals and Jacobians (M8), against the reference in dual
// numbers and against finite differences.
#include "loss_fixture.hpp"
#include "reference/loss.hpp"
#include "reference/rates/random_scenario.hpp"

using namespace reference;
using support::relative_error;
using support::Sim;
using support::tolerance;

namespace {

std::vector<double> of_lane(const std::vector<double>& all, std::size_t lane,
                            std::size_t n_replicas) {
    std::vector<double> one;
    for (std::size_t i = lane; i < all.size(); i += n_replicas)
        one.push_back(all[i]);
    return one;
}

// The sim's own weights and sensitivities as dual numbers: the loss alone is under test.
std::vector<Dual<double>> dual_weights(const Sim& sim, std::size_t lane, std::uint32_t p = 0) {
    const std::vector<double> w = sim.weights(p).lane(lane);
    std::vector<Dual<double>> out(w.begin(), w.end());
    if (!sim.network().plastic(p))
        return out;
    const std::vector<double> s = sim.sensitivities(p).lane(lane);
    const std::size_t n = sim.network().n_coefficients();
    out.clear();
    for (std::size_t e = 0; e < w.size(); ++e)
        out.emplace_back(w[e], std::vector<double>(s.begin() + std::ptrdiff_t(e * n),
                                                   s.begin() + std::ptrdiff_t(e * n + n)));
    return out;
}

// A linear layer on streamed inputs with some lateral projection, or none.
Scenario decorrelating(std::uint64_t seed) {
    support::Random r(seed);
    Scenario s;
    Network& n = s.network;
    n = support::single_layer(r.between(1, 6), r.between(2, 5), CARVE_ACTIVATION_LINEAR,
                              flat::term(1, 1, 0) | flat::term(0, 2, 1) | flat::term(1, 0, 0));
    if (r.chance(0.9)) {
        detail::add_lateral(n, r, 1);
        flat::Projection& within = n.projections[1];
        if (within.mask_from == CARVE_MASK_FROM_FIRST_UPDATE || r.chance(0.8))
            within.rule = n.rule(flat::term(1, 1, 0) | flat::term(0, 0, 1));
        if (n.plastic(1) && r.chance(0.2))
            n.projections[0].rule = flat::kStatic;
    }
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.n_replicas = 5;
    s.n_steps = r.below(7);
    detail::fill(s, r);
    detail::fill_sources(s, r);
    return s;
}

// Second moments of some samples, [unit][unit][lane]
std::vector<double> second_moments(std::size_t n, std::size_t n_replicas, std::uint64_t seed) {
    support::Random r(seed);
    std::vector<double> all(n * n * n_replicas, 0);
    std::vector<double> x(n);
    for (std::size_t lane = 0; lane < n_replicas; ++lane)
        for (int sample = 0; sample < 7; ++sample) {
            for (double& v : x)
                v = r.normal();
            for (std::size_t e = 0; e < n * n; ++e)
                all[e * n_replicas + lane] += x[e / n] * x[e % n] / 7;
        }
    return all;
}

constexpr std::uint32_t kKinds[] = {CARVE_LOSS_DISTANCE, CARVE_LOSS_DISTANCE_SQUARED,
                                    CARVE_LOSS_SUBSPACE};

} // namespace

TEST_SUITE_BEGIN("loss");

TEST_CASE_TEMPLATE("losses and gradients equal the reference", Real, float, double) {
    for (const std::uint32_t isa : support::usable_isas())
        for (const auto& shape :
             {std::pair<std::uint32_t, std::uint32_t>{1, 1}, {6, 1}, {5, 3}, {9, 4}})
            for (const std::uint32_t kind : kKinds)
                for (const bool shared : {false, true}) {
                    CAPTURE(isa);
                    CAPTURE(kind);
                    CAPTURE(shared);
                    if (kind == CARVE_LOSS_SUBSPACE && shape.first == shape.second)
                        continue; // all of the space: 0 whatever the weights
                    Scenario s =
                        two_layers(support::precision_of<Real>(), shape.first, shape.second);
                    s.network.model.isa = isa;
                    Sim sim(s.network);
                    load(sim, s);
                    REQUIRE(run(sim, s) == CARVE_OK);
                    const std::size_t lanes = 5, n = s.network.n_coefficients();
                    const std::vector<double> target =
                        targets(shape.second, shape.first, shared ? 1 : lanes, 8);
                    const carve_loss loss = make_loss(kind, target, shared);
                    std::vector<double> value(lanes), gradient(n * lanes);
                    REQUIRE(carve_sim_loss(sim.get(), &loss, value.data(), gradient.data(),
                                           nullptr) == CARVE_OK);
                    for (std::size_t l = 0; l < lanes; ++l) {
                        const auto want = reference::loss(
                            kind, dual_weights(sim, l), shared ? target : of_lane(target, l, lanes),
                            shape.second, shape.first);
                        CHECK(value[l] ==
                              doctest::Approx(want.value).epsilon(tolerance<double>(2e3)));
                        CHECK(relative_error(of_lane(gradient, l, lanes), want.partials) <=
                              tolerance<double>(1e4));
                    }
                    std::vector<double> alone(lanes);
                    REQUIRE(carve_sim_loss(sim.get(), &loss, alone.data(), nullptr, nullptr) ==
                            CARVE_OK);
                    CHECK(alone == value);
                    std::vector<double> slopes(std::size_t(shape.first) * shape.second * lanes),
                        chained(n * lanes);
                    REQUIRE(carve_sim_loss_slopes(sim.get(), &loss, alone.data(), slopes.data(),
                                                  nullptr) == CARVE_OK);
                    CHECK(alone == value);
                    REQUIRE(carve_sim_chain(sim.get(), 0, slopes.data(), chained.data(), nullptr) ==
                            CARVE_OK);
                    CHECK(relative_error(chained, gradient) <= tolerance<double>(1e3));
                }
}

TEST_CASE("the decorrelation loss sees the effective weights of every inference") {
    const auto isas = support::usable_isas();
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Scenario s = decorrelating(seed);
        INFO(describe(s.network));
        s.network.model.isa = isas[seed % isas.size()];
        Sim sim(s.network);
        load(sim, s);
        REQUIRE(run(sim, s) == CARVE_OK);
        const std::size_t n_post = s.network.n_post(0), n_pre = s.network.n_pre(0), lanes = 5,
                          coefficients = s.network.n_coefficients();
        const bool shared = seed % 2 == 0, lateral = s.network.projections.size() > 1;
        const std::vector<double> target = second_moments(n_pre, shared ? 1 : lanes, seed);
        const carve_loss loss = make_loss(CARVE_LOSS_DECORRELATION, target, shared);
        std::vector<double> value(lanes), gradient(coefficients * lanes);
        REQUIRE(carve_sim_loss(sim.get(), &loss, value.data(), gradient.data(), nullptr) ==
                CARVE_OK);
        std::size_t n = 0;
        REQUIRE(carve_sim_residuals(sim.get(), &loss, &n, nullptr, nullptr, nullptr) == CARVE_OK);
        REQUIRE(n == n_post * (n_post - 1) / 2);
        std::vector<double> residuals(n * lanes), jacobian(n * coefficients * lanes);
        REQUIRE(carve_sim_residuals(sim.get(), &loss, &n, residuals.data(), jacobian.data(),
                                    nullptr) == CARVE_OK);
        for (std::size_t l = 0; l < lanes; ++l) {
            const auto m = lateral ? dual_weights(sim, l, 1) : std::vector<Dual<double>>();
            const auto a = effective_weights(dual_weights(sim, l), m, s.network.projections.back(),
                                             n_post, n_pre);
            const auto pairs =
                covariances(a, shared ? target : of_lane(target, l, lanes), n_post, n_pre);
            REQUIRE(pairs.size() == n);
            Dual<double> mean(0.0);
            for (std::size_t q = 0; q < n; ++q) {
                mean = mean + pairs[q] * pairs[q] / Dual<double>(double(n));
                CHECK(residuals[q * lanes + l] ==
                      doctest::Approx(pairs[q].value).epsilon(tolerance<double>(1e5)));
                for (std::size_t k = 0; k < coefficients; ++k)
                    CHECK(jacobian[(q * coefficients + k) * lanes + l] ==
                          doctest::Approx(pairs[q].partial(k)).epsilon(tolerance<double>(1e5)));
            }
            CHECK(value[l] == doctest::Approx(mean.value).epsilon(tolerance<double>(1e5)));
            for (std::size_t k = 0; k < coefficients; ++k)
                CHECK(gradient[k * lanes + l] ==
                      doctest::Approx(mean.partial(k)).epsilon(tolerance<double>(1e5)));
        }
    }
}

TEST_CASE("the decorrelation loss is refused where outputs have no covariance") {
    const auto status = [](Network n, std::uint32_t projection) {
        Sim sim(n);
        const std::vector<double> target(64, 0.5);
        carve_loss loss = make_loss(CARVE_LOSS_DECORRELATION, target, true);
        loss.projection = projection;
        double value = -7;
        const carve_status s = carve_sim_loss(sim.get(), &loss, &value, nullptr, nullptr);
        CHECK((value == -7) == (s != CARVE_OK));
        return s;
    };
    CHECK(status(support::single_layer(3, 2), 0) == CARVE_OK);
    CHECK(status(support::single_layer(3, 16), 0) == CARVE_OK);
    CHECK(status(support::single_layer(3, 17), 0) == CARVE_E_RANGE);
    CHECK(status(support::single_layer(3, 1), 0) == CARVE_E_RANGE);
    CHECK(status(support::single_layer(3, 2, CARVE_ACTIVATION_TANH), 0) == CARVE_E_UNAVAILABLE);
    Network lateral = support::single_layer(3, 2);
    lateral.projection(1, 1, flat::kStatic);
    lateral.projections[1].connectivity = CARVE_CONNECT_LOWER;
    CHECK(status(lateral, 0) == CARVE_OK);
    CHECK(status(lateral, 1) == CARVE_E_RANGE);
}

TEST_CASE("the gradient is the slope of the loss") {
    for (const std::uint32_t kind : kKinds) {
        CAPTURE(kind);
        Scenario s = two_layers(CARVE_F64, 5, 2);
        const std::vector<double> target = targets(2, 5, 1, 3);
        const carve_loss loss = make_loss(kind, target, true);
        const auto value_at = [&](std::size_t rule, std::size_t term, double h,
                                  std::vector<double>* gradient) {
            Scenario moved = s;
            for (auto& lane : moved.theta)
                lane[rule][term] += h;
            Sim sim(moved.network);
            load(sim, moved);
            REQUIRE(run(sim, moved) == CARVE_OK);
            std::vector<double> value(5);
            REQUIRE(carve_sim_loss(sim.get(), &loss, value.data(),
                                   gradient ? gradient->data() : nullptr, nullptr) == CARVE_OK);
            return value;
        };
        std::vector<double> gradient(5 * 5);
        value_at(0, 0, 0, &gradient);
        std::size_t k = 0;
        for (std::size_t r = 0; r < 2; ++r)
            for (std::size_t t = 0; t < s.theta[0][r].size(); ++t, ++k) {
                const double h = 1e-4;
                const auto p1 = value_at(r, t, h, nullptr), m1 = value_at(r, t, -h, nullptr),
                           p2 = value_at(r, t, 2 * h, nullptr),
                           m2 = value_at(r, t, -2 * h, nullptr);
                for (std::size_t l = 0; l < 5; ++l) {
                    const double slope = (8 * (p1[l] - m1[l]) - (p2[l] - m2[l])) / (12 * h);
                    CHECK(gradient[k * 5 + l] == doctest::Approx(slope).epsilon(1e-8));
                }
            }
        CHECK(k == 5);
    }
}

TEST_CASE("the better sign of a row counts, and it is plus for a weight across the target") {
    Network n = support::single_layer(2, 2);
    Sim sim(n);
    const double w[2][2] = {{-0.8, 0.1}, {0, 0.5}};
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t j = 0; j < 2; ++j)
            sim.weights(0).set(w[i][j], 0, i, j);
    const std::vector<double> target{1, 0, 1, 0};
    double value = 0, residuals[4];
    std::size_t count = 0;
    carve_loss loss = make_loss(CARVE_LOSS_DISTANCE, target, true);
    REQUIRE(carve_sim_loss(sim.get(), &loss, &value, nullptr, nullptr) == CARVE_OK);
    CHECK(value == doctest::Approx((std::sqrt(0.05) + std::sqrt(1.25)) / 2).epsilon(1e-14));
    REQUIRE(carve_sim_residuals(sim.get(), &loss, &count, residuals, nullptr, nullptr) == CARVE_OK);
    REQUIRE(count == 4);
    CHECK(residuals[0] == doctest::Approx(0.2).epsilon(1e-14));
    CHECK(residuals[1] == 0.1);
    CHECK(residuals[2] == -1.0);
    CHECK(residuals[3] == 0.5);
    loss.kind = CARVE_LOSS_DISTANCE_SQUARED;
    REQUIRE(carve_sim_loss(sim.get(), &loss, &value, nullptr, nullptr) == CARVE_OK);
    CHECK(value == doctest::Approx((0.05 + 1.25) / 2).epsilon(1e-14));
}

TEST_CASE("residuals and Jacobian make up the loss and its gradient") {
    Scenario s = two_layers(CARVE_F64, 5, 3);
    Sim sim(s.network);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    const std::size_t lanes = 5, n_coefficients = 5;
    const std::vector<double> target = targets(3, 5, lanes, 12);
    for (const std::uint32_t kind : kKinds) {
        CAPTURE(kind);
        const carve_loss loss = make_loss(kind, target, false);
        std::size_t n = 0;
        REQUIRE(carve_sim_residuals(sim.get(), &loss, &n, nullptr, nullptr, nullptr) == CARVE_OK);
        CHECK(n == (kind == CARVE_LOSS_SUBSPACE ? 1u : 15u));
        std::vector<double> residuals(n * lanes), jacobian(n * n_coefficients * lanes),
            value(lanes), gradient(n_coefficients * lanes);
        REQUIRE(carve_sim_residuals(sim.get(), &loss, &n, residuals.data(), jacobian.data(),
                                    nullptr) == CARVE_OK);
        REQUIRE(carve_sim_loss(sim.get(), &loss, value.data(), gradient.data(), nullptr) ==
                CARVE_OK);
        const std::size_t row = n == 1 ? 1 : 5, rows = n / row;
        for (std::size_t l = 0; l < lanes; ++l) {
            double sum = 0;
            std::vector<double> slope(n_coefficients, 0), want(n_coefficients);
            for (std::size_t i = 0; i < rows; ++i) {
                double square = 0;
                for (std::size_t e = i * row; e < (i + 1) * row; ++e)
                    square += residuals[e * lanes + l] * residuals[e * lanes + l];
                const bool plain = kind == CARVE_LOSS_DISTANCE;
                sum += plain ? std::sqrt(square) : square;
                const double scale = plain ? 1 / std::sqrt(square) : 2;
                for (std::size_t e = i * row; e < (i + 1) * row; ++e)
                    for (std::size_t k = 0; k < n_coefficients; ++k)
                        slope[k] += scale * residuals[e * lanes + l] *
                                    jacobian[(e * n_coefficients + k) * lanes + l] / double(rows);
            }
            for (std::size_t k = 0; k < n_coefficients; ++k)
                want[k] = gradient[k * lanes + l];
            CHECK(sum / double(rows) == doctest::Approx(value[l]).epsilon(1e-12));
            CHECK(relative_error(slope, want) <= 1e-11);
        }
    }
}

TEST_CASE("any loss follows from its derivative with respect to the weights") {
    Scenario s = two_layers(CARVE_F64, 5, 3);
    Sim sim(s.network);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    support::Random r(2);
    for (std::uint32_t p = 0; p < 2; ++p) {
        const std::size_t synapses = p == 0 ? 15 : 9;
        std::vector<double> d(synapses * 5), gradient(5 * 5);
        for (double& x : d)
            x = r.normal();
        REQUIRE(carve_sim_chain(sim.get(), p, d.data(), gradient.data(), nullptr) == CARVE_OK);
        for (std::size_t l = 0; l < 5; ++l) {
            const std::vector<double> sens = sim.sensitivities(p).lane(l);
            std::vector<double> want(5, 0);
            for (std::size_t e = 0; e < synapses; ++e)
                for (std::size_t k = 0; k < 5; ++k)
                    want[k] += d[e * 5 + l] * sens[e * 5 + k];
            CHECK(relative_error(of_lane(gradient, l, 5), want) <= tolerance<double>(200));
        }
    }
}

TEST_CASE("frozen lanes and weights that are not finite have no loss") {
    Scenario s = two_layers(CARVE_F64, 3, 2);
    s.theta[2][0] = {1e6, 1e6, 1e6};
    s.network.rules[0].shared = 0;
    Sim sim(s.network);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    REQUIRE(sim.info().n_frozen > 0);
    sim.weights(0).set(std::numeric_limits<double>::infinity(), 4, 1, 1);
    const std::vector<double> target = targets(2, 3, 1, 1);
    for (const std::uint32_t kind : kKinds) {
        const carve_loss loss = make_loss(kind, target, true);
        std::vector<double> value(5), gradient(25);
        REQUIRE(carve_sim_loss(sim.get(), &loss, value.data(), gradient.data(), nullptr) ==
                CARVE_OK);
        for (std::size_t l = 0; l < 5; ++l) {
            CHECK(std::isnan(value[l]) == (l == 2 || l == 4));
            CHECK(std::isnan(gradient[l]) == (l == 2 || l == 4));
        }
    }
}

TEST_SUITE_END();
