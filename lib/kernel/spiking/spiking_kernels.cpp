// spiking_kernels.cpp: the time loop of spiking networks.
#include "kernel_entry.hpp"
#include "spiking_step.hpp"

namespace carve {

void CARVE_KERNEL(spike)(Sim& sim, const SpikeChunk& chunk) noexcept {
    if constexpr (built(feature::spikes))
        with_block_width(
            sim, [&](auto pack) noexcept { SpikingSteps<decltype(pack)>(sim, chunk).run(); });
}

} // namespace carve
