// host.hpp: what this machine and this build offer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

// Threads to use: `asked`, or if that is 0 SLURM_CPUS_PER_TASK if it is set. At most the processors
// in the affinity mask of this process, shared with the other ranks.
std::uint64_t threads_to_use(std::uint64_t asked);

// All instruction sets but "auto".
struct Isa {
    std::string name;
    bool compiled, usable;
};
std::vector<Isa> instruction_sets();
std::string build_text(); // "g++ 12.2.0, release"

std::size_t peak_memory(); // bytes, of this process at its largest so far

} // namespace carve::cli
