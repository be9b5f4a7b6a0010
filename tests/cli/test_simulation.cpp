#include "../data/drawn_trials.hpp"
#include "../data/failure.hpp"
#include "load.hpp"
#include "measure.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

using namespace carve::cli;

namespace {

// Two units on three inputs, and Oja's rule.
Task oja_task(const Overrides& overrides = {}, const std::string& network = "layer") {
    return task_on(network,
                   "[population.y]\nunits = 2\n[data.x]\nspectrum = [1, 0.5, 0.25]\n"
                   "samples = 30\n[rule.feedforward]\neta = 0.05\n"
                   "terms = [\"x y\", \"y^2 w\"]\n",
                   overrides);
}

Eigen::VectorXd theta_of(const Task& task, const std::map<std::string, double>& values) {
    std::vector<double> theta;
    for (const RuleSettings& rule : task.rules)
        for (const Term& term : rule.terms)
            theta.push_back(values.at(monomial(term)));
    return Eigen::Map<const Eigen::VectorXd>(theta.data(), static_cast<Eigen::Index>(theta.size()));
}

Eigen::VectorXd oja(const Task& task) { return theta_of(task, {{"x y", 1}, {"y^2 w", -1}}); }

// Oja's rule from its equation, one output at a time.
struct Plain {
    RowMatrix w, y;
    void step(const RowMatrix& rows, double eta) {
        y = rows * w.transpose();
        RowMatrix next = w;
        for (Eigen::Index i = 0; i < w.rows(); ++i)
            for (Eigen::Index j = 0; j < w.cols(); ++j) {
                double sum = 0;
                for (Eigen::Index s = 0; s < rows.rows(); ++s)
                    sum += y(s, i) * (rows(s, j) - y(s, i) * w(i, j));
                next(i, j) += eta * sum / static_cast<double>(rows.rows());
            }
        w = next;
    }
    // Mean distance to the principal components, up to sign, and |cos| with each.
    double loss(const RowMatrix& samples, std::vector<double>& cosines) const {
        const RowMatrix x = samples.rowwise() - samples.colwise().mean();
        const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
            Eigen::MatrixXd(x.transpose() * x));
        double mean = 0;
        cosines.clear();
        for (Eigen::Index i = 0; i < w.rows(); ++i) {
            const Eigen::RowVectorXd t = solver.eigenvectors().col(w.cols() - 1 - i).transpose();
            mean += std::min((w.row(i) - t).norm(), (w.row(i) + t).norm()) /
                    static_cast<double>(w.rows());
            cosines.push_back(std::abs(w.row(i).dot(t)) / w.row(i).norm());
        }
        return mean;
    }
};

class Each final : public Watcher {
  public:
    explicit Each(std::function<void(const Simulation&)> then = {}) : then_(std::move(then)) {}
    void before(const Simulation&, std::uint64_t step, std::size_t) override {
        steps.push_back(step);
    }
    void after(const Simulation& simulation) override {
        if (then_)
            then_(simulation);
    }
    void spike(const std::string&, std::size_t, std::uint64_t, std::uint32_t) override {}

    std::vector<std::uint64_t> steps;

  private:
    std::function<void(const Simulation&)> then_;
};

void start(Simulation& simulation, const Trials& trials, const Eigen::VectorXd& theta) {
    simulation.load(trials);
    simulation.set_theta(theta);
    simulation.reset();
}

std::vector<Plain> plain_of(const Task& task, const Trials& trials) {
    std::vector<Plain> plain;
    for (const RowMatrix& w : initial_weights(task, trials, "feedforward"))
        plain.push_back({w, {}});
    return plain;
}

RowMatrix fed(const Task& task, const Trial& trial, Eigen::Index step) {
    const RowMatrix& x = trial.column("x");
    return task.described.simulation.batch.samples == 0 ? x : RowMatrix(x.row(step % x.rows()));
}

void check_weights(const Simulation& simulation, std::size_t lane, const RowMatrix& expected) {
    const std::vector<double> w = simulation.weights("feedforward", lane);
    REQUIRE(w.size() == static_cast<std::size_t>(expected.size()));
    for (std::size_t k = 0; k < w.size(); ++k)
        CHECK(w[k] == doctest::Approx(expected.data()[k]).epsilon(1e-12));
}

} // namespace

