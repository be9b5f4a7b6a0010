// memory_need.hpp: what a search holds in memory at least, before anything is drawn.
#pragma once
#include "task.hpp"
#include "trial_source.hpp"

#include <cstddef>

namespace carve::cli {

struct MemoryNeed { // bytes, as doubles: products of a task's numbers may pass 2^64
    double data = 0, simulations = 0;
    double total() const { return data + simulations; }
};

// A lower bound: trials that are held together, and the simulations on them.
// In spiking tasks, whose trials are small, the drawn weights only.
MemoryNeed memory_need(const Task& task, const TrialSource& source);

// Throws Error(resource) with the need and the limit where that is more than this process may have:
// the smallest of its address space (RLIMIT_AS), its control group's limit, and what the machine has
// free.
void require_memory(const Task& task, const TrialSource& source);
// Of `most` searches that run at once, those that fit there; at least 1.
std::size_t searches_that_fit(const Task& task, const TrialSource& source, std::size_t most);

} // namespace carve::cli
