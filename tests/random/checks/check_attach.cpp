// Blocks that somebody forged: fields of the head and of the plan changed, the checksum made right
// again, as an attacker would.
#include "check.hpp"
#include "run.hpp"

#include <plan.hpp>
#include <terms.hpp>

#include <numeric>

namespace nets {

namespace {

using carve::Sim;

// Where plan_checksum reads.
bool checksum_possible(const Sim& s, std::size_t bytes) {
    const auto inside = [&](std::uint64_t at, std::uint64_t n) {
        return at % 8 == 0 && at <= bytes && n <= bytes - at;
    };
    const carve::Settings& m = s.model;
    return m.n_populations <= 64 && m.n_projections <= 64 && m.n_further_uses <= 64 &&
           m.n_rules <= 16 &&
           inside(s.populations, sizeof(carve::PopulationPlan) * m.n_populations) &&
           inside(s.projections, sizeof(carve::ProjectionPlan) * count_uses(m)) &&
           inside(s.rules, sizeof(carve::RulePlan) * m.n_rules);
}

// A size that a plan may hold: offsets at any boundary, small numbers, limits.
std::uint64_t plausible(Choices& c, std::size_t bytes) {
    switch (c.below(5)) {
    case 0:
        return c.below(100);
    case 1:
        return std::uint64_t{c.below(std::uint32_t(bytes / 64 + 2))} * 64;
    case 2: // so that n structs end at the block's end, or behind it
        return (bytes - std::min<std::size_t>(bytes, c.below(16384))) / 64 * 64;
    case 3:
        return std::uint64_t{1} << c.below(64);
    default:
        return c.bits();
    }
}

void forge(Choices& c, unsigned char* block, std::size_t bytes) {
    const std::uint32_t words = std::uint32_t(bytes / 8), head = sizeof(Sim) / 8;
    const std::uint32_t how = c.below(6);
    const std::uint32_t in_head = c.below(head), behind = c.below(std::min(words, 600u));
    std::uint64_t value = plausible(c, bytes);
    std::uint32_t half = std::uint32_t(value);
    const double wild = c.wild();
    switch (how) {
    case 0:
        std::memcpy(block + 8 * in_head, &value, 8);
        break;
    case 1: // counts and choices
        std::memcpy(block + 8 * in_head + 4 * (value >> 40 & 1), &half, 4);
        break;
    case 2:
        std::memcpy(block + 8 * behind, &value, 8);
        break;
    case 3:
        std::memcpy(block + 8 * c.below(words), &wild, 8);
        break;
    case 4:
        block[c.below(std::uint32_t(bytes))] = std::uint8_t(c.bits(1));
        break;
    default:
        reinterpret_cast<Sim*>(block)->model.n_populations = 1 + c.below(64);
        if (c.below(2))
            std::memcpy(block + 8 * in_head, &value, 8);
    }
}

flat::Population flat_of(const carve::Population& p) {
    flat::Population out;
    out.kind = p.kind;
    out.n_units = p.n_units;
    out.random_id = p.random_id;
    out.shared = p.shared;
    out.fixed = p.fixed;
    out.activation = p.activation;
    out.tau = p.tau;
    out.recorded = p.recorded;
    out.observations = p.observations;
    out.selection = p.selection;
    out.likelihood = p.likelihood;
    out.sums = p.sums;
    out.noise = p.noise;
    out.source = p.source;
    out.n_groups = p.n_groups;
    out.signal = p.signal;
    out.scored = p.scored;
    out.t_ref = p.t_ref;
    out.rate = p.rate;
    out.signal_gain = p.signal_gain;
    out.signal_tau = p.signal_tau;
    out.tau_m = p.tau_m;
    out.v_rest = p.v_rest;
    out.v_reset = p.v_reset;
    out.v_threshold = p.v_threshold;
    out.drive = p.drive;
    out.rate_tau = p.rate_tau;
    out.rate_start = p.rate_start;
    out.rate_low = p.rate_low;
    out.rate_high = p.rate_high;
    out.rate_target = p.rate_target;
    out.rate_offset = p.rate_offset;
    out.threshold_jump = p.threshold_jump;
    out.threshold_tau = p.threshold_tau;
    out.v_min = p.v_min;
    out.v_max = p.v_max;
    out.adaptation_jump = p.adaptation_jump;
    out.adaptation_tau = p.adaptation_tau;
    out.adaptation_reversal = p.adaptation_reversal;
    out.voltage_tau = p.voltage_tau;
    out.excitatory_tau = p.excitatory_tau;
    out.inhibitory_tau = p.inhibitory_tau;
    out.v_onset = p.v_onset;
    out.slope = p.slope;
    out.n_receptors = p.n_receptors;
    out.synapses = p.receptors[0].kind;
    out.tau_exc = p.receptors[0].tau;
    out.v_exc = p.receptors[0].reversal;
    out.tau_inh = p.receptors[1].tau;
    out.v_inh = p.receptors[1].reversal;
    for (std::size_t i = 0; i < 2; ++i) {
        const carve::Receptor& r = p.receptors[2 + i];
        out.more[i] = {r.kind, r.source, r.tau, r.reversal, r.share, {}};
    }
    return out;
}
flat::Use use_of(const carve::Projection& p) {
    return {p.rule,     p.eta,    p.modulator,      p.gate,
            p.baseline, p.window, p.baseline_start, p.modulator_tau};
}
flat::Projection flat_of(const carve::Projection& p) {
    flat::Projection out;
    out.pre = p.pre;
    out.post = p.post;
    out.random_id = p.random_id;
    out.connectivity = p.connectivity;
    out.in_degree = p.in_degree;
    out.rule = p.rule;
    out.inference = p.inference;
    out.n_sweeps = p.n_sweeps;
    out.mask_from = p.mask_from;
    out.initial_weights = p.initial_weights;
    out.receptor = p.receptor;
    out.delay = p.delay;
    out.tuning = p.tuning;
    out.distribution = p.distribution;
    out.w_min = p.w_min;
    out.w_max = p.w_max;
    out.gain = p.gain;
    out.w_mean = p.a;
    out.w_sd = p.b;
    out.presynaptic = p.presynaptic;
    out.eta = p.eta;
    out.modulator = p.modulator;
    out.gate = p.gate;
    out.baseline = p.baseline;
    out.window = p.window;
    out.baseline_start = p.baseline_start;
    out.modulator_tau = p.modulator_tau;
    out.recorded = p.recorded;
    out.observations = p.observations;
    out.selection = p.selection;
    out.noise = p.noise;
    return out;
}
// Terms at spikes with sums of weights, which have no bits there.
void list_spike_terms(const carve::Rule& r, flat::Rule& out) {
    for (unsigned sum = 0; sum < 3; ++sum) {
        flat::Rule bits;
        bits.spikes = 1;
        bits.terms = terms_with(r, sum, 0);
        bits.terms_r = terms_with(r, sum, 1);
        bits.terms_r2 = terms_with(r, sum, 2);
        for (carve_term term : flat::terms_of(bits)) {
            term.weight_sum = std::uint8_t(sum);
            term.modulator = std::uint8_t(r.eligibility ? r.outer : term.modulator);
            out.listed.push_back(term);
        }
    }
    flat::sort_terms(out.listed);
    out.terms &= 15;
    out.terms_r = out.terms_r2 = 0;
}
flat::Rule flat_of(const Sim& s, const carve::RulePlan& plan) {
    const carve::Rule& r = plan.model;
    flat::Rule out;
    out.shared = r.shared;
    out.spikes = r.spikes;
    out.terms = r.by_modulator[0];
    out.terms_r = r.by_modulator[1];
    out.terms_r2 = r.by_modulator[2];
    out.trace_jump = r.trace_jump;
    out.coincidence = r.coincidence;
    out.kind = r.kind;
    out.eligibility = r.eligibility;
    if (r.kind == CARVE_RULE_MLP) {
        out.hidden = r.hidden;
        out.inputs = r.factors;
        out.activation = r.activation;
        out.second = r.second;
    }
    if (r.kind == CARVE_RULE_MLP || r.kind == CARVE_RULE_PRODUCT) {
        out.factors = r.state_factors;
        out.released = r.released;
        const double taus[] = {r.tau_pre, r.tau_post, r.tau_pre2, r.tau_post2};
        std::copy(taus, taus + 4, out.taus);
    }
    if (carve::sum_power(r) > 0)
        list_spike_terms(r, out);
    const std::uint32_t* const words =
        r.listed ? carve::array<std::uint32_t>(s, plan.listed) : nullptr;
    for (std::uint32_t i = 0; i < r.listed; ++i) {
        const auto power = [&](unsigned f) { return carve::power_in(words[i], f); };
        out.listed.push_back(flat::listed_term(power(0), power(1), power(2),
                                               r.eligibility ? r.outer : power(3), power(4),
                                               power(5), power(6), power(7)));
    }
    return out;
}

// What the sim was made of, if it is small enough to be used here.
bool read_back(const Sim& s, Model& m) {
    const carve::Settings& from = s.model;
    m.model.precision = from.precision;
    m.model.isa = from.isa;
    m.model.layout = from.layout;
    m.model.lane_bytes = from.lane_bytes;
    m.model.n_replicas = from.n_replicas;
    m.model.gradient = from.gradient;
    m.model.batch = from.batch;
    m.model.form = from.form;
    m.model.max_steps = from.max_steps;
    m.model.bound = from.bound;
    m.model.dt = from.dt;
    m.model.surrogate = from.surrogate;
    m.populations.clear();
    m.projections.clear();
    m.rules.clear();
    for (std::uint32_t i = 0; i < from.n_populations; ++i)
        m.populations.push_back(flat_of(populations(s)[i].model));
    for (std::uint32_t k = 0; k < from.n_projections; ++k) {
        const carve::Projection& p = projections(s)[k].model;
        m.projections.push_back(flat_of(p));
        for (std::uint32_t use = 1; use < p.n_uses; ++use)
            m.projections[k].more.push_back(use_of(projections(s)[p.further + use - 1].model));
    }
    for (std::uint32_t r = 0; r < from.n_rules; ++r)
        m.rules.push_back(flat_of(s, rules(s)[r]));
    for (const flat::Population& p : m.populations)
        if (p.n_units > 100)
            return false;
    return m.populations.size() <= 8 && s.model.n_replicas <= 64 && s.model.batch <= 100 &&
           s.steps <= 4000;
}

} // namespace

bool check_attach(Choices& c) {
    Program p = random_program(c);
    now_trying(describe(p));
    std::size_t bytes = 0;
    if (carve_sim_required_bytes(p.model.description(), &bytes, nullptr) != CARVE_OK ||
        !fits(p.model, bytes))
        return false;
    unsigned char* block = arena().block[0].place(bytes, CARVE_ALIGNMENT, true);
    carve_sim* sim = nullptr;
    if (carve_sim_init(block, bytes, p.model.description(), &sim, nullptr) != CARVE_OK)
        return false; // an instruction set that is not there
    const std::uint32_t n = c.below(8);
    for (std::uint32_t k = 0; k < n; ++k)
        forge(c, block, bytes);
    Sim& head = *reinterpret_cast<Sim*>(block);
    if (!c.one_in(16) && checksum_possible(head, bytes))
        head.checksum = plan_checksum(head);
    const std::size_t given = c.one_in(8) ? c.below(std::uint32_t(bytes)) : bytes;
    unsigned char* const copy = arena().block[1].place(given, CARVE_ALIGNMENT, true);
    std::memcpy(copy, block, given);
    const carve_status status = carve_sim_attach(copy, given, &sim, nullptr);
    if (status == CARVE_OK ? given < bytes && n == 0 : n == 0 && given == bytes)
        fail("carve_sim_attach of %zu of %zu bytes: %s", given, bytes, carve_status_string(status));
    if (status != CARVE_OK) {
        if (std::memcmp(copy, block, given) != 0)
            fail("a block that was refused was changed");
        return false;
    }
    if (!read_back(*reinterpret_cast<const Sim*>(copy), p.model))
        return true;
    now_trying("a forged block\n" + describe(p));
    Variant v;
    v.name = "a forged block";
    v.forged = true;
    v.isa = p.model.model.isa;
    v.lane_bytes = p.model.model.lane_bytes;
    v.gradient = p.model.model.gradient;
    v.form = p.model.model.form;
    v.layout = p.model.model.layout;
    v.lanes.resize(p.model.model.n_replicas);
    std::iota(v.lanes.begin(), v.lanes.end(), 0u);
    Run(p, v, arena()).calls_on(sim, copy, given, 1);
    return true;
}

} // namespace nets
