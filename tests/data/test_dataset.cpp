#include "covariance.hpp"
#include "draws.hpp"
#include "failure.hpp"
#include "temporary.hpp"

#include <carve.h>
#include <cmath>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <set>

using namespace carve::cli;

namespace {

Task gaussian_task() {
    Task task;
    task.input.spectrum = {1, 0.5, 0};
    task.input.scale_range = {0.5, 2};
    return task;
}

constexpr Role kRoles[] = {Role::search, Role::validation, Role::held_out};

} // namespace

TEST_SUITE_BEGIN("data sets");

TEST_CASE("a data set is a function of seed, role, round and index alone") {
    Task task = gaussian_task();
    const DataSource source(task);
    const auto sets = source.draw(Role::search, 3, 5, 6, 50);
    const auto again = DataSource(task).draw(Role::search, 3, 5, 9, 50);
    REQUIRE(sets.size() == 6);
    for (std::size_t i = 0; i < sets.size(); ++i) {
        CHECK(sets[i].samples == again[i].samples);
        CHECK(sets[i].target == again[i].target);
        CHECK(sets[i].w0 == again[i].w0);
    }
    // More samples continue the same ones.
    const auto longer = source.draw(Role::search, 3, 5, 1, 80);
    CHECK((longer[0].samples.topRows(50) - sets[0].samples).cwiseAbs().maxCoeff() < 1e-14);
}

TEST_CASE("no two data sets share numbers, whatever their seed, role, round or index") {
    std::set<double> seen;
    std::size_t n = 0;
    for (const std::uint64_t seed : {0u, 1u}) {
        Task task = gaussian_task();
        task.run.seed = seed;
        const DataSource source(task);
        for (const Role role : kRoles)
            for (const std::uint64_t round : {0u, 1u, 7u})
                for (const DataSet& set : source.draw(role, round, round, 4, 10))
                    for (const RowMatrix* m : {&set.samples, &set.w0})
                        for (Eigen::Index i = 0; i < m->size(); ++i, ++n)
                            seen.insert(m->data()[i]);
    }
    CHECK(seen.size() == n);
}

TEST_CASE("initial weights follow their own round") {
    const DataSource source(gaussian_task());
    const DataSet a = source.draw(Role::search, 0, 0, 1, 10)[0],
                  b = source.draw(Role::search, 0, 1, 1, 10)[0];
    CHECK(a.samples == b.samples);
    CHECK(a.w0 != b.w0);
}

TEST_CASE("each use, role, round and index has its own random numbers") {
    std::set<double> seen;
    std::size_t n = 0;
    for (const Use use : {Use::split, Use::rotation, Use::scale, Use::spectrum, Use::samples,
                          Use::rows, Use::weights})
        for (const std::uint64_t role : {0u, 2u})
            for (const std::uint64_t round : {std::uint64_t{0}, (std::uint64_t{1} << 48) - 1})
                for (const std::uint64_t index : {std::uint64_t{0}, (std::uint64_t{1} << 28) - 1})
                    for (const double u : Draws(1, use, role, round, index).uniform(4)) {
                        seen.insert(u);
                        ++n;
                    }
    CHECK(seen.size() == n);
    CHECK(failure_of([] { Draws(1, Use::rows, 0, std::uint64_t{1} << 48, 0); }).code ==
          Exit::internal);
    CHECK(failure_of([] { Draws(1, Use::rows, 0, 0, std::uint64_t{1} << 28); }).code ==
          Exit::internal);
}

TEST_CASE("gaussian samples have the spectrum of the task in a random orientation") {
    Task task = gaussian_task();
    const DataSource source(task);
    CHECK(source.units() == 3);
    for (const DataSet& set : source.draw(Role::search, 0, 0, 5, 20000)) {
        const Eigen::VectorXd e =
            Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(covariance(set.samples)).eigenvalues();
        CHECK(e(2) ==
              doctest::Approx(1).epsilon(0.05)); // 5 standard errors: sqrt(2 / 20000) = 0.01
        CHECK(e(1) == doctest::Approx(0.5).epsilon(0.05));
        CHECK(std::abs(e(0)) < 1e-12);
    }
    // The 2020 protocol's Q: orthonormalised uniform columns, so Q's first column, the weights of
    // the first input, is parallel to a vector of positive entries.
    const DataSet set = source.draw(Role::search, 0, 0, 1, 2000)[0];
    const auto u = Draws(1, Use::rotation, 0, 0, 0).uniform(9);
    const Eigen::Vector3d column(u[0], u[3], u[6]);
    // Variance of input 1 is column' D column / |column|^2.
    const double expected =
        (column(0) * column(0) + 0.5 * column(1) * column(1)) / column.squaredNorm();
    CHECK(covariance(set.samples)(0, 0) == doctest::Approx(expected).epsilon(0.15));
}

