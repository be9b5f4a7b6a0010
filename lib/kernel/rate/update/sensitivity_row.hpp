// sensitivity_row.hpp: sensitivity rows (M7) of a tile of synapses, fused with the dot product (M6) that the
// next step needs: each row is loaded and stored once a step.
#pragma once
#include "features.hpp"
#include "pack.hpp"
#include "plan.hpp"

namespace carve {
namespace {

// Rows of a tile, each [kTile][lane]; of full_sensitivity_row.hpp the first two and w, each [kFullPowerTile][lane].
enum TileRow : std::uint8_t {
    kRowQ = 0,
    kRowR = 1,
    kRowG = 2,
    kRowW = 2,
    kRowTerms = 3,
    kRowZero = kTileRows - 1
};

template <class Real> struct SensRow {
    Real* s;                // [synapse][coefficient][lane], of the tile's first synapse
    const Real *x, *x_next; // [synapse][lane], rates at the step applied, and of the dot product
    const Real* x_sens;     // [synapse][coefficient][lane], dx/dtheta at the step applied, or null
    const Real* y_sens;     // [coefficient][lane], dy/dtheta at the step applied
    const Real* y;          // [d][b], registers: eta y^b r^d; y^b for full powers
    const Real* tile;       // [TileRow][synapse][lane]
    const TermRow* terms;
    Real* dot;  // [coefficient][lane]
    bool fresh; // dot starts from 0, else accumulates
    std::size_t coefficients;
};

// n coefficients of a row from k on, kept in registers while the synapses pass by. Term:
// term.load(j), then term.xw(i) and term.y(i) are x^a w^c and eta y^b of coefficient k + i and
// synapse j.
template <class P, int n, bool presynaptic, class Term>
CARVE_INLINE void advance_group(const SensRow<typename P::Real>& row, std::size_t k,
                                std::size_t synapses, Term term) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width, T = kTile * W;
    const std::size_t stride = row.coefficients * W;
    const Real *const y_sens = row.y_sens + k * W, *const tile = row.tile,
                      *const x_next = row.x_next;
    const Real* x_sens = presynaptic ? row.x_sens + k * W : nullptr;
    Real *s = row.s + k * W, *const sum = row.dot + k * W;
    P dot[n], kept[n]; // kept: y_sens where it can stay in registers, as the compiler must fear the
                       // stores
    if constexpr (kManyRegisters)
#pragma GCC unroll 9
        for (int i = 0; i < n; ++i)
            kept[i] = P::load(y_sens + static_cast<std::size_t>(i) * W);
#pragma GCC unroll 9
    for (int i = 0; i < n; ++i)
        dot[i] = row.fresh ? P::set(0) : P::load(sum + static_cast<std::size_t>(i) * W);
    for (std::size_t j = 0; j < synapses; ++j) {
        const P q = P::load(tile + kRowQ * T + j * W), r = P::load(tile + kRowR * T + j * W);
        const P x = P::load(x_next + j * W);
        term.load(j);
        P g = q;
        if constexpr (presynaptic)
            g = P::load(tile + kRowG * T + j * W);
#pragma GCC unroll 9
        for (int i = 0; i < n; ++i) {
            const std::size_t at = static_cast<std::size_t>(i) * W;
            P next = q * P::load(s + at);
            next = fma(r, kManyRegisters ? kept[i] : P::load(y_sens + at), next);
            if constexpr (presynaptic)
                next = fma(g, P::load(x_sens + at), next);
            next = fma(term.xw(i), term.y(i), next);
            next.store(s + at);
            dot[i] = fma(x, next, dot[i]);
        }
        s += stride;
        if constexpr (presynaptic)
            x_sens += stride;
    }
#pragma GCC unroll 9
    for (int i = 0; i < n; ++i)
        dot[i].store(sum + static_cast<std::size_t>(i) * W);
}

// Any n coefficients. Those of other rules have xw = 0.
template <class P, int n> struct AnyTerms {
    const typename P::Real *xw_row[n], *y_row[n];
    std::size_t synapse = 0;
    CARVE_INLINE void load(std::size_t j) noexcept { synapse = j; }
    CARVE_INLINE P xw(int i) const noexcept { return P::load(xw_row[i] + synapse * P::width); }
    CARVE_INLINE P y(int i) const noexcept { return P::load(y_row[i]); }
};
template <class P, int n, bool presynaptic>
__attribute__((noinline)) void advance_some(const SensRow<typename P::Real>& row, std::size_t k,
                                            std::size_t synapses) noexcept {
    AnyTerms<P, n> terms;
    for (int i = 0; i < n; ++i) {
        terms.xw_row[i] =
            row.tile + row.terms[k + static_cast<std::size_t>(i)].tile_row * kTile * P::width;
        terms.y_row[i] = row.y + row.terms[k + static_cast<std::size_t>(i)].b * P::lanes;
    }
    advance_group<P, n, presynaptic>(row, k, synapses, terms);
}
template <class P, bool presynaptic>
inline void advance_terms(const SensRow<typename P::Real>& row, std::size_t synapses) noexcept {
    std::size_t k = 0;
    if constexpr (built(feature::unrolled)) {
        for (; k + 9 <= row.coefficients; k += 9)
            advance_some<P, 9, presynaptic>(row, k, synapses);
        for (; k + 3 <= row.coefficients; k += 3)
            advance_some<P, 3, presynaptic>(row, k, synapses);
    }
    for (; k < row.coefficients; ++k)
        advance_some<P, 1, presynaptic>(row, k, synapses);
}

} // namespace
} // namespace carve
