#include "search_run.hpp"

#include "atomic_file.hpp"
#include "chance.hpp"
#include "exits.hpp"
#include "held_out.hpp"
#include "host.hpp"
#include "interrupt.hpp"
#include "load.hpp"
#include "memory_need.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "ranks.hpp"
#include "report.hpp"
#include "result.hpp"
#include "result_text.hpp"
#include "run_dir.hpp"
#include "same_task.hpp"
#include "snapshot.hpp"
#include "this_host.hpp"
#include "workers.hpp"

#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>

namespace carve::cli {
namespace {

Exit exit_of(const Task& task, const SearchResult& result, bool quiet) {
    const HeldOut& held_out = result.held_out;
    if (const Exit exit = exit_of_held_out(task, held_out.spread.diverged); exit != Exit::ok)
        return exit;
    for (const std::string& remark : remarks(task, result))
        say(quiet, "warning: " + remark);
    if (task.search.goal && !(held_out.loss <= *task.search.goal)) {
        say(quiet, fmt::format("the goal is missed: held-out loss {:.4g} is above search.goal = {}",
                               held_out.loss, *task.search.goal));
        return Exit::goal_missed;
    }
    return Exit::ok;
}

// What a run has read beside its task and data.
std::string more_of(const Run& run) {
    return (run.init ? to_toml(*run.init) : "") + (run.from ? encode_checkpoint(*run.from) : "");
}

Task with_threads(const Run& run) {
    Task task = run.task;
    if (run.threads > 0)
        task.run.threads = run.threads;
    return task;
}

// Only the first rank has a directory; the others search along.
std::optional<RunDirectory> open_directory(const Run& run, const TrialSource& source) {
    if (rank() > 0)
        return std::nullopt;
    const RunFacts facts = facts_of(with_threads(run), source, run.argv);
    if (run.fresh)
        return RunDirectory::create(run.path, run.force, run.task, facts, run.init);
    return RunDirectory::open(run.path, run.task, facts,
                              run.from ? run.from->search.counters.iterations : 0);
}

// A checkpoint that was put together by hand, or by a defect: the search is not resumed.
Error misfit(const std::string& path, const BadSnapshot& what) {
    return Error(Exit::data, fmt::format("'{}' does not fit its task: {}", path, what.what()),
                 "put the run's own checkpoint back, or start again with carve train --force");
}

} // namespace

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::uint64_t planned_iterations(const Task& task) {
    std::uint64_t n = 0;
    for (const StageSettings& stage : task.search.stages)
        n += stage.iterations * task.search.restarts;
    return n + (task.search.refit ? task.search.refit_iterations : 0);
}

RunFacts facts_of(const Task& task, const TrialSource& source,
                  const std::vector<std::string>& argv) {
    RunFacts facts;
    facts.argv = argv;
    facts.version = carve_version();
    facts.build = build_text();
    facts.isa = isa_to_use(task);
    facts.lane_bytes = lane_bytes_to_use(task);
    facts.threads = threads_to_use(task.run.threads);
    facts.warnings = source.warnings();
    for (const auto& [path, checksum] : source.files())
        facts.inputs.push_back({path, checksum});
    return facts;
}

void agree_on_start(const Task& task, const TrialSource& source, const std::string& more) {
    if (rank_count() == 1)
        return;
    const std::uint64_t mine = checksum(to_toml(task) + std::to_string(source.checksum()) + more);
    if (of_first_rank(mine) != mine)
        throw Error(Exit::data,
                    fmt::format("rank {} has read another task, input file or run directory than "
                                "rank 0",
                                rank()),
                    "keep them where all machines see the same files");
}

Finished run_one(const Run& run) {
    const double start = now() - (run.from ? run.from->seconds : 0);
    const Task here = for_this_host(with_threads(run));
    const TrialSource source(here);
    for (const std::string& warning : source.warnings())
        say(run.quiet, "warning: " + warning);
    require_memory(here, source);
    agree_on_start(run.task, source, more_of(run));
    std::optional<RunDirectory> directory = open_directory(run, source);

    const bool silent = run.quiet || rank() > 0 || run.on_progress;
    say(silent, fmt::format("searching for a rule of {}, in {}", run.task.name, run.path));
    ProgressLine line(std::cerr, ProgressLine::style_for_stderr(silent),
                      planned_iterations(run.task));
    SearchHooks hooks;
    if (directory) {
        hooks.on_progress = [&](const Progress& progress) {
            directory->log(progress);
            line.update(progress, now());
            if (run.on_progress)
                run.on_progress(progress);
        };
        hooks.save = [&](const Snapshot& snapshot, bool at_once) {
            directory->save(snapshot, now() - start, at_once);
        };
    }
    Finished outcome{{}, "", Exit::ok, false};
    try {
        outcome.result = search(here, source, hooks, run.init ? &run.init->projections : nullptr,
                                run.from ? &run.from->search : nullptr);
        Workers workers(here.run.threads);
        outcome.result.yardsticks = yardsticks(here, source, workers);
        outcome.result.yardsticks.chance = chance(
            here, outcome.result.rules, outcome.result.counters.evaluations, source, workers);
        if (has_components(here.described))
            outcome.result.stable_variance =
                stable_variance(with_rule(here, {"", outcome.result.rules}), source, workers,
                                outcome.result.yardsticks.silent);
    } catch (const Interrupted& interrupt) {
        line.finish();
        outcome.exit = exit_of_signal(interrupt.signal);
        outcome.interrupted = true;
        say(false, fmt::format("interrupted; carve resume {} continues from here", run.path));
        return outcome;
    } catch (const BadSnapshot& bad) {
        throw misfit(run.from->path, bad);
    }
    line.finish();
    if (directory) {
        const double seconds = now() - start;
        const SimulatedTrials simulated =
            simulate_trials_for_page(with_rule(here, {"", outcome.result.rules}), source);
        directory->finish(
            run.task, outcome.result, seconds,
            [&](const Task& task, const SearchResult& result, const RunFacts& facts, double took) {
                Figures figures;
                return report_html(task, result, facts, took, simulated, figures);
            });
        outcome.json = read_file(directory->file("result.json"));
    }
    outcome.exit = exit_of(run.task, outcome.result, run.quiet);
    return outcome;
}

void print_outcome(const Task& task, const Finished& outcome, bool json) {
    if (!outcome.json.empty())
        print(json ? outcome.json : result_text(task, outcome.result));
}

std::optional<Checkpoint> checkpoint_of(Task& task, const std::string& directory,
                                        const std::string& file) {
    if (!has_checkpoint(directory))
        return std::nullopt;
    Checkpoint checkpoint = read_checkpoint(directory);
    task = checkpoint_task(task, checkpoint, file);
    try {
        check_snapshot(task, checkpoint.search);
    } catch (const BadSnapshot& bad) {
        throw misfit(checkpoint.path, bad);
    }
    return checkpoint;
}

namespace {

// Begins the run, or continues the one that was interrupted.
SeedOutcome search_seed(Run run) {
    const std::string file = run.path + "/task.toml";
    Task task = run.task;
    std::optional<Checkpoint> checkpoint;
    if (!run.force && std::filesystem::exists(file)) {
        require_own_files(run.path);
        task = begun_task(run.task, run.path);
        checkpoint = checkpoint_of(task, run.path, file);
        run.from = checkpoint ? &*checkpoint : nullptr;
        run.fresh = !checkpoint;
    }
    const Finished outcome = run_one({task, run.path, run.init, run.from, run.force, run.fresh,
                                      run.quiet, run.argv, run.threads, run.on_progress});
    return {outcome.exit, outcome.interrupted};
}

} // namespace

Exit search_seeds(const Task& given, const SeedsInit& init, const SeedsRun& seeds,
                  const std::vector<std::string>& argv) {
    const Task task =
        !seeds.force && holds_seeds(seeds.path) ? begun_task(given, seeds.path) : given;
    const Task here = for_this_host(task);
    const TrialSource source(here);
    require_memory(here, source);
    const std::string text = init.rule ? to_toml(*init.rule) : "";
    agree_on_start(task, source, text);
    const std::uint64_t each = planned_iterations(task);
    SharedProgressLine line({std::cerr, ProgressLine::style_for_stderr(seeds.quiet || rank() > 0),
                             each * ((seeds.seeds.size() + rank_count() - 1) / rank_count())},
                            "seed", "", each);
    const auto search_one = [&](const Task& one, const std::string& path, std::size_t threads) {
        const std::uint64_t seed = one.run.seed;
        const SeedOutcome outcome = search_seed(
            {one, path, init.rule, nullptr, seeds.force, true, seeds.quiet, argv, threads,
             [&line, seed](const Progress& progress) { line.update(seed, progress, now()); }});
        line.end(seed);
        return outcome;
    };
    return train_seeds(task, init.is_new ? text : "", seeds,
                       {here.run.threads, searches_that_fit(here, source, here.run.threads),
                        search_one, [&line] { line.finish(); }});
}

} // namespace carve::cli
