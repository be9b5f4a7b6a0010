#include "../data/failure.hpp"
#include "../data/temporary.hpp"
#include "settings.hpp"

#include <carve.h>

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

using namespace carve::cli;
namespace fs = std::filesystem;

namespace {

const std::string kInput = "[input]\nspectrum = [1, 0.5, 0]\n"; // the least that a task needs
const std::string kSpikes = "[input]\nkind = \"spikes\"\n[loss]\nkind = \"rate\"\n[search]\n"
                            "method = \"cma_es\"\nrefit = false\n";
const std::string kSource = CARVE_SOURCE_ROOT;

Task load_text(const std::string& text, const std::vector<std::string>& overrides = {}) {
    const Temporary directory;
    return load_task(directory.file("t.toml", text), overrides);
}

Failure failure(const std::string& text, const std::vector<std::string>& overrides = {}) {
    return failure_of([&] { load_text(text, overrides); });
}

// A task that has the section.
std::string base_of(const Section& section) {
    if (section.name == "rule.inhibitory" || section.name == "cell")
        return kSpikes;
    const bool lateral = section.name == "rule.lateral";
    return kInput + (lateral ? "[network]\nlateral = \"hierarchical\"\n" : "");
}

// A task of spikes in which no setting of its own sections has its default.
const char* const kUnusualSpikes = R"(
[input]
kind = "spikes"
[cell]
neuron = "auryn_tif"
dt = 2e-4
window = 0.5
excitatory = 12
inhibitory = 6
groups = 3
afferents = "constant"
rate = 20
signal_gain = 30
signal_tau = 0.1
dead_time = 0.002
inhibitory_factors = [0.5, 2]
w_base = 1
w_peak = 2
w_noise = 0
peak = 2
vary_peak = true
held_out_factors = [3]
held_out_peaks = [1.5]
w_inhibitory = 0.5
excitatory_gain = 0.1
inhibitory_gain = 0.2
[rule.inhibitory]
eta = 0.05
terms = ["gamma", "alpha", "tau_pre"]
tau_start = 0.01
theta_sd = 0.125
spread = 2
tau_min = 0.001
tau_max = 0.5
theta_min = -3
theta_max = 3
w_min = -2
w_max = 3.5
reference = "vogels_istdp"
[loss]
kind = "rate"
[search]
method = "cma_es"
refit = false
held_out_sets = 4
)";

// A task in which no setting has its default.
const char* const kUnusual = R"(
name = "unusual"
description = "every key differs from its default"
[input]
spectrum = [2, 1, 0.5, 0.25]
vary = "spectrum"
scale_range = [0.25, 4]
gap_ratio = 0.5
samples = 60
data_sets = 12
antithetic = true
redraw = "iteration"
columns = ["a", "3"]
center = false
whiten = true
row_mean = true
scale = "columns"
train_fraction = 0.75
[network]
outputs = 2
activation = "tanh"
update = "online"
steps = 77
w0_sd = 0.25
w0_scaled = true
w0_antithetic = true
lateral = "hierarchical"
inference = "sweeps"
sweeps = 3
mask_from = "first_update"
m0_sd = 0.5
bound = 1e6
[rule.feedforward]
eta = 0.05
terms = ["x y", "y^2 w", "1", "x^3"]
theta_sd = 0.125
spread = 2
theta_min = -3
theta_max = 3
w_min = -2
w_max = 3.5
reference = "oja"
[rule.lateral]
eta = 0.07
terms = ["x y"]
theta_sd = 0.25
spread = 3
theta_min = -4
theta_max = 4
w_min = -4
w_max = 5
reference = "anti_hebb"
[loss]
kind = "subspace"
subspace = 0.5
held_out_targets = [5]
target = 7
offset = 3
filter = 0.5
start = 20
low = 0.2
high = 90
blow_up = 30
tuning = 0.25
[search]
method = "adam"
iterations = 3
l1 = 0.001
learning_rate = 0.5
clip = 2
damping = 0.25
prune = 0.0625
eliminate = true
refit = false
refit_iterations = 7
population = 12
sigma = 0.75
cma_restarts = "ipop"
aggregate = "median"
restarts = 4
accept = 0.5
validation_sets = 14
held_out_sets = 222
blow_up = "replica"
goal = 0.125
[[search.stage]]
steps = 11
method = "cma_es"
outputs = 1
accept = 0.25
[[search.stage]]
iterations = 5
data_sets = 4
samples = 9
l1 = 0.25
[run]
seed = 9007199254740991
threads = 3
precision = "single"
isa = "softfma"
lane_bytes = 16
)";

} // namespace

