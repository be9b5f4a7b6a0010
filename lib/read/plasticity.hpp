// plasticity.hpp: the uses of rules by a model's projections, read from the caller's structs and checked. A
// projection's first use is described with it, and further ones are elements after all projections.
#pragma once
#include "description.hpp"
#include "fault.hpp"

namespace carve {

Fault read_use(const carve_plasticity* all, Projection& onto, std::uint32_t projection,
               std::uint32_t use) noexcept;
// Of rules by the projections before one, after their first.
std::uint32_t count_further_uses(const carve_model* from, std::uint32_t projection) noexcept;
// Which fields of a projection and its use are read.
std::uint32_t readers_of(const Projection& p, const Model& m) noexcept;
// All uses by projection i.
Fault check_plasticity(const Model& m, const Projection& p, std::uint32_t i) noexcept;
// How many uses there are; and that a block has further ones where its projections say, which are
// what these are but for the rule and how it is used.
Fault check_uses(const Model& m) noexcept;

} // namespace carve
