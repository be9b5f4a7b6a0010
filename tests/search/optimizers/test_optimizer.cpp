// The optimizers on problems whose answer is known without them.
#include "fixture.hpp"
#include "optimizer.hpp"
#include "spike_terms.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace fixture;

TEST_SUITE_BEGIN("optimizers");

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// A rule whose coefficients stay in `theta`, its time constants in `tau`, in s.
RuleSettings rule_of(const std::vector<Term>& terms, task::Range theta = {},
                     task::Range tau = {0, kInf}) {
    RuleSettings rule;
    rule.terms = terms;
    for (const Term& term : terms) {
        task::Draw start;
        start.range = is_time_constant(term) ? tau : theta;
        rule.starts.push_back(start);
    }
    return rule;
}

// |A theta - b|^2 / 2, an objective whose Gauss-Newton Hessian is exact.
struct Least {
    Eigen::MatrixXd A;
    Eigen::VectorXd b;

    Least(Eigen::Index rows, Eigen::Index columns) {
        const Eigen::VectorXd z = normals(99, rows * columns);
        A = Eigen::Map<const Eigen::MatrixXd>(z.data(), rows, columns);
        b = 3 * normals(98, rows);
    }
    Objective objective() const {
        const auto at = [this](const Eigen::VectorXd& theta, Derivatives derivatives) {
            Evaluation e;
            e.loss = (A * theta - b).squaredNorm() / 2;
            if (derivatives == Derivatives::yes) {
                e.gradient = A.transpose() * (A * theta - b);
                e.hessian = A.transpose() * A;
            }
            return e;
        };
        return {at, {}};
    }
    // How far theta is from satisfying the optimality conditions of the problem with L1, in a box: at a
    // bound the slope may point out of it.
    double violation(const Eigen::VectorXd& theta, double l1, const Box& box = {}) const {
        const Eigen::VectorXd slope = A.transpose() * (A * theta - b);
        double worst = 0;
        for (Eigen::Index k = 0; k < theta.size(); ++k) {
            const double left = slope[k] + (theta[k] > 0 ? l1 : -l1),
                         right = slope[k] + (theta[k] >= 0 ? l1 : -l1); // derivatives to both sides
            const bool low = box.bounds() && theta[k] == box.lower[k],
                       high = box.bounds() && theta[k] == box.upper[k];
            worst = std::max({worst, low ? 0 : left, high ? 0 : -right});
        }
        return worst;
    }
};

// (theta - 3)^2 where theta < 1; diverges beyond, which is where every step wants to go.
Evaluation cliff(const Eigen::VectorXd& theta, Derivatives derivatives) {
    Evaluation e;
    e.diverged = theta[0] >= 1;
    e.loss = e.diverged ? 100.0 : (theta[0] - 3) * (theta[0] - 3);
    if (derivatives == Derivatives::yes) {
        e.gradient = Eigen::VectorXd::Constant(1, e.diverged ? 0.0 : 2 * (theta[0] - 3));
        e.hessian = Eigen::MatrixXd::Constant(1, 1, e.diverged ? 0.0 : 2.0);
    }
    return e;
}

} // namespace

TEST_CASE("the proximal minimum of separate coefficients is their soft threshold") {
    const Eigen::Vector3d curvature(2, 4, 1), gradient(-3, 2, 0.2), from(0.5, 0.25, 0);
    const Eigen::MatrixXd A = curvature.asDiagonal();
    const Eigen::VectorXd found = proximal_minimum(A, gradient, from, 0.5);
    CHECK(found[0] == doctest::Approx(0.5 + 3.0 / 2 - 0.5 / 2));
    CHECK(found[1] == doctest::Approx(0.25 - 2.0 / 4 + 0.5 / 4));
    CHECK(found[2] == 0.0);
}

TEST_CASE("the proximal minimum satisfies the optimality conditions, exact zeros included") {
    const Least problem(12, 8);
    const Eigen::VectorXd from = normals(5, 8);
    const Evaluation at = problem.objective().at(from, Derivatives::yes);
    for (const double l1 : {0.0, 0.5, 5.0, 1e3}) {
        CAPTURE(l1);
        const Eigen::VectorXd found = proximal_minimum(at.hessian, at.gradient, from, l1);
        CHECK(problem.violation(found, l1) < 1e-8);
    }
    CHECK(proximal_minimum(at.hessian, at.gradient, from, 1e3) == Eigen::VectorXd::Zero(8));
}

