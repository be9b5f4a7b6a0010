// plan.hpp: what a search has before it, in numbers that need no measurement (cost.hpp has the others).
#pragma once
#include "task.hpp"
#include "trial_source.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace carve::cli {

struct Plan {
    std::size_t bytes = 0;        // of the sims of the largest stage, or of what judges its rule
    std::uint64_t iterations = 0; // of the stages of a start
    std::uint64_t evaluations =
        0; // of the stages of a start, with derivatives where the method has them
    std::string form;
};

Plan make_plan(const Task& task, const TrialSource& source);

} // namespace carve::cli
