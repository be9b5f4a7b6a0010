// The evaluator against a plain inner loop, against differences, and against itself.
#include "fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace fixture;

TEST_SUITE_BEGIN("evaluation");

namespace {

const char* as(bool squared) {
    return squared ? "loss.components.as=squared" : "loss.components.as=distance";
}

bool same_bits(const Evaluation& a, const Evaluation& b) {
    return a.loss == b.loss && a.losses == b.losses && a.frozen == b.frozen &&
           a.gradient == b.gradient && a.hessian == b.hessian;
}

} // namespace

TEST_CASE("losses are those of a plain loop over samples, in batches and online") {
    Workers workers(1);
    for (const char* batch : {"simulation.batch=all", "simulation.batch=1"})
        for (const bool squared : {false, true})
            for (const Eigen::Index outputs : {1, 2}) {
                CAPTURE(batch);
                CAPTURE(squared);
                CAPTURE(outputs);
                const Task t =
                    make_task(kAllTerms, 25,
                              {batch, as(squared), fmt::format("population.y.units={}", outputs)});
                const Trials sets = make_trials(t, 6, 10, 3, outputs);
                const Eigen::VectorXd theta = 0.1 * normals(50, 27);
                Evaluator evaluator(t, sets, workers);
                const Evaluation e = evaluator.run(theta, Derivatives::no);
                REQUIRE(e.losses.size() == 6);
                for (std::size_t i = 0; i < 6; ++i)
                    CHECK(e.losses[i] == doctest::Approx(distance(weights(t, *sets[i], theta, 25),
                                                                  target(*sets[i]), squared))
                                             .epsilon(1e-11));
                CHECK(e.loss == doctest::Approx(loss(t, sets, theta, 25)).epsilon(1e-11));
            }
}

TEST_CASE("the gradient is the slope of the plain loop's loss") {
    Workers workers(1);
    for (const bool squared : {false, true}) {
        const Task t = make_task(kAllTerms, 20, {as(squared)});
        const Trials sets = make_trials(t, 5, 12, 4);
        const Eigen::VectorXd theta = 0.1 * normals(51, 27);
        Evaluator evaluator(t, sets, workers);
        const Evaluation e = evaluator.run(theta, Derivatives::yes);
        for (Eigen::Index k = 0; k < 27; ++k) {
            const Eigen::VectorXd step = 1e-5 * Eigen::VectorXd::Unit(27, k);
            const double slope =
                (loss(t, sets, theta + step, 20) - loss(t, sets, theta - step, 20)) / 2e-5;
            CAPTURE(k);
            CHECK(e.gradient[k] == doctest::Approx(slope).epsilon(1e-6).scale(1e-3));
        }
    }
}

TEST_CASE("the Hessian is the mean of weighted products of the weights' derivatives") {
    Workers workers(1);
    for (const bool squared : {false, true}) {
        const Task t = make_task(kOjaTerms, 15, {as(squared)});
        const Trials sets = make_trials(t, 5, 12, 3);
        const Eigen::Vector2d theta(-0.7, 0.9);
        Eigen::Matrix2d expected = Eigen::Matrix2d::Zero();
        for (const std::shared_ptr<const Trial>& set : sets) {
            Eigen::MatrixXd J(3, 2);
            for (Eigen::Index k = 0; k < 2; ++k) {
                const Eigen::VectorXd step = 1e-6 * Eigen::VectorXd::Unit(2, k);
                J.col(k) = (weights(t, *set, theta + step, 15) - weights(t, *set, theta - step, 15))
                               .transpose() /
                           2e-6;
            }
            const double d = distance(weights(t, *set, theta, 15), target(*set), false);
            expected += (squared ? 2.0 : 1 / d) / 5.0 * J.transpose() * J;
        }
        Evaluator evaluator(t, sets, workers);
        const Evaluation e = evaluator.run(theta, Derivatives::yes);
        CHECK((e.hessian - expected).norm() < 1e-7 * expected.norm());
    }
}

TEST_CASE("results have the same bits for all threads, lane blocks and instruction sets") {
    Workers workers(1);
    Task t = make_task(kAllTerms, 30);
    const Trials sets = make_trials(t, 11, 20, 3);
    const Eigen::VectorXd theta = 0.1 * normals(52, 27);
    const Evaluation expected = Evaluator(t, sets, workers).run(theta, Derivatives::yes);
    for (const std::size_t threads : {2u, 3u, 7u}) {
        Workers more(threads);
        CAPTURE(threads);
        CHECK(same_bits(Evaluator(t, sets, more).run(theta, Derivatives::yes), expected));
    }
    for (const std::uint64_t lane_bytes : {8u, 64u}) {
        t.run.lane_bytes = lane_bytes;
        CAPTURE(lane_bytes);
        CHECK(same_bits(Evaluator(t, sets, workers).run(theta, Derivatives::yes), expected));
    }
    for (std::uint32_t isa = CARVE_ISA_SOFTFMA; isa <= CARVE_ISA_NEON; ++isa) {
        t.run.isa = carve_isa_name(isa);
        CAPTURE(t.run.isa);
        if (!carve_isa_usable(isa)) {
            MESSAGE("skipped, not usable here: " << t.run.isa);
            continue;
        }
        Evaluator evaluator(t, sets, workers);
        CHECK(evaluator.isa() == t.run.isa);
        CHECK(same_bits(evaluator.run(theta, Derivatives::yes), expected));
    }
}