TEST_CASE("in a box the optimality conditions hold, and bounds that bind are reached exactly") {
    const Least problem(12, 8);
    const Box box{Eigen::VectorXd::Constant(8, -0.1), Eigen::VectorXd::Constant(8, 0.3)};
    const Eigen::VectorXd from = box.nearest(normals(5, 8));
    const Evaluation at = problem.objective().at(from, Derivatives::yes);
    for (const double l1 : {0.0, 0.5, 5.0}) {
        CAPTURE(l1);
        const Eigen::VectorXd found = proximal_minimum(at.hessian, at.gradient, from, l1, box);
        CHECK(problem.violation(found, l1, box) < 1e-8);
        CHECK(found == box.nearest(found));
    }
    // Wide bounds change nothing.
    const Box wide{Eigen::VectorXd::Constant(8, -1e9), Eigen::VectorXd::Constant(8, 1e9)};
    CHECK((proximal_minimum(at.hessian, at.gradient, from, 0, wide) -
           proximal_minimum(at.hessian, at.gradient, from, 0))
              .norm() < 1e-8);
}

TEST_CASE("both gradient methods stay in a box and find the minimum there, from outside, too") {
    const Least problem(12, 8);
    const Box box{Eigen::VectorXd::Constant(8, -0.1), Eigen::VectorXd::Constant(8, 0.3)};
    for (const bool adam : {false, true}) {
        CAPTURE(adam);
        Eigen::VectorXd theta = 3 * normals(5, 8);
        auto optimizer = adam ? make_adam(0.01, 1e9, box) : make_gauss_newton(1.0, box);
        for (int i = 0; i < (adam ? 4000 : 40); ++i) {
            optimizer->iterate(problem.objective(), theta, 0);
            CHECK(theta == box.nearest(theta));
            if (adam && i % 1000 == 999)
                optimizer = make_adam(0.001 / (1 + i), 1e9, box);
        }
        CHECK(problem.violation(theta, 0, box) < (adam ? 0.05 : 1e-4));
    }
}

TEST_CASE("the box of rules has the bounds of coefficients, and of logarithms of time constants") {
    CHECK_FALSE(box_of({rule_of(terms_up_to(1))}).bounds());
    const Box box =
        box_of({rule_of(terms_up_to(1), {-2, kInf}), rule_of(pair_terms(), {}, {0, 0.1})});
    CHECK(box.lower.size() == 14);
    CHECK(box.lower[0] == -2);
    CHECK(box.upper[0] == kInf);
    CHECK(box.lower[8] == -kInf);
    CHECK(box.upper[8] == doctest::Approx(std::log(0.1)));
    CHECK(box.lower[10] == -kInf);
    CHECK(box.upper[10] == kInf);
}

TEST_CASE("Gauss-Newton solves least squares with and without L1") {
    const Least problem(12, 8);
    for (const double l1 : {0.0, 2.0}) {
        CAPTURE(l1);
        Eigen::VectorXd theta = normals(5, 8);
        const auto optimizer = make_gauss_newton(1.0);
        for (int i = 0; i < 40; ++i)
            optimizer->iterate(problem.objective(), theta, l1);
        CHECK(problem.violation(theta, l1) < 1e-4);
    }
}

TEST_CASE("Gauss-Newton never raises the objective and says when nothing moves any more") {
    const Least problem(12, 8);
    Eigen::VectorXd theta = normals(5, 8);
    const auto optimizer = make_gauss_newton(100.0);
    double last = std::numeric_limits<double>::infinity();
    bool moved = true;
    for (int i = 0; i < 60; ++i) {
        const Iteration done = optimizer->iterate(problem.objective(), theta, 1.0);
        const double now = problem.objective().at(theta, Derivatives::no).loss + theta.lpNorm<1>();
        CHECK(now <= last);
        CHECK(done.loss + theta.lpNorm<1>() == doctest::Approx(now));
        last = now;
        moved = done.moved;
    }
    CHECK_FALSE(moved);
}

TEST_CASE("both optimizers stay on the side of a cliff where nothing diverges") {
    for (const bool adam : {false, true}) {
        CAPTURE(adam);
        Eigen::VectorXd theta = Eigen::VectorXd::Zero(1);
        const auto optimizer = adam ? make_adam(0.3, 1.0) : make_gauss_newton(1e-3);
        for (int i = 0; i < 60; ++i) {
            const Iteration done = optimizer->iterate({cliff, {}}, theta, 0.0);
            CHECK(done.diverged == 0);
        }
        CHECK(theta[0] > 0.5);
    }
}

TEST_CASE("Adam's first step has the learning rate's length in every coefficient") {
    const Least problem(6, 4);
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(4);
    const auto optimizer = make_adam(0.02, 1.0);
    const Eigen::VectorXd slope = problem.objective().at(theta, Derivatives::yes).gradient;
    optimizer->iterate(problem.objective(), theta, 0.0);
    for (Eigen::Index k = 0; k < 4; ++k)
        CHECK(theta[k] == doctest::Approx(slope[k] > 0 ? -0.02 : 0.02).epsilon(1e-6));
}

