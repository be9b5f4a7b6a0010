// strand.hpp: a lane group of a spiking network in work: where its arrays are, and what frozen lanes
// hold.
#pragma once
#include "lane_group.hpp"

namespace carve {
namespace {

template <class P> struct Strand : LaneGroup<P> {
    using Real = typename P::Real;
    using LaneGroup<P>::W, LaneGroup<P>::sim, LaneGroup<P>::index, LaneGroup<P>::lane;

    std::size_t slot; // among the strands in work

    // An array [block][n][lane]: row i of the block in work.
    CARVE_INLINE Real* at(Offset offset, std::size_t n, std::size_t i = 0) const noexcept {
        return array<Real>(*sim, offset) + (index * n + i) * W + lane;
    }
    // Everything that lane l is: frozen and padding lanes hold zeros while others go on, and
    // neurons that stay refractory; between calls frozen lanes are NaN.
    void still(std::size_t l) const noexcept {
        fill(l, Real(0));
        for (std::size_t i = 0; i < sim->model.n_populations; ++i) {
            const PopulationPlan& p = populations(*sim)[i];
            if (p.refractory)
                fill_rows(p.refractory, p.model.n_units, l, Ieee<Real>::max);
            if (p.rate)
                fill_rows(p.rate, 1, l, quiet_nan<Real>()); // neither below nor above anything
        }
        fill_rows(sim->spike_rules, sim->model.n_projections * kSpikeRows, l, Real(0));
        if (sim->model.gradient)
            still_scratch(l);
    }
    void mark(std::size_t l) const noexcept {
        fill(l, l < this->live_lanes() ? quiet_nan<Real>() : Real(0));
    }

  private:
    // What this strand has in the scratch of derivatives.
    void still_scratch(std::size_t l) const noexcept {
        const std::size_t K = sim->n_coefficients;
        const auto clear = [&](Offset offset, std::size_t n) noexcept {
            if (offset == 0)
                return;
            Real* const to = array<Real>(*sim, offset) + slot * n * W + l;
            for (std::size_t i = 0; i < n; ++i)
                to[i * W] = Real(0);
        };
        clear(sim->surrogates, K);
        clear(sim->pending, K);
        for (std::size_t i = 0; i < sim->model.n_populations; ++i) {
            const PopulationPlan& p = populations(*sim)[i];
            clear(p.spike_sens, kSegment * p.model.n_units * K);
        }
        for (std::size_t k = 0; k < sim->model.n_projections; ++k) {
            const ProjectionPlan& q = projections(*sim)[k];
            clear(q.totals, populations(*sim)[q.model.post].model.n_units * 4 * K);
        }
    }
    void fill(std::size_t l, Real value) const noexcept {
        const std::size_t K = sim->n_coefficients;
        for (std::size_t i = 0; i < sim->model.n_populations; ++i) {
            const PopulationPlan& p = populations(*sim)[i];
            if (p.model.kind != CARVE_LIF)
                continue;
            const std::size_t n = p.model.n_units;
            fill_rows(p.voltages, n, l, value);
            fill_rows(p.refractory, n, l, value);
            fill_rows(p.counts, n, l, value);
            fill_rows(p.conductances, 2 * n, l, value);
            if (p.rate)
                fill_rows(p.rate, 1, l, value);
            if (p.score)
                fill_rows(p.score, kScore, l, value);
            if (p.history)
                fill_rows(p.history, static_cast<std::size_t>(p.history_steps) * n, l, Real(0));
            if (p.voltage_sens)
                fill_rows(p.voltage_sens, n * K, l, value);
            if (p.conductance_sens)
                fill_rows(p.conductance_sens, 2 * n * K, l, value);
            if (p.rate_sens)
                fill_rows(p.rate_sens, K, l, value);
            if (p.score_sens)
                fill_rows(p.score_sens, kScore * K, l, value);
        }
        for (std::size_t k = 0; k < sim->model.n_projections; ++k) {
            const ProjectionPlan& q = projections(*sim)[k];
            const std::size_t pre = populations(*sim)[q.model.pre].model.n_units,
                              post = populations(*sim)[q.model.post].model.n_units;
            if (q.transmitted)
                fill_rows(q.transmitted, post * populations(*sim)[q.model.pre].model.n_groups, l,
                          value);
            if (!is_plastic(q.model))
                continue;
            fill_rows(q.weights, post * pre, l, value);
            fill_rows(q.pre_traces, 2 * pre, l, value);
            fill_rows(q.post_traces, 2 * post, l, value);
            if (!q.sens)
                continue;
            fill_rows(q.sens, post * pre * K, l, value);
            fill_rows(q.pre_sens, 2 * pre, l, value);
            fill_rows(q.post_sens, 2 * post * K, l, value);
        }
    }
    void fill_rows(Offset offset, std::size_t n, std::size_t l, Real value) const noexcept {
        Real* const to = at(offset, n) + l;
        for (std::size_t i = 0; i < n; ++i)
            to[i * W] = value;
    }
};

} // namespace
} // namespace carve
