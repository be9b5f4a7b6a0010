// plasticity.cpp: see plasticity.hpp.
#include "plasticity.hpp"
#include "fields.hpp"
#include "members.hpp"

namespace carve {

Fault read_use(const carve_plasticity* all, Projection& onto, std::uint32_t index,
               std::uint32_t use) noexcept {
    const Place here{"projections", index, "plasticity", use};
    const std::uint32_t size = size_of(element(all, use));
    if (size != size_of(all))
        return {CARVE_E_VERSION, here, "struct_size", static_cast<double>(size),
                "must be the size of this struct in every element; call its _init"};
    const Fault f = read_fields(plasticity_struct, element(all, use), &onto, here);
    return f || onto.rule != kStatic
               ? f
               : Fault{CARVE_E_RANGE, here, "rule", static_cast<double>(onto.rule),
                       "must be the index of a rule"};
}

std::uint32_t count_further_uses(const carve_model* from, std::uint32_t projection) noexcept {
    std::uint32_t n = 0;
    for (std::uint32_t i = 0; i < projection; ++i) {
        const std::uint32_t uses = MEMBER(element(MEMBER(from, carve_model, projections), i),
                                          carve_projection, n_plasticity);
        n += uses > 1 ? uses - 1 : 0;
    }
    return n;
}

using namespace reader;

std::uint32_t readers_of(const Projection& p, const Model& m) noexcept {
    const std::uint32_t plastic =
        is_plastic(p) ? kPlasticProjection | (has_modulator(p) ? kModulatedProjection : kNothing) |
                            (p.baseline != CARVE_BASELINE_NONE ? kBaselinedProjection : kNothing)
                      : kNothing;
    if (is_spiking(m))
        return plastic | kOntoNeurons |
               (has_modulator(p) && p.modulator < m.n_populations &&
                        is_spiking(m.populations[p.modulator])
                    ? kSpikingModulator
                    : kNothing);
    if (!is_lateral(p))
        return plastic | kFeedforwardRates;
    return plastic | kLateralRates | (p.inference == CARVE_INFERENCE_SWEEPS ? kSweeps : kNothing) |
           (p.connectivity == CARVE_CONNECT_LOWER ? kLower : kNothing);
}

namespace {

Fault fault(const Place& place, const char* field, double value, const char* expected) noexcept {
    return {CARVE_E_RANGE, place, field, value, expected};
}

// At spikes: what a gate can be, and what derivatives cannot follow.
Fault check_spiking_modulation(const Model& m, const Projection& p, const Place& use) noexcept {
    if (p.gate != CARVE_NO_POPULATION && m.populations[p.gate].kind != CARVE_POPULATION_INPUT)
        return fault(use, "gate", p.gate,
                     "must be the index of an input population, or CARVE_NO_POPULATION, in a "
                     "spiking model");
    const Rule rule = m.rules[p.rule];
    const bool beyond = is_modulated(p) || rule.eligibility || sum_power(rule) > 0 || p.n_uses > 1;
    if (beyond && m.gradient != CARVE_GRADIENT_NONE)
        return fault(
            {}, "gradient", m.gradient,
            "must be CARVE_GRADIENT_NONE (0) in a spiking model with a modulator, a gate, "
            "eligibility, a sum of weights or several rules of a projection: its sensitivities do "
            "not follow them");
    return {};
}

// The third factor and the gate of a use.
Fault check_modulation(const Model& m, const Projection& p, const Place& use) noexcept {
    const auto bad = [&](const char* field, double value, const char* expected) noexcept {
        return fault(use, field, value, expected);
    };
    const bool wanted = reads_modulator(m.rules[p.rule]);
    if (wanted && !has_modulator(p))
        return bad("modulator", p.modulator,
                   "must be the index of a population: the rule has a third factor");
    if (!wanted && has_modulator(p))
        return bad("modulator", p.modulator,
                   "must be CARVE_NO_POPULATION: the rule has no third factor");
    if (has_modulator(p) && p.modulator >= m.n_populations)
        return bad("modulator", p.modulator, "must be the index of a population");
    if (p.gate != CARVE_NO_POPULATION && p.gate >= m.n_populations)
        return bad("gate", p.gate, "must be the index of a population");
    if (is_spiking(m))
        return check_spiking_modulation(m, p, use);
    if (!is_modulated(p) && !is_general(m, p))
        return {};
    if (m.batch > 1)
        return fault({}, "batch", m.batch,
                     "must be 1 with a modulator, a gate, several rules of a projection, or a rule "
                     "with means, weight sums, eligibility or hidden units: they belong to a "
                     "step, not to a sample");
    if (m.gradient == CARVE_GRADIENT_ADJOINT)
        return fault({}, "gradient", m.gradient,
                     "may not be CARVE_GRADIENT_ADJOINT (2) with a modulator, a gate, several "
                     "rules of a projection, or a rule with means, weight sums, eligibility or "
                     "hidden units; use CARVE_GRADIENT_FORWARD (1)");
    return {};
}

// What a product of factors (M22) or a network at spikes (M51) reads of the postsynaptic neuron, and what it has not.
Fault check_product(const Model& m, const Projection& p, const Place& use) noexcept {
    const Rule rule = m.rules[p.rule];
    if (m.gradient != CARVE_GRADIENT_NONE)
        return fault(use, "rule", p.rule,
                     is_product(rule)
                         ? "must not be the index of a rule of kind CARVE_RULE_PRODUCT (2) in a "
                           "model with a gradient: it has no sensitivities"
                         : "must not be the index of a rule of kind CARVE_RULE_MLP (1) at spikes "
                           "in a model with a gradient: it has no sensitivities");
    if (p.gate != CARVE_NO_POPULATION || p.n_uses > 1)
        return fault(use, "rule", p.rule,
                     is_product(rule)
                         ? "must not be the index of a rule of kind CARVE_RULE_PRODUCT (2) beside "
                           "a gate or other rules: it has neither"
                         : "must not be the index of a rule of kind CARVE_RULE_MLP (1) at spikes "
                           "beside a gate or other rules: it has neither");
    if (state_factors_of(rule) && m.populations[p.post].kind != CARVE_POPULATION_CVAIF)
        return fault(use, "rule", p.rule,
                     "must not be the index of a rule with factors of the voltage or of currents "
                     "(carve_product.factors, carve_mlp.inputs), unless post is of "
                     "CARVE_POPULATION_CVAIF (7): other neurons do not filter them");
    return {};
}

// A use of a rule by projection i.
Fault check_use(const Model& m, const Projection& p, std::uint32_t i) noexcept {
    const Place use{"projections", i, "plasticity", p.use};
    Fault f = check_fields(plasticity_struct, &p, readers_of(p, m), m.precision, use);
    if (f)
        return f;
    if (p.rule >= m.n_rules)
        return fault(use, "rule", p.rule, "must be the index of a rule");
    if (p.presynaptic != CARVE_PRESYNAPTIC_RATE && p.delay > 0)
        return fault(use, "presynaptic", p.presynaptic,
                     "must be CARVE_PRESYNAPTIC_RATE (0) in a projection with a delay: residuals "
                     "are of the rates of one step");
    if (p.presynaptic != CARVE_PRESYNAPTIC_RATE && m.gradient != CARVE_GRADIENT_NONE)
        return fault(
            use, "presynaptic", p.presynaptic,
            "must be CARVE_PRESYNAPTIC_RATE (0) in a model with a gradient: residuals have no "
            "sensitivities");
    if (p.presynaptic != CARVE_PRESYNAPTIC_RATE && is_general(m, p))
        return fault(use, "presynaptic", p.presynaptic,
                     "must be CARVE_PRESYNAPTIC_RATE (0) under several rules, or one with means, "
                     "weight sums, eligibility or hidden units");
    if ((m.rules[p.rule].spikes != 0) != is_spiking(m))
        return fault(use, "rule", p.rule,
                     "must be the index of a rule at spikes, with terms at spikes, of kind "
                     "CARVE_RULE_PRODUCT (2), or of CARVE_RULE_MLP (1) with at_spikes 1, between "
                     "spiking populations, and only there");
    const Rule rule = m.rules[p.rule];
    const Fault g = is_product(rule) || is_spike_mlp(rule) ? check_product(m, p, use) : Fault{};
    return g ? g : check_modulation(m, p, use);
}
} // namespace

Fault check_plasticity(const Model& m, const Projection& p, std::uint32_t i) noexcept {
    Fault f = check_use(m, p, i);
    for (std::uint32_t use = 1; use < p.n_uses && !f; ++use)
        f = check_use(m, m.projections[p.further + use - 1], i);
    return f;
}

Fault check_uses(const Model& m) noexcept {
    if (count_uses(m) > 64)
        return fault({}, "n_projections", m.n_projections,
                     "must be at most 64 together with the rules of projections after their first");
    std::uint32_t next = m.n_projections;
    for (std::uint32_t i = 0; i < m.n_projections; ++i) {
        const Projection p = m.projections[i];
        bool sound = p.use == 0 && (p.n_uses > 0) == is_plastic(p) && p.n_uses <= kMostUses &&
                     p.further == (p.n_uses > 1 ? next : 0);
        for (std::uint32_t use = 1; sound && use < p.n_uses; ++use, ++next) {
            sound = next < count_uses(m);
            if (!sound)
                break;
            const Projection of = m.projections[next];
            Projection wanted = p;
            copy_fields(plasticity_struct, &of, &wanted);
            wanted.use = use;
            sound = is_plastic(of) && __builtin_memcmp(&of, &wanted, sizeof of) == 0;
        }
        if (!sound)
            return fault({"projections", i}, "n_plasticity", p.n_uses, "must be as it was made");
    }
    return next == count_uses(m)
               ? Fault{}
               : fault({}, "n_projections", m.n_projections, "must be as it was made");
}

} // namespace carve
