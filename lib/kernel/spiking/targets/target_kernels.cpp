// target_kernels.cpp: the time loop of spiking networks whose lanes are targets.
#include "kernel_entry.hpp"
#include "target_step.hpp"

namespace carve {

void CARVE_KERNEL(targets)(Sim& sim, const SpikeChunk& chunk) noexcept {
    // kAfferents floats or 8 doubles, in as many registers as the instruction set takes
    if constexpr (built(feature::spikes | feature::lane_blocks | feature::sparse))
        TargetSteps<Pack<CARVE_REAL, 64>>(sim, chunk).run();
}

} // namespace carve
