// explain.hpp: words for what went wrong.
#pragma once
#include "fault.hpp"

#include <cstddef>

namespace carve {

const char* status_text(carve_status status) noexcept; // never null
// Writes the caller's fault, unless that is null, and returns its status.
carve_status report(const Fault& fault, carve_fault* out) noexcept;

} // namespace carve
