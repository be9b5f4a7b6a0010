// nines.hpp: sensitivity rows (M7) of the usual rules, whose coefficients are all nine x^a y^b w^c, b and c in
// 0 ... 2, of some powers a. As in sens.hpp each row is loaded and stored once a step, but the factors
// x^a w^c are made again for each nine: three rows of a tile are enough, and tiles are longer.
#pragma once
#include "sens.hpp"

namespace carve {
namespace {

constexpr std::size_t kNineTile = 24;
static_assert(3 * kNineTile <= kRowZero * kTile, "zeros stay");

// Nine coefficients from k on, their sums kept in registers while the synapses pass by. Power a; 3: those of
// another projection's rule, which nothing drives but dy/dtheta.
template <class P, int a>
__attribute__((noinline)) void advance_nine(const SensRow<typename P::Real>& row, const P& eta_in, std::size_t k, std::size_t synapses) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width, T = kNineTile * W;
    const std::size_t stride = row.coefficients * W, end = synapses * W;
    const Real *const y_sens = row.y_sens + k * W, *const tile = row.tile, *const xs = row.x, *const x_next = row.x_next;
    const Real* const y = row.y + P::lanes; // y, y^2
    Real *s = row.s + k * W, *const sum = row.dot + k * W;
    const P eta = eta_in; // in a register
    // kept: where they can stay in registers, as the compiler must fear the stores
    P dot[9], kept[9], kept_y[2] = {P::load(y), P::load(y + P::lanes)};
#pragma GCC unroll 9
    for (std::size_t i = 0; i < 9; ++i) kept[i] = P::load(y_sens + i * W);
#pragma GCC unroll 9
    for (std::size_t i = 0; i < 9; ++i) dot[i] = row.fresh ? P::set(0) : P::load(sum + i * W);
    for (std::size_t j = 0; j < end; j += W) {
        const P q = P::load(tile + kRowQ * T + j), r = P::load(tile + kRowR * T + j), next_x = P::load(x_next + j);
        P xw[3] = {eta, eta, eta}; // eta x^a w^c
        if constexpr (a < 3) {
            const P w = P::load(tile + kRowW * T + j);
            for (int i = 0; i < a; ++i) xw[0] = xw[0] * P::load(xs + j);
            xw[1] = xw[0] * w;
            xw[2] = xw[1] * w;
        }
#pragma GCC unroll 9
        for (std::size_t i = 0; i < 9; ++i) {
            P drive = r * (kManyRegisters ? kept[i] : P::load(y_sens + i * W));
            if constexpr (a < 3) {
                if (i < 3) drive = drive + xw[i];
                else drive = fma(xw[i % 3], kManyRegisters ? kept_y[i / 3 - 1] : P::load(y + (i / 3 - 1) * P::lanes), drive);
            }
            const P next = fma(q, P::load(s + i * W), drive);
            next.store(s + i * W);
            dot[i] = fma(next_x, next, dot[i]);
        }
        s += stride;
    }
#pragma GCC unroll 9
    for (std::size_t i = 0; i < 9; ++i) dot[i].store(sum + i * W);
}

// Whether `terms` are nine of one power a, b and c below 3, or nine of other rules.
inline bool are_nine(const TermRow* terms) noexcept {
    bool same = terms[0].own == 0 || terms[0].index % 9 == 0;
    for (unsigned i = 1; i < 9; ++i) same = same && terms[i].own == terms[0].own && (!terms[0].own || terms[i].index == terms[0].index + i);
    return same;
}
inline bool are_nines(const TermRow* terms, std::size_t n) noexcept {
    bool all = n % 9 == 0;
    for (std::size_t k = 0; all && k < n; k += 9) all = are_nine(terms + k);
    return all;
}
template <class P>
inline void advance_nines(const SensRow<typename P::Real>& row, const P& eta, std::size_t synapses) noexcept {
    for (std::size_t k = 0; k < row.coefficients; k += 9) {
        switch (row.terms[k].own ? row.terms[k].index / 9 : 3) {
        case 0: advance_nine<P, 0>(row, eta, k, synapses); break;
        case 1: advance_nine<P, 1>(row, eta, k, synapses); break;
        case 2: advance_nine<P, 2>(row, eta, k, synapses); break;
        default: advance_nine<P, 3>(row, eta, k, synapses); break;
        }
    }
}

} // namespace
} // namespace carve
