// kernels.hpp: what one instruction set offers for one element type. Contains no SIMD.
#pragma once
#include "plan.hpp"

namespace carve {

// Advances every lane block of a sim; inputs as carve_sim_step takes them. Sets the lanes' frozen
// entries; steps and n_frozen of the head are the caller's business.
using StepKernel = void (*)(Sim& sim, const void* const* inputs, std::uint64_t n_steps) noexcept;

// Null if the instruction set is not compiled in.
StepKernel step_kernel(std::uint32_t isa, std::uint32_t precision) noexcept;
bool isa_compiled(std::uint32_t isa) noexcept;
bool isa_usable(std::uint32_t isa) noexcept; // compiled, and this machine and its system support it
std::uint32_t best_isa() noexcept;

} // namespace carve
