#include "run_dir.hpp"
#include "atomic_file.hpp"
#include "checkpoint.hpp"
#include "error.hpp"
#include "host.hpp"
#include "result.hpp"
#include "task_terms.hpp"

#include "carve.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace carve::cli {
namespace {

// carve.json is written first and removed last: it marks the others as ours.
constexpr const char* kMark = "carve.json";
constexpr const char* kLock = "carve.lock"; // stays: a process that waits for it must find it
constexpr std::array<const char*, 12> kFiles = {
    "task.toml",           "init.toml",     "log.jsonl",     "checkpoint.bin",
    "checkpoint.bin.prev", "rule.toml",     "result.json",   "report.html",
    "restarts.jsonl",      "solutions.npz", "solutions.csv", "summary.json"};
constexpr std::chrono::seconds kCheckpointInterval{2};
constexpr std::size_t kMostHistory = 1000; // iterations that a report shows, about
constexpr std::size_t kFewestOfPhase = 20; // of each phase

void remove_file(const fs::path& path) {
    std::error_code error;
    fs::remove(path, error);
    if (error)
        throw Error(Exit::io,
                    fmt::format("cannot remove '{}': {}", path.string(), error.message()));
}

// Whether nothing is lost when a directory's run starts again: it is empty, or a run that was killed
// before its first checkpoint left its first files there. carve.json comes before the others.
bool holds_no_search(const fs::path& directory) {
    static constexpr std::array<const char*, 5> kFirst = {"task.toml", "init.toml", "log.jsonl",
                                                          "restarts.jsonl", "checkpoint.bin"};
    const bool ours = fs::exists(directory / kMark);
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        std::string name = entry->path().filename();
        const bool partial = name.size() > 8 && name.compare(name.size() - 8, 8, ".partial") == 0;
        if (partial)
            name.resize(name.size() - 8);
        if (name == kMark || name == kLock)
            continue;
        const bool first = std::find(kFirst.begin(), kFirst.end(), name) != kFirst.end();
        const bool result = !partial && (name == "checkpoint.bin" ||
                                         (name == "restarts.jsonl" && !fs::is_empty(*entry)));
        if (!ours || !first || result)
            return false;
    }
    if (error)
        throw Error(Exit::io, fmt::format("cannot read directory '{}': {}", directory.string(),
                                          error.message()));
    return true;
}

// What another directory, a pipe or a second name of a file elsewhere stands for is not read as a
// file of the run, nor written through.
void require_own_file(const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        return;
    const char* const what = S_ISLNK(status.st_mode)    ? "a symbolic link"
                             : S_ISFIFO(status.st_mode) ? "a pipe"
                             : !S_ISREG(status.st_mode) ? "no regular file"
                             : status.st_nlink > 1      ? "a hard link, with another name elsewhere"
                                                        : nullptr;
    if (what)
        throw Error(Exit::data, fmt::format("'{}' is {}", path.string(), what),
                    "a run's files are its own: put a copy there (cp -a), or choose another "
                    "directory with --out");
}

// Those that carve wrote.
void remove_run(const fs::path& directory) {
    for (const char* name : kFiles) {
        remove_file(directory / name);
        remove_file(directory / (std::string(name) + ".partial"));
    }
    remove_file(directory / (std::string(kMark) + ".partial"));
    remove_file(directory / kMark);
}

void make_directory(const fs::path& directory) {
    std::error_code error;
    if (fs::weakly_canonical(directory, error) == directory.root_path() &&
        directory.has_root_directory())
        throw Error(Exit::usage, fmt::format("'{}' is the root of all files", directory.string()),
                    "choose a directory of the run's own with --out");
    fs::create_directories(directory, error);
    if (fs::exists(directory) && !fs::is_directory(directory))
        throw Error(Exit::usage, fmt::format("'{}' is not a directory", directory.string()),
                    "choose another directory with --out");
    if (error)
        throw Error(Exit::io, fmt::format("cannot make directory '{}': {}", directory.string(),
                                          error.message()));
}

// Only the first entry: it shows whose directory that is.
std::string entry_of(const fs::path& directory) {
    for (const auto& entry : fs::directory_iterator(directory))
        if (entry.path().filename() != kLock)
            return entry.path().filename().string();
    return "";
}

