// free_weights.hpp: where initial weights may be free (M23).
#pragma once
#include "description.hpp"
#include "fault.hpp"

namespace carve {

// Of projection i, whose initial weights are free.
Fault check_free_weights(const Model& m, const Projection& p, std::uint32_t i) noexcept;

} // namespace carve
