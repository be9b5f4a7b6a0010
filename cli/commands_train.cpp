// carve train and resume: a search in a run directory, or one for each of several seeds.
#include "atomic_file.hpp"
#include "checkpoint.hpp"
#include "commands.hpp"
#include "figures.hpp"
#include "host.hpp"
#include "interrupt.hpp"
#include "memory_need.hpp"
#include "progress.hpp"
#include "ranks.hpp"
#include "result.hpp"
#include "run_dir.hpp"
#include "search.hpp"
#include "seeds.hpp"
#include "snapshot.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <optional>

namespace carve::cli {
namespace {

// The rule in the task's terms and at its learning rate: what counts is eta times theta.
Rule starting_rule(const Task& task, const TrainOptions& options) {
    Rule rule = load_rule(options.init);
    for (ProjectionRule& given : rule.projections)
        for (const RuleSettings& settings : task.rules) {
            if (settings.name != given.projection)
                continue;
            const std::uint64_t lost = term_mask(given.terms) & ~term_mask(settings.terms);
            for (Term& term : given.terms) {
                if (term_mask({term}) & lost)
                    say(options.quiet, "warning: the task has no term " + monomial(term) +
                                           "; that of --init is dropped");
                if (is_time_constant(term))
                    continue;
                term.theta *= given.eta > 0 ? given.eta / settings.eta : 1;
            }
        }
    return rule;
}

std::string result_text(const Task& task, const SearchResult& result) {
    std::string out;
    for (const ProjectionRule& rule : result.rules)
        out += fmt::format("{}: {}, eta = {}\n", rule.projection, equation(rule.terms), rule.eta);
    out += held_out_text(task, result.held_out, result.yardsticks);
    out += stability_text(result.stable_variance);
    out +=
        fmt::format("held-out loss before the refit: {}; on the search's data: {}\n",
                    figure(result.held_out_before_refit, "{:.4g}"), figure(result.train, "{:.4g}"));
    out += cell_text(task, result.held_out.cell);
    for (std::size_t r = 0; r < task.rules.size(); ++r)
        if (!task.rules[r].reference.empty())
            out += fmt::format("angle {}to {}: {}\n",
                               task.rules.size() > 1 ? "of " + task.rules[r].name + " " : "",
                               task.rules[r].reference, figure(result.angles[r], "{:.3g} degrees"));
    return out;
}

struct Finished {
    SearchResult result;
    std::string json; // result.json
    Exit exit;
    bool interrupted = false;
};

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

// A run: the task in its directory, and where its search is gone on from.
struct Run {
    const Task& task; // as it is written down
    std::string path;
    const Rule* init;
    const Checkpoint* from;
    bool force, fresh, quiet;
    std::vector<std::string> argv;
};

// All ranks have read their files by then, before the first one changes the run directory, and must
// have read the same.
void agree_on_start(const Run& run, const DataSource& source) {
    if (rank_count() == 1)
        return;
    std::string all = to_toml(run.task) + std::to_string(source.checksum());
    if (run.init)
        all += to_toml(*run.init);
    if (run.from)
        all += encode_checkpoint(*run.from);
    const std::uint64_t mine = checksum(all);
    if (of_first_rank(mine) != mine)
        throw Error(Exit::data,
                    fmt::format("rank {} has read another task, input file or run directory than "
                                "rank 0",
                                rank()),
                    "keep them where all machines see the same files");
}

// Only the first rank has a directory; the others search along.
std::optional<RunDirectory> open_directory(const Run& run, const DataSource& source) {
    if (rank() > 0)
        return std::nullopt;
    const RunFacts facts = facts_of(run.task, source, run.argv);
    if (run.fresh)
        return RunDirectory::create(run.path, run.force, run.task, facts, run.init);
    return RunDirectory::open(run.path, run.task, facts,
                              run.from ? run.from->search.counters.iterations : 0);
}

// A checkpoint that was put together by hand, or by a defect: the search is not resumed.
Error misfit(const std::string& path, const BadSnapshot& what) {
    return Error(Exit::data, fmt::format("'{}' does not fit its task: {}", path, what.what()),
                 "put the run's own checkpoint back, or start anew with carve train --force");
}

Finished run_one(const Run& run) {
    const double start = now() - (run.from ? run.from->seconds : 0);
    const Task here = for_this_host(run.task);
    const DataSource source(here);
    for (const std::string& warning : source.warnings())
        say(run.quiet, "warning: " + warning);
    require_memory(here, source);
    agree_on_start(run, source);
    std::optional<RunDirectory> directory = open_directory(run, source);

    ProgressLine line(std::cerr, ProgressLine::style_for_stderr(run.quiet || rank() > 0),
                      planned_iterations(run.task));
    SearchHooks hooks;
    if (directory) {
        hooks.on_progress = [&](const Progress& progress) {
            directory->log(progress);
            line.update(progress, now());
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
        if (!is_spiking(here))
            outcome.result.stable_variance =
                stable_variance(with_rule(here, {"", outcome.result.rules}, {}), source, workers,
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
        directory->finish(run.task, outcome.result, now() - start);
        outcome.json = read_file(directory->file("result.json"));
    }
    outcome.exit = exit_of(run.task, outcome.result, run.quiet);
    return outcome;
}

void print_outcome(const Task& task, const Finished& outcome, bool json) {
    if (!outcome.json.empty())
        print(json ? outcome.json : result_text(task, outcome.result));
}

// Of a result.json.
std::string finished_text(const std::string& path) {
    const Json result = Json::parse(read_file(path), nullptr, false);
    if (!result.is_object() || !result.contains("rules") || !result.contains("loss"))
        throw Error(Exit::data, fmt::format("'{}' is not a result", path));
    std::string out;
    for (const Json& rule : result["rules"])
        out += fmt::format("{}: {}, eta = {}\n", rule.value("projection", ""),
                           rule.value("equation", ""), figure(real(rule.value("eta", Json()))));
    const Json& loss = result["loss"];
    return out + fmt::format("held-out loss: {}, on the search's data: {}\n",
                             figure(real(loss.value("held_out", Json()))),
                             figure(real(loss.value("train", Json()))));
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

RunFacts facts_of(const Task& task, const DataSource& source,
                  const std::vector<std::string>& argv) {
    RunFacts facts;
    facts.argv = argv;
    facts.build = build_text();
    facts.isa = isa_to_use(task);
    facts.lane_bytes = lane_bytes_to_use(task);
    facts.threads = threads_to_use(task);
    facts.warnings = source.warnings();
    if (task.input.kind == InputKind::file)
        facts.inputs.push_back({task.input.path, source.checksum()});
    return facts;
}

Exit exit_of_signal(int signal) {
    return signal == SIGINT    ? Exit::interrupted
           : signal == SIGTERM ? Exit::terminated
                               : Exit::resumable;
}

namespace {

// The checkpoint to go on from, if there is one. task.toml is the one at `file`.
std::optional<Checkpoint> checkpoint_of(const Task& task, const std::string& directory,
                                        const std::string& file) {
    if (!has_checkpoint(directory))
        return std::nullopt;
    Checkpoint checkpoint = read_checkpoint(directory);
    if (checkpoint.task_checksum != checksum(read_file(file)) || checkpoint.seed != task.run.seed)
        throw Error(Exit::data,
                    fmt::format("'{}' is not the task of the checkpoint beside it", file),
                    "put the task.toml of the run back, or start anew with carve train");
    try {
        check_snapshot(task, checkpoint.search);
    } catch (const BadSnapshot& bad) {
        throw misfit(checkpoint.path, bad);
    }
    return checkpoint;
}

// Begins the run, or continues the one that was interrupted.
SeedOutcome search_seed(Run run) {
    const std::string file = run.path + "/task.toml";
    std::optional<Checkpoint> checkpoint;
    if (!run.force && std::filesystem::exists(file)) {
        require_own_files(run.path);
        check_same_task(run.task, run.path);
        checkpoint = checkpoint_of(run.task, run.path, file);
        run.from = checkpoint ? &*checkpoint : nullptr;
        run.fresh = !checkpoint;
    }
    const Finished outcome = run_one(run);
    return {outcome.exit, outcome.interrupted};
}

} // namespace

Exit train(const TrainOptions& options) {
    const Task task = load(options);
    std::optional<Rule> init;
    if (!options.init.empty())
        init = starting_rule(task, options);
    if (options.dry_run) {
        print(plan_text(task, DataSource(for_this_host(task)), true, options.json));
        return Exit::ok;
    }
    watch_interrupts();
    const std::string out = options.out.empty() ? "run-" + task.name : options.out;
    Run run{task,          out,  init ? &*init : nullptr, nullptr,
            options.force, true, options.quiet,           options.argv};
    if (options.seeds.empty()) {
        const Finished outcome = run_one(run);
        print_outcome(task, outcome, options.json);
        say(options.quiet, "run directory: " + out);
        return outcome.exit;
    }
    return train_seeds(
        task, init ? to_toml(*init) : "",
        {out, parse_seeds(options.seeds), options.force, options.json, options.quiet},
        [&](const Task& one, const std::string& path) {
            return search_seed(
                {one, path, run.init, nullptr, options.force, true, options.quiet, options.argv});
        });
}

// Of train --seeds.
Exit resume_seeds(const ResumeOptions& options) {
    const std::string& directory = options.directory;
    TaskOptions own = options;
    own.task = directory + "/task.toml";
    const Task task = load(own);
    std::optional<Rule> init;
    if (std::filesystem::exists(directory + "/init.toml"))
        init = load_rule(directory + "/init.toml");
    watch_interrupts();
    return train_seeds(
        task, "", {directory, seeds_in(directory), false, options.json, options.quiet},
        [&](const Task& one, const std::string& path) {
            return search_seed(
                {one, path, init ? &*init : nullptr, nullptr, false, true, options.quiet, {}});
        });
}

Exit resume(const ResumeOptions& options) {
    if (holds_seeds(options.directory))
        return resume_seeds(options);
    const std::string file = options.directory + "/task.toml";
    if (!std::filesystem::exists(options.directory + "/carve.json") ||
        !std::filesystem::exists(file))
        throw Error(Exit::usage, fmt::format("'{}' is not a run directory", options.directory),
                    "carve train TASK --out DIR makes one");
    if (std::filesystem::exists(options.directory + "/restarts.jsonl"))
        throw Error(Exit::usage, fmt::format("'{}' holds an exploration", options.directory),
                    fmt::format("carve explore TASK --out {} continues it", options.directory));
    require_own_files(options.directory);
    const std::string result = options.directory + "/result.json";
    if (std::filesystem::exists(result)) {
        say(options.quiet, fmt::format("the run in {} is finished", options.directory));
        print(options.json ? read_file(result) : finished_text(result));
        return Exit::ok;
    }
    TaskOptions own = options;
    own.task = file;
    const Task task = load(own);
    const std::optional<Checkpoint> checkpoint = checkpoint_of(task, options.directory, file);
    std::optional<Rule> init;
    if (std::filesystem::exists(options.directory + "/init.toml"))
        init = load_rule(options.directory + "/init.toml");
    watch_interrupts();
    const Finished outcome = run_one({task,
                                      options.directory,
                                      init ? &*init : nullptr,
                                      checkpoint ? &*checkpoint : nullptr,
                                      false,
                                      false,
                                      options.quiet,
                                      {}});
    print_outcome(task, outcome, options.json);
    return outcome.exit;
}

} // namespace carve::cli
