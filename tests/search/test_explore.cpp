// What an exploration makes of its restarts, against the equations of the mean field.
#include "cell_task.hpp"
#include "explore.hpp"
#include "explore_files.hpp"
#include "fixture.hpp"
#include "mean_field.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

using namespace fixture;

namespace {

// Coefficients in the order of the terms: ln tau_pre, ln tau_post, alpha, kappa, beta, gamma.
Restart restart_with(const std::vector<double>& theta, const std::vector<double>& afferent_rates,
                     const std::vector<double>& rates, double target = 10) {
    Restart r;
    r.theta = theta;
    r.held_out = 0.125;
    r.angle = std::nan("");
    std::vector<Term> terms = pair_terms();
    for (std::size_t k = 0; k < theta.size(); ++k)
        terms[k].theta = theta[k];
    r.cell = {afferent_rates, rates, {}, 0.5, target};
    for (const double rate : afferent_rates)
        r.cell.set_points.push_back(set_point(terms, rate));
    r.local = Eigen::MatrixXd::Identity(6, 6);
    return r;
}

// alpha r + beta r_t + g r r_t, written from the mean field's drift.
double drift(const Eigen::VectorXd& theta, double r, double target) {
    const double g = theta[5] * std::exp(theta[0]) + theta[3] * std::exp(theta[1]);
    return theta[2] * r + theta[4] * target + g * r * target;
}

Eigen::VectorXd slope(const Eigen::VectorXd& theta, double r, double target) {
    Eigen::VectorXd gradient(6);
    for (Eigen::Index k = 0; k < 6; ++k) {
        Eigen::VectorXd up = theta, down = theta;
        up[k] += 1e-6;
        down[k] -= 1e-6;
        gradient[k] = (drift(up, r, target) - drift(down, r, target)) / 2e-6;
    }
    return gradient;
}

const std::vector<double> kRule{std::log(.03), std::log(.05), -.9, 1.2, .3, .8};

} // namespace

