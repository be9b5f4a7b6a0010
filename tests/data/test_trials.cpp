// Trials of generated data: what is drawn for them, and what they begin with.
#include "covariance.hpp"
#include "drawn_trials.hpp"
#include "draws.hpp"
#include "failure.hpp"

#include <carve.h>
#include <cmath>
#include <doctest/doctest.h>
#include <map>
#include <set>

using namespace carve::cli;

namespace {

const std::string kGaussian = "[data.x]\nspectrum = [1, 0.5, 0]\n";

Task gaussian_task(const Overrides& overrides = {}) {
    return task_on("layer", kGaussian, overrides);
}

constexpr Role kAllRoles[] = {Role::search, Role::validation, Role::held_out, Role::other};

// The largest variance in any direction, and the second.
Eigen::Vector2d leading(const RowMatrix& samples) {
    const Eigen::VectorXd e =
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(covariance(samples)).eigenvalues();
    return {e(e.size() - 1), e(e.size() - 2)};
}

} // namespace

TEST_SUITE_BEGIN("trials");

TEST_CASE("a trial is a function of seed, role, round and index alone") {
    const Task task = gaussian_task({"data.x.samples=50"});
    const TrialSource source(task);
    const Trials trials = draw(source, task.described, Role::search, 6, 3, 5);
    const Trials again = draw(task, Role::search, 9, 3, 5);
    const Trials later = source.draw(trials[0]->described, {Role::search, 3, 5, 4, 2});
    const auto weights = initial_weights(task, trials, "feedforward"),
               weights_again = initial_weights(task, again, "feedforward");
    REQUIRE(trials.size() == 6);
    REQUIRE(later.size() == 2);
    for (std::size_t i = 0; i < trials.size(); ++i) {
        CHECK(trials[i]->column("x") == again[i]->column("x"));
        CHECK(trials[i]->stream == again[i]->stream);
        CHECK(weights[i] == weights_again[i]);
        if (i >= 4) {
            CHECK(trials[i]->column("x") == later[i - 4]->column("x"));
            CHECK(trials[i]->stream == later[i - 4]->stream);
        }
    }
    // More samples continue the same ones.
    const Trials longer = draw(gaussian_task({"data.x.samples=80"}), Role::search, 1, 3, 5);
    CHECK((longer[0]->column("x").topRows(50) - trials[0]->column("x")).cwiseAbs().maxCoeff() <
          1e-14);
}

TEST_CASE("no two trials share numbers, whatever their seed, role, round or index") {
    std::set<double> seen;
    std::size_t n = 0;
    const auto add = [&](const RowMatrix& m) {
        for (Eigen::Index i = 0; i < m.size(); ++i, ++n)
            seen.insert(m.data()[i]);
    };
    for (const char* seed : {"run.seed=0", "run.seed=1"}) {
        const Task task = gaussian_task({"data.x.samples=10", seed});
        const TrialSource source(task);
        for (const Role role : kAllRoles)
            for (const std::uint64_t round : {0u, 1u, 7u}) {
                const Trials trials = draw(source, task.described, role, 4, round, round);
                for (const auto& trial : trials)
                    add(trial->column("x"));
                for (const RowMatrix& w : initial_weights(task, trials, "feedforward"))
                    add(w);
            }
    }
    CHECK(seen.size() == n);
}

TEST_CASE("initial weights that are redrawn follow their own round, others that of their trial") {
    for (const bool redrawn : {true, false}) {
        const Task task = gaussian_task(
            {redrawn ? Override("projection.feedforward.weights={sd=0.1,redraw=\"iteration\"}")
                     : Override("projection.feedforward.weights={sd=0.1}")});
        const TrialSource source(task);
        const auto drawn = [&](std::uint64_t round, std::uint64_t weights_round) {
            return draw(source, task.described, Role::search, 1, round, weights_round);
        };
        const auto weights = [&](const Trials& trials) {
            return initial_weights(task, trials, "feedforward")[0];
        };
        const Trials a = drawn(0, 0), b = drawn(0, 1), c = drawn(1, 0);
        CHECK(a[0]->column("x") == b[0]->column("x"));
        CHECK(a[0]->column("x") != c[0]->column("x"));
        CHECK((weights(a) == weights(b)) == !redrawn);
        CHECK((weights(a) == weights(c)) == redrawn);
    }
}

