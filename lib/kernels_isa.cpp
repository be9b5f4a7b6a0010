// kernels_isa.cpp: built once per instruction set (CARVE_ISA) and element type (CARVE_REAL); see
// lib/meson.build. Picks the width of a lane block and runs the time loop block by block.
#include "kernels.hpp"
#include "step.hpp"

namespace carve {

namespace {

template <std::size_t lane_bytes>
void step_blocks(Sim& sim, const void* const* inputs, std::uint64_t n_steps) noexcept {
    using P = Pack<CARVE_REAL, lane_bytes>;
    for (std::size_t block = 0; block < sim.n_blocks; ++block)
        for (std::size_t lane = 0; lane < P::width; lane += P::lanes) {
            Steps<P> steps(Block<P>(sim, block, lane, inputs, n_steps));
            steps.run();
        }
}

} // namespace

#define CARVE_JOIN2(isa, real) step_##isa##_##real
#define CARVE_JOIN(isa, real) CARVE_JOIN2(isa, real)

void CARVE_JOIN(CARVE_ISA_NAME, CARVE_REAL_NAME)(Sim& sim, const void* const* inputs, std::uint64_t n_steps) noexcept {
    switch (sim.model.lane_bytes) {
    case 4:
        if constexpr (sizeof(CARVE_REAL) == 4) step_blocks<4>(sim, inputs, n_steps);
        break;
    case 8: step_blocks<8>(sim, inputs, n_steps); break;
    case 16: step_blocks<16>(sim, inputs, n_steps); break;
    case 32: step_blocks<32>(sim, inputs, n_steps); break;
    default: step_blocks<64>(sim, inputs, n_steps); break;
    }
}

} // namespace carve
