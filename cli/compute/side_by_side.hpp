// side_by_side.hpp: whole jobs, such as the searches of an exploration, shared out over the threads of
// this process and under mpirun over ranks, each rank on its own. What jobs return, and the order in
// which it is taken, do not depend on how they were shared out.
#pragma once
#include "slots.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace carve::cli {

struct SideBySide {
    std::vector<std::size_t> jobs; // their numbers, ascending; those of the first rank count
    std::size_t threads;           // of this rank, at least 1
    std::size_t most;              // jobs at once in this rank, at least 1
};

// Calls work(job, threads) once for each job, and taken(job, result) in the first rank, in the order
// of the jobs, by the calling thread. A job that was interrupted has no result, and those after it
// are not taken. All ranks call it. Of few jobs for many ranks, each is done by all ranks together.
// Returns the signal that came, or 0, in all ranks; throws what a job has thrown.
using Taken = std::function<void(std::size_t job, const std::string& result)>;
int side_by_side(const SideBySide& plan, const Slots::Work& work, const Taken& taken);

} // namespace carve::cli
