// connect.hpp: which units of a sparse projection are connected.
#pragma once
#include "plan.hpp"

namespace carve {

// Draws the graph of a projection, if it is one that is drawn, and makes the index by presynaptic units.
void connect(Sim& sim, std::uint32_t projection) noexcept;

} // namespace carve
