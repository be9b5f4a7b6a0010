// explain.hpp: words for what went wrong.
#pragma once
#include "fault.hpp"

#include <cstddef>

namespace carve {

const char* status_text(carve_status status) noexcept; // never null
// Like snprintf: "projections[1].w_max is 0; it must be above w_min", "" without a fault.
std::size_t explain(const Fault& fault, char* out, std::size_t bytes) noexcept;

} // namespace carve
