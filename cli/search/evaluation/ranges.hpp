// ranges.hpp: the `accept` of probes, ranges that must hold: by how much a rule misses them (docs/search.md,
// Ranges of probes).
#pragma once
#include "task.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace carve::cli {

// By how much a value misses a range, in widths of it; where one end is open in sizes of the other, and as
// it is where that end is 0. 0 within, infinite of what is not a number.
double excess(const task::Range& range, double value);

// The probes of a task that have a range.
class Ranges {
  public:
    explicit Ranges(const Task& task);

    std::size_t size() const { return ranges_.size(); }
    // Of a probe among the values that a simulation observes.
    std::size_t at(std::size_t k) const { return at_[k]; }
    // The sum over probes of the excess of the mean over trials, values[trial][probe]. Trials that diverged are
    // left out; infinite where none is left, or where one that diverged rules the candidate out.
    double violation(const std::vector<std::vector<double>>& values,
                     const std::vector<std::int64_t>& frozen, BlowUp blow_up) const;

  private:
    std::vector<task::Range> ranges_;
    std::vector<std::size_t> at_;
};

} // namespace carve::cli
