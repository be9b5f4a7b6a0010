// plan.cpp: one walk over the table of arrays that measures the block, lays it out, or compares it.
#include "arrays.hpp"
#include "choose.hpp"
#include "layout.hpp"
#include "terms.hpp"

namespace carve {

namespace {

// Not memcmp: clang makes bcmp of it, which a freestanding target need not have.
bool same_bytes(const void* a, const void* b, std::size_t n) noexcept {
    const unsigned char *const x = static_cast<const unsigned char*>(a),
                               *const y = static_cast<const unsigned char*>(b);
    unsigned difference = 0;
    for (std::size_t i = 0; i < n; ++i)
        difference |= static_cast<unsigned>(x[i] ^ y[i]);
    return difference == 0;
}

// Rates depend on theta if any plastic synapse, or any such rate, drives them.
std::uint64_t sensitive_populations(const Model& m) noexcept {
    std::uint64_t mask = 0, before;
    do { // again where a delay leads backwards
        before = mask;
        for (std::uint32_t k = 0; k < m.n_projections; ++k) {
            const Projection p = m.projections[k];
            if (is_plastic(p) || (mask >> p.pre & 1))
                mask |= std::uint64_t{1} << p.post;
        }
    } while (mask != before);
    return mask;
}

// Of the projections of a population.
std::uint64_t longest_delay(const Model& m, std::uint32_t population) noexcept {
    std::uint64_t longest = 0;
    for (std::uint32_t k = 0; k < m.n_projections; ++k) {
        const Projection p = m.projections[k];
        longest = p.pre == population && p.delay > longest ? p.delay : longest;
    }
    return longest;
}

// Whether a population is the third factor of some rule.
bool modulates(const Model& m, std::uint32_t population) noexcept {
    bool any = false;
    for (std::uint32_t k = 0; k < count_uses(m); ++k)
        any = any || m.projections[k].modulator == population;
    return any;
}

// Facts about one element, beside those of the sim.
std::uint64_t facts_of(const Model& m, const Sim& head, std::uint32_t i, const Population& p,
                       bool depends) noexcept {
    std::uint64_t facts = head.facts;
    const auto add = [&](Fact fact, bool holds) noexcept { facts |= holds ? fact : kAlways; };
    add(kDepends, depends);
    add(kSensitive, depends && (facts & kForward));
    add(kGaussian, p.kind == CARVE_POPULATION_GAUSSIAN);
    add(kPoisson, p.kind == CARVE_POPULATION_POISSON);
    add(kNeurons, is_neuron(p));
    add(kScored, p.scored);
    add(kShared, p.shared);
    add(kStreamed, streams_per_lane(p) ||
                       (p.kind == CARVE_POPULATION_POISSON && p.source == CARVE_SOURCE_STREAMED));
    const bool buffered =
        (facts & kRates) && (!streams_per_lane(p) || (facts & kAfferentLanes)); // or used in place
    add(kBuffered, buffered);
    add(kTwoBuffers, buffered && (facts & kOnline) && !p.fixed);
    add(kRedrawn,
        p.kind == CARVE_POPULATION_RATE || (p.kind == CARVE_POPULATION_GAUSSIAN && !p.fixed));
    const bool delayed = longest_delay(m, i) > 0; // as all projections of neurons are
    add(kListened, is_neuron(p) && (delayed || modulates(m, i)));
    add(kDelayed, !is_neuron(p) && delayed);
    add(kLeaky, is_leaky(p));
    add(kRecorded, p.recorded);
    const bool free = free_columns_before(m, m.n_projections, i) > 0;
    add(kFreeWeights, free);
    add(kUnitSums, p.recorded && (p.sums == CARVE_SUMS_OF_UNITS || free));
    add(kChoices, p.recorded && p.likelihood == CARVE_LIKELIHOOD_CATEGORICAL);
    return facts;
}
std::uint64_t facts_of(const Model& m, const Sim& head, const Projection& q,
                       std::uint64_t depends) noexcept {
    const Rule rule = is_plastic(q) ? m.rules[q.rule] : Rule{};
    std::uint64_t facts = head.facts;
    const auto add = [&](Fact fact, bool holds) noexcept { facts |= holds ? fact : kAlways; };
    add(kPlastic, is_plastic(q));
    add(kBounded, is_bounded(q));
    add(kModulated, is_modulated(q));
    add(kBaseline, q.baseline != CARVE_BASELINE_NONE);
    add(kSensitiveModulator,
        has_modulator(q) && (head.facts & kForward) && (depends >> q.modulator & 1));
    add(kGeneralRule, is_general(m, q));
    add(kSpikingModulator, has_modulator(q) && is_spiking(m.populations[q.modulator]));
    add(kFurtherUse, q.use > 0);
    add(kRecorded, q.recorded && q.use == 0);
    add(kUnitSums, q.recorded && free_columns_before(m, m.n_projections, q.post) > 0);
    add(kPreMeans, rule.factors & CARVE_FACTOR_PRE_MEAN);
    add(kPostMeans, rule.factors & (CARVE_FACTOR_POST_MEAN | CARVE_FACTOR_POST_SQUARE));
    add(kEligibility, rule.eligibility);
    add(kWeightSums, sum_power(rule) > 0);
    add(kTuning, q.tuning);
    add(kSparse, is_sparse(q));
    add(kFromPoisson, m.populations[q.pre].kind == CARVE_POPULATION_POISSON);
    return facts;
}

// The first population that sees the same signals.
std::uint32_t leader_of(const Model& m, std::uint32_t i, const Population& p) noexcept {
    std::uint32_t leader = i;
    for (std::uint32_t k = i; p.source == CARVE_SOURCE_SIGNAL && k-- > 0;) {
        const Population other = m.populations[k];
        if (other.kind == CARVE_POPULATION_POISSON && other.source == p.source &&
            other.signal == p.signal && other.n_groups == p.n_groups &&
            other.signal_tau == p.signal_tau)
            leader = k;
    }
    return leader;
}

PopulationPlan describe_population(const Model& m, const Sim& head, std::uint32_t i,
                                   bool depends) noexcept {
    PopulationPlan plan{};
    const Population p = plan.model = m.populations[i];
    plan.facts = facts_of(m, head, i, p, depends);
    plan.rows = rows_of(p, head.neighbours);
    if (is_spiking(p))
        plan.ref_steps = static_cast<std::uint32_t>(p.t_ref / m.dt + 0.5);
    if (p.kind == CARVE_POPULATION_POISSON && p.source != CARVE_SOURCE_STREAMED) {
        plan.signal_leader = leader_of(m, i, p);
        if (p.source == CARVE_SOURCE_SIGNAL && plan.signal_leader == i)
            plan.facts |= kLeader;
    }
    const std::uint64_t longest = longest_delay(m, i);
    if (plan.facts & kListened)
        plan.history_steps = longest + 1;
    if (plan.facts & kDelayed) // spikes of a whole chunk are there before its first step; rates
                               // that arrived one step before are read when the newest are there
        plan.history_steps = longest + (is_spiking(p) ? kSpikeSteps : 2);
    return plan;
}

// The largest of what scratch is shared by.
void add_scratch_sizes(Sizes& s, const Model& m, const Sim& head, bool sensitive) noexcept {
    const auto at_least = [&](Dim d, std::uint64_t n) noexcept { s[d] = s[d] < n ? n : s[d]; };
    for (std::uint32_t i = 0; i < m.n_populations; ++i) {
        const Population p = m.populations[i];
        if (p.kind == CARVE_POPULATION_GAUSSIAN)
            at_least(Dim::gaussian_unit, p.n_units);
    }
    for (std::uint32_t k = 0; k < m.n_projections; ++k) {
        const Projection p = m.projections[k];
        const std::uint64_t n = m.populations[p.post].n_units, pre = m.populations[p.pre].n_units;
        at_least(Dim::afferent, pre);
        if (p.presynaptic != CARVE_PRESYNAPTIC_RATE)
            at_least(Dim::explained_unit, pre);
        if (is_lateral(p) && p.inference == CARVE_INFERENCE_SWEEPS)
            at_least(Dim::lateral_unit, n);
        if (is_lateral(p) && p.inference == CARVE_INFERENCE_SOLVE)
            at_least(Dim::solved_unit, n);
    }
    const bool forward = (head.facts & kForward) != 0;
    s[Dim::lateral_number] =
        2 + (forward && sensitive ? 2 * std::uint64_t{head.n_coefficients} : 0);
    if (head.facts & kMoments)
        s[Dim::moment] = moment_layout_of(m, forward ? head.n_coefficients : 0).size;
}

// Places the arrays of one element in its plan, which begins at `plan`.
void place(Layout& at, const Sim& head, Owner owner, std::uint64_t facts, const Sizes& sizes,
           void* plan) noexcept {
    for (const Array& a : arrays()) {
        if (a.owner != owner || !exists(a, facts))
            continue;
        std::uint64_t size = element_bytes(a, head);
        for (const Dim d : a.dims) {
            if (d == Dim::one) // and all after it
                break;
            at.multiply(size, sizes[d]);
        }
        if (size == 0)
            continue;
        const Offset here = at.take(size);
        __builtin_memcpy(static_cast<char*>(plan) + a.member, &here, sizeof here);
    }
}

// Spikes of a chunk: a step always fits.
std::uint64_t spike_capacity(const Model& m) noexcept {
    std::uint64_t units = 0;
    for (std::uint32_t i = 0; i < m.n_populations; ++i) {
        const Population p = m.populations[i];
        units += p.kind == CARVE_POPULATION_POISSON ? p.n_units : 0;
    }
    return units > 4096 ? units : 4096;
}

// The walk: the head's arrays, then the plan and the arrays of each element.
class Walk {
  public:
    Walk(const Model& m, Sim* sim, PlanUse use) noexcept
        : m_(m), sim_(sim), use_(use), head(choose(m)) {
        if (is_spiking(m))
            head.spike_capacity = spike_capacity(m);
        at.take(sizeof(Sim));
        head.populations = at.take(sizeof(PopulationPlan) * m.n_populations);
        head.projections = at.take(sizeof(ProjectionPlan) * count_uses(m));
        head.rules = at.take(sizeof(RulePlan) * m.n_rules);
        whole_ = sizes_of(head);
        if (head.facts & kRates && head.facts & (kForward | kAdjoint))
            depends_ = sensitive_populations(m);
        Sizes scratch = whole_;
        add_scratch_sizes(scratch, m, head, depends_ != 0);
        place(at, head, Owner::sim, head.facts, scratch, &head);
        place_rules();
        place_projections();
        place_populations();
        head.bytes = at.bytes();
    }

