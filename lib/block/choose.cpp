// choose.cpp: form, lanes and checkpoints of a model, by a cost model that depends on nothing that is
// not to change results.
#include "choose.hpp"
#include "terms.hpp"

namespace carve {

namespace {

std::uint64_t root_rounded_up(std::uint64_t x) noexcept {
    std::uint64_t root = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 31; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= x)
            root += bit;
    return root * root < x ? root + 1 : root;
}

// The lateral projection of a model that has moments_possible.
struct Within {
    bool any = false, plastic = false, lower = false;
};
Within within(const Model& m) noexcept {
    Within out;
    for (std::uint32_t k = 0; k < m.n_projections; ++k) {
        const Projection p = m.projections[k];
        if (is_lateral(p))
            out = {true, is_plastic(p), p.connectivity == CARVE_CONNECT_LOWER};
    }
    return out;
}
} // namespace

std::uint32_t rows_of(const Population& p, std::uint64_t afferents) noexcept {
    return static_cast<std::uint32_t>((p.n_units + afferents - 1) / afferents);
}

MomentLayout moment_layout_of(const Model& m, std::uint64_t coefficients) noexcept {
    const Within lateral = within(m);
    return moment_layout(m.populations[0].n_units, m.populations[1].n_units, coefficients,
                         lateral.any, lateral.plastic);
}

namespace {

// Multiply-adds of a step for one postsynaptic unit: by moments against sample by sample. A synapse
// costs about as much in either form, but sample by sample once for each of them.
bool moments_are_cheaper(const Model& m, std::uint64_t coefficients) noexcept {
    const std::uint64_t n = m.populations[0].n_units,
                        k = m.gradient == CARVE_GRADIENT_FORWARD ? coefficients : 0, s = m.batch;
    if (n > 64)
        return false; // the moments would not stay in cache
    const Within lateral = within(m);
    const MomentLayout layout = moment_layout_of(m, k);
    const std::uint64_t p = m.populations[1].n_units, sources = !lateral.any    ? 0
                                                                : lateral.lower ? p / 2
                                                                                : p;
    const std::uint64_t rows = n * layout.linear_rows + layout.pairs * (layout.quadratic_rows + 1);
    const std::uint64_t slopes = k ? n * n * (n + k + 9) + sources * n * (3 * n + 4 * k) : 0;
    return rows + slopes + (n + sources) * 20 < s * (n + sources) * (12 + 2 * k);
}

// A row of afferent lanes takes as long as a synapse of kAfferents replicas: as real_bytes / 2
// synapses of a lane block of 32 bytes. The choice depends on nothing that is not to change
// results.
bool afferents_are_cheaper(const Model& m) noexcept {
    std::uint64_t synapses = 0, rows = 0;
    for (std::uint32_t k = 0; k < m.n_projections; ++k) {
        const Projection p = m.projections[k];
        const std::uint64_t post = m.populations[p.post].n_units;
        synapses += post * m.populations[p.pre].n_units;
        rows += post * rows_of(m.populations[p.pre], kAfferents);
    }
    return rows * m.n_replicas * real_bytes(m) <= synapses;
}

} // namespace

// The head of a model's block without the arrays' places: what the plan decides.
Sim choose(const Model& m) noexcept {
    Sim head{};
    __builtin_memcpy(head.magic, "carvesim", 8);
    head.version = CARVE_ABI;
    head.layout = kLayout;
    head.byte_order = 0x01020304;
    head.model = m;
    bool third_factor = false;
    for (std::uint32_t i = 0; i < m.n_rules; ++i) {
        const Rule rule = m.rules[i];
        head.n_coefficients += count_coefficients(rule);
        third_factor = third_factor || has_modulated_terms(rule);
    }
    head.n_coefficients += count_free_columns(m);
    bool general = false;
    for (std::uint32_t k = 0; k < m.n_projections; ++k)
        general = general || is_general(m, m.projections[k]);
    const bool adjoint = m.gradient == CARVE_GRADIENT_ADJOINT && head.n_coefficients > 0;
    const bool moments =
        m.form == CARVE_FORM_MOMENTS ||
        (m.form == CARVE_FORM_AUTO && !adjoint && m.layout != CARVE_LAYOUT_AFFERENTS &&
         moments_possible(m) && moments_are_cheaper(m, head.n_coefficients));
    head.form = moments ? CARVE_FORM_MOMENTS : CARVE_FORM_SAMPLES;
    const bool afferents =
        !moments &&
        (m.layout == CARVE_LAYOUT_AFFERENTS ||
         (m.layout == CARVE_LAYOUT_AUTO && afferents_possible(m) && afferents_are_cheaper(m)));
    const bool targets = m.layout == CARVE_LAYOUT_TARGETS;
    head.neighbours = afferents || targets ? kAfferents : 1;
    head.lanes_per_block = afferents || targets ? 1 : m.lane_bytes / real_bytes(m);
    head.n_blocks = (m.n_replicas + head.lanes_per_block - 1) / head.lanes_per_block;
    head.facts =
        (is_spiking(m) ? kSpiking : kRates) |
        (m.gradient == CARVE_GRADIENT_FORWARD && head.n_coefficients ? kForward : kAlways) |
        (adjoint ? kAdjoint : kAlways) | (moments ? kMoments : kAlways) |
        (third_factor ? kThirdFactor : kAlways) | (general ? kGeneral : kAlways) |
        (m.batch == 1 ? kOnline : kAlways) | (afferents ? kAfferentLanes : kAlways) |
        (targets ? kTargetLanes : kAlways);
    if (adjoint) {
        head.interval = root_rounded_up(m.max_steps);
        head.n_checkpoints = (m.max_steps - 1) / head.interval + 1;
    }
    return head;
}

} // namespace carve