TEST_CASE("each path, seed, role, round and index has its own random numbers") {
    std::set<double> seen;
    std::size_t n = 0;
    for (const std::string path : {"data.x.split", "data.x.rotation", "data.x", "data.y", "trial"})
        for (const std::uint64_t seed : {1u, 12u})
            for (const std::uint64_t role : {0u, 2u, 15u})
                for (const std::uint64_t round : {std::uint64_t{0}, (std::uint64_t{1} << 48) - 1})
                    for (const std::uint64_t index :
                         {std::uint64_t{0}, (std::uint64_t{1} << 28) - 1})
                        for (const double u : Draws(seed, path, role, round, index).uniform(4)) {
                            seen.insert(u);
                            ++n;
                        }
    CHECK(seen.size() == n);
    const auto code = [](std::uint64_t role, std::uint64_t round, std::uint64_t index) {
        return failure_of([&] { Draws(1, "data.x", role, round, index); }).code;
    };
    CHECK(code(0, std::uint64_t{1} << 48, 0) == Exit::internal);
    CHECK(code(0, 0, std::uint64_t{1} << 28) == Exit::internal);
    CHECK(code(16, 0, 0) == Exit::internal);
}

TEST_CASE("gaussian samples have the spectrum of the task in a random orientation") {
    const Task task = gaussian_task({"data.x.samples=20000"});
    const TrialSource source(task);
    for (const auto& trial : draw(source, task.described, Role::search, 5)) {
        REQUIRE(trial->column("x").cols() == 3);
        const Eigen::VectorXd e =
            Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(covariance(trial->column("x")))
                .eigenvalues();
        CHECK(e(2) ==
              doctest::Approx(1).epsilon(0.05)); // 5 standard errors: sqrt(2 / 20000) = 0.01
        CHECK(e(1) == doctest::Approx(0.5).epsilon(0.05));
        CHECK(std::abs(e(0)) < 1e-12);
    }
    // The 2020 protocol's Q: orthonormalised uniform columns, so Q's first column, the weights of
    // the first input, is parallel to a vector of positive entries.
    const Trials trials = draw(gaussian_task({"data.x.samples=2000"}), Role::search, 1);
    const auto u = Draws(1, "data.x.rotation", 0, 0, 0).uniform(9);
    const Eigen::Vector3d column(u[0], u[3], u[6]);
    // Variance of input 1 is column' D column / |column|^2.
    const double expected =
        (column(0) * column(0) + 0.5 * column(1) * column(1)) / column.squaredNorm();
    CHECK(covariance(trials[0]->column("x"))(0, 0) == doctest::Approx(expected).epsilon(0.15));
}

TEST_CASE("each antithetic sample is followed by its negative") {
    const RowMatrix plain =
        draw(gaussian_task({"data.x.samples=30"}), Role::search, 1)[0]->column("x");
    const RowMatrix both =
        draw(gaussian_task({"data.x.samples=30", "data.x.antithetic=true"}), Role::search, 1)[0]
            ->column("x");
    REQUIRE(both.rows() == 60);
    for (Eigen::Index i = 0; i < 30; ++i) {
        CHECK(both.row(2 * i) == plain.row(i));
        CHECK(both.row(2 * i + 1) == -plain.row(i));
    }
}

TEST_CASE("antithetic initial weights come in pairs on the same samples") {
    const Task task = gaussian_task({"projection.feedforward.weights={sd=0.1,antithetic=true}"});
    const Trials trials = draw(task, Role::search, 5);
    const auto w = initial_weights(task, trials, "feedforward");
    REQUIRE(trials.size() == 5);
    for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
        CHECK(trials[i]->column("x") == trials[i + 1]->column("x"));
        CHECK(w[i] == -w[i + 1]);
        CHECK(w[i].cwiseAbs().minCoeff() > 0);
    }
    CHECK(trials[0]->column("x") != trials[2]->column("x"));
    CHECK(trials[2]->column("x") != trials[4]->column("x"));
    // A portion that begins with the second of a pair.
    const Trials later = TrialSource(task).draw(trials[0]->described, {Role::search, 0, 0, 3, 2});
    CHECK(initial_weights(task, later, "feedforward")[0] == w[3]);
    CHECK(initial_weights(task, later, "feedforward")[1] == w[4]);
}

