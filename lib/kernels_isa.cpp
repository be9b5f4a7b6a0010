// kernels_isa.cpp: built once per instruction set (CARVE_ISA) and element type (CARVE_REAL); see
// lib/meson.build. Picks the width of a lane block and runs the time loops block by block.
#include "adjoint.hpp"
#include "afferents.hpp"
#include "kernels.hpp"
#include "spiking.hpp"

namespace carve {

namespace {

// Calls work with the packs of the sim's lane blocks.
template <class Work> void with_block_width(const Sim& sim, Work work) noexcept {
    switch (sim.model.lane_bytes) {
    case 32:
        return work(Pack<CARVE_REAL, 32>::set(0));
    case 64:
        return work(Pack<CARVE_REAL, 64>::set(0));
    default: // one element
        return work(Pack<CARVE_REAL, sizeof(CARVE_REAL)>::set(0));
    }
}
// Calls work with every part of the sim's lane blocks that a register holds.
template <class Work>
void for_each_block(Sim& sim, const void* const* inputs, std::uint64_t n_steps,
                    Work work) noexcept {
    with_block_width(sim, [&](auto pack) noexcept {
        using P = decltype(pack);
        for (std::size_t block = 0; block < sim.n_blocks; ++block)
            for (std::size_t lane = 0; lane < P::width; lane += P::lanes) {
                Steps<P> steps(Block<P>(sim, block, lane, inputs, n_steps));
                work(steps);
            }
    });
}

void step(Sim& sim, const void* const* inputs, std::uint64_t n_steps) noexcept {
    if (sim.afferents > 1) {
        using P = Pack<CARVE_REAL, kAfferents * sizeof(CARVE_REAL)>;
        for (std::size_t replica = 0; replica < sim.n_blocks; ++replica)
            AfferentSteps<P>(sim, replica, inputs, n_steps).run();
        return;
    }
    for_each_block(sim, inputs, n_steps, [](auto& steps) noexcept { steps.run(); });
}

template <class P>
void sweep(Steps<P>& steps, const double* const* dloss_dw, double* gradient) noexcept {
    AdjointSweep<P>(steps, dloss_dw, gradient).run();
}
void adjoint(Sim& sim, const void* const* inputs, const double* const* dloss_dw,
             double* gradient) noexcept {
    const std::uint64_t n_steps = sim.steps;
    sim.steps = 0; // the sweep is a call that starts at the reset
    for_each_block(sim, inputs, n_steps,
                   [=](auto& steps) noexcept { sweep(steps, dloss_dw, gradient); });
    sim.steps = n_steps;
}

void spike(Sim& sim, const SpikeChunk& chunk) noexcept {
    with_block_width(sim,
                     [&](auto pack) noexcept { SpikingSteps<decltype(pack)>(sim, chunk).run(); });
}

} // namespace

#define CARVE_JOIN2(isa, real) kernels_##isa##_##real
#define CARVE_JOIN(isa, real) CARVE_JOIN2(isa, real)

extern const Kernels CARVE_JOIN(CARVE_ISA_NAME, CARVE_REAL_NAME);
const Kernels CARVE_JOIN(CARVE_ISA_NAME, CARVE_REAL_NAME) = {step, adjoint, spike};

} // namespace carve
