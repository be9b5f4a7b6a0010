// kernels.hpp: what one instruction set offers for one element type. Contains no SIMD.
#pragma once
#include "plan.hpp"

namespace carve {

struct SpikeChunk; // of steps whose poisson spikes are known

struct Kernels {
    // Advances every lane block of a sim; inputs as carve_sim_step takes them. Sets the lanes'
    // frozen entries; `steps` of the head is the caller's business.
    void (*step)(Sim& sim, const void* const* inputs, std::uint64_t n_steps, bool plastic) noexcept;
    // Goes back through all steps since the reset, as carve_sim_adjoint.
    void (*adjoint)(Sim& sim, const void* const* inputs, const double* const* dloss_dw,
                    double* gradient) noexcept;
    // As step, for a spiking model, with replica lanes and with target lanes.
    void (*spike)(Sim& sim, const SpikeChunk& chunk) noexcept;
    void (*targets)(Sim& sim, const SpikeChunk& chunk) noexcept;
};

// Of the sim's instruction set, which is compiled in. Blocks of one element, for which registers are of
// no use, take those of the scalar one, if there is one: the same bits, and a smaller library.
const Kernels& kernels_of(const Sim& sim) noexcept;
bool isa_compiled(std::uint32_t isa) noexcept;
bool isa_usable(std::uint32_t isa) noexcept; // compiled, and this machine and its system support it
std::uint32_t best_isa() noexcept;

} // namespace carve
