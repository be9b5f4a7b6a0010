// How CMA-ES takes fitnesses that are no numbers, how it ends, and how it starts again.
#include "error.hpp"
#include "fixture.hpp"
#include "functions.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>

using namespace carve::cli;
using namespace functions;

TEST_SUITE_BEGIN("cmaes stop");

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

// Never ends by itself, but for what a test switches on again.
CmaSettings endless(Eigen::Index n) {
    CmaSettings settings;
    settings.mean = Eigen::VectorXd::Ones(n);
    settings.tol_fun = -1;
    settings.tol_x = 0;
    settings.stagnation = 0;
    return settings;
}

std::string reason(const CmaSettings& settings, const Function& f) {
    CmaEs search(settings);
    minimize(search, f, -kInfinity, 20000);
    return search.stop();
}

double noise(const Eigen::VectorXd& x) {
    double value = 1e9 * x[0];
    return value - std::floor(value);
}

} // namespace

TEST_CASE("every stop condition has its name") {
    CmaSettings settings = endless(4);
    settings.tol_fun = 1e-12;
    CHECK(reason(settings, sphere) == "tol_fun");
    CHECK(reason(settings, [](const Eigen::VectorXd&) { return 3.0; }) == "tol_fun");
    settings = endless(4);
    settings.tol_x = 1e-6;
    CHECK(reason(settings, sphere) == "tol_x");
    CHECK(reason(endless(4), ellipsoid(4, 1e20)) == "condition");
    settings = endless(4);
    settings.min_sigma = 1e-6;
    CHECK(reason(settings, sphere) == "sigma_underflow");
    CHECK(reason(endless(4), [](const Eigen::VectorXd& x) { return x.sum(); }) == "sigma_overflow");
    settings = endless(4);
    settings.stagnation = 120;
    CHECK(reason(settings, noise) == "stagnation");
    CHECK(reason(endless(4), [](const Eigen::VectorXd&) { return kNan; }) == "all_diverged");
    settings = endless(4);
    settings.max_generations = 7;
    CHECK(reason(settings, sphere) == "max_generations");
}

TEST_CASE("what a search has not reached does not stop it") {
    CmaSettings settings = endless(4);
    settings.tol_fun = settings.tol_x = 1e-12;
    settings.stagnation = 120;
    CmaEs search(settings);
    minimize(search, rosenbrock, 1e-9, 20000);
    CHECK(search.stop().empty());
    CHECK(search.best_fitness() < 1e-9);
}

TEST_CASE("a fitness that is no number is the worst") {
    for (const double bad : {kNan, kInfinity, -kInfinity}) {
        CmaEs search(endless(5));
        int calls = 0;
        minimize(
            search,
            [&](const Eigen::VectorXd& x) {
                return ++calls % 3 == 0 || x[0] < -0.1 ? bad : sphere(x);
            },
            1e-9, 2000);
        CHECK(search.best_fitness() < 1e-9);
        CHECK(search.best_fitness() >= 0);
    }
}

TEST_CASE("candidates without a finite fitness do not attract, however few the others are") {
    CmaEs search(endless(5));
    const Eigen::MatrixXd x = search.ask();
    std::vector<double> fitness(search.lambda(), kNan);
    fitness[5] = 2;
    CmaEs two = search;
    search.tell(fitness);
    CHECK(search.mean().isApprox(x.col(5), 1e-14));
    CHECK(search.best_fitness() == 2); // remembered, though it is the only one
    CHECK(search.best().isApprox(x.col(5), 0));
    fitness[2] = 2; // a tie: the smaller index counts as better
    two.tell(fitness);
    CHECK((two.mean() - x.col(2)).norm() < (two.mean() - x.col(5)).norm());
    const Eigen::VectorXd between = x.col(2) - x.col(5);
    const double share = (two.mean() - x.col(5)).dot(between) / between.squaredNorm();
    CHECK(two.mean().isApprox(share * x.col(2) + (1 - share) * x.col(5), 1e-14));
}

TEST_CASE(
    "when all diverge the step size halves and the mean stays, until none is finite for long") {
    CmaEs search(endless(5));
    const CmaState before = search.state();
    const std::vector<double> fitness(search.lambda(), kInfinity);
    search.tell(fitness);
    CHECK(search.sigma() == before.sigma / 2);
    CHECK(search.state().mean == before.mean);
    CHECK(search.state().covariance == before.covariance);
    for (int g = 1; g < 19; ++g)
        search.tell(fitness);
    CHECK(search.stop().empty());
    step(search, sphere);
    for (int g = 0; g < 20; ++g) {
        CHECK(search.stop().empty());
        search.tell(fitness);
    }
    CHECK(search.stop() == "all_diverged");
}

TEST_CASE("restarts with growing populations find the minimum among many") {
    for (const Restarts restarts : {Restarts::ipop, Restarts::bipop}) {
        CmaSettings settings;
        settings.mean = Eigen::VectorXd::Constant(6, 3.0);
        settings.sigma = 2;
        settings.restarts = Restarts::none;
        CmaEs once(settings);
        minimize(once, rastrigin, 1e-9, 20000);
        CHECK(once.best_fitness() > 0.9);
        settings.restarts = restarts;
        settings.max_restarts = 20;
        if (restarts == Restarts::ipop)
            settings.max_restarts = 7;
        CmaEs search(settings);
        minimize(search, rastrigin, 1e-9, 200000);
        CHECK(search.best_fitness() < 1e-9);
        CHECK(search.state().restart > 0);
    }
}

