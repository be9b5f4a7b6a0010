// A neuron that spikes, and its evaluation: what the kernel does is tested with the kernel.
#include "cell_task.hpp"
#include "checkpoint.hpp"
#include "fixture.hpp"
#include "host.hpp"
#include "mean_field.hpp"
#include "rule_factors.hpp"
#include "search.hpp"

#include <Eigen/Eigenvalues>
#include <carve.h>
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace fixture;

namespace {

// ln tau_pre, ln tau_post, alpha, kappa, beta, gamma
Eigen::VectorXd vogels(double alpha) {
    Eigen::VectorXd theta(6);
    theta << std::log(0.02), std::log(0.02), alpha, 1, 0, 1;
    return theta;
}

Trials first_trials(const Task& task, std::size_t count, Role role = Role::search) {
    return TrialSource(task).draw(std::make_shared<const task::Task>(task.described),
                                  {role, 0, 0, 0, count});
}

// The neuron's rate in each condition, Hz.
std::vector<double> rates_of(const std::vector<Condition>& conditions) {
    std::vector<double> rates;
    for (const Condition& c : conditions)
        for (const MeasuredSpread& m : c.measured)
            if (m.name == "loss.rate")
                rates.push_back(m.mean);
    return rates;
}

double inhibitory_factor(const Trial& trial) {
    return find_population(*trial.described, "inh")->factor;
}

} // namespace

