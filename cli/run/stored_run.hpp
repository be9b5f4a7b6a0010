// stored_run.hpp: run directories read back, to be shown; nothing in them is written.
#pragma once
#include "json.hpp"
#include "search.hpp"
#include "toml.hpp"

#include <cstdint>
#include <ctime>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace carve::cli {

// What result.json and rule.toml of a finished run say. The angles are of rules in the task's order;
// the identifiability stays in `json`.
struct StoredResult {
    SearchResult result;
    std::string task, fingerprint;
    double seconds = std::numeric_limits<double>::quiet_NaN();
    std::string json; // the whole file
};
// Throws Error(data), which names the file, where one is missing, torn or no result.
StoredResult read_result(const std::string& directory);
// Statistics of losses in it.
LossSpread spread_of_json(const Json& json);

enum class StoredKind { none, search, seeds, exploration };
StoredKind kind_of_directory(const std::string& directory);

enum class RunState { nothing, interrupted, running, finished };
std::string state_name(RunState state); // "nothing yet" before the first checkpoint

struct StoredTask { // task.toml
    std::string name, description;
    bool old_format = false; // of carve 0.1
    TomlValue settings;      // the whole
};
// Empty if there is none, because a process was killed before it wrote one.
StoredTask read_stored_task(const std::string& directory);

struct StoredRun {
    std::string path;
    RunState state = RunState::nothing;
    StoredTask task;
    std::string carve; // version that began it
    std::uint64_t seed = 0;
    std::optional<Progress> last;       // iteration that the log holds
    std::optional<StoredResult> result; // of a finished run
    std::time_t changed = 0;            // when the newest of its files was written
};
// Of StoredKind::search. Throws Error(data), which names the file at fault.
StoredRun read_run(const std::string& directory);

// Directories of every kind except none, at most `levels` levels below `directory`, in
// the order of their paths; no symbolic link below it is followed. Directories that cannot be read are skipped and
// added to `unread`.
std::vector<std::string> runs_below(const std::string& directory, int levels,
                                    std::vector<std::string>& unread);

// "runs/a/" as "runs/a".
std::string without_slash(const std::string& path);

// Error(usage) for a path that holds no run, with what was probably meant: a run beside it, or one
// of `others`.
Error no_run(const std::string& path, const std::vector<std::string>& others = {});

} // namespace carve::cli
