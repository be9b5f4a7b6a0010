// modulation.hpp: the third factor r and the gate of a projection's plasticity (M35 to M37). Each is one
// number of a replica and step, so that r is contracted with the coefficients once a step: what is
// left is an ordinary rule, whose coefficients are those of this step. What depends on theta through r is
// added to the sensitivities afterwards, as a product of two vectors.
#pragma once
#include "bounds.hpp"
#include "rate_block.hpp"
#include "sensitivity_row.hpp"
#include "third_factor.hpp"
#include "volterra_rule.hpp"

namespace carve {
namespace {

// Rows of ProjectionPlan::modulation, each [lane]; those from kRowFactor on with a modulator only, those
// from kRowTheta on under no general rule.
enum ModulationRow : std::size_t {
    kRowOpen = 0,       // 1, or 0 behind a closed gate
    kRowEta = 1,        // learning rate, 0 there
    kRowFactor = 2,     // r, 0 there
    kRowTheta = 3,      // [64], sum over d of theta_d r^d
    kRowThetaSlope = 67 // [64], its derivative by r
};
static_assert(kRowThetaSlope + 64 == kModulationRows && kRowFactor == kGateRows &&
                  kRowTheta == kGeneralModulationRows,
              "rows");

// What the update of a projection reads of its modulation in the step that was evaluated last.
template <class P> class Modulation {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    Modulation(const Block<P>& block, const ProjectionPlan& q) noexcept : b_(block), q_(q) {}

    P eta() const noexcept { return P::load(row(kRowEta)); }
    P factor() const noexcept { return P::load(row(kRowFactor)); }
    const Real* theta() const noexcept { return row(kRowTheta); }
    const Real* theta_slope() const noexcept { return row(kRowThetaSlope); }
    // dr/dtheta [coefficient][lane], or null where it is 0
    const Real* factor_sens() const noexcept {
        return q_.modulator_sens ? b_.at(q_.modulator_sens) : nullptr;
    }

    // x, or `closed` behind a closed gate.
    P if_open(const P& x, const P& closed) const noexcept {
        return select(less(P::set(0), P::load(row(kRowOpen))), x, closed);
    }
    // No bound binds there.
    Bounds<P> bounds(const Bounds<P>& all) const noexcept {
        const Bounds<P> none = Bounds<P>::none();
        return {if_open(all.low, none.low), if_open(all.high, none.high), all.active};
    }

    // After all rates of a step, whether the sim learns in it or not.
    void observe() const noexcept {
        const P zero = P::set(0), one = P::set(1);
        const bool gated = q_.model.gate != CARVE_NO_POPULATION;
        const P gate = gated ? abs(P::load(b_.current[q_.model.gate])) : one;
        select(less(zero, gate), one, zero).store(row(kRowOpen));
        if_open(b_.of_replica(q_.eta), zero).store(row(kRowEta));
        if (!has_modulator(q_.model))
            return;
        const PopulationPlan& source = b_.population(q_.model.modulator);
        take(b_.current[q_.model.modulator], source.model.n_units, 1, q_.baseline, row(kRowFactor));
        if (q_.baseline)
            b_.check(factor()); // or the baseline is never a number again
        if_open(factor(), zero).store(row(kRowFactor));
        b_.check(factor());
        if (q_.modulator_sens)
            take(b_.rate_sens(source), source.model.n_units, b_.coefficients, q_.baseline_sens,
                 b_.at(q_.modulator_sens));
        for (std::size_t k = 0; q_.modulator_sens && k < b_.coefficients; ++k) {
            Real* const r_sens = b_.at(q_.modulator_sens) + k * W;
            if_open(P::load(r_sens), zero).store(r_sens);
        }
        if (b_.plastic && !(q_.facts & kGeneralRule))
            contract_factor();
    }

  private:
    // Of the modulator's rate, or of its n derivatives: the mean over units, less the baseline.
    void take(const Real* values, std::size_t units, std::size_t n, Offset baseline,
              Real* out) const noexcept {
        average(values, units, n, out);
        if (baseline)
            subtract(b_.at(baseline) + b_.index * baseline_steps(q_.model) * n * W, n, out);
    }
    Real* row(std::size_t i) const noexcept { return b_.at(q_.modulation) + i * W; }

    // out[n] = the mean over units of values[unit][n]
    void average(const Real* values, std::size_t units, std::size_t n, Real* out) const noexcept {
        const P share = P::set(Real(1) / static_cast<Real>(units));
        for (std::size_t k = 0; k < n; ++k) {
            P sum = P::load(values + k * W);
            for (std::size_t i = 1; i < units; ++i)
                sum = sum + P::load(values + (i * n + k) * W);
            (units > 1 ? sum * share : sum).store(out + k * W);
        }
    }
    // values[n] less their mean over the steps before, which then takes them in. kept [window][n].
    void subtract(Real* kept, std::size_t n, Real* values) const noexcept {
        for (std::size_t k = 0; k < n * W; k += W) {
            const P value = P::load(values + k);
            (value - take_in(q_.model, kept + k, n * W, b_.step, value)).store(values + k);
        }
    }
    void contract_factor() const noexcept {
        const P r = factor(), twice = r + r;
        const Real* const by_power[3] = {b_.dense(q_.model.rule, 0), b_.dense(q_.model.rule, 1),
                                         b_.dense(q_.model.rule, 2)};
        for (std::size_t k = 0; k < 64 * W; k += W) {
            const P first = P::load(by_power[1] + k), second = P::load(by_power[2] + k);
            in_powers(P::load(by_power[0] + k), first, second, r).store(row(kRowTheta) + k);
            fma(second, twice, first).store(row(kRowThetaSlope) + k);
        }
    }

    const Block<P>& b_;
    const ProjectionPlan& q_;
};

// S += dG/dr dr/dtheta of a tile of synapses whose factors x^a w^c are in its rows (0 where a bound
// acts), and then the dot product (M6), whose bits are those of a product with the finished rows. slope
// [a][c]: eta sum over b of dtheta_abc/dr y^b.
template <class P, int order>
__attribute__((noinline)) void
add_factor(const SensRow<typename P::Real>& row, const P (&slope)[order][order],
           const typename P::Real* factor_sens, std::size_t synapses) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width, T = kTile * W;
    P by_factor[kTile];
    for (std::size_t j = 0; j < synapses; ++j) {
        by_factor[j] = P::set(0);
        for (std::size_t a = 0; a < order; ++a)
            for (std::size_t c = 0; c < order; ++c)
                by_factor[j] =
                    fma(slope[a][c], P::load(row.tile + (kRowTerms + a * order + c) * T + j * W),
                        by_factor[j]);
    }
    for (std::size_t k = 0; k < row.coefficients; ++k) {
        const P r_sens = P::load(factor_sens + k * W);
        P dot = row.fresh ? P::set(0) : P::load(row.dot + k * W);
        for (std::size_t j = 0; j < synapses; ++j) {
            Real* const s = row.s + (j * row.coefficients + k) * W;
            const P next = fma(by_factor[j], r_sens, P::load(s));
            next.store(s);
            dot = fma(P::load(row.x_next + j * W), next, dot);
        }
        dot.store(row.dot + k * W);
    }
}

} // namespace
} // namespace carve