TEST_CASE("Adam ends where the optimality conditions with L1 hold") {
    Least problem(12, 4);
    problem.A *=
        0.1; // gradients below the clipping norm, where the conditions are those of the loss
    problem.b *= 0.1;
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(4);
    auto optimizer = make_adam(0.01, 1.0);
    for (int i = 0; i < 6000; ++i) {
        if (i % 1500 == 1499)
            optimizer = make_adam(0.01 / (1 + i), 1.0);
        optimizer->iterate(problem.objective(), theta, 0.02);
    }
    CHECK(problem.violation(theta, 0.02) < 1e-3);
}

TEST_CASE("CMA-ES draws each rule's coefficients with its spread, and within its bounds") {
    RuleSettings wide = rule_of(std::vector<Term>(40));
    wide.spread = 10;
    const RuleSettings narrow = rule_of(std::vector<Term>(40), {-0.05, 0.05});
    SearchSettings settings;
    settings.sigma = 0.1;
    settings.population = 50;
    Eigen::MatrixXd drawn;
    Objective objective;
    objective.of = [&](const Eigen::MatrixXd& thetas) {
        drawn = thetas;
        return std::vector<Evaluation>(static_cast<std::size_t>(thetas.cols()));
    };
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(80);
    make_cma_search(settings, {wide, narrow}, 5, 3)->iterate(objective, theta, 0);
    const double n = 40 * 50;
    CHECK(drawn.topRows(40).squaredNorm() / n == doctest::Approx(1).epsilon(5 * std::sqrt(2 / n)));
    CHECK(drawn.bottomRows(40).cwiseAbs().maxCoeff() <= 0.05);
    CHECK(drawn.bottomRows(40).cwiseAbs().maxCoeff() > 0.045);
}

TEST_CASE("CMA-ES keeps time constants within bounds of their own, in seconds") {
    const RuleSettings rule = rule_of(pair_terms(), {-kInf, 0.25}, {0.015, 0.03});
    SearchSettings settings;
    settings.sigma = 1;
    settings.population = 200;
    Eigen::MatrixXd drawn;
    Objective objective;
    objective.of = [&](const Eigen::MatrixXd& thetas) {
        drawn = thetas;
        return std::vector<Evaluation>(static_cast<std::size_t>(thetas.cols()));
    };
    Eigen::VectorXd theta = Eigen::VectorXd::Zero(6);
    theta.head(2).setConstant(std::log(0.02));
    make_cma_search(settings, {rule}, 5, 3)->iterate(objective, theta, 0);
    const Eigen::ArrayXXd tau = drawn.topRows(2).array().exp();
    CHECK(tau.minCoeff() == doctest::Approx(0.015).epsilon(0.02));
    CHECK(tau.maxCoeff() == doctest::Approx(0.03).epsilon(0.02));
    CHECK(tau.minCoeff() >= 0.015 * (1 - 1e-14));
    CHECK(tau.maxCoeff() <= 0.03 * (1 + 1e-14));
    CHECK(drawn.bottomRows(4).maxCoeff() <= 0.25);
    CHECK(drawn.bottomRows(4).minCoeff() < -1);
}

TEST_CASE("CMA-ES begins at a bound where what came before ended beyond it") {
    const std::vector<RuleSettings> rules{rule_of(std::vector<Term>(2), {-kInf, 0.25})};
    const auto search = make_cma_search(SearchSettings{}, rules, 1, 1);
    Eigen::VectorXd theta = Eigen::Vector2d(3, -1);
    bool inside = true;
    const Objective objective{{}, [&](const Eigen::MatrixXd& thetas) {
                                  inside = inside && (thetas.array() <= 0.25).all();
                                  return std::vector<Evaluation>(
                                      static_cast<std::size_t>(thetas.cols()));
                              }};
    search->iterate(objective, theta, 0);
    CHECK(inside);
    CHECK(theta[1] < 0);
}

TEST_CASE("CMA-ES ends at the minimum with L1, which its losses do not count") {
    const Least problem(12, 3);
    const Objective at = problem.objective();
    Objective objective;
    objective.of = [&](const Eigen::MatrixXd& thetas) {
        std::vector<Evaluation> all;
        for (Eigen::Index k = 0; k < thetas.cols(); ++k)
            all.push_back(at.at(thetas.col(k), Derivatives::no));
        return all;
    };
    SearchSettings settings;
    settings.sigma = 1;
    const Evaluation zero = at.at(Eigen::VectorXd::Zero(3), Derivatives::yes);
    for (const double l1 : {2.0, 1e3}) {
        CAPTURE(l1);
        const Eigen::VectorXd expected =
            proximal_minimum(zero.hessian, zero.gradient, Eigen::VectorXd::Zero(3), l1);
        const auto optimizer = make_cma_search(settings, {rule_of(std::vector<Term>(3))}, 300, 7);
        Eigen::VectorXd theta = Eigen::VectorXd::Zero(3);
        Iteration last;
        for (int i = 0; i < 200; ++i)
            last = optimizer->iterate(objective, theta, l1);
        CHECK((theta - expected).norm() < 1e-3);
        CHECK(last.loss == doctest::Approx(at.at(expected, Derivatives::no).loss).epsilon(1e-3));
    }
}

