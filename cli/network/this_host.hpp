// this_host.hpp: what of a task's run depends on the machine that it is on.
#pragma once
#include "task.hpp"

#include <cstdint>
#include <string>

namespace carve::cli {

// Bytes of a lane block to use: run.lane_bytes, or if that is 0 the one of 32 and 64 with which
// the stages of the search take less time here, estimated from the numbers of blocks and threads.
std::uint64_t lane_bytes_to_use(const Task& task);

// The instruction set that run.isa means on this machine. Throws Error(usage) if it cannot be used.
std::string isa_to_use(const Task& task);

// The task with run.threads and run.lane_bytes as the numbers that are to be used here.
Task for_this_host(const Task& task);

} // namespace carve::cli
