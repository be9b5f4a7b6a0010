// graph.hpp: the graph of a sparse projection, as its arrays in the block have it. Whatever they hold, no
// index that is taken from here leads outside of the arrays that it is for.
#pragma once
#include "plan.hpp"

namespace carve {

struct SynapseRange {
    std::size_t begin, end;
};
// Where the synapses of unit i are, of n in all.
inline SynapseRange range_of(const std::uint32_t* start, std::size_t i, std::size_t n) noexcept {
    const std::size_t end = start[i + 1] < n ? start[i + 1] : n;
    return {start[i] < end ? start[i] : end, end};
}

class Graph {
  public:
    using Range = SynapseRange;

    Graph() noexcept = default;
    Graph(const Sim& sim, const ProjectionPlan& q) noexcept
        : row_start_(array<std::uint32_t>(sim, q.row_start)),
          pre_(array<std::uint32_t>(sim, q.pre_units)),
          column_start_(array<std::uint32_t>(sim, q.column_start)),
          columns_(array<ColumnEntry>(sim, q.columns)),
          n_synapses_(static_cast<std::size_t>(
              count_synapses(q.model, populations(sim)[q.model.post].model.n_units))),
          last_pre_(populations(sim)[q.model.pre].model.n_units - 1),
          last_post_(populations(sim)[q.model.post].model.n_units - 1) {}

    std::size_t n_synapses() const noexcept { return n_synapses_; }
    // The synapses onto a postsynaptic unit, and where each is from.
    Range row(std::size_t post) const noexcept { return range(row_start_, post); }
    std::size_t pre(std::size_t synapse) const noexcept { return least(pre_[synapse], last_pre_); }
    // Entries of a presynaptic unit, in the order of the postsynaptic ones: where each is to, and which
    // synapse it is.
    Range column(std::size_t pre) const noexcept { return range(column_start_, pre); }
    std::size_t post(std::size_t entry) const noexcept {
        return least(columns_[entry].post, last_post_);
    }
    std::size_t synapse(std::size_t entry) const noexcept {
        return least(columns_[entry].synapse, n_synapses_ - 1);
    }

  private:
    static std::size_t least(std::size_t a, std::size_t b) noexcept { return a < b ? a : b; }
    Range range(const std::uint32_t* start, std::size_t i) const noexcept {
        return range_of(start, i, n_synapses_);
    }

    const std::uint32_t *row_start_, *pre_, *column_start_;
    const ColumnEntry* columns_;
    std::size_t n_synapses_, last_pre_, last_post_;
};

// With target lanes: synapses by presynaptic units, in the order of the postsynaptic ones. What is by
// rows, too, is where a rule is.
struct TargetGraph {
    std::uint32_t *column_start, *row_start; // [pre + 1], [post + 1]
    std::uint16_t *targets, *sources;        // [synapse] by columns, by rows
    std::uint32_t* positions;                // by rows: where the synapse is by columns
    std::uint32_t n_synapses, last_pre, last_post;

    TargetGraph() noexcept = default;
    TargetGraph(Sim& sim, const ProjectionPlan& q) noexcept
        : column_start(array<std::uint32_t>(sim, q.column_start)),
          row_start(q.row_start ? array<std::uint32_t>(sim, q.row_start) : nullptr),
          targets(array<std::uint16_t>(sim, q.targets)),
          sources(q.pre_units ? array<std::uint16_t>(sim, q.pre_units) : nullptr),
          positions(q.positions ? array<std::uint32_t>(sim, q.positions) : nullptr),
          n_synapses(static_cast<std::uint32_t>(
              count_synapses(q.model, populations(sim)[q.model.post].model.n_units))),
          last_pre(populations(sim)[q.model.pre].model.n_units - 1),
          last_post(populations(sim)[q.model.post].model.n_units - 1) {}

    SynapseRange column(std::size_t pre) const noexcept {
        return range_of(column_start, pre, n_synapses);
    }
    SynapseRange row(std::size_t post) const noexcept {
        return range_of(row_start, post, n_synapses);
    }
    std::size_t target(std::size_t synapse) const noexcept {
        return targets[synapse] < last_post ? targets[synapse] : last_post;
    }
    // From one array of synapses to the next: whole rows of lanes, and one of padding.
    std::size_t stride() const noexcept {
        return (std::size_t{n_synapses} + 2 * kAfferents - 1) / kAfferents * kAfferents;
    }
};

} // namespace carve
