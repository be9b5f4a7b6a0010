// CMA-ES: constants, state, invariances, convergence. Its stop conditions are in
// test_cmaes_stop.cpp.
#include "error.hpp"
#include "fixture.hpp"
#include "functions.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace carve::cli;
using namespace functions;

TEST_SUITE_BEGIN("cmaes");

namespace {

// All numbers of a state, in visit's order; vectors after their sizes.
struct Numbers {
    std::vector<double> all;
    void operator()(const char*, const std::uint64_t& n) { all.push_back(static_cast<double>(n)); }
    void operator()(const char*, const double& x) { all.push_back(x); }
    void operator()(const char*, const std::vector<double>& v) {
        all.push_back(static_cast<double>(v.size()));
        all.insert(all.end(), v.begin(), v.end());
    }
};
std::vector<double> numbers(const CmaState& state) {
    Numbers read;
    visit(state, read);
    return read.all;
}
struct FromNumbers {
    const double* next;
    void operator()(const char*, std::uint64_t& n) { n = static_cast<std::uint64_t>(*next++); }
    void operator()(const char*, double& x) { x = *next++; }
    void operator()(const char*, std::vector<double>& v) {
        const auto size = static_cast<std::size_t>(*next++);
        v.assign(next, next + size);
        next += size;
    }
};

struct Expected {
    std::uint64_t n, lambda, mu;
    double mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu, chi_n;
};
constexpr Expected kExpected[] = {
    {6, 9, 4, 2.8406, .34974, 1.34974, .40865, .035631, .035686, 2.35067},
    {6, 10, 5, 3.1673, .36473, 1.36473, .40955, .035425, .044159, 2.35067},
    {12, 11, 5, 3.4148, .26524, 1.26524, .25859, .011092, .017126, 3.39308},
    {27, 13, 6, 3.9809, .16622, 1.16622, .13253, .002485, .005283, 5.14838},
    {27, 50, 25, 13.9513, .34714, 1.34714, .14100, .002454, .028126, 5.14838},
    {54, 15, 7, 4.5409, .10294, 1.10294, .07021, .000653, .001758, 7.31457},
    {54, 50, 25, 13.9513, .21866, 1.21866, .07277, .000651, .007634, 7.31457},
};

} // namespace

TEST_CASE("the constants are those of the tutorial, worked out elsewhere") {
    const auto equals = [](double value, double expected, double last_digit) {
        CHECK(std::abs(value - expected) <= 0.51 * last_digit);
    };
    for (const Expected& e : kExpected) {
        CAPTURE(e.n);
        CAPTURE(e.lambda);
        const CmaConstants c = cma_constants(e.n, e.lambda, false);
        CHECK(c.mu == e.mu);
        equals(c.mu_eff, e.mu_eff, 1e-4);
        equals(c.c_sigma, e.c_sigma, 1e-5);
        equals(c.d_sigma, e.d_sigma, 1e-5);
        equals(c.c_c, e.c_c, 1e-5);
        equals(c.c_1, e.c_1, 1e-6);
        equals(c.c_mu, e.c_mu, 1e-6);
        equals(c.chi_n, e.chi_n, 1e-5);
    }
    CHECK(default_lambda(6) == 9);
    CHECK(default_lambda(12) == 11);
    CHECK(default_lambda(27) == 13);
    CHECK(default_lambda(54) == 15);
}

TEST_CASE("negative weights sum to the smallest of the tutorial's three bounds") {
    for (const Expected& e : kExpected) {
        const CmaConstants c = cma_constants(e.n, e.lambda, false);
        double sum = 0, squares = 0; // of the raw negative weights, the first one included
        for (std::uint64_t i = e.mu + 1; i <= e.lambda; ++i) {
            const double w =
                std::log(static_cast<double>(e.lambda + 1) / 2 / static_cast<double>(i));
            sum += w;
            squares += w * w;
        }
        const double bounds[] = {1 + c.c_1 / c.c_mu, 1 + 2 * (sum * sum / squares) / (c.mu_eff + 2),
                                 (1 - c.c_1 - c.c_mu) / (static_cast<double>(e.n) * c.c_mu)};
        CHECK(-c.weights.cwiseMin(0.0).sum() ==
              doctest::Approx(*std::min_element(bounds, bounds + 3)).epsilon(1e-12));
        CHECK(c.weights.cwiseMax(0.0).sum() == doctest::Approx(1).epsilon(1e-12));
    }
}