TEST_CASE("an evaluator can be asked again and remembers nothing") {
    Workers workers(1);
    const Task t = make_task(kAllTerms, 30);
    const Trials sets = make_trials(t, 5, 20, 3);
    const Eigen::VectorXd theta = 0.1 * normals(53, 27);
    Evaluator evaluator(t, sets, workers);
    const Evaluation first = evaluator.run(theta, Derivatives::yes);
    evaluator.run(1e3 * theta, Derivatives::yes); // everything diverges
    CHECK(same_bits(evaluator.run(theta, Derivatives::yes), first));
}

TEST_CASE("other trials give what an evaluator made for them gives") {
    Workers workers(1);
    const Eigen::VectorXd theta = 0.1 * normals(54, 27);
    const Task t = make_task(kAllTerms, 30);
    Evaluator evaluator(t, make_trials(t, 5, 20, 3), workers);
    evaluator.run(theta, Derivatives::yes);
    evaluator.run(theta, Derivatives::no);
    Trials others = make_trials(t, 9, 20, 3); // of a description of their own
    for (int more = 0; more < 2; ++more) {    // then of the same one
        CAPTURE(more);
        evaluator.use(others);
        for (const Derivatives derivatives : {Derivatives::yes, Derivatives::no})
            CHECK(same_bits(evaluator.run(theta, derivatives),
                            Evaluator(t, others, workers).run(theta, derivatives)));
        PopulationEvaluator population(t, make_trials(t, 2, 20, 3), workers);
        population.run(theta);
        population.use(others);
        CHECK(population.run(theta)[0].losses ==
              PopulationEvaluator(t, others, workers).run(theta)[0].losses);
        std::reverse(others.begin(), others.end());
    }
}

TEST_CASE("a replica that diverges scores by its step and leaves the others alone") {
    Workers workers(1);
    // Plain Hebb grows without bound.
    Task t = make_task(R"(["x y"])", 50, {"simulation.bound=1e3", "search.diverged=trial"});
    Trials sets = make_trials(t, 6, 20, 3);
    for (std::size_t i = 0; i < 6; ++i)
        if (i != 2)
            sets[i] = scaled(sets[i], i == 4 ? 1.3 : 0.01);
    const Eigen::VectorXd theta = Eigen::VectorXd::Constant(1, 4.0);

    const Evaluation each = Evaluator(t, sets, workers).run(theta, Derivatives::yes);
    CHECK(each.diverged == 2);
    REQUIRE(each.frozen[2] > each.frozen[4]);
    REQUIRE(each.frozen[4] > 0);
    CHECK(each.frozen[0] == -1);
    for (const std::size_t i : {2u, 4u})
        CHECK(each.losses[i] == 1 + (50.0 - static_cast<double>(each.frozen[i])) / 50);
    double mean = 0;
    for (const double value : each.losses)
        mean += value / 6;
    CHECK(each.loss == doctest::Approx(mean));
    CHECK(each.gradient.allFinite());

    t.search.blow_up = BlowUp::candidate;
    const Evaluation whole = Evaluator(t, sets, workers).run(theta, Derivatives::yes);
    CHECK(whole.loss == each.losses[4]);

    // base + early exp(-t / T), of a task that gives them.
    for (const char* which : {"false", "true"}) {
        const Task scored = make_task(
            R"(["x y"])", 50,
            {"simulation.bound=1e3",
             fmt::format("search.diverged={{ base = 20, early = 3, candidate = {} }}", which)});
        const Evaluation e = Evaluator(scored, sets, workers).run(theta, Derivatives::no);
        CHECK(e.frozen == each.frozen);
        double sum = 0;
        for (const std::size_t i : {2u, 4u})
            CHECK(e.losses[i] ==
                  doctest::Approx(20 + 3 * std::exp(-static_cast<double>(e.frozen[i]) / 50))
                      .epsilon(1e-14));
        for (const double value : e.losses)
            sum += value / 6;
        CHECK(e.loss == doctest::Approx(which == std::string("true") ? e.losses[4] : sum));
    }
}

