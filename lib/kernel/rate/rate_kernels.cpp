// rate_kernels.cpp: the time loops of networks of rates, lane block by lane block.
#include "adjoint.hpp"
#include "afferent_step.hpp"
#include "kernel_entry.hpp"

namespace carve {

namespace {

// Calls work with every part of the sim's lane blocks that a register holds.
template <class Work>
void for_each_block(Sim& sim, const void* const* inputs, std::uint64_t n_steps, bool plastic,
                    Work work) noexcept {
    with_block_width(sim, [&](auto pack) noexcept {
        using P = decltype(pack);
        for (std::size_t block = 0; block < sim.n_blocks; ++block)
            for (std::size_t lane = 0; lane < P::width; lane += P::lanes) {
                Steps<P> steps(Block<P>(sim, block, lane, inputs, n_steps, plastic));
                work(steps);
            }
    });
}

template <class P>
void sweep(Steps<P>& steps, const double* const* dloss_dw, double* gradient) noexcept {
    AdjointSweep<P>(steps, dloss_dw, gradient).run();
}

} // namespace

void CARVE_KERNEL(step)(Sim& sim, const void* const* inputs, std::uint64_t n_steps,
                        bool plastic) noexcept {
    if constexpr (built(feature::rates | feature::lane_blocks)) {
        if (sim.neighbours > 1) {
            using P = Pack<CARVE_REAL, kAfferents * sizeof(CARVE_REAL)>;
            for (std::size_t replica = 0; replica < sim.n_blocks; ++replica)
                AfferentSteps<P>(sim, replica, inputs, n_steps, plastic).run();
            return;
        }
    }
    if constexpr (built(feature::rates))
        for_each_block(sim, inputs, n_steps, plastic, [](auto& steps) noexcept { steps.run(); });
}

void CARVE_KERNEL(adjoint)(Sim& sim, const void* const* inputs, const double* const* dloss_dw,
                           double* gradient) noexcept {
    if constexpr (built(feature::rates | feature::adjoint)) {
        const std::uint64_t n_steps = sim.steps;
        sim.steps = 0; // the sweep is a call that starts at the reset
        for_each_block(sim, inputs, n_steps, true,
                       [=](auto& steps) noexcept { sweep(steps, dloss_dw, gradient); });
        sim.steps = n_steps;
    }
}

} // namespace carve
