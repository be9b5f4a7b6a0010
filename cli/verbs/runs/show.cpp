// carve show: one screen on a run directory, on the runs of several seeds, or on an exploration.
#include "atomic_file.hpp"
#include "figures.hpp"
#include "json.hpp"
#include "output.hpp"
#include "result_text.hpp"
#include "run_verbs.hpp"
#include "seeds.hpp"
#include "stored_run.hpp"
#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace carve::cli {
namespace {

namespace fs = std::filesystem;

// What a run of today was told; there is none of carve 0.1, nor before task.toml is written.
std::optional<Task> task_of(const StoredRun& run) {
    if (run.task.old_format || !run.task.settings.table())
        return std::nullopt;
    return load_task(run.path + "/task.toml", {});
}

const char* method_name(Method method) {
    switch (method) {
    case Method::gauss_newton:
        return "gauss_newton";
    case Method::adam:
        return "adam";
    case Method::cma_es:
        return "cma_es";
    }
    return "";
}

std::string search_text(const SearchSettings& search) {
    std::string out;
    for (std::size_t s = 0; s < search.stages.size(); ++s)
        out +=
            fmt::format("{}stage {} {}, at most {} iterations", s == 0 ? "search: " : "; ", s + 1,
                        method_name(search.stages[s].method), search.stages[s].iterations);
    if (search.refit)
        out += fmt::format("; refit, at most {}", search.refit_iterations);
    return out + "\n";
}

std::string state_text(const StoredRun& run) {
    std::string out = "state: " + state_name(run.state);
    if (run.result)
        out += fmt::format(", {}", local_date(run.changed));
    else if (run.last)
        out += fmt::format(", {} iteration {} of {}", run.last->phase, run.last->iteration,
                           run.last->total);
    if (run.state == RunState::interrupted && !run.task.old_format)
        out += fmt::format("; carve resume {} continues it", run.path);
    return out + "\n";
}

std::string counters_text(const StoredResult& stored) {
    const SearchCounters& counters = stored.result.counters;
    std::vector<std::string> phases;
    for (const Phase& phase : counters.phases)
        if (phase.iterations > 0)
            phases.push_back(fmt::format("{}: {}", phase.name, phase.iterations));
    std::string out = fmt::format(
        "iterations: {}{}, evaluations: {}", counters.iterations,
        phases.empty() ? "" : fmt::format(" ({})", fmt::join(phases, ", ")), counters.evaluations);
    if (std::isfinite(stored.seconds))
        out += fmt::format(", {:.3g} s", stored.seconds);
    return out + "\n";
}

std::string head_text(const StoredTask& task) {
    return fmt::format("task: {}{}\n", task.name.empty() ? "not written yet" : task.name,
                       task.description.empty() ? "" : ", " + task.description);
}

// The report beside a result; "" where somebody has removed it.
std::string report_of(const StoredRun& run) {
    const std::string report = run.path + "/report.html";
    return run.result && fs::exists(report) ? report : "";
}

std::string run_text(const StoredRun& run) {
    const std::optional<Task> task = task_of(run);
    std::string out =
        head_text(run.task) +
        fmt::format("run: {}, carve {}{}, seed {}\n", run.path, run.carve,
                    run.task.old_format ? " (task in the format of 0.1)" : "", run.seed) +
        state_text(run);
    if (task)
        out += search_text(task->search);
    if (!run.result) {
        if (run.last)
            out += fmt::format("loss on the search's data: {}\n", figure(run.last->loss, "{:.4g}"));
        return out;
    }
    out += counters_text(*run.result);
    out += task ? result_text(*task, run.result->result) : result_text(*run.result);
    out += "fingerprint: " + run.result->fingerprint + "\n";
    const std::string report = report_of(run);
    return report.empty() ? out : out + "report: " + report + "\n";
}

Json run_json(const StoredRun& run) {
    Json json{{"path", run.path},
              {"kind", "run"},
              {"task", run.task.name},
              {"description", run.task.description},
              {"carve", run.carve},
              {"old_format", run.task.old_format},
              {"seed", run.seed},
              {"state", state_name(run.state)},
              {"date", utc_date(run.changed)},
              {"last_iteration", nullptr},
              {"stages", Json::array()}};
    if (run.last)
        json["last_iteration"] = {{"phase", run.last->phase},
                                  {"iteration", run.last->iteration},
                                  {"total", run.last->total},
                                  {"loss", run.last->loss}};
    if (const std::optional<Task> task = task_of(run))
        for (const StageSettings& stage : task->search.stages)
            json["stages"].push_back(
                {{"method", method_name(stage.method)}, {"iterations", stage.iterations}});
    const std::string report = report_of(run);
    json["report"] = report.empty() ? Json() : Json(report);
    json["result"] = run.result ? Json::parse(run.result->json) : Json();
    return json;
}

// ---- Several seeds -------------------------------------------------------------------------------

// A seed that was not begun has no directory.
std::optional<StoredRun> seed_run(const std::string& directory, std::uint64_t seed) {
    const std::string path = seed_directory(directory, seed);
    if (kind_of_directory(path) != StoredKind::search)
        return std::nullopt;
    return read_run(path);
}

SeedLine seed_line(std::uint64_t seed, const std::optional<StoredRun>& run) {
    if (!run || !run->result)
        return {seed, std::nan(""), std::nan(""),
                run ? state_name(run->state) : state_name(RunState::nothing)};
    const SearchResult& result = run->result->result;
    return {seed, result.held_out.loss, result.angle, rules_text(result.rules)};
}

Exit show_seeds(const std::string& directory, bool json) {
    const StoredTask task = read_stored_task(directory);
    std::vector<SeedLine> lines;
    Json runs = Json::array();
    std::size_t finished = 0;
    bool reference = false;
    for (const std::uint64_t seed : seeds_in(directory)) {
        const std::optional<StoredRun> run = seed_run(directory, seed);
        lines.push_back(seed_line(seed, run));
        finished += run && run->result;
        reference = reference || std::isfinite(lines.back().angle);
        runs.push_back({{"seed", seed},
                        {"path", seed_directory(directory, seed)},
                        {"state", state_name(run ? run->state : RunState::nothing)},
                        {"held_out", lines.back().held_out},
                        {"angle", lines.back().angle}});
    }
    if (json)
        print(dump(Json{{"path", directory},
                        {"kind", "seeds"},
                        {"task", task.name},
                        {"description", task.description},
                        {"seeds", lines.size()},
                        {"finished", finished},
                        {"runs", runs}},
                   2));
    else
        print(head_text(task) +
              fmt::format("run: {}, {} of {} seeds are finished\n", directory, finished,
                          lines.size()) +
              seeds_text(lines, reference));
    return Exit::ok;
}

// ---- An exploration ------------------------------------------------------------------------------

Exit show_exploration(const std::string& directory, bool json) {
    const std::string log = read_file(directory + "/restarts.jsonl");
    const auto restarts = std::count(log.begin(), log.end(), '\n');
    const bool ended = fs::exists(directory + "/summary.json");
    if (json)
        print(dump(Json{{"path", directory},
                        {"kind", "exploration"},
                        {"restarts", restarts},
                        {"ended", ended}},
                   2));
    else
        print(fmt::format("exploration: {}, {} restarts are done{}\n", directory, restarts,
                          ended ? fmt::format("; solutions: {0}/solutions.csv, what they have in "
                                              "common: {0}/summary.json",
                                              directory)
                                : ""));
    return Exit::ok;
}

} // namespace

Exit show(const std::string& given, bool json) {
    const std::string path = without_slash(given);
    switch (kind_of_directory(path)) {
    case StoredKind::none:
        break;
    case StoredKind::seeds:
        return show_seeds(path, json);
    case StoredKind::exploration:
        return show_exploration(path, json);
    case StoredKind::search: {
        const StoredRun run = read_run(path);
        print(json ? dump(run_json(run), 2) : run_text(run));
        return Exit::ok;
    }
    }
    throw no_run(path);
}

} // namespace carve::cli
