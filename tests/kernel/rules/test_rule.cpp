// The Volterra rule (M3): each term by itself, and what holds for all of them together.
#include "reference/rates/random_scenario.hpp"

using namespace reference;
using support::Packed;
using support::Sim;
using support::tolerance;

namespace {

// One plastic synapse w with chosen rates: a second input, which is 1, adds y - w x to the drive.
template <class Real> struct Synapse {
    Network network;
    double x, y, w;

    Synapse(std::uint64_t terms, double x_, double y_, double w_) : x(x_), y(y_), w(w_) {
        network.model.precision = support::precision_of<Real>();
        network.population(CARVE_POPULATION_INPUT, 1);
        network.population(CARVE_POPULATION_INPUT, 1);
        network.population(CARVE_POPULATION_RATE, 1);
        network.projection(0, 2, network.rule(terms));
        network.projection(1, 2, flat::kStatic);
        network.projections[0].eta = 0.5;
    }
    // The weight after one step with these coefficients.
    double step(const std::vector<double>& theta, std::uint32_t isa = CARVE_ISA_AUTO) {
        network.model.isa = isa;
        Sim sim(network);
        for (std::size_t k = 0; k < theta.size(); ++k)
            sim.theta(0).set(theta[k], 0, k);
        sim.weights(0).set(w, 0);
        sim.weights(1).set(y - w * x, 0);
        const Packed in(network, 0, 1, [&](auto...) { return x; });
        const Packed one(network, 1, 1, [](auto...) { return 1.0; });
        REQUIRE(sim.step({in.stream(), one.stream()}, 1) == CARVE_OK);
        CHECK(sim.rates(2).get(0) == y);
        return sim.weights(0).get(0);
    }
};

double power(double x, unsigned n) { return n == 0 ? 1 : x * power(x, n - 1); }

} // namespace

TEST_SUITE_BEGIN("rule");

TEST_CASE_TEMPLATE("each of the 64 terms adds eta theta x^a y^b w^c", Real, float, double) {
    for (const std::uint32_t isa : support::usable_isas())
        for (unsigned a = 0; a < 4; ++a)
            for (unsigned b = 0; b < 4; ++b)
                for (unsigned c = 0; c < 4; ++c) {
                    CAPTURE(isa);
                    CAPTURE(a);
                    CAPTURE(b);
                    CAPTURE(c);
                    Synapse<Real> synapse(flat::term(a, b, c), 1.25, -0.75, 0.375);
                    const double d = 0.5 * 1.5 * power(1.25, a) * power(-0.75, b) * power(0.375, c);
                    CHECK(std::fabs(synapse.step({1.5}, isa) - (0.375 + d)) <=
                          tolerance<Real>(4) * (0.375 + std::fabs(d)));
                }
}

TEST_CASE_TEMPLATE("zero to the power of zero is one", Real, float, double) {
    Synapse<Real> synapse(flat::term(0, 0, 0) | flat::term(1, 1, 1), 0, 0, 0);
    CHECK(synapse.step({0.25, 8}) == 0.125);
}

TEST_CASE_TEMPLATE("coefficients are kept in the order of the bits", Real, float, double) {
    support::Random r(3);
    for (int i = 0; i < 200; ++i) {
        const std::uint64_t terms = i == 0 ? ~std::uint64_t(0) : detail::terms(r);
        Synapse<Real> synapse(terms, 0.5, -1.25, 1.5);
        std::vector<double> theta;
        double sum = 0, size = 0;
        for (const auto& t : Replica<double>::terms_of(synapse.network.rules[0])) {
            theta.push_back(support::as_float(r.normal()));
            const double d = theta.back() * power(0.5, t.a) * power(-1.25, t.b) * power(1.5, t.c);
            sum += d;
            size += std::fabs(d);
        }
        CHECK(std::fabs(synapse.step(theta) - (1.5 + 0.5 * sum)) <=
              tolerance<Real>(20) * (1.5 + size));
    }
}

