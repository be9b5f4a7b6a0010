// graph.hpp: the graph of a sparse projection, as its arrays in the block have it. Whatever they hold, no
// index that is taken from here leads outside of the arrays that it is for.
#pragma once
#include "plan.hpp"

namespace carve {

class Graph {
  public:
    struct Range {
        std::size_t begin, end;
    };

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
        const std::size_t end = least(start[i + 1], n_synapses_);
        return {least(start[i], end), end};
    }

    const std::uint32_t *row_start_, *pre_, *column_start_;
    const ColumnEntry* columns_;
    std::size_t n_synapses_, last_pre_, last_post_;
};

} // namespace carve
