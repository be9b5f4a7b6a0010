// connect.cpp: see connect.hpp.
#include "connect.hpp"
#include "graph.hpp"
#include "philox.hpp"

namespace carve {

namespace {

// A set of units.
class Units {
  public:
    bool has(std::uint32_t i) const noexcept { return (words_[i / 64] >> i % 64 & 1) != 0; }
    void add(std::uint32_t i) noexcept { words_[i / 64] |= std::uint64_t{1} << i % 64; }
    // Calls work(unit) in increasing order, with those from `skipped` on one higher, and forgets them.
    template <class Work> void take(std::uint32_t skipped, Work work) noexcept {
        for (std::uint32_t w = 0; w < kWords; ++w)
            for (; words_[w]; words_[w] &= words_[w] - 1) {
                const std::uint32_t i =
                    64 * w + static_cast<std::uint32_t>(__builtin_ctzll(words_[w]));
                work(i + (i >= skipped ? 1 : 0));
            }
    }

  private:
    static constexpr std::uint32_t kWords = 65536 / 64;
    std::uint64_t words_[kWords] = {};
};

// k of n units, any set as likely as any other, by k numbers (Floyd's algorithm: Bentley, CACM 1987).
void draw_units(std::uint64_t seed, std::uint64_t first, std::uint32_t k, std::uint32_t n,
                Units& units) noexcept {
    constexpr std::uint32_t kSome = 64;
    double drawn[kSome];
    for (std::uint32_t d = 0; d < k; ++d) {
        if (d % kSome == 0)
            fill_uniform(seed, 0, first + d, drawn, k - d < kSome ? k - d : kSome);
        const std::uint32_t last = n - k + d;
        const std::uint32_t any = static_cast<std::uint32_t>(drawn[d % kSome] * (last + 1.0));
        units.add(units.has(any) ? last : any);
    }
}

// Calls work(post, pre) for the synapses that are drawn, row after row.
template <class Work> void draw_rows(const Sim& sim, std::uint32_t index, Work work) noexcept {
    const Projection& p = projections(sim)[index].model;
    const std::uint32_t n_post = populations(sim)[p.post].model.n_units,
                        others = populations(sim)[p.pre].model.n_units - (is_within(p) ? 1 : 0);
    const std::uint64_t seed = draw_seed(sim.seed, 4, random_id_of(p.random_id, index));
    Units units;
    for (std::uint32_t i = 0; i < n_post; ++i) {
        draw_units(seed, std::uint64_t{i} << 16, p.in_degree, others, units);
        units.take(is_within(p) ? i : others, [&](std::uint32_t j) noexcept { work(i, j); });
    }
}

void draw_graph(Sim& sim, std::uint32_t index) noexcept {
    const ProjectionPlan& q = projections(sim)[index];
    std::uint32_t* const row_start = array<std::uint32_t>(sim, q.row_start);
    std::uint32_t* next = array<std::uint32_t>(sim, q.pre_units);
    draw_rows(sim, index, [&](std::uint32_t, std::uint32_t j) noexcept { *next++ = j; });
    for (std::uint32_t i = 0; i <= populations(sim)[q.model.post].model.n_units; ++i)
        row_start[i] = i * q.model.in_degree;
}

// A block may hold anything: makes rows that follow one another and, as Graph bounds them, have all synapses
// between them.
void order_rows(Sim& sim, const ProjectionPlan& q) noexcept {
    std::uint32_t* const start = array<std::uint32_t>(sim, q.row_start);
    const std::uint32_t n_post = populations(sim)[q.model.post].model.n_units;
    start[0] = 0;
    for (std::uint32_t i = 1; i < n_post; ++i)
        start[i] = start[i] < start[i - 1] ? start[i - 1] : start[i];
    start[n_post] = static_cast<std::uint32_t>(count_synapses(q.model, n_post));
}

// Counting sort of the synapses by presynaptic unit; in a column they stay in the order of the rows.
void index_columns(Sim& sim, const ProjectionPlan& q) noexcept {
    const Graph graph(sim, q);
    const std::uint32_t n_post = populations(sim)[q.model.post].model.n_units,
                        n_pre = populations(sim)[q.model.pre].model.n_units;
    std::uint32_t* const start = array<std::uint32_t>(sim, q.column_start);
    ColumnEntry* const columns = array<ColumnEntry>(sim, q.columns);
    __builtin_memset(start, 0, sizeof *start * (std::size_t{n_pre} + 1));
    for (std::size_t s = 0; s < graph.n_synapses(); ++s)
        ++start[graph.pre(s) + 1];
    for (std::uint32_t j = 0; j < n_pre; ++j)
        start[j + 1] += start[j];
    // start[j] runs to where column j ends, which is where column j + 1 began.
    for (std::uint32_t i = 0; i < n_post; ++i)
        for (std::size_t s = graph.row(i).begin; s < graph.row(i).end; ++s)
            columns[start[graph.pre(s)]++] = {i, static_cast<std::uint32_t>(s)};
    for (std::uint32_t j = n_pre; j > 0; --j)
        start[j] = start[j - 1];
    start[0] = 0;
}

// for_rows(work) calls work(post, pre) for every synapse, row after row, each time that it is called.
template <class ForRows>
void index_targets(Sim& sim, const ProjectionPlan& q, ForRows for_rows) noexcept {
    const TargetGraph graph(sim, q);
    std::uint32_t* const start = graph.column_start;
    __builtin_memset(start, 0, sizeof *start * (std::size_t{graph.last_pre} + 2));
    for_rows([&](std::uint32_t, std::uint32_t j) noexcept { ++start[j + 1]; });
    for (std::uint32_t j = 0; j <= graph.last_pre; ++j)
        start[j + 1] += start[j];
    if (graph.row_start)
        __builtin_memset(graph.row_start, 0,
                         sizeof *graph.row_start * (std::size_t{graph.last_post} + 2));
    std::uint32_t s = 0;
    for_rows([&](std::uint32_t i, std::uint32_t j) noexcept { // as in index_columns
        const std::uint32_t at = start[j]++;
        graph.targets[at] = static_cast<std::uint16_t>(i);
        if (!graph.row_start)
            return;
        graph.sources[s] = static_cast<std::uint16_t>(j);
        graph.positions[s] = at;
        graph.row_start[i + 1] = ++s;
    });
    for (std::uint32_t j = graph.last_pre + 1; j > 0; --j)
        start[j] = start[j - 1];
    start[0] = 0;
    for (std::uint32_t i = 0; graph.row_start && i <= graph.last_post; ++i) // rows without synapses
        if (graph.row_start[i + 1] < graph.row_start[i])
            graph.row_start[i + 1] = graph.row_start[i];
}

} // namespace

void take_graph(Sim& sim, std::uint32_t projection, const ListedGraph& graph) noexcept {
    const ProjectionPlan& q = projections(sim)[projection];
    const std::uint32_t n_post = populations(sim)[q.model.post].model.n_units;
    index_targets(sim, q, [&](auto work) noexcept {
        for (std::uint32_t i = 0; i < n_post; ++i)
            for (std::uint32_t s = graph.row_start[i]; s < graph.row_start[i + 1]; ++s)
                work(i, graph.pre[s]);
    });
}

void connect(Sim& sim, std::uint32_t projection) noexcept {
    const ProjectionPlan& q = projections(sim)[projection];
    if (!is_sparse(q.model))
        return;
    if (sim.facts & kTargetLanes) {
        if (q.model.connectivity == CARVE_CONNECT_IN_DEGREE)
            index_targets(sim, q, [&](auto work) noexcept { draw_rows(sim, projection, work); });
        return;
    }
    if (q.model.connectivity == CARVE_CONNECT_IN_DEGREE)
        draw_graph(sim, projection);
    order_rows(sim, q);
    index_columns(sim, q);
}

} // namespace carve
