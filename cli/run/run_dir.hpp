// run_dir.hpp: the directory that a search leaves behind. docs/files.md describes its files.
#pragma once
#include "facts.hpp"
#include "search.hpp"
#include "task.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carve::cli {

// Of a run's log.jsonl, thinned out to what a report can show. names: of the coefficients.
std::vector<Progress> read_history(const std::string& directory,
                                   const std::vector<std::string>& names);

// What a directory is the run of; its log has a line per iteration, or per restart.
enum class RunKind { search, exploration };

// Throws Error(data) where a link, a pipe or a directory stands in the place of one of a run's files:
// each is a regular file with one name.
void require_own_files(const std::string& directory);

class RunDirectory {
  public:
    // Makes the directory (and the ones above it) and writes task.toml and carve.json, and the rule
    // that the search starts from where there is one. A directory that holds more than the first
    // files of a run without a checkpoint is refused with Error(usage) unless it holds a run and
    // `force`, which removes the files that carve writes and no others;
    // one that another process works on is refused always. Every failed write, here and below, is
    // Error(io) with file and reason.
    static RunDirectory create(const std::string& path, bool force, const Task& task,
                               const RunFacts& facts, const Rule* init,
                               RunKind kind = RunKind::search);
    // A run to resume, whose log keeps its first `logged` lines. Throws Error(data) where an
    // input file is another one than at its beginning.
    static RunDirectory open(const std::string& path, const Task& task, const RunFacts& facts,
                             std::uint64_t logged, RunKind kind = RunKind::search);
    RunDirectory(RunDirectory&&) noexcept;
    RunDirectory& operator=(RunDirectory&&) noexcept;
    ~RunDirectory();

    // Appends a line to log.jsonl, or to restarts.jsonl of an exploration; text ends with a
    // newline.
    void log(const Progress& progress);
    void append(const std::string& text);

    // Writes a checkpoint if none has been written for two seconds (a save waits for the disk), or
    // with `now` at once. seconds: that the run has taken.
    void save(const Snapshot& snapshot, double seconds, bool now);

    // Makes report.html of a result, with the history that the log has, and the facts of the run.
    using Page = std::function<std::string(const Task& task, const SearchResult& result,
                                           const RunFacts& facts, double seconds)>;
    // Writes rule.toml, result.json and report.html.
    void finish(const Task& task, SearchResult result, double seconds, const Page& page);

    const std::string& path() const;
    std::string file(const std::string& name) const; // path of a file in the directory
    std::uint64_t task_checksum() const;             // XXH3-64 of task.toml

  private:
    struct Impl;
    explicit RunDirectory(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace carve::cli
