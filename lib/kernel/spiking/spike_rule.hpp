// spike_rule.hpp: a spike rule (M15) of one projection, prepared for a register of lanes: its
// polynomials times the learning rate, what its traces do in a step, bounds and gain.
#pragma once
#include "bounds.hpp"
#include "exp.hpp"
#include "features.hpp"
#include "graph.hpp"
#include "terms.hpp"

namespace carve {
namespace {

// Rows of Sim::spike_rules, [kSpikeRows][lane].
enum SpikeRow : std::size_t {
    kAtPre = 0,   // eta pre_abc at 6 a + 3 b + c; under a modulator or a gate of the step in work
    kAtPost = 12, // eta post_abc, likewise
    kPreTraces = 24,  // x, r: from a poisson unit -dt / tau, from a neuron e^(-dt / tau)
    kPostTraces = 26, // y, o: e^(-dt / tau)
    kPreJumps = 28,   // of x, r
    kPostJumps = 30,  // of y, o
    kPostRates = 32,  // of y, o: dt / tau
    kEta = 34,
    kLow = 35, // bounds
    kHigh = 36,
    kTraceKeep = 37, // of an eligibility trace: e^(-dt / tau)
    kGain = 38
};
static_assert(kGain + 1 == kSpikeRows && kPreTraces == kSpikeTheta,
              "the plan reserves as many rows");

// What a projection's rule uses of the general form: nothing is computed for the rest.
struct SpikeTerms {
    bool x, y, r, o;
    int pre_orders, post_orders; // highest power of w, plus 1

    SpikeTerms() noexcept = default;
    explicit SpikeTerms(std::uint64_t terms) noexcept
        : x((terms & kReadsX) != 0), y((terms & kReadsY) != 0), r((terms & kReadsR) != 0),
          o((terms & kReadsO) != 0), pre_orders(orders(terms >> 4)),
          post_orders(orders(terms >> 16)) {}

  private:
    static int orders(std::uint64_t twelve) noexcept {
        return twelve & 0x924u ? 3 : twelve & 0x492u ? 2 : 1; // bits 2 + 3 k, 1 + 3 k
    }
};

// Of a product (M22) or a network (M51), which read all traces; they have no polynomials.
inline SpikeTerms terms_of(const Rule& rule) noexcept {
    SpikeTerms terms(rule.terms);
    if (is_product(rule) || is_spike_mlp(rule))
        terms.x = terms.y = terms.r = terms.o = true;
    return terms;
}

// What is to be done where a presynaptic spike changes weights.
enum class PreChange : std::uint8_t { nothing, constant, linear, quadratic, product, mlp, general };

// A projection, or a further use of a rule by one, with what the time loop asks of it.
struct SpikeLink {
    const ProjectionPlan *plan, *owner; // owner: the projection's, which has its weights
    std::size_t index, pre, post, groups, group_units, receptors;
    std::size_t n_synapses; // places for weights
    bool plastic, from_neurons, sparse;
    bool to_itself; // within a population: where all are connected a unit has a place for itself
    bool blind;     // a postsynaptic spike does not see the presynaptic ones of its step
    bool traced;    // its rule drives an eligibility trace
    unsigned sum_power; // highest power of the sum of weights in its rule
    bool general;       // of a projection: several rules, an eligibility trace, or a sum of weights
    PreChange at_pre;
    SpikeTerms terms;
    bool product, mlp;           // its rule is a product, a network,
    std::uint32_t state_factors; // with these factors of the postsynaptic neuron's state
    Graph graph;                 // if sparse
    std::uint64_t* last;         // [pre], of poisson units: their last spikes while steps run

