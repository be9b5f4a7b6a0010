// The neuron of a spiking task and its evaluation: what the kernel does is tested with the kernel.
#include "cell.hpp"
#include "checkpoint.hpp"
#include "evaluate.hpp"
#include "host.hpp"
#include "search.hpp"

#include <Eigen/Eigenvalues>
#include <carve.h>
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace carve::cli;

namespace {

Task small_cell() {
    Task task;
    task.name = "cell";
    task.input.kind = InputKind::spikes;
    task.input.data_sets = 4;
    task.cell.excitatory = 16;
    task.cell.inhibitory = 8;
    task.cell.groups = 2;
    task.cell.afferents = Afferents::constant;
    task.cell.rate = 60;
    task.cell.excitatory_gain = 0.2;
    task.cell.inhibitory_gain = 0.5;
    task.cell.window = 0.5;
    task.cell.inhibitory_factors = {0.5, 2};
    task.cell.vary_peak = true;
    task.network.steps = 10000;
    task.rules = {default_rule("inhibitory")};
    task.loss.kind = LossKind::rate;
    task.search.method = Method::cma_es;
    task.search.iterations = 2;
    task.search.population = 6;
    task.search.refit = false;
    task.search.validation_sets = 2;
    task.search.held_out_sets = 4;
    task.search.l1 = 0;
    task.search.blow_up = BlowUp::replica;
    task.search.stages = {whole_stage(task)};
    task.run.threads = 1;
    return task;
}

// ln tau_pre, ln tau_post, alpha, kappa, beta, gamma
Eigen::VectorXd vogels(double alpha) {
    Eigen::VectorXd theta(6);
    theta << std::log(0.02), std::log(0.02), alpha, 1, 0, 1;
    return theta;
}

std::vector<Term> published(double alpha, double kappa, double beta, double gamma) {
    std::vector<Term> terms = pair_terms();
    const double values[] = {std::log(0.02), std::log(0.02), alpha, kappa, beta, gamma};
    for (std::size_t k = 0; k < 6; ++k)
        terms[k].theta = values[k];
    return terms;
}

} // namespace