// force: a run may be there, but nothing that is none.
void refuse_what_is_there(const fs::path& directory, bool force) {
    if (force && fs::exists(fs::symlink_status(directory / kMark)))
        return;
    if (!force)
        require_own_files(directory);
    if (holds_no_search(directory))
        return;
    if (force)
        throw Error(Exit::usage,
                    fmt::format("'{}' holds a {}, but no run of carve (there is no {})",
                                directory.string(), entry_of(directory), kMark),
                    "--force replaces a run and nothing else; choose another directory with --out");
    throw Error(Exit::usage, fmt::format("'{}' is not empty", directory.string()),
                fs::exists(directory / "restarts.jsonl")
                    ? "resume it with carve explore, replace it with --force, or choose "
                      "another directory with --out"
                : fs::exists(directory / kMark)
                    ? "resume the run in it with carve resume, replace it with --force, or "
                      "choose another directory with --out"
                    : "choose another directory with --out");
}

// The first n lines of a file, fewer if it has fewer; a torn last line does not count.
std::string first_lines(const std::string& text, std::uint64_t n) {
    std::size_t end = 0;
    for (std::size_t next; n > 0 && (next = text.find('\n', end)) != std::string::npos; --n)
        end = next + 1;
    return text.substr(0, end);
}

// Lines of a log by phase, in their order.
std::vector<std::size_t> phase_lengths(const std::string& path) {
    std::vector<std::size_t> lengths;
    std::ifstream log(path);
    std::string before;
    for (std::string line; std::getline(log, line);) {
        const std::string phase = line.substr(0, line.find("\"iteration\"")); // its beginning
        if (lengths.empty() || phase != before)
            lengths.push_back(0);
        ++lengths.back();
        before = phase;
    }
    return lengths;
}

} // namespace

std::vector<Progress> read_history(const std::string& directory,
                                   const std::vector<std::string>& names) {
    const std::string path = directory + "/log.jsonl";
    const std::vector<std::size_t> lengths = phase_lengths(path);
    const std::size_t most =
        std::max(kFewestOfPhase, kMostHistory / std::max<std::size_t>(1, lengths.size()));
    std::vector<Progress> history;
    std::ifstream log(path);
    std::size_t phase = 0, at = 0, number = 1;
    for (std::string line; phase < lengths.size() && std::getline(log, line); ++number) {
        const std::size_t n = lengths[phase], every = (n + most - 1) / most;
        if (at % every == 0 || at + 1 == n) // of each phase the last one, too: a rule may be of it
            if (std::optional<Progress> progress = parse_progress(line, names)) {
                progress->of_run = number;
                history.push_back(std::move(*progress));
            }
        if (++at == n)
            ++phase, at = 0;
    }
    return history;
}

void require_own_files(const std::string& directory) {
    for (const char* name : kFiles)
        require_own_file(fs::path(directory) / name);
    for (const char* name : {kMark, kLock})
        require_own_file(fs::path(directory) / name);
}

struct RunDirectory::Impl {
    fs::path path;
    RunFacts facts;
    std::uint64_t seed = 0;
    std::string task; // in the order of its search, which may differ from that of task.toml
    std::vector<std::string> coefficients;
    const char* log_name;
    int lock = -1, log = -1;
    std::chrono::steady_clock::time_point saved{};

    Impl(const std::string& directory, const Task& of, const RunFacts& run_facts, RunKind kind)
        : path(directory), facts(run_facts), seed(of.run.seed), task(to_toml(of)),
          coefficients(coefficient_names(of)),
          log_name(kind == RunKind::search ? "log.jsonl" : "restarts.jsonl") {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        for (const int descriptor : {log, lock})
            if (descriptor >= 0)
                ::close(descriptor);
    }

    std::string file(const char* name) const { return (path / name).string(); }

    [[noreturn]] void fail(const char* name) const {
        throw Error(Exit::io,
                    fmt::format("cannot write '{}': {}", file(name), std::strerror(errno)));
    }

