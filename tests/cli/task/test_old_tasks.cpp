// Tasks of carve 0.1: rewritten, and the shipped ones beside those of today.
#include "described.hpp"
#include "read_old.hpp"
#include "rule.hpp"
#include "task_text.hpp"
#include "write_task.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

using namespace carve::cli;
namespace fs = std::filesystem;

namespace {

std::string converted(const old::Task& task) {
    return task::to_toml(old::described(task), task::Shown::changes);
}

old::Task old_task(const fs::path& path) {
    return old::parse_old_task(contents(path.string()),
                               kSource + "/tasks/" + path.filename().string());
}

// Each product of a rule by itself, and a number that nothing is added to as a number.
void say_rule(task::Rule& rule, const RuleSettings& read) {
    rule.terms = {};
    for (const Term& term : read.terms)
        if (!is_time_constant(term))
            rule.terms.products.push_back(monomial(term));
    if (rule.theta.all)
        if (const auto* normal = std::get_if<task::Normal>(&rule.theta.all->from))
            if (normal->sd == 0)
                rule.theta.all->from = normal->mean;
}

// Each stage as often as it runs, numbered, with what it sets by path.
std::vector<task::Stage> say_stages(const std::vector<task::Stage>& stages) {
    std::vector<task::Stage> said;
    for (const task::Stage& stage : stages)
        for (std::uint64_t r = 0; r < stage.repeat; ++r) {
            said.push_back(stage);
            said.back().name = "stage-" + std::to_string(said.size());
            said.back().repeat = 1;
            std::sort(said.back().set.of.begin(), said.back().set.of.end(),
                      [](const auto& a, const auto& b) { return a.path < b.path; });
        }
    return said;
}

// All that a task says of its search, in one way of several that mean the same.
std::string said(task::Task task) {
    const Task read = task_of(task);
    task.name = "task";
    task.file = task.description = "";
    task.places.clear();
    task.probes.clear();
    for (std::size_t i = 0; i < task.rules.size(); ++i)
        say_rule(task.rules[i], read.rules[i]);
    for (task::Projection& p : task.projections)
        if (auto* draw = std::get_if<task::Draw>(&p.weights.of))
            if (draw->redraw == task.trials.redraw)
                draw->redraw.reset();
    task.stages = say_stages(task.stages);
    if (task.stages.size() > 1) // each has its own
        task.search.method = task::Method::gauss_newton;
    return task::to_toml(task);
}

} // namespace

TEST_SUITE("old tasks") {

    TEST_CASE("the shipped tasks say what they said in carve 0.1") {
        std::size_t found = 0;
        for (const auto& entry : fs::directory_iterator(kSource + "/tests/tasks/old")) {
            CAPTURE(entry.path().filename().string());
            const Task today =
                load_task(kSource + "/tasks/" + entry.path().filename().string(), {});
            CHECK(said(today.described) == said(old::described(old_task(entry.path()))));
            ++found;
        }
        CHECK(found == 15);
    }

    TEST_CASE("a converted task is the same task") {
        for (const auto& entry : fs::directory_iterator(kSource + "/tests/tasks/old")) {
            CAPTURE(entry.path().filename().string());
            const old::Task old = old_task(entry.path());
            const std::string text = converted(old);
            CAPTURE(text);
            CHECK(task::to_toml(load_text(text).described, task::Shown::changes) == text);
            CHECK(said(load_text(text).described) == said(old::described(old)));
        }
    }

    TEST_CASE("a converted task states what carve 0.1 did unasked") {
        const auto of = [](const std::string& text) {
            return old::described(old::parse_old_task(text, "/t.toml"));
        };
        const std::string file = "[input]\nkind = \"file\"\npath = \"x.csv\"\n";
        // A batch had 256 rows of a file, or more.
        CHECK(of(file + "samples = 10\n").data[0].samples == 256);
        CHECK(of(file + "samples = 300\n").data[0].samples == 300);
        // Columns by their numbers are names, too.
        const std::string numbers = task::to_toml(of(file + "columns = [2, 1]\n"));
        CHECK(numbers == task::to_toml(of(file + "columns = [\"2\", \"1\"]\n")));
        CHECK(numbers != task::to_toml(of(file)));
        CHECK(of("[input]\nspectrum = [1]\nsamples = 10\n").data[0].samples == 10);
        // Initial weights were new in every iteration.
        for (const std::string redraw : {"never", "stage", "iteration"}) {
            const task::Task task = of("[input]\nspectrum = [1, 0.5]\nredraw = \"" + redraw +
                                       "\"\n[network]\noutputs = 2\nlateral = \"hierarchical\"\n");
            REQUIRE(task.projections.size() == 2);
            for (const task::Projection& p : task.projections)
                CHECK(std::get<task::Draw>(p.weights.of).redraw.value_or(task.trials.redraw) ==
                      task::Redraw::iteration);
        }
    }

    TEST_CASE("of two stages, one that changes nothing is a stage all the same") {
        const auto stages_of = [](const std::string& stages) {
            return old::described(
                       old::parse_old_task(
                           "[input]\nspectrum = [1, 0.5]\n[search]\niterations = 40\n" + stages,
                           "/t.toml"))
                .stages;
        };
        const std::string same = "[[search.stage]]\niterations = 40\n",
                          other = "[[search.stage]]\niterations = 7\n";
        CHECK(stages_of(same).empty());
        const auto both = stages_of(same + other);
        REQUIRE(both.size() == 2);
        CHECK(both[0].search.iterations == 40);
        CHECK(both[1].search.iterations == 7);
    }

    TEST_CASE("an old task and its faults are known as such") {
        CHECK(old::is_old_task("[input]\nspectrum = [1]\n", "t.toml"));
        CHECK_FALSE(old::is_old_task(kInput, "t.toml"));
        CHECK(failure_of([] {
                  old::parse_old_task("[input]\nsampels = 3\n", "t.toml");
              }).says("t.toml:2:1: error: unknown key 'sampels' in [input]"));
        CHECK(failure_of([] {
                  old::parse_old_task("[input]\nspectrum = [1]\n[rule.lateral]\neta = 1\n",
                                      "t.toml");
              }).says("there are no lateral synapses to rule"));
        for (const char* goal : {"0", "2.1"})
            CHECK(failure_of([&] {
                      old::parse_old_task(
                          "[input]\nspectrum = [1]\n[search]\ngoal = " + std::string(goal) + "\n",
                          "t.toml");
                  }).says("is outside its range (0, 2] loss"));
        CHECK(failure("[input]\nspectrum = [1]\n").says("`carve convert OLD`"));
    }
}
