// What a task's text says, and that a resolved task says the same.
#include "spike_terms.hpp"
#include "task_text.hpp"

#include <carve.h>

#include <doctest/doctest.h>

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
        const Task file = load_text(kUnusualFile);
        CHECK(file.input.columns == std::vector<std::string>{"a", "3"});
        CHECK(file.input.scale == Scale::columns);
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
        CHECK(task.run.lane_bytes == 64);
        const auto& stages = task.search.stages;
        REQUIRE(stages.size() == 2);
        CHECK(stages[0].steps == 11);
        CHECK(stages[0].iterations == 3);
        CHECK(stages[0].l1 == 0.001);
        CHECK(stages[1].steps == 77);
        CHECK(stages[1].data_sets == 4);
    }

    TEST_CASE("no setting of the table has its default in all of the unusual tasks") {
        std::vector<Task> unusual;
        for (const std::string text : {kUnusual, kUnusualFile, kUnusualSpikes, kUnusualSignals})
            unusual.push_back(load_text(text));
        const auto has_section = [](const Task& task, const std::string& name) {
            return name == "rule.inhibitory"    ? is_spiking(task)
                   : name == "rule.feedforward" ? !is_spiking(task)
                   : name == "rule.lateral"     ? task.rules.size() == 2
                                                : name != "search.stage";
        };
        for (const Section& section : sections())
            for (const Setting& setting : section.settings) {
                if (section.name == "search.stage")
                    continue;
                CAPTURE(section.name);
                CAPTURE(setting.key);
                bool differs = false;
                for (Task& task : unusual) {
                    Task usual;
                    for (const RuleSettings& rule : task.rules)
                        usual.rules.push_back(default_rule(rule.name));
                    differs = differs || (has_section(task, section.name) &&
                                          setting.get(settings_object(task, section.name)) !=
                                              setting.get(settings_object(usual, section.name)));
                }
                CHECK(differs);
            }
    }

    TEST_CASE("coefficients of a rule for spikes are read in the order of the bits") {
        const Task unusual = load_text(kUnusualSpikes);
        REQUIRE(unusual.rules.size() == 1);
        CHECK(unusual.rules[0].name == "inhibitory");
        REQUIRE(unusual.rules[0].terms.size() == 3);
        CHECK(unusual.rules[0].terms[0].spike == kTauPre);
        CHECK(unusual.rules[0].terms[1].spike == at_pre(0, 0, 0));
        CHECK(unusual.rules[0].terms[2].spike == at_post(1, 0, 0));
        CHECK(load_text(kSpikes).rules[0].terms.size() == 6);
    }

    TEST_CASE("a resolved task is the same task, in any folder") {
        std::vector<std::string> texts{kInput,
                                       kUnusual,
                                       kUnusualFile,
                                       kUnusualSpikes,
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
                      }).says("input.path has no effect without input.kind = \"file\""));
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
