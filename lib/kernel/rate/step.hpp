// step.hpp: the order of one step, and the time loop inside a lane block. With one sample a step,
// the update of a feedforward projection waits until the next step's rates are known, so that
// weights and sensitivity rows are passed over once a step: updated, and multiplied by the new
// rates.
#pragma once
#include "frozen_lanes.hpp"
#include "lateral.hpp"
#include "moments/moment_step.hpp"
#include "residual_input.hpp"
#include "settle.hpp"
#include "steps_in_registers.hpp"
#include "trajectory.hpp"
#include "update/batch_update.hpp"
#include "update/general_update.hpp"
#include "update/online_update.hpp"

#include <type_traits>

namespace carve {
namespace {

template <class P> class Steps {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    explicit Steps(Block<P> block) noexcept
        : b_(block), online_(block.samples() == 1), trajectories_(b_),
          recorded_(trajectories_.n_recorded() > 0) {
        prepare_rules(b_);
    }

    void run() noexcept {
        if (built(feature::batches) && b_.sim->form == CARVE_FORM_MOMENTS) {
            step_by_moments(b_);
        } else {
            advance(0, b_.n_steps, [this](std::uint64_t) noexcept { keep_checkpoint(); });
            keep_rates();
            if (recorded_)
                trajectories_.finish();
        }
        if (const HeldLanes<P> held(b_); held.any())
            hold_lanes(b_, 0, held, false);
    }

    // Steps [from, to) of the call. keep(t) sees the weights and rates of step t before its update.
    template <class Keep> void advance(std::uint64_t from, std::uint64_t to, Keep keep) noexcept {
        b_.step = b_.sim->steps + from;
        const std::size_t most = longest_leap(b_);
        for (std::uint64_t t = from; t < to && !b_.all_frozen(); ++t) {
            const std::uint64_t n = leap_length(most, to - t);
            if (built(feature::unrolled) && n > 1) {
                leap(b_, b_.current[0], static_cast<std::size_t>(n));
                t += n - 1;
            } else {
                b_.parity = static_cast<unsigned>(b_.step & 1);
                for (std::size_t i = 0; i < b_.sim->model.n_populations; ++i)
                    evaluate(i, t);
                if (recorded_)
                    trajectories_.compare();
            }
            keep(t);
            finish_step(t + 1 == to);
            ++b_.step;
        }
    }

    // Population i at step t of the call.
    void evaluate(std::size_t i, std::uint64_t t) noexcept {
        const PopulationPlan& p = b_.population(i);
        b_.previous[i] = b_.current[i];
        if (p.model.kind == CARVE_POPULATION_INPUT)
            b_.current[i] = input_rates(b_, i, input_index(b_, i), t);
        else if (built(feature::gaussian) && p.model.kind == CARVE_POPULATION_GAUSSIAN)
            b_.current[i] = gaussian_rates(b_, i, t);
        else {
            b_.current[i] = b_.rates(p);
            drive(i);
            if (built(feature::memory) && p.drive)
                leak(p);
            const ProjectionPlan* const lateral =
                built(feature::lateral) ? lateral_of(*b_.sim, static_cast<std::uint32_t>(i))
                                        : nullptr;
            for (std::size_t s = 0; s < b_.samples(); ++s)
                infer(Units<P>(b_, i, s), lateral);
        }
        if (built(feature::memory) && p.past)
            remember(p, b_.current[i]);
    }
    Block<P>& block() noexcept { return b_; }

  private:
    // None goes beyond a step that is followed by a check of the weights.
    std::uint64_t leap_length(std::size_t most, std::uint64_t left) const noexcept {
        const std::uint64_t to_check = 64 - b_.step % 64, here = left < to_check ? left : to_check;
        return !pending_ ? 0 : here < most ? here : most;
    }
    void keep_checkpoint() noexcept {
        const std::uint64_t n = built(feature::adjoint) ? b_.sim->interval : 0;
        if (n == 0 || b_.step % n != 0)
            return;
        for (std::size_t k = 0; k < b_.sim->model.n_projections; ++k) {
            const ProjectionPlan& q = b_.projection(k);
            if (q.checkpoints)
                copy<P>(b_.checkpoint(q, b_.step / n), b_.weights(q, 0), b_.post(q) * b_.pre(q));
        }
    }
    // (M1) and its derivatives, all samples.
    void drive(std::size_t i) noexcept {
        const PopulationPlan& p = b_.population(i);
        bool fresh = true; // nothing has been added yet
        for (std::size_t k = 0; k < b_.sim->model.n_projections; ++k) {
            const ProjectionPlan& projection = b_.projection(k);
            if (projection.model.post != i || is_lateral(projection.model))
                continue;
            if (pending_ && is_plastic(projection.model) && !(b_.general >> k & 1)) {
                update_and_add(k, fresh);
            } else {
                if (fresh)
                    clear(p);
                add(projection);
            }
            fresh = false;
            add_presynaptic(projection);
        }
        if (fresh)
            clear(p);
    }
    // (M38): what drives the units now moves what has driven them.
    void leak(const PopulationPlan& p) noexcept {
        const std::size_t n = b_.samples() * p.model.n_units;
        leak_values(p.model.tau, b_.at(p.drive) + b_.index * n * W, b_.rates(p), n);
        if (p.sensitive())
            leak_values(p.model.tau, b_.at(p.drive_sens) + b_.index * n * b_.coefficients * W,
                        b_.rate_sens(p), n * b_.coefficients);
    }
    static void leak_values(double tau, Real* kept, Real* values, std::size_t n) noexcept {
        const P share = P::set(static_cast<Real>(1 / tau));
        for (std::size_t k = 0; k < n * W; k += W) {
            const P before = P::load(kept + k);
            const P next = settle(fma(share, P::load(values + k) - before, before));
            next.store(kept + k);
            next.store(values + k);
        }
    }
    // For those that hear of them later (M39).
    void remember(const PopulationPlan& p, const Real* rates) noexcept {
        const std::size_t n = b_.samples() * p.model.n_units;
        copy<P>(b_.past(p, p.past, 0, n), rates, n);
        if (p.past_sens)
            copy<P>(b_.past(p, p.past_sens, 0, n * b_.coefficients), b_.rate_sens(p),
                    n * b_.coefficients);
    }
    void clear(const PopulationPlan& p) noexcept {
        const std::size_t values = b_.samples() * p.model.n_units;
        for (std::size_t k = 0; k < values; ++k)
            P::set(0).store(b_.rates(p) + k * W);
        if (p.sensitive())
            for (std::size_t k = 0; k < values * b_.coefficients; ++k)
                P::set(0).store(b_.rate_sens(p) + k * W);
    }
    void add(const ProjectionPlan& q) noexcept {
        const PopulationPlan& p = b_.population(q.model.post);
        const std::size_t n = p.model.n_units, pre = b_.pre(q), K = b_.coefficients;
        const Real* const x = b_.arriving(q);
        gemm<P>({b_.rates(p), n * W, W}, {x, W, pre * W}, {b_.weights(q, 0), W, pre * W},
                b_.samples(), n, pre);
        if (q.sens)
            for (std::size_t i = 0; i < n; ++i)
                gemm<P>({b_.rate_sens(p) + i * K * W, n * K * W, W}, {x, W, pre * W},
                        {b_.sens(q, i), K * W, W}, b_.samples(), K, pre);
    }
    // dU += sum_j w_ij X_j where the presynaptic rates depend on theta
    void add_presynaptic(const ProjectionPlan& q) noexcept {
        const PopulationPlan& p = b_.population(q.model.post);
        const Real* const x_sens = b_.arriving_sens(q);
        if (!x_sens)
            return;
        const std::size_t n = p.model.n_units, pre = b_.pre(q), K = b_.coefficients;
        for (std::size_t s = 0; s < b_.samples(); ++s)
            gemm<P>({b_.rate_sens(p) + s * n * K * W, K * W, W}, {b_.weights(q, 0), W, pre * W},
                    {x_sens + s * pre * K * W, K * W, W}, n, K, pre);
    }
    // The update of the step before, fused with this step's product: the drive so far, or the first
    // part of it.
    void update_and_add(std::size_t index, bool fresh) noexcept {
        const ProjectionPlan& q = b_.projection(index);
        const PopulationPlan& p = b_.population(q.model.post);
        const std::size_t n = p.model.n_units, pre = b_.pre(q), K = b_.coefficients;
        const Real *const x_next = b_.arriving(q), *const x_sens = b_.arriving_sens(q, 1);
        Presynaptic<P> x(b_, q, b_.arriving(q, 1), b_.previous[q.model.post]);
        const P eta = eta_of(q);
        const RuleInUse<P> rule = rule_of(q);
        for (std::size_t i = 0; i < n; ++i) {
            const RowUpdate<P> row{q,
                                   index,
                                   i,
                                   pre,
                                   eta,
                                   x.row(i),
                                   x_next,
                                   P::load(b_.previous[q.model.post] + i * W),
                                   x_sens,
                                   p.sensitive() ? b_.old_rate_sens(p) + i * K * W : nullptr,
                                   p.sensitive() ? b_.rate_sens(p) + i * K * W : nullptr,
                                   fresh,
                                   rule};
            const P sum = fresh ? P::set(0) : P::load(b_.rates(p) + i * W);
            advance_row(b_, row, sum).store(b_.rates(p) + i * W);
        }
    }

    // Of the step that was evaluated last.
    RuleInUse<P> rule_of(const ProjectionPlan& q) const noexcept {
        const RuleInUse<P> rule{b_.dense(q.model.rule), bounds_of(b_, q)};
        if (!built(feature::third_factors) || !is_modulated(q.model))
            return rule;
        const Modulation<P> modulation(b_, q);
        return {has_modulator(q.model) ? modulation.theta() : rule.theta,
                modulation.bounds(rule.bounds)};
    }
    P eta_of(const ProjectionPlan& q) const noexcept {
        return built(feature::third_factors) && is_modulated(q.model) ? Modulation<P>(b_, q).eta()
                                                                      : b_.of_replica(q.eta);
    }
    void finish_step(bool last) noexcept {
        const bool check = (b_.step + 1) % 64 == 0; // (M5)
        for (std::size_t k = 0; k < b_.sim->model.n_projections; ++k) {
            const Projection& p = b_.projection(k).model;
            if (!is_plastic(p))
                continue;
            if (built(feature::third_factors) && (is_modulated(p) || p.n_uses > 1))
                observe_modulators(k);
            if (built(feature::general_rules) && (b_.general >> k & 1))
                update_generally(b_.projection(k));
            else if (built(feature::batches) && b_.plastic && !online_)
                update_batch(k);
            else if (b_.plastic && (is_lateral(p) || last || check))
                update_now(k);
            if (check)
                check_weights(b_.projection(k));
        }
        pending_ = online_ && b_.plastic && !last && !check;
    }
    __attribute__((noinline)) void observe_modulators(std::size_t index) noexcept {
        const Projection& p = b_.projection(index).model;
        for (std::size_t use = 0; use < p.n_uses; ++use) {
            const ProjectionPlan& q = b_.projection(use == 0 ? index : p.further + use - 1);
            if (is_modulated(q.model))
                Modulation<P>(b_, q).observe();
        }
    }
    void update_now(std::size_t index) noexcept {
        const ProjectionPlan& q = b_.projection(index);
        const PopulationPlan& p = b_.population(q.model.post);
        const std::size_t K = b_.coefficients;
        const Real* const x_sens = b_.arriving_sens(q);
        Presynaptic<P> x(b_, q, b_.arriving(q), b_.current[q.model.post]);
        Real* const discard = K ? b_.at(b_.sim->discard) : nullptr;
        const P eta = eta_of(q);
        const RuleInUse<P> rule = rule_of(q);
        for (std::size_t i = 0; i < p.model.n_units; ++i) {
            const std::size_t n = plastic_length(q, i);
            const Real* const xs = x.row(i);
            const RowUpdate<P> row{q,       index,
                                   i,       n,
                                   eta,     xs,
                                   xs,      P::load(b_.current[q.model.post] + i * W),
                                   x_sens,  p.sensitive() ? b_.rate_sens(p) + i * K * W : nullptr,
                                   discard, true,
                                   rule};
            if (n > 0)
                advance_row(b_, row, P::set(0));
            clear_masked(q, i, n);
        }
    }
    bool keeps_means(const ProjectionPlan& q) const noexcept {
        std::uint64_t facts = q.facts;
        for (std::size_t use = 1; use < q.model.n_uses; ++use)
            facts |= b_.projection(q.model.further + use - 1).facts;
        return (facts & (kPreMeans | kPostMeans)) != 0;
    }
    __attribute__((noinline)) void update_generally(const ProjectionPlan& q) noexcept {
        if (!b_.plastic && !keeps_means(q))
            return;
        GeneralUpdate<P> general(b_, q);
        if (b_.plastic) {
            general.update([&](std::size_t i) noexcept { return plastic_length(q, i); });
            for (std::size_t i = 0; i < b_.post(q); ++i)
                clear_masked(q, i, plastic_length(q, i));
        }
        general.take_in();
    }
    void update_batch(std::size_t index) noexcept {
        const ProjectionPlan& q = b_.projection(index);
        const PopulationPlan& p = b_.population(q.model.post);
        const Real* const x_sens = b_.arriving_sens(q);
        const P scale = b_.of_replica(q.eta) / P::set(static_cast<Real>(b_.sim->model.batch));
        const Bounds<P> bounds = bounds_of(b_, q);
        const bool cubic = has_cubic_terms(rules(*b_.sim)[q.model.rule].model.terms);
        Presynaptic<P> x(b_, q, b_.arriving(q), b_.current[q.model.post]);
        for (std::size_t i = 0; i < p.model.n_units; ++i) {
            const std::size_t n = plastic_length(q, i);
            BatchRow<P> row{q,
                            index,
                            i,
                            0,
                            n,
                            x.row(i),
                            b_.current[q.model.post],
                            x_sens,
                            p.sensitive() ? b_.rate_sens(p) : nullptr,
                            b_.pre(q),
                            p.model.n_units,
                            scale,
                            {}};
            sum_rate_powers(row.y + i * W, row.y_units * W, row.y_sums);
            if (b_.coefficients) {
                if (cubic)
                    update_batch_tile<P, 4, true>(b_, row, bounds);
                else
                    update_batch_tile<P, 3, true>(b_, row, bounds);
            } else if (cubic)
                update_batch_tile<P, 4, false>(b_, row, bounds);
            else
                update_batch_tile<P, 3, false>(b_, row, bounds);
            clear_masked(q, i, n);
        }
    }
    void sum_rate_powers(const Real* y, std::size_t stride, P (&sum)[4]) noexcept {
        for (P& s : sum)
            s = P::set(0);
        for (std::size_t s = 0; s < b_.samples(); ++s) {
            P ys[4];
            powers<P, 4>(P::load(y + s * stride), P::set(1), ys);
            for (int k = 0; k < 4; ++k)
                sum[k] = sum[k] + ys[k];
        }
    }
    std::size_t plastic_length(const ProjectionPlan& q, std::size_t i) const noexcept {
        return q.model.connectivity == CARVE_CONNECT_LOWER ? i : b_.pre(q);
    }
    // Entries outside the mask may have acted in the first evaluation; from now on they do not.
    void clear_masked(const ProjectionPlan& q, std::size_t i, std::size_t from) noexcept {
        if (q.model.mask_from != CARVE_MASK_FROM_FIRST_UPDATE)
            return;
        for (std::size_t j = from; j < b_.pre(q); ++j)
            P::set(0).store(b_.weights(q, i) + j * W);
    }
    void check_weights(const ProjectionPlan& q) noexcept {
        const std::size_t n = b_.post(q) * b_.pre(q);
        for (std::size_t k = 0; k < n; ++k)
            b_.check(P::load(b_.weights(q, 0) + k * W));
    }

    void keep_rates() noexcept {
        if (b_.n_steps == 0)
            return;
        for (std::size_t i = 0; i < b_.sim->model.n_populations; ++i) {
            const PopulationPlan& p = b_.population(i);
            const std::size_t values = b_.samples() * p.model.n_units;
            if (p.rates && b_.current[i])
                copy<P>(b_.at(p.rates) + b_.index * values * W, b_.current[i], values);
        }
    }
    Block<P> b_;
    bool online_;
    std::conditional_t<built(feature::trajectories), Trajectories<P>, NoTrajectories<P>>
        trajectories_;
    bool recorded_;        // probes follow trajectories
    bool pending_ = false; // feedforward updates of the step before are still to be done
};

} // namespace
} // namespace carve