    SpikeLink() noexcept = default;
    SpikeLink(const Sim& sim, std::size_t k, const ProjectionPlan& of, bool plastic_call) noexcept
        : plan(&projections(sim)[k]), owner(&of), index(k),
          pre(population(sim, plan->model.pre).n_units),
          post(population(sim, plan->model.post).n_units),
          groups(population(sim, plan->model.pre).n_groups), group_units(pre / groups),
          receptors(population(sim, plan->model.post).n_receptors), n_synapses(post * pre),
          plastic(is_plastic(plan->model)),
          from_neurons(is_neuron(population(sim, plan->model.pre))), sparse(is_sparse(plan->model)),
          to_itself(is_within(plan->model)),
          blind(plastic && rule(sim).coincidence == CARVE_COINCIDENCE_BLIND),
          traced(plastic && rule(sim).eligibility != 0),
          sum_power(plastic ? carve::sum_power(rule(sim)) : 0),
          general(traced || sum_power > 0 || plan->model.n_uses > 1),
          terms(terms_of(plastic ? rule(sim) : Rule{})), product(plastic && is_product(rule(sim))),
          mlp(plastic && is_spike_mlp(rule(sim))),
          state_factors(plastic ? state_factors_of(rule(sim)) : 0) {
        at_pre = general         ? PreChange::general
                 : !plastic_call ? PreChange::nothing
                 : product       ? PreChange::product
                 : mlp           ? PreChange::mlp
                                 : static_cast<PreChange>(terms.pre_orders);
        if (!sparse || sim.facts & kTargetLanes) // which has a TargetGraph
            return;
        graph = Graph(sim, of);
        n_synapses = graph.n_synapses();
    }
    // Where the use number u of its projection is among all.
    std::size_t use(std::size_t u) const noexcept {
        return u == 0 ? index : plan->model.further + u - 1;
    }