TEST_CASE("the total of losses is their mean, or the score of the first that diverged") {
    Task t = make_task(kOjaTerms, 200);
    const std::vector<double> losses = {0.5, 1.25, 1.75}; // of trials that diverged: their scores
    CHECK(total_loss(t, losses, {-1, 150, 50}) == 1.75);
    CHECK(total_loss(t, losses, {-1, -1, -1}) == doctest::Approx(3.5 / 3));
    CHECK(total_loss(t, losses, {-1, 0, 50}) == 1.25);
    t.search.blow_up = BlowUp::replica;
    CHECK(total_loss(t, losses, {-1, 150, 50}) == doctest::Approx(3.5 / 3));
}

TEST_CASE("a trial that diverges scores by its own number of steps") {
    Task t = make_task(kOjaTerms, 50, {"search.diverged=trial", "rule.feedforward.eta=30"});
    Trials trials = make_trials(t, 2, 10, 3, 1);
    auto longer = std::make_shared<Trial>(*trials[1]);
    auto described = std::make_shared<task::Task>(*longer->described);
    described->simulation.duration = 400;
    longer->described = described;
    longer->steps = 400;
    trials[1] = longer;
    Workers workers(1);
    const Evaluation e =
        Evaluator(t, trials, workers).run(Eigen::VectorXd::Constant(2, 5), Derivatives::no);
    for (std::size_t i = 0; i < 2; ++i) {
        const double steps = i == 0 ? 50 : 400;
        REQUIRE(e.frozen[i] >= 0);
        CHECK(e.losses[i] ==
              doctest::Approx(1 + (steps - static_cast<double>(e.frozen[i])) / steps));
    }
}

TEST_CASE("robust totals leave out the extremes, but no replica that diverged") {
    Task t = make_task(kOjaTerms, 10, {"search.diverged=trial"});
    const std::vector<double> losses = {0.25, 9, 0.5, 0, 1};
    const std::vector<std::int64_t> healthy(5, -1), one = {-1, 3, -1, -1, -1};
    t.search.aggregate = Aggregate::median;
    CHECK(total_loss(t, losses, healthy) == 0.5);
    CHECK(total_loss(t, {1, 2, 3, 10}, {-1, -1, -1, -1}) == 2.5);
    CHECK(total_loss(t, losses, one) == doctest::Approx(2.15));
    t.search.aggregate = Aggregate::trimmed;
    CHECK(total_loss(t, losses, healthy) == doctest::Approx(1.75 / 3));
    CHECK(total_loss(t, losses, one) == doctest::Approx(2.15));
}

TEST_CASE("candidates side by side have the losses that each has on its own") {
    for (const char* batch : {"simulation.batch=all", "simulation.batch=1"})
        for (const bool single : {false, true}) {
            CAPTURE(batch);
            CAPTURE(single);
            Task t = make_task(kAllTerms, 25, {batch, "population.y.units=2"});
            t.run.single_precision = single;
            const Trials sets = make_trials(t, 3, 12, 3, 2);
            Eigen::MatrixXd thetas(27, 11);
            for (Eigen::Index k = 0; k < 11; ++k)
                thetas.col(k) = 0.1 * normals(60 + static_cast<std::uint64_t>(k), 27);
            thetas.col(4) *= 1e3; // diverges
            for (const std::size_t threads : {1u, 2u, 5u}) {
                Workers workers(threads);
                const auto all = PopulationEvaluator(t, sets, workers).run(thetas);
                REQUIRE(all.size() == 11);
                for (Eigen::Index k = 0; k < 11; ++k) {
                    CAPTURE(k);
                    Evaluator alone(t, sets, workers);
                    const Evaluation e = alone.run(thetas.col(k), Derivatives::no);
                    const Evaluation& beside = all[static_cast<std::size_t>(k)];
                    CHECK(beside.losses == e.losses);
                    CHECK(beside.frozen == e.frozen);
                    CHECK(beside.loss == e.loss);
                }
            }
        }
}

TEST_CASE("single precision is close to double precision and not the same") {
    Workers workers(1);
    Task t = make_task(kAllTerms, 20);
    const Trials sets = make_trials(t, 9, 20, 3);
    const Eigen::VectorXd theta = 0.1 * normals(54, 27);
    const Evaluation in_double = Evaluator(t, sets, workers).run(theta, Derivatives::yes);
    t.run.single_precision = true;
    const Evaluation in_single = Evaluator(t, sets, workers).run(theta, Derivatives::yes);
    CHECK(in_single.loss == doctest::Approx(in_double.loss).epsilon(1e-5));
    CHECK((in_single.gradient - in_double.gradient).norm() < 1e-4 * in_double.gradient.norm());
    CHECK(in_single.loss != in_double.loss);
}

TEST_SUITE_END();
