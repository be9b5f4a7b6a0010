// Task files as such, whatever can be simulated of them: every key of every table.
#include "help.hpp"
#include "paths.hpp"
#include "schema.hpp"
#include "task_text.hpp"
#include "write_task.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace carve::cli;
namespace fs = std::filesystem;

namespace {

// A table of an element of that kind: what a key can be added to.
std::string table_with(const task::TableInfo& info, const std::string& kind) {
    if (info.table.empty())
        return "format = 2\n";
    const std::string name = info.named                    ? info.table + ".z"
                             : info.table == "trials.NAME" ? "trials.z"
                                                           : info.table;
    return "format = 2\n[" + name + "]\n" + (kind.empty() ? "" : "kind = \"" + kind + "\"\n");
}

std::vector<std::string> kinds_of(const task::TableInfo& info, const task::KeyInfo& key) {
    if (info.kinds.empty() || key.key.name == "kind")
        return {""};
    return key.key.kinds.empty() ? info.kinds : key.key.kinds;
}

Failure fault(const std::string& text) {
    return failure_of([&] { task::parse(text, "t.toml", {}); });
}

// Calls each(table, key, text before the key) for a kind that has the key.
template <class Each> void for_each_key(Each&& each) {
    for (const task::TableInfo& info : task::tables())
        for (const task::KeyInfo& key : info.keys) {
            CAPTURE(info.table);
            CAPTURE(key.key.name);
            each(info, key, table_with(info, kinds_of(info, key)[0]));
        }
}

std::vector<fs::path> task_files() {
    std::vector<fs::path> files;
    for (const char* folder : {"/tests/tasks", "/tests/tasks/models", "/tasks", "/tasks/new"})
        for (const auto& entry : fs::directory_iterator(kSource + folder))
            if (entry.path().extension() == ".toml")
                files.push_back(entry.path());
    return files;
}

} // namespace

