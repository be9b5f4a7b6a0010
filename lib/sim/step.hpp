// step.hpp: what a call of carve_sim_step asks for, checked, and the steps of either kind of model.
#pragma once
#include "features.hpp"
#include "sim.hpp"

namespace carve {

carve_step default_step() noexcept;
// Copies a caller's struct of any version over the defaults, and checks what does not depend on the kind
// of model: steps from `first` on.
Fault read_step(const Sim& sim, const carve_step* from, std::uint64_t first,
                carve_step& step) noexcept;
// The stream of an input population, number `input` of the call.
Fault check_values(const Sim& sim, const carve_step& step, const Population& p,
                   std::uint32_t input) noexcept;
Fault step_sim(Sim& sim, const carve_step* step) noexcept;
Fault step_spiking(Sim& sim, const carve_step& step) noexcept;
// Back through all the steps since the reset.
Fault adjoint_sim(Sim& sim, const carve_step* steps, const double* const* dloss_dw,
                  double* gradient) noexcept;

} // namespace carve
