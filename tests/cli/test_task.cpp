// What the simulations are told of a task's text, and that a resolved task says the same.
#include "spike_terms.hpp"
#include "task_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

using namespace carve::cli;
namespace fs = std::filesystem;

namespace {

const std::string kSource = CARVE_SOURCE_ROOT;

} // namespace

TEST_SUITE("task") {

    TEST_CASE("a task of four lines has the documented defaults and one stage that is the whole") {
        const Task task = load_text(kInput);
        CHECK(task.name == "t");
        CHECK(task.network.steps == 200);
        CHECK(task.network.update == Update::batch);
        CHECK(task.network.w0_sd == 0.1);
        CHECK(task.input.samples == 100);
        CHECK(task.input.spectrum == std::vector<double>{1, 0.5, 0});
        REQUIRE(task.rules.size() == 1);
        CHECK(task.rules[0].name == "feedforward");
        CHECK(task.rules[0].terms.size() == 27);
        CHECK(task.rules[0].eta == 0.1);
        CHECK(task.rules[0].w_max == INFINITY);
        CHECK(task.loss.kind == LossKind::distance);
        REQUIRE(task.search.stages.size() == 1);
        CHECK(task.search.stages[0].steps == 200);
        CHECK(task.search.stages[0].data_sets == 20);
        CHECK_FALSE(task.search.goal);
    }

    TEST_CASE("every key of a layer is read into its own place") {
        const Task task = load_text(task_file("unusual-layer.toml"));
        CHECK(task.name == "unusual");
        CHECK(task.input.vary == Vary::spectrum);
        CHECK(task.input.spectrum.size() == 4);
        CHECK(task.input.gap_ratio == 0.5);
        CHECK(task.input.scale_range == std::vector<double>{0.25, 4});
        CHECK(task.input.samples == 60);
        CHECK(task.input.data_sets == 12);
        CHECK(task.input.antithetic);
        CHECK(task.input.redraw == Redraw::iteration);
        CHECK(task.network.outputs == 2);
        CHECK(task.network.activation == "tanh");
        CHECK(task.network.update == Update::online);
        CHECK(task.network.steps == 77);
        CHECK(task.network.w0_sd == 0.25);
        CHECK(task.network.w0_scaled);
        CHECK(task.network.w0_antithetic);
        CHECK(task.network.lateral == Lateral::hierarchical);
        CHECK(task.network.inference == Inference::sweeps);
        CHECK(task.network.sweeps == 3);
        CHECK(task.network.mask_from == Mask::first_update);
        CHECK(task.network.m0_sd == 0.5);
        CHECK(task.network.bound == 1e6);
        CHECK(task.rules[0].terms ==
              std::vector<Term>{{0, 0, 0, 0}, {0, 2, 1, 0}, {1, 1, 0, 0}, {3, 0, 0, 0}});
        CHECK(task.rules[0].eta == 0.05);
        CHECK(task.rules[0].theta_sd == 0.125);
        CHECK(task.rules[0].theta_min == -3);
        CHECK(task.rules[0].theta_max == 3);
        CHECK(task.rules[0].spread == 2);
        CHECK(task.rules[0].w_min == -2);
        CHECK(task.rules[0].w_max == 3.5);
        CHECK(task.rules[0].reference == "oja");
        CHECK(task.rules[1].eta == 0.07);
        CHECK(task.rules[1].w_max == 5);
        CHECK(task.rules[1].reference == "anti_hebb");
        CHECK(task.loss.kind == LossKind::subspace);
        CHECK(task.loss.subspace == 0.5);
        const SearchSettings& s = task.search;
        CHECK(s.method == Method::adam);
        CHECK(s.iterations == 3);
        CHECK(s.l1 == 0.001);
        CHECK(s.learning_rate == 0.5);
        CHECK(s.clip == 2);
        CHECK(s.prune == 0.0625);
        CHECK(s.eliminate);
        CHECK(s.refit_iterations == 7);
        CHECK(s.margin == 2.5);
        CHECK(s.population == 12);
        CHECK(s.sigma == 0.75);
        CHECK(s.cma_restarts == Restarts::ipop);
        CHECK(s.aggregate == Aggregate::median);
        CHECK(s.restarts == 4);
        CHECK(s.accept == 0.5);
        CHECK(s.validation_sets == 14);
        CHECK(s.held_out_sets == 222);
        CHECK(s.blow_up == BlowUp::replica);
        CHECK(*s.goal == 0.125);
        CHECK(task.run.seed == 9007199254740991);
        CHECK(task.run.threads == 3);
        CHECK(task.run.single_precision);
        CHECK(task.run.isa == "softfma");
        CHECK(task.run.lane_bytes == 64);
    }

    TEST_CASE("stages start from the search, and set what they say") {
        const Task task = load_text(task_file("unusual-layer.toml"));
        const auto& stages = task.search.stages;
        REQUIRE(stages.size() == 3); // the second runs twice
        CHECK(stages[0].method == Method::cma_es);
        CHECK(stages[0].steps == 11);
        CHECK(stages[0].outputs == 1);
        CHECK(stages[0].iterations == 3);
        CHECK(stages[0].accept == 0.25);
        CHECK(stages[0].l1 == 0.001);
        CHECK(stages[1].method == Method::adam);
        CHECK(stages[1].steps == 77);
        CHECK(stages[1].iterations == 5);
        CHECK(stages[1].data_sets == 4);
        CHECK(stages[1].samples == 9);
        CHECK(stages[1].l1 == 0.25);
        CHECK(stages[2].samples == 9);
    }

    TEST_CASE("every key of a file's data is read into its own place") {
        const Task task = load_text(task_file("unusual-file.toml"));
        CHECK(task.input.kind == InputKind::file);
        CHECK(task.input.columns == std::vector<std::string>{"a", "3"});
        CHECK_FALSE(task.input.center);
        CHECK(task.input.whiten);
        CHECK(task.input.row_mean);
        CHECK(task.input.train_fraction == 0.75);
        CHECK(task.input.block_rows == 3);
        CHECK(task.network.presynaptic == Presynaptic::residual);
        CHECK(task.loss.kind == LossKind::distance_squared);
        CHECK(task.loss.decorrelation == 0.5);
        CHECK(task.search.stages[0].columns == 5);
        CHECK(
            load_text(task_file("unusual-file.toml"), {"data.x.standardize=columns"}).input.scale ==
            Scale::columns);
    }

    TEST_CASE("every key of a cell is read into its own place") {
        const Task task = load_text(task_file("unusual-cell.toml"));
        const CellSettings& c = task.cell;
        CHECK(c.neuron == Neuron::auryn_tif);
        CHECK(c.dt == 2e-4);
        CHECK(task.network.steps == 10000);
        CHECK(c.window == 0.5);
        CHECK(c.excitatory == 12);
        CHECK(c.inhibitory == 6);
        CHECK(c.groups == 3);
        CHECK(c.afferents == Afferents::constant);
        CHECK(c.rate == 20);
        CHECK(c.dead_time == 0.002);
        CHECK(c.inhibitory_factors == std::vector<double>{0.5, 2});
        CHECK(c.w_base == 1);
        CHECK(c.w_peak == 2);
        CHECK(c.w_noise == 0.5);
        CHECK(c.peak == 2);
        CHECK(c.vary_peak);
        CHECK(c.held_out_factors == std::vector<double>{3});
        CHECK(c.held_out_peaks == std::vector<double>{1.5});
        CHECK(c.w_inhibitory == 0.5);
        CHECK(c.excitatory_gain == 0.1);
        CHECK(c.inhibitory_gain == 0.2);
        const LossSettings& l = task.loss;
        CHECK(l.target == 7);
        CHECK(l.filter == 0.5);
        CHECK(l.start == 20);
        CHECK(l.low == 0.2);
        CHECK(l.high == 90);
        CHECK(l.blow_up == 30);
        CHECK(l.tuning == 0.25);
        CHECK(l.held_out_targets == std::vector<double>{5});
        const RuleSettings& r = task.rules[0];
        CHECK(r.name == "inhibitory");
        CHECK(r.tau_start == 0.01);
        CHECK(r.tau_min == 0.001);
        CHECK(r.tau_max == 0.5);
        CHECK(r.w_min == -2);
        CHECK(r.w_max == 3.5);
        CHECK(r.reference == "vogels_istdp");
        REQUIRE(r.terms.size() == 3);
        CHECK(r.terms[0].spike == kTauPre);
        CHECK(r.terms[1].spike == at_pre(0, 0, 0));
        CHECK(r.terms[2].spike == at_post(1, 0, 0));
        CHECK(load_text(kSpikes, {"population.exc.signal.gain=30"}).cell.signal_gain == 30);
    }

    TEST_CASE(
        "a product of spikes is the coefficient of its event, traces and power of the weight") {
        const auto terms = [](const std::string& product) {
            return load_text(kSpikes + "[rule.inhibitory]\nterms = [\"" + product + "\"]\n")
                .rules[0]
                .terms;
        };
        CHECK(terms("pre: 1").back().spike == at_pre(0, 0, 0));
        CHECK(terms("pre: y1 w^2").back().spike == at_pre(1, 0, 2));
        CHECK(terms("pre: x2 y1").back().spike == at_pre(1, 1, 0));
        CHECK(terms("post: x1 y2 w").back().spike == at_post(1, 1, 1));
        CHECK(terms("post: y2").back().spike == at_post(0, 1, 0));
        CHECK(terms("post: x1 y2 w").size() == 3); // with two time constants
        const auto of_preset = [](const std::string& name) {
            return load_text(kSpikes, {"rule.inhibitory.terms=" + name}).rules[0].terms.size();
        };
        CHECK(of_preset("pair") == 6);
        CHECK(of_preset("triplet") == 8);
    }

    TEST_CASE("a resolved task is the same task, in any folder") {
        for (const std::string& text :
             {kInput, kSpikes, task_file("unusual-layer.toml"), task_file("unusual-file.toml"),
              task_file("unusual-cell.toml"),
              kInput + "[search.stage.one]\nset = { \"simulation.duration\" = 5 }\n",
              kInput +
                  "[projection.feedforward]\nw_min = -1e9\n[rule.feedforward]\neta = 1e-05\n"}) {
            const std::string resolved = to_toml(load_text(text));
            CAPTURE(resolved);
            const Task back = load_text(resolved);
            CHECK(to_toml(back) == resolved);
            CHECK(back.search.stages.size() == load_text(text).search.stages.size());
        }
    }

    TEST_CASE("overrides keep their meaning on a resolved task") {
        const Task task = load_text(to_toml(load_text(task_file("unusual-layer.toml"))),
                                    {"search.iterations=9", "simulation.duration=8"});
        CHECK(task.search.stages[0].iterations == 9);
        CHECK(task.search.stages[0].steps == 11);
        CHECK(task.search.stages[1].iterations == 5);
        CHECK(task.search.stages[1].steps == 8);
    }

    TEST_CASE("the shipped tasks are valid, say what they reproduce, and survive resolution") {
        std::size_t found = 0;
        for (const auto& entry : fs::directory_iterator(kSource + "/tasks")) {
            if (entry.path().extension() != ".toml")
                continue;
            CAPTURE(entry.path().string());
            ++found;
            const std::string path = entry.path().string();
            const Task task = load_task(path, {});
            CHECK(task.description != "");
            CHECK(contents(path)[0] == '#');
            CHECK(to_toml(load_text(to_toml(task))) == to_toml(task));
            if (task.input.kind == InputKind::file)
                CHECK(fs::exists(task.input.path));
            // A user's own file, and nothing else, works with every task of rates.
            if (is_layer(task))
                CHECK(load_task(path, {"data.x.path=mine.csv"}).input.kind == InputKind::file);
        }
        CHECK(found >= 15);
    }

    TEST_CASE("a new task is valid as it stands, and one for a user's own file has twelve lines") {
        for (const auto& entry : fs::directory_iterator(kSource + "/tasks/new")) {
            const std::string text = contents(entry.path().string());
            CAPTURE(entry.path().string());
            CHECK(text[0] == '#');
            const Task task = load_text(text);
            CHECK(to_toml(load_text(to_toml(task))) == to_toml(task));
            if (entry.path().stem() == "new-own-file")
                CHECK(std::count(text.begin(), text.end(), '\n') <= 12);
        }
    }

    TEST_CASE("paths are relative to the file that says them, and to the working directory in an "
              "override") {
        const Temporary directory;
        const std::string data = "[data.x]\nkind = \"file\"\npath = \"d/x.csv\"\n";
        const std::string file =
            directory.file("t.toml", "format = 2\nextends = \"layer\"\n" + data);
        CHECK(load_task(file, {}).input.path == directory / "d/x.csv");
        CHECK(load_task(file, {"data.x.path=y.csv"}).input.path ==
              (fs::current_path() / "y.csv").string());
        CHECK(load_task(file, {"data.x.path=/z/../w.csv"}).input.path == "/w.csv");
        fs::create_directory(directory / "below");
        const std::string child =
            directory.file("below/c.toml", "format = 2\nextends = \"../t.toml\"\n");
        CHECK(load_task(child, {}).input.path == directory / "d/x.csv");
    }

    TEST_CASE("an override of a kind takes back what the file says for another kind") {
        const Task task = load_text(kInput, {"loss.components.kind=subspace"});
        CHECK(task.loss.kind == LossKind::subspace);
        CHECK(load_text(kInput, {"data.x.kind=file", "data.x.path=a.csv", "data.x.columns=[1, 2]"})
                  .input.columns == std::vector<std::string>{"1", "2"});
    }

    TEST_CASE("an override of the path alone turns generated data into that file") {
        const Task task = load_text(task_file("unusual-layer.toml"), {"data.x.path=1.csv"});
        CHECK(task.input.kind == InputKind::file);
        CHECK(fs::path(task.input.path).filename() == "1.csv");
        CHECK(task.input.vary == Vary::none);
        CHECK(task.input.spectrum.empty());
        CHECK(task.network.steps == 77); // the rest stays
        CHECK(to_toml(load_text(to_toml(task))) == to_toml(task));
    }
}
