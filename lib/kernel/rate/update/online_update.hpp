// online_update.hpp: plastic update of one row of synapses, one sample a step: weights (M3),
// sensitivities (M7), and in the same pass the dot product with the next step's rates (M1, M6).
#pragma once
#include "bounds.hpp"
#include "full_sensitivity_row.hpp"
#include "modulation.hpp"
#include "rate_block.hpp"
#include "sensitivity_row.hpp"
#include "terms.hpp"
#include "volterra_rule.hpp"

namespace carve {
namespace {

template <class P> struct Tile {
    const typename P::Real *x, *x_next; // [synapse][lane] rates at the step applied, and after it
    typename P::Real* w;
    typename P::Real* rows; // [TileRow][synapse][lane]
    std::size_t synapses;
};

// What an update leaves in a tile's rows: nothing, the rows of full_sensitivity_row.hpp, or those of sensitivity_row.hpp.
enum class Keep { nothing, full_powers, terms };
template <Keep keep> constexpr std::size_t tile_length(std::size_t synapses) noexcept {
    return keep == Keep::nothing ? synapses : keep == Keep::full_powers ? kFullPowerTile : kTile;
}

// Clips w, and with it what the update would have changed in the sensitivity rows.
template <class P, int order, bool gradient>
CARVE_INLINE P clip(const Bounds<P>& bounds, const P& w, typename P::Real* rows) noexcept {
    const Clip<P> clipped(bounds, w);
    if constexpr (gradient)
        for (std::size_t row = 0; row < kRowTerms + std::size_t{order * order}; ++row) {
            typename P::Real* at = rows + row * kTile * P::width;
            clipped.change(P::load(at)).store(at);
        }
    return clipped.weight();
}

// Updates a tile's weights, leaves what the sensitivity rows need in its rows, and returns
// dot + sum w x_next. With full powers there are no bounds.
template <class P, int order, Keep keep, bool presynaptic>
CARVE_INLINE P update_tile(const RowRule<P, order>& rule, const Bounds<P>& bounds,
                           const Tile<P>& tile, P dot) noexcept {
    constexpr std::size_t W = P::width, T = tile_length<keep>(0) * W;
    for (std::size_t j = 0; j < tile.synapses * W; j += W) {
        const P x = P::load(tile.x + j), w = P::load(tile.w + j);
        prefetch_after(tile.x_next + j);
        P by_w[order];
        at_x(rule.value, x, by_w);
        P next = w + horner(by_w, w);
        typename P::Real* const rows = tile.rows + j;
        P slope[order];
        if constexpr (keep != Keep::nothing) {
            (P::set(1) + horner_slope(by_w, w)).store(rows + kRowQ * T);
            at_x(rule.by_y, x, slope);
            horner(slope, w).store(rows + kRowR * T);
        }
        if constexpr (presynaptic) {
            slope_at_x(rule.value, x, slope);
            horner(slope, w).store(rows + kRowG * T);
        }
        if constexpr (keep == Keep::full_powers)
            w.store(rows + kRowW * T);
        if constexpr (keep == Keep::terms) {
            P x_power[order];
            powers<P, order>(x, P::set(1), x_power);
#pragma GCC unroll 4
            for (int a = 0; a < order; ++a)
#pragma GCC unroll 4
                for (int c = 0; c < order; ++c) {
                    x_power[a].store(rows +
                                     (kRowTerms + static_cast<std::size_t>(a * order + c)) * T);
                    x_power[a] = x_power[a] * w;
                }
        }
        if constexpr (keep != Keep::full_powers)
            if (bounds.active)
                next = clip<P, order, keep == Keep::terms>(bounds, next, rows);
        next.store(tile.w + j);
        dot = fma(P::load(tile.x_next + j), next, dot);
    }
    return dot;
}

// A rule as a projection uses it in a step, the same for all rows.
template <class P> struct RuleInUse {
    const typename P::Real* theta; // [64][lane]
    Bounds<P> bounds;
};

// Everything that the update of one row, or of a part of it, needs.
template <class P> struct RowUpdate {
    using Real = typename P::Real;
    const ProjectionPlan& projection;
    std::size_t index, row, synapses;
    P eta;                  // 0 behind a closed gate
    const Real *x, *x_next; // [synapse][lane], of the whole row
    P y;                    // postsynaptic rate at the step applied
    const Real *x_sens, *y_sens;
    Real* dot_sens; // [coefficient][lane] (M6)
    bool fresh;     // dot_sens starts from 0, else accumulates
    const RuleInUse<P>& rule;
};

// The n synapses of an update from j on.
template <class P>
CARVE_INLINE Tile<P> tile_of(const Block<P>& b, const RowUpdate<P>& u, std::size_t j,
                             std::size_t n) noexcept {
    constexpr std::size_t W = P::width;
    return {u.x + j * W, u.x_next + j * W, b.weights(u.projection, u.row) + j * W,
            b.at(b.sim->tile), n};
}
template <class P>
CARVE_INLINE SensRow<typename P::Real> sens_row_of(const Block<P>& b, const RowUpdate<P>& u,
                                                   std::size_t j, const Tile<P>& tile,
                                                   const typename P::Real* y) noexcept {
    const std::size_t stride = b.coefficients * P::width;
    return {b.sens(u.projection, u.row) + j * stride,
            tile.x,
            tile.x_next,
            u.x_sens ? u.x_sens + j * stride : nullptr,
            u.y_sens,
            y,
            tile.rows,
            array<TermRow>(*b.sim, b.sim->terms) + u.index * b.coefficients,
            u.dot_sens,
            u.fresh && j == 0,
            b.coefficients};
}

template <class P, int order, Keep keep>
inline P advance_row_of(const Block<P>& b, const RowUpdate<P>& u, P dot) noexcept {
    using Real = typename P::Real;
    constexpr bool gradient = keep != Keep::nothing;
    P y_power[order];
    powers<P, order>(u.y, u.eta, y_power);
    const RowRule<P, order> rule = contract<P, order, gradient>(u.rule.theta, y_power);
    const Bounds<P> bounds = u.rule.bounds; // in registers, as no store can change it
    Real y[order * P::lanes];               // [power][lane]
    if constexpr (keep == Keep::full_powers)
        powers<P, order>(u.y, P::set(1), y_power); // eta is a factor of x^a w^c there
    if constexpr (gradient)
        for (std::size_t k = 0; k < order; ++k)
            y_power[k].store(y + k * P::lanes);
    const std::size_t end = u.synapses, most = tile_length<keep>(u.synapses);
    for (std::size_t j = 0; j < end; j += most) {
        const std::size_t n = end - j < most ? end - j : most;
        const Tile<P> tile = tile_of(b, u, j, n);
        if constexpr (!gradient) {
            dot = update_tile<P, order, keep, false>(rule, bounds, tile, dot);
            continue;
        }
        const SensRow<Real> sens = sens_row_of(b, u, j, tile, y);
        if constexpr (keep == Keep::full_powers) {
            dot = update_tile<P, order, keep, false>(rule, bounds, tile, dot);
            advance_full_powers<P>(sens, u.eta, n);
        } else if constexpr (keep == Keep::terms) {
            dot = u.x_sens ? update_tile<P, order, keep, true>(rule, bounds, tile, dot)
                           : update_tile<P, order, keep, false>(rule, bounds, tile, dot);
            if (u.x_sens)
                advance_terms<P, true>(sens, n);
            else
                advance_terms<P, false>(sens, n);
        }
    }
    return dot;
}

// The same with a third factor: u.rule.theta is that of this step, and what depends on theta through
// r is added to the rows.
template <class P, int order>
__attribute__((noinline)) P advance_modulated_row(const Block<P>& b, const RowUpdate<P>& u,
                                                  P dot) noexcept {
    using Real = typename P::Real;
    const Modulation<P> modulation(b, u.projection);
    const Real* const factor_sens = modulation.factor_sens();
    P y_power[order];
    powers<P, order>(u.y, u.eta, y_power);
    const RowRule<P, order> rule = contract<P, order, true>(u.rule.theta, y_power);
    const Bounds<P> bounds = u.rule.bounds;
    const RowRule<P, order> by_factor =
        contract<P, order, false>(modulation.theta_slope(), y_power);
    Real y[3 * order * P::lanes]; // [power of r][power of y][lane]
    for (std::size_t k = 0; k < 3 * std::size_t{order}; ++k) {
        y_power[k % order].store(y + k * P::lanes);
        y_power[k % order] = y_power[k % order] * modulation.factor();
    }
    for (std::size_t j = 0; j < u.synapses; j += kTile) {
        const std::size_t left = u.synapses - j, n = left < kTile ? left : kTile;
        const Tile<P> tile = tile_of(b, u, j, n);
        SensRow<Real> sens = sens_row_of(b, u, j, tile, y);
        dot = update_tile<P, order, Keep::terms, true>(rule, bounds, tile, dot);
        if (factor_sens) // the dot product waits for the finished rows
            sens.dot = b.at(b.sim->discard);
        if (u.x_sens)
            advance_terms<P, true>(sens, n);
        else
            advance_terms<P, false>(sens, n);
        sens.dot = u.dot_sens;
        if (factor_sens)
            add_factor<P, order>(sens, by_factor.value, factor_sens, n);
    }
    return dot;
}

template <class P>
CARVE_INLINE P advance_row(const Block<P>& b, const RowUpdate<P>& u, const P& dot) noexcept {
    const Projection& model = u.projection.model;
    const bool cubic =
        built(feature::cubic_terms) && has_cubic_terms(rules(*b.sim)[model.rule].model.terms);
    if (!built(feature::forward) || b.coefficients == 0)
        return cubic ? advance_row_of<P, 4, Keep::nothing>(b, u, dot)
                     : advance_row_of<P, 3, Keep::nothing>(b, u, dot);
    if (built(feature::third_factors) && has_modulator(model)) {
        const RowUpdate<P> copy = u; // so that u itself needs no address and stays in registers
        return cubic ? advance_modulated_row<P, 4>(b, copy, dot)
                     : advance_modulated_row<P, 3>(b, copy, dot);
    }
    if (cubic)
        return advance_row_of<P, 4, Keep::terms>(b, u, dot);
    const bool full_powers = (b.full_powers >> u.index & 1) && !u.x_sens && !is_bounded(model);
    return full_powers ? advance_row_of<P, 3, Keep::full_powers>(b, u, dot)
                       : advance_row_of<P, 3, Keep::terms>(b, u, dot);
}

// Coefficients, per lane or shared, to [64][lane].
template <class P> inline void spread_theta(const Block<P>& b, std::size_t r) noexcept {
    using Real = typename P::Real;
    const RulePlan& rule = rules(*b.sim)[r];
    const std::size_t width = rule.model.shared ? 1 : b.sim->lanes_per_block;
    const Real* theta =
        array<Real>(*b.sim, rule.theta) + (rule.model.shared ? 0 : b.index * rule.n_terms * width);
    for (std::size_t power = 0; power < powers_of(*b.sim); ++power)
        for (std::size_t bit = 0; bit < 64; ++bit) {
            P value = P::set(0);
            if (rule.model.by_modulator[power] >> bit & 1) {
                value = width == 1 ? P::set(*theta) : P::load(theta + b.lane);
                theta += width;
            }
            value.store(b.dense(r, power) + bit * P::width);
        }
}
template <class P> inline void tabulate_terms(Block<P>& b, std::size_t index) noexcept {
    TermRow* const terms = array<TermRow>(*b.sim, b.sim->terms) + index * b.coefficients;
    for (std::size_t k = 0; k < b.coefficients; ++k)
        terms[k] = {kRowZero, 0, 0, 0};
    const Projection& p = b.projection(index).model;
    if (!is_plastic(p) || (b.general >> index & 1))
        return;
    const RulePlan& rule = rules(*b.sim)[p.rule];
    const unsigned order = has_cubic_terms(rule.model.terms) ? 4 : 3;
    TermRow* out = terms + rule.first;
    for (unsigned power = 0; power < 3; ++power)
        for (unsigned bit = 0; bit < 64; ++bit) {
            if (!(rule.model.by_modulator[power] >> bit & 1))
                continue;
            const unsigned a = bit / 16, y = bit / 4 % 4, c = bit % 4;
            *out++ = {static_cast<std::uint8_t>(kRowTerms + a * order + c),
                      static_cast<std::uint8_t>(power * order + y), 1,
                      static_cast<std::uint8_t>((a * order + y) * order + c)};
        }
    if (order == 3 && !has_modulated_terms(rule.model) && only_full_powers(terms, b.coefficients))
        b.full_powers |= std::uint64_t{1} << index;
}
// What updates of the lanes in work read besides their arguments; once a call.
template <class P> inline void prepare_rules(Block<P>& b) noexcept {
    for (std::size_t r = 0; r < b.sim->model.n_rules; ++r)
        spread_theta(b, r);
    if (b.coefficients == 0 || b.sim->form == CARVE_FORM_MOMENTS)
        return;
    for (std::size_t k = 0; k < b.sim->model.n_projections; ++k)
        tabulate_terms(b, k);
    for (std::size_t j = 0; j < kTile; ++j)
        P::set(0).store(b.at(b.sim->tile) + (kRowZero * kTile + j) * P::width);
}

} // namespace
} // namespace carve