TEST_CASE_TEMPLATE("coefficients of zero leave every bit of the weights", Real, float, double) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        Ranges ranges;
        ranges.max_units = 15;
        Scenario s = random_scenario(seed, ranges);
        s.network.model.precision = support::precision_of<Real>();
        for (auto& lane : s.theta)
            for (auto& rule : lane)
                std::fill(rule.begin(), rule.end(), 0.0);
        for (flat::Projection& p : s.network.projections)
            p.mask_from = CARVE_MASK_FROM_START;
        Sim sim(s.network);
        REQUIRE(carve_sim_reset(sim.get(), 5, nullptr, nullptr) == CARVE_OK);
        for (std::size_t l = 0; l < s.network.model.n_replicas; ++l)
            for (std::size_t p = 0; p < s.network.projections.size(); ++p)
                for (std::size_t e = 0; e < s.weights[l][p].size(); ++e)
                    if (s.network.projections[p].connectivity == CARVE_CONNECT_LOWER &&
                        e % s.network.n_pre(p) >= e / s.network.n_pre(p))
                        s.weights[l][p][e] = 0;
        load(sim, s);
        REQUIRE(run(sim, s) == CARVE_OK);
        for (std::size_t l = 0; l < s.network.model.n_replicas; ++l)
            for (std::uint32_t p = 0; p < s.network.projections.size(); ++p)
                CHECK(sim.weights(p).lane(l) == s.weights[l][p]);
    }
}

TEST_CASE("the change of a weight in one step is linear in theta") {
    support::Random r(9);
    for (int i = 0; i < 100; ++i) {
        const std::uint64_t terms = detail::terms(r);
        Synapse<double> synapse(terms, 0.75, -0.5, 0.25);
        std::vector<double> p, q, mix;
        for (int k = 0; k < __builtin_popcountll(terms); ++k) {
            p.push_back(support::as_float(r.normal()));
            q.push_back(support::as_float(r.normal()));
            mix.push_back(2 * p.back() - 3 * q.back());
        }
        const double dp = synapse.step(p) - 0.25, dq = synapse.step(q) - 0.25;
        CHECK(synapse.step(mix) - 0.25 ==
              doctest::Approx(2 * dp - 3 * dq).epsilon(1e-13).scale(10));
    }
}

TEST_CASE_TEMPLATE("plastic weights stay within their bounds, exactly on them at the end", Real,
                   float, double) {
    Network n = support::single_layer(2, 1, CARVE_ACTIVATION_LINEAR, flat::term(1, 0, 0));
    n.model.precision = support::precision_of<Real>();
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.projections[0].w_min = -0.5;
    n.projections[0].w_max = 0.75;
    n.projections[0].eta = 0.125;
    n.populations[0].fixed = 1;
    Sim sim(n);
    sim.theta(0).set(1, 0, 0);
    const Packed in(n, 0, 1, [](std::size_t, std::size_t, std::size_t, std::size_t u) {
        return u == 0 ? 1.0 : -1.0;
    });
    for (int t = 1; t <= 10; ++t) {
        REQUIRE(sim.step({in.stream()}, 1) == CARVE_OK);
        CHECK(sim.weights(0).get(0, 0, 0) == std::fmin(0.75, 0.125 * t));
        CHECK(sim.weights(0).get(0, 0, 1) == std::fmax(-0.5, -0.125 * t));
        // where the clip acts the derivative is 0; on the bound by itself it is not
        CHECK(sim.sensitivities(0).get(0, 0, 0, 0) == (t <= 6 ? 0.125 * t : 0));
        CHECK(sim.sensitivities(0).get(0, 0, 1, 0) == (t <= 4 ? -0.125 * t : 0));
    }
}

TEST_CASE("an update is the mean over the samples of its batch") {
    Network n = support::single_layer(1, 1, CARVE_ACTIVATION_LINEAR,
                                      flat::term(1, 0, 0) | flat::term(2, 0, 0));
    n.model.batch = 4;
    n.model.form = CARVE_FORM_SAMPLES;
    n.projections[0].eta = 1;
    Sim sim(n);
    sim.theta(0).set(1, 0, 0);  // x
    sim.theta(0).set(10, 0, 1); // x^2
    const Packed in(n, 0, 1, [](std::size_t, std::size_t, std::size_t s, std::size_t) {
        return double(s); // mean 1.5, mean square 3.5
    });
    REQUIRE(sim.step({in.stream()}, 1) == CARVE_OK);
    CHECK(sim.weights(0).get(0) == 36.5);
}