TEST_CASE("IPOP doubles the population, BIPOP has small starts between the large ones") {
    for (const Restarts restarts : {Restarts::ipop, Restarts::bipop}) {
        CmaSettings settings = endless(3);
        settings.tol_fun = 1e-9;
        settings.restarts = restarts;
        settings.max_restarts = 6;
        CmaEs search(settings);
        std::vector<std::uint64_t> large{search.lambda()};
        std::uint64_t small = 0, seen = 0, evaluations = 0;
        double best = kInfinity;
        while (search.stop().empty()) {
            evaluations += search.lambda();
            step(search, sphere);
            CHECK(search.best_fitness() <= best);
            best = search.best_fitness();
            if (search.state().restart == seen)
                continue;
            seen = search.state().restart;
            CHECK(search.state().generation == 0);
            if (search.state().small) {
                ++small;
                CHECK(search.lambda() >= large.front());
                CHECK(search.lambda() <= large.back());
                CHECK(search.sigma() <= settings.sigma);
                CHECK(search.sigma() >= settings.sigma / 100);
            } else {
                large.push_back(search.lambda());
                CHECK(search.sigma() == settings.sigma);
            }
        }
        CHECK(seen == 6);
        CHECK(search.evaluations() == evaluations);
        CHECK(large.size() + small == 7);
        CHECK((small > 0) == (restarts == Restarts::bipop));
        for (std::size_t i = 1; i < large.size(); ++i)
            CHECK(large[i] == 2 * large[i - 1]);
    }
}

TEST_CASE("the limit of generations holds for all starts together") {
    CmaSettings settings = endless(3);
    settings.tol_fun = 1e-9;
    settings.restarts = Restarts::ipop;
    settings.max_generations = 300;
    CmaEs search(settings);
    minimize(search, sphere, -kInfinity, 1000);
    CHECK(search.stop() == "max_generations");
    CHECK(search.generation() == 300);
    CHECK(search.state().restart > 0);
}

TEST_CASE("a setting that makes no sense is refused by name") {
    const auto fault = [](const std::function<void(CmaSettings&)>& change) {
        CmaSettings settings = endless(3);
        change(settings);
        try {
            CmaEs search(settings);
        } catch (const Error& error) {
            CHECK_FALSE(error.help().empty());
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    const auto names = [&](const std::string& thing,
                           const std::function<void(CmaSettings&)>& change) {
        const std::string message = fault(change);
        CAPTURE(message);
        CHECK(message.find(thing) != std::string::npos);
    };
    CHECK(fault([](CmaSettings&) {}) == "accepted");
    names("mean", [](CmaSettings& s) { s.mean.resize(0); });
    names("mean", [](CmaSettings& s) { s.mean[1] = kNan; });
    names("sigma", [](CmaSettings& s) { s.sigma = 0; });
    names("lambda", [](CmaSettings& s) { s.lambda = 1; });
    names("max_condition", [](CmaSettings& s) { s.max_condition = 1; });
    names("min_sigma", [](CmaSettings& s) { s.min_sigma = 0; });
    names("deviations", [](CmaSettings& s) { s.deviations = Eigen::Vector2d::Ones(); });
    names("deviations", [](CmaSettings& s) { s.deviations = Eigen::Vector3d(1, 0, 1); });
    names("covariance", [](CmaSettings& s) { s.covariance = -Eigen::Matrix3d::Identity(); });
    names("covariance", [](CmaSettings& s) {
        s.covariance = Eigen::Matrix3d::Identity();
        s.deviations = Eigen::Vector3d::Ones();
    });
    names("diagonal", [](CmaSettings& s) {
        s.covariance = Eigen::Matrix3d::Identity();
        s.covariance(0, 1) = s.covariance(1, 0) = 0.5;
        s.separable = Separable::always;
    });
    names("bounds", [](CmaSettings& s) { s.lower = Eigen::Vector3d::Zero(); });
    names("coefficient 2", [](CmaSettings& s) {
        s.lower = Eigen::Vector3d::Zero();
        s.upper = Eigen::Vector3d(2, 2, 0.5);
    });
    CHECK(fault([](CmaSettings& s) { // an earlier stage may end on a bound
              s.lower = s.mean;
              s.upper = s.mean + Eigen::Vector3d::Ones();
          }) == "accepted");
    CHECK(fault([](CmaSettings& s) {
              s.lower = s.mean - Eigen::Vector3d::Ones();
              s.upper = s.mean;
          }) == "accepted");
}

TEST_CASE("a wrong number of fitnesses and a state of another search are refused") {
    CmaEs search(endless(3)), other(endless(4));
    CHECK_THROWS_AS(search.tell({1.0, 2.0}), Error);
    CHECK_THROWS_AS(search.restore(other.state()), Error);
    CHECK_THROWS_AS(search.restore(CmaState()), Error);
}

TEST_SUITE_END();
