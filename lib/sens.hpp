// sens.hpp: sensitivity rows (M7) of a tile of synapses, fused with the dot product (M6) that the next
// step needs: each row is loaded and stored once a step.
#pragma once
#include "plan.hpp"
#include "simd.hpp"

namespace carve {
namespace {

// Rows of a tile, each [kTile][lane].
enum TileRow : std::uint8_t { kRowQ = 0, kRowR = 1, kRowG = 2, kRowZero = 3, kRowTerms = 4 };

template <class Real>
struct SensRow {
    Real* s;             // [synapse][coefficient][lane], of the tile's first synapse
    const Real* x_next;  // [synapse][lane], rates of the dot product
    const Real* x_sens;  // [synapse][coefficient][lane], dx/dtheta at the step applied, or null
    const Real* y_sens;  // [coefficient][lane], dy/dtheta at the step applied
    const Real* eta_y;   // [b], registers: eta y^b
    const Real* tile;    // [TileRow][kTile][lane]
    const TermRow* terms;
    Real* dot;           // [coefficient][lane]
    bool fresh;          // dot starts from 0, else accumulates
    std::size_t coefficients;
};

// n coefficients of a row from k on, kept in registers while the synapses pass by. Term: term.load(j), then
// term.xw(i) and term.y(i) are x^a w^c and eta y^b of coefficient k + i and synapse j.
template <class P, int n, bool presynaptic, class Term>
CARVE_INLINE void advance_group(const SensRow<typename P::Real>& row, std::size_t k, std::size_t synapses, Term term) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width, T = kTile * W;
    const std::size_t stride = row.coefficients * W;
    const Real *const y_sens = row.y_sens + k * W, *const tile = row.tile, *const x_next = row.x_next;
    const Real* x_sens = presynaptic ? row.x_sens + k * W : nullptr;
    Real *s = row.s + k * W, *const sum = row.dot + k * W;
    P dot[n], kept[n]; // kept: y_sens where it can stay in registers, as the compiler must fear the stores
    if constexpr (kManyRegisters)
#pragma GCC unroll 9
        for (int i = 0; i < n; ++i) kept[i] = P::load(y_sens + static_cast<std::size_t>(i) * W);
#pragma GCC unroll 9
    for (int i = 0; i < n; ++i) dot[i] = row.fresh ? P::set(0) : P::load(sum + static_cast<std::size_t>(i) * W);
    for (std::size_t j = 0; j < synapses; ++j) {
        const P q = P::load(tile + kRowQ * T + j * W), r = P::load(tile + kRowR * T + j * W);
        const P x = P::load(x_next + j * W);
        term.load(j);
        P g = q;
        if constexpr (presynaptic) g = P::load(tile + kRowG * T + j * W);
#pragma GCC unroll 9
        for (int i = 0; i < n; ++i) {
            const std::size_t at = static_cast<std::size_t>(i) * W;
            P next = q * P::load(s + at);
            next = fma(r, kManyRegisters ? kept[i] : P::load(y_sens + at), next);
            if constexpr (presynaptic) next = fma(g, P::load(x_sens + at), next);
            next = fma(term.xw(i), term.y(i), next);
            next.store(s + at);
            dot[i] = fma(x, next, dot[i]);
        }
        s += stride;
        if constexpr (presynaptic) x_sens += stride;
    }
#pragma GCC unroll 9
    for (int i = 0; i < n; ++i) dot[i].store(sum + static_cast<std::size_t>(i) * W);
}

// Any n coefficients. Those of other rules have xw = 0.
template <class P, int n>
struct AnyTerms {
    const typename P::Real *xw_row[n], *y_row[n];
    std::size_t synapse = 0;
    CARVE_INLINE void load(std::size_t j) noexcept { synapse = j; }
    CARVE_INLINE P xw(int i) const noexcept { return P::load(xw_row[i] + synapse * P::width); }
    CARVE_INLINE P y(int i) const noexcept { return P::load(y_row[i]); }
};
template <class P, int n, bool presynaptic>
__attribute__((noinline)) void advance_some(const SensRow<typename P::Real>& row, std::size_t k, std::size_t synapses) noexcept {
    AnyTerms<P, n> terms;
    for (int i = 0; i < n; ++i) {
        terms.xw_row[i] = row.tile + row.terms[k + static_cast<std::size_t>(i)].tile_row * kTile * P::width;
        terms.y_row[i] = row.eta_y + row.terms[k + static_cast<std::size_t>(i)].b * P::lanes;
    }
    advance_group<P, n, presynaptic>(row, k, synapses, terms);
}
// The nine terms x^a y^b w^c, b and c in 0 ... 2, of one a: three factors x^a w^c, side by side in the tile.
template <class P>
struct NineTerms {
    const typename P::Real *rows, *eta_y;
    P xw0, xw1, xw2, kept[3]; // kept: eta_y, likewise
    CARVE_INLINE void load(std::size_t j) noexcept {
        constexpr std::size_t W = P::width, T = kTile * W;
        xw0 = P::load(rows + j * W);
        xw1 = P::load(rows + T + j * W);
        xw2 = P::load(rows + 2 * T + j * W);
    }
    CARVE_INLINE const P& xw(int i) const noexcept { return i % 3 == 0 ? xw0 : i % 3 == 1 ? xw1 : xw2; }
    CARVE_INLINE P y(int i) const noexcept { return kManyRegisters ? kept[i / 3] : load_y(i / 3); }
    CARVE_INLINE P load_y(int b) const noexcept { return P::load(eta_y + static_cast<std::size_t>(b) * P::lanes); }
};
template <class P, bool presynaptic>
__attribute__((noinline)) void advance_nine(const SensRow<typename P::Real>& row, std::size_t k, std::size_t synapses) noexcept {
    const P zero = P::set(0);
    NineTerms<P> terms{row.tile + row.terms[k].tile_row * kTile * P::width, row.eta_y, zero, zero, zero, {zero, zero, zero}};
    for (int b = 0; b < 3; ++b) terms.kept[b] = terms.load_y(b);
    advance_group<P, 9, presynaptic>(row, k, synapses, terms);
}
inline bool are_nine_of_one_a(const TermRow* terms) noexcept {
    return terms[0].own && terms[8].own && terms[0].index % 9 == 0 && terms[8].index == terms[0].index + 8 &&
           terms[8].tile_row == terms[0].tile_row + 2;
}

template <class P, bool presynaptic>
inline void advance_rows(const SensRow<typename P::Real>& row, std::size_t synapses) noexcept {
    std::size_t k = 0;
    for (; k + 9 <= row.coefficients; k += 9) {
        if (are_nine_of_one_a(row.terms + k)) advance_nine<P, presynaptic>(row, k, synapses);
        else advance_some<P, 9, presynaptic>(row, k, synapses);
    }
    for (; k + 3 <= row.coefficients; k += 3) advance_some<P, 3, presynaptic>(row, k, synapses);
    for (; k < row.coefficients; ++k) advance_some<P, 1, presynaptic>(row, k, synapses);
}

} // namespace
} // namespace carve