TEST_CASE("candidates are drawn from the initial distribution that the settings ask for") {
    const Eigen::Matrix3d A = Eigen::Map<const Eigen::Matrix3d>(fixture::normals(1, 9).data());
    CmaSettings settings = starting_at(Eigen::Vector3d(1, -2, 3));
    settings.lambda = 20000;
    settings.sigma = 0.5;
    Eigen::Matrix3d expected = Eigen::Matrix3d::Identity();
    SUBCASE("standard") {}
    SUBCASE("deviations") {
        settings.deviations = Eigen::Vector3d(0.1, 1, 10);
        expected = settings.deviations.cwiseAbs2().asDiagonal();
    }
    SUBCASE("covariance") {
        settings.covariance = A * A.transpose();
        settings.covariance = (settings.covariance + settings.covariance.transpose()).eval() / 2;
        expected = settings.covariance;
    }
    CmaEs search(settings);
    CHECK(search.covariance().isApprox(expected, 1e-14));
    const Eigen::MatrixXd x = search.ask();
    CHECK((x.rowwise().mean() - settings.mean).norm() < 0.02 * std::sqrt(expected.trace()));
    const Eigen::MatrixXd centred = x.colwise() - settings.mean;
    CHECK((centred * centred.transpose() / 20000).isApprox(0.25 * expected, 0.03));
}

TEST_CASE("the same state asks for the same candidates, other seeds and generations for others") {
    CmaSettings settings = starting_at_ones(5);
    CmaEs a(settings), b(settings);
    settings.seed = 2;
    CmaEs other(settings);
    const Eigen::MatrixXd first = a.ask();
    CHECK(first == a.ask());
    CHECK(first == b.ask());
    CHECK(first != other.ask());
    step(a, sphere);
    CHECK(first != a.ask());
    b.tell(values(sphere, first)); // whatever was asked in between
    CHECK(a.ask() == b.ask());
}

TEST_CASE(
    "a restored search continues with the same bits, through restarts and whatever its form") {
    CmaSettings settings = starting_at_ones(6);
    SUBCASE("full") {}
    SUBCASE("separable") { settings.separable = Separable::always; }
    SUBCASE("restarts") {
        settings.restarts = Restarts::bipop;
        settings.sigma = 2;
    }
    SUBCASE("bounds") {
        settings.lower = Eigen::VectorXd::Constant(6, -0.1);
        settings.upper = Eigen::VectorXd::Constant(6, 1.1);
    }
    const Function f = settings.restarts == Restarts::none ? Function(rosenbrock) : rastrigin;
    CmaEs whole(settings), part(settings);
    for (int i = 0; i < 1500; ++i)
        step(whole, f);
    for (int i = 0; i < 700; ++i)
        step(part, f);
    CmaState state;
    const std::vector<double> saved = numbers(part.state());
    FromNumbers load{saved.data()};
    visit(state, load);
    CHECK(load.next == saved.data() + saved.size());
    CmaEs restored(settings);
    restored.restore(state);
    for (int i = 0; i < 800; ++i)
        step(restored, f);
    CHECK(numbers(restored.state()) == numbers(whole.state()));
    CHECK(restored.ask() == whole.ask());
    CHECK((settings.restarts == Restarts::none || whole.state().restart > 1));
}

TEST_CASE("the told fitnesses matter by their order alone") {
    CmaSettings settings = starting_at_ones(7);
    settings.tol_fun = -1;
    CmaEs a(settings), b(settings);
    for (int i = 0; i < 300; ++i) {
        step(a, sphere);
        step(b, [](const Eigen::VectorXd& x) { return std::sqrt(sphere(x)) * 1e6; });
    }
    CHECK(a.ask() == b.ask());
}

TEST_CASE("where a search goes does not depend on the origin of its coordinates") {
    const Eigen::VectorXd shift = Eigen::VectorXd::Constant(5, 8.0);
    CmaEs here(starting_at_ones(5)), there(starting_at(Eigen::VectorXd::Ones(5) + shift));
    for (int i = 0; i < 40; ++i) {
        step(here, rosenbrock);
        step(there, [&](const Eigen::VectorXd& x) { return rosenbrock(x - shift); });
    }
    CHECK((there.mean() - shift).isApprox(here.mean(), 1e-6));
}

