// sim.hpp: what is done with a sim: built in a block, taken over from a copy, reset, looked at.
#pragma once
#include "fault.hpp"
#include "plan.hpp"

namespace carve {

// Reads a model and measures a sim of it.
Fault measure(const carve_model* from, Model& model, std::uint64_t& bytes) noexcept;
Fault init_sim(void* memory, std::size_t bytes, const carve_model* model, Sim*& sim) noexcept;
Fault attach_sim(void* memory, std::size_t bytes, Sim*& sim) noexcept;
// What a reset leaves alone: learning rates, bounds, gains, poisson rates, windows.
void set_kept_arrays(Sim& sim) noexcept;
void reset_sim(Sim& sim, std::uint64_t seed, const std::uint64_t* streams) noexcept;
Fault clear_sim(Sim& sim, std::uint32_t parts) noexcept;
Fault view_sim(Sim& sim, std::uint32_t which, std::uint32_t index, carve_view& view) noexcept;
// The array of one replica, in double, in the order of its indices.
Fault read_array(const Sim& sim, std::uint32_t which, std::uint32_t index, std::uint32_t replica,
                 double* values, std::size_t n) noexcept;
Fault write_array(Sim& sim, std::uint32_t which, std::uint32_t index, std::uint32_t replica,
                  const double* values, std::size_t n) noexcept;
std::uint32_t count_frozen(const Sim& sim) noexcept;
// carve_sim_eliminate
struct Eliminated {
    double *value, *gradient, *matrix, *dw; // each may be null
};
Fault eliminate_sim(Sim& sim, std::uint32_t population, double precision, const double* dtheta,
                    const Eliminated& out) noexcept;

inline bool is_spiking(const Sim& sim) noexcept { return is_spiking(sim.model); }
inline std::size_t row_length(const Sim& sim) noexcept {
    return std::size_t{sim.lanes_per_block} * sim.neighbours;
}
// One element of an array [...][lane] of the sim's precision; lane of the whole sim, n elements a
// lane.
inline double value_of(const Sim& sim, Offset at, std::size_t k) noexcept {
    return sim.model.precision == CARVE_F32 ? static_cast<double>(array<float>(sim, at)[k])
                                            : array<double>(sim, at)[k];
}
inline double element_of(const Sim& sim, Offset at, std::size_t n, std::size_t i,
                         std::size_t lane) noexcept {
    const std::size_t w = sim.lanes_per_block;
    return value_of(sim, at, ((lane / w) * n + i) * w + lane % w);
}
inline bool is_frozen(const Sim& sim, std::size_t lane) noexcept {
    return array<std::uint64_t>(sim, sim.frozen)[lane] != 0;
}

} // namespace carve