TEST_CASE("the target is the principal components of the samples about their mean") {
    Task task = gaussian_task();
    task.network.outputs = 2;
    for (const DataSet& set : DataSource(task).draw(Role::held_out, 0, 0, 5, 100)) {
        const Eigen::MatrixXd c = covariance(set.samples);
        REQUIRE(set.target.rows() == 2);
        double previous = 2;
        for (int k = 0; k < 2; ++k) { // an eigenvector of unit length, in the order of variance
            const Eigen::VectorXd t = set.target.row(k).transpose();
            const double lambda = t.dot(c * t);
            CHECK((c * t - lambda * t).norm() < 1e-12);
            CHECK(t.norm() == doctest::Approx(1).epsilon(1e-13));
            CHECK(lambda < previous);
            previous = lambda;
        }
        CHECK(previous > c.trace() - previous - 1.5); // the third is (nearly) 0
        // lambda: of what the network sees, about 0.
        const Eigen::VectorXd e = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(
                                      set.samples.transpose() * set.samples / 100.0)
                                      .eigenvalues();
        CHECK(set.lambda1 == doctest::Approx(e(2)).epsilon(1e-12));
        CHECK(set.lambda2 == doctest::Approx(e(1)).epsilon(1e-12));
    }
}

TEST_CASE("antithetic samples are followed by their negatives") {
    Task task = gaussian_task();
    const RowMatrix plain = DataSource(task).draw(Role::search, 0, 0, 1, 30)[0].samples;
    task.input.antithetic = true;
    const RowMatrix both = DataSource(task).draw(Role::search, 0, 0, 1, 30)[0].samples;
    REQUIRE(both.rows() == 60);
    CHECK(both.topRows(30) == plain);
    CHECK(both.bottomRows(30) == -plain);
}

TEST_CASE("antithetic initial weights come in pairs on the same samples") {
    Task task = gaussian_task();
    task.network.w0_antithetic = true;
    const auto sets = DataSource(task).draw(Role::search, 0, 0, 5, 30);
    REQUIRE(sets.size() == 5);
    for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
        CHECK(sets[i].samples == sets[i + 1].samples);
        CHECK(sets[i].target == sets[i + 1].target);
        CHECK(sets[i].w0 == -sets[i + 1].w0);
    }
    CHECK(sets[0].samples != sets[2].samples);
    CHECK(sets[2].samples != sets[4].samples);
}

TEST_CASE("initial weights have mean 0 and the standard deviation of the task") {
    Task task = gaussian_task();
    task.network.w0_sd = 0.3;
    double sum = 0, squares = 0;
    const auto sets = DataSource(task).draw(Role::search, 0, 0, 2000, 2);
    for (const DataSet& set : sets) {
        sum += set.w0.sum();
        squares += set.w0.squaredNorm();
    }
    const double n = 6000;
    CHECK(std::abs(sum / n) < 5 * 0.3 / std::sqrt(n));
    CHECK(squares / n == doctest::Approx(0.09).epsilon(5 * std::sqrt(2 / n)));
}

TEST_CASE("scaled initial weights have the same norm for any number of inputs") {
    for (const std::size_t units : {std::size_t{2}, std::size_t{3}, std::size_t{200}}) {
        Task task = gaussian_task();
        task.input.spectrum.assign(units, 1);
        task.network.w0_sd = 0.3;
        task.network.w0_scaled = true;
        const std::size_t count = 4000 / units; // about 4000 weights each
        double squares = 0;
        for (const DataSet& set : DataSource(task).draw(Role::search, 0, 0, count, 2))
            squares += set.w0.squaredNorm();
        CAPTURE(units);
        const double spread = std::sqrt(2.0 / double(count * units));
        CHECK(squares / double(count) == doctest::Approx(0.09).epsilon(5 * spread));
    }
}

