// Tasks of carve 0.1: rewritten, and the shipped ones beside those of today.
#include "described.hpp"
#include "read_old.hpp"
#include "task_text.hpp"
#include "write_task.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <string>

using namespace carve::cli;
namespace fs = std::filesystem;

namespace {

const std::string kSource = CARVE_SOURCE_ROOT;

std::string converted(const Task& old) {
    return task::to_toml(described(old), task::Shown::changes);
}

Task old_task(const fs::path& path) {
    return parse_old_task(contents(path.string()), kSource + "/tasks/" + path.filename().string());
}

// All that a task says, in the words of one format, without what has no effect in it.
std::string said(Task task) {
    task.name = "task";
    task.description = "";
    if (task.input.vary == Vary::spectrum) // all but the first are drawn
        task.input.spectrum.assign(task.input.spectrum.size(), 1);
    if (task.search.stages.size() > 1) // each has its own
        task.search.method = Method::gauss_newton;
    return converted(task);
}

} // namespace

TEST_SUITE("old tasks") {

    TEST_CASE("the shipped tasks say what they said in carve 0.1") {
        std::size_t found = 0;
        for (const auto& entry : fs::directory_iterator(kSource + "/tests/tasks/old")) {
            CAPTURE(entry.path().filename().string());
            const Task today =
                load_task(kSource + "/tasks/" + entry.path().filename().string(), {});
            CHECK(said(today) == said(old_task(entry.path())));
            ++found;
        }
        CHECK(found == 15);
    }

    TEST_CASE("a converted task is the same task") {
        for (const auto& entry : fs::directory_iterator(kSource + "/tests/tasks/old")) {
            CAPTURE(entry.path().filename().string());
            const Task old = old_task(entry.path());
            const std::string text = converted(old);
            CAPTURE(text);
            CHECK(converted(load_text(text)) == text);
            CHECK(said(load_text(text)) == said(old));
        }
    }

    TEST_CASE("an old task and its faults are known as such") {
        CHECK(is_old_task("[input]\nspectrum = [1]\n", "t.toml"));
        CHECK_FALSE(is_old_task(kInput, "t.toml"));
        CHECK(failure_of([] {
                  parse_old_task("[input]\nsampels = 3\n", "t.toml");
              }).says("t.toml:2:1: error: unknown key 'sampels' in [input]"));
        CHECK(failure_of([] {
                  parse_old_task("[input]\nspectrum = [1]\n[rule.lateral]\neta = 1\n", "t.toml");
              }).says("there are no lateral synapses to rule"));
        CHECK(failure("[input]\nspectrum = [1]\n").says("`carve convert OLD`"));
    }
}