TEST_SUITE("simulation") {

    TEST_CASE("initial weights are clipped to the projection's bounds before the first update") {
        // The bounds of a pair are opposite: then clipping and flipping can be exchanged.
        for (const std::string precision : {"run.precision=double", "run.precision=single"})
            for (const bool antithetic : {false, true}) {
                CAPTURE(precision);
                CAPTURE(antithetic);
                const double low = antithetic ? -0.0625 : 0;
                Overrides free = {precision,
                                  antithetic
                                      ? "projection.feedforward.weights={sd=0.1,antithetic=true}"
                                      : "projection.feedforward.weights={sd=0.1}"};
                Overrides bounded = free;
                bounded.emplace_back(fmt::format("projection.feedforward.w_min={}", low));
                bounded.emplace_back("projection.feedforward.w_max=0.0625");
                const Task task = oja_task(bounded, "lateral-layer");
                const Task unbounded = oja_task(free, "lateral-layer");
                const auto clipped =
                    initial_weights(task, draw(task, Role::search, 4), "feedforward");
                const auto drawn =
                    initial_weights(unbounded, draw(unbounded, Role::search, 4), "feedforward");
                std::size_t below = 0, above = 0;
                for (std::size_t r = 0; r < drawn.size(); ++r)
                    for (Eigen::Index k = 0; k < 6; ++k) {
                        const double w = drawn[r].data()[k];
                        CHECK(clipped[r].data()[k] ==
                              doctest::Approx(std::min(std::max(w, low), 0.0625)));
                        below += w < low;
                        above += w > 0.0625;
                    }
                CHECK(below > 0);
                CHECK(above > 0);
            }
    }

    TEST_CASE("weights and rates over time are those of the equations, in batch and online") {
        for (const char* batch : {"simulation.batch=all", "simulation.batch=1"}) {
            // More steps than rows: online they start over.
            const Task task = oja_task({batch, "simulation.duration=70", "data.x.samples=30"});
            const Trials trials = draw(task, Role::held_out, 3);
            std::vector<Plain> plain = plain_of(task, trials);
            Eigen::Index t = 0;
            Each each([&](const Simulation& simulation) {
                for (std::size_t r = 0; r < trials.size(); ++r) {
                    plain[r].step(fed(task, *trials[r], t), 0.05);
                    const std::vector<double> rates = simulation.rates("y", r);
                    REQUIRE(rates.size() == static_cast<std::size_t>(plain[r].y.size()));
                    for (std::size_t k = 0; k < rates.size(); ++k)
                        CHECK(rates[k] == doctest::Approx(plain[r].y.data()[k]).epsilon(1e-12));
                    check_weights(simulation, r, plain[r].w);
                }
                ++t;
            });
            Simulation simulation(task, {3}, Derivatives::no);
            simulation.watch(each, 1);
            start(simulation, trials, oja(task));
            simulation.run();
            CHECK(t == 70);
            REQUIRE(each.steps.size() == 71);
            for (std::uint64_t step = 0; step <= 70; ++step)
                CHECK(each.steps[step] == step);
            const std::vector<double> losses = simulation.losses();
            for (std::size_t r = 0; r < trials.size(); ++r) {
                std::vector<double> cosines;
                CHECK(
                    losses[r] ==
                    doctest::Approx(plain[r].loss(trials[r]->column("x"), cosines)).epsilon(1e-12));
                const std::vector<double> observed = simulation.observe(r);
                REQUIRE(observed.size() == 3);
                CHECK(observed[0] == doctest::Approx((cosines[0] + cosines[1]) / 2).epsilon(1e-12));
                CHECK(observed[1] == doctest::Approx(cosines[0]).epsilon(1e-12));
                CHECK(observed[2] == doctest::Approx(cosines[1]).epsilon(1e-12));
            }
            CHECK(measured_names(task) == std::vector<std::string>{"loss.components",
                                                                   "loss.components, unit 1",
                                                                   "loss.components, unit 2"});
        }
    }

    TEST_CASE(
        "weights are those of the equations where nobody watches, after any number of steps") {
        for (const std::string batch : {"all", "1"})
            for (const int steps : {1, 2, 29, 30, 31, 70}) {
                CAPTURE(batch);
                CAPTURE(steps);
                const Task task = oja_task(
                    {"simulation.batch=" + batch, "simulation.duration=" + std::to_string(steps)});
                const Trials trials = draw(task, Role::held_out, 3);
                std::vector<Plain> plain = plain_of(task, trials);
                Simulation simulation(task, {3}, Derivatives::no);
                start(simulation, trials, oja(task));
                simulation.run();
                for (std::size_t r = 0; r < trials.size(); ++r) {
                    for (Eigen::Index t = 0; t < steps; ++t)
                        plain[r].step(fed(task, *trials[r], t), 0.05);
                    check_weights(simulation, r, plain[r].w);
                }
            }
    }

    TEST_CASE("many steps in one call are the same as one after the other") {
        const Task task = oja_task({"simulation.batch=1", "simulation.duration=95"});
        const Trials trials = draw(task, Role::held_out, 2);
        Each watcher;
        std::vector<std::vector<double>> weights;
        for (const std::uint64_t every : {0u, 1u, 7u, 95u}) { // 0: nobody watches
            Simulation simulation(task, {2}, Derivatives::no);
            if (every > 0)
                simulation.watch(watcher, every);
            start(simulation, trials, oja(task));
            simulation.run();
            weights.push_back(simulation.weights("feedforward", 0));
            const std::vector<double> other = simulation.weights("feedforward", 1);
            weights.back().insert(weights.back().end(), other.begin(), other.end());
            CHECK(weights.back() == weights[0]);
        }
    }

    TEST_CASE("a trial begins anew after a reset, as often as it is run") {
        const Task task = oja_task({"simulation.batch=1", "simulation.duration=20"});
        const Trials trials = draw(task, Role::held_out, 4);
        Simulation simulation(task, {2}, Derivatives::no);
        start(simulation, {trials[0], trials[1]}, oja(task));
        simulation.run();
        const std::vector<double> first = simulation.losses();
        simulation.reset();
        simulation.run();
        CHECK(simulation.losses() == first);
        start(simulation, {trials[2], trials[3]}, oja(task));
        simulation.run();
        CHECK(simulation.losses() != first);
        start(simulation, {trials[0], trials[1]}, oja(task));
        simulation.run();
        CHECK(simulation.losses() == first);
    }

    TEST_CASE("a diverging trial is flagged and has no loss") {
        const Task task = oja_task({"simulation.duration=400"});
        Simulation simulation(task, {1}, Derivatives::no);
        start(simulation, draw(task, Role::held_out, 1),
              theta_of(task, {{"x y", 50}, {"y^2 w", 0}}));
        CHECK(simulation.frozen(0) == -1);
        simulation.run();
        CHECK(simulation.frozen(0) > 0);
        CHECK(simulation.frozen(0) < 400);
        CHECK(std::isnan(simulation.losses()[0]));
    }

    TEST_CASE("a rule brings its own eta, unless the task's is to be kept") {
        const Task task = oja_task();
        const Rule stated{"", {{"feedforward", 0.3, {{1, 1, 0, 1}}}}},
            silent{"", {{"feedforward", 0, {{1, 1, 0, 1}}}}};
        CHECK(with_rule(task, stated).rules[0].eta == 0.3);
        CHECK(with_rule(task, silent).rules[0].eta == 0.05);
        CHECK(with_rule(task, silent).rules[0].terms == silent.projections[0].terms);
        for (const char* override : {"rule.feedforward.eta=0.02", "rule.feedforward.eta= 0.02"})
            CHECK(with_rule(oja_task({override}), stated).rules[0].eta == 0.02);
        // Of all rules at once.
        CHECK(
            with_rule(parse_task("format = 2\nextends = \"layer\"\ndrop = [\"rule.feedforward\"]\n"
                                 "[data.x]\nspectrum = [1, 0.5]\n[defaults.rule]\neta = 0.1\n"
                                 "[rule.feedforward]\n",
                                 "t.toml", {"defaults.rule.eta=0.02"}),
                      stated)
                .rules[0]
                .eta == 0.02);
        const Rule elsewhere{"", {{"lateral", 0, {{1, 1, 0, 1}}}}};
        CHECK(failure_of([&] { with_rule(task, elsewhere); }).says("'lateral'"));
    }

    TEST_CASE("the slope and the curvature of a score are those of its differences") {
        task::Measure squared, relative; // squared by default
        squared.target = relative.target = 3;
        relative.as.as = "relative";
        CHECK(score_of(squared, 5).value == 4);
        CHECK(score_of(relative, 5).value == 4.0 / 7); // M16
        for (const task::Measure& m : {squared, relative})
            for (const double raw : {0.0, 1.0, 3.0, 8.0}) {
                const double h = 1e-4, before = score_of(m, raw - h).value,
                             at = score_of(m, raw).value, after = score_of(m, raw + h).value;
                CHECK(score_of(m, raw).slope == doctest::Approx((after - before) / (2 * h)));
                CHECK(score_of(m, raw).curvature ==
                      doctest::Approx((after - 2 * at + before) / (h * h)).epsilon(1e-5));
            }
    }

    TEST_CASE("a simulation runs with the eta and the terms of the rule that is put in") {
        const Task task = oja_task({"simulation.duration=30"});
        const Rule given{"", {{"feedforward", 0.3, {{1, 1, 0, 1}, {0, 2, 1, -1}}}}};
        const Task with = with_rule(task, given);
        const Trials trials = draw(with, Role::held_out, 2);
        std::vector<Plain> plain = plain_of(task, trials);
        Simulation simulation(with, {2}, Derivatives::no);
        const std::vector<double> theta = coefficients(with);
        start(simulation, trials,
              Eigen::Map<const Eigen::VectorXd>(theta.data(),
                                                static_cast<Eigen::Index>(theta.size())));
        simulation.run();
        for (std::size_t r = 0; r < trials.size(); ++r) {
            for (Eigen::Index t = 0; t < 30; ++t)
                plain[r].step(trials[r]->column("x"), 0.3);
            check_weights(simulation, r, plain[r].w);
        }
    }
}