TEST_SUITE("task") {

    TEST_CASE("a task of one line has the documented defaults and one stage that is the whole") {
        const Task task = load_text(kInput);
        CHECK(task.name == "t");
        CHECK(task.network.steps == 200);
        CHECK(task.input.samples == 100);
        REQUIRE(task.rules.size() == 1);
        CHECK(task.rules[0].name == "feedforward");
        CHECK(task.rules[0].terms.size() == 27);
        CHECK(task.rules[0].eta == 0.1);
        CHECK(task.rules[0].w_max == INFINITY);
        REQUIRE(task.search.stages.size() == 1);
        CHECK(task.search.stages[0].steps == 200);
        CHECK(task.search.stages[0].data_sets == 20);
        CHECK_FALSE(task.search.goal);
    }

    TEST_CASE("every key is read into its own place") {
        const Task task = load_text(kUnusual);
        CHECK(task.name == "unusual");
        CHECK(task.input.vary == Vary::spectrum);
        CHECK(task.input.redraw == Redraw::iteration);
        CHECK(task.input.columns == std::vector<std::string>{"a", "3"});
        CHECK(task.input.scale == Scale::columns);
        CHECK(task.network.update == Update::online);
        CHECK(task.network.activation == "tanh");
        CHECK(task.rules[0].terms ==
              std::vector<Term>{{0, 0, 0, 0}, {0, 2, 1, 0}, {1, 1, 0, 0}, {3, 0, 0, 0}});
        CHECK(task.rules[0].w_min == -2);
        CHECK(task.loss.kind == LossKind::subspace);
        CHECK(task.search.method == Method::adam);
        CHECK(task.search.blow_up == BlowUp::replica);
        CHECK(*task.search.goal == 0.125);
        CHECK(task.run.single_precision);
        CHECK(task.run.seed == 9007199254740991);
        CHECK(task.run.lane_bytes == 16);
        const auto& stages = task.search.stages;
        REQUIRE(stages.size() == 2);
        CHECK(stages[0].steps == 11);
        CHECK(stages[0].iterations == 3);
        CHECK(stages[0].l1 == 0.001);
        CHECK(stages[1].steps == 77);
        CHECK(stages[1].data_sets == 4);
    }

    TEST_CASE("the unusual task leaves no setting of the table at its default") {
        Task unusual = load_text(kUnusual), usual;
        usual.rules.resize(2);
        for (const Section& section : sections())
            for (const Setting& setting : section.settings) {
                // Decorrelation and residuals do not go with what the others are here.
                if (section.name == "search.stage" || section.name == "cell" ||
                    section.name == "rule.inhibitory" || setting.key == "kind" ||
                    setting.key == "path" || setting.key == "decorrelation" ||
                    setting.key == "presynaptic")
                    continue;
                CAPTURE(section.name);
                CAPTURE(setting.key);
                CHECK(setting.get(settings_object(unusual, section.name)) !=
                      setting.get(settings_object(usual, section.name)));
            }
        CHECK(unusual.loss.kind != usual.loss.kind);
    }

    TEST_CASE("a task of spikes leaves no setting of its own sections at its default") {
        Task unusual = load_text(kUnusualSpikes), usual;
        usual.rules = {default_rule("inhibitory")};
        for (const std::string name : {"cell", "rule.inhibitory"})
            for (const Setting& setting : section(name).settings) {
                CAPTURE(setting.key);
                CHECK(setting.get(settings_object(unusual, name)) !=
                      setting.get(settings_object(usual, name)));
            }
        REQUIRE(unusual.rules.size() == 1);
        CHECK(unusual.rules[0].name == "inhibitory");
        REQUIRE(unusual.rules[0].terms.size() == 3); // in the order of the bits
        CHECK(unusual.rules[0].terms[0].spike == CARVE_TAU_PRE);
        CHECK(unusual.rules[0].terms[1].spike == CARVE_AT_PRE(0, 0, 0));
        CHECK(unusual.rules[0].terms[2].spike == CARVE_AT_POST(1, 0, 0));
        CHECK(load_text(kSpikes).rules[0].terms.size() == 6);
    }

    TEST_CASE("a resolved task is the same task, in any folder") {
        std::vector<std::string> texts{kInput, kUnusual, kUnusualSpikes,
                                       kInput + "[search]\n[[search.stage]]\nsteps = 5\n",
                                       kInput + "[rule.feedforward]\nw_min = -inf\neta = 1e-05\n"};
        for (const std::string& text : texts) {
            const std::string resolved = to_toml(load_text(text));
            CAPTURE(resolved);
            const Task back = load_text(resolved);
            CHECK(to_toml(back) == resolved);
            CHECK(back.search.stages.size() == load_text(text).search.stages.size());
        }
    }

    TEST_CASE("overrides keep their meaning on a resolved task") {
        const Task task =
            load_text(to_toml(load_text(kUnusual)), {"search.iterations=9", "network.steps=8"});
        CHECK(task.search.stages[0].iterations == 9);
        CHECK(task.search.stages[0].steps == 11);
        CHECK(task.search.stages[1].iterations == 5);
        CHECK(task.search.stages[1].steps == 8);
    }

    TEST_CASE("the shipped tasks are valid, say what they reproduce, and survive resolution") {
        std::size_t found = 0;
        for (const auto& entry : fs::directory_iterator(kSource + "/tasks")) {
            CAPTURE(entry.path().string());
            REQUIRE(entry.path().extension() == ".toml");
            ++found;
            const Task task = load_task(entry.path().string(), {});
            CHECK(task.description != "");
            CHECK(contents(entry.path().string())[0] == '#');
            CHECK(to_toml(load_text(to_toml(task))) == to_toml(task));
            if (task.input.kind == InputKind::file)
                CHECK(fs::exists(task.input.path));
            // A user's own file, and nothing else, works with every task.
            if (is_spiking(task))
                CHECK(failure_of([&] {
                          load_task(entry.path().string(), {"input.path=mine.csv"});
                      }).says("spectrum and path are not used by input.kind = \"spikes\""));
            else
                CHECK(load_task(entry.path().string(), {"input.path=mine.csv"}).input.kind ==
                      InputKind::file);
        }
        CHECK(found >= 5);
    }

    TEST_CASE("a new task is valid as it stands") {
        const std::string text = new_task_toml("mine");
        const Task task = load_text(text);
        CHECK(task.name == "mine");
        for (const Section& section : sections())
            for (const Setting& setting : section.settings) {
                CAPTURE(setting.key);
                if (section.name != "search.stage" && section.name != "cell" &&
                    section.name != "rule.inhibitory")
                    CHECK(text.find(setting.help) != std::string::npos);
            }
        // Also with every comment that holds a key taken out of its comment.
        std::string all;
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = text.find('\n', begin) + 1;
            std::string line = text.substr(begin, end - begin);
            const std::size_t equals = line.find(" = ");
            if (line.rfind("# ", 0) == 0 && equals != std::string::npos &&
                line.find(' ', 2) == equals && line.find("...") == std::string::npos)
                line = line.substr(2);
            all += line.rfind("path = ", 0) == 0 || line.rfind("steps = 50", 0) == 0 ? "" : line;
            begin = end;
        }
        CHECK(to_toml(load_text(all)) == to_toml(task));
    }

    TEST_CASE(
        "paths are relative to the task's file, and to the working directory in an override") {
        const Temporary directory;
        const std::string file =
            directory.file("t.toml", "[input]\nkind = \"file\"\npath = \"d/x.csv\"\n");
        CHECK(load_task(file, {}).input.path == directory / "d/x.csv");
        CHECK(load_task(file, {"input.path=y.csv"}).input.path ==
              (fs::current_path() / "y.csv").string());
        CHECK(load_task(file, {"input.path=/z/../w.csv"}).input.path == "/w.csv");
        CHECK(load_text("[input]\nkind=\"file\"\npath=\"/abs/x.npy\"\n").input.path ==
              "/abs/x.npy");
    }

    TEST_CASE("an override of the path alone turns a generated task into one on that file") {
        const Task task = load_text(kUnusual, {"input.path=1.csv"});
        CHECK(task.input.kind == InputKind::file);
        CHECK(fs::path(task.input.path).filename() == "1.csv");
        CHECK(task.input.vary == Vary::none);
        CHECK(task.input.spectrum.empty());
        CHECK(task.network.steps == 77); // the rest stays
        CHECK(to_toml(load_text(to_toml(task))) == to_toml(task));
    }

    TEST_CASE("docs/task.md holds the settings table as it is") {
        const std::string docs = contents(kSource + "/docs/task.md");
        CHECK(docs.find(settings_reference()) != std::string::npos);
    }
}