  private:
    const Rule& rule(const Sim& sim) const noexcept { return rules(sim)[plan->model.rule].model; }
    static const Population& population(const Sim& sim, std::uint32_t i) noexcept {
        return populations(sim)[i].model;
    }
};

template <class P> CARVE_INLINE Bounds<P> prepared_bounds(const typename P::Real* rows) noexcept {
    return {P::load(rows + kLow * P::width), P::load(rows + kHigh * P::width), true};
}

// sum_c w^c (u_c + v_c z)
template <class P, int orders> struct SpikeChange {
    P u[orders], v[orders];

    SpikeChange() noexcept = default;
    // The polynomial whose rows start at `rows`, with the trace of exponent a (or b) known:
    // `known_a` says which; z is the other one.
    SpikeChange(const typename P::Real* rows, const P& known, bool known_a) noexcept {
        constexpr std::size_t W = P::width;
        const std::size_t own = known_a ? 6 : 3, other = known_a ? 3 : 6;
        for (int c = 0; c < orders; ++c) {
            const typename P::Real* const at = rows + static_cast<std::size_t>(c) * W;
            u[c] = fma(P::load(at + own * W), known, P::load(at));
            v[c] = fma(P::load(at + 9 * W), known, P::load(at + other * W));
        }
    }
    CARVE_INLINE P operator()(const P& w, const P& z) const noexcept {
        P sum = fma(v[orders - 1], z, u[orders - 1]);
        for (int c = orders - 2; c >= 0; --c)
            sum = fma(sum, w, fma(v[c], z, u[c]));
        return sum;
    }
};

// product_rule.hpp
template <class P>
inline void prepare_product_rule(const LaneGroup<P>& group, const ProjectionPlan& q,
                                 typename P::Real* rows) noexcept;

// What traces do in a step whose time constants the model fixes.
template <class P>
inline void prepare_fixed_traces(const LaneGroup<P>& group, const ProjectionPlan& q,
                                 typename P::Real* rows) noexcept {
    constexpr std::size_t W = P::width;
    const Sim& sim = *group.sim;
    const Rule& rule = rules(sim)[q.model.rule].model;
    const bool from_neurons = is_neuron(populations(sim)[q.model.pre].model);
    const double taus[2][2] = {{rule.tau_pre, rule.tau_pre2}, {rule.tau_post, rule.tau_post2}};
    for (std::size_t which = 0; which < 2; ++which) {
        const auto rate = [&](double tau) noexcept {
            return P::set(to_real<typename P::Real>(-sim.model.dt / tau));
        };
        const P pre = rate(taus[0][which]);
        (from_neurons ? fade(pre) : pre).store(rows + (kPreTraces + which) * W);
        fade(rate(taus[1][which])).store(rows + (kPostTraces + which) * W);
        P::set(1).store(rows + (kPreJumps + which) * W);
        P::set(1).store(rows + (kPostJumps + which) * W);
    }
}

// What the time constant of a trace, coefficient `value`, makes of a rule's rows.
template <class P>
inline void prepare_trace(const RulePlan& rule, std::size_t trace, const P& value, const P& dt,
                          bool from_neurons, typename P::Real* rows) noexcept {
    constexpr std::size_t W = P::width;
    const P inverse_tau = exp(P::set(0) - value);
    const bool post = (trace & 1) != 0;
    const std::size_t which = trace / 2; // 0: x or y, 1: r or o
    const P rate = P::set(0) - dt * inverse_tau;
    (post || from_neurons ? fade(rate) : rate)
        .store(rows + ((post ? kPostTraces : kPreTraces) + which) * W);
    if (post)
        (dt * inverse_tau).store(rows + (kPostRates + which) * W);
    (rule.model.trace_jump == CARVE_TRACE_JUMP_ONE ? P::set(1) : inverse_tau)
        .store(rows + ((post ? kPostJumps : kPreJumps) + which) * W);
}

// Where the coefficients of a rule's terms go: [power of the third factor][kSpikeTheta], by the power of the sum of
// weights. Without a third factor and a gate those of power 0 are the first rows of the rule.
template <class Real> struct TermRows { Real* by_sum[3]; };

// The rows of its rule, times the learning rate in row kEta unless it drives a trace.
template <class P>
inline void prepare_spike_rule(const LaneGroup<P>& group, const ProjectionPlan& q,
                               typename P::Real* rows,
                               const TermRows<typename P::Real>& terms) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width;
    const Sim& sim = *group.sim;
    const RulePlan& rule = rules(sim)[q.model.rule];
    const Real* theta = array<Real>(sim, rule.theta) +
                        (rule.model.shared ? 0 : group.index * rule.n_terms * W + group.lane);
    const P dt = P::set(static_cast<Real>(sim.model.dt)),
            scale = rule.model.eligibility ? P::set(1) : P::load(rows + kEta * W);
    const bool from_neurons = is_neuron(populations(sim)[q.model.pre].model);
    const auto next = [&]() noexcept {
        const P value = rule.model.shared ? P::set(*theta) : P::load(theta);
        theta += rule.model.shared ? 1 : W;
        return value;
    };
    const auto for_bits = [](std::uint64_t bits, auto work) noexcept {
        for (; bits; bits &= bits - 1)
            work(static_cast<std::size_t>(__builtin_ctzll(bits)));
    };
    for_bits(rule.model.terms & kTimeConstants, [&](std::size_t trace) noexcept {
        prepare_trace(rule, trace, next(), dt, from_neurons, rows);
    });
    if (rule.model.eligibility)
        fade(P::set(0) - dt * exp(P::set(0) - next())).store(rows + kTraceKeep * W);
    for (const std::uint64_t event : {kAtPreTerms, kAtPostTerms})
        for (unsigned power = 0; power < 3; ++power)
            for_bits(terms_with(rule.model, power) & event, [&](std::size_t bit) noexcept {
                for (unsigned sum = 0; sum < 3; ++sum)
                    if (terms_with(rule.model, sum, power) >> bit & 1)
                        (scale * next())
                            .store(terms.by_sum[sum] + (power * kSpikeTheta + bit - 4) * W);
            });
}

// Fills in the rows of one projection for a group of lanes: of a static one the gain, as the others
// are not read.
template <class P>
inline void prepare_projection(const LaneGroup<P>& group, const SpikeLink& link,
                               typename P::Real* rows,
                               const TermRows<typename P::Real>& terms) noexcept {
    constexpr std::size_t W = P::width;
    group.of_replica(link.owner->gain).store(rows + kGain * W);
    if (!link.plastic)
        return;
    for (std::size_t row = 0; row < kGain; ++row)
        P::set(0).store(rows + row * W);
    const Bounds<P> given = bounds_of(group, *link.owner),
                    bounds = given.active ? given : Bounds<P>::none();
    bounds.low.store(rows + kLow * W);
    bounds.high.store(rows + kHigh * W);
    group.of_replica(link.plan->eta).store(rows + kEta * W);
    if (built(feature::general_rules) && link.product)
        prepare_product_rule(group, *link.plan, rows);
    // Coefficients of these are read where they are.
    if (built(feature::general_rules) && (link.product || link.mlp))
        prepare_fixed_traces(group, *link.plan, rows);
    else
        prepare_spike_rule(group, *link.plan, rows, terms);
}

} // namespace
} // namespace carve
