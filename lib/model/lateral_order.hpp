// lateral_order.hpp: in which order the units of a population take the synapses within it into
// account, and how many of them act (M2). What a unit answers is its caller's: rates of a sample,
// effective weights, or the matrix that both are multiplied by.
#pragma once
#include "description.hpp"

namespace carve {
namespace {

// Synapses of row i that can be other than 0, of a projection from n units.
inline std::size_t row_length(const Projection& p, std::size_t i, std::size_t n) noexcept {
    const bool masked =
        p.connectivity == CARVE_CONNECT_LOWER && p.mask_from == CARVE_MASK_FROM_START;
    return masked ? i : n;
}

// Rows has count(), answer(i, sources), from what rows are now or, in a sweep, were before it;
// begin_sweep(last); solve().
template <class Rows>
[[gnu::always_inline]] inline void infer_rows(const Projection& m, Rows rows) noexcept {
    const std::size_t n = rows.count();
    if (m.inference == CARVE_INFERENCE_SOLVE)
        return rows.solve();
    if (m.inference == CARVE_INFERENCE_SEQUENTIAL) {
        for (std::size_t i = 0; i < n; ++i)
            rows.answer(i, i);
        return;
    }
    for (std::size_t i = 0; i < n; ++i)
        rows.answer(i, 0);
    for (std::uint32_t sweep = 0; sweep < m.n_sweeps; ++sweep) {
        rows.begin_sweep(sweep + 1 == m.n_sweeps);
        for (std::size_t i = 0; i < n; ++i)
            rows.answer(i, row_length(m, i, n));
    }
}

} // namespace
} // namespace carve
