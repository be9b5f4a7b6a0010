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
    const Real* eta_y;   // [coefficient][lane], eta y^b of each term
    const Real* tile;    // [TileRow][kTile][lane]
    const TermRow* terms;
    Real* dot;           // [coefficient][lane], accumulates
    std::size_t coefficients;

    // From coefficient k on.
    SensRow from(std::size_t k, std::size_t width) const noexcept {
        return {s + k * width,     x_next, x_sens ? x_sens + k * width : nullptr, y_sens + k * width,
                eta_y + k * width, tile,   terms + k,                            dot + k * width,
                coefficients};
    }
};

// The first n coefficients of a row, kept in registers while the synapses pass by. Factors: z.load(j),
// then z(i) is x^a w^c of coefficient i and synapse j.
template <class P, int n, bool presynaptic, class Factors>
CARVE_INLINE void advance_group(const SensRow<typename P::Real>& row, std::size_t synapses, Factors z) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width, T = kTile * W;
    const std::size_t stride = row.coefficients * W;
    const Real *const y_sens = row.y_sens, *const eta_y = row.eta_y, *const tile = row.tile, *const x_next = row.x_next;
    const Real* x_sens = row.x_sens;
    Real* s = row.s;
    P dot[n];
#pragma GCC unroll 9
    for (int i = 0; i < n; ++i) dot[i] = P::load(row.dot + static_cast<std::size_t>(i) * W);
    for (std::size_t j = 0; j < synapses; ++j) {
        const P q = P::load(tile + kRowQ * T + j * W), r = P::load(tile + kRowR * T + j * W);
        const P x = P::load(x_next + j * W);
        z.load(j);
        P g = q;
        if constexpr (presynaptic) g = P::load(tile + kRowG * T + j * W);
#pragma GCC unroll 9
        for (int i = 0; i < n; ++i) {
            const std::size_t at = static_cast<std::size_t>(i) * W;
            P next = q * P::load(s + at);
            next = fma(r, P::load(y_sens + at), next);
            if constexpr (presynaptic) next = fma(g, P::load(x_sens + at), next);
            next = fma(z(i), P::load(eta_y + at), next);
            next.store(s + at);
            dot[i] = fma(x, next, dot[i]);
        }
        s += stride;
        if constexpr (presynaptic) x_sens += stride;
    }
#pragma GCC unroll 9
    for (int i = 0; i < n; ++i) dot[i].store(row.dot + static_cast<std::size_t>(i) * W);
}

// Any n coefficients.
template <class P, int n>
struct AnyFactors {
    const typename P::Real* row[n]; // of the tile
    std::size_t synapse = 0;
    CARVE_INLINE void load(std::size_t j) noexcept { synapse = j; }
    CARVE_INLINE P operator()(int i) const noexcept { return P::load(row[i] + synapse * P::width); }
};
template <class P, int n, bool presynaptic>
__attribute__((noinline)) void advance_some(const SensRow<typename P::Real>& row, std::size_t synapses) noexcept {
    AnyFactors<P, n> factors;
    for (int i = 0; i < n; ++i) factors.row[i] = row.tile + row.terms[i].tile_row * kTile * P::width;
    advance_group<P, n, presynaptic>(row, synapses, factors);
}
// The nine terms x^a y^b w^c, b and c in 0 ... 2, of one a: three factors, side by side in the tile, for all.
template <class P>
struct NineFactors {
    const typename P::Real* rows;
    P z0, z1, z2;
    CARVE_INLINE void load(std::size_t j) noexcept {
        constexpr std::size_t W = P::width, T = kTile * W;
        z0 = P::load(rows + j * W);
        z1 = P::load(rows + T + j * W);
        z2 = P::load(rows + 2 * T + j * W);
    }
    CARVE_INLINE const P& operator()(int i) const noexcept { return i % 3 == 0 ? z0 : i % 3 == 1 ? z1 : z2; }
};
template <class P, bool presynaptic>
__attribute__((noinline)) void advance_nine(const SensRow<typename P::Real>& row, std::size_t synapses) noexcept {
    const P zero = P::set(0);
    advance_group<P, 9, presynaptic>(row, synapses,
                                     NineFactors<P>{row.tile + row.terms[0].tile_row * kTile * P::width, zero, zero, zero});
}
inline bool are_nine_of_one_a(const TermRow* terms) noexcept {
    return terms[0].own && terms[8].own && terms[0].index % 9 == 0 && terms[8].index == terms[0].index + 8 &&
           terms[8].tile_row == terms[0].tile_row + 2;
}

template <class P, bool presynaptic>
inline void advance_rows(const SensRow<typename P::Real>& row, std::size_t synapses) noexcept {
    std::size_t k = 0;
    for (; k + 9 <= row.coefficients; k += 9) {
        if (are_nine_of_one_a(row.terms + k)) advance_nine<P, presynaptic>(row.from(k, P::width), synapses);
        else advance_some<P, 9, presynaptic>(row.from(k, P::width), synapses);
    }
    for (; k + 3 <= row.coefficients; k += 3) advance_some<P, 3, presynaptic>(row.from(k, P::width), synapses);
    for (; k < row.coefficients; ++k) advance_some<P, 1, presynaptic>(row.from(k, P::width), synapses);
}

} // namespace
} // namespace carve
