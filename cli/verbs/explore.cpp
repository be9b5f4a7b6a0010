// carve explore: many searches of one task, each from a seed of its own, and what their rules have
// in common. A restart that is finished is a line of the directory's log, and never repeated.
#include "explore.hpp"
#include "atomic_file.hpp"
#include "exploration_page.hpp"
#include "explore_files.hpp"
#include "host.hpp"
#include "interrupt.hpp"
#include "memory_need.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "ranks.hpp"
#include "result.hpp"
#include "run_dir.hpp"
#include "same_task.hpp"
#include "search_run.hpp"
#include "seeds.hpp"
#include "side_by_side.hpp"
#include "this_host.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <optional>

namespace carve::cli {
namespace {

namespace fs = std::filesystem;

// Its line of restarts.jsonl.
std::string search_once(const Task& task, std::uint64_t index, std::size_t threads,
                        SharedProgressLine& line) {
    const double start = now();
    Task one = task;
    one.run.threads = threads;
    one = for_this_host(one);
    one.run.seed = restart_seed(task.run.seed, index);
    one.described.trials.sets.clear(); // of which an exploration keeps nothing
    const TrialSource source(one);
    SearchHooks hooks;
    hooks.on_progress = [&](const Progress& progress) { line.update(index + 1, progress, now()); };
    const SearchResult result = search(one, source, hooks);
    line.end(index + 1);
    return restart_json(task, restart_of(one, index, result, now() - start));
}

struct Exploration {
    std::vector<Restart> restarts;         // in the first rank
    std::optional<RunDirectory> directory; // the same
    int signal = 0;                        // that ended it early, or 0
};

// Those from `restarts.size()` on, all ranks together.
void search_on(const Task& task, const ExploreOptions& options, std::size_t at_once,
               Exploration& all) {
    SideBySide plan{{}, threads_to_use(task.run.threads), at_once};
    for (std::size_t i = all.restarts.size(); rank() == 0 && i < options.restarts; ++i)
        plan.jobs.push_back(i);
    const std::uint64_t each = planned_iterations(task), ranks = rank_count();
    const bool silent = options.quiet || rank() > 0;
    SharedProgressLine line({std::cerr, ProgressLine::style_for_stderr(silent),
                             each * ((plan.jobs.size() + ranks - 1) / ranks)},
                            "restart", fmt::format(" of {}", options.restarts), each);
    const auto search = [&](std::size_t index, std::size_t threads) {
        return search_once(task, index, threads, line);
    };
    const auto keep = [&](std::size_t, const std::string& text) {
        all.directory->append(text);
        all.restarts.push_back(parse_restart(task, text).value());
    };
    all.signal = side_by_side(plan, search, keep);
}

bool is_begun(const ExploreOptions& options, const std::string& out) {
    return !options.force && fs::exists(fs::path(out) / "restarts.jsonl") &&
           fs::exists(fs::path(out) / "task.toml"); // written last
}

// By the first rank: makes the directory, or resumes the one that is there.
void begin(const Task& task, const TrialSource& source, const ExploreOptions& options,
           const std::string& out, Exploration& all) {
    const RunFacts facts = facts_of(task, source, options.argv);
    const bool begun = is_begun(options, out);
    constexpr std::uint64_t kAll = ~std::uint64_t{0};
    all.directory = begun ? RunDirectory::open(out, task, facts, kAll, RunKind::exploration)
                          : RunDirectory::create(out, options.force, task, facts, nullptr,
                                                 RunKind::exploration);
    all.restarts = read_restarts(task, all.directory->file("restarts.jsonl"));
    if (!all.restarts.empty())
        say(options.quiet, fmt::format("{} restarts are done", all.restarts.size()));
    if (all.restarts.size() > options.restarts)
        all.restarts.resize(options.restarts);
}

// Writes and prints what the restarts have in common.
Exit conclude(const Task& task, const ExploreOptions& options, const Exploration& all) {
    const std::vector<Restart>& restarts = all.restarts;
    const Summary summary = summarize(task, restarts);
    write_file_atomically(all.directory->file("solutions.csv"), solutions_csv(task, summary));
    write_solutions_npz(all.directory->file("solutions.npz"), task, summary);
    const std::string json = summary_json(task, restarts, summary);
    Figures figures;
    write_file_atomically(
        all.directory->file("report.html"),
        exploration_html(task, restarts, summary,
                         parse_facts(read_file(all.directory->file("carve.json"))), figures));
    write_file_atomically(all.directory->file("summary.json"), json);
    if (restarts.size() < options.restarts) {
        say(false,
            fmt::format(
                "interrupted after {} of {} restarts; the same command, without --force, continues",
                restarts.size(), options.restarts));
        return exit_of_signal(all.signal);
    }
    print(options.json ? json : summary_text(task, restarts, summary));
    say(options.quiet, "directory: " + all.directory->path());
    return summary.solutions.empty() ? Exit::goal_missed : Exit::ok;
}

} // namespace

Exit explore(const ExploreOptions& options) {
    Task task = load(options);
    const std::vector<task::Measure>& probes = task.described.probes;
    const bool has_ranges = std::any_of(
        probes.begin(), probes.end(), [](const task::Measure& m) { return m.accept.has_value(); });
    if (!has_mean_field(task) && !task.search.goal && !has_ranges)
        throw Error(Exit::usage, "carve explore needs to know what makes a solution",
                    "a held-out loss, for example --set search.goal=0.05, or a range of a probe, "
                    "probe.NAME.accept = [low, high]");
    const std::string out = options.out.empty() ? "explore-" + task.name : options.out;
    if (is_begun(options, out)) {
        require_own_files(out);
        task = begun_task(task, out);
    }
    const TrialSource source(for_this_host(task));
    for (const std::string& warning : source.warnings())
        say(options.quiet, "warning: " + warning);
    require_memory(task, source);
    agree_on_start(task, source, "");
    watch_interrupts();
    const std::size_t at_once = searches_that_fit(task, source, threads_to_use(task.run.threads));
    Exploration all;
    if (rank() == 0)
        begin(task, source, options, out, all);
    search_on(task, options, at_once, all);
    const Exit exit = rank() == 0 ? conclude(task, options, all) : Exit::ok;
    return static_cast<Exit>(of_first_rank(static_cast<std::uint64_t>(exit)));
}

} // namespace carve::cli