TEST_SUITE("cell") {

    TEST_CASE("its rule has the coefficients of the pair rule, in their order") {
        const Task task = small_cell();
        REQUIRE(task.rules.size() == 1);
        const std::vector<Term> terms = pair_terms();
        REQUIRE(task.rules[0].terms.size() == terms.size());
        for (std::size_t k = 0; k < terms.size(); ++k)
            CHECK(is_same_term(task.rules[0].terms[k], terms[k]));
        CHECK(task.steps == 10000);
    }

    TEST_CASE("a rule has the same loss alone and as one of many candidates, to the bit") {
        for (const char* precision : {"run.precision=double", "run.precision=single"}) {
            CAPTURE(precision);
            const Task task = small_cell({precision});
            const Trials trials = first_trials(task, 4);
            Workers workers(1);
            PopulationEvaluator population(task, trials, workers);
            Evaluator evaluator(task, trials, workers);
            Eigen::MatrixXd thetas(6, 7);
            for (Eigen::Index k = 0; k < 7; ++k)
                thetas.col(k) = vogels(-0.1 * static_cast<double>(k));
            const std::vector<Evaluation> all = population.run(thetas);
            for (std::size_t k = 0; k < all.size(); ++k) {
                const Evaluation one =
                    evaluator.run(thetas.col(static_cast<Eigen::Index>(k)), Derivatives::no);
                CHECK(one.losses == all[k].losses);
                CHECK(one.frozen == all[k].frozen);
                CHECK(one.loss == all[k].loss);
            }
            CHECK(all[0].losses[0] != all[0].losses[2]); // of one factor, but another trial
            CHECK(all[0].loss != all[6].loss);
        }
    }

    TEST_CASE("trials take the factors by turns, and no two have the same spikes or weights") {
        const Task task = small_cell();
        const Trials a = first_trials(task, 4), b = first_trials(task, 4, Role::held_out);
        for (std::size_t i = 0; i < 4; ++i) {
            CHECK(inhibitory_factor(*a[i]) == (i % 2 == 0 ? 0.5 : 2));
            CHECK(std::stod(a[i]->at[0]) == inhibitory_factor(*a[i]));
            CHECK(a[i]->stream != b[i]->stream);
            CHECK(a[i]->weights.at("excitatory") != b[i]->weights.at("excitatory"));
            CHECK(a[i]->stream != a[(i + 1) % 4]->stream);
        }
        CHECK(first_trials(task, 4)[3]->weights.at("excitatory") == a[3]->weights.at("excitatory"));
    }

    TEST_CASE("trials of equal values have the same description, also in the next draw") {
        const Task task = small_cell({"projection.excitatory.weights.peak=1",
                                      R"(trials.vary={ "population.inh.factor" = [0.5, 2] })"});
        const auto base = std::make_shared<const task::Task>(task.described);
        const TrialSource source(task);
        const Trials a = source.draw(base, {Role::search, 0, 0, 0, 4}),
                     b = source.draw(base, {Role::search, 1, 1, 0, 4});
        for (std::size_t i = 0; i < 4; ++i) {
            CHECK(a[i]->described == a[i % 2]->described);
            CHECK(b[i]->described == a[i % 2]->described);
            CHECK(b[i]->stream != a[i]->stream);
        }
        CHECK(a[0]->described != a[1]->described);
        const auto other = std::make_shared<const task::Task>(task.described);
        CHECK(source.draw(other, {Role::search, 1, 1, 0, 1})[0]->described != a[0]->described);
    }

    TEST_CASE("a trial that leaves the bounds has the score of its time") {
        const Task task = small_cell({"loss.rate.stop=[0.1, 50.06]", // passed at the first spike
                                      "loss.rate.start=50.05"});
        Workers workers(1);
        Evaluator evaluator(task, first_trials(task, 1), workers);
        const Evaluation e = evaluator.run(vogels(-0.2), Derivatives::no);
        REQUIRE(e.frozen[0] >= 0);
        CHECK(e.frozen[0] < 10000);
        CHECK(e.diverged == 1);
        const double t = static_cast<double>(e.frozen[0]) / 10000;
        CHECK(e.losses[0] == doctest::Approx(160 * (1 + std::exp(-t))).epsilon(1e-14));
        const Evaluation of_slopes = evaluator.run(vogels(-0.2), Derivatives::yes);
        CHECK(of_slopes.losses == e.losses);
        CHECK(of_slopes.frozen == e.frozen);
        CHECK(of_slopes.gradient.isZero(0)); // a trial that ended early has none
    }

    TEST_CASE("a trial ends where the first of several measures of a rate leaves its bounds") {
        Workers workers(1);
        const auto end_of = [&](const std::string& loss, const std::string& probe) {
            const std::string same =
                probe.empty()
                    ? ""
                    : "[probe.same]\nkind = \"rate\"\nof = \"cell\"\ntau = 1\nstart = 50.05\n"
                      "target = 10\nstop = " +
                          probe + "\n";
            const Task task =
                small_cell({"loss.rate.stop=" + loss, "loss.rate.start=50.05"}, kEvolution, same);
            return Evaluator(task, first_trials(task, 1), workers)
                .run(vogels(-0.2), Derivatives::no)
                .frozen[0];
        };
        for (const char* narrow : {"[0.1, 50.06]", "[50.04, 1e4]"}) {
            const auto alone = end_of(narrow, "");
            CHECK(alone >= 0);
            CHECK(end_of(narrow, "[0.1, 1e4]") == alone);
            CHECK(end_of("[0.1, 1e4]", narrow) == alone);
        }
    }

    TEST_CASE("the derivatives are those of the mean of the trials' losses") {
        const Task task = small_cell();
        CHECK(task.slopes == Slopes::surrogate);
        Workers workers(1);
        Evaluator evaluator(task, first_trials(task, 1), workers);
        const Evaluation e = evaluator.run(vogels(-0.2), Derivatives::yes);
        REQUIRE(e.diverged == 0);
        CHECK(e.gradient.norm() > 0);
        const Eigen::MatrixXd expected = e.gradient * e.gradient.transpose() / (2 * e.loss);
        CHECK((e.hessian - expected).norm() <= 1e-12 * expected.norm());
    }

    TEST_CASE("the mean field is of the afferents, the projection and the loss of the task") {
        const std::optional<MeanField> field = mean_field_of(small_cell());
        REQUIRE(field);
        CHECK(field->afferents == "inh");
        CHECK(field->projection == "inhibitory");
        CHECK(field->rule == "inhibitory");
        CHECK(field->loss == "rate");
        CHECK(field->target == 10);
        CHECK_FALSE(mean_field_of(small_cell({"rule.inhibitory.modulator=population.cell"})));
        CHECK_FALSE(mean_field_of(make_task(kOjaTerms, 10)));
    }

    TEST_CASE("afferents fire at the rate of a Poisson process with dead time") {
        const Task task = small_cell({"population.inh.units=200"});
        const MeanField field = *mean_field_of(task);
        for (const double factor : {0.5, 2.0}) {
            task::Task described = task.described;
            for (task::Population& p : described.populations)
                if (p.name == "inh")
                    p.factor = factor;
            const double p = -std::expm1(-60 * factor * 1e-4);
            const double expected = 1 / (5e-3 + 1e-4 / p);
            CHECK(afferent_rate(task, described, field) == doctest::Approx(expected).epsilon(0.01));
        }
    }

    TEST_CASE("published rules for 3 Hz have that set point at afferent rates of 10 Hz") {
        CHECK(set_point(published(-.12, 1, 0, 1), 10) == doctest::Approx(3));
        CHECK(set_point(published(-.12, .5, .2, .5), 10) == doctest::Approx(3));
        CHECK(set_point(published(-.12, 0, .4, 0), 10) == doctest::Approx(3));
        CHECK(set_point(published(-.12, 1, 0, 1), 40) == doctest::Approx(3));
        CHECK(set_point(published(-.12, 0, .4, 0), 40) == doctest::Approx(12));
    }

    TEST_CASE("coefficients that are not searched for have their part in the set point") {
        const auto set_points = [&](const char* fixed) {
            Task task =
                small_cell({"rule.inhibitory.theta={ alpha = -0.12, kappa = 0.5, beta = 0.2, "
                            "gamma = 0.5 }",
                            "rule.inhibitory.tau=0.02", fixed});
            for (Term& term : task.rules[0].terms)
                for (const Term& value : published(-.12, .5, .2, .5))
                    if (is_same_term(term, value))
                        term.theta = value.theta;
            Workers workers(1);
            std::vector<double> out;
            for (const Condition& c : held_out(task, TrialSource(task), workers).conditions)
                out.push_back(c.set_point);
            return out;
        };
        const std::vector<double> none = set_points("rule.inhibitory.fixed=[]");
        REQUIRE(none.size() == 2);
        for (const char* fixed : {"rule.inhibitory.fixed=[\"tau_pre\", \"tau_post\"]",
                                  "rule.inhibitory.fixed=[\"alpha\", \"beta\"]"}) {
            CAPTURE(fixed);
            const std::vector<double> some = set_points(fixed);
            REQUIRE(some.size() == 2);
            for (std::size_t f = 0; f < 2; ++f) // a fixed time constant is no logarithm
                CHECK(some[f] == doctest::Approx(none[f]).epsilon(1e-12));
        }
    }

    TEST_CASE("a search gives the same rule on one thread and on three, and tells what it does") {
        Task task = small_cell();
        const TrialSource source(task);
        const SearchResult one = search(task, source, {});
        task.run.threads = 3;
        const SearchResult three = search(task, source, {});
        CHECK(one.fingerprint == three.fingerprint);
        CHECK(one.held_out.loss == three.held_out.loss);
        const std::vector<Condition>& conditions = one.held_out.conditions;
        CHECK(rates_of(conditions) == rates_of(three.held_out.conditions));
        REQUIRE(conditions.size() == 2);
        CHECK(rates_of(conditions).size() == 2);
        CHECK(conditions[0].afferent_rate < conditions[1].afferent_rate);
        REQUIRE(one.rules.size() == 1);
        CHECK(one.rules[0].terms.size() == 6);
        for (std::size_t f = 0; f < 2; ++f) {
            REQUIRE(conditions[f].at.size() == 1);
            CHECK(conditions[f].at[0].first == "population.inh.factor");
            CHECK(conditions[f].at[0].second == (f == 0 ? "0.5" : "2"));
            const double point = set_point(one.rules[0].terms, conditions[f].afferent_rate);
            CHECK((conditions[f].set_point == point ||
                   (std::isnan(point) && std::isnan(conditions[f].set_point))));
        }
    }

    TEST_CASE("a search for a spiking rule gives the same rule on every instruction set") {
        Task task = small_cell();
        const TrialSource source(task);
        const SearchResult first = search(task, source, {});
        std::size_t sets = 0;
        for (const Isa& isa : instruction_sets()) {
            if (!isa.usable)
                continue;
            CAPTURE(isa.name);
            ++sets;
            task.run.isa = isa.name;
            const SearchResult other = search(task, source, {});
            CHECK(other.isa == isa.name);
            CHECK(other.fingerprint == first.fingerprint);
            CHECK(other.held_out.loss == first.held_out.loss);
            CHECK(other.covariance == first.covariance);
        }
        CHECK(sets >= 1);
    }

    TEST_CASE("a search for a spiking rule continues from any checkpoint with the same bits") {
        const Task task = small_cell({"trials.redraw=iteration", "search.restarts=2"});
        const TrialSource source(task);
        std::vector<std::string> checkpoints;
        SearchHooks hooks;
        hooks.save = [&](const Snapshot& snapshot, bool) {
            checkpoints.push_back(encode_checkpoint({1, 3, snapshot}));
        };
        const SearchResult whole = search(task, source, hooks);
        REQUIRE(checkpoints.size() > 5);
        for (std::size_t i = 0; i < checkpoints.size(); ++i) {
            CAPTURE(i);
            const Checkpoint at = decode_checkpoint(checkpoints[i], "bytes");
            const SearchResult resumed = search(task, source, {}, nullptr, &at.search);
            CHECK(resumed.fingerprint == whole.fingerprint);
            CHECK(resumed.held_out.loss == whole.held_out.loss);
            CHECK(rates_of(resumed.held_out.conditions) == rates_of(whole.held_out.conditions));
            CHECK(resumed.covariance == whole.covariance);
        }
    }

    TEST_CASE("a search by CMA-ES ends with the covariance of its candidates") {
        // One generation hardly moves the distribution.
        const Task task = small_cell({"search.sigma=0.125", "search.iterations=1"});
        const TrialSource source(task);
        const Eigen::MatrixXd C = search(task, source, {}).covariance;
        REQUIRE(C.rows() == 6);
        CHECK(C == C.transpose());
        const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(C);
        CHECK(solver.eigenvalues().minCoeff() > 0.125 * 0.125 / 8);
        CHECK(solver.eigenvalues().maxCoeff() < 0.125 * 0.125 * 8);
    }

    TEST_CASE("Adam lowers the loss of a spiking task by the surrogate gradient") {
        const Task task =
            small_cell({"loss.rate.stop=[0, 1e4]", "loss.rate.start=50.05", "loss.rate.target=20",
                        "loss.rate.window=1", "probe.tuning.window=1", "simulation.duration=2",
                        "rule.inhibitory.eta=0.05", "rule.inhibitory.theta=0",
                        "trials.redraw=iteration", "trials.held_out=8"},
                       {"search.method=adam", "search.learning_rate=0.05", "search.iterations=40"});
        const TrialSource source(task);
        const double found = search(task, source, {}).held_out.loss;
        Task at_start = task;
        at_start.rules[0].terms = published(0, 0, 0, 0);
        Workers workers(1);
        const HeldOut before = held_out(at_start, source, workers);
        CHECK(rates_of(before.conditions).at(0) > 40); // twice the target
        CHECK(found < before.loss / 10);
        CHECK(yardsticks(task, source, workers).silent == before.loss);
    }

    TEST_CASE("a neuron's published constants are the kernel's defaults") {
        carve_lif p;
        REQUIRE(carve_lif_init(&p, sizeof p) == CARVE_OK);
        CHECK(p.n_receptors == 0); // the default ones, whose constants carve.h gives
        CHECK(p.tau_m == 0.02);
        CHECK(p.v_rest == -0.06);
        CHECK(p.v_reset == -0.06);
        CHECK(p.v_threshold == -0.05);
        CHECK(p.t_ref == 5e-3);
    }

    TEST_CASE("in Auryn's order of events a rule does not see the other spike of the same step") {
        const auto loss_of = [&](const char* coincidence, double kappa, double gamma) {
            Task task = small_cell({std::string("rule.inhibitory.coincidence=") + coincidence});
            task.rules[0].terms = published(-.2, kappa, 0, gamma);
            Workers workers(1);
            return held_out(task, TrialSource(task), workers).loss;
        };
        CHECK(loss_of("blind", 1, 0) == loss_of("pre_first", 1, 0));
        CHECK(loss_of("blind", 0, 1) != loss_of("pre_first", 0, 1));
    }
}
