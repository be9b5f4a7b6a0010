// plan.cpp: one walk that measures the block and lays it out.
#include "plan.hpp"

namespace carve {

namespace {

// Hands out consecutive, 64-byte aligned pieces; remembers when a size overflows.
class Layout {
  public:
    // n0 n1 ... elements of `element` bytes
    template <class... N> Offset take(std::uint64_t element, N... counts) noexcept {
        std::uint64_t size = element;
        ((ok_ = ok_ && !__builtin_mul_overflow(size, static_cast<std::uint64_t>(counts), &size)),
         ...);
        const Offset here = at_;
        ok_ = ok_ && size <= (std::uint64_t{1} << 63) - 64 &&
              !__builtin_add_overflow(at_, (size + 63) & ~std::uint64_t{63}, &at_) &&
              at_ >> 63 == 0;
        return here;
    }
    std::uint64_t bytes() const noexcept { return at_; }
    bool ok() const noexcept { return ok_; }

  private:
    std::uint64_t at_ = 0;
    bool ok_ = true;
};

// Not memcmp: clang makes bcmp of it, which a freestanding target need not have.
bool same_bytes(const void* a, const void* b, std::size_t n) noexcept {
    const unsigned char *const x = static_cast<const unsigned char*>(a),
                               *const y = static_cast<const unsigned char*>(b);
    unsigned difference = 0;
    for (std::size_t i = 0; i < n; ++i)
        difference |= static_cast<unsigned>(x[i] ^ y[i]);
    return difference == 0;
}

struct Dims {
    std::uint64_t blocks, lane_bytes, width, samples, coefficients; // lane_bytes: of a row of lanes
    std::uint64_t replica_bytes,
        afferents;                       // of an element of each replica of a block; units in a row
    bool gradient, moments, online;      // gradient: forward sensitivities
    std::uint64_t interval, checkpoints; // 0 unless adjoint
};

std::uint32_t rows_of(const carve_population& p, std::uint64_t afferents) noexcept {
    return static_cast<std::uint32_t>((p.n_units + afferents - 1) / afferents);
}

// Rates depend on theta if any plastic synapse, or any such rate, drives them.
std::uint64_t sensitive_populations(const carve_model& m) noexcept {
    std::uint64_t mask = 0;
    for (std::uint32_t i = 0; i < m.n_populations; ++i)
        for (std::uint32_t k = 0; k < m.n_projections; ++k) {
            const carve_projection p = projection_at(m, k);
            if (p.post == i && (is_plastic(p) || (mask >> p.pre & 1)))
                mask |= std::uint64_t{1} << i;
        }
    return mask;
}

std::uint64_t root_rounded_up(std::uint64_t x) noexcept {
    std::uint64_t root = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 31; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= x)
            root += bit;
    return root * root < x ? root + 1 : root;
}

PopulationPlan plan_population(Layout& at, const Dims& d, const carve_population& p,
                               bool depends) noexcept {
    const bool sensitive = depends && d.gradient;
    PopulationPlan plan{};
    plan.model = p;
    plan.sensitive = sensitive ? 1 : 0;
    const std::uint64_t n = plan.rows = rows_of(p, d.afferents);
    if (!streams_per_lane(p) && !d.moments)
        plan.rates = at.take(d.lane_bytes, d.blocks, d.samples, n);
    if (!streams_per_lane(p) || d.afferents > 1) { // not used where the caller has them
        const bool one = !d.online || p.fixed;
        plan.buffer[0] = at.take(d.lane_bytes, d.samples, n);
        plan.buffer[1] = one ? plan.buffer[0] : at.take(d.lane_bytes, d.samples, n);
    }
    if (p.kind == CARVE_GAUSSIAN) {
        const std::uint64_t element = p.shared ? d.replica_bytes / d.width : d.replica_bytes;
        const std::uint64_t blocks = p.shared ? 1 : d.blocks;
        plan.mean = at.take(element, blocks, p.n_units);
        plan.factor = at.take(element, blocks, p.n_units, p.n_units);
    }
    if (sensitive && !d.moments) {
        plan.sens[0] = at.take(d.lane_bytes, d.samples, n, d.coefficients);
        plan.sens[1] =
            d.online ? at.take(d.lane_bytes, d.samples, n, d.coefficients) : plan.sens[0];
    }
    if (d.interval) {
        if (p.kind == CARVE_RATE || (p.kind == CARVE_GAUSSIAN && !p.fixed))
            plan.segment = at.take(d.lane_bytes, d.interval, d.samples, n);
        if (depends)
            plan.slope = at.take(d.lane_bytes, d.samples, n);
    }
    return plan;
}

// The lateral projection of a model that has moments_possible.
struct Within {
    bool any = false, plastic = false, lower = false;
};
Within within(const carve_model& m) noexcept {
    Within out;
    for (std::uint32_t k = 0; k < m.n_projections; ++k) {
        const carve_projection p = projection_at(m, k);
        if (is_lateral(p))
            out = {true, is_plastic(p), p.connectivity == CARVE_LOWER};
    }
    return out;
}
MomentLayout layout_of(const carve_model& m, std::uint64_t coefficients) noexcept {
    const Within lateral = within(m);
    return moment_layout(population_at(m, 0).n_units, population_at(m, 1).n_units, coefficients,
                         lateral.any, lateral.plastic);
}

void plan_scratch(Layout& at, const Dims& d, const carve_model& m, std::uint64_t sensitive,
                  Sim& out) noexcept {
    std::uint64_t lateral_units = 0, solve_units = 0, gaussian_units = 0, explained_units = 0,
                  afferents = 0;
    for (std::uint32_t i = 0; i < m.n_populations; ++i) {
        const carve_population p = population_at(m, i);
        if (p.kind == CARVE_GAUSSIAN && p.n_units > gaussian_units)
            gaussian_units = p.n_units;
    }
    if (gaussian_units)
        out.normals = at.take(d.replica_bytes, gaussian_units);
    for (std::uint32_t k = 0; k < m.n_projections; ++k) {
        const carve_projection p = projection_at(m, k);
        const std::uint64_t n = population_at(m, p.post).n_units,
                            pre = population_at(m, p.pre).n_units;
        if (p.presynaptic != CARVE_PRE_RATE && pre > explained_units)
            explained_units = pre;
        if (pre > afferents)
            afferents = pre;
        if (is_lateral(p) && p.inference == CARVE_SWEEPS && n > lateral_units)
            lateral_units = n;
        if (is_lateral(p) && p.inference == CARVE_SOLVE && n > solve_units)
            solve_units = n;
    }
    out.dense = at.take(d.lane_bytes, m.n_rules, 64);
    if (d.moments) {
        out.moments = at.take(d.lane_bytes, layout_of(m, d.gradient ? d.coefficients : 0).size);
        if (solve_units)
            out.solve = at.take(d.lane_bytes, solve_units, solve_units);
        return;
    }
    if (d.gradient) {
        out.discard = at.take(d.lane_bytes, d.coefficients);
        if (d.afferents > 1)
            out.spread = at.take(d.lane_bytes, d.coefficients);
        out.terms = at.take(sizeof(TermRow), m.n_projections, d.coefficients);
    }
    if (d.interval) {
        out.gradient = at.take(d.lane_bytes, d.coefficients);
        out.row = at.take(d.lane_bytes, afferents);
    }
    if (d.afferents > 1)
        out.sums = at.take(d.lane_bytes, 1 + (d.gradient ? d.coefficients : 0));
    out.tile = at.take(d.lane_bytes, kTileRows, kTile);
    const std::uint64_t per_unit = 2 + (d.gradient && sensitive ? 2 * d.coefficients : 0);
    if (lateral_units)
        out.lateral = at.take(d.lane_bytes, lateral_units, per_unit);
    if (solve_units)
        out.solve = at.take(d.lane_bytes, solve_units, solve_units);
    if (explained_units)
        out.residuals = at.take(d.lane_bytes, 2, d.samples, explained_units);
    if (!d.online && d.gradient)
        out.samples = at.take(d.lane_bytes, 2, kChunk, kTile);
}

// Poisson populations: shared by all lanes.
void plan_poisson(Layout& at, const carve_model& m, std::uint32_t i,
                  PopulationPlan& plan) noexcept {
    const carve_population& p = plan.model;
    plan.fired = at.take(8, p.n_units);
    if (p.source == CARVE_SPIKES_STREAMED)
        return;
    plan.groups = at.take(8, 2, p.n_groups);
    plan.sources = at.take(sizeof(SourceState), p.n_groups);
    plan.saved = at.take(sizeof(SourceState), p.n_groups);
    plan.signal_leader = i;
    if (p.source != CARVE_SPIKES_SIGNAL)
        return;
    for (std::uint32_t k = i; k-- > 0;) {
        const carve_population other = population_at(m, k);
        if (other.kind == CARVE_POISSON && other.source == p.source && other.signal == p.signal &&
            other.n_groups == p.n_groups && other.signal_tau == p.signal_tau)
            plan.signal_leader = k;
    }
    if (plan.signal_leader == i)
        plan.signals = at.take(8, p.n_groups, kSpikeSteps);
}

PopulationPlan plan_spiking_population(Layout& at, const Dims& d, const carve_model& m,
                                       std::uint32_t i) noexcept {
    PopulationPlan plan{};
    plan.model = population_at(m, i);
    plan.rows = plan.model.n_units;
    plan.ref_steps = static_cast<std::uint32_t>(plan.model.t_ref / m.dt + 0.5);
    if (plan.model.kind == CARVE_POISSON) {
        plan_poisson(at, m, i, plan);
        return plan;
    }
    const std::uint64_t n = plan.model.n_units;
    plan.window = at.take(8, 2);
    plan.voltages = at.take(d.lane_bytes, d.blocks, n);
    plan.refractory = at.take(d.lane_bytes, d.blocks, n);
    plan.counts = at.take(d.lane_bytes, d.blocks, n);
    plan.conductances = at.take(d.lane_bytes, d.blocks, n, 2);
    if (plan.model.scored) {
        plan.rate = at.take(d.lane_bytes, d.blocks);
        plan.score = at.take(d.lane_bytes, d.blocks, kScore);
    }
    for (std::uint32_t k = 0; k < m.n_projections; ++k) {
        const carve_projection p = projection_at(m, k);
        if (p.pre == i && plan.history_steps < p.delay + std::uint64_t{1})
            plan.history_steps = p.delay + std::uint64_t{1};
    }
    if (d.gradient) {
        plan.voltage_sens = at.take(d.lane_bytes, d.blocks, n, d.coefficients);
        plan.conductance_sens = at.take(d.lane_bytes, d.blocks, n, 2, d.coefficients);
        plan.spike_sens = at.take(d.lane_bytes, kSpikeStrands * kSegment, n, d.coefficients);
        if (plan.model.scored) {
            plan.rate_sens = at.take(d.lane_bytes, d.blocks, d.coefficients);
            plan.score_sens = at.take(d.lane_bytes, d.blocks, kScore, d.coefficients);
        }
    }
    if (plan.history_steps)
        plan.history = at.take(d.lane_bytes, d.blocks, plan.history_steps, n);
    return plan;
}

void plan_spiking_projection(Layout& at, const Dims& d, const carve_model& m,
                             ProjectionPlan& plan) noexcept {
    const carve_population pre = population_at(m, plan.model.pre);
    const std::uint64_t n = population_at(m, plan.model.post).n_units;
    if (plan.model.tuning)
        plan.transmitted = at.take(d.lane_bytes, d.blocks, n, pre.n_groups);
    if (!is_plastic(plan.model))
        return;
    plan.pre_traces = at.take(d.lane_bytes, d.blocks, pre.n_units, 2);
    plan.post_traces = at.take(d.lane_bytes, d.blocks, n, 2);
    if (pre.kind == CARVE_LIF)
        return;
    plan.last = at.take(8, pre.n_units);
    plan.last_working = at.take(8, pre.n_units);
    if (!d.gradient)
        return;
    plan.pre_sens = at.take(d.lane_bytes, d.blocks, pre.n_units, 2);
    plan.post_sens = at.take(d.lane_bytes, d.blocks, n, 2, d.coefficients);
    plan.totals = at.take(d.lane_bytes, kSpikeStrands, n, 4, d.coefficients);
    plan.strands = at.take(d.lane_bytes, kSpikeStrands, 2 + kSegment * n);
}

void plan_spiking_scratch(Layout& at, const Dims& d, const carve_model& m, Sim& out) noexcept {
    out.spike_capacity = 4096; // a step always fits
    std::uint64_t units = 0;
    for (std::uint32_t i = 0; i < m.n_populations; ++i) {
        const carve_population p = population_at(m, i);
        if (p.kind == CARVE_POISSON)
            units += p.n_units;
    }
    if (units > out.spike_capacity)
        out.spike_capacity = units;
    out.raw_spikes = at.take(sizeof(RawSpike), out.spike_capacity);
    out.spikes = at.take(sizeof(Spike), out.spike_capacity);
    out.spikes_begin = at.take(4, kSpikeSteps + 1);
    out.spike_rules = at.take(d.lane_bytes, d.blocks, m.n_projections, kSpikeRows);
    if (!d.gradient)
        return;
    out.surrogates = at.take(d.lane_bytes, kSpikeStrands, d.coefficients);
    out.pending = at.take(d.lane_bytes, kSpikeStrands, d.coefficients);
}

// Multiply-adds of a step for one postsynaptic unit: by moments against sample by sample. A synapse
// costs about as much in either form, but sample by sample once for each of them.
bool moments_are_cheaper(const carve_model& m, std::uint64_t coefficients) noexcept {
    const std::uint64_t n = population_at(m, 0).n_units,
                        k = m.gradient == CARVE_GRADIENT_FORWARD ? coefficients : 0, s = m.batch;
    if (n > 64)
        return false; // the moments would not stay in cache
    const Within lateral = within(m);
    const MomentLayout layout = layout_of(m, k);
    const std::uint64_t p = population_at(m, 1).n_units, sources = !lateral.any    ? 0
                                                                   : lateral.lower ? p / 2
                                                                                   : p;
    const std::uint64_t rows = n * layout.linear_rows + layout.pairs * (layout.quadratic_rows + 1);
    const std::uint64_t slopes = k ? n * n * (n + k + 9) + sources * n * (3 * n + 4 * k) : 0;
    return rows + slopes + (n + sources) * 20 < s * (n + sources) * (12 + 2 * k);
}

// A row of afferent lanes takes as long as a synapse of kAfferents replicas: as real_bytes / 2
// synapses of a lane block of 32 bytes. The choice depends on nothing that is not to change
// results.
bool afferents_are_cheaper(const carve_model& m) noexcept {
    std::uint64_t synapses = 0, rows = 0;
    for (std::uint32_t k = 0; k < m.n_projections; ++k) {
        const carve_projection p = projection_at(m, k);
        const std::uint64_t post = population_at(m, p.post).n_units;
        synapses += post * population_at(m, p.pre).n_units;
        rows += post * rows_of(population_at(m, p.pre), kAfferents);
    }
    return rows * m.n_lanes * real_bytes(m) <= synapses;
}

// The head of a model's block without the arrays' places: what the plan decides.
Sim choose(const carve_model& m) noexcept {
    Sim head{};
    __builtin_memcpy(head.magic, "carvesim", 8);
    head.version = CARVE_ABI;
    head.byte_order = 0x01020304;
    head.model = m;
    head.model.populations = nullptr;
    head.model.projections = nullptr;
    head.model.rules = nullptr;
    for (std::uint32_t i = 0; i < m.n_rules; ++i)
        head.n_coefficients += count_terms(rule_at(m, i).terms);
    const bool adjoint = m.gradient == CARVE_GRADIENT_ADJOINT && head.n_coefficients > 0;
    const bool moments =
        m.form == CARVE_FORM_MOMENTS ||
        (m.form == CARVE_FORM_AUTO && !adjoint && m.lanes != CARVE_LANES_AFFERENTS &&
         moments_possible(m) && moments_are_cheaper(m, head.n_coefficients));
    head.form = moments ? CARVE_FORM_MOMENTS : CARVE_FORM_SAMPLES;
    const bool afferents =
        !moments &&
        (m.lanes == CARVE_LANES_AFFERENTS ||
         (m.lanes == CARVE_LANES_AUTO && afferents_possible(m) && afferents_are_cheaper(m)));
    head.afferents = afferents ? kAfferents : 1;
    head.lanes_per_block = afferents ? 1 : m.lane_bytes / real_bytes(m);
    head.n_blocks = (m.n_lanes + head.lanes_per_block - 1) / head.lanes_per_block;
    if (adjoint) {
        head.interval = root_rounded_up(m.max_steps);
        head.n_checkpoints = (m.max_steps - 1) / head.interval + 1;
    }
    return head;
}

} // namespace

