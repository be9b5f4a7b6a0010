// full_sensitivity_row.hpp: sensitivity rows (M7) of the usual rules, whose coefficients are all nine x^a y^b w^c,
// b and c in 0 ... 2, of some powers a. As in sensitivity_row.hpp each row is loaded and stored once a step,
// but the factors x^a w^c are made again for each power of x: three rows of a tile are enough, and tiles
// are longer.
#pragma once
#include "sensitivity_row.hpp"

namespace carve {
namespace {

constexpr std::size_t kFullPowerTile = 24;
static_assert(3 * kFullPowerTile <= kRowZero * kTile, "zeros stay");

// Where the nine coefficients of a power of x are in a tile.
template <class Real> struct FullPowerRows {
    Real* s;
    const Real *tile, *x, *x_next, *y_sens, *y;
    std::size_t stride, end; // of s from synapse to synapse; of the rows of all synapses
};
template <class P> struct FullPowerRegisters { P dot[9], y_sens[9], y[3]; };

// One step. Power a; 3: coefficients of another projection's rule, which nothing drives but
// dy/dtheta. dy/dtheta and y stay in registers where there are enough of them, as the compiler must
// fear the stores.
template <class P, int a>
CARVE_INLINE void advance_synapses(const FullPowerRows<typename P::Real>& rows, const P& eta,
                                   FullPowerRegisters<P>& in) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width, T = kFullPowerTile * W;
    const Real *const tile = rows.tile, *const xs = rows.x, *const x_next = rows.x_next,
                      *const y_sens = rows.y_sens, *const y = rows.y;
    const std::size_t stride = rows.stride, end = rows.end;
    Real* s = rows.s;
    for (std::size_t j = 0; j < end; j += W) {
        const P q = P::load(tile + kRowQ * T + j), r = P::load(tile + kRowR * T + j),
                next_x = P::load(x_next + j);
        P xw[3] = {eta, eta, eta}; // eta x^a w^c
        if constexpr (a < 3) {
            const P w = P::load(tile + kRowW * T + j);
            for (int i = 0; i < a; ++i)
                xw[0] = xw[0] * P::load(xs + j);
            xw[1] = xw[0] * w;
            xw[2] = xw[1] * w;
        }
#pragma GCC unroll 9
        for (std::size_t i = 0; i < 9; ++i) {
            P drive = r * (kManyRegisters ? in.y_sens[i] : P::load(y_sens + i * W));
            if constexpr (a < 3) {
                if (i < 3)
                    drive = drive + xw[i];
                else
                    drive =
                        fma(xw[i % 3], kManyRegisters ? in.y[i / 3] : P::load(y + i / 3 * P::lanes),
                            drive);
            }
            const P next = fma(q, P::load(s + i * W), drive);
            next.store(s + i * W);
            in.dot[i] = fma(next_x, next, in.dot[i]);
        }
        s += stride;
    }
}

// Nine coefficients from k on, their sums kept in registers while the synapses pass by.
template <class P, int a>
__attribute__((noinline)) void advance_full_power(const SensRow<typename P::Real>& row,
                                                  const P& eta, std::size_t k,
                                                  std::size_t synapses) noexcept {
    constexpr std::size_t W = P::width;
    const FullPowerRows<typename P::Real> rows{row.s + k * W,        row.tile,           row.x,
                                               row.x_next,           row.y_sens + k * W, row.y,
                                               row.coefficients * W, synapses * W};
    typename P::Real* const sum = row.dot + k * W;
    FullPowerRegisters<P> in;
#pragma GCC unroll 9
    for (std::size_t i = 0; i < 9; ++i)
        in.y_sens[i] = P::load(rows.y_sens + i * W);
#pragma GCC unroll 9
    for (std::size_t i = 0; i < 9; ++i)
        in.dot[i] = row.fresh ? P::set(0) : P::load(sum + i * W);
    for (std::size_t b = 1; b < 3; ++b)
        in.y[b] = P::load(row.y + b * P::lanes);
    const P in_register = eta;
    advance_synapses<P, a>(rows, in_register, in);
#pragma GCC unroll 9
    for (std::size_t i = 0; i < 9; ++i)
        in.dot[i].store(sum + i * W);
}

// The same of several steps: those of each follow each other in the tile, the rates and y, and a
// step's sums are the next one's dy/dtheta.
template <class P, int a>
__attribute__((noinline)) void leap_full_power(const SensRow<typename P::Real>& row, const P& eta,
                                               std::size_t k, std::size_t synapses,
                                               std::size_t steps) noexcept {
    constexpr std::size_t W = P::width;
    FullPowerRows<typename P::Real> rows{row.s + k * W,        row.tile,           row.x,
                                         row.x_next,           row.y_sens + k * W, row.y,
                                         row.coefficients * W, synapses * W};
    typename P::Real* const sum = row.dot + k * W;
    const P in_register = eta;
    FullPowerRegisters<P> in;
#pragma GCC unroll 9
    for (std::size_t i = 0; i < 9; ++i)
        in.dot[i] = P::load(rows.y_sens + i * W);
    for (std::size_t step = 0; step < steps; ++step) {
#pragma GCC unroll 9
        for (std::size_t i = 0; i < 9; ++i) {
            in.y_sens[i] = in.dot[i];
            in.dot[i] = P::set(0);
        }
        for (std::size_t b = 1; b < 3; ++b)
            in.y[b] = P::load(rows.y + b * P::lanes);
        advance_synapses<P, a>(rows, in_register, in);
        if (!kManyRegisters || step + 1 == steps)
#pragma GCC unroll 9
            for (std::size_t i = 0; i < 9; ++i)
                in.dot[i].store(sum + i * W);
        rows.tile += rows.end;
        rows.x += rows.end;
        rows.x_next += rows.end;
        rows.y += 3 * P::lanes;
        rows.y_sens = sum;
    }
}

// Whether `terms` are all nine of one power of x, b and c below 3, or nine of other rules.
inline bool is_full_power(const TermRow* terms) noexcept {
    bool same = terms[0].own == 0 || terms[0].index % 9 == 0;
    for (unsigned i = 1; i < 9; ++i)
        same = same && terms[i].own == terms[0].own &&
               (!terms[0].own || terms[i].index == terms[0].index + i);
    return same;
}
inline bool only_full_powers(const TermRow* terms, std::size_t n) noexcept {
    bool all = n % 9 == 0;
    for (std::size_t k = 0; all && k < n; k += 9)
        all = is_full_power(terms + k);
    return all;
}
// work(power, k) of each power of x
template <int a> struct Power { static constexpr int value = a; };
template <class Work>
inline void each_full_power(const TermRow* terms, std::size_t coefficients, Work work) noexcept {
    for (std::size_t k = 0; k < coefficients; k += 9) {
        switch (terms[k].own ? terms[k].index / 9 : 3) {
        case 0:
            work(Power<0>(), k);
            break;
        case 1:
            work(Power<1>(), k);
            break;
        case 2:
            work(Power<2>(), k);
            break;
        default:
            work(Power<3>(), k);
            break;
        }
    }
}
template <class P>
inline void advance_full_powers(const SensRow<typename P::Real>& row, const P& eta,
                                std::size_t synapses) noexcept {
    each_full_power(row.terms, row.coefficients, [&](auto power, std::size_t k) noexcept {
        advance_full_power<P, power.value>(row, eta, k, synapses);
    });
}
template <class P>
inline void leap_full_powers(const SensRow<typename P::Real>& row, const P& eta,
                             std::size_t synapses, std::size_t steps) noexcept {
    each_full_power(row.terms, row.coefficients, [&](auto power, std::size_t k) noexcept {
        leap_full_power<P, power.value>(row, eta, k, synapses, steps);
    });
}

} // namespace
} // namespace carve