TEST_CASE("an optimizer continues from its state with the same bits") {
    const Least problem(12, 5);
    Objective objective = problem.objective();
    objective.of = [&](const Eigen::MatrixXd& thetas) {
        std::vector<Evaluation> all;
        for (Eigen::Index k = 0; k < thetas.cols(); ++k)
            all.push_back(objective.at(thetas.col(k), Derivatives::no));
        return all;
    };
    const auto make = [](int which) {
        SearchSettings settings;
        settings.cma_restarts = Restarts::ipop;
        const RuleSettings rule = rule_of(std::vector<Term>(5));
        return which == 0   ? make_adam(0.1, 1.0)
               : which == 1 ? make_gauss_newton(10)
                            : make_cma_search(settings, {rule}, 50, 7);
    };
    for (const int which : {0, 1, 2}) {
        CAPTURE(which);
        auto whole = make(which);
        Eigen::VectorXd theta = Eigen::VectorXd::Zero(5), again;
        std::vector<double> state;
        for (int i = 0; i < 20; ++i) {
            if (i == 9) {
                state = whole->state();
                again = theta;
            }
            whole->iterate(objective, theta, 0.01);
        }
        auto resumed = make(which);
        resumed->restore(state);
        for (int i = 9; i < 20; ++i)
            resumed->iterate(objective, again, 0.01);
        CHECK(again == theta);
        CHECK(resumed->state() == whole->state());
    }
}

TEST_CASE("with a prior optimizers end at the minimum of the sum, and report the loss without it") {
    const Least problem(12, 3);
    const Eigen::VectorXd precision = Eigen::Vector3d(4, 0, 0.25), mean = Eigen::Vector3d(1, 9, -2);
    const Prior prior{mean, precision};
    Objective objective;
    objective.at = [&](const Eigen::VectorXd& theta, Derivatives derivatives) {
        Evaluation e = problem.objective().at(theta, derivatives);
        prior.add_to(e, theta);
        return e;
    };
    objective.of = [&](const Eigen::MatrixXd& thetas) {
        std::vector<Evaluation> all;
        for (Eigen::Index k = 0; k < thetas.cols(); ++k)
            all.push_back(objective.at(thetas.col(k), Derivatives::no));
        return all;
    };
    const Eigen::MatrixXd normal =
        problem.A.transpose() * problem.A + Eigen::MatrixXd(precision.asDiagonal());
    const Eigen::VectorXd expected =
        normal.ldlt().solve(problem.A.transpose() * problem.b + precision.cwiseProduct(mean));
    SearchSettings settings;
    settings.sigma = 1;
    const RuleSettings rule = rule_of(std::vector<Term>(3));
    for (const int which : {0, 1, 2}) {
        CAPTURE(which);
        const auto optimizer = which == 0   ? make_adam(0.05, 1e9)
                               : which == 1 ? make_gauss_newton(1)
                                            : make_cma_search(settings, {rule}, 300, 7);
        Eigen::VectorXd theta = Eigen::VectorXd::Zero(3);
        Iteration last;
        for (int i = 0; i < (which == 0 ? 3000 : 200); ++i)
            last = optimizer->iterate(objective, theta, 0);
        CHECK((theta - expected).norm() < 1e-4);
        CHECK(last.loss ==
              doctest::Approx((problem.A * expected - problem.b).squaredNorm() / 2).epsilon(1e-3));
    }
}

TEST_CASE("a prior is of coefficients that start at a number or near one, about it") {
    SearchSettings search;
    RuleSettings rule = rule_of(std::vector<Term>(4));
    rule.starts[0].from = task::Normal{0.5, 0.01};
    rule.starts[1].from = 2.0;
    rule.starts[2].from = task::Uniform{-1, 1};
    rule.starts[3].from = task::Normal{0.5, 0.01};
    rule.terms[3].spike = kTauPre;
    CHECK(prior_of(search, {rule}).mean.size() == 0);
    search.prior = 0.5;
    const Prior prior = prior_of(search, {rule});
    CHECK(prior.precision == Eigen::VectorXd(Eigen::Vector4d(4, 4, 0, 0)));
    Evaluation e;
    prior.add_to(e, Eigen::Vector4d(1, 1, 5, 5));
    CHECK(e.prior == 4 * (0.5 * 0.5 + 1) / 2);
    CHECK(e.gradient.size() == 0); // as it had none
}

TEST_SUITE_END();