TEST_CASE("both of an antithetic pair have the same of the values that vary") {
    const Task task =
        task_on("layer",
                kGaussian + "[trials]\nvary = { \"rule.feedforward.eta\" = [0.5, 1, 2], "
                            "\"data.x.scale\" = { uniform = [1, 2] } }\n",
                {"projection.feedforward.weights={sd=0.1,antithetic=true}"});
    const Trials trials = draw(task, Role::search, 8);
    const double etas[] = {0.5, 0.5, 1, 1, 2, 2, 0.5, 0.5};
    for (std::size_t i = 0; i < 8; ++i) {
        REQUIRE(trials[i]->at.size() == 2);
        CHECK(std::stod(trials[i]->at[0]) == etas[i]);
        CHECK(trials[i]->described->rules[0].eta == etas[i]);
        CHECK(trials[i]->at[1] == trials[i ^ 1]->at[1]);
        CHECK(std::get<double>(trials[i]->described->data[0].scale.from) ==
              std::stod(trials[i]->at[1]));
    }
    CHECK(trials[0]->at[1] != trials[2]->at[1]);
    CHECK(trials[0]->at[1] != trials[6]->at[1]);
}

TEST_CASE("initial weights have mean 0 and the standard deviation of the task") {
    const Task task =
        gaussian_task({"data.x.samples=2", "projection.feedforward.weights={sd=0.3}"});
    double sum = 0, squares = 0;
    for (const RowMatrix& w :
         initial_weights(task, draw(task, Role::search, 2000), "feedforward")) {
        sum += w.sum();
        squares += w.squaredNorm();
    }
    const double n = 6000;
    CHECK(std::abs(sum / n) < 5 * 0.3 / std::sqrt(n));
    CHECK(squares / n == doctest::Approx(0.09).epsilon(5 * std::sqrt(2 / n)));
}

TEST_CASE("scaled initial weights have the same norm for any number of inputs") {
    for (const std::size_t units : {std::size_t{2}, std::size_t{3}, std::size_t{200}}) {
        std::string spectrum = "1";
        for (std::size_t i = 1; i < units; ++i)
            spectrum += ", 1";
        const Task task = task_on("layer", "[data.x]\nsamples = 2\nspectrum = [" + spectrum + "]\n",
                                  {"projection.feedforward.weights={sd=0.3,scaled=true}"});
        const std::size_t count = 4000 / units; // about 4000 weights each
        double squares = 0;
        for (const RowMatrix& w :
             initial_weights(task, draw(task, Role::search, count), "feedforward"))
            squares += w.squaredNorm();
        CAPTURE(units);
        const double spread = std::sqrt(2.0 / double(count * units));
        CHECK(squares / double(count) == doctest::Approx(0.09).epsilon(5 * spread));
    }
}

TEST_CASE("lateral weights have their own deviation, and flipped signs leave the network alike") {
    const Task task = task_on("lateral-layer", kGaussian,
                              {"data.x.samples=2", "population.y.units=3",
                               "projection.feedforward.weights={sd=0.1,antithetic=true}",
                               "projection.lateral.weights={sd=0.5}"});
    const Trials trials = draw(task, Role::search, 1600);
    const auto w = initial_weights(task, trials, "feedforward"),
               m = initial_weights(task, trials, "lateral");
    double squares = 0;
    std::set<std::vector<double>> choices;
    for (std::size_t i = 0; i < trials.size(); i += 2) {
        Eigen::Vector3d sign;
        for (Eigen::Index k = 0; k < 3; ++k)
            sign[k] = w[i + 1](k, 0) / w[i](k, 0);
        CHECK(sign.minCoeff() == -1);
        CHECK(sign.cwiseAbs() == Eigen::Vector3d::Ones());
        CHECK(w[i + 1] == RowMatrix(sign.asDiagonal() * w[i]));
        CHECK(m[i + 1] == RowMatrix(sign.asDiagonal() * m[i] * sign.asDiagonal()));
        choices.insert({sign[0], sign[1], sign[2]});
        for (Eigen::Index post = 0; post < 3; ++post)
            for (Eigen::Index pre = 0; pre < 3; ++pre)
                if (pre < post)
                    squares += m[i](post, pre) * m[i](post, pre);
                else
                    CHECK(m[i](post, pre) == 0);
    }
    CHECK(choices.size() == 7);
    CHECK(squares / (800 * 3) == doctest::Approx(0.25).epsilon(5 * std::sqrt(2.0 / 2400)));
}

