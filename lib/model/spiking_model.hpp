// spiking_model.hpp: defaults and validation of what only spiking models have.
#pragma once
#include "model.hpp"

namespace carve {

void set_spiking_defaults(carve_population& p) noexcept;

// A model is made of rates or of spikes; fields of the other kind keep their defaults.
Fault check_one_kind_of_model(const carve_model& m) noexcept;
Fault check_spiking_population(const carve_population& p, std::uint32_t i) noexcept;
Fault check_spiking_projection(const carve_model& m, const carve_projection& p,
                               std::uint32_t i) noexcept;
Fault check_spike_rule(const carve_rule& r, std::uint32_t i) noexcept;

// Terms of a spike rule by what they read.
constexpr std::uint64_t kReadsX = 0xFC00000u, kReadsO = 0xE380000u; // at postsynaptic spikes
constexpr std::uint64_t kReadsY = 0xFC00u, kReadsR = 0xE380u;       // at presynaptic spikes

} // namespace carve
