// possible.cpp: which forms and layouts a model allows.
#include "description.hpp"

namespace carve {

namespace {

// One projection from a fixed batch to a linear population, which may have one within it.
bool linear_layer_on_a_batch(const Model& m) noexcept {
    if (m.n_populations != 2 || m.n_projections > 2 || has_memory(m) || has_trajectory(m))
        return false;
    const Population input = m.populations[0], output = m.populations[1];
    if (input.kind == CARVE_POPULATION_RATE || !input.fixed ||
        output.kind != CARVE_POPULATION_RATE || output.activation != CARVE_ACTIVATION_LINEAR)
        return false;
    std::uint32_t n_lateral = 0;
    for (std::uint32_t k = 0; k < m.n_projections; ++k)
        n_lateral += is_lateral(m.projections[k]);
    return n_lateral + 1 == m.n_projections;
}

} // namespace

bool has_trajectory(const Model& m) noexcept {
    bool any = false;
    for (std::uint32_t i = 0; i < m.n_populations; ++i)
        any = any || m.populations[i].recorded;
    for (std::uint32_t k = 0; k < m.n_projections; ++k)
        any = any || m.projections[k].recorded;
    return any;
}

std::uint32_t free_columns_before(const Model& m, std::uint32_t projection,
                                  std::uint32_t post) noexcept {
    std::uint32_t n = 0;
    for (std::uint32_t k = 0; k < projection; ++k) {
        const Projection p = m.projections[k];
        n += is_free(p) && p.post == post ? m.populations[p.pre].n_units : 0;
    }
    return n;
}
std::uint32_t count_free_columns(const Model& m) noexcept {
    std::uint32_t most = 0;
    for (std::uint32_t i = 0; i < m.n_populations; ++i) {
        const std::uint32_t n = free_columns_before(m, m.n_projections, i);
        most = n > most ? n : most;
    }
    return most;
}

bool has_memory(const Model& m) noexcept {
    bool any = false;
    for (std::uint32_t i = 0; i < m.n_populations; ++i)
        any = any || is_leaky(m.populations[i]);
    for (std::uint32_t k = 0; k < m.n_projections; ++k)
        any = any || m.projections[k].delay > 0;
    return any;
}

bool moments_possible(const Model& m) noexcept {
    constexpr std::uint64_t order3_in_y = 0xF000F000F000F000u, order3_in_x = 0xFFFF000000000000u;
    if (!linear_layer_on_a_batch(m))
        return false;
    bool any_plastic = false;
    for (std::uint32_t k = 0; k < m.n_projections; ++k) {
        const Projection p = m.projections[k];
        if (!is_plastic(p))
            continue;
        if (p.presynaptic != CARVE_PRESYNAPTIC_RATE || is_modulated(p) || is_general(m, p))
            return false;
        if (m.rules[p.rule].terms & (order3_in_x | order3_in_y))
            return false;
        any_plastic = true;
    }
    return any_plastic;
}

bool afferents_possible(const Model& m) noexcept {
    if (is_spiking(m) || m.batch > 1 || m.gradient == CARVE_GRADIENT_ADJOINT ||
        m.form == CARVE_FORM_MOMENTS || has_memory(m) || has_trajectory(m))
        return false;
    for (std::uint32_t k = 0; k < m.n_projections; ++k) {
        const Projection p = m.projections[k];
        if (is_lateral(p) || p.presynaptic != CARVE_PRESYNAPTIC_RATE || is_modulated(p) ||
            is_general(m, p))
            return false;
    }
    return true;
}

} // namespace carve
