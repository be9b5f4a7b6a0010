// spiking_model.hpp: what only spiking models are checked for.
#pragma once
#include "description.hpp"
#include "fault.hpp"

namespace carve {

Fault check_spiking_population(const Model& m, const Population& p, const Place& place) noexcept;
// The numbers of a population's rate probe.
Fault check_rate_probe(const Population& p, std::uint32_t precision, const Place& place) noexcept;
Fault check_spiking_projection(const Model& m, const Projection& p, const Place& place) noexcept;
// Whether the lanes may be targets: what is to be otherwise.
Fault check_targets(const Model& m) noexcept;

// The graph of a projection with CARVE_CONNECT_LIST, as the caller has it.
struct ListedGraph {
    const std::uint32_t *row_start, *pre; // [n_post + 1], [n_synapses]
};
Fault check_graph(const Model& m, const ListedGraph& graph, std::uint32_t projection) noexcept;

} // namespace carve