    // Held until the process ends, however it does.
    void take_lock() {
        require_own_file(path / kLock);
        lock = ::open(file(kLock).c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (lock < 0)
            fail(kLock);
        if (::flock(lock, LOCK_EX | LOCK_NB) == 0)
            return;
        if (errno == EWOULDBLOCK)
            throw Error(Exit::usage,
                        fmt::format("another process is working on '{}'", path.string()),
                        "wait for it to end, or choose another directory with --out");
        fail(kLock);
    }

    void open_log() {
        log = ::open(file(log_name).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                     0666);
        if (log < 0)
            fail(log_name);
    }
};

RunDirectory::RunDirectory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunDirectory::RunDirectory(RunDirectory&&) noexcept = default;
RunDirectory& RunDirectory::operator=(RunDirectory&&) noexcept = default;
RunDirectory::~RunDirectory() = default;

RunDirectory RunDirectory::create(const std::string& path, bool force, const Task& task,
                                  const RunFacts& facts, const Rule* init, RunKind kind) {
    make_directory(path);
    // Before there is a lock: a directory that is no run is left as it is.
    refuse_what_is_there(path, force);
    auto impl = std::make_unique<Impl>(path, task, facts, kind);
    impl->take_lock();
    refuse_what_is_there(path, force); // another process may have ended a run meanwhile
    remove_run(path);
    impl->facts.task_checksum = carve::cli::checksum(impl->task);
    write_file_atomically(impl->file(kMark), facts_json(task, impl->facts));
    impl->open_log(); // before the task, without which no run can continue: its name tells the kind
    if (init)
        write_file_atomically(impl->file("init.toml"), to_toml(*init));
    write_file_atomically(impl->file("task.toml"), impl->task);
    return RunDirectory(std::move(impl));
}

RunDirectory RunDirectory::open(const std::string& path, const Task& task, const RunFacts& facts,
                                std::uint64_t logged, RunKind kind) {
    auto impl = std::make_unique<Impl>(path, task, facts, kind);
    require_own_files(path);
    impl->take_lock();
    const std::string begun = read_file(impl->file(kMark));
    if (const RunFacts known = parse_facts(begun); !known.argv.empty())
        impl->facts.argv = known.argv; // that began it
    if (const std::string input = changed_input(begun, facts); !input.empty())
        throw Error(Exit::data,
                    fmt::format("'{}' has changed since '{}' was begun with it", input, path),
                    "put the file back, or start again in another directory");
    impl->facts.task_checksum = carve::cli::checksum(read_file(impl->file("task.toml")));
    const std::string log = impl->file(impl->log_name);
    write_file_atomically(log, fs::exists(log) ? first_lines(read_file(log), logged) : "");
    impl->open_log();
    return RunDirectory(std::move(impl));
}

void RunDirectory::log(const Progress& progress) {
    append(progress_json(progress, impl_->coefficients));
}

void RunDirectory::append(const std::string& text) {
    // One write: a line is there or, when the disk is full, torn; then the rest tells the reason.
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t n = ::write(impl_->log, text.data() + at, text.size() - at);
        if (n < 0 && errno != EINTR)
            impl_->fail(impl_->log_name);
        at += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
}

void RunDirectory::save(const Snapshot& snapshot, double seconds, bool now) {
    const auto time = std::chrono::steady_clock::now();
    if (!now && time - impl_->saved < kCheckpointInterval)
        return;
    const Checkpoint checkpoint{impl_->seed, seconds, snapshot, impl_->task, impl_->coefficients};
    write_file_atomically(file("checkpoint.bin"), encode_checkpoint(checkpoint), Previous::keep);
    impl_->saved = std::chrono::steady_clock::now();
}

void RunDirectory::finish(const Task& task, SearchResult result, double seconds, const Page& page) {
    impl_->facts.memory = peak_memory();
    for (std::string& remark : remarks(task, result))
        impl_->facts.warnings.push_back(std::move(remark));
    result.history = read_history(impl_->path.string(), impl_->coefficients);
    Rule rule;
    rule.source =
        fmt::format("carve {}, task {}, seed {}", carve_version(), task.name, task.run.seed);
    rule.projections = result.rules;
    write_file_atomically(impl_->file("rule.toml"), to_toml(rule));
    write_file_atomically(impl_->file("report.html"), page(task, result, impl_->facts, seconds));
    // Last: a directory with a result.json is a finished run.
    write_file_atomically(impl_->file("result.json"),
                          result_json(task, result, impl_->facts, seconds));
}

const std::string& RunDirectory::path() const { return impl_->path.native(); }
std::string RunDirectory::file(const std::string& name) const { return impl_->file(name.c_str()); }
std::uint64_t RunDirectory::task_checksum() const { return impl_->facts.task_checksum; }

} // namespace carve::cli
