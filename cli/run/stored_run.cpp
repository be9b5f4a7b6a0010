#include "stored_run.hpp"

#include "atomic_file.hpp"
#include "checkpoint.hpp"
#include "json.hpp"
#include "result.hpp"
#include "run_dir.hpp"
#include "suggest.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace carve::cli {
namespace {

bool is_file(const fs::path& path) {
    std::error_code none;
    return fs::is_regular_file(path, none);
}

// Whether a process works on the run: it holds the lock until it ends (RunDirectory). A lock that is
// shared, and given back at once, gets in the way of no other that looks.
bool is_locked(const std::string& directory) {
    const int lock =
        ::open((directory + "/carve.lock").c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (lock < 0)
        return false;
    const bool held = ::flock(lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(lock);
    return held;
}

// The last iteration of log.jsonl; a line that was torn, at its end, is none. A line takes some kB at
// most, and a log may have a million of them.
std::optional<Progress> last_iteration(const std::string& directory) {
    constexpr std::streamoff kTail = 1 << 16;
    std::ifstream log(directory + "/log.jsonl", std::ios::binary | std::ios::ate);
    if (!log)
        return std::nullopt;
    log.seekg(std::max<std::streamoff>(0, static_cast<std::streamoff>(log.tellg()) - kTail));
    std::optional<Progress> last;
    for (std::string line; std::getline(log, line);)
        if (std::optional<Progress> progress = parse_progress(line, {}))
            last = std::move(progress);
    return last;
}

std::time_t newest_file(const std::string& directory) {
    std::time_t newest = 0;
    for (const char* name : {"carve.json", "log.jsonl", "checkpoint.bin", "result.json"}) {
        struct stat status {};
        if (::stat((directory + "/" + name).c_str(), &status) == 0)
            newest = std::max(newest, status.st_mtime);
    }
    return newest;
}

std::string text_at(const TomlValue& root, const std::string& key) {
    const TomlValue* value = root.find(key);
    const auto* text = value ? std::get_if<std::string>(&value->value) : nullptr;
    return text ? *text : "";
}

// carve.json, the first file of a run.
void read_facts(StoredRun& run) try {
    const Json facts = Json::parse(read_file(run.path + "/carve.json"));
    run.carve = facts.value("carve", "");
    run.seed = facts.value("seed", std::uint64_t{0});
} catch (const Json::exception& fault) {
    throw Error(
        Exit::data,
        fmt::format("'{}/carve.json' is not what carve wrote there: {}", run.path, reason(fault)),
        "put a copy of it back, or search again in another directory");
}

void walk(const fs::path& directory, int levels, std::vector<fs::path>& found,
          std::vector<std::string>& unread) {
    if (kind_of_directory(directory.string()) != StoredKind::none)
        found.push_back(directory);
    if (levels == 0)
        return;
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code gone; // removed meanwhile: not there
        if (fs::is_directory(entry->symlink_status(gone)))
            walk(directory == "." ? entry->path().filename() : entry->path(), levels - 1, found,
                 unread);
    }
    if (error)
        unread.push_back(fmt::format("'{}': {}", directory.string(), error.message()));
}

} // namespace

StoredKind kind_of_directory(const std::string& directory) {
    const fs::path path(directory);
    if (is_file(path / "carve.json"))
        return is_file(path / "restarts.jsonl") ? StoredKind::exploration : StoredKind::search;
    return is_file(path / "seeds.json") && is_file(path / "task.toml") ? StoredKind::seeds
                                                                       : StoredKind::none;
}

std::string state_name(RunState state) {
    switch (state) {
    case RunState::nothing:
        return "nothing yet";
    case RunState::interrupted:
        return "interrupted";
    case RunState::running:
        return "running";
    case RunState::finished:
        return "finished";
    }
    return "";
}

StoredTask read_stored_task(const std::string& directory) {
    StoredTask task;
    const std::string path = directory + "/task.toml";
    if (!is_file(path))
        return task;
    task.settings = parse_toml(read_text(path, Exit::data), path, Exit::data);
    task.old_format = !task.settings.find("format");
    task.name = text_at(task.settings, "name");
    task.description = text_at(task.settings, "description");
    return task;
}

StoredRun read_run(const std::string& directory) {
    StoredRun run;
    run.path = directory;
    require_own_files(directory);
    read_facts(run);
    run.task = read_stored_task(directory);
    run.changed = newest_file(directory);
    run.last = last_iteration(directory);
    if (is_file(directory + "/result.json")) {
        run.state = RunState::finished;
        run.result = read_result(directory);
        run.task.name = run.result->task;
    } else {
        run.state = is_locked(directory)        ? RunState::running
                    : has_checkpoint(directory) ? RunState::interrupted
                                                : RunState::nothing;
    }
    return run;
}

std::vector<std::string> runs_below(const std::string& directory, int levels,
                                    std::vector<std::string>& unread) {
    std::vector<fs::path> found;
    walk(without_slash(fs::path(directory).lexically_normal().string()), levels, found, unread);
    std::sort(found.begin(), found.end());
    return {found.begin(), found.end()};
}

std::string without_slash(const std::string& path) {
    const std::size_t end = path.find_last_not_of('/');
    return end == std::string::npos ? path : path.substr(0, end + 1);
}

Error no_run(const std::string& path, const std::vector<std::string>& others) {
    std::error_code none;
    if (fs::is_directory(path, none))
        return Error(Exit::usage, fmt::format("'{}' is not a run directory", path),
                     fmt::format("carve list {} lists those below it; carve train TASK --out DIR "
                                 "makes one",
                                 path));
    if (fs::exists(path, none))
        return Error(Exit::usage, fmt::format("'{}' is a file, not a run directory", path),
                     "carve list lists the run directories");
    std::vector<std::string> unread, candidates = others;
    const fs::path parent = fs::path(path).parent_path();
    for (const std::string& run : runs_below(parent.empty() ? "." : parent.string(), 1, unread))
        candidates.push_back(run);
    return Error(Exit::usage,
                 fmt::format("there is no run directory{} '{}'",
                             others.empty() ? "" : ", rule file or preset", path),
                 did_you_mean(fs::path(path).lexically_normal().string(), candidates,
                              "carve list lists the run directories"));
}

} // namespace carve::cli
