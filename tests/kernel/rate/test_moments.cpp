// The moment form (M9): the same numbers as sample by sample, at a cost without the batch.
#include "reference/rates/random_scenario.hpp"

using namespace reference;
using support::relative_error;
using support::Sim;
using support::tolerance;

namespace {

std::uint64_t terms_of_moments(support::Random& r) { // no order 3 in x or y
    std::uint64_t terms = detail::terms(r);
    for (unsigned a = 0; a < 4; ++a)
        for (unsigned b = 0; b < 4; ++b)
            for (unsigned c = 0; c < 4 && (a == 3 || b == 3); ++c)
                terms &= ~flat::term(a, b, c);
    return terms ? terms : flat::kTerms27;
}

// One layer on a fixed batch; with synapses within it by any inference.
Scenario batch_scenario(std::uint64_t seed, bool lateral) {
    support::Random r(seed);
    Scenario s;
    Network& n = s.network;
    n = support::single_layer(r.between(1, lateral ? 6 : 9), r.between(1, lateral ? 4 : 3),
                              CARVE_ACTIVATION_LINEAR, terms_of_moments(r));
    if (lateral) {
        detail::add_lateral(n, r, 1);
        flat::Projection& within = n.projections[1];
        const bool needs_rule = within.mask_from == CARVE_MASK_FROM_FIRST_UPDATE;
        if (needs_rule || r.chance(0.85)) // else static
            within.rule = r.chance(0.2) ? 0 : n.rule(terms_of_moments(r));
        if (within.rule != flat::kStatic && r.chance(0.15))
            n.projections[0].rule = flat::kStatic;
        if (r.chance(0.2))
            std::swap(n.projections[0], n.projections[1]);
    }
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.batch = r.between(1, 30);
    n.model.n_replicas = r.between(1, 9);
    n.populations[0].fixed = 1;
    n.populations[0].shared = r.below(2);
    for (flat::Rule& rule : n.rules)
        rule.shared = r.below(2);
    for (flat::Projection& p : n.projections) {
        const bool bounded = r.chance(0.3);
        if (p.rule == flat::kStatic)
            continue;
        if (bounded) {
            p.w_min = -0.25;
            p.w_max = 0.3125;
        }
        p.eta = lateral ? 0.03125 : 0.0625;
    }
    s.n_steps = 10;
    detail::fill(s, r);
    detail::fill_sources(s, r);
    return s;
}

struct Expected { // of the reference, [lane][projection]
    std::vector<std::vector<std::vector<double>>> w, dw;
    double largest = 0, kink = 1;
};
Expected expected(Scenario& s) {
    Expected e;
    for (std::size_t l = 0; l < s.network.model.n_replicas; ++l) {
        const auto replica = run_reference<Dual<double>>(s, l, {});
        e.largest = std::fmax(e.largest, replica.largest);
        e.kink = std::fmin(e.kink, replica.nearest_kink);
        e.w.emplace_back(s.network.projections.size());
        e.dw.emplace_back(s.network.projections.size());
        for (std::size_t p = 0; p < s.network.projections.size(); ++p)
            for (const Dual<double>& x : replica.weights[p]) {
                e.w[l][p].push_back(x.value);
                for (std::size_t k = 0; k < s.network.n_coefficients(); ++k)
                    e.dw[l][p].push_back(x.partial(k));
            }
    }
    return e;
}

template <class Real> void compare(Scenario& s, const Expected& want) {
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
    for (std::size_t l = 0; l < want.w.size(); ++l)
        for (std::uint32_t p = 0; p < s.network.projections.size(); ++p) {
            CAPTURE(l);
            CAPTURE(p);
            const std::vector<double> w = samples.weights(p).lane(l);
            CHECK(relative_error(moments.weights(p).lane(l), w) <= bound);
            CHECK(relative_error(w, want.w[l][p]) <= bound);
            if (!s.network.plastic(p))
                continue;
            const std::vector<double> dw = samples.sensitivities(p).lane(l);
            CHECK(relative_error(moments.sensitivities(p).lane(l), dw) <= bound);
            CHECK(relative_error(dw, want.dw[l][p]) <= bound);
        }
    s.network.model.gradient = CARVE_GRADIENT_NONE; // does not change the weights
    Sim alone(s.network);
    load(alone, s);
    REQUIRE(run(alone, s) == CARVE_OK);
    s.network.model.gradient = CARVE_GRADIENT_FORWARD;
    for (std::size_t l = 0; l < want.w.size(); ++l)
        for (std::uint32_t p = 0; p < s.network.projections.size(); ++p)
            CHECK(alone.weights(p).lane(l) == moments.weights(p).lane(l));
}

// How many of the seeds' scenarios could be compared: not where rounding decides.
template <class Real> int compare_all(bool lateral, int n_seeds) {
    int compared = 0;
    const std::vector<std::uint32_t> isas = support::usable_isas();
    for (int seed = 1; seed <= n_seeds; ++seed) {
        CAPTURE(seed);
        Scenario s = batch_scenario(std::uint64_t(seed), lateral);
        s.network.model.precision = support::precision_of<Real>();
        INFO(describe(s.network));
        const Expected want = expected(s);
        if (!(want.largest < 8) || want.kink < (sizeof(Real) == 4 ? 1e-4 : 1e-10))
            continue;
        ++compared;
        for (const std::uint32_t isa : isas) {
            CAPTURE(isa);
            s.network.model.isa = isa;
            compare<Real>(s, want);
        }
    }
    return compared;
}

} // namespace

