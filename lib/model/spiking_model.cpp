// spiking_model.cpp: see spiking_model.hpp.
#include "spiking_model.hpp"
#include "fields.hpp"
#include "real.hpp"

namespace carve {

namespace {

Fault fault(const Place& place, const char* field, double value, const char* expected) noexcept {
    return {CARVE_E_RANGE, place, field, value, expected};
}

Fault check_receptor(const Model& m, const Population& p, double tau, double reversal,
                     const Place& here) noexcept {
    const double most = m.precision == CARVE_F32 ? kLargestFloat : __DBL_MAX__;
    if (!(tau > 0 && tau <= most))
        return fault(here, "tau", tau,
                     "must be above 0 and finite, and in CARVE_F32 hold in a float");
    if (p.receptors == CARVE_RECEPTOR_CURRENT && reversal != 0)
        return fault(here, "reversal", reversal,
                     "must be 0: only a receptor of kind CARVE_RECEPTOR_CONDUCTANCE (0) has one");
    if (!(reversal >= -most && reversal <= most))
        return fault(here, "reversal", reversal,
                     "must be finite, and in CARVE_F32 hold in a float");
    return {};
}

} // namespace

Fault check_spiking_population(const Model& m, const Population& p, const Place& here) noexcept {
    if (p.kind == CARVE_POPULATION_POISSON)
        return p.n_groups <= p.n_units && p.n_units % p.n_groups == 0
                   ? Fault{}
                   : fault(here, "n_groups", p.n_groups, "must divide n_units");
    if (p.n_units > 4096)
        return fault({here.array, here.index}, "n_units", p.n_units,
                     "must be 1 to 4096 in a lif population");
    if (p.receptors > CARVE_RECEPTOR_CURRENT)
        return fault(here, "receptors", p.receptors, "must be of a kind that there is");
    Fault f =
        check_receptor(m, p, p.tau_exc, p.v_exc, {here.array, here.index, "lif.receptors", 0});
    if (!f)
        f = check_receptor(m, p, p.tau_inh, p.v_inh, {here.array, here.index, "lif.receptors", 1});
    if (f)
        return f;
    if (!(p.v_threshold > p.v_reset))
        return fault(here, "v_threshold", p.v_threshold, "must be above v_reset");
    if (p.scored > 1)
        return fault(here, "scored", p.scored, "must be 0 or 1");
    return p.scored ? check_rate_probe(p, m.precision, {"probes", 0, "rate"}) : Fault{};
}

Fault check_rate_probe(const Population& p, std::uint32_t precision, const Place& here) noexcept {
    const Fault f = check_fields(rate_probe_struct, &p, reader::kAny, precision, here);
    return f || p.rate_high > p.rate_low ? f
                                         : fault(here, "high", p.rate_high, "must be above low");
}

Fault check_spiking_projection(const Model& m, const Projection& p, const Place& here) noexcept {
    if (m.populations[p.pre].kind == CARVE_POPULATION_POISSON)
        return p.tuning <= 1 ? Fault{} : fault(here, "tuning", p.tuning, "must be 0 or 1");
    if (p.tuning)
        return fault(here, "pre", p.pre,
                     "must be a poisson population, which has groups, for CARVE_PROBE_TRANSMITTED");
    if (p.delay < 1)
        return fault(here, "delay", p.delay, "must be 1 to 1024 steps from a lif population");
    if (m.gradient != CARVE_GRADIENT_NONE)
        return fault(
            here, "pre", p.pre,
            "must be a poisson population in a model with a gradient: sensitivities do not "
            "pass through spikes between neurons");
    return {};
}

} // namespace carve