bool make_plan(const carve_model& m, std::uint64_t& bytes, Sim* sim, PlanUse use) noexcept {
    Sim head = choose(m);
    const bool adjoint = head.interval > 0;
    const bool gradient = m.gradient == CARVE_GRADIENT_FORWARD && head.n_coefficients > 0;
    const std::uint64_t replica_bytes = std::uint64_t{head.lanes_per_block} * real_bytes(m);
    const Dims d{head.n_blocks,
                 replica_bytes * head.afferents,
                 head.lanes_per_block,
                 m.batch,
                 head.n_coefficients,
                 replica_bytes,
                 head.afferents,
                 gradient,
                 head.form == CARVE_FORM_MOMENTS,
                 m.batch == 1,
                 head.interval,
                 head.n_checkpoints};

    Layout at;
    at.take(sizeof(Sim));
    head.described_populations = at.take(sizeof(carve_population), m.n_populations);
    head.described_projections = at.take(sizeof(carve_projection), m.n_projections);
    head.described_rules = at.take(sizeof(carve_rule), m.n_rules);
    head.populations = at.take(sizeof(PopulationPlan), m.n_populations);
    head.projections = at.take(sizeof(ProjectionPlan), m.n_projections);
    head.rules = at.take(sizeof(RulePlan), m.n_rules);
    head.frozen = at.take(8, d.blocks, d.width);
    head.streams = at.take(8, d.blocks, d.width);
    const bool spiking = is_spiking(m);
    bool same = true;
    const auto emit = [&](Offset structs, std::uint32_t i, const auto& plan) noexcept {
        char* const to = reinterpret_cast<char*>(sim) + structs + i * sizeof plan;
        if (use == PlanUse::write)
            __builtin_memcpy(to, &plan, sizeof plan);
        if (use == PlanUse::compare)
            same = same && same_bytes(to, &plan, sizeof plan);
    };
    std::uint32_t first = 0;
    for (std::uint32_t i = 0; i < m.n_rules; ++i) {
        RulePlan plan{};
        plan.model = rule_at(m, i);
        plan.first = first;
        plan.n_terms = count_terms(plan.model.terms);
        plan.theta = plan.model.shared ? at.take(real_bytes(m), plan.n_terms)
                                       : at.take(d.replica_bytes, d.blocks, plan.n_terms);
        first += plan.n_terms;
        emit(head.described_rules, i, plan.model);
        emit(head.rules, i, plan);
    }
    for (std::uint32_t i = 0; i < m.n_projections; ++i) {
        ProjectionPlan plan{};
        plan.model = projection_at(m, i);
        const std::uint64_t pre = rows_of(population_at(m, plan.model.pre), d.afferents),
                            post = population_at(m, plan.model.post).n_units;
        plan.weights = at.take(d.lane_bytes, d.blocks, post, pre);
        if (gradient && is_plastic(plan.model))
            plan.sens = at.take(d.lane_bytes, d.blocks, post, pre, d.coefficients);
        if (adjoint && is_plastic(plan.model)) {
            plan.checkpoints = at.take(d.lane_bytes, d.blocks, d.checkpoints + 1, post, pre);
            plan.segment = at.take(d.lane_bytes, d.interval, post, pre);
            plan.slope = at.take(d.lane_bytes, post, pre);
        }
        if (spiking)
            plan_spiking_projection(at, d, m, plan);
        emit(head.described_projections, i, plan.model);
        emit(head.projections, i, plan);
    }
    const std::uint64_t sensitive =
        (gradient || adjoint) && !spiking ? sensitive_populations(m) : 0;
    for (std::uint32_t i = 0; i < m.n_populations; ++i) {
        const PopulationPlan plan =
            spiking ? plan_spiking_population(at, d, m, i)
                    : plan_population(at, d, population_at(m, i), sensitive >> i & 1);
        emit(head.described_populations, i, plan.model);
        emit(head.populations, i, plan);
    }
    if (spiking)
        plan_spiking_scratch(at, d, m, head);
    else
        plan_scratch(at, d, m, sensitive, head);
    bytes = head.bytes = at.bytes();
    if (use == PlanUse::write) {
        __builtin_memcpy(sim, &head, sizeof head);
        sim->checksum = plan_checksum(*sim);
    }
    if (use == PlanUse::compare)
        same = same && same_bytes(sim, &head, offsetof(Sim, checksum));
    return at.ok() && same;
}

