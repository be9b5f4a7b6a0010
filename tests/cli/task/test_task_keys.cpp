// What the simulations are told of each key of a task's text.
#include "schema.hpp"
#include "spike_terms.hpp"
#include "task_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace carve::cli;

namespace {

template <class T> const T& named(const std::vector<T>& list, const std::string& name) {
    const auto at = std::find_if(list.begin(), list.end(),
                                 [&](const T& element) { return element.name == name; });
    REQUIRE(at != list.end());
    return *at;
}

const task::Draw& weights_of(const task::Projection& p) {
    return std::get<task::Draw>(p.weights.of);
}

void check_normal(const task::Draw& draw, double mean, double sd) {
    REQUIRE(std::holds_alternative<task::Normal>(draw.from));
    CHECK(std::get<task::Normal>(draw.from).mean == mean);
    CHECK(std::get<task::Normal>(draw.from).sd == sd);
}

void check_start(const task::Draw& draw, double mean, double sd, double low, double high) {
    check_normal(draw, mean, sd);
    CHECK(draw.range.low == low);
    CHECK(draw.range.high == high);
}

// What varies in a set of trials, as the text has it.
std::vector<std::string> said(const task::Settings& settings) {
    std::vector<std::string> lines;
    for (const task::Setting& s : settings.of)
        lines.push_back(s.path + " = " + task::inline_toml(s.value));
    return lines;
}

} // namespace

