// model.hpp: the caller's description, read defensively: structs of another size are completed with
// defaults or refused, every field is checked, and the first fault is named.
#pragma once
#include "carve.h"

#include <cstddef>
#include <cstdint>

namespace carve {

struct Fault {
    carve_status status = CARVE_OK;
    const char* array = nullptr; // "projections", or null for the model itself
    std::uint32_t index = 0;
    const char* field = nullptr;
    double value = 0;
    const char* expected = nullptr; // "must be ..."
};

carve_population default_population() noexcept;
carve_projection default_projection() noexcept;
carve_rule default_rule() noexcept;
carve_model default_model() noexcept;
carve_loss default_loss() noexcept;

// Copies a caller's struct of another version over the defaults. False if it is shorter than the
// first version's or carries something beyond ours.
template <class T>
bool read_struct(const void* from, T& onto, std::size_t first_version_size) noexcept;

// Elements of a validated model.
carve_population population_at(const carve_model& model, std::uint32_t i) noexcept;
carve_projection projection_at(const carve_model& model, std::uint32_t i) noexcept;
carve_rule rule_at(const carve_model& model, std::uint32_t i) noexcept;

// Reads *from completely; on success `model` is complete and every element passes.
Fault read_model(const carve_model* from, carve_model& model) noexcept;

inline std::uint32_t count_terms(std::uint64_t terms) noexcept {
    std::uint32_t n = 0;
    for (; terms; terms &= terms - 1)
        ++n;
    return n;
}
// Whether the batch may be replaced by its moments (M9).
bool moments_possible(const carve_model& model) noexcept;
// Whether the lanes may be afferents.
bool afferents_possible(const carve_model& model) noexcept;

inline bool is_spiking(const carve_population& p) noexcept {
    return p.kind >= CARVE_POPULATION_POISSON;
}
inline bool is_spiking(const carve_model& m) noexcept {
    return is_spiking(population_at(m, 0));
} // of a validated model
inline bool is_lateral(const carve_projection& p) noexcept { return p.pre == p.post; }
inline bool is_plastic(const carve_projection& p) noexcept { return p.rule != CARVE_STATIC; }
inline std::uint32_t real_bytes(const carve_model& m) noexcept {
    return m.precision == CARVE_F32 ? 4 : 8;
}

} // namespace carve
