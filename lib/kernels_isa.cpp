// kernels_isa.cpp: built once per instruction set (CARVE_ISA) and element type (CARVE_REAL); see
// lib/meson.build. Picks the width of a lane block and runs the time loops block by block.
#include "adjoint.hpp"
#include "afferents.hpp"
#include "kernels.hpp"
#include "spiking.hpp"

namespace carve {

namespace {

// Calls work with every part of the sim's lane blocks that a register holds.
template <std::size_t lane_bytes, class Work>
void for_each_block(Sim& sim, const void* const* inputs, std::uint64_t n_steps,
                    Work work) noexcept {
    using P = Pack<CARVE_REAL, lane_bytes>;
    for (std::size_t block = 0; block < sim.n_blocks; ++block)
        for (std::size_t lane = 0; lane < P::width; lane += P::lanes) {
            Steps<P> steps(Block<P>(sim, block, lane, inputs, n_steps));
            work(steps);
        }
}
template <class Work>
void with_block_width(Sim& sim, const void* const* inputs, std::uint64_t n_steps,
                      Work work) noexcept {
    switch (sim.model.lane_bytes) {
    case 4:
        if constexpr (sizeof(CARVE_REAL) == 4)
            for_each_block<4>(sim, inputs, n_steps, work);
        break;
    case 8:
        for_each_block<8>(sim, inputs, n_steps, work);
        break;
    case 16:
        for_each_block<16>(sim, inputs, n_steps, work);
        break;
    case 32:
        for_each_block<32>(sim, inputs, n_steps, work);
        break;
    default:
        for_each_block<64>(sim, inputs, n_steps, work);
        break;
    }
}

void step(Sim& sim, const void* const* inputs, std::uint64_t n_steps) noexcept {
    if (sim.afferents > 1) {
        using P = Pack<CARVE_REAL, kAfferents * sizeof(CARVE_REAL)>;
        for (std::size_t replica = 0; replica < sim.n_blocks; ++replica)
            AfferentSteps<P>(sim, replica, inputs, n_steps).run();
        return;
    }
    with_block_width(sim, inputs, n_steps, [](auto& steps) noexcept { steps.run(); });
}

template <class P>
void sweep(Steps<P>& steps, const double* const* dloss_dw, double* gradient) noexcept {
    AdjointSweep<P>(steps, dloss_dw, gradient).run();
}
void adjoint(Sim& sim, const void* const* inputs, const double* const* dloss_dw,
             double* gradient) noexcept {
    const std::uint64_t n_steps = sim.steps;
    sim.steps = 0; // the sweep is a call that starts at the reset
    with_block_width(sim, inputs, n_steps,
                     [=](auto& steps) noexcept { sweep(steps, dloss_dw, gradient); });
    sim.steps = n_steps;
}

template <std::size_t lane_bytes> void spike_blocks(Sim& sim, const SpikeChunk& chunk) noexcept {
    SpikingSteps<Pack<CARVE_REAL, lane_bytes>>(sim, chunk).run();
}
void spike(Sim& sim, const SpikeChunk& chunk) noexcept {
    switch (sim.model.lane_bytes) {
    case 4:
        if constexpr (sizeof(CARVE_REAL) == 4)
            spike_blocks<4>(sim, chunk);
        break;
    case 8:
        spike_blocks<8>(sim, chunk);
        break;
    case 16:
        spike_blocks<16>(sim, chunk);
        break;
    case 32:
        spike_blocks<32>(sim, chunk);
        break;
    default:
        spike_blocks<64>(sim, chunk);
        break;
    }
}

} // namespace

#define CARVE_JOIN2(isa, real) kernels_##isa##_##real
#define CARVE_JOIN(isa, real) CARVE_JOIN2(isa, real)

extern const Kernels CARVE_JOIN(CARVE_ISA_NAME, CARVE_REAL_NAME);
const Kernels CARVE_JOIN(CARVE_ISA_NAME, CARVE_REAL_NAME) = {step, adjoint, spike};

} // namespace carve