TEST_SUITE("task") {

    TEST_CASE("a task of four lines has the documented defaults and one stage that is the whole") {
        const Task task = load_text(kInput);
        CHECK(task.name == "t");
        CHECK(task.steps == 200);
        CHECK(task.slopes == Slopes::exact);
        CHECK_FALSE(has_spikes(task));
        CHECK_FALSE(is_antithetic(task.described));
        CHECK(task.described.simulation.batch.samples == 0);
        check_normal(weights_of(named(task.described.projections, "feedforward")), 0, 0.1);
        CHECK(task.described.data[0].samples == 100);
        CHECK(task.described.data[0].spectrum.eigenvalues == std::vector<double>{1, 0.5, 0});
        REQUIRE(task.rules.size() == 1);
        CHECK(task.rules[0].name == "feedforward");
        CHECK(task.rules[0].terms.size() == 27);
        CHECK(task.rules[0].starts.size() == 27);
        CHECK(task.rules[0].fixed.empty());
        CHECK(task.rules[0].eta == 0.1);
        CHECK_FALSE(task.described.projections[0].w_max);
        CHECK(task.described.losses[0].kind == task::MeasureKind::components);
        CHECK(task.described.losses[0].as.as == "distance");
        REQUIRE(task.search.stages.size() == 1);
        CHECK(task.search.stages[0].steps == 200);
        CHECK(task.search.stages[0].described->trials.search == 20);
        CHECK_FALSE(task.search.goal);
    }

    TEST_CASE("every key of a layer is read into its own place") {
        const Task task = load_text(task_file("unusual-layer.toml"));
        const task::Task& d = task.described;
        CHECK(task.name == "unusual");
        const task::Data& x = d.data[0];
        CHECK(x.spectrum.units == 4);
        CHECK(x.spectrum.gap == 0.5);
        CHECK(x.spectrum.drawn->low == 0);
        CHECK(x.spectrum.drawn->high == 1);
        CHECK(std::get<task::Uniform>(x.scale.from).low == 0.25);
        CHECK(std::get<task::Uniform>(x.scale.from).high == 4);
        CHECK(std::get<task::Uniform>(x.scale.from).logarithmic);
        CHECK(x.samples == 60);
        CHECK(x.antithetic);
        CHECK(d.trials.search == 12);
        CHECK(d.trials.validation == 14);
        CHECK(d.trials.held_out == 222);
        CHECK(d.trials.redraw == task::Redraw::iteration);
        CHECK(*named(d.populations, "y").units == 2);
        CHECK(named(d.populations, "y").activation == task::Activation::tanh);
        CHECK(d.simulation.batch.samples == 1);
        CHECK(task.steps == 77);
        const task::Projection &w = named(d.projections, "feedforward"),
                               &m = named(d.projections, "lateral");
        check_normal(weights_of(w), 0, 0.25);
        CHECK(w.weights.scaled);
        CHECK(w.weights.antithetic);
        CHECK(is_antithetic(d));
        CHECK(w.w_min == -3.5);
        CHECK(w.w_max == 3.5);
        CHECK(m.connect.pattern == task::Pattern::lower);
        CHECK(m.inference.kind == task::InferenceKind::sweeps);
        CHECK(m.inference.sweeps == 3);
        CHECK(m.mask_from == task::MaskFrom::first_update);
        for (const auto& [word, kind] : {std::pair{"sequential", task::InferenceKind::sequential},
                                         std::pair{"solve", task::InferenceKind::solve}}) {
            const task::Task other =
                load_text(task_file("unusual-layer.toml"),
                          {"projection.lateral.mask_from=start", "population.y.activation=linear",
                           std::string("projection.lateral.inference=") + word})
                    .described;
            CHECK(named(other.projections, "lateral").inference.kind == kind);
        }
        const task::Task alike = task::parse(
            "format = 2\n[population.y]\nkind = \"rate\"\nunits = 2\n"
            "[projection.a]\nfrom = \"y\"\nto = \"y\"\nconnect = \"lower\"\ninference = \"solve\"\n"
            "[projection.b]\nlike = \"a\"\ninference = \"sequential\"\n",
            "t.toml", {});
        CHECK(named(alike.projections, "b").inference.kind == task::InferenceKind::sequential);
        check_normal(weights_of(m), 0, 0.5);
        CHECK(m.w_min == -4);
        CHECK(m.w_max == 5);
        CHECK(d.simulation.bound == 1e6);
        CHECK(named(d.losses, "components").kind == task::MeasureKind::subspace);
        CHECK(named(d.losses, "more").weight == 0.5);
    }

    TEST_CASE("every key of a rule and of the search is read into its own place") {
        const Task task = load_text(task_file("unusual-layer.toml"));
        REQUIRE(task.rules.size() == 2);
        const RuleSettings &feedforward = named(task.rules, "feedforward"),
                           &lateral = named(task.rules, "lateral");
        CHECK(feedforward.terms ==
              std::vector<Term>{{0, 0, 0, 0}, {0, 2, 1, 0}, {1, 1, 0, 0}, {3, 0, 0, 0}});
        CHECK(feedforward.eta == 0.05);
        REQUIRE(feedforward.starts.size() == 4);
        for (const task::Draw& start : feedforward.starts)
            check_start(start, 0, 0.125, -3, 3);
        CHECK(feedforward.spread == 2);
        CHECK(feedforward.reference == "oja");
        CHECK(lateral.terms == std::vector<Term>{{1, 1, 0, 0}});
        CHECK(lateral.eta == 0.07);
        check_start(lateral.starts.at(0), 0, 0.25, -4, 4);
        CHECK(lateral.spread == 3);
        CHECK(lateral.reference == "anti_hebb");
        const SearchSettings& s = task.search;
        CHECK(s.method == Method::adam);
        CHECK(s.iterations == 3);
        CHECK(s.l1 == std::vector<double>{0.001});
        CHECK(s.learning_rate == 0.5);
        CHECK(s.clip == 2);
        CHECK(s.prune == 0.0625);
        CHECK(s.eliminate);
        CHECK(s.refit_iterations == 7);
        CHECK(s.margin == 2.5);
        CHECK(s.population == 12);
        CHECK(generation_size(task) == 12);
        CHECK(s.sigma == 0.75);
        CHECK(s.cma_restarts == Restarts::ipop);
        CHECK(s.aggregate == Aggregate::median);
        CHECK(s.restarts == 4);
        CHECK(s.accept == 0.5);
        CHECK(s.blow_up == BlowUp::replica);
        CHECK(*s.goal == 0.125);
        CHECK(task.run.seed == 9007199254740991);
        CHECK(task.run.threads == 3);
        CHECK(task.run.single_precision);
        CHECK(task.run.isa == "softfma");
        CHECK(task.run.lane_bytes == 64);
    }

    TEST_CASE("every key of a file's data is read into its own place") {
        const Task task = load_text(task_file("unusual-file.toml"));
        const task::Data& x = task.described.data[0];
        CHECK(x.kind == task::DataKind::file);
        CHECK(x.columns == std::vector<std::string>{"a", "3"});
        CHECK_FALSE(x.center);
        CHECK(x.standardize == task::Standardize::white);
        CHECK(x.row_mean);
        CHECK(x.train_fraction == 0.75);
        CHECK(x.block_rows == 3);
        const task::Rule& rule = named(task.described.rules, "feedforward");
        REQUIRE(rule.factors.of.size() == 1);
        CHECK(rule.factors.of[0].name == "x");
        CHECK(rule.factors.of[0].of == "residual");
        CHECK(named(task.described.losses, "components").as.as == "squared");
        CHECK(named(task.described.losses, "uncorrelated").weight == 0.5);
        CHECK(named(task.described.losses, "uncorrelated").kind ==
              task::MeasureKind::decorrelation);
        CHECK(task.search.stages[0].described->data[0].units == 5);
        CHECK(x.units == 0);
        CHECK_FALSE(task.search.refit);
        CHECK(load_text(task_file("unusual-file.toml"), {"data.x.standardize=columns"})
                  .described.data[0]
                  .standardize == task::Standardize::columns);
    }

    TEST_CASE("every key of a cell is read into its own place") {
        const Task task = load_text(task_file("unusual-cell.toml"));
        const task::Task& d = task.described;
        CHECK(has_spikes(task));
        CHECK(d.simulation.dt == 2e-4);
        CHECK(task.steps == 10000);
        const task::Population &exc = named(d.populations, "exc"),
                               &inh = named(d.populations, "inh"),
                               &cell = named(d.populations, "cell");
        CHECK(exc.units == 12);
        CHECK(inh.units == 6);
        CHECK(cell.model == task::NeuronModel::vogels_2011);
        CHECK(cell.refractory == 0.002);
        for (const task::Population* p : {&exc, &inh}) {
            CHECK(p->groups.equal == 3);
            CHECK_FALSE(p->signal);
            CHECK(std::get<double>(p->rate->from) == 20);
            CHECK(p->refractory == 0.002);
        }
        const task::Projection &e = named(d.projections, "excitatory"),
                               &i = named(d.projections, "inhibitory");
        const auto& tuned = std::get<task::TunedProfile>(e.weights.of);
        CHECK(tuned.base == 1);
        CHECK(tuned.tuned == 2);
        CHECK(tuned.noise == 0.5);
        CHECK(std::get<double>(tuned.peak.from) == 2);
        CHECK(e.gain == 0.1);
        CHECK(i.gain == 0.2);
        CHECK(i.receptor == "inhibitory");
        CHECK(std::get<double>(weights_of(i).from) == 0.5);
        CHECK(i.w_min == -2);
        CHECK(i.w_max == 3.5);
        CHECK(said(d.trials.vary) ==
              std::vector<std::string>{
                  "population.inh.factor = [0.5, 2]",
                  "projection.excitatory.weights.peak = { choice = [1, 2, 3] }"});
        const task::TrialSet& transfer = named(d.trials.sets, "transfer");
        CHECK(transfer.count == 4);
        CHECK(said(transfer.vary) ==
              std::vector<std::string>{"population.inh.factor = [3]",
                                       "projection.excitatory.weights.peak = [1.5]",
                                       "loss.rate.target = [5]"});
        const task::Measure& l = named(d.losses, "rate");
        CHECK(l.target == 7);
        CHECK(l.tau == 0.5);
        CHECK(l.window == 0.5);
        CHECK(l.start == 20);
        CHECK(l.stop->low == 0.2);
        CHECK(l.stop->high == 90);
        CHECK(named(d.losses, "tuning").weight == 0.25);
        CHECK(task.search.blow_up == BlowUp::replica);
        CHECK(d.search.diverged.base == 30);
        CHECK(load_text(kSpikes, {"population.exc.signal.gain=30"})
                  .described.populations[0]
                  .signal->gain == 30);
    }

    TEST_CASE("every key of a rule for spikes is read into its own place") {
        const Task task = load_text(task_file("unusual-cell.toml"));
        CHECK(task.described.rules[0].coincidence == task::Coincidence::blind);
        const RuleSettings& r = task.rules[0];
        CHECK(r.name == "inhibitory");
        CHECK(r.eta == 0.05);
        CHECK(r.spread == 2);
        CHECK(r.reference == "vogels_istdp");
        REQUIRE(r.terms.size() == 3);
        CHECK(r.terms[0].spike == kTauPre);
        CHECK(r.terms[1].spike == at_pre(0, 0, 0));
        CHECK(r.terms[2].spike == at_post(1, 0, 0));
        REQUIRE(r.starts.size() == 3);
        CHECK(r.starts[0].range.low == 0.001);
        CHECK(r.starts[0].range.high == 0.5);
        check_normal(r.starts[0], 0.01, 0);
        check_start(r.starts[1], 0, 0.125, -3, 3);
        check_start(r.starts[2], 0, 0.125, -3, 3);
    }

    TEST_CASE("stages start from the search, and set what they say") {
        const Task task = load_text(task_file("unusual-layer.toml"));
        const auto& stages = task.search.stages;
        REQUIRE(stages.size() == 3); // the second runs twice
        CHECK(stages[0].name == "first");
        CHECK(stages[0].method == Method::cma_es);
        CHECK(stages[0].steps == 11);
        CHECK(*named(stages[0].described->populations, "y").units == 1);
        CHECK(stages[0].described->trials.search == 12);
        CHECK(stages[0].described->data[0].samples == 60);
        CHECK(stages[0].iterations == 3);
        CHECK(stages[0].accept == 0.25);
        CHECK(stages[0].l1 == 0.001);
        CHECK(stages[1].name == "second");
        CHECK(stages[1].method == Method::adam);
        CHECK(stages[1].steps == 77);
        CHECK(*named(stages[1].described->populations, "y").units == 2);
        CHECK(stages[1].iterations == 5);
        CHECK(!stages[1].accept);
        CHECK(stages[1].described->trials.search == 4);
        CHECK(stages[1].described->data[0].samples == 9);
        CHECK(stages[1].l1 == 0.25);
        CHECK(stages[2].name == "second 2");
        CHECK(stages[2].described->data[0].samples == 9);
        const Task there = at_stage(task, stages[0]);
        CHECK(there.steps == 11);
        CHECK(*named(there.described.populations, "y").units == 1);
        CHECK(whole_stage(task).steps == 77);
        CHECK(whole_stage(task).described->data[0].samples == 60);
    }
}
