// The moment form (M9): the same numbers as sample by sample, at a cost without the batch.
#include "reference/random_scenario.hpp"

using namespace reference;
using support::relative_error;
using support::Sim;
using support::tolerance;

namespace {

Scenario batch_scenario(std::uint64_t seed) {
    support::Random r(seed);
    std::uint64_t terms = detail::terms(r);
    for (unsigned a = 0; a < 4; ++a) // no order 3 in x or y
        for (unsigned b = 0; b < 4; ++b)
            for (unsigned c = 0; c < 4 && (a == 3 || b == 3); ++c)
                terms &= ~CARVE_TERM(a, b, c);
    Scenario s;
    s.network = support::single_layer(r.between(1, 9), r.between(1, 3), CARVE_LINEAR,
                                      terms ? terms : CARVE_TERMS_27);
    s.network.model.gradient = CARVE_GRADIENT_FORWARD;
    s.network.model.batch = r.between(1, 30);
    s.network.model.n_lanes = r.between(1, 5);
    s.network.populations[0].fixed = 1;
    s.network.populations[0].shared = r.below(2);
    s.network.rules[0].shared = r.below(2);
    if (r.chance(0.3)) {
        s.network.projections[0].w_min = -0.25;
        s.network.projections[0].w_max = 0.3125;
    }
    s.network.projections[0].eta = 0.0625;
    s.n_steps = 10;
    detail::fill(s, r);
    detail::fill_sources(s, r);
    return s;
}

} // namespace

TEST_SUITE_BEGIN("moments");

TEST_CASE_TEMPLATE("the moment form equals the samples form and the reference", Real, float,
                   double) {
    const std::vector<std::uint32_t> isas = support::usable_isas();
    int compared = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Scenario s = batch_scenario(seed);
        s.network.model.precision = support::precision_of<Real>();
        INFO(describe(s.network));
        double largest = 0, kink = 1;
        std::vector<std::vector<double>> w, dw;
        for (std::size_t l = 0; l < s.network.model.n_lanes; ++l) {
            const auto replica = run_reference<Dual<double>>(s, l, {});
            largest = std::fmax(largest, replica.largest);
            kink = std::fmin(kink, replica.nearest_kink);
            w.emplace_back();
            dw.emplace_back();
            for (const Dual<double>& x : replica.weights[0]) {
                w[l].push_back(x.value);
                for (std::size_t k = 0; k < s.network.n_coefficients(); ++k)
                    dw[l].push_back(x.partial(k));
            }
        }
        if (!(largest < 8) || kink < (sizeof(Real) == 4 ? 1e-4 : 1e-10))
            continue; // rounding decides
        ++compared;
        for (const std::uint32_t isa : isas) {
            s.network.model.isa = isa;
            s.network.model.form = CARVE_FORM_SAMPLES;
            Sim samples(s.network);
            load(samples, s);
            REQUIRE(run(samples, s) == CARVE_OK);
            s.network.model.form = CARVE_FORM_MOMENTS;
            Sim moments(s.network);
            load(moments, s);
            REQUIRE(run(moments, s) == CARVE_OK);
            CHECK(samples.info().form == CARVE_FORM_SAMPLES);
            CHECK(moments.info().form == CARVE_FORM_MOMENTS);
            const double bound = tolerance<Real>(1e-5, 1e-12);
            for (std::size_t l = 0; l < w.size(); ++l) {
                CAPTURE(isa);
                CAPTURE(l);
                const std::vector<double> sw = samples.weights(0).lane(l),
                                          ss = samples.sensitivities(0).lane(l);
                CHECK(relative_error(moments.weights(0).lane(l), sw) <= bound);
                CHECK(relative_error(moments.sensitivities(0).lane(l), ss) <= bound);
                CHECK(relative_error(sw, w[l]) <= bound);
                CHECK(relative_error(ss, dw[l]) <= bound);
            }
        }
    }
    CHECK(compared >= 40);
}

TEST_CASE("the moment form follows the batch that a later call brings") {
    Scenario s = batch_scenario(4), other = s;
    s.network.model.form = other.network.model.form = CARVE_FORM_MOMENTS;
    for (auto& lane : other.inputs[0])
        for (double& x : lane)
            x = 0.5 - x;
    const auto two_calls = [&](std::uint32_t form) {
        Network n = s.network;
        n.model.form = form;
        Sim sim(n);
        load(sim, s);
        REQUIRE(run(sim, s) == CARVE_OK);
        REQUIRE(run(sim, other) == CARVE_OK);
        return sim.weights(0).lane(0);
    };
    CHECK(relative_error(two_calls(CARVE_FORM_MOMENTS), two_calls(CARVE_FORM_SAMPLES)) <=
          tolerance<double>(1e4));
}

TEST_CASE("the plan takes the moment form where it is cheaper, and never where it does not apply") {
    const auto form_of = [](std::uint32_t n_pre, std::uint32_t batch, std::uint32_t fixed,
                            std::uint32_t activation) {
        Network n = support::single_layer(n_pre, 1, activation);
        n.model.batch = batch;
        n.populations[0].fixed = fixed;
        Sim sim(n);
        return sim.info().form;
    };
    CHECK(form_of(3, 1000, 1, CARVE_LINEAR) == CARVE_FORM_MOMENTS);
    CHECK(form_of(60, 2, 1, CARVE_LINEAR) == CARVE_FORM_SAMPLES);
    CHECK(form_of(3, 1000, 0, CARVE_LINEAR) == CARVE_FORM_SAMPLES);
    CHECK(form_of(3, 1000, 1, CARVE_TANH) == CARVE_FORM_SAMPLES);
}

TEST_SUITE_END();
