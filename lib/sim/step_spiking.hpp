// step_spiking.hpp: the steps of spiking models.
#pragma once
#include "sim.hpp"

namespace carve {

carve_status check_recorder(const Sim& sim, const carve_recorder& recorder) noexcept;
carve_status step_spiking(Sim& sim, const void* const* inputs, std::uint64_t n_steps,
                          carve_recorder* recorder) noexcept;

} // namespace carve
