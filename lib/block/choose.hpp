// choose.hpp: what the plan decides before it places anything.
#pragma once
#include "plan.hpp"

namespace carve {

// The head of a model's block without the arrays' places.
Sim choose(const Model& m) noexcept;
// Rows of lanes that a population's units take.
std::uint32_t rows_of(const Population& p, std::uint64_t afferents) noexcept;
// Of a model that has moments_possible.
MomentLayout moment_layout_of(const Model& m, std::uint64_t coefficients) noexcept;

} // namespace carve
