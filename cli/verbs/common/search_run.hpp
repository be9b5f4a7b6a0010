// search_run.hpp: a search in a run directory, from its start or from a checkpoint on.
#pragma once
#include "checkpoint.hpp"
#include "error.hpp"
#include "facts.hpp"
#include "rule.hpp"
#include "search.hpp"
#include "seeds.hpp"
#include "task.hpp"
#include "trial_source.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace carve::cli {

// A run: the task in its directory, and from where its search is resumed.
struct Run {
    const Task& task; // as it is written down
    std::string path;
    const Rule* init;
    const Checkpoint* from;
    bool force, fresh, quiet;
    std::vector<std::string> argv;
    std::uint64_t threads = 0;                             // of its search; 0: as the task says
    std::function<void(const Progress&)> on_progress = {}; // empty: a line on stderr shows it
};

struct Finished {
    SearchResult result;
    std::string json; // result.json
    Exit exit;
    bool interrupted = false;
};

Finished run_one(const Run& run);
void print_outcome(const Task& task, const Finished& outcome, bool json);

// The checkpoint to resume from, if there is one. task.toml is the one at `file`.
std::optional<Checkpoint> checkpoint_of(Task& task, const std::string& directory,
                                        const std::string& file);
// A run for each seed, side by side, begun or continued.
struct SeedsInit {
    const Rule* rule; // null: none
    bool is_new;      // the directory has no init.toml of it yet
};
Exit search_seeds(const Task& given, const SeedsInit& init, const SeedsRun& seeds,
                  const std::vector<std::string>& argv);

// All ranks have read their files by then, before the first one changes a run directory, and must
// have read the same. more: what else they have read.
void agree_on_start(const Task& task, const TrialSource& source, const std::string& more);

// The facts of a run on this machine.
RunFacts facts_of(const Task& task, const TrialSource& source,
                  const std::vector<std::string>& argv);
// Iterations of a search's outer loop as far as they are known beforehand, without elimination.
std::uint64_t planned_iterations(const Task& task);
// Seconds on a monotonic clock.
double now();

} // namespace carve::cli
