// connect.hpp: which units of a sparse projection are connected.
#pragma once
#include "plan.hpp"
#include "spiking_model.hpp"

namespace carve {

// Draws the graph of a projection, if it is one that is drawn, and makes the index by presynaptic units.
void connect(Sim& sim, std::uint32_t projection) noexcept;
// With target lanes: takes the graph of a projection, if it is one that the caller lists.
void take_graph(Sim& sim, std::uint32_t projection, const ListedGraph& graph) noexcept;

} // namespace carve