TEST_SUITE("task errors") {

    TEST_CASE("what a task of spikes cannot have is named, with the way out") {
        const auto fault = [](const std::string& set) { return failure(kUnusualSpikes, {set}); };
        CHECK(fault("search.method=gauss_newton").says("not searched for by Gauss-Newton"));
        CHECK(fault("search.refit=true").says("refit = false and eliminate = false"));
        CHECK(fault("search.eliminate=true").says("refit = false and eliminate = false"));
        CHECK(fault("loss.kind=distance").says("loss.kind = \"rate\""));
        CHECK(fault("cell.groups=5").says("5 groups do not divide 12 excitatory and 6 inhibitory"));
        CHECK(fault("cell.inhibitory_factors=[]").says("needs at least one factor"));
        CHECK(fault("loss.low=100").says("loss.low needs to be below loss.high"));
        CHECK(fault("rule.inhibitory.tau_min=0.5").says("tau_min = 0.5 needs to be below tau_max"));
        CHECK(fault("rule.inhibitory.reference=oja").says("spikes_ie_stability"));
        CHECK(fault("network.outputs=2").says("one neuron that spikes"));
        CHECK(fault("network.w0_antithetic=true").says("are of networks of rates"));
        CHECK(fault("rule.inhibitory.terms=[\"alhpa\"]").says("'alhpa' is no coefficient"));
        CHECK(fault("rule.inhibitory.terms=[\"tau_pre\"]").says("not a time constant"));
        CHECK(fault("rule.feedforward.eta=1").says("the plastic projection is [rule.inhibitory]"));
        CHECK(failure(kUnusualSpikes, {"search.method=adam", "loss.tuning=1"})
                  .says("the tuning has no derivatives"));
        CHECK(failure(kInput + "[loss]\nkind = \"rate\"\n").says("input.kind = \"spikes\" makes"));
        CHECK(failure(kInput + "[search]\nheld_out_sets = 199\n").says("outside its range [200"));
    }

    TEST_CASE("an unknown key is named with its place, its section and the nearest key") {
        const Failure f =
            failure(kInput + "sigmaa = 1\nsampels = 3\n[serach]\n[network]\nsteps = 3\n");
        CHECK(f.code == Exit::usage);
        CHECK(f.says("t.toml:3:1: error: unknown key 'sigmaa' in [input]\nhelp: carve help "
                     "settings lists the keys"));
        CHECK(f.says(
            "t.toml:4:1: error: unknown key 'sampels' in [input]\nhelp: did you mean 'samples'?"));
        CHECK(f.says("t.toml:5:2: error: unknown key 'serach'\nhelp: did you mean 'search'?"));
    }

    TEST_CASE("all faults of a file are reported, in order") {
        const Failure f = failure(
            "[run]\nseed = -1\n[network]\nsteps = 0\n[input]\nspectrum = 1\nsamples = \"x\"\n");
        const std::size_t seed = f.text.find(":2:8:"), steps = f.text.find(":4:9:"),
                          samples = f.text.find(":7:11:");
        CHECK(seed < steps);
        CHECK(steps < samples);
        CHECK(samples != std::string::npos);
    }

    TEST_CASE("every number of the table is refused outside of its range, with range and unit") {
        for (const Section& section : sections())
            for (const Setting& s : section.settings) {
                const bool number =
                    s.type == Type::integer || s.type == Type::real || s.type == Type::reals;
                if (!number)
                    continue;
                std::vector<std::string> bad{"nan"};
                if (s.type == Type::integer)
                    bad = {"-1", "9223372036854775807"};
                else if (std::isfinite(s.low))
                    bad.insert(bad.end(),
                               {s.above ? std::to_string(s.low) : std::to_string(s.low - 1), "inf",
                                "-inf"});
                for (const std::string& value : bad) {
                    const std::string list = s.type == Type::reals ? "[" + value + "]" : value;
                    const std::string key = section.name + "." + s.key;
                    const std::string assignment =
                        section.name == "search.stage"
                            ? "search.stage=[{" + s.key + " = " + list + "}]"
                            : key + "=" + list;
                    CAPTURE(assignment);
                    const Failure f = failure(base_of(section), {assignment});
                    CHECK(f.code == Exit::usage);
                    CHECK(f.says("--set " + assignment + ": error: " + key + " = "));
                    CHECK(f.says(range_text(s)));
                    CHECK((s.choices.empty() ? f.says(s.unit) : f.says("none of")));
                }
            }
    }

    TEST_CASE("every key of the table refuses every other type, and names its own") {
        const std::vector<std::string> values{"true",    "3",       "0.5",   "\"text\"",  "[1.5]",
                                              "[\"a\"]", "{a = 1}", "[[1]]", "1979-05-27"};
        for (const Section& section : sections())
            for (const Setting& s : section.settings) {
                std::size_t refused = 0;
                for (const std::string& value : values) {
                    std::string text = section.name.empty() ? s.key + " = " + value + "\n" : "";
                    text += section.name == "input" && s.key == "spectrum" ? "[input]\n"
                                                                           : base_of(section);
                    if (section.name == "search.stage")
                        text += "[[search.stage]]\n" + s.key + " = " + value + "\n";
                    else if (section.name == "input")
                        text += s.key + " = " + value + "\n";
                    else if (!section.name.empty())
                        text += "[" + section.name + "]\n" + s.key + " = " + value + "\n";
                    const Failure f = failure(text);
                    refused += f.says(" needs ") && f.says(", not ");
                }
                CAPTURE(section.name);
                CAPTURE(s.key);
                // A flag takes one of the nine, numbers two or three, texts one, lists up to three.
                CHECK(refused >= 5);
            }
    }

    TEST_CASE("every key with choices refuses others and lists them") {
        for (const Section& section : sections())
            for (const Setting& s : section.settings) {
                if (s.choices.empty() || s.type != Type::text)
                    continue;
                CAPTURE(s.key);
                const Failure f =
                    failure(base_of(section), {section.name == "search.stage"
                                                   ? "search.stage=[{" + s.key + " = \"nonsense\"}]"
                                                   : section.name + "." + s.key + "=nonsense"});
                CHECK(f.code == Exit::usage);
                CHECK(f.says("\"nonsense\" is none of: "));
                CHECK(f.says(s.choices.back()));
            }
    }

    TEST_CASE("settings that contradict one another are refused") {
        struct Row {
            std::string text, says;
        };
        const std::string file = "[input]\nkind = \"file\"\npath = \"x.csv\"\n";
        const std::vector<Row> rows{
            {"", "gaussian inputs need a spectrum"},
            {"[input]\nspectrum = []\n", "gaussian inputs need a spectrum"},
            {"[input]\nspectrum = [0.5, 1]\n", "descending"},
            {"[input]\nspectrum = [0, 0]\n", "above 0"},
            {kInput + "[network]\noutputs = 4\n", "4 outputs are more than the 3 inputs"},
            {kInput + "path = \"x.csv\"\n", "not used by gaussian inputs"},
            {kInput + "vary = \"scale\"\n", "a lowest and a highest factor"},
            {kInput + "vary = \"scale\"\nscale_range = [2, 1]\n", "a lowest and a highest factor"},
            {kInput + "scale_range = [1]\n", "a lowest and a highest factor"},
            {"[input]\nkind = \"file\"\n", "need input.path"},
            {file + "vary = \"scale\"\nscale_range = [1, 2]\n", "vary is for gaussian inputs"},
            {file + "spectrum = [1]\n", "spectrum is for gaussian inputs"},
            {kInput + "data_sets = 3\n[network]\nw0_antithetic = true\n",
             "input.data_sets = 3 needs to be even"},
            {kInput + "[network]\nw0_antithetic = true\n[search]\nvalidation_sets = 3\n",
             "validation_sets = 3"},
            {kInput + "[network]\nw0_antithetic = true\n[search]\nheld_out_sets = 201\n",
             "held_out_sets = 201"},
            {kInput + "[network]\nw0_antithetic = true\n[[search.stage]]\ndata_sets = 5\n",
             "of a stage needs to be even"},
            {kInput + "[[search.stage]]\ncolumns = 2\n", "columns of a stage are those of a file"},
            {file + "[[search.stage]]\ncolumns = 1\n", "needs at least 2 columns"},
            {file + "[[search.stage]]\noutputs = 3\ncolumns = 2\n", "needs at least 3 columns"},
            {kInput + "samples = 40000\nantithetic = true\n", "at most 32768"},
            {kInput + "[rule.feedforward]\nw_min = 1\nw_max = 1\n",
             "w_min = 1 needs to be below w_max = 1"},
            {kInput + "[rule.feedforward]\ntheta_min = 1\ntheta_max = 1\n",
             "theta_min = 1 needs to be below theta_max = 1"},
            {kInput + "[rule.feedforward]\nterms = []\n", "at least one term"},
            {kInput + "[rule.feedforward]\nterms = [\"x^4\"]\n", "'x^4' is not a monomial"},
            {kInput + "[rule.feedfoward]\n", "did you mean 'feedforward'?"},
            {kInput + "[rule.lateral]\n", "network.lateral = \"hierarchical\""},
            {kInput + "[network]\nlateral = \"hierarchical\"\ninference = \"solve\"\n"
                      "activation = \"tanh\"\n",
             "needs activation = \"linear\""},
            {kInput + "[network]\nlateral = \"hierarchical\"\nmask_from = \"first_update\"\n",
             "needs inference = \"sweeps\""},
            {kInput + "[network]\nactivation = \"tanh\"\n[loss]\ndecorrelation = 1\n",
             "decorrelation needs"},
            {kInput + "[network]\npresynaptic = \"residual\"\n", "has no derivatives here"},
            {kInput + "[network]\npresynaptic = \"residual\"\nlateral = \"hierarchical\"\n",
             "goes without network.lateral"},
            {kInput + "[[search.stage]]\noutputs = 4\n", "4 outputs are more than the 3 inputs"},
            {kInput + "[rule]\nfeedforward = 3\n", "needs to be a table"},
            {"rule = 3\n" + kInput, "rule needs to be a table"},
            {"input = 3\n", "needs to be a table"},
            {kInput + "[search]\nstage = 3\n", "list of tables"},
            {kInput + "[search]\nstage = [3]\n", "needs to be a table"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.text);
            const Failure f = failure(row.text);
            CAPTURE(f.text);
            CHECK(f.code == Exit::usage);
            CHECK(f.says(row.says));
            CHECK(f.says("t.toml:"));
        }
    }

    TEST_CASE("a fault of an override shows the override") {
        CHECK(failure(kInput, {"input.sampels=3"})
                  .says("--set input.sampels=3: error: unknown key 'sampels'"));
        CHECK(failure(kInput, {"input.samples=0"}).says("is outside its range [1, 65536] samples"));
        CHECK(
            failure(kInput, {"nonsense"}).says("--set nonsense: error: an override is key=value"));
        CHECK(failure(kInput, {"input.spectrum=[1, 2]"})
                  .says("--set input.spectrum=[1, 2]: error: spectrum needs to be descending"));
    }

    TEST_CASE("a task that cannot be read is named") {
        const Failure f = failure_of([] { load_task("/no/such/task.toml", {}); });
        CHECK(f.code == Exit::usage);
        CHECK(f.says("/no/such/task.toml"));
    }
}
