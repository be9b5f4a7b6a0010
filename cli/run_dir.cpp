#include "run_dir.hpp"
#include "atomic_file.hpp"
#include "checkpoint.hpp"
#include "error.hpp"
#include "report.hpp"
#include "result.hpp"

#include "carve.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <unistd.h>

namespace fs = std::filesystem;

namespace carve::cli {
namespace {

// carve.json is written first and removed last: it marks the others as ours.
constexpr const char* kMark = "carve.json";
constexpr std::array<const char*, 7> kFiles = {"task.toml",           "log.jsonl", "checkpoint.bin",
                                               "checkpoint.bin.prev", "rule.toml", "result.json",
                                               "report.html"};
constexpr std::chrono::seconds kCheckpointInterval{2};

void remove_file(const fs::path& path) {
    std::error_code error;
    fs::remove(path, error);
    if (error)
        throw Error(Exit::io,
                    fmt::format("cannot remove '{}': {}", path.string(), error.message()));
}

// Those that carve wrote. A directory that merely has files of the same names is not touched.
void remove_run(const fs::path& directory) {
    const bool ours = fs::exists(directory / kMark);
    for (const char* name : kFiles) {
        if (!ours && fs::exists(fs::symlink_status(directory / name)))
            throw Error(Exit::usage,
                        fmt::format("'{}' holds a {} that no run of carve wrote (there is no {})",
                                    directory.string(), name, kMark),
                        "choose another directory with --out");
        if (ours) {
            remove_file(directory / name);
            remove_file(directory / (std::string(name) + ".partial"));
        }
    }
    remove_file(directory / (std::string(kMark) + ".partial"));
    remove_file(directory / kMark);
}

void prepare_directory(const fs::path& directory, bool force) {
    std::error_code error;
    fs::create_directories(directory, error);
    if (fs::exists(directory) && !fs::is_directory(directory))
        throw Error(Exit::usage, fmt::format("'{}' is not a directory", directory.string()),
                    "choose another directory with --out");
    if (error)
        throw Error(Exit::io, fmt::format("cannot make directory '{}': {}", directory.string(),
                                          error.message()));
    const bool empty = fs::is_empty(directory, error);
    if (error)
        throw Error(Exit::io, fmt::format("cannot read directory '{}': {}", directory.string(),
                                          error.message()));
    if (empty)
        return;
    if (!force)
        throw Error(Exit::usage, fmt::format("'{}' is not empty", directory.string()),
                    "replace the run in it with --force, or choose another directory with --out");
    remove_run(directory);
}

} // namespace

struct RunDirectory::Impl {
    fs::path path;
    RunFacts facts;
    std::uint64_t seed = 0, task_checksum = 0;
    bool reference = false;
    int log = -1;
    std::optional<Progress> held_back; // newer than checkpoint.bin
    std::chrono::steady_clock::time_point saved{};
    bool saved_any = false;

    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        if (log >= 0)
            ::close(log);
    }

    std::string file(const char* name) const { return (path / name).string(); }

    void open_log() {
        log = ::open(file("log.jsonl").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (log < 0)
            throw Error(Exit::io, fmt::format("cannot write '{}': {}", file("log.jsonl"),
                                              std::strerror(errno)));
    }

    void save(const Progress& p) {
        Checkpoint c;
        c.seed = seed;
        c.task_checksum = task_checksum;
        c.phase = p.phase;
        c.iteration = p.iteration;
        c.total = p.total;
        c.evaluations = p.evaluations;
        c.diverged = p.diverged;
        c.loss = p.loss;
        c.step = p.step;
        c.angle = p.angle;
        c.theta = p.theta;
        write_file_atomically(file("checkpoint.bin"), encode_checkpoint(c), Previous::keep);
        held_back.reset();
        saved = std::chrono::steady_clock::now();
        saved_any = true;
    }
};

RunDirectory::RunDirectory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunDirectory::RunDirectory(RunDirectory&&) noexcept = default;
RunDirectory& RunDirectory::operator=(RunDirectory&&) noexcept = default;
RunDirectory::~RunDirectory() = default;

RunDirectory RunDirectory::create(const std::string& path, bool force, const Task& task,
                                  const RunFacts& facts) {
    prepare_directory(path, force);
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    impl->facts = facts;
    impl->seed = task.run.seed;
    impl->reference = names_reference(task);
    const std::string text = to_toml(task);
    impl->task_checksum = carve::cli::checksum(text);
    write_file_atomically(impl->file(kMark), facts_json(task, facts, impl->task_checksum));
    write_file_atomically(impl->file("task.toml"), text);
    impl->open_log();
    return RunDirectory(std::move(impl));
}

void RunDirectory::log(const Progress& progress) {
    const std::string line = progress_json(progress, impl_->reference);
    // One write: a line is there or, when the disk is full, torn; then the rest tells the reason.
    for (std::size_t at = 0; at < line.size();) {
        const ssize_t n = ::write(impl_->log, line.data() + at, line.size() - at);
        if (n < 0 && errno != EINTR)
            throw Error(Exit::io, fmt::format("cannot write '{}': {}", file("log.jsonl"),
                                              std::strerror(errno)));
        at += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
}

void RunDirectory::checkpoint(const Progress& progress, When when) {
    const bool due =
        !impl_->saved_any || std::chrono::steady_clock::now() - impl_->saved >= kCheckpointInterval;
    if (due || when == When::now)
        impl_->save(progress);
    else
        impl_->held_back = progress;
}

void RunDirectory::finish(const Task& task, const SearchResult& result, double seconds) {
    if (impl_->held_back)
        impl_->save(Progress(*impl_->held_back));
    Rule rule;
    rule.source =
        fmt::format("carve {}, task {}, seed {}", carve_version(), task.name, task.run.seed);
    rule.projections = result.rules;
    write_file_atomically(impl_->file("rule.toml"), to_toml(rule));
    write_file_atomically(impl_->file("report.html"),
                          report_html(task, result, impl_->facts, seconds));
    // Last: a directory with a result.json is a finished run.
    write_file_atomically(impl_->file("result.json"),
                          result_json(task, result, impl_->facts, seconds));
}

const std::string& RunDirectory::path() const { return impl_->path.native(); }
std::string RunDirectory::file(const std::string& name) const { return impl_->file(name.c_str()); }
std::uint64_t RunDirectory::task_checksum() const { return impl_->task_checksum; }

} // namespace carve::cli
