// Further sets of trials, which no search has seen: their values, and rules at another target.
#include "cell_task.hpp"
#include "evaluate.hpp"
#include "further_sets.hpp"
#include "held_out.hpp"
#include "mean_field.hpp"
#include "rule_factors.hpp"
#include "trial_source.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace fixture;

namespace {

const std::string kFactor = "population.inh.factor", kPeak = "projection.excitatory.weights.peak";

std::string vary(const std::string& path, const std::string& values) {
    return "trials.transfer.vary={ \"" + path + "\" = " + values + " }";
}

double mean_rate(const std::vector<MeasuredSpread>& measured) {
    for (const MeasuredSpread& m : measured)
        if (m.name == "loss.rate")
            return m.mean;
    return std::nan("");
}

} // namespace

TEST_SUITE("further trials") {

    TEST_CASE("values that vary are taken by turns, the first path slowest") {
        const Task task =
            small_cell({"trials.vary={ \"" + kFactor + "\" = [3, 4], \"" + kPeak + "\" = [1, 2] }",
                        "trials.validation=4", "projection.excitatory.weights.noise=0"});
        const TrialSource source(task);
        const auto described = std::make_shared<const task::Task>(task.described);
        const Trials trials = source.draw(described, {Role::other, 0, 0, 0, 8});
        const Trials seen = source.draw(described, {Role::held_out, 0, 0, 0, 8});
        for (std::size_t i = 0; i < 8; ++i) {
            CAPTURE(i);
            const double factor = find_population(*trials[i]->described, "inh")->factor;
            CHECK(factor == (i / 2 % 2 == 0 ? 3 : 4));
            REQUIRE(trials[i]->at.size() == 2);
            CHECK(std::stod(trials[i]->at[0]) == factor);
            CHECK(std::stod(trials[i]->at[1]) == (i % 2 == 0 ? 1 : 2));
            // 16 afferents in two groups, weights base + tuned / (1 + (group - peak)^2).
            const bool first = i % 2 == 0;
            const RowMatrix& w = trials[i]->weights.at("excitatory");
            REQUIRE(w.size() == 16);
            CHECK(w(0, 0) == doctest::Approx(first ? 0.3 + 1.1 : 0.3 + 1.1 / 2));
            CHECK(w(0, 15) == doctest::Approx(first ? 0.3 + 1.1 / 2 : 0.3 + 1.1));
            CHECK(trials[i]->stream != seen[i]->stream);
        }
    }

    TEST_CASE("a further set has the values of its own, and those of the search beside them") {
        const Task task = small_cell({vary(kFactor, "[1, 4, 0.5]"), "trials.transfer.count=6"});
        const TrialSource source(task);
        Workers workers(1);
        const std::vector<OtherSet> sets = other_sets(task, source, workers);
        REQUIRE(sets.size() == 1);
        CHECK(sets[0].name == "transfer");
        CHECK(sets[0].spread.trials == 6);
        REQUIRE(sets[0].conditions.size() == 3); // the drawn preferred group makes none
        const MeanField field = *mean_field_of(task);
        for (std::size_t i = 0; i < 3; ++i) {
            const Condition& c = sets[0].conditions[i];
            const double factor = std::vector<double>{1, 4, 0.5}[i];
            REQUIRE(c.at.size() == 1);
            CHECK(c.at[0].first == kFactor);
            CHECK(std::stod(c.at[0].second) == factor);
            CHECK(c.measured[0].trials == 2);
            task::Task there = task.described;
            for (task::Population& p : there.populations)
                if (p.name == "inh")
                    p.factor = factor;
            CHECK(c.afferent_rate == afferent_rate(task, there, field));
        }
        CHECK(sets[0].loss != held_out(task, source, workers).loss);
    }

    TEST_CASE(
        "a further set does not change the held-out trials, and needs none of its own count") {
        const Task plain = small_cell(), task = small_cell({vary(kPeak, "[1, 2]")});
        const TrialSource source(plain), with_set(task);
        Workers workers(1);
        const HeldOut before = held_out(plain, source, workers);
        const HeldOut after = held_out(task, with_set, workers);
        CHECK(after.loss == before.loss);
        REQUIRE(after.conditions.size() == before.conditions.size());
        for (std::size_t i = 0; i < after.conditions.size(); ++i)
            CHECK(mean_rate(after.conditions[i].measured) ==
                  mean_rate(before.conditions[i].measured));
        CHECK(other_sets(plain, source, workers).empty());
        const std::vector<OtherSet> sets = other_sets(task, with_set, workers);
        REQUIRE(sets.size() == 1);
        CHECK(sets[0].spread.trials == task.described.trials.held_out);
        CHECK(sets[0].conditions.size() == 4); // two factors times two groups
    }

    TEST_CASE("targets that no mean field gives take turns, and each comes equally often") {
        const std::string targets = "trials.transfer.vary={ \"loss.rate.target\" = [5, 10, 20] }";
        const Task carried = small_cell({targets, "trials.held_out=4"});
        CHECK(targets_of_set(carried, carried.described.trials.sets[0])->size() == 3);
        CHECK(trials_of_set(carried, carried.described.trials.sets[0]) == 4); // for each
        const Task turns = small_cell(
            {"trials.vary={ \"loss.rate.target\" = [5, 10] }", targets, "trials.held_out=4"});
        CHECK(targets_of_set(turns, turns.described.trials.sets[0]) == nullptr);
        CHECK(trials_of_set(turns, turns.described.trials.sets[0]) == 6);
    }

    TEST_CASE("a rule carries over to another target with alpha in proportion") {
        const Overrides common = {"simulation.duration=4", "loss.rate.window=2",
                                  "probe.tuning.window=2", "rule.inhibitory.eta=0.02",
                                  "trials.vary={ \"" + kFactor + "\" = [0.5, 2] }"};
        Overrides further = common;
        further.push_back("trials.transfer.vary={ \"" + kFactor +
                          "\" = [1], \"loss.rate.target\" = [5, 20] }");
        Task plain = small_cell(common), task = small_cell(further);
        plain.rules[0].terms = task.rules[0].terms = published(-0.4, 1, 0, 1); // 10 Hz
        const TrialSource source(task);
        Workers workers(1);
        CHECK(held_out(task, source, workers).loss == held_out(plain, source, workers).loss);
        const std::vector<OtherSet> sets = other_sets(task, source, workers);
        REQUIRE(sets.size() == 2);
        CHECK(sets[0].name == "transfer, target 5");
        CHECK(sets[1].name == "transfer, target 20");
        const MeanField field = *mean_field_of(task);
        for (std::size_t i = 0; i < 2; ++i) {
            CAPTURE(sets[i].name);
            REQUIRE(sets[i].conditions.size() == 1);
            const Condition& there = sets[i].conditions[0];
            CHECK(there.set_point == doctest::Approx(i == 0 ? 5 : 20));
            // The factor that the task itself has is 1.
            CHECK(there.afferent_rate ==
                  doctest::Approx(afferent_rate(task, task.described, field)));
        }
        CHECK(mean_rate(sets[0].measured) < mean_rate(sets[1].measured));
    }

    TEST_CASE("a set of another duration is what a task of that duration would be judged by") {
        // All trials end at their first spikes, and their scores tell how early in a trial.
        const Overrides early = {"loss.rate.stop=[0, 50.06]", "loss.rate.start=50.05"};
        Overrides further = early, of_two = early;
        further.push_back(vary("simulation.duration", "[2]"));
        of_two.push_back("simulation.duration=2");
        const Task task = small_cell(further), longer = small_cell(of_two);
        const TrialSource source(task);
        Workers workers(1);
        const std::vector<OtherSet> sets = other_sets(task, source, workers);
        REQUIRE(sets.size() == 1);
        const std::vector<double> theta = coefficients(longer);
        Evaluator evaluator(longer,
                            source.draw(std::make_shared<const task::Task>(longer.described),
                                        {Role::other, 0, 0, 0, 4}),
                            workers);
        const Evaluation e =
            evaluator.run(Eigen::Map<const Eigen::VectorXd>(theta.data(), 6), Derivatives::no);
        CHECK(sets[0].loss == e.loss);
        REQUIRE(e.diverged == 4);
        CHECK(sets[0].spread.diverged == 4);
        for (const MeasuredSpread& m : sets[0].measured) { // of trials that reach their end
            CHECK(m.trials == 0);
            CHECK(std::isnan(m.mean));
        }
        double sum = 0;
        for (const std::int64_t step : e.frozen)
            sum += 160 * (1 + std::exp(-static_cast<double>(step) / 20000)) / 4;
        CHECK(sets[0].loss == doctest::Approx(sum).epsilon(1e-13));
    }
}
