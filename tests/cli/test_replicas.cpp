#include "dataset.hpp"
#include "load.hpp"
#include "replicas.hpp"

#include "../data/failure.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace carve::cli;

namespace {

Task oja_task(Update update) {
    Task task;
    task.name = "oja";
    task.input.spectrum = {1, 0.5, 0.25};
    task.input.samples = 30;
    task.network.outputs = 2;
    task.network.update = update;
    RuleSettings rule;
    rule.name = "feedforward";
    rule.eta = 0.05;
    rule.terms = find_preset("oja")->terms;
    task.rules = {rule};
    return task;
}

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
};

} // namespace

TEST_SUITE("replicas") {

    TEST_CASE("initial weights are clipped to the rule's bounds before the first update") {
        for (const bool single : {false, true}) {
            Task task = oja_task(Update::batch);
            task.run.single_precision = single;
            task.network.lateral = Lateral::hierarchical;
            RuleSettings lateral = task.rules[0];
            lateral.name = "lateral";
            task.rules.push_back(lateral);
            task.rules[0].w_min = 0;
            task.rules[0].w_max = 0.0625;
            const std::vector<DataSet> data = DataSource(task).draw(Role::search, 0, 0, 3, 30);
            const Replicas simulation = start_replicas(task, data.data(), data.size(), false);
            std::size_t low = 0, high = 0;
            for (std::size_t r = 0; r < data.size(); ++r)
                for (std::size_t i = 0; i < 2; ++i)
                    for (std::size_t j = 0; j < 3; ++j) {
                        const double drawn =
                            data[r].w0(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
                        const double clipped = drawn < 0 ? 0 : drawn > 0.0625 ? 0.0625 : drawn;
                        CHECK(simulation.weight(r, i, j) == doctest::Approx(clipped));
                        low += drawn < 0;
                        high += drawn > 0.0625;
                    }
            CHECK(low > 0);
            CHECK(high > 0);
        }
    }

    TEST_CASE("weights and rates over time are those of the equations, in batch and online") {
        for (const Update update : {Update::batch, Update::online})
            for (const bool keep_rates : {true, false}) {
                const Task task = oja_task(update);
                const std::vector<DataSet> data =
                    DataSource(task).draw(Role::held_out, 0, 0, 3, 30);
                Replicas simulation = start_replicas(task, data.data(), data.size(), keep_rates);
                std::vector<Plain> plain;
                for (const DataSet& set : data)
                    plain.push_back({set.w0, {}});
                for (Eigen::Index t = 0; t < 70; ++t) { // more than the rows: online starts over
                    simulation.advance(1);
                    for (std::size_t r = 0; r < data.size(); ++r) {
                        const RowMatrix row = data[r].samples.row(t % 30);
                        plain[r].step(update == Update::online ? row : data[r].samples, 0.05);
                        for (std::size_t i = 0; i < 2; ++i) {
                            const auto row_i = static_cast<Eigen::Index>(i);
                            if (keep_rates)
                                CHECK(simulation.rate(r, 0, i) ==
                                      doctest::Approx(plain[r].y(0, row_i)).epsilon(1e-12));
                            for (std::size_t j = 0; j < 3; ++j)
                                CHECK(
                                    simulation.weight(r, i, j) ==
                                    doctest::Approx(plain[r].w(row_i, static_cast<Eigen::Index>(j)))
                                        .epsilon(1e-12));
                        }
                    }
                }
                const std::vector<double> losses = simulation.losses();
                for (std::size_t r = 0; r < data.size(); ++r) {
                    double mean = 0;
                    for (Eigen::Index i = 0; i < 2; ++i)
                        mean += 0.5 * std::min((plain[r].w.row(i) - data[r].target.row(i)).norm(),
                                               (plain[r].w.row(i) + data[r].target.row(i)).norm());
                    CHECK(losses[r] == doctest::Approx(mean).epsilon(1e-12));
                }
            }
    }

    TEST_CASE("many steps in one call are the same as one after the other") {
        const Task task = oja_task(Update::online);
        const std::vector<DataSet> data = DataSource(task).draw(Role::held_out, 0, 0, 2, 30);
        Replicas one = start_replicas(task, data.data(), 2),
                 many = start_replicas(task, data.data(), 2);
        many.advance(95);
        for (int t = 0; t < 95; ++t)
            one.advance(1);
        for (std::size_t r = 0; r < 2; ++r)
            for (std::size_t j = 0; j < 3; ++j)
                CHECK(one.weight(r, 1, j) == many.weight(r, 1, j));
    }

    TEST_CASE("a diverging replica is flagged and has no loss") {
        Task task = oja_task(Update::batch);
        task.rules[0].terms = {{1, 1, 0, 50}};
        const std::vector<DataSet> data = DataSource(task).draw(Role::held_out, 0, 0, 1, 30);
        Replicas simulation = start_replicas(task, data.data(), 1);
        CHECK(simulation.frozen(0) == -1);
        simulation.advance(400);
        CHECK(simulation.frozen(0) > 0);
        CHECK(simulation.frozen(0) < 400);
        CHECK(std::isnan(simulation.losses()[0]));
    }

    TEST_CASE("a rule brings its own eta, unless the task's is to be kept") {
        const Task task = oja_task(Update::batch);
        const Rule stated{"", {{"feedforward", 0.3, {{1, 1, 0, 1}}}}},
            silent{"", {{"feedforward", 0, {{1, 1, 0, 1}}}}};
        TaskOptions plain, overriding;
        overriding.set = {"rule.feedforward.eta=0.05"};
        CHECK(with_rule(task, stated, plain).rules[0].eta == 0.3);
        CHECK(with_rule(task, stated, overriding).rules[0].eta == 0.05);
        CHECK(with_rule(task, silent, plain).rules[0].eta == 0.05);
        CHECK(with_rule(task, silent, plain).rules[0].terms == silent.projections[0].terms);
        const Rule elsewhere{"", {{"lateral", 0, {{1, 1, 0, 1}}}}};
        CHECK(failure_of([&] { with_rule(task, elsewhere, plain); }).says("'lateral'"));
    }
}
