// What a task cannot say: refused with its place, its name and the way out.
#include "task_text.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace carve::cli;

TEST_SUITE("task errors") {

    TEST_CASE("what a spiking task cannot have is named, with the way out") {
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
        CHECK(fault("network.w0_antithetic=true")
                  .says("network.w0_antithetic has no effect without a network of rates"));
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

    TEST_CASE("a key that has no effect is refused, and its default is not") {
        const std::string file = "[input]\nkind = \"file\"\npath = \"x.csv\"\n";
        const auto with = [](const std::string& text, const std::string& section,
                             const std::string& line) {
            const std::string head = "[" + section + "]\n";
            const std::size_t at = text.find(head);
            return at == std::string::npos ? text + head + line + "\n"
                                           : text.substr(0, at + head.size()) + line + "\n" +
                                                 text.substr(at + head.size());
        };
        const auto refuses = [&](const std::string& text, const std::string& section,
                                 const std::string& line, const std::string& needed) {
            CAPTURE(line);
            const std::string key = line.substr(0, line.find(' '));
            CHECK(failure(with(text, section, line))
                      .says(section + "." + key + " has no effect without " + needed));
        };
        for (const char* line :
             {"path = \"x.csv\"", "columns = [1, 2]", "center = false", "whiten = true",
              "row_mean = true", "scale = \"columns\"", "train_fraction = 0.5", "block_rows = 2"}) {
            refuses(kInput, "input", line, "input.kind = \"file\"");
            refuses(kSpikes, "input", line, "input.kind = \"file\"");
        }
        for (const char* line :
             {"spectrum = [1]", "vary = \"scale\"", "scale_range = [1, 2]", "gap_ratio = 0.5"}) {
            refuses(file, "input", line, "input.kind = \"gaussian\"");
            refuses(kSpikes, "input", line, "input.kind = \"gaussian\"");
        }
        refuses(kInput, "input", "scale_range = [1, 2]", "input.vary");
        refuses(kInput, "input", "gap_ratio = 0.5", "input.vary = \"spectrum\"");
        for (const char* line : {"samples = 7", "antithetic = true"})
            refuses(kSpikes, "input", line, "inputs of rates");
        for (const char* line : {"dt = 0.001", "excitatory = 8", "peak = 3"})
            refuses(kInput, "cell", line, "input.kind = \"spikes\"");
        for (const char* line : {"activation = \"relu\"", "update = \"online\"", "w0_sd = 0.2",
                                 "w0_scaled = true", "presynaptic = \"residual\""})
            refuses(kSpikes, "network", line, "a network of rates");
        for (const char* line :
             {"inference = \"solve\"", "mask_from = \"first_update\"", "m0_sd = 0.3", "sweeps = 4"})
            refuses(kInput, "network", line, "network.lateral = \"hierarchical\"");
        for (const char* line :
             {"target = 5", "offset = 1", "filter = 2", "start = 4", "low = 1", "high = 50",
              "blow_up = 9", "tuning = 1", "held_out_targets = [5]"})
            refuses(kInput, "loss", line, "loss.kind = \"rate\"");
        for (const char* line : {"subspace = 1", "decorrelation = 1"})
            refuses(kSpikes, "loss", line, "a loss of weights");
        for (const char* line : {"refit_iterations = 3", "margin = 2"})
            refuses(kInput + "[search]\nrefit = false\n", "search", line, "search.refit = true");
        refuses(kInput, "search", "accept = 0.5", "search.restarts above 1");
        for (const char* line : {"center = true", "block_rows = 1", "gap_ratio = 0.7"})
            load_text(with(kInput, "input", line));
        CHECK(load_text(kInput, {"cell.signal_gain=16666.666666666668"}).cell.excitatory == 800);
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
            {kInput + "vary = \"scale\"\n", "a lowest and a highest factor"},
            {kInput + "vary = \"scale\"\nscale_range = [2, 1]\n", "a lowest and a highest factor"},
            {kInput + "vary = \"scale\"\nscale_range = [1]\n", "a lowest and a highest factor"},
            {"[input]\nkind = \"file\"\n", "need input.path"},
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
            {kInput + "[run]\nlane_bytes = 4\n", "run.lane_bytes = 4 is not one element"},
            {kInput + "[run]\nlane_bytes = 8\nprecision = \"single\"\n",
             "run.lane_bytes = 8 is not one element"},
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
