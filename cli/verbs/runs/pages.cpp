#include "pages.hpp"

#include "atomic_file.hpp"
#include "comparison_page.hpp"
#include "error.hpp"
#include "exploration_page.hpp"
#include "explore_files.hpp"
#include "full_run.hpp"
#include "load.hpp"
#include "output.hpp"
#include "report.hpp"
#include "result.hpp"
#include "run_dir.hpp"
#include "seeds.hpp"
#include "stored_run.hpp"
#include "this_host.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace carve::cli {
namespace {

// The files that the task names, if they are those of the run; else why they are not.
std::optional<TrialSource> source_of(const Task& task, const FullRun& run, std::string& missing) {
    try {
        TrialSource source(task);
        for (const auto& [path, checksum] : source.files())
            for (const InputFile& known : run.facts.inputs)
                if (known.path == path && known.checksum != checksum)
                    missing = fmt::format("'{}' has changed since the run", path);
        if (missing.empty())
            return source;
    } catch (const Error& error) {
        missing = error.what();
    }
    return std::nullopt;
}

SimulatedTrials trials_of_run(const FullRun& run, bool quiet) {
    const Task task = for_this_host(with_rule(run.task, {"", run.result.rules}));
    std::string missing;
    const std::optional<TrialSource> source = source_of(task, run, missing);
    if (!source)
        say(quiet, fmt::format("warning: {}; the report has no picture of the network", missing));
    return source ? simulate_trials_for_page(task, *source) : SimulatedTrials{};
}

std::string run_page(const std::string& directory, bool quiet, Figures& figures) {
    const FullRun run = read_full_run(directory);
    return report_html(run.task, run.result, run.facts, run.seconds, trials_of_run(run, quiet),
                       figures);
}

std::string exploration_page(const std::string& directory, Figures& figures) {
    require_own_files(directory);
    const Task task = load_task(directory + "/task.toml", {});
    const std::vector<Restart> restarts = read_restarts(task, directory + "/restarts.jsonl");
    return exploration_html(task, restarts, summarize(task, restarts),
                            parse_facts(read_file(directory + "/carve.json")), figures);
}

// The finished runs that paths stand for: of several seeds each.
std::vector<FullRun> runs_of(const std::vector<std::string>& paths) {
    std::vector<FullRun> runs;
    for (const std::string& path : paths)
        switch (kind_of_directory(path)) {
        case StoredKind::none:
            throw no_run(path);
        case StoredKind::exploration:
            throw Error(Exit::usage,
                        fmt::format("'{}' is an exploration, which has a page of its own", path),
                        "carve report " + path);
        case StoredKind::search:
            runs.push_back(read_full_run(path));
            break;
        case StoredKind::seeds:
            for (const std::uint64_t seed : seeds_in(path))
                if (const std::string run = seed_directory(path, seed);
                    std::filesystem::exists(run + "/result.json"))
                    runs.push_back(read_full_run(run));
        }
    if (runs.size() < 2)
        throw Error(Exit::usage,
                    "fewer than two runs are finished, so that there is nothing to compare",
                    "carve list shows which are");
    return runs;
}

} // namespace

std::string page_of(const std::vector<std::string>& given, bool quiet, Figures& figures) {
    std::vector<std::string> paths;
    for (const std::string& path : given)
        paths.push_back(without_slash(path));
    const StoredKind kind = kind_of_directory(paths[0]);
    if (paths.size() == 1 && kind == StoredKind::none)
        throw no_run(paths[0]);
    if (paths.size() == 1 && kind == StoredKind::search)
        return run_page(paths[0], quiet, figures);
    if (paths.size() == 1 && kind == StoredKind::exploration)
        return exploration_page(paths[0], figures);
    std::vector<FullRun> runs = runs_of(paths);
    const bool same = std::all_of(runs.begin(), runs.end(), [&](const FullRun& run) {
        return run.task.name == runs[0].task.name;
    });
    const std::string title = same ? runs[0].task.name : "Comparison";
    return comparison_html(title, std::move(runs), figures);
}

} // namespace carve::cli
