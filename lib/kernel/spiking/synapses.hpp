// synapses.hpp: the synapses of a unit, where all are connected and where few are. What loops over them is
// compiled for both.
#pragma once
#include "spike_rule.hpp"

namespace carve {
namespace {

constexpr std::size_t kNobody = ~std::size_t{0}; // no unit has this number

// From a presynaptic unit: the postsynaptic ones, and where the weights are.
struct AllTargets {
    std::size_t first = 0, end, unit, pre, self;

    AllTargets(const SpikeLink& q, std::size_t j) noexcept
        : end(q.post), unit(j), pre(q.pre), self(q.to_itself ? j : kNobody) {}
    CARVE_INLINE std::size_t post(std::size_t k) const noexcept { return k; }
    CARVE_INLINE std::size_t synapse(std::size_t k) const noexcept { return k * pre + unit; }
    CARVE_INLINE bool absent(std::size_t k) const noexcept { return k == self; }
};
struct ListedTargets {
    const Graph& graph;
    std::size_t first, end, unit;

    ListedTargets(const SpikeLink& q, std::size_t j) noexcept
        : graph(q.graph), first(q.graph.column(j).begin), end(q.graph.column(j).end), unit(j) {}
    CARVE_INLINE std::size_t post(std::size_t k) const noexcept { return graph.post(k); }
    CARVE_INLINE std::size_t synapse(std::size_t k) const noexcept { return graph.synapse(k); }
    CARVE_INLINE bool absent(std::size_t) const noexcept { return false; }
};

// Onto a postsynaptic unit: the presynaptic ones of its synapses, which are neighbours from
// first_synapse on.
struct AllAfferents {
    std::size_t n, first_synapse, self;

    AllAfferents(const SpikeLink& q, std::size_t i) noexcept
        : n(q.pre), first_synapse(i * q.pre), self(q.to_itself ? i : kNobody) {}
    CARVE_INLINE std::size_t pre(std::size_t k) const noexcept { return k; }
    CARVE_INLINE bool absent(std::size_t k) const noexcept { return k == self; }
};
struct ListedAfferents {
    const Graph& graph;
    std::size_t first_synapse, n;

    ListedAfferents(const SpikeLink& q, std::size_t i) noexcept
        : graph(q.graph), first_synapse(q.graph.row(i).begin),
          n(q.graph.row(i).end - q.graph.row(i).begin) {}
    CARVE_INLINE std::size_t pre(std::size_t k) const noexcept {
        return graph.pre(first_synapse + k);
    }
    CARVE_INLINE bool absent(std::size_t) const noexcept { return false; }
};

} // namespace
} // namespace carve
