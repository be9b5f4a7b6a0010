// adjoint.hpp: dL/dtheta by a sweep back through the steps (M11). The steps of a segment between
// two checkpoints are computed again, their weights and rates kept, and then gone through from the
// last to the first: for every synapse about 54 flops beside the 20 of the step, however many
// coefficients.
#pragma once
#include "real.hpp"
#include "step.hpp"
#include "terms.hpp"

namespace carve {
namespace {

// One row of synapses under one sample: what the sweep reads and adds to.
template <class P> struct BackRow {
    using Real = typename P::Real;
    const Real *x, *w;  // [synapse][lane]
    const Real* dloss;  // [synapse][lane], dL/dw after the step
    Real* dloss_before; // [synapse][lane], dL/dw before it, accumulates; may be the same array
    Real* dloss_dx;     // [synapse][lane], accumulates, or null
    std::size_t synapses;
};

// Adds sum_j dL/dw_j x^a w^c to sums [a][c], and returns sum_j dL/dw_j G^y.
template <class P, int order, bool presynaptic>
__attribute__((noinline)) P sweep_row(const RowRule<P, order>& rule, const BackRow<P>& row,
                                      P (&sums)[order][order]) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width;
    const Real *const xs = row.x, *const ws = row.w, *const dloss = row.dloss;
    Real *const before = row.dloss_before, *const dloss_dx = row.dloss_dx;
    const std::size_t end = row.synapses * W;
    P total[order][order], dloss_dy = P::set(0);
#pragma GCC unroll 4
    for (int a = 0; a < order; ++a)
#pragma GCC unroll 4
        for (int c = 0; c < order; ++c)
            total[a][c] = sums[a][c];
    for (std::size_t j = 0; j < end; j += W) {
        const P x = P::load(xs + j), w = P::load(ws + j), slope = P::load(dloss + j);
        P by_w[order], w_power[order];
        at_x(rule.by_y, x, by_w);
        dloss_dy = fma(slope, horner(by_w, w), dloss_dy);
        if constexpr (presynaptic) {
            slope_at_x(rule.value, x, by_w);
            fma(slope, horner(by_w, w), P::load(dloss_dx + j)).store(dloss_dx + j);
        }
        at_x(rule.value, x, by_w);
        fma(slope, horner_slope(by_w, w), P::load(before + j)).store(before + j);
        powers<P, order>(w, P::set(1), w_power);
        P slope_x = slope;
#pragma GCC unroll 4
        for (int a = 0; a < order; ++a) {
            total[a][0] = total[a][0] + slope_x;
#pragma GCC unroll 4
            for (int c = 1; c < order; ++c)
                total[a][c] = fma(slope_x, w_power[c], total[a][c]);
            if (a + 1 < order)
                slope_x = slope_x * x;
        }
    }
#pragma GCC unroll 4
    for (int a = 0; a < order; ++a)
#pragma GCC unroll 4
        for (int c = 0; c < order; ++c)
            sums[a][c] = total[a][c];
    return dloss_dy;
}

template <class P> class AdjointSweep {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    // dloss_dw [projection], null or [post][pre][n_replicas]; gradient [coefficient][n_replicas]
    AdjointSweep(Steps<P>& steps, const double* const* dloss_dw, double* gradient) noexcept
        : steps_(steps), b_(steps.block()), dloss_dw_(dloss_dw), gradient_(gradient) {}

    void run() noexcept {
        begin();
        const std::uint64_t n = b_.sim->interval;
        for (std::uint64_t end = b_.all_frozen() ? 0 : b_.n_steps; end > 0;) {
            const std::uint64_t first = (end - 1) / n * n;
            copy_weights([&](const ProjectionPlan& q, Real* w) noexcept {
                copy<P>(w, checkpoint(q, first / n), synapses(q));
            });
            steps_.advance(first, end, [&](std::uint64_t t) noexcept { keep(t - first); });
            while (end > first) {
                --end;
                step_back(end, end - first);
            }
            finish_segment();
        }
        copy_weights([&](const ProjectionPlan& q, Real* w) noexcept {
            copy<P>(w, checkpoint(q, b_.sim->n_checkpoints), synapses(q));
        });
        for (std::size_t l = 0; l < b_.live_lanes(); ++l)
            for (std::size_t k = 0; b_.frozen()[l] && k < b_.sim->n_coefficients; ++k)
                result(k, l) = __builtin_nan("");
    }

  private:
    std::size_t synapses(const ProjectionPlan& q) const noexcept { return b_.post(q) * b_.pre(q); }
    Real* checkpoint(const ProjectionPlan& q, std::uint64_t i) const noexcept {
        return b_.checkpoint(q, i);
    }
    Real* segment(const ProjectionPlan& q, std::uint64_t slot) const noexcept {
        return b_.at(q.segment) + slot * synapses(q) * W;
    }
    Real* segment(const PopulationPlan& p, std::uint64_t slot) const noexcept {
        return b_.at(p.segment) + slot * b_.samples() * p.model.n_units * W;
    }
    double& result(std::size_t k, std::size_t lane) const noexcept {
        return gradient_[k * b_.sim->model.n_replicas + b_.index * W + b_.lane + lane];
    }
    // Of each plastic projection, with its weights in this block.
    template <class Copy> void copy_weights(Copy copy_one) noexcept {
        for (std::size_t k = 0; k < b_.sim->model.n_projections; ++k)
            if (b_.projection(k).segment)
                copy_one(b_.projection(k), b_.weights(b_.projection(k), 0));
    }

    void begin() noexcept {
        copy_weights([&](const ProjectionPlan& q, Real* w) noexcept {
            copy<P>(checkpoint(q, b_.sim->n_checkpoints), w, synapses(q));
        });
        for (std::size_t k = 0; k < b_.sim->model.n_projections; ++k)
            if (b_.projection(k).segment)
                load_slopes(b_.projection(k), dloss_dw_[k]);
        for (std::size_t k = 0; k < b_.sim->n_coefficients; ++k)
            P::set(0).store(b_.at(b_.sim->gradient) + k * W);
        for (std::size_t l = 0; l < b_.live_lanes(); ++l)
            for (std::size_t k = 0; k < b_.sim->n_coefficients; ++k)
                result(k, l) = 0;
        for (std::size_t i = 0; i < b_.sim->model.n_populations; ++i)
            if (b_.population(i).model.fixed &&
                b_.population(i).model.kind != CARVE_POPULATION_RATE)
                steps_.evaluate(i, 0);
    }
    void load_slopes(const ProjectionPlan& q, const double* from) noexcept {
        Real* const to = b_.at(q.slope);
        for (std::size_t k = 0; k < synapses(q); ++k)
            for (std::size_t l = 0; l < P::lanes; ++l)
                to[k * W + l] =
                    from && l < b_.live_lanes()
                        ? to_real<Real>(
                              from[k * b_.sim->model.n_replicas + b_.index * W + b_.lane + l])
                        : Real(0);
    }
    void keep(std::uint64_t slot) noexcept {
        copy_weights([&](const ProjectionPlan& q, Real* w) noexcept {
            copy<P>(segment(q, slot), w, synapses(q));
        });
        for (std::size_t i = 0; i < b_.sim->model.n_populations; ++i) {
            const PopulationPlan& p = b_.population(i);
            if (p.segment)
                copy<P>(segment(p, slot), b_.current[i], b_.samples() * p.model.n_units);
        }
    }
    // Sums of many steps go to double precision segment by segment.
    void finish_segment() noexcept {
        Real* const sums = b_.at(b_.sim->gradient);
        for (std::size_t k = 0; k < b_.sim->n_coefficients; ++k) {
            for (std::size_t l = 0; l < b_.live_lanes(); ++l)
                result(k, l) += static_cast<double>(sums[k * W + l]);
            P::set(0).store(sums + k * W);
        }
    }

    // Step t, whose weights and rates are in this slot of the segment.
    void step_back(std::uint64_t t, std::uint64_t slot) noexcept {
        for (std::size_t i = 0; i < b_.sim->model.n_populations; ++i) {
            const PopulationPlan& p = b_.population(i);
            if (p.segment)
                b_.current[i] = segment(p, slot);
            else if (!p.model.fixed)
                steps_.evaluate(i, t);
            if (p.slope)
                for (std::size_t k = 0; k < b_.samples() * p.model.n_units; ++k)
                    P::set(0).store(b_.at(p.slope) + k * W);
        }
        for (std::size_t i = b_.sim->model.n_populations; i-- > 0;) {
            if (b_.population(i).slope == 0)
                continue;
            for (std::size_t k = 0; k < b_.sim->model.n_projections; ++k)
                if (b_.projection(k).segment && b_.projection(k).model.post == i)
                    rule_back(b_.projection(k), slot);
            activation_back(i);
            for (std::size_t k = 0; k < b_.sim->model.n_projections; ++k)
                if (b_.projection(k).model.post == i)
                    drive_back(b_.projection(k), slot);
        }
    }

    // The update (M3) of one projection.
    void rule_back(const ProjectionPlan& q, std::uint64_t slot) noexcept {
        const bool cubic = has_cubic_terms(rules(*b_.sim)[q.model.rule].model.terms);
        for (std::size_t i = 0; i < b_.post(q); ++i) {
            if (cubic)
                row_back<4>(q, slot, i);
            else
                row_back<3>(q, slot, i);
        }
    }
    template <int order>
    RowRule<P, order> contracted(const ProjectionPlan& q, std::size_t i, std::size_t s,
                                 P (&eta_y)[order]) const noexcept {
        const P y = P::load(b_.current[q.model.post] + (s * b_.post(q) + i) * W);
        const P scale = b_.of_replica(q.eta) / P::set(static_cast<Real>(b_.samples()));
        powers<P, order>(y, scale, eta_y);
        return contract<P, order, true>(b_.dense(q.model.rule), eta_y);
    }
    template <int order>
    void row_back(const ProjectionPlan& q, std::uint64_t slot, std::size_t i) noexcept {
        const std::size_t n = b_.pre(q);
        Real* const slopes = b_.at(q.slope) + i * n * W;
        const Real* const w = segment(q, slot) + i * n * W;
        const PopulationPlan &p = b_.population(q.model.post), &source = b_.population(q.model.pre);
        const Bounds<P> bounds = bounds_of(b_, q);
        if (bounds.active)
            cut_clipped<order>(q, i, bounds, w, slopes);
        const Real* after = slopes;
        if (b_.samples() > 1) { // every sample sees dL/dw after the step
            copy<P>(b_.at(b_.sim->row), slopes, n);
            after = b_.at(b_.sim->row);
        }
        for (std::size_t s = 0; s < b_.samples(); ++s) {
            P eta_y[order], sums[order][order];
            for (auto& of_a : sums)
                for (P& sum : of_a)
                    sum = P::set(0);
            const RowRule<P, order> rule = contracted<order>(q, i, s, eta_y);
            Real* const dloss_dx = source.slope ? b_.at(source.slope) + s * n * W : nullptr;
            const BackRow<P> row{
                b_.current[q.model.pre] + s * n * W, w, after, slopes, dloss_dx, n};
            const P by_y = dloss_dx ? sweep_row<P, order, true>(rule, row, sums)
                                    : sweep_row<P, order, false>(rule, row, sums);
            Real* const dloss_dy = b_.at(p.slope) + (s * b_.post(q) + i) * W;
            (P::load(dloss_dy) + by_y).store(dloss_dy);
            add_terms<order>(rules(*b_.sim)[q.model.rule], eta_y, sums);
        }
    }
    template <int order>
    void add_terms(const RulePlan& rule, const P (&eta_y)[order],
                   const P (&sums)[order][order]) noexcept {
        Real* out = b_.at(b_.sim->gradient) + rule.first * W;
        for (unsigned a = 0; a < order; ++a)
            for (unsigned y = 0; y < order; ++y)
                for (unsigned c = 0; c < order; ++c) {
                    if (!(rule.model.terms & term_bit(a, y, c)))
                        continue;
                    fma(eta_y[y], sums[a][c], P::load(out)).store(out);
                    out += W;
                }
    }
    // Where the clip acted, what comes after the step does not depend on what was before it.
    template <int order>
    void cut_clipped(const ProjectionPlan& q, std::size_t i, const Bounds<P>& bounds, const Real* w,
                     Real* slopes) noexcept {
        const std::size_t n = b_.pre(q);
        Real* const next = b_.at(b_.sim->row);
        copy<P>(next, w, n);
        for (std::size_t s = 0; s < b_.samples(); ++s) {
            P eta_y[order], by_w[order];
            const RowRule<P, order> rule = contracted<order>(q, i, s, eta_y);
            for (std::size_t j = 0; j < n; ++j) {
                at_x(rule.value, P::load(b_.current[q.model.pre] + (s * n + j) * W), by_w);
                (P::load(next + j * W) + horner(by_w, P::load(w + j * W))).store(next + j * W);
            }
        }
        for (std::size_t j = 0; j < n; ++j)
            Clip<P>(bounds, P::load(next + j * W))
                .change(P::load(slopes + j * W))
                .store(slopes + j * W);
    }

    // dL/dy -> dL/du
    void activation_back(std::size_t i) noexcept {
        const PopulationPlan& p = b_.population(i);
        if (p.model.activation == CARVE_ACTIVATION_LINEAR)
            return;
        Real* const slope = b_.at(p.slope);
        for (std::size_t k = 0; k < b_.samples() * p.model.n_units; ++k)
            (activation_slope(p.model.activation, P::load(b_.current[i] + k * W)) *
             P::load(slope + k * W))
                .store(slope + k * W);
    }
    // The drive (M1): dL/dw += dL/du x, dL/dx += w dL/du.
    void drive_back(const ProjectionPlan& q, std::uint64_t slot) noexcept {
        const PopulationPlan& source = b_.population(q.model.pre);
        const std::size_t n = b_.pre(q), m = b_.post(q), samples = b_.samples();
        const Real* const dloss_du = b_.at(b_.population(q.model.post).slope);
        if (q.segment && samples == 1)
            add_outer_product(b_.at(q.slope), dloss_du, b_.current[q.model.pre], m, n);
        else if (q.segment)
            gemm<P>({b_.at(q.slope), n * W, W}, {dloss_du, m * W, W},
                    {b_.current[q.model.pre], n * W, W}, m, n, samples);
        const Real* const w = q.segment ? segment(q, slot) : b_.weights(q, 0);
        if (source.slope)
            gemm<P>({b_.at(source.slope), n * W, W}, {dloss_du, W, m * W}, {w, n * W, W}, samples,
                    n, m);
    }
    // slopes [m][n] += by_u x, where a product of matrices of one row would load and store as much
    // as it computes
    void add_outer_product(Real* slopes, const Real* by_u, const Real* x, std::size_t m,
                           std::size_t n) noexcept {
        for (std::size_t i = 0; i < m; ++i, slopes += n * W) {
            const P u = P::load(by_u + i * W);
            for (std::size_t j = 0; j < n * W; j += W)
                fma(u, P::load(x + j), P::load(slopes + j)).store(slopes + j);
        }
    }

    Steps<P>& steps_;
    Block<P>& b_;
    const double* const* dloss_dw_;
    double* gradient_;
};

} // namespace
} // namespace carve
