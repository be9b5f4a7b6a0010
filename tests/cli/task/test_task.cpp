// That a resolved task says the same, and what overrides and shipped tasks come to.
#include "held_out.hpp"
#include "spike_terms.hpp"
#include "task_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

using namespace carve::cli;
namespace fs = std::filesystem;

namespace {} // namespace

TEST_SUITE("task") {

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
        std::size_t found = 0, of_components = 0;
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
            for (const task::Data& data : task.described.data)
                if (data.kind == task::DataKind::file)
                    CHECK(fs::exists(data.path));
            // A user's own file, and nothing else, works with every task of components.
            if (has_components(task.described)) {
                const Task own = load_task(path, {"data.x.path=mine.csv"});
                CHECK(own.described.data[0].kind == task::DataKind::file);
                ++of_components;
            }
        }
        CHECK(found >= 15);
        CHECK(of_components >= 11);
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
        const auto path = [](const std::string& task, const Overrides& overrides = {}) {
            return load_task(task, overrides).described.data[0].path;
        };
        CHECK(path(file) == directory / "d/x.csv");
        CHECK(path(file, {"data.x.path=y.csv"}) == (fs::current_path() / "y.csv").string());
        CHECK(path(file, {"data.x.path=/z/../w.csv"}) == "/w.csv");
        fs::create_directory(directory / "below");
        const std::string child =
            directory.file("below/c.toml", "format = 2\nextends = \"../t.toml\"\n");
        CHECK(path(child) == directory / "d/x.csv");
    }

    TEST_CASE("an override of a kind takes back what the file says for another kind") {
        const Task task = load_text(kInput, {"loss.components.kind=subspace"});
        CHECK(task.described.losses[0].kind == task::MeasureKind::subspace);
        CHECK(load_text(kInput, {"data.x.kind=file", "data.x.path=a.csv", "data.x.columns=[1, 2]"})
                  .described.data[0]
                  .columns == std::vector<std::string>{"1", "2"});
    }

    TEST_CASE("an override of the path alone turns generated data into that file") {
        const Task task = load_text(task_file("unusual-layer.toml"), {"data.x.path=1.csv"});
        const task::Data& x = task.described.data[0];
        CHECK(x.kind == task::DataKind::file);
        CHECK(fs::path(x.path).filename() == "1.csv");
        CHECK(std::get<double>(x.scale.from) == 1);
        CHECK_FALSE(x.spectrum.drawn);
        CHECK(x.spectrum.eigenvalues.empty());
        CHECK(task.steps == 77); // the rest stays
        CHECK(to_toml(load_text(to_toml(task))) == to_toml(task));
    }
}
