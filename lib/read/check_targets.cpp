// check_targets.cpp: what a model has to be like for CARVE_LAYOUT_TARGETS.
#include "spiking_model.hpp"

namespace carve {

namespace {

Fault check_plasticity(const Model& m, const Projection& p, std::uint32_t i) noexcept {
    const Place here{"projections", i};
    const auto bad = [&](const char* field, double value, const char* expected) noexcept {
        return Fault{CARVE_E_RANGE, here, field, value, expected};
    };
    const Rule rule = m.rules[p.rule];
    const Place of_rule{"rules", p.rule};
    if (p.n_uses > 1)
        return bad(
            "n_plasticity", p.n_uses,
            "must be at most 1 with CARVE_LAYOUT_TARGETS (3); use CARVE_LAYOUT_REPLICAS (0)");
    if (is_modulated(p))
        return bad(has_modulator(p) ? "modulator" : "gate", has_modulator(p) ? p.modulator : p.gate,
                   "must be CARVE_NO_POPULATION with CARVE_LAYOUT_TARGETS (3): rules have no third "
                   "factor and no gate there; use CARVE_LAYOUT_REPLICAS (0)");
    if (rule.eligibility)
        return {CARVE_E_RANGE, of_rule, "eligibility", 1,
                "must be 0 with CARVE_LAYOUT_TARGETS (3); use CARVE_LAYOUT_REPLICAS (0)"};
    if (sum_power(rule) > 0)
        return {CARVE_E_RANGE, of_rule, "weight_sum", static_cast<double>(sum_power(rule)),
                "must be 0 in all terms with CARVE_LAYOUT_TARGETS (3); use CARVE_LAYOUT_REPLICAS "
                "(0)"};
    return {};
}

} // namespace

Fault check_targets(const Model& m) noexcept {
    if (!is_spiking(m))
        return {
            CARVE_E_RANGE,
            {},
            "layout",
            static_cast<double>(m.layout),
            "may be CARVE_LAYOUT_TARGETS (3) only in a spiking model; use CARVE_LAYOUT_AUTO (2)"};
    if (m.gradient != CARVE_GRADIENT_NONE)
        return {CARVE_E_RANGE,
                {},
                "gradient",
                static_cast<double>(m.gradient),
                "must be CARVE_GRADIENT_NONE (0) with CARVE_LAYOUT_TARGETS (3); use "
                "CARVE_LAYOUT_REPLICAS (0)"};
    for (std::uint32_t i = 0; i < m.n_projections; ++i) {
        const Projection p = m.projections[i];
        if (!is_sparse(p))
            return {CARVE_E_RANGE,
                    {"projections", i},
                    "connectivity",
                    static_cast<double>(p.connectivity),
                    "must be CARVE_CONNECT_IN_DEGREE (2) or CARVE_CONNECT_LIST (3) with "
                    "CARVE_LAYOUT_TARGETS (3); use CARVE_LAYOUT_REPLICAS (0)"};
        const Fault f = is_plastic(p) ? check_plasticity(m, p, i) : Fault{};
        if (f)
            return f;
    }
    return {};
}

} // namespace carve
