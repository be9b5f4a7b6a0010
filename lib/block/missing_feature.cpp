// missing_feature.cpp: what of a model needs which feature.
#include "missing_feature.hpp"
#include "terms.hpp"

namespace carve {

namespace {

// Keeps the first fault. What is built leaves no code.
struct Missing {
    Fault first{};

    void add(const Place& place, const char* field, double value, const char* expected) noexcept {
        if (!first)
            first = {CARVE_E_UNAVAILABLE, place, field, value, expected};
    }
};
#define CARVE_NEED(name, needed, place)                                                            \
    if (!built(feature::name) && (needed))                                                         \
    missing.add(place, #name, 1, kLacking)

void look_at_settings(const Model& m, const Sim& head, Missing& missing) noexcept {
    const Place model{};
    if (m.n_populations > kMostElements || count_uses(m) > kMostElements)
        missing.add(model, m.n_populations > kMostElements ? "n_populations" : "n_projections",
                    m.n_populations > kMostElements ? m.n_populations : count_uses(m),
                    "must be at most -Dmax_elements of this build, together with the rules of "
                    "projections after their first");
    CARVE_NEED(f32, m.precision == CARVE_F32, model);
    CARVE_NEED(f64, m.precision == CARVE_F64, model);
    CARVE_NEED(lane_blocks, m.lane_bytes > real_bytes(m), model);
    CARVE_NEED(lane_blocks, head.neighbours > 1, model);
    CARVE_NEED(sparse, m.layout == CARVE_LAYOUT_TARGETS, model);
    CARVE_NEED(forward, m.gradient == CARVE_GRADIENT_FORWARD, model);
    CARVE_NEED(adjoint, m.gradient == CARVE_GRADIENT_ADJOINT, model);
    CARVE_NEED(batches, m.batch > 1, model);
    CARVE_NEED(batches, head.form == CARVE_FORM_MOMENTS, model);
}
void look_at(const Population& p, bool spiking, const Place& here, Missing& missing) noexcept {
    CARVE_NEED(rates, !spiking, here);
    CARVE_NEED(spikes, spiking, here);
    CARVE_NEED(gaussian, p.kind == CARVE_POPULATION_GAUSSIAN, here);
    CARVE_NEED(memory, !spiking && is_leaky(p), here);
    CARVE_NEED(neurons, p.kind > CARVE_POPULATION_LIF, here);
    CARVE_NEED(trajectories, p.recorded, here);
}
void look_at(const Projection& p, bool spiking, const Place& here, Missing& missing) noexcept {
    CARVE_NEED(lateral, !spiking && is_lateral(p), here);
    CARVE_NEED(memory, !spiking && p.delay > 0, here);
    CARVE_NEED(sparse, is_sparse(p), here);
    CARVE_NEED(third_factors, is_modulated(p), here);
    CARVE_NEED(general_rules, p.n_uses > 1, here);
    CARVE_NEED(trajectories, p.recorded, here);
}
void look_at(const Rule& r, const Place& here, Missing& missing) noexcept {
    CARVE_NEED(general_rules, r.kind != CARVE_RULE_POLYNOMIAL, here);
    CARVE_NEED(general_rules, is_general(r) || r.eligibility || sum_power(r) > 0, here);
    CARVE_NEED(cubic_terms, !r.spikes && has_cubic_terms(r.terms), here);
}

} // namespace

Fault missing_feature(const Model& m, const Sim& head) noexcept {
    Missing missing;
    look_at_settings(m, head, missing);
    for (std::uint32_t i = 0; i < m.n_populations; ++i)
        look_at(m.populations[i], is_spiking(m), {"populations", i}, missing);
    for (std::uint32_t i = 0; i < count_uses(m); ++i)
        look_at(m.projections[i], is_spiking(m), {"projections", i}, missing);
    for (std::uint32_t i = 0; i < m.n_rules; ++i)
        look_at(m.rules[i], {"rules", i}, missing);
    return missing.first;
}

} // namespace carve
