// target_link.hpp: a projection of the replica in work, where lanes are targets: where its arrays are, its
// prepared rule, and its traces, which are kept in growing form.
#pragma once
#include "mlp_rule.hpp"
#include "neurons.hpp"
#include "product_rule.hpp"
#include "settle.hpp"

namespace carve {
namespace {

// Numbers of neighbours that only decay and jump are kept divided by a scale that decays in every step, so
// that no step has to write them all: before it becomes too small they are multiplied by it, and it is 1
// again. Values of no consequence become 0 then, and no number is denormal: 1e-30 times the least scale is
// above 1e-37.
template <class V> struct Growing {
    using Real = typename V::Real;
    using One = Pack<Real, sizeof(Real)>;
    static constexpr Real kLeastScale = Real(0x1p-20);

    Real *first, *scale;
    std::size_t n;
    Real decay; // in a step

    CARVE_INLINE void fade() const noexcept {
        *scale *= decay;
        if (__builtin_expect(*scale < kLeastScale, 0))
            rescale();
    }

  private:
    __attribute__((noinline)) void rescale() const noexcept {
        const V by = V::set(*scale);
        std::size_t i = 0;
        for (; i + V::lanes <= n; i += V::lanes)
            settle(V::load(first + i) * by).store(first + i);
        for (; i < n; ++i)
            settle(One::load(first + i) * One::set(*scale)).store(first + i);
        *scale = 1;
    }
};

template <class V> struct GrowingTraces : Growing<V> {
    using typename Growing<V>::Real;
    using Growing<V>::first, Growing<V>::scale;
    Real jump; // by a spike
    bool used;

    CARVE_INLINE void raise(std::size_t unit) const noexcept {
        if (used)
            first[unit] += jump / *scale;
    }
    CARVE_INLINE Real of(std::size_t unit) const noexcept { return first[unit] * *scale; }
};

template <class V> struct TargetLink {
    using Real = typename V::Real;
    using One = Pack<Real, sizeof(Real)>;

    SpikeLink of;
    TargetGraph graph;
    Real *weights, *conductances, *rule; // rule: [kSpikeRows]
    const Real* state;                   // of the postsynaptic neurons
    std::size_t state_stride;            // from one of its rows to the next
    Real *scale, gain,
        added; // of the conductances; added per unit of weight to what is kept of them
    GrowingTraces<V> x, r, y, o;

    // In the replica of the group.
    void take(const LaneGroup<One>& group) noexcept {
        Sim& sim = *group.sim;
        const ProjectionPlan& q = *of.plan;
        const PopulationPlan& post = populations(sim)[q.model.post];
        const std::size_t neurons = std::size_t{post.rows} * sim.neighbours;
        weights = array<Real>(sim, q.weights) + group.index * graph.stride();
        conductances = array<Real>(sim, post.conductances) +
                       (group.index * post.model.n_receptors + q.model.receptor) * neurons;
        scale = array<Real>(sim, post.conductance_scales) + group.index * post.model.n_receptors +
                q.model.receptor;
        gain = array<Real>(sim, q.gain)[group.index];
        if (!of.plastic)
            return;
        state = post.state
                    ? array<Real>(sim, post.state) + group.index * state_rows(post.model) * neurons
                    : nullptr;
        state_stride = neurons;
        Real* const scales = array<Real>(sim, q.trace_scales) + group.index * 4;
        x = traces(sim, q.pre_traces, 2 * group.index, of.pre, scales, kPreTraces, of.terms.x);
        r = traces(sim, q.pre_traces, 2 * group.index + 1, of.pre, scales + 1, kPreTraces + 1,
                   of.terms.r);
        y = traces(sim, q.post_traces, 2 * group.index, of.post, scales + 2, kPostTraces,
                   of.terms.y);
        o = traces(sim, q.post_traces, 2 * group.index + 1, of.post, scales + 3, kPostTraces + 1,
                   of.terms.o);
    }

  private:
    GrowingTraces<V> traces(Sim& sim, Offset at, std::size_t index, std::size_t n, Real* of_traces,
                            std::size_t row, bool used) const noexcept {
        const Real prepared = rule[row];
        const bool rate = row < kPostTraces && !of.from_neurons; // of poisson units -dt / tau
        return {{array<Real>(sim, at) + index * n, of_traces, n,
                 rate ? fade(One::set(prepared)).r : prepared},
                rule[row + (kPreJumps - kPreTraces)],
                used};
    }
};
static_assert(kPostJumps - kPostTraces == kPreJumps - kPreTraces, "one distance for both");

} // namespace
} // namespace carve