MomentLayout moment_layout(std::uint64_t n, std::uint64_t p, std::uint64_t k, bool lateral,
                           bool plastic) noexcept {
    MomentLayout out{};
    const auto take = [&](std::uint64_t packs) noexcept {
        const std::uint64_t here = out.size;
        out.size += packs;
        return here;
    };
    const std::uint64_t synapses = n > p ? n : p, effective = lateral ? p * n : 0;
    out.pairs = n * (n + 1) / 2;
    out.linear_rows = 1 + n + (k ? out.pairs : n);
    out.quadratic_rows = n + (plastic ? out.pairs : n);
    out.linear = take(out.linear_rows * n);
    out.quadratic = take(out.quadratic_rows * out.pairs);
    out.fourth = take(k ? n * n * n : 0);
    out.monomials = take(p * out.pairs);
    out.by_rate = take(p * out.linear_rows);
    out.by_square = take(p * out.quadratic_rows);
    out.squares = take(p);
    out.source = take(n * 4);
    out.next = take(synapses);
    out.effective = take(effective);
    out.before = take(effective);
    out.coupling = take(k ? n * (n > 2 ? n : 2) : 0);
    out.next_sens = take(synapses * k);
    out.effective_sens = take(effective * k);
    out.before_sens = take(effective * k);
    return out;
}

// FNV-1a, 64 bits.
std::uint64_t plan_checksum(const Sim& sim) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325u;
    const auto mix = [&](const void* data, std::size_t size) noexcept {
        const unsigned char* p = static_cast<const unsigned char*>(data);
        for (std::size_t i = 0; i < size; ++i)
            hash = (hash ^ p[i]) * 0x100000001b3u;
    };
    mix(&sim, offsetof(Sim, checksum));
    mix(populations(sim), sizeof(PopulationPlan) * sim.model.n_populations);
    mix(projections(sim), sizeof(ProjectionPlan) * sim.model.n_projections);
    mix(rules(sim), sizeof(RulePlan) * sim.model.n_rules);
    return hash;
}

} // namespace carve