TEST_CASE("projections with the same rule share its coefficients but have their own rate") {
    Network n;
    n.population(CARVE_POPULATION_INPUT, 1);
    n.population(CARVE_POPULATION_RATE, 1);
    n.population(CARVE_POPULATION_RATE, 1);
    const std::uint32_t rule = n.rule(flat::term(0, 0, 0));
    n.projection(0, 1, rule);
    n.projection(0, 2, rule);
    n.projections[0].eta = 0.25;
    n.projections[1].eta = 2;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    Sim sim(n);
    support::set_theta(sim, rule, 0, 0, 0, 3);
    const Packed in(n, 0, 4, [](auto...) { return 1.0; });
    REQUIRE(sim.step({in.stream()}, 4) == CARVE_OK);
    CHECK(sim.weights(0).get(0) == 3.0);
    CHECK(sim.weights(1).get(0) == 24.0);
    CHECK(sim.sensitivities(0).get(0) == 1.0);
    CHECK(sim.sensitivities(1).get(0) == 8.0);
}

TEST_CASE("sensitivities do not change the weights") {
    int compared = 0;
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        CAPTURE(seed);
        Ranges ranges;
        ranges.max_units = 20;
        Scenario s = random_scenario(seed, ranges);
        INFO(describe(s.network));
        Sim with(s.network);
        load(with, s);
        REQUIRE(run(with, s) == CARVE_OK);
        if (with.info().n_frozen)
            continue; // nothing is left to compare
        ++compared;
        s.network.model.gradient = CARVE_GRADIENT_NONE;
        Sim without(s.network);
        load(without, s);
        REQUIRE(run(without, s) == CARVE_OK);
        for (std::size_t l = 0; l < s.network.model.n_replicas; ++l)
            for (std::uint32_t p = 0; p < s.network.projections.size(); ++p)
                CHECK(support::relative_error(without.weights(p).lane(l),
                                              with.weights(p).lane(l)) <= tolerance<double>(1e3));
    }
    CHECK(compared >= 20);
}

TEST_CASE_TEMPLATE("a rule that reads residuals does as the reference", Real, float, double) {
    const std::vector<std::uint32_t> isas = support::usable_isas();
    Ranges ranges;
    ranges.gradient = false;
    ranges.max_units = 20;
    ranges.max_work = 1e6;
    int compared = 0, residuals = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Scenario s = random_scenario(seed, ranges);
        s.network.model.precision = support::precision_of<Real>();
        INFO(describe(s.network));
        const Draws draws = record_draws(s);
        std::vector<Replica<double>> want;
        double largest = 0, kink = 1;
        for (std::size_t l = 0; l < s.network.model.n_replicas; ++l) {
            want.push_back(run_reference<double>(s, l, draws));
            largest = std::fmax(largest, want[l].largest);
            kink = std::fmin(kink, want[l].nearest_kink);
        }
        if (!(largest < 8) || kink < (sizeof(Real) == 4 ? 1e-4 : 1e-10))
            continue; // rounding decides
        ++compared;
        for (const flat::Projection& p : s.network.projections)
            residuals += p.presynaptic != CARVE_PRESYNAPTIC_RATE;
        std::vector<std::vector<double>> first;
        for (const std::uint32_t isa : isas) {
            s.network.model.isa = isa;
            Sim sim(s.network);
            load(sim, s);
            REQUIRE(run(sim, s) == CARVE_OK);
            std::vector<std::vector<double>> all;
            for (std::size_t l = 0; l < want.size(); ++l)
                for (std::uint32_t p = 0; p < s.network.projections.size(); ++p) {
                    CAPTURE(isa);
                    CAPTURE(p);
                    all.push_back(sim.weights(p).lane(l));
                    CHECK(support::relative_error(all.back(), want[l].weights[p]) <=
                          tolerance<Real>(1e-4, 1e-12));
                }
            if (first.empty())
                first = all;
            CHECK(all == first);
        }
    }
    CHECK(compared >= 30);
    CHECK(residuals >= 30);
}

TEST_SUITE_END();
