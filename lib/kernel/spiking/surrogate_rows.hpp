// surrogate_rows.hpp: where the derivatives of a spiking network are (M18, M19), and the slopes of a
// rule that they are made of.
#pragma once
#include "spike_rule.hpp"
#include "spiking_lane_group.hpp"

namespace carve {
namespace {

// A polynomial of a rule and its derivatives: sum_abc k_abc a^a b^b w^c.
template <class P> struct SpikeSlopes {
    P value, by_w, by_a, by_b;

    SpikeSlopes(const typename P::Real* rows, const P& a, const P& b, const P& w) noexcept
        : value(P::set(0)), by_w(P::set(0)), by_a(P::set(0)), by_b(P::set(0)) {
        constexpr std::size_t W = P::width;
        for (std::size_t c = 3; c-- > 0;) {
            const P k00 = P::load(rows + c * W), k01 = P::load(rows + (3 + c) * W);
            const P k10 = P::load(rows + (6 + c) * W), k11 = P::load(rows + (9 + c) * W);
            const P along_a = fma(k11, b, k10), along_b = fma(k11, a, k01);
            by_w = fma(by_w, w, value);
            value = fma(value, w, fma(along_a, a, fma(k01, b, k00)));
            by_a = fma(by_a, w, along_a);
            by_b = fma(by_b, w, along_b);
        }
    }
};

template <class P> class SpikeSensRows {
  public:
    bool on() const noexcept { return built(feature::forward) && coefficients_ != 0; }

  protected:
    using Real = typename P::Real;
    using Mask = typename P::Mask;
    static constexpr std::size_t W = P::width;

    explicit SpikeSensRows(Sim& sim) noexcept
        : sim_(sim), coefficients_(any_sens(sim) ? sim.n_coefficients : 0) {}

    Real* rows(const SpikingLaneGroup<P>& s, const SpikeLink& q) const noexcept {
        return s.at(sim_.spike_rules, sim_.model.n_projections * kSpikeRows, q.index * kSpikeRows);
    }
    // Scratch of a lane group: [kLaneGroupsAtOnce][n][lane].
    Real* scratch(const SpikingLaneGroup<P>& s, Offset at, std::size_t n,
                  std::size_t i) const noexcept {
        return array<Real>(sim_, at) + (s.slot * n + i) * W;
    }
    Real* surrogate(const SpikingLaneGroup<P>& s) const noexcept {
        return scratch(s, sim_.surrogates, coefficients_, 0);
    }
    Real* pending(const SpikingLaneGroup<P>& s) const noexcept {
        return scratch(s, sim_.pending, coefficients_, 0);
    }
    Real* kept(const PopulationPlan& p, const SpikingLaneGroup<P>& s, std::size_t unit,
               std::size_t step) const noexcept {
        const std::size_t n = p.model.n_units;
        return scratch(s, p.spike_sens, kSegment * n * coefficients_,
                       (step * n + unit) * coefficients_);
    }
    Real* total(const SpikeLink& q, const SpikingLaneGroup<P>& s, std::size_t unit,
                std::size_t part) const noexcept {
        return scratch(s, q.plan->totals, q.post * 4 * coefficients_,
                       (unit * 4 + part) * coefficients_);
    }
    Real* power(const SpikeLink& q, const SpikingLaneGroup<P>& s) const noexcept {
        return scratch(s, q.plan->segment_traces, 2 + kSegment * q.post, 0);
    }
    Real* kept_trace(const SpikeLink& q, const SpikingLaneGroup<P>& s, std::size_t unit,
                     std::size_t step) const noexcept {
        return scratch(s, q.plan->segment_traces, 2 + kSegment * q.post, 2 + step * q.post + unit);
    }
    Real* sens(const SpikeLink& q, const SpikingLaneGroup<P>& s, std::size_t i,
               std::size_t j) const noexcept {
        return s.at(q.plan->sens, q.post * q.pre * coefficients_, (i * q.pre + j) * coefficients_);
    }
    Real* post_sens(const SpikeLink& q, const SpikingLaneGroup<P>& s, std::size_t i,
                    std::size_t which) const noexcept {
        return s.at(q.plan->post_sens, 2 * q.post * coefficients_, (2 * i + which) * coefficients_);
    }
    Real* conductance(const SpikeLink& q, const SpikingLaneGroup<P>& s,
                      std::size_t i) const noexcept {
        return s.at(populations(sim_)[q.plan->model.post].conductance_sens,
                    2 * q.post * coefficients_, (2 * i + q.plan->model.receptor) * coefficients_);
    }
    void clear(Real* at, std::size_t n) const noexcept {
        for (std::size_t k = 0; k < n; ++k)
            P::set(0).store(at + k * W);
    }
    static void add(Real* row, std::size_t k, const P& value) noexcept {
        (P::load(row + k * W) + value).store(row + k * W);
    }
    // Derivative of a trace's jump with respect to the logarithm of its time constant.
    P jump_slope(const SpikeLink& q, const P& jump) const noexcept {
        return rules(sim_)[q.plan->model.rule].model.trace_jump == CARVE_TRACE_JUMP_ONE
                   ? P::set(0)
                   : P::set(0) - jump;
    }
    // eta a^a b^b w^c for the terms of twelve bits, whose first coefficient is number k.
    static void add_terms(std::uint64_t terms, std::size_t k, const P& eta, const P& a, const P& b,
                          const P& w, Real* row) noexcept {
        for (unsigned bit = 0; bit < 12; ++bit) {
            if (!(terms >> bit & 1))
                continue;
            P value = eta;
            if (bit / 6)
                value = value * a;
            if (bit / 3 % 2)
                value = value * b;
            for (unsigned c = 0; c < bit % 3; ++c)
                value = value * w;
            add(row, k++, value);
        }
    }
    void clear_lanes(Real* at, const Mask& mask) const noexcept {
        for (std::size_t k = 0; k < coefficients_; ++k)
            select(mask, P::set(0), P::load(at + k * W)).store(at + k * W);
    }

    Sim& sim_;
    std::size_t coefficients_;

  private:
    // A rule that no projection uses has nothing to differentiate.
    static bool any_sens(const Sim& sim) noexcept {
        for (std::size_t k = 0; k < sim.model.n_projections; ++k)
            if (projections(sim)[k].sens)
                return true;
        return false;
    }
};

} // namespace
} // namespace carve