TEST_SUITE("task files") {

    TEST_CASE("every number is refused outside of its range, with the range and the unit") {
        for_each_key([](const task::TableInfo&, const task::KeyInfo& info,
                        const std::string& head) {
            const bool whole = info.type == "whole number";
            if (!whole && info.type != "number")
                return;
            const task::Key& key = info.key;
            std::vector<std::string> bad;
            if (whole)
                bad = {"-1", "9223372036854775807"};
            else if (std::isfinite(key.low))
                bad = {fmt::format("{}", key.above ? key.low : key.low - 1), "-inf"};
            if (std::isfinite(key.high))
                bad.push_back(whole ? fmt::format("{:.0f}", key.high + (key.high < 1e15 ? 1 : 2))
                                    : fmt::format("{}", 2 * key.high + 1));
            for (const std::string& value : bad) {
                const Failure f = fault(head + key.name + " = " + value + "\n");
                CAPTURE(f.text);
                CHECK(f.code == Exit::usage);
                CHECK(f.says(key.name + " = "));
                CHECK(f.says(" is outside of "));
                CHECK(f.says(key.unit));
            }
            CHECK((whole || fault(head + key.name + " = nan\n").says("is not a number")));
        });
    }

    TEST_CASE("every key refuses values of other types, and says what it needs") {
        const std::vector<std::string> values{"true",    "3",       "0.5",   "\"text\"",  "[1.5]",
                                              "[\"a\"]", "{a = 1}", "[[1]]", "1979-05-27"};
        for_each_key([&](const task::TableInfo& table, const task::KeyInfo& key,
                         const std::string& head) {
            std::size_t refused = 0;
            for (const std::string& value : values) {
                const bool kind = key.key.name == "kind";
                const std::string text = head + key.key.name + " = " + value + "\n";
                const Failure f = fault(kind ? table_with(table, "") + "kind = " + value : text);
                refused += f.says("t.toml:") && f.says("error: ");
            }
            CHECK(refused >= 5);
        });
    }

    TEST_CASE("every key with choices refuses others, lists them and names the nearest") {
        for_each_key([](const task::TableInfo&, const task::KeyInfo& key, const std::string& head) {
            if (key.choices.empty())
                return;
            const bool kind = key.key.name == "kind";
            const std::string& last = key.choices.back();
            const std::string start = kind ? head.substr(0, head.find("kind =")) : head;
            const Failure f = fault(start + key.key.name + " = \"" + last + "x\"\n");
            CHECK(f.says(last + "x\" is none of: "));
            CHECK(f.says(key.choices.front()));
            CHECK(f.says("did you mean '" + last + "'?"));
        });
    }

    TEST_CASE("a key of another kind is refused with the kinds that have it") {
        for_each_key([](const task::TableInfo& info, const task::KeyInfo& key, const std::string&) {
            if (key.key.kinds.empty())
                return;
            for (const std::string& kind : info.kinds)
                if (!key.key.is_of(kind))
                    CHECK(fault(table_with(info, kind) + key.key.name + " = 1\n")
                              .says(key.key.name + " has no effect in [" + info.table +
                                    ".z]: it belongs to kind = "));
        });
    }

    TEST_CASE("every task file here loads, and survives being written with all its keys") {
        for (const fs::path& path : task_files()) {
            CAPTURE(path.string());
            const task::Task task = task::load(path.string(), {});
            for (const task::Shown shown : {task::Shown::all, task::Shown::changes}) {
                const std::string text = task::to_toml(task, shown);
                CAPTURE(text);
                const task::Task back = task::parse(text, path.string(), {});
                CHECK(task::to_toml(back, shown) == text);
                CHECK(task::to_toml(back) == task::to_toml(task));
            }
        }
    }

    TEST_CASE("a task that is written whole has the values that it does not change, too") {
        const task::Task task = task::parse(kInput, "t.toml", {"search.damping=3"});
        const std::string whole = task::to_toml(task, task::Shown::all),
                          changes = task::to_toml(task, task::Shown::changes);
        for (const char* const line : {"\niterations = ", "\nmargin = ", "\nbound = ",
                                       "\nheld_out = ", "\nprecision = ", "\nactivation = "}) {
            CAPTURE(line);
            CHECK(whole.find(line) != std::string::npos);
        }
        CHECK(changes.find("\ndamping = 3") != std::string::npos);
        for (const char* const line :
             {"\nmargin = ", "\nbound = ", "\nprecision = ", "\nactivation = "}) {
            CAPTURE(line);
            CHECK(changes.find(line) == std::string::npos);
        }
    }

    TEST_CASE("every key has another value than its default in a file that is read and written") {
        std::set<std::string> seen;
        for (const fs::path& path : task_files()) {
            const std::string text =
                task::to_toml(task::load(path.string(), {}), task::Shown::changes);
            const TomlValue root = parse_toml(text, "t.toml", Exit::internal);
            for (const TomlMember& group : *root.table()) {
                if (!group.value.table()) {
                    seen.insert("." + group.key);
                    continue;
                }
                for (const TomlMember& member : *group.value.table()) {
                    seen.insert(group.key + "." + member.key);
                    if (!member.value.table())
                        continue;
                    for (const TomlMember& inner : *member.value.table()) {
                        seen.insert((group.key == "trials" ? "trials.NAME" : group.key) + "." +
                                    inner.key);
                        if (group.key == "search" && member.key == "stage" && inner.value.table())
                            for (const TomlMember& key : *inner.value.table())
                                seen.insert("search.stage." + key.key);
                    }
                }
            }
        }
        for_each_key(
            [&](const task::TableInfo& info, const task::KeyInfo& key, const std::string&) {
                CHECK(seen.count(info.table + "." + key.key.name) == 1);
            });
    }

    TEST_CASE("a child's keys, drop, overrides, like and defaults come in that order") {
        const Temporary directory;
        directory.file("base.toml", R"(format = 2
[population.a]
kind = "rate"
units = 3
noise = 0.5
[population.b]
kind = "lif"
units = 5
drive = 0.1
)");
        const std::string child = directory.file("child.toml", R"(format = 2
extends = "base.toml"
drop = ["population.a.noise"]
[population.a]
units = 4
[population.b]
kind = "rate"
[population.c]
like = "a"
tau = 7
[defaults.population]
activation = "tanh"
noise = 2
)");
        const task::Task task = task::load(child, {"population.a.tau=9"});
        REQUIRE(task.populations.size() == 3);
        CHECK(task.populations[0].units == 4);  // the child's
        CHECK(task.populations[0].tau == 9);    // the override's
        CHECK(task.populations[0].noise == 2);  // dropped, then the default's
        CHECK_FALSE(task.populations[1].units); // of another kind: nothing of the base
        CHECK(task.populations[2].units == 4);  // like a
        CHECK(task.populations[2].tau == 7);    // its own
        CHECK(task.populations[2].activation == task::Activation::tanh);
        CHECK(task.place_of("population.a.units").line == 5);
    }

    TEST_CASE("a path sets one value, or a part of one") {
        task::Task task = task::parse(kSpikes, "t.toml", {});
        const auto set = [&](const std::string& path, double value) {
            Faults faults;
            TomlValue number;
            number.value = value;
            const bool good = task::assign(task, {path, number}, faults);
            CHECK(good == faults.empty());
            return good;
        };
        CHECK(set("population.exc.rate", 7));
        CHECK(std::get<double>(task.populations[0].rate->from) == 7);
        CHECK(set("projection.excitatory.weights.peak", 2));
        const auto& tuned = std::get<task::TunedProfile>(task.projections[0].weights.of);
        CHECK(std::get<double>(tuned.peak.from) == 2);
        CHECK(tuned.base == 0.3);
        CHECK(set("simulation.duration", 3));
        CHECK(*task.simulation.duration == 3);
        CHECK_FALSE(set("population.exc.rate", -1));
        CHECK_FALSE(set("population.nobody.rate", 1));
        CHECK_FALSE(set("population.exc.kind", 1));
        CHECK_FALSE(set("nothing", 1));
    }

    TEST_CASE("help knows every key, table and kind, and what was probably meant") {
        for_each_key([](const task::TableInfo& info, const task::KeyInfo& key, const std::string&) {
            CHECK(task::explain(key.key.name).find(key.key.help) != std::string::npos);
            CHECK(task::reference().find(key.key.name) != std::string::npos);
            for (const std::string& kind : info.kinds)
                CHECK(task::explain(kind) != "");
            if (!info.table.empty())
                CHECK(task::explain(info.table) != "");
        });
        CHECK(failure_of([] { task::explain("sgima"); }).says("there is no help on 'sgima'"));
        CHECK(failure_of([] { task::explain("sgima"); }).says("did you mean 'sigma'?"));
    }

    TEST_CASE("the JSON schema has every table and key, and nothing else is allowed") {
        const auto schema = nlohmann::json::parse(task::json_schema());
        CHECK(schema["additionalProperties"] == false);
        for_each_key([&](const task::TableInfo& info, const task::KeyInfo& key,
                         const std::string&) {
            const auto& root = schema["properties"];
            const auto& table = info.table.empty() ? schema
                                : info.table == "search.stage"
                                    ? root["search"]["properties"]["stage"]["additionalProperties"]
                                : info.table == "trials.NAME"
                                    ? root["trials"]["additionalProperties"]
                                : info.named ? root[info.table]["additionalProperties"]
                                             : root[info.table];
            CHECK(table["properties"].contains(key.key.name));
        });
    }

    TEST_CASE("docs/task.md holds the reference as it is") {
        CHECK(contents(kSource + "/docs/task.md").find(task::reference()) != std::string::npos);
    }
}