  private:
    void place_rules() noexcept {
        std::uint32_t first = 0;
        for (std::uint32_t i = 0; i < m_.n_rules; ++i) {
            RulePlan plan{};
            plan.model = m_.rules[i];
            plan.facts = head.facts | (plan.model.shared ? kShared : kAlways);
            plan.first = first;
            plan.n_terms = count_coefficients(plan.model);
            first += plan.n_terms;
            Sizes sizes = whole_;
            add_sizes(sizes, plan);
            place(at, head, Owner::rule, plan.facts, sizes, &plan);
            emit(head.rules, i, plan);
        }
    }
    void place_projections() noexcept {
        for (std::uint32_t i = 0; i < count_uses(m_); ++i) {
            ProjectionPlan plan{};
            plan.model = m_.projections[i];
            plan.facts = facts_of(m_, head, plan.model, depends_);
            Sizes sizes = whole_;
            add_sizes(sizes, plan, describe_population(m_, head, plan.model.pre, false),
                      describe_population(m_, head, plan.model.post, false),
                      is_plastic(plan.model) ? m_.rules[plan.model.rule] : Rule{});
            place(at, head, Owner::projection, plan.facts, sizes, &plan);
            emit(head.projections, i, plan);
        }
    }
    void place_populations() noexcept {
        for (std::uint32_t i = 0; i < m_.n_populations; ++i) {
            PopulationPlan plan = describe_population(m_, head, i, depends_ >> i & 1);
            Sizes sizes = whole_;
            add_sizes(sizes, plan);
            place(at, head, Owner::population, plan.facts, sizes, &plan);
            // Where one is enough, both are the same.
            plan.buffer[1] = plan.buffer[1] ? plan.buffer[1] : plan.buffer[0];
            plan.sens[1] = plan.sens[1] ? plan.sens[1] : plan.sens[0];
            emit(head.populations, i, plan);
        }
    }
    template <class Plan> void emit(Offset structs, std::uint32_t i, const Plan& plan) noexcept {
        const Offset here = structs + i * sizeof plan;
        char* const to = reinterpret_cast<char*>(sim_) + here;
        if (use_ == PlanUse::write)
            __builtin_memcpy(to, &plan, sizeof plan);
        if (use_ == PlanUse::compare)
            same = same && here + sizeof plan <= sim_->bytes && same_bytes(to, &plan, sizeof plan);
    }

