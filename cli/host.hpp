// host.hpp: what this machine and this build offer.
#pragma once
#include "task.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

// Threads to use: run.threads, or where that is 0 SLURM_CPUS_PER_TASK if it is set, and at most the
// processors that the affinity mask leaves to this process, shared with the other ranks.
std::uint64_t threads_to_use(const Task& task);

// Bytes of a lane block to use: run.lane_bytes, or where that is 0 the one of 32 and 64 with which
// the stages of the search take less time here, as the numbers of blocks and threads tell.
std::uint64_t lane_bytes_to_use(const Task& task);

// All instruction sets but "auto".
struct Isa {
    std::string name;
    bool compiled, usable;
};
std::vector<Isa> instruction_sets();
// The one that run.isa comes to here. Throws Error(usage) if it cannot be used.
std::string isa_to_use(const Task& task);

std::string build_text(); // "g++ 12.2.0, release"

std::size_t peak_memory(); // bytes, of this process at its largest so far

} // namespace carve::cli