TEST_CASE("sphere, ellipsoid and Rosenbrock's function are minimized") {
    for (const Separable form : {Separable::never, Separable::always})
        for (const Function& f : {Function(sphere), ellipsoid(8, 1e6), Function(rosenbrock)}) {
            CmaSettings settings = starting_at(Eigen::VectorXd::Constant(8, 0.5));
            settings.separable = form;
            CmaEs search(settings);
            minimize(search, f, 1e-10, 40000);
            CHECK(search.best_fitness() < 1e-10);
            CHECK(f(search.best()) == search.best_fitness());
        }
}

TEST_CASE("the covariance becomes the inverse of the function's curvature") {
    const Eigen::VectorXd z = fixture::normals(3, 36);
    const Eigen::MatrixXd A = Eigen::Map<const Eigen::MatrixXd>(z.data(), 6, 6);
    const Eigen::MatrixXd H = A * A.transpose() + 0.01 * Eigen::MatrixXd::Identity(6, 6);
    CmaSettings settings = starting_at_ones(6);
    settings.tol_fun = -1;
    settings.lambda = 40;
    CmaEs search(settings);
    minimize(
        search, [&](const Eigen::VectorXd& x) { return x.dot(H * x); }, 1e-14, 2000);
    const Eigen::VectorXd ratio = (search.covariance() * H).eigenvalues().real();
    const double before = Eigen::VectorXd(H.eigenvalues().real()).maxCoeff() /
                          Eigen::VectorXd(H.eigenvalues().real()).minCoeff();
    CHECK(before > 100);
    CHECK(ratio.maxCoeff() / ratio.minCoeff() < 6);
}

TEST_CASE("the separable variant is the default above 256 dimensions and learns scales faster") {
    CHECK_FALSE(CmaEs(starting_at_ones(256)).separable());
    CHECK(CmaEs(starting_at_ones(257)).separable());
    CmaSettings settings = starting_at_ones(257);
    settings.separable = Separable::never;
    CHECK_FALSE(CmaEs(settings).separable());
    std::uint64_t evaluations[2];
    for (const bool separable : {false, true}) {
        settings = starting_at_ones(30);
        settings.separable = separable ? Separable::always : Separable::never;
        CmaEs search(settings);
        minimize(search, ellipsoid(30, 1e6), 1e-9, 10000);
        CHECK(search.best_fitness() < 1e-9);
        evaluations[separable] = search.evaluations();
    }
    CHECK(2 * evaluations[true] < evaluations[false]);
}

TEST_CASE("a covariance near singularity stays usable") {
    CmaSettings settings = starting_at_ones(6);
    settings.max_condition = std::numeric_limits<double>::infinity();
    settings.tol_fun = -1;
    settings.tol_x = 0;
    SUBCASE("from the beginning") {
        settings.deviations = Eigen::VectorXd::Ones(6);
        settings.deviations[2] = 1e-9;
    }
    SUBCASE("by what the function asks for") {}
    CmaEs search(settings);
    for (int g = 0; g < 3000; ++g)
        step(search, ellipsoid(6, 1e14));
    for (const double value : numbers(search.state()))
        CHECK(std::isfinite(value));
    CHECK(search.best_fitness() < 1e-6);
}

TEST_CASE("after 100000 generations all is finite and the state has not grown") {
    CmaSettings settings = starting_at_ones(4);
    settings.stagnation = 0;
    CmaEs search(settings);
    std::size_t early = 0;
    for (int g = 0; g < 100000; ++g) {
        // The minimum walks on, so that the search never ends.
        const Eigen::VectorXd minimum = Eigen::VectorXd::Constant(4, 0.01 * g);
        step(search, [&](const Eigen::VectorXd& x) { return sphere(x - minimum); });
        if (g == 3999)
            early = numbers(search.state()).size();
    }
    CHECK(search.stop().empty());
    CHECK((search.mean().array() - 1000).abs().maxCoeff() < 1);
    CHECK(numbers(search.state()).size() <= early);
    for (const double value : numbers(search.state()))
        CHECK(std::isfinite(value));
}

TEST_SUITE_END();