TEST_CASE("lateral weights have their own deviation, and flipped signs leave the network alike") {
    Task task = gaussian_task();
    task.network.lateral = Lateral::hierarchical;
    task.network.outputs = 3;
    task.network.m0_sd = 0.5;
    task.network.w0_antithetic = true;
    double squares = 0;
    const auto sets = DataSource(task).draw(Role::search, 0, 0, 800, 2);
    for (std::size_t i = 0; i < sets.size(); i += 2) {
        const DataSet &a = sets[i], &b = sets[i + 1];
        squares += a.m0.squaredNorm();
        Eigen::Vector3d sign;
        for (Eigen::Index k = 0; k < 3; ++k)
            sign[k] = b.w0(k, 0) / a.w0(k, 0);
        CHECK(sign.minCoeff() == -1);
        CHECK(sign.cwiseAbs() == Eigen::Vector3d::Ones());
        CHECK(b.w0 == RowMatrix(sign.asDiagonal() * a.w0));
        CHECK(b.m0 == RowMatrix(sign.asDiagonal() * a.m0 * sign.asDiagonal()));
    }
    CHECK(squares / (400 * 9) == doctest::Approx(0.25).epsilon(5 * std::sqrt(2.0 / 3600)));
}

TEST_CASE("varied scale multiplies the spectrum by a log-uniform factor") {
    Task task = gaussian_task();
    task.input.vary = Vary::scale;
    task.input.scale_range = {0.25, 4};
    double below = 0, mean_log = 0;
    const auto sets = DataSource(task).draw(Role::search, 0, 0, 1000, 400);
    for (const DataSet& set : sets) {
        CHECK(set.lambda1 > 0.25 * 0.6);
        CHECK(set.lambda1 < 4 * 1.6);
        CHECK(set.lambda2 / set.lambda1 == doctest::Approx(0.5).epsilon(0.5));
        below += set.lambda1 < 0.5;
        mean_log += std::log2(set.lambda1) / 1000;
    }
    CHECK(below / 1000 == doctest::Approx(0.25).epsilon(0.25)); // a quarter of four octaves
    CHECK(std::abs(mean_log) < 0.2);
}

TEST_CASE("a varied spectrum keeps the first eigenvalue the first by the task's margin") {
    Task task = gaussian_task();
    task.input.vary = Vary::spectrum;
    task.input.spectrum = {2, 1, 1, 1};
    task.input.scale_range = {1, 1};
    task.input.gap_ratio = 0.6;
    task.network.outputs = 4;
    std::set<int> tenths; // of lambda 3 / lambda 1
    for (const DataSet& set : DataSource(task).draw(Role::search, 0, 0, 100, 4000)) {
        CHECK(set.lambda1 == doctest::Approx(2).epsilon(0.2));
        CHECK(set.lambda2 / set.lambda1 <
              0.6 * 1.25); // samples are few; without the margin 1 is usual
        const Eigen::MatrixXd c = covariance(set.samples);
        const Eigen::VectorXd t = set.target.row(2).transpose();
        tenths.insert(static_cast<int>(10 * t.dot(c * t) / set.lambda1));
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
        Draws draws(5, Use::rows, 0, 0, i);
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
    Task task;
    task.input.kind = InputKind::spikes;
    task.cell.excitatory = 24;
    task.cell.groups = 8;
    task.cell.vary_peak = true;
    task.cell.w_noise = 0;
    const std::vector<DataSet> trials = DataSource(task).draw(Role::search, 0, 0, 200, 1);
    std::map<Eigen::Index, int> preferred;
    for (const DataSet& trial : trials) {
        Eigen::Index first = 0;
        CHECK(trial.w0.row(0).maxCoeff(&first) == doctest::Approx(1.4));
        REQUIRE(first % 3 == 0);
        ++preferred[first / 3];
        for (Eigen::Index j = 0; j < 24; ++j)
            CHECK(trial.w0(0, j) ==
                  doctest::Approx(0.3 + 1.1 / (1 + std::pow(double(j / 3 - first / 3), 4))));
    }
    CHECK(preferred.size() == 8);
    for (const auto& group : preferred)
        CHECK(group.second > 8); // 25 of 200, give or take 5
}

TEST_SUITE_END();
