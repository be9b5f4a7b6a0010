// spiking_model.cpp: defaults and validation of spiking populations, projections and rules.
#include "spiking_model.hpp"

namespace carve {

namespace {

constexpr double kInfinity = __builtin_inf();

bool is_finite(double x) noexcept { return x - x == 0; }

struct Range {
    const char* field;
    double value;
    double low;  // the value must be at least this
    bool above;  // and not equal to it
    double high; // and at most this, infinity excluded
    const char* expected;
};
Fault check_ranges(const char* array, std::uint32_t i, const Range* ranges,
                   std::size_t n) noexcept {
    for (std::size_t k = 0; k < n; ++k) {
        const Range& r = ranges[k];
        if (!(r.value >= r.low && r.value <= r.high && is_finite(r.value)) ||
            (r.above && r.value == r.low))
            return {CARVE_E_RANGE, array, i, r.field, r.value, r.expected};
    }
    return {};
}
template <std::size_t n>
Fault check_ranges(const char* array, std::uint32_t i, const Range (&ranges)[n]) noexcept {
    return check_ranges(array, i, ranges, n);
}

constexpr const char* kPositive = "must be above 0 and finite";
constexpr const char* kNotNegative = "must be at least 0 and finite";
constexpr const char* kFinite = "must be finite";

Fault check_poisson(const carve_population& p, std::uint32_t i) noexcept {
    const auto bad = [&](const char* field, double value, const char* expected) noexcept {
        return Fault{CARVE_E_RANGE, "populations", i, field, value, expected};
    };
    if (p.source > CARVE_SOURCE_STREAMED)
        return bad("source", p.source,
                   "must be CARVE_SOURCE_CONSTANT (0) to CARVE_SOURCE_STREAMED (2)");
    if (p.n_groups < 1 || p.n_groups > p.n_units || p.n_units % p.n_groups != 0)
        return bad("n_groups", p.n_groups, "must divide n_units");
    const Range ranges[] = {{"rate", p.rate, 0, false, kInfinity, kNotNegative},
                            {"signal_gain", p.signal_gain, 0, false, kInfinity, kNotNegative},
                            {"signal_tau", p.signal_tau, 0, true, kInfinity, kPositive}};
    return check_ranges("populations", i, ranges);
}
Fault check_lif(const carve_population& p, std::uint32_t i) noexcept {
    const auto bad = [&](const char* field, double value, const char* expected) noexcept {
        return Fault{CARVE_E_RANGE, "populations", i, field, value, expected};
    };
    if (p.n_units > 4096)
        return bad("n_units", p.n_units, "must be 1 to 4096 in a lif population");
    if (p.synapses > CARVE_SYNAPSES_CURRENT)
        return bad("synapses", p.synapses,
                   "must be CARVE_SYNAPSES_CONDUCTANCE (0) or CARVE_SYNAPSES_CURRENT (1)");
    if (p.scored > 1)
        return bad("scored", p.scored, "must be 0 or 1");
    const Range ranges[] = {{"tau_m", p.tau_m, 0, true, kInfinity, kPositive},
                            {"tau_exc", p.tau_exc, 0, true, kInfinity, kPositive},
                            {"tau_inh", p.tau_inh, 0, true, kInfinity, kPositive},
                            {"v_rest", p.v_rest, -kInfinity, false, kInfinity, kFinite},
                            {"v_reset", p.v_reset, -kInfinity, false, kInfinity, kFinite},
                            {"v_threshold", p.v_threshold, -kInfinity, false, kInfinity, kFinite},
                            {"v_exc", p.v_exc, -kInfinity, false, kInfinity, kFinite},
                            {"v_inh", p.v_inh, -kInfinity, false, kInfinity, kFinite},
                            {"drive", p.drive, -kInfinity, false, kInfinity, kFinite},
                            {"rate_tau", p.rate_tau, 0, true, kInfinity, kPositive},
                            {"rate_start", p.rate_start, 0, false, kInfinity, kNotNegative},
                            {"rate_low", p.rate_low, 0, false, kInfinity, kNotNegative},
                            {"rate_target", p.rate_target, 0, false, kInfinity, kNotNegative},
                            {"rate_offset", p.rate_offset, 0, true, kInfinity, kPositive}};
    const Fault f = check_ranges("populations", i, ranges);
    if (f.status != CARVE_OK)
        return f;
    if (!(p.v_threshold > p.v_reset))
        return bad("v_threshold", p.v_threshold, "must be above v_reset");
    if (!(p.rate_high > p.rate_low))
        return bad("rate_high", p.rate_high, "must be above rate_low");
    return {};
}

} // namespace

void set_spiking_defaults(carve_population& p) noexcept {
    p.n_groups = 1;
    p.t_ref = 5e-3;
    p.rate = 5;
    p.signal_gain = 500 / 0.03;
    p.signal_tau = 0.05;
    p.tau_m = 0.02;
    p.tau_exc = 5e-3;
    p.tau_inh = 0.01;
    p.v_rest = -0.06;
    p.v_reset = -0.06;
    p.v_threshold = -0.05;
    p.v_inh = -0.08;
    p.rate_tau = 1;
    p.rate_start = 50.05;
    p.rate_high = kInfinity;
    p.rate_target = 10;
    p.rate_offset = 2;
}

Fault check_one_kind_of_model(const carve_model& m) noexcept {
    const bool spiking = is_spiking(population_at(m, 0));
    for (std::uint32_t i = 0; i < m.n_populations; ++i) {
        const carve_population p = population_at(m, i);
        if (is_spiking(p) != spiking)
            return {CARVE_E_RANGE,
                    "populations",
                    i,
                    "kind",
                    static_cast<double>(p.kind),
                    "must be of one sort with the first: all CARVE_POPULATION_INPUT, "
                    "CARVE_POPULATION_GAUSSIAN and "
                    "CARVE_POPULATION_RATE (0 to 2), or all "
                    "CARVE_POPULATION_POISSON and CARVE_POPULATION_LIF (3, 4), since rates and "
                    "spikes do not drive each "
                    "other"};
    }
    return {};
}

Fault check_spiking_population(const carve_population& p, std::uint32_t i) noexcept {
    const auto bad = [&](const char* field, double value, const char* expected) noexcept {
        return Fault{CARVE_E_RANGE, "populations", i, field, value, expected};
    };
    if (!(p.t_ref >= 0 && p.t_ref <= 1))
        return bad("t_ref", p.t_ref, "must be 0 to 1 s");
    return p.kind == CARVE_POPULATION_POISSON ? check_poisson(p, i) : check_lif(p, i);
}

Fault check_spiking_projection(const carve_model& m, const carve_projection& p,
                               std::uint32_t i) noexcept {
    const auto bad = [&](const char* field, double value, const char* expected) noexcept {
        return Fault{CARVE_E_RANGE, "projections", i, field, value, expected};
    };
    if (p.receptor > CARVE_INHIBITORY)
        return bad("receptor", p.receptor, "must be CARVE_EXCITATORY (0) or CARVE_INHIBITORY (1)");
    if (p.coincidence > CARVE_COINCIDENCE_BLIND)
        return bad("coincidence", p.coincidence,
                   "must be CARVE_COINCIDENCE_PRE_FIRST (0) or CARVE_COINCIDENCE_BLIND (1)");
    if (p.tuning > 1)
        return bad("tuning", p.tuning, "must be 0 or 1");
    if (!is_finite(p.gain))
        return bad("gain", p.gain, "must be finite");
    if (population_at(m, p.pre).kind == CARVE_POPULATION_POISSON)
        return {};
    if (p.delay < 1 || p.delay > 1024)
        return bad("delay", p.delay, "must be 1 to 1024 steps from a lif population");
    if (m.gradient != CARVE_GRADIENT_NONE)
        return bad("pre", p.pre,
                   "must be a poisson population in a model with a gradient: sensitivities do not "
                   "pass through spikes between neurons");
    return {};
}

Fault check_spike_rule(const carve_rule& r, std::uint32_t i) noexcept {
    const auto bad = [&](const char* field, double value, const char* expected) noexcept {
        return Fault{CARVE_E_RANGE, "rules", i, field, value, expected};
    };
    const double terms = static_cast<double>(r.terms);
    if (r.trace_jump > CARVE_TRACE_JUMP_INVERSE_TAU)
        return bad("trace_jump", r.trace_jump,
                   "must be CARVE_TRACE_JUMP_ONE (0) or CARVE_TRACE_JUMP_INVERSE_TAU (1)");
    if (r.terms >> 28)
        return bad(
            "terms", terms,
            "must be made of CARVE_TAU_PRE to CARVE_TAU_POST2, CARVE_AT_PRE and CARVE_AT_POST");
    if (r.terms >> 4 == 0)
        return bad("terms", terms, "must have a term: CARVE_AT_PRE or CARVE_AT_POST");
    const struct {
        std::uint64_t readers, tau;
        const char* expected;
    } traces[] = {{kReadsX, CARVE_TAU_PRE,
                   "must have CARVE_TAU_PRE, whose trace CARVE_AT_POST(1, ., .) reads"},
                  {kReadsY, CARVE_TAU_POST,
                   "must have CARVE_TAU_POST, whose trace CARVE_AT_PRE(1, ., .) reads"},
                  {kReadsR, CARVE_TAU_PRE2,
                   "must have CARVE_TAU_PRE2, whose trace CARVE_AT_PRE(., 1, .) reads"},
                  {kReadsO, CARVE_TAU_POST2,
                   "must have CARVE_TAU_POST2, whose trace CARVE_AT_POST(., 1, .) reads"}};
    for (const auto& trace : traces)
        if ((r.terms & trace.readers) && !(r.terms & trace.tau))
            return bad("terms", terms, trace.expected);
    return {};
}

} // namespace carve
