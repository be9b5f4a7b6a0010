// carve explore: many searches of one task, each from a seed of its own, and what their rules have
// in common. A restart that is finished is a line of the directory's log, and never repeated.
#include "explore.hpp"
#include "atomic_file.hpp"
#include "exits.hpp"
#include "explore_files.hpp"
#include "interrupt.hpp"
#include "memory_need.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "run_dir.hpp"
#include "search_run.hpp"
#include "seeds.hpp"
#include "this_host.hpp"
#include "verbs.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <sstream>

namespace carve::cli {
namespace {

namespace fs = std::filesystem;

// Those that a directory holds. Its log is open: what was torn at its end is gone.
std::vector<Restart> finished_restarts(const Task& task, const std::string& file) {
    std::vector<Restart> restarts;
    std::istringstream lines(read_file(file));
    for (std::string line; std::getline(lines, line);) {
        std::optional<Restart> restart = parse_restart(task, line);
        if (!restart || restart->index != restarts.size())
            throw Error(Exit::data,
                        fmt::format("{}:{}: this is not restart {} of the task", file,
                                    restarts.size() + 1, restarts.size()),
                        "remove this line and those below it to repeat their restarts");
        restarts.push_back(std::move(*restart));
    }
    return restarts;
}

Restart search_once(const Task& task, std::uint64_t index, std::uint64_t count,
                    ProgressLine& line) {
    const double start = now();
    Task one = for_this_host(task);
    one.run.seed = restart_seed(task.run.seed, index);
    one.described.trials.sets.clear(); // of which an exploration keeps nothing
    const TrialSource source(one);
    SearchHooks hooks;
    hooks.on_progress = [&](Progress progress) {
        progress.phase = fmt::format("restart {} of {}, {}", index + 1, count, progress.phase);
        line.update(progress, now());
    };
    const SearchResult result = search(one, source, hooks);
    return restart_of(one, index, result, now() - start);
}

// Those from `restarts.size()` on; the signal that ended it early, or 0.
int search_on(const Task& task, std::uint64_t count, bool quiet, RunDirectory& directory,
              std::vector<Restart>& restarts) {
    const std::uint64_t left = count - restarts.size();
    ProgressLine line(std::cerr, ProgressLine::style_for_stderr(quiet),
                      left * planned_iterations(task));
    try {
        while (restarts.size() < count) {
            restarts.push_back(search_once(task, restarts.size(), count, line));
            directory.append(restart_json(task, restarts.back()));
        }
    } catch (const Interrupted& interrupt) {
        line.finish();
        return interrupt.signal;
    }
    line.finish();
    return 0;
}

} // namespace

Exit explore(const ExploreOptions& options) {
    const Task task = load(options);
    if (!has_mean_field(task) && !task.search.goal)
        throw Error(Exit::usage, "carve explore needs to know which held-out loss makes a solution",
                    "for example --set search.goal=0.05");
    const std::string out = options.out.empty() ? "explore-" + task.name : options.out;
    const TrialSource source(for_this_host(task));
    for (const std::string& warning : source.warnings())
        say(options.quiet, "warning: " + warning);
    require_memory(task, source);
    watch_interrupts();
    const RunFacts facts = facts_of(task, source, options.argv);
    const bool begun = !options.force && fs::exists(fs::path(out) / "restarts.jsonl") &&
                       fs::exists(fs::path(out) / "task.toml"); // written last
    if (begun) {
        require_own_files(out);
        check_same_task(task, out);
    }
    constexpr std::uint64_t kAll = ~std::uint64_t{0};
    RunDirectory directory =
        begun
            ? RunDirectory::open(out, task, facts, kAll, RunKind::exploration)
            : RunDirectory::create(out, options.force, task, facts, nullptr, RunKind::exploration);
    std::vector<Restart> restarts = finished_restarts(task, directory.file("restarts.jsonl"));
    if (!restarts.empty())
        say(options.quiet, fmt::format("{} restarts are done", restarts.size()));
    if (restarts.size() > options.restarts)
        restarts.resize(options.restarts);
    const int signal = search_on(task, options.restarts, options.quiet, directory, restarts);

    const Summary summary = summarize(task, restarts);
    write_file_atomically(directory.file("solutions.csv"), solutions_csv(task, summary));
    write_solutions_npz(directory.file("solutions.npz"), task, summary);
    const std::string json = summary_json(task, restarts, summary);
    write_file_atomically(directory.file("summary.json"), json);
    if (signal) {
        say(false,
            fmt::format(
                "interrupted after {} of {} restarts; the same command, without --force, continues",
                restarts.size(), options.restarts));
        return exit_of_signal(signal);
    }
    print(options.json ? json : summary_text(task, restarts, summary));
    say(options.quiet, "directory: " + out);
    return summary.solutions.empty() ? Exit::goal_missed : Exit::ok;
}

} // namespace carve::cli
