// spiking_sim.hpp: what a spiking model's sim does beyond that of rates: reset, steps, views.
#pragma once
#include "sim.hpp"

namespace carve {

void set_spiking_arrays(Sim& sim) noexcept; // what a reset leaves alone: base rates, gains, windows
void reset_spiking(Sim& sim) noexcept;
carve_status check_recorder(const Sim& sim, const carve_recorder& recorder) noexcept;
carve_status step_spiking(Sim& sim, const void* const* inputs, std::uint64_t n_steps,
                          carve_recorder* recorder) noexcept;
carve_status view_spiking(Sim& sim, std::uint32_t which, std::uint32_t index,
                          carve_view& view) noexcept;

} // namespace carve