TEST_SUITE_BEGIN("moments");

TEST_CASE_TEMPLATE("the moment form equals the samples form and the reference", Real, float,
                   double) {
    constexpr int n = CARVE_SANITIZED ? 20 : 60;
    CHECK(compare_all<Real>(false, n) >= 2 * n / 3);
}

TEST_CASE_TEMPLATE("with synapses within the layer it does, too", Real, float, double) {
    constexpr int n = CARVE_SANITIZED ? 20 : 100;
    CHECK(compare_all<Real>(true, n) >= 3 * n / 5);
}

TEST_CASE("the moment form follows the batch that a later call brings") {
    Scenario s = batch_scenario(4, false), other = s;
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

TEST_CASE("lanes whose neighbours are all frozen see a shared batch of their own call") {
    Scenario s = batch_scenario(4, false);
    s.network.projections[0].w_max = std::numeric_limits<double>::infinity();
    s.network.model.n_replicas = 3;
    s.network.model.lane_bytes = 8; // a block each
    s.network.model.form = CARVE_FORM_MOMENTS;
    s.network.populations[0].shared = 1;
    s.network.rules[0].shared = 0;
    s.weights.assign(3, s.weights[0]);
    s.theta.assign(3, s.theta[0]);
    s.inputs[0].assign(3, s.inputs[0][0]);
    Scenario other = s;
    for (auto& lane : other.inputs[0])
        for (double& x : lane)
            x = 0.5 - x;
    const auto two_calls = [&](double first_theta, bool freezes) {
        Scenario first = s;
        for (double& x : first.theta[0][0])
            x = first_theta;
        Sim sim(first.network);
        load(sim, first);
        CHECK(run(sim, first) == CARVE_OK);
        CHECK((sim.info().n_frozen > 0) == freezes);
        CHECK(run(sim, other) == CARVE_OK);
        CHECK((sim.info().n_frozen > 0) == freezes);
        return sim.weights(0).lane(2);
    };
    CHECK(two_calls(1e9, true) == two_calls(0, false));
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
    CHECK(form_of(3, 1000, 1, CARVE_ACTIVATION_LINEAR) == CARVE_FORM_MOMENTS);
    CHECK(form_of(60, 2, 1, CARVE_ACTIVATION_LINEAR) == CARVE_FORM_SAMPLES);
    CHECK(form_of(3, 1000, 0, CARVE_ACTIVATION_LINEAR) == CARVE_FORM_SAMPLES);
    CHECK(form_of(3, 1000, 1, CARVE_ACTIVATION_TANH) == CARVE_FORM_SAMPLES);
    const auto two_outputs = [](std::uint32_t n_pre, std::uint32_t batch) {
        Network n = support::single_layer(n_pre, 2);
        n.projection(1, 1, n.rule());
        n.projections[1].connectivity = CARVE_CONNECT_LOWER;
        n.model.batch = batch;
        n.populations[0].fixed = 1;
        return Sim(n).info().form;
    };
    CHECK(two_outputs(3, 200) == CARVE_FORM_MOMENTS);
    CHECK(two_outputs(40, 200) == CARVE_FORM_SAMPLES); // all pairs of pairs cost more
}

TEST_SUITE_END();
