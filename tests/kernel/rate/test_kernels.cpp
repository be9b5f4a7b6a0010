// One step of a layer on every instruction set: each number against the long double reference, for
// shapes around the multiples of every vector width, and for values at the edges of the numbers.
#include "reference/rates/random_scenario.hpp"

using namespace reference;
using support::lane_hashes;
using support::Sim;
using support::tolerance;

namespace {

enum class Fill { random, zero, large, tiny, subnormal, mixed };

double draw(support::Random& r, Fill fill, bool single) {
    const double x = r.normal();
    switch (fill) {
    case Fill::zero:
        return r.chance(0.5) ? 0.0 : -0.0;
    case Fill::large:
        return x * (single ? 1e12 : 1e100);
    case Fill::tiny:
        return x * (single ? 1e-15 : 1e-120);
    case Fill::subnormal:
        return x * (single ? 1e-38 : 1e-307);
    case Fill::mixed:
        return x * std::pow(2.0, double(r.between(0, 60)) - 30);
    default:
        return x;
    }
}

template <class Real>
Scenario layer(std::uint32_t n_pre, std::uint32_t n_post, Fill fill, std::uint64_t terms) {
    Scenario s;
    s.network = support::single_layer(n_pre, n_post, CARVE_ACTIVATION_LINEAR, terms);
    s.network.model.precision = support::precision_of<Real>();
    s.network.model.n_replicas = 3;
    s.network.model.bound = std::numeric_limits<double>::infinity();
    s.network.model.gradient = CARVE_GRADIENT_FORWARD;
    support::Random r(n_pre * 1000 + n_post * 10 + std::uint32_t(fill));
    detail::fill(s, r);
    detail::fill_sources(s, r);
    for (std::size_t l = 0; l < 3; ++l) {
        for (double& w : s.weights[l][0])
            w = double(Real(draw(r, fill, sizeof(Real) == 4)));
        for (double& x : s.inputs[0][l])
            x = double(Real(fill == Fill::large ? r.normal() : draw(r, fill, sizeof(Real) == 4)));
    }
    return s;
}

// |dw| of (M3) if nothing cancelled: the natural scale of the rounding of one weight.
double size_of_update(const Scenario& s, std::size_t lane, double x, double y, double w) {
    double sum = 0;
    std::size_t k = 0;
    for (const auto& t : Replica<double>::terms_of(s.network.rules[0])) {
        double term = std::fabs(s.theta[lane][0][k++]);
        for (unsigned i = 0; i < t.a; ++i)
            term *= std::fabs(x);
        for (unsigned i = 0; i < t.b; ++i)
            term *= std::fabs(y);
        for (unsigned i = 0; i < t.c; ++i)
            term *= std::fabs(w);
        sum += term;
    }
    return s.network.projections[0].eta * sum;
}

template <class Real> void check_layer(Scenario& s, std::uint32_t isa, std::uint32_t lane_bytes) {
    s.network.model.isa = isa;
    s.network.model.lane_bytes = lane_bytes;
    INFO(describe(s.network));
    Sim sim(s.network);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    const std::size_t n_pre = s.network.n_pre(0), n_post = s.network.n_post(0);
    const double eps = tolerance<Real>(1),
                 least = double(std::numeric_limits<Real>::denorm_min()) * double(n_pre + 64);
    for (std::size_t l = 0; l < 3; ++l) {
        const auto want = run_reference<long double>(s, l, {});
        for (std::size_t i = 0; i < n_post; ++i) {
            double size_u = 0; // sum of |w x|
            for (std::size_t j = 0; j < n_pre; ++j)
                size_u += std::fabs(s.weights[l][0][i * n_pre + j] * s.input(0, l, 0, 0, j));
            const double u = double(want.rates[1][0][i]);
            const double error_u = double(n_pre + 1) * eps * size_u + least;
            const bool u_right = std::fabs(sim.rates(1).get(l, 0, i) - u) <= error_u;
            if (!u_right)
                CHECK(std::fabs(sim.rates(1).get(l, 0, i) - u) <= error_u);
            for (std::size_t j = 0; j < n_pre; ++j) {
                const double w = s.weights[l][0][i * n_pre + j], x = s.input(0, l, 0, 0, j);
                const double size = std::fabs(w) + size_of_update(s, l, x, u, w) +
                                    size_of_update(s, l, x, std::fabs(u) + size_u, w) * 3;
                const double got = sim.weights(0).get(l, i, j),
                             expected = double(want.weights[0][i * n_pre + j]);
                const double error = double(n_pre + 40) * eps * size + least;
                if (!(std::fabs(got - expected) <= error)) {
                    CAPTURE(l);
                    CAPTURE(i);
                    CAPTURE(j);
                    CHECK(std::fabs(got - expected) <= error);
                }
            }
        }
    }
}

} // namespace

TEST_SUITE_BEGIN("kernels");

TEST_CASE_TEMPLATE("one step of a layer of any shape is right on every instruction set", Real,
                   float, double) {
    for (const std::uint32_t isa : support::usable_isas())
        for (const std::uint32_t n_pre : {1u, 2u, 3u, 4u, 5u, 7u, 8u, 9u, 15u, 16u, 17u, 33u, 67u})
            for (const std::uint32_t n_post : {1u, 2u, 3u, 5u, 8u, 17u}) {
                if (isa == CARVE_ISA_SOFTFMA && n_pre * n_post > 40)
                    continue; // software FMA: short runs only
                const auto sizes = support::lane_sizes<Real>();
                Scenario s = layer<Real>(n_pre, n_post, Fill::random, flat::kTerms27);
                check_layer<Real>(s, isa, sizes[(n_pre + n_post) % sizes.size()]);
            }
}

TEST_CASE_TEMPLATE("values at the edges of the numbers are right on every instruction set", Real,
                   float, double) {
    const std::uint64_t terms =
        flat::term(1, 1, 0) | flat::term(0, 0, 1) | flat::term(1, 0, 0) | flat::term(0, 0, 0);
    for (const std::uint32_t isa : support::usable_isas())
        for (const Fill fill : {Fill::zero, Fill::large, Fill::tiny, Fill::subnormal, Fill::mixed})
            for (const std::uint32_t n_pre : {1u, 6u, 19u}) {
                CAPTURE(int(fill));
                Scenario s = layer<Real>(n_pre, 3, fill, terms);
                check_layer<Real>(s, isa, 32);
            }
}

TEST_CASE_TEMPLATE("values at the edges of the numbers have the same bits on all of them", Real,
                   float, double) {
    const std::vector<std::uint32_t> isas = support::usable_isas();
    for (const Fill fill :
         {Fill::random, Fill::zero, Fill::large, Fill::tiny, Fill::subnormal, Fill::mixed})
        for (std::uint32_t activation = CARVE_ACTIVATION_LINEAR;
             activation <= CARVE_ACTIVATION_SIGMOID; ++activation) {
            CAPTURE(int(fill));
            CAPTURE(activation);
            Scenario s = layer<Real>(5, 4, fill, flat::kTerms27);
            s.network.populations[1].activation = activation;
            std::vector<std::uint64_t> first;
            for (const std::uint32_t isa : isas) {
                s.network.model.isa = isa;
                Sim sim(s.network);
                load(sim, s);
                (void)run(sim, s); // may overflow, but everywhere alike
                if (first.empty())
                    first = lane_hashes(sim);
                CHECK(lane_hashes(sim) == first);
            }
        }
}

TEST_SUITE_END();
