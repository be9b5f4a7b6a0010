// rate_block.hpp: a lane group of a network of rates in work: where its arrays are, and which rates
// are current.
#pragma once
#include "features.hpp"
#include "lane_group.hpp"
#include "lateral_order.hpp"

namespace carve {
namespace {

inline std::uint64_t general_projections(const Sim& sim) noexcept {
    std::uint64_t bits = 0;
    for (std::uint32_t k = 0;
         built(feature::general_rules) && (sim.facts & kGeneral) && k < sim.model.n_projections;
         ++k)
        bits |= std::uint64_t{(projections(sim)[k].facts & kGeneralRule) != 0} << k;
    return bits;
}

template <class P> struct Block : LaneGroup<P> {
    using Real = typename P::Real;
    using LaneGroup<P>::W, LaneGroup<P>::sim, LaneGroup<P>::index, LaneGroup<P>::lane;

    std::size_t coefficients; // 0 without sensitivities
    std::uint64_t n_steps;
    const void* const* inputs;
    bool plastic;           // the call's: weights and their sensitivities change
    std::uint64_t step = 0; // since the last reset
    unsigned parity = 0;    // of the buffers in use
    std::uint64_t full_powers =
        0; // bit k: coefficients of projection k as full_sensitivity_row.hpp takes them
    std::uint64_t general; // bit k: projection k is under a general rule
    const Real* current[kMostElements] = {};
    const Real* previous[kMostElements] = {};

    Block(Sim& s, std::size_t block, std::size_t first_lane, const void* const* in, std::uint64_t n,
          bool plastic_call) noexcept
        : LaneGroup<P>{&s, block, first_lane},
          coefficients(s.model.gradient == CARVE_GRADIENT_FORWARD ? s.n_coefficients : 0),
          n_steps(n), inputs(in), plastic(plastic_call), step(s.steps),
          general(general_projections(s)) {}

    // An array [...][lane], from the first lane in work on.
    Real* at(Offset offset) const noexcept { return array<Real>(*sim, offset) + lane; }
    const PopulationPlan& population(std::size_t i) const noexcept { return populations(*sim)[i]; }
    const ProjectionPlan& projection(std::size_t i) const noexcept { return projections(*sim)[i]; }
    std::size_t units(std::size_t population_index) const noexcept {
        return population(population_index).model.n_units;
    }
    std::size_t samples() const noexcept { return sim->model.batch; }
    std::size_t pre(const ProjectionPlan& p) const noexcept {
        return population(p.model.pre).rows;
    } // of lanes
    std::size_t post(const ProjectionPlan& p) const noexcept { return units(p.model.post); }
    // Row i of a projection's weights and sensitivities.
    Real* weights(const ProjectionPlan& p, std::size_t i) const noexcept {
        return at(p.weights) + (index * post(p) + i) * pre(p) * W;
    }
    Real* sens(const ProjectionPlan& p, std::size_t i) const noexcept {
        return at(p.sens) + (index * post(p) + i) * pre(p) * coefficients * W;
    }
    // Weights of checkpoint i of an adjoint sim; one more keeps the last weights during a sweep.
    Real* checkpoint(const ProjectionPlan& p, std::uint64_t i) const noexcept {
        return at(p.checkpoints) + (index * (sim->n_checkpoints + 1) + i) * post(p) * pre(p) * W;
    }
    Real* rates(const PopulationPlan& p) const noexcept { return at(p.buffer[parity]); }
    Real* rate_sens(const PopulationPlan& p) const noexcept { return at(p.sens[parity]); }
    const Real* old_rate_sens(const PopulationPlan& p) const noexcept {
        return at(p.sens[parity ^ 1]);
    }
    // Numbers of an array [block][history_steps][n][lane], of so many steps ago.
    Real* past(const PopulationPlan& p, Offset array_at, std::uint64_t ago,
               std::size_t n) const noexcept {
        const auto slot =
            static_cast<std::size_t>((step + p.history_steps - ago) % p.history_steps);
        return at(array_at) + (index * static_cast<std::size_t>(p.history_steps) + slot) * n * W;
    }
    // Presynaptic rates [sample][unit][lane] as they arrive in this step, or did so many steps ago, 0
    // or 1 (M39), and their derivatives or null.
    const Real* arriving(const ProjectionPlan& q, std::uint64_t ago = 0) const noexcept {
        const PopulationPlan& source = population(q.model.pre);
        if (built(feature::memory) && q.model.delay)
            return past(source, source.past, q.model.delay + ago, samples() * source.model.n_units);
        return ago ? previous[q.model.pre] : current[q.model.pre];
    }
    const Real* arriving_sens(const ProjectionPlan& q, std::uint64_t ago = 0) const noexcept {
        const PopulationPlan& source = population(q.model.pre);
        if (!source.sensitive())
            return nullptr;
        if (built(feature::memory) && q.model.delay)
            return past(source, source.past_sens, q.model.delay + ago,
                        samples() * source.model.n_units * coefficients);
        return ago ? old_rate_sens(source) : rate_sens(source);
    }
    // [64][lane] of a power of the third factor.
    Real* dense(std::size_t rule, std::size_t power = 0) const noexcept {
        return at(sim->dense) + (rule * powers_of(*sim) + power) * 64 * W;
    }
    // Synapses of row i that can be other than 0.
    std::size_t row_length(const ProjectionPlan& p, std::size_t i) const noexcept {
        return carve::row_length(p.model, i, pre(p));
    }

    // (M4), (M5): lanes in which |value| passes the bound, or is not a number, freeze at this step.
    CARVE_INLINE void check(const P& value) const noexcept { check(value, sim->model.bound); }
    // The same for a square.
    CARVE_INLINE void check_square(const P& value) const noexcept {
        check(value, sim->model.bound * sim->model.bound);
    }

  private:
    CARVE_INLINE void check(const P& value, double limit) const noexcept {
        const auto inside = this->inside(value, this->limit(limit));
        if (__builtin_expect(!P::Ops::all(inside), 0))
            this->freeze(inside, step, [](std::size_t) noexcept {});
    }
};

} // namespace
} // namespace carve
