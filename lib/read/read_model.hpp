// read_model.hpp: the caller's structs, read defensively: of another version they are completed or
// refused, every field is checked, and the first fault is named.
#pragma once
#include "description.hpp"
#include "fault.hpp"
#include "spiking_model.hpp"

namespace carve {

// On success `model` reads its elements from the caller's structs, each of which passes.
Fault read_model(const carve_model* from, Model& model) noexcept;
// Of a projection with CARVE_CONNECT_LIST of a model that has been read.
ListedGraph listed_graph(const carve_model* from, std::uint32_t projection) noexcept;
// Whether memory that is about to be written holds a part of a model that has been read.
bool holds_model(const void* memory, std::uint64_t bytes, const carve_model* from) noexcept;
// The probe of the weights of projection i; here: the probe's parameters.
Fault check_weights_probe(const Model& m, std::uint32_t i, const Projection& p,
                          const Place& here) noexcept;
// The probe of the trajectory of population i; here: the probe's parameters.
Fault check_trajectory_probe(const Model& m, std::uint32_t i, const Population& p,
                             const Place& here) noexcept;
// The same checks of descriptions, which are in a block.
Fault check_model(const Model& model) noexcept;

} // namespace carve