    const Model& m_;
    Sim* sim_;
    PlanUse use_;
    Sizes whole_;
    std::uint64_t depends_ = 0; // bits of populations

  public:
    Sim head;
    Layout at;
    bool same = true; // in compare: the plans
};

} // namespace

bool make_plan(const Model& m, std::uint64_t& bytes, Sim* sim, PlanUse use) noexcept {
    const Walk walk(m, sim, use);
    bytes = walk.head.bytes;
    bool same = walk.same;
    if (use == PlanUse::write) {
        __builtin_memcpy(sim, &walk.head, sizeof walk.head);
        sim->checksum = plan_checksum(*sim);
    }
    if (use == PlanUse::compare)
        same = same && same_bytes(sim, &walk.head, offsetof(Sim, checksum));
    return walk.at.ok() && same;
}

namespace {

template <class Plan, class T>
T described(const void* plans, std::uint32_t i, const void*) noexcept {
    T model;
    __builtin_memcpy(&model, &static_cast<const Plan*>(plans)[i].model, sizeof model);
    return model;
}

} // namespace

Model model_of(const Sim& sim) noexcept {
    Model m;
    static_cast<Settings&>(m) = sim.model;
    m.populations = {populations(sim), described<PopulationPlan, Population>, nullptr};
    m.projections = {projections(sim), described<ProjectionPlan, Projection>, nullptr};
    m.rules = {rules(sim), described<RulePlan, Rule>, nullptr};
    return m;
}

// FNV-1a with words of 64 bits in place of bytes, whose upper halves are folded in: one to one in each
// word, so that no change of a single one goes unnoticed.
std::uint64_t plan_checksum(const Sim& sim) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325u;
    const auto mix = [&](const void* data, std::size_t size) noexcept {
        for (std::size_t i = 0; i < size; i += sizeof hash) {
            std::uint64_t word;
            __builtin_memcpy(&word, static_cast<const char*>(data) + i, sizeof word);
            hash = (hash ^ word) * 0x100000001b3u;
            hash ^= hash >> 32;
        }
    };
    static_assert(offsetof(Sim, checksum) % 8 == 0 && sizeof(PopulationPlan) % 8 == 0 &&
                      sizeof(ProjectionPlan) % 8 == 0 && sizeof(RulePlan) % 8 == 0,
                  "whole words");
    mix(&sim, offsetof(Sim, checksum));
    mix(populations(sim), sizeof(PopulationPlan) * sim.model.n_populations);
    mix(projections(sim), sizeof(ProjectionPlan) * count_uses(sim.model));
    mix(rules(sim), sizeof(RulePlan) * sim.model.n_rules);
    return hash;
}

} // namespace carve
