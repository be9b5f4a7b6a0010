// calls.hpp: what calls of the C ABI share.
#pragma once
#include "task.hpp"

#include <carve.h>
#include <cstdint>
#include <string>

namespace carve::cli {

// Of run.lane_bytes; where that has not been chosen (host.hpp), the library's own default.
std::uint32_t lane_bytes_of(const RunSettings& run);
// Of run.isa.
std::uint32_t isa_of(const std::string& name);
// What n_steps steps of a network without inputs take.
carve_step steps_of(std::uint64_t n_steps);
// Throws Error(internal) that names the call, unless status is CARVE_OK.
void check_status(carve_status status, const char* call);

} // namespace carve::cli