TEST_SUITE("cell") {

    TEST_CASE("a rule has the same loss alone and as one of many candidates, to the bit") {
        const Task task = small_cell();
        const DataSource source(task);
        const std::vector<DataSet> trials = source.draw(Role::search, 0, 0, 4, 1);
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
            CHECK(one.loss == all[k].loss);
        }
        CHECK(all[0].losses[0] != all[0].losses[2]); // of one factor, but another trial
        CHECK(all[0].loss != all[6].loss);
    }

    TEST_CASE("trials take the factors by turns, and no two have the same spikes or weights") {
        const Task task = small_cell();
        const DataSource source(task);
        const std::vector<DataSet> a = source.draw(Role::search, 0, 0, 4, 1);
        const std::vector<DataSet> b = source.draw(Role::held_out, 0, 0, 4, 1);
        for (std::size_t i = 0; i < 4; ++i) {
            CHECK(a[i].factor == (i % 2 == 0 ? 0.5 : 2));
            CHECK(a[i].stream != b[i].stream);
            CHECK(a[i].w0 != b[i].w0);
            CHECK(a[i].stream != a[(i + 1) % 4].stream);
        }
        CHECK(source.draw(Role::search, 0, 0, 4, 1)[3].w0 == a[3].w0);
    }

    TEST_CASE("a trial that leaves the bounds has the score of its time") {
        Task task = small_cell();
        task.loss.high = 50.06; // passed at the first spike
        const DataSource source(task);
        Workers workers(1);
        const std::vector<DataSet> trials = source.draw(Role::search, 0, 0, 1, 1);
        Evaluator evaluator(task, trials, workers);
        const Evaluation e = evaluator.run(vogels(-0.2), Derivatives::no);
        REQUIRE(e.frozen[0] >= 0);
        CHECK(e.diverged == 1);
        const double t = static_cast<double>(e.frozen[0]) / 10000;
        CHECK(e.losses[0] == doctest::Approx(160 * (1 + std::exp(-t))).epsilon(1e-14));
    }

    TEST_CASE("the derivatives are those of the mean of the trials' losses") {
        Task task = small_cell();
        const DataSource source(task);
        Workers workers(1);
        const std::vector<DataSet> trials = source.draw(Role::search, 0, 0, 1, 1);
        Evaluator evaluator(task, trials, workers);
        const Evaluation e = evaluator.run(vogels(-0.2), Derivatives::yes);
        REQUIRE(e.diverged == 0);
        CHECK(e.gradient.norm() > 0);
        const Eigen::MatrixXd expected = e.gradient * e.gradient.transpose() / (2 * e.loss);
        CHECK((e.hessian - expected).norm() <= 1e-12 * expected.norm());
    }

    TEST_CASE("afferents fire at the rate of a Poisson process with dead time") {
        Task task = small_cell();
        task.cell.inhibitory = 200;
        for (const double factor : {0.5, 2.0}) {
            const double p = -std::expm1(-60 * factor * 1e-4);
            const double expected = 1 / (5e-3 + 1e-4 / p);
            CHECK(inhibitory_rate(task, factor) == doctest::Approx(expected).epsilon(0.01));
        }
    }

    TEST_CASE("published rules for 3 Hz have that set point at afferent rates of 10 Hz") {
        CHECK(set_point(published(-.12, 1, 0, 1), 10) == doctest::Approx(3));
        CHECK(set_point(published(-.12, .5, .2, .5), 10) == doctest::Approx(3));
        CHECK(set_point(published(-.12, 0, .4, 0), 10) == doctest::Approx(3));
        CHECK(set_point(published(-.12, 1, 0, 1), 40) == doctest::Approx(3));
        CHECK(set_point(published(-.12, 0, .4, 0), 40) == doctest::Approx(12));
    }

    TEST_CASE("a search gives the same rule on one thread and on three, and tells what it does") {
        Task task = small_cell();
        const DataSource source(task);
        const SearchResult one = search(task, source, {});
        task.run.threads = 3;
        const SearchResult three = search(task, source, {});
        CHECK(one.fingerprint == three.fingerprint);
        CHECK(one.held_out.loss == three.held_out.loss);
        CHECK(one.held_out.cell.rates == three.held_out.cell.rates);
        CHECK(one.held_out.cell.rates.size() == 2);
        CHECK(one.held_out.cell.afferent_rates[0] < one.held_out.cell.afferent_rates[1]);
        REQUIRE(one.rules.size() == 1);
        CHECK(one.rules[0].terms.size() == 6);
        for (std::size_t f = 0; f < 2; ++f)
            CHECK(one.held_out.cell.set_points[f] ==
                  set_point(one.rules[0].terms, one.held_out.cell.afferent_rates[f]));
    }

    TEST_CASE("a search for a spiking rule gives the same rule on every instruction set") {
        Task task = small_cell();
        const DataSource source(task);
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
        Task task = small_cell();
        task.input.redraw = Redraw::iteration;
        task.search.restarts = 2;
        task.search.stages = {whole_stage(task)};
        const DataSource source(task);
        std::vector<std::string> checkpoints;
        SearchHooks hooks;
        hooks.save = [&](const Snapshot& snapshot, bool) {
            checkpoints.push_back(encode_checkpoint({1, 2, 3, snapshot}));
        };
        const SearchResult whole = search(task, source, hooks);
        REQUIRE(checkpoints.size() > 5);
        for (std::size_t i = 0; i < checkpoints.size(); ++i) {
            CAPTURE(i);
            const Checkpoint at = decode_checkpoint(checkpoints[i], "bytes");
            const SearchResult resumed = search(task, source, {}, nullptr, &at.search);
            CHECK(resumed.fingerprint == whole.fingerprint);
            CHECK(resumed.held_out.loss == whole.held_out.loss);
            CHECK(resumed.held_out.cell.rates == whole.held_out.cell.rates);
            CHECK(resumed.covariance == whole.covariance);
        }
    }

    TEST_CASE("a search by CMA-ES ends with the covariance of its candidates") {
        Task task = small_cell();
        task.search.sigma = 0.125;
        task.search.stages[0].iterations = 1; // one generation hardly moves the distribution
        const DataSource source(task);
        const Eigen::MatrixXd C = search(task, source, {}).covariance;
        REQUIRE(C.rows() == 6);
        CHECK(C == C.transpose());
        const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(C);
        CHECK(solver.eigenvalues().minCoeff() > 0.125 * 0.125 / 8);
        CHECK(solver.eigenvalues().maxCoeff() < 0.125 * 0.125 * 8);
    }

    TEST_CASE("transfer trials take the factors and preferred groups of their own by turns") {
        Task task = small_cell();
        task.cell.held_out_factors = {3, 4};
        task.cell.held_out_peaks = {1, 2};
        task.cell.w_noise = 0;
        const DataSource source(task);
        const std::vector<DataSet> trials = source.draw(Role::transfer, 0, 0, 8, 1);
        const std::vector<DataSet> seen = source.draw(Role::held_out, 0, 0, 8, 1);
        for (std::size_t i = 0; i < 8; ++i) {
            CAPTURE(i);
            CHECK(trials[i].factor == (i % 2 == 0 ? 3 : 4));
            // 16 afferents in two groups, weights w_base + w_peak / (1 + (group - peak)^4).
            const bool first = i / 2 % 2 == 0;
            CHECK(trials[i].w0(0, 0) == doctest::Approx(first ? 0.3 + 1.1 : 0.3 + 1.1 / 2));
            CHECK(trials[i].w0(0, 15) == doctest::Approx(first ? 0.3 + 1.1 / 2 : 0.3 + 1.1));
            CHECK(trials[i].stream != seen[i].stream);
        }
    }

    TEST_CASE("a rule carries over to another target with alpha in proportion") {
        Task task = small_cell();
        task.network.steps = 40000;
        task.cell.window = 2;
        task.loss.target = 10;
        task.rules[0].eta = 0.02;
        task.rules[0].terms = published(-0.4, 1, 0, 1); // set point 10 Hz
        const DataSource source(task);
        Workers workers(1);
        const HeldOut plain = held_out(task, source, workers);
        CHECK(transfer(task, source, workers).empty());

        task.loss.held_out_targets = {5, 20};
        task.cell.held_out_factors = {1};
        const HeldOut same = held_out(task, source, workers);
        CHECK(same.loss == plain.loss);
        CHECK(same.cell.rates == plain.cell.rates);
        CHECK(same.cell.target == 10);
        const std::vector<CellReport> reports = transfer(task, source, workers);
        REQUIRE(reports.size() == 2);
        for (const CellReport& there : reports) {
            CAPTURE(there.target);
            REQUIRE(there.rates.size() == 1);
            CHECK(there.set_points[0] == doctest::Approx(there.target));
            CHECK(there.afferent_rates[0] == doctest::Approx(inhibitory_rate(task, 1)));
        }
        CHECK(reports[0].rates[0] < reports[1].rates[0]);
    }

    TEST_CASE("Adam lowers the loss of a spiking task by the surrogate gradient") {
        Task task = small_cell();
        task.loss.low = 0;
        task.loss.high = 1e4;
        task.loss.target = 20;
        task.network.steps = 20000;
        task.cell.window = 1;
        task.rules[0].eta = 0.05;
        task.rules[0].theta_sd = 0;
        task.input.redraw = Redraw::iteration;
        task.search.method = Method::adam;
        task.search.learning_rate = 0.05;
        task.search.iterations = 40;
        task.search.held_out_sets = 8;
        task.search.stages = {whole_stage(task)};
        const DataSource source(task);
        const double found = search(task, source, {}).held_out.loss;
        Task at_start = task;
        at_start.rules[0].terms = published(0, 0, 0, 0);
        Workers workers(1);
        const HeldOut before = held_out(at_start, source, workers);
        CHECK(before.cell.rates[0] > 40); // twice the target
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

    TEST_CASE("Auryn's neuron differs where a rule reads the presynaptic trace of the same step") {
        Task task = small_cell();
        const auto loss_of = [&](Neuron neuron, double kappa, double gamma) {
            task.cell.neuron = neuron;
            task.rules[0].terms = published(-.2, kappa, 0, gamma);
            const DataSource source(task);
            Workers workers(1);
            return held_out(task, source, workers).loss;
        };
        CHECK(loss_of(Neuron::auryn_tif, 1, 0) == loss_of(Neuron::vogels2011, 1, 0));
        CHECK(loss_of(Neuron::auryn_tif, 0, 1) != loss_of(Neuron::vogels2011, 0, 1));
    }
}
