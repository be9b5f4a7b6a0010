// cost.hpp: what a run will take, from a few of its iterations (docs/search.md).
#pragma once
#include "task.hpp"
#include "trial_source.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

struct PhaseCost {
    std::string name;
    std::uint64_t iterations = 0;
    double seconds = 0;
};

// Of the first start; each further one that the search needs takes as long, but for the report.
struct RunCost {
    std::vector<PhaseCost> phases;
    double seconds() const;
    std::size_t memory = 0; // bytes, of the whole process at its largest
};

// Times some iterations of each phase, on the task's own data, with horizons cut short where they
// are long. How many iterations elimination and refit take depends on the data: those are typical.
RunCost predict_cost(const Task& task, const TrialSource& source);

} // namespace carve::cli
