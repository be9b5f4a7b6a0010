// target_rows.hpp: what a spike does at the synapses of a unit, a register of them at a time: those from a
// presynaptic unit are neighbours, and reach different neurons.
#pragma once
#include "gather.hpp"
#include "target_link.hpp"

namespace carve {
namespace {

// Calls work(first synapse, how many) for registers of synapses.
template <class V, class Work>
CARVE_INLINE void for_registers(const SynapseRange& range, Work work) noexcept {
    std::size_t s = range.begin;
    for (; s + V::lanes <= range.end; s += V::lanes)
        work(s, V::lanes);
    if (s < range.end)
        work(s, range.end - s);
}
template <class V> CARVE_INLINE typename V::Mask first_lanes(std::size_t n) noexcept {
    using Real = typename V::Real;
    static const Real numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return less(V::load(numbers), V::set(static_cast<Real>(n)));
}

template <class V>
inline void transmit(const TargetLink<V>& q, const SynapseRange& column) noexcept {
    for_registers<V>(column, [&](std::size_t s, std::size_t n) noexcept {
        Indices<V>(q.graph.targets + s, q.graph.last_post)
            .add_products(q.conductances, q.added, V::load(q.weights + s), n);
    });
}

// The polynomial of the unit that spikes, whose own trace is known (r or o, the second factor of M15), in
// the trace of the other one as it is kept, to be multiplied by `scale`.
template <class V, int orders>
inline SpikeChange<V, orders> change_of(const typename V::Real* rows, typename V::Real known,
                                        typename V::Real scale) noexcept {
    using One = Pack<typename V::Real, sizeof(typename V::Real)>;
    const SpikeChange<One, orders> of(rows, One::set(known), false);
    SpikeChange<V, orders> all;
    for (int c = 0; c < orders; ++c) {
        all.u[c] = V::set(of.u[c].r);
        all.v[c] = V::set((of.v[c] * One::set(scale)).r);
    }
    return all;
}

// What rules that are no polynomials read of the postsynaptic neurons' state: rows of a register, of which
// only those that they read are filled in.
template <class V> struct StateOfTargets {
    typename V::Real rows[Cvaif<V>::kRows * V::width];

    // of_row(row): the register
    template <class OfRow> StateOfTargets(std::uint32_t factors, OfRow of_row) noexcept {
        const auto fill = [&](std::uint32_t factor, std::size_t row) noexcept {
            if (factors & factor)
                of_row(row).store(rows + row * V::width);
        };
        fill(CARVE_PRODUCT_VOLTAGE, Cvaif<V>::kVoltage);
        fill(CARVE_PRODUCT_EXCITATORY, Cvaif<V>::kExcitatory);
        fill(CARVE_PRODUCT_INHIBITORY, Cvaif<V>::kInhibitory);
    }
};
// The rows of one side of a product, for all lanes.
template <class V> struct ProductRows {
    typename V::Real rows[kProductRows * V::width];

    explicit ProductRows(const typename V::Real* side) noexcept {
        for (std::size_t row = 0; row < kProductRows; ++row)
            V::set(side[row]).store(rows + row * V::width);
    }
};

// Weights that leave the bound, or are not numbers: false.
template <class V> class Within {
    using Mask = typename V::Mask;

  public:
    explicit Within(const V& bound) noexcept
        : bound_(bound), all_(less_equal(V::set(0), V::set(0))) {}
    CARVE_INLINE void look(const V& w) noexcept {
        all_ = V::Ops::both(all_, LaneGroup<V>::inside(w, bound_));
    }
    explicit operator bool() const noexcept { return V::Ops::all(all_); }

  private:
    const V bound_;
    Mask all_;
};

// A presynaptic spike: transmits the weights as they are, then changes them. change(targets, w): dw
template <class V, class Change>
inline bool arrive_at(const TargetLink<V>& q, const SynapseRange& column, const Change& change,
                      const V& bound) noexcept {
    const Bounds<V> bounds = {V::set(q.rule[kLow]), V::set(q.rule[kHigh]), true};
    Within<V> within(bound);
    for_registers<V>(column, [&](std::size_t s, std::size_t n) noexcept {
        const Indices<V> targets(q.graph.targets + s, q.graph.last_post);
        typename V::Real* const at = q.weights + s;
        const V w = V::load(at);
        targets.add_products(q.conductances, q.added, w, n);
        const V next = Clip<V>(bounds, w + change(targets, w)).weight();
        if (n == V::lanes) {
            next.store(at);
            within.look(next);
        } else { // what follows belongs to other rows
            const auto mask = first_lanes<V>(n);
            select(mask, next, w).store(at);
            within.look(select(mask, next, V::set(0)));
        }
    });
    return static_cast<bool>(within);
}

// A postsynaptic spike. change(sources, w): dw
template <class V, class Change>
inline bool sweep_over(const TargetLink<V>& q, const SynapseRange& row, const Change& change,
                       const V& bound) noexcept {
    const Bounds<V> bounds = {V::set(q.rule[kLow]), V::set(q.rule[kHigh]), true};
    Within<V> within(bound);
    for_registers<V>(row, [&](std::size_t s, std::size_t n) noexcept {
        const Indices<V> at(q.graph.positions + s, q.graph.n_synapses - 1),
            sources(q.graph.sources + s, q.graph.last_pre);
        const V w = at.gather(q.weights);
        const V next = Clip<V>(bounds, w + change(sources, w)).weight();
        at.scatter(q.weights, next, n);
        within.look(n == V::lanes ? next : select(first_lanes<V>(n), next, V::set(0)));
    });
    return static_cast<bool>(within);
}

} // namespace
} // namespace carve
