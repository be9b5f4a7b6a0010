// The history of a search, read from its log for pages and figures.
#include "result.hpp"
#include "run_dir.hpp"
#include "temporary.hpp"

#include <doctest/doctest.h>
#include <filesystem>

using namespace carve::cli;
namespace fs = std::filesystem;

TEST_SUITE_BEGIN("run directory");

TEST_CASE("a long log is thinned out by phases, and the end of each is kept") {
    const Temporary directory;
    std::string text;
    std::uint64_t number = 0;
    const auto phase = [&](const char* name, std::uint64_t lines) {
        for (std::uint64_t i = 1; i <= lines; ++i) {
            Progress p;
            p.phase = name;
            p.iteration = i;
            p.loss = static_cast<double>(++number);
            p.theta = {0.5};
            text += progress_json(p, {"w.x1"});
        }
    };
    phase("stage 1", 5000);
    phase("eliminate", 27);
    phase("refit", 3);
    const fs::path log = directory.file("log.jsonl", text + "{\"phase\": \"torn");
    const std::vector<Progress> history = read_history(log.parent_path().string(), {"w.x1"});
    CHECK(history.size() < 450); // 333 of each phase
    std::size_t of_refit = 0, of_elimination = 0;
    for (std::size_t i = 0; i < history.size(); ++i) {
        CHECK(history[i].loss == static_cast<double>(history[i].of_run));
        CHECK((i == 0 || history[i].of_run > history[i - 1].of_run));
        of_refit += history[i].phase == "refit";
        of_elimination += history[i].phase == "eliminate";
        if (history[i].phase == "eliminate" && history[i - 1].phase == "stage 1")
            CHECK(history[i - 1].of_run == 5000);
    }
    CHECK(of_refit == 3);
    CHECK(of_elimination == 27);
    CHECK(history.back().of_run == 5030);
}

TEST_SUITE_END();
