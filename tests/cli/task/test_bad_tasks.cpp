// Tasks that are refused, each with its messages: tests/tasks/bad.txt has a title, a text and what is said
// of it. A text begins with @NAME for `format = 2` and `extends = "NAME"`, @none for the first alone, @old
// for neither; "! " begins an override.
#include "task_text.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

using namespace carve::cli;

namespace {

struct BadTask {
    std::string title, text, said;
    Overrides overrides;
};

std::string head_of(const std::string& base) {
    return base == "old" ? ""
                         : "format = 2\n" + (base == "none" ? "" : "extends = \"" + base + "\"\n");
}

std::vector<BadTask> bad_tasks() {
    std::vector<BadTask> all;
    std::istringstream lines(task_file("bad.txt"));
    for (std::string line; std::getline(lines, line);) {
        const std::string rest = line.size() > 2 ? line.substr(2) : "";
        if (line.rfind("# ", 0) == 0)
            all.push_back({rest, "", "", {}});
        else if (line.rfind("> ", 0) == 0)
            all.back().said += (all.back().said.empty() ? "" : "\n") + rest;
        else if (line.rfind("! ", 0) == 0)
            all.back().overrides.emplace_back(rest);
        else if (line.rfind("@", 0) == 0)
            all.back().text += head_of(line.substr(1));
        else
            all.back().text += line + "\n";
    }
    return all;
}

} // namespace

TEST_SUITE("bad tasks") {

    TEST_CASE(
        "each bad task is refused with its place, its key, what is allowed and what is near") {
        const std::vector<BadTask> all = bad_tasks();
        CHECK(all.size() >= 300);
        for (const BadTask& bad : all) {
            CAPTURE(bad.title);
            std::string said = "nothing";
            try {
                parse_task(bad.text, "t.toml", bad.overrides);
            } catch (const Error& error) {
                said = error.what();
                CHECK(error.code() ==
                      (bad.title == "a later format" ? Exit::version : Exit::usage));
            }
            CHECK(said == bad.said);
        }
    }

    TEST_CASE("a task that cannot be read is named") {
        const Failure f = failure_of([] { load_task("/no/such/task.toml", {}); });
        CHECK(f.code == Exit::usage);
        CHECK(f.says("/no/such/task.toml"));
    }

    TEST_CASE("files that extend one another are refused, and those in other folders are found") {
        const Temporary directory;
        directory.file("a.toml", "format = 2\nextends = \"b.toml\"\n");
        const std::string b = directory.file("b.toml", "format = 2\nextends = \"a.toml\"\n");
        CHECK(failure_of([&] { load_task(b, {}); }).says("does one extend itself?"));
        CHECK(failure_of([&] {
                  load_task(directory.file("c.toml", "format = 2\nextends = \".\"\n"), {});
              }).code == Exit::usage);
    }
}
