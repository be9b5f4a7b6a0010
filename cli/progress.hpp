// progress.hpp: how far a search is, on one line of a terminal, or on a plain line now and then.
#pragma once
#include "search.hpp"

#include <cstdint>
#include <ostream>
#include <string>

namespace carve::cli {

class ProgressLine {
  public:
    enum class Style { bar, lines, quiet };
    // iterations: of the whole search, as far as one knows beforehand.
    ProgressLine(std::ostream& out, Style style, std::uint64_t iterations);
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
    std::size_t width_ = 0; // of the bar's line on the screen
};

// "0:07", "12:34", "3:02:01".
std::string duration(double seconds);

} // namespace carve::cli