TEST_CASE("varied scale multiplies the spectrum by a log-uniform factor") {
    const Task task = gaussian_task({"data.x.samples=400", "data.x.scale={log_uniform=[0.25,4]}"});
    double below = 0, mean_log = 0;
    for (const auto& trial : draw(task, Role::search, 1000)) {
        const Eigen::Vector2d lambda = leading(trial->column("x"));
        CHECK(lambda[0] > 0.25 * 0.6);
        CHECK(lambda[0] < 4 * 1.6);
        CHECK(lambda[1] / lambda[0] == doctest::Approx(0.5).epsilon(0.5));
        below += lambda[0] < 0.5;
        mean_log += std::log2(lambda[0]) / 1000;
    }
    CHECK(below / 1000 == doctest::Approx(0.25).epsilon(0.25)); // a quarter of four octaves
    CHECK(std::abs(mean_log) < 0.2);
}

TEST_CASE("a varied spectrum keeps the first eigenvalue the first by the task's margin") {
    const Task task =
        gaussian_task({"data.x.samples=4000", "data.x.spectrum={uniform=[0,1],units=4,gap=0.6}",
                       "data.x.scale=2"});
    std::set<int> tenths; // of lambda 3 / lambda 1
    for (const auto& trial : draw(task, Role::search, 100)) {
        const Eigen::Vector2d lambda = leading(trial->column("x"));
        CHECK(lambda[0] == doctest::Approx(2).epsilon(0.2));
        CHECK(lambda[1] / lambda[0] < 0.6 * 1.25); // samples are few; without the margin 1 is usual
        const Eigen::VectorXd e =
            Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(covariance(trial->column("x")))
                .eigenvalues();
        tenths.insert(static_cast<int>(10 * e(1) / lambda[0]));
    }
    CHECK(tenths.size() >= 5);
}

TEST_CASE("log_uniform agrees with the power that it stands for") {
    for (const double u : {1e-9, 0.1, 0.25, 0.5, 0.731, 0.999999}) {
        CHECK(log_uniform(0.5, 2, u) == doctest::Approx(0.5 * std::pow(4.0, u)).epsilon(1e-13));
        CHECK(log_uniform(3, 3, u) == 3);
    }
}

TEST_CASE("a random order is a permutation, and every entry comes first as often as any other") {
    std::map<std::size_t, int> firsts;
    for (std::uint64_t i = 0; i < 6000; ++i) {
        Draws draws(5, "data.x", 0, 0, i);
        const auto order = random_order(6, 6, draws);
        CHECK(std::set<std::size_t>(order.begin(), order.end()).size() == 6);
        CHECK(*std::max_element(order.begin(), order.end()) == 5);
        ++firsts[order[0]];
    }
    for (const auto& [entry, times] : firsts)
        CHECK(times == doctest::Approx(1000).epsilon(0.15)); // 5 standard deviations
}

TEST_CASE(
    "a trial's excitatory weights have the profile of the group that it prefers, which is any") {
    const Task task =
        task_on("cell",
                "[projection.excitatory]\nweights = { base = 0.3, tuned = 1.1, noise = 0, "
                "peak = { choice = [1, 2, 3, 4, 5, 6, 7, 8] } }\n",
                {"population.exc.units=24"});
    std::map<Eigen::Index, int> preferred;
    for (const auto& trial : draw(task, Role::search, 200)) {
        const RowMatrix& w = trial->weights.at("excitatory");
        REQUIRE(w.cols() == 24);
        Eigen::Index first = 0;
        CHECK(w.row(0).maxCoeff(&first) == doctest::Approx(1.4));
        REQUIRE(first % 3 == 0);
        ++preferred[first / 3];
        for (Eigen::Index j = 0; j < 24; ++j)
            CHECK(w(0, j) ==
                  doctest::Approx(0.3 + 1.1 / (1 + std::pow(double(j / 3 - first / 3), 4))));
    }
    CHECK(preferred.size() == 8);
    for (const auto& group : preferred)
        CHECK(group.second > 8); // 25 of 200, give or take 5
}

TEST_SUITE_END();
