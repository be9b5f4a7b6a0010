// progress.hpp: how far a search is, on one line of a terminal, or on a plain line now and then.
#pragma once
#include "search.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <ostream>
#include <string>

namespace carve::cli {

// Of the terminal that stderr is; else what COLUMNS says; else 80.
std::size_t columns_of_stderr();

class ProgressLine {
  public:
    enum class Style { bar, lines, quiet };
    // iterations: of the whole search, as far as one knows beforehand.
    // columns: of the terminal now, which people resize.
    ProgressLine(std::ostream& out, Style style, std::uint64_t iterations,
                 std::function<std::size_t()> columns = columns_of_stderr);
    // now: seconds on a monotonic clock.
    void update(const Progress& progress, double now);
    // Ends the bar's line, so that other text may follow.
    void finish();

    static Style style_for_stderr(bool quiet);

  private:
    std::string line(const Progress& progress, double now) const;

    std::ostream& out_;
    Style style_;
    std::uint64_t iterations_, done_ = 0;
    double start_ = -1, drawn_ = 0;
    std::string phase_;
    std::size_t width_ = 0; // of the bar's line on the screen, in columns
    std::function<std::size_t()> columns_;
};

// The line of searches that run side by side, each of which tells of itself from its own thread.
class SharedProgressLine {
  public:
    // each: "restart" or "seed"; all: " of 50", or ""; iterations: of one search; line: of all.
    SharedProgressLine(ProgressLine line, std::string each, std::string all,
                       std::uint64_t iterations);
    ~SharedProgressLine() { line_.finish(); }
    // number: by which the search is called.
    void update(std::uint64_t number, const Progress& progress, double now);
    void end(std::uint64_t number); // it is done, or was left
    // Ends the bar's line, so that other text may follow.
    void finish();

  private:
    struct Search {
        Progress last;
        std::uint64_t done = 0; // iterations
    };
    Progress summary();

    std::mutex mutex_;
    ProgressLine line_;
    std::string each_, all_;
    std::uint64_t iterations_;
    std::map<std::uint64_t, Search> running_; // [number]
    bool several_ = false;                    // were running at once
};

// "0:07", "12:34", "3:02:01".
std::string duration(double seconds);

} // namespace carve::cli