TEST_SUITE("explore") {

    TEST_CASE("every restart has a seed of its own, whatever the base seed and the number") {
        std::set<std::uint64_t> seeds;
        for (std::uint64_t base = 1; base <= 3; ++base)
            for (std::uint64_t i = 0; i < 100; ++i) {
                const std::uint64_t seed = restart_seed(base, i);
                CHECK(seed == restart_seed(base, i));
                CHECK(seed < std::uint64_t{1} << 53);
                seeds.insert(seed);
            }
        CHECK(seeds.size() == 300);
    }

    TEST_CASE("the distance from the manifold is that of the worst set point from the target") {
        const std::vector<double> on{std::log(.02), std::log(.02), -.12, 1, 0, 1};
        CHECK(manifold_distance(restart_with(on, {10, 40}, {3, 3}, 3)) < 1e-12);
        const std::vector<double> at_ten{std::log(.02), std::log(.02), -.12, 0, .4, 0};
        CHECK(manifold_distance(restart_with(at_ten, {10}, {3}, 3)) < 1e-12);
        // At 40 Hz its set point is 12 Hz.
        CHECK(manifold_distance(restart_with(at_ten, {40, 10}, {3, 3}, 3)) == doctest::Approx(3));
        Restart lost = restart_with(on, {10, 40}, {3, 3}, 3);
        lost.cell.set_points[1] = std::nan("");
        CHECK(std::isnan(manifold_distance(lost)));
        CHECK(std::isnan(manifold_distance(Restart{})));
    }

    TEST_CASE("across the manifold is what changes its equation, by finite differences") {
        const Task task = small_cell();
        const Eigen::Map<const Eigen::VectorXd> theta(kRule.data(), 6);
        const Eigen::VectorXd at_ten = slope(theta, 10, 7), at_forty = slope(theta, 40, 7);
        const Restart one = restart_with(kRule, {10}, {7}, 7),
                      two = restart_with(kRule, {10, 40}, {7, 7}, 7);
        const Eigen::VectorXd n = at_ten.normalized(), m = at_forty.normalized();
        CHECK(across_manifold(task, one, n) == doctest::Approx(1).epsilon(1e-8));
        CHECK(across_manifold(task, one, m) == doctest::Approx(n.dot(m)).epsilon(1e-8));
        CHECK(across_manifold(task, two, m) == doctest::Approx(1).epsilon(1e-8));
        Eigen::VectorXd along = Eigen::VectorXd::LinSpaced(6, -1, 2);
        along -= along.dot(n) * n;
        CHECK(across_manifold(task, one, along.normalized()) < 1e-7);
        CHECK(across_manifold(task, two, along.normalized()) > 1e-3);
    }

    TEST_CASE(
        "a positive semidefinite matrix has no negative eigenvalue, nor one that is rounding") {
        std::mt19937_64 engine(3);
        std::normal_distribution<double> normal;
        for (const double scale : {1e-20, 1.0, 1e20})
            for (int repeat = 0; repeat < 10; ++repeat) {
                const Eigen::MatrixXd j =
                    Eigen::MatrixXd::NullaryExpr(3, 27, [&] { return normal(engine); });
                const std::vector<Direction> directions = directions_of(scale * j.transpose() * j);
                REQUIRE(directions.size() == 27);
                double sum = 0;
                for (std::size_t k = 0; k < 27; ++k) {
                    CHECK((directions[k].eigenvalue > 1e-3 * scale) == (k < 3));
                    CHECK((directions[k].eigenvalue == 0) == (k >= 3));
                    sum += directions[k].eigenvalue;
                }
                CHECK(sum == doctest::Approx(scale * j.squaredNorm())); // the trace
            }
        // What is small, but no rounding, stays.
        const Eigen::Vector3d values(2, 4e-12, 1e-12);
        const std::vector<Direction> d = directions_of(Eigen::MatrixXd(values.asDiagonal()));
        CHECK(d[1].eigenvalue == 4e-12);
        CHECK(d[2].eigenvalue == 0);
    }

    TEST_CASE("a solution has every rate near the target, the tuning that counts, and the goal") {
        Task task = small_cell();
        const auto meets = [&](std::vector<double> rates) {
            return meets_target(task, restart_with(kRule, {10, 40}, rates));
        };
        CHECK(meets({10, 10}));
        CHECK(meets({9.01, 10.99}));
        CHECK_FALSE(meets({10, 11.01}));
        CHECK_FALSE(meets({8.99, 10}));
        CHECK_FALSE(meets({10, std::nan("")}));
        const Task of_tuning = small_cell({"loss.tuning={ kind = \"tuning\", of = [\"excitatory\", "
                                           "\"inhibitory\"], window = 0.5 }"});
        Restart tuned = restart_with(kRule, {10, 40}, {10, 10});
        CHECK_FALSE(meets_target(of_tuning, tuned)); // the tuning is 0.5
        tuned.cell.tuning = 0.8;
        CHECK(meets_target(of_tuning, tuned));
        tuned.cell.tuning = std::nan("");
        CHECK_FALSE(meets_target(of_tuning, tuned));
        task.search.goal = 0.125; // the loss
        CHECK(meets({10, 10}));
        task.search.goal = 0.124;
        CHECK_FALSE(meets({10, 10}));
        Task of_rates = make_task(kAllTerms, 10);
        of_rates.search.goal = 0.5;
        Restart r;
        r.held_out = 0.4;
        CHECK(meets_target(of_rates, r));
        r.held_out = std::nan("");
        CHECK_FALSE(meets_target(of_rates, r));
    }

    TEST_CASE("a solution holds the ranges of probes, and its line says so") {
        const Task task = small_cell({"probe.tuning.accept=[0.5, 1]"});
        Restart r = restart_with(kRule, {10, 40}, {10, 10});
        r.cell.tuning = 0.5;
        CHECK_FALSE(meets_target(task, r)); // it does not say
        r.accepted = {{"probe.tuning", true}};
        CHECK(meets_target(task, r));
        r.accepted = {{"probe.tuning", false}};
        CHECK_FALSE(meets_target(task, r));
        const std::optional<Restart> back = parse_restart(task, restart_json(task, r));
        REQUIRE(back);
        CHECK(back->accepted == r.accepted);
        r.accepted.clear();
        CHECK_FALSE(parse_restart(task, restart_json(task, r)));
        CHECK(restart_json(small_cell(), r).find("accepted") == std::string::npos);
    }

    TEST_CASE("each requirement of a solution is met by itself") {
        const Task task = small_cell({"probe.tuning.accept=[0.5, 1]", "search.goal=0.1"});
        Restart r = restart_with(kRule, {10, 40}, {10, 11.5}); // its loss is 0.125
        r.accepted = {{"probe.tuning", true}};
        const auto met = [&] {
            std::string out;
            for (const Requirement& one : requirements(task, r))
                out += one.met ? '1' : '0';
            return out;
        };
        const std::vector<Requirement> all = requirements(task, r);
        REQUIRE(all.size() == 3);
        CHECK(all[0].what == "probe.tuning in [0.5, 1]");
        CHECK(all[1].what == "held-out loss at most 0.1");
        CHECK(all[2].what == "every rate within 10 % of 10 Hz");
        CHECK(met() == "100");
        r.held_out = 0.09;
        CHECK(met() == "110");
        r.cell.rates[1] = 10.5;
        CHECK(met() == "111");
        r.accepted["probe.tuning"] = false;
        CHECK(met() == "011");
    }

    TEST_CASE("a restart has the conditions of its held-out trials, and what the search knows") {
        const Task task =
            small_cell({"probe.rate={ kind = \"rate\", of = \"cell\", window = 0.5 }"});
        CHECK(has_mean_field(task));
        CHECK(has_covariance(task));
        SearchResult result;
        result.rules = {{"inhibitory", 0.1, published(-.12, 1, 0, 1)}};
        result.held_out.loss = 0.25;
        result.held_out.measured = {{"loss.rate", 9, 1, 4}, {"probe.tuning", 0.75, 0.1, 4}};
        result.held_out.conditions = {{{{"population.inh.factor", "0.5"}},
                                       {{"probe.rate", 1, 0, 2}, {"loss.rate", 8, 0, 2}},
                                       20,
                                       6},
                                      {{{"population.inh.factor", "2"}},
                                       {{"probe.rate", 2, 0, 2}, {"loss.rate", 10, 0, 2}},
                                       80,
                                       7}};
        result.covariance = Eigen::MatrixXd::Identity(6, 6);
        result.counters.evaluations = 5;
        const Restart r = restart_of(task, 3, result, 1.5);
        CHECK(r.index == 3);
        CHECK(r.held_out == 0.25);
        CHECK(r.cell.rates == std::vector<double>{8, 10});
        CHECK(r.cell.afferent_rates == std::vector<double>{20, 80});
        CHECK(r.cell.set_points == std::vector<double>{6, 7});
        CHECK(r.cell.tuning == 0.75);
        CHECK(r.cell.target == 10);
        CHECK(r.local == result.covariance);
        CHECK(r.evaluations == 5);
        CHECK(r.theta.size() == 6);

        const Task of_rates = make_task(kOjaTerms, 10);
        CHECK_FALSE(has_mean_field(of_rates));
        CHECK_FALSE(has_covariance(of_rates));
        SearchResult other;
        other.rules = {{"feedforward", 0.1, {{1, 1, 0, 2.0}}}};
        other.identifiability.directions = {{4, {1, 0}}, {1, {0, 1}}};
        const Restart s = restart_of(of_rates, 0, other, 1);
        CHECK(s.cell.rates.empty());
        CHECK(s.theta == std::vector<double>{0, 2});
        CHECK(s.local == Eigen::MatrixXd(Eigen::Vector2d(4, 1).asDiagonal()));
    }

    TEST_CASE("a restart's line reads back to the last bit, and a torn one is noticed") {
        const Task task = small_cell();
        Restart r = restart_with(kRule, {1.0 / 3, 40}, {10, std::nan("")});
        r.index = 7;
        r.seed = (std::uint64_t{1} << 53) - 1;
        r.local *= 1.0 / 3;
        r.evaluations = 12;
        r.diverged = 3;
        r.seconds = 1.5;
        r.fingerprint = 0xFEDCBA9876543210;
        const std::string line = restart_json(task, r);
        CHECK(line.find('\n') == line.size() - 1);
        const std::optional<Restart> back = parse_restart(task, line);
        REQUIRE(back);
        CHECK(restart_json(task, *back) == line);
        CHECK(back->theta == r.theta);
        CHECK(back->local == r.local);
        CHECK(back->fingerprint == r.fingerprint);
        CHECK(std::isnan(back->cell.rates[1]));
        for (std::size_t n = 0; n + 1 < line.size(); n += 5)
            CHECK_FALSE(parse_restart(task, line.substr(0, n)));
    }

    TEST_CASE("a restart's line that is not one of the task is refused, whatever it says") {
        const Task task = small_cell();
        const std::string line = restart_json(task, restart_with(kRule, {10}, {10}));
        REQUIRE(parse_restart(task, line));
        const std::vector<std::pair<std::string, std::vector<std::string>>> wrong{
            {"restart", {"\"zz\"", "[]", "{}"}},
            {"seed", {"\"zz\"", "[1]", "{}"}},
            {"theta", {"\"zz\"", "[]", "[1]", "{}", "-1"}},
            {"covariance", {"\"zz\"", "[1]", "{}", "-1"}}, // [] is unknown
            {"rate", {"\"zz\"", "[]", "[1,2]", "{}", "-1"}},
            {"fingerprint", {"\"zz\"", "[]", "{}", "-1"}}};
        for (const auto& [key, values] : wrong)
            for (const std::string& value : values) {
                const std::size_t at = line.find("\"" + key + "\":") + key.size() + 3;
                const std::size_t end =
                    line[at] == '[' ? line.find(']', at) + 1 : line.find_first_of(",}", at);
                const std::string changed = line.substr(0, at) + value + line.substr(end);
                CAPTURE(changed);
                CHECK_FALSE(parse_restart(task, changed));
            }
    }

    TEST_CASE("a table of solutions has the same columns with and without any") {
        const Task task = small_cell(); // at two factors
        Restart r = restart_with(kRule, {10, 20}, {10, 10});
        Summary some;
        some.solutions = {&r};
        const std::string with = solutions_csv(task, some), none = solutions_csv(task, Summary{});
        CHECK(none == with.substr(0, with.find('\n') + 1));
        CHECK(none.find("rate_2") != std::string::npos);
    }

    TEST_CASE("a summary has the solutions' directions, and the mean of what is known near each") {
        const Task task = small_cell();
        std::vector<Restart> restarts;
        for (const double shift : {-3.0, 0.0, 3.0}) { // along beta alone
            std::vector<double> theta = kRule;
            theta[4] += shift;
            restarts.push_back(restart_with(theta, {10}, {10}));
            restarts.back().local = Eigen::VectorXd::LinSpaced(6, 6, 1).asDiagonal();
            restarts.back().local *= std::pow(10, shift); // scales do not count
        }
        restarts.push_back(restart_with(kRule, {10}, {12})); // no solution
        const Summary s = summarize(task, restarts);
        CHECK(s.solutions.size() == 3);
        CHECK(s.spread[0].eigenvalue == doctest::Approx(6)); // (9 + 0 + 9) / 3
        CHECK(s.spread[0].combination[4] == doctest::Approx(1));
        CHECK(std::abs(s.spread[1].eigenvalue) < 1e-12);
        REQUIRE(s.local.size() == 6);
        for (std::size_t k = 0; k < 6; ++k) {
            CHECK(s.local[k].eigenvalue == doctest::Approx((6.0 - double(k)) / 21));
            CHECK(s.local[k].combination[k] == doctest::Approx(1));
        }
        std::size_t on = 0;
        for (std::size_t i = 0; i < 3; ++i)
            on += std::abs(restarts[i].cell.set_points[0] / 10 - 1) <= 0.15;
        CHECK(s.on_manifold == on);
        CHECK(summarize(task, {}).solutions.empty());
    }
}
