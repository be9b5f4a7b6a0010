// afferent_step.hpp: the steps of a replica whose lanes are afferents (CARVE_LAYOUT_AFFERENTS). A row of
// lanes is kAfferents neighbouring presynaptic units, to which the update of replica lanes is
// applied as it is. What is summed over afferents comes as one partial sum a lane; `fold` adds
// these up. Rates and their sensitivities are numbers of a unit, and are spread over the lanes
// where its synapses need them.
#pragma once
#include "frozen_lanes.hpp"
#include "units.hpp"
#include "update/online_update.hpp"

namespace carve {
namespace {

template <class P> class AfferentSteps {
    using Real = typename P::Real;
    using One = Pack<Real, sizeof(Real)>; // one unit
    static constexpr std::size_t W = P::width;
    static_assert(W == kAfferents, "a row of lanes");
    static constexpr Real kNumbers[W] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

  public:
    AfferentSteps(Sim& sim, std::size_t replica, const void* const* inputs, std::uint64_t n_steps,
                  bool plastic) noexcept
        : b_(sim, replica, 0, inputs, n_steps, plastic),
          one_(sim, replica, 0, inputs, n_steps, plastic) {
        each_register([this]() noexcept { prepare_rules(b_); });
    }

    void run() noexcept {
        for (std::uint64_t t = 0; t < b_.n_steps && !one_.all_frozen(); ++t) {
            b_.parity = one_.parity = static_cast<unsigned>(one_.step & 1);
            for (std::size_t i = 0; i < b_.sim->model.n_populations; ++i)
                evaluate(i, t);
            finish_step(t + 1 == b_.n_steps);
            ++one_.step;
        }
        keep_rates();
        mark_frozen();
    }

  private:
    // The lanes of a row, as many at once as a register holds.
    template <class Work> void each_register(Work work) noexcept {
        for (b_.lane = 0; b_.lane < W; b_.lane += P::lanes)
            work();
        b_.lane = 0;
    }

    void evaluate(std::size_t i, std::uint64_t t) noexcept {
        const PopulationPlan& p = b_.population(i);
        b_.previous[i] = b_.current[i];
        if (p.model.kind == CARVE_POPULATION_GAUSSIAN) {
            b_.current[i] = gaussian_rates(one_, i, t);
            return;
        }
        b_.current[i] = one_.rates(p);
        if (p.model.kind == CARVE_POPULATION_INPUT)
            return take_input(i, t);
        for (std::size_t unit = 0; unit < p.model.n_units; ++unit) {
            drive(i, unit);
            fire(p, unit);
        }
    }
    // The caller's rows are not padded.
    void take_input(std::size_t i, std::uint64_t t) noexcept {
        const Population& p = b_.population(i).model;
        if (p.fixed && t > 0)
            return;
        const std::uint64_t step = p.fixed ? 0 : t, steps = p.fixed ? 1 : b_.n_steps;
        const Real* const from = static_cast<const Real*>(b_.inputs[input_index(b_, i)]) +
                                 ((p.shared ? 0 : b_.index * steps) + step) * p.n_units;
        __builtin_memcpy(one_.rates(b_.population(i)), from, p.n_units * sizeof(Real));
    }

    // (M1), (M6): partial sums of one unit's drive and its derivatives. Updates that are pending
    // are made.
    void drive(std::size_t i, std::size_t unit) noexcept {
        const PopulationPlan& p = b_.population(i);
        const std::size_t K = p.sensitive() ? b_.coefficients : 0;
        each_register([&]() noexcept {
            if (K && pending_)
                spread(one_.old_rate_sens(p), unit);
            Real *const u = b_.at(b_.sim->sums), *const u_sens = K ? u + W : nullptr;
            for (std::size_t k = 0; k <= K; ++k)
                P::set(0).store(u + k * W);
            for (std::size_t k = 0; k < b_.sim->model.n_projections; ++k) {
                const ProjectionPlan& q = b_.projection(k);
                if (q.model.post != i)
                    continue;
                if (pending_ && is_plastic(q.model)) {
                    const Real* const x_sens = b_.population(q.model.pre).sensitive()
                                                   ? b_.old_rate_sens(b_.population(q.model.pre))
                                                   : nullptr;
                    const RuleInUse<P> rule = rule_of(q);
                    advance(row_of(k, unit, b_.previous, x_sens, u_sens, false, rule), P::load(u))
                        .store(u);
                } else {
                    add(q, unit, u, u_sens);
                }
                add_presynaptic(q, unit, u_sens);
            }
        });
    }
    void add(const ProjectionPlan& q, std::size_t unit, Real* u, Real* u_sens) const noexcept {
        const std::size_t rows = b_.pre(q), K = b_.coefficients;
        const Matrix<const Real> x{b_.current[q.model.pre] + b_.lane, W, 0};
        gemm<P>({u, 0, 0}, x, {b_.weights(q, unit), W, 0}, 1, 1, rows);
        if (q.sens)
            gemm<P>({u_sens, 0, W}, x, {b_.sens(q, unit), K * W, W}, 1, K, rows);
    }
    void add_presynaptic(const ProjectionPlan& q, std::size_t unit, Real* u_sens) const noexcept {
        const PopulationPlan& source = b_.population(q.model.pre);
        if (!source.sensitive())
            return;
        const std::size_t K = b_.coefficients;
        gemm<P>({u_sens, 0, W}, {b_.weights(q, unit), W, 0}, {b_.rate_sens(source), K * W, W}, 1, K,
                b_.pre(q));
    }
    void fire(const PopulationPlan& p, std::size_t unit) noexcept {
        const Real* const sums = one_.at(b_.sim->sums);
        const One u = One::set(fold<W>(sums)), rate = activate(p.model.activation, u);
        one_.check(u);
        rate.store(one_.rates(p) + unit);
        if (!p.sensitive())
            return;
        const One slope = activation_slope(p.model.activation, rate);
        Real* const sens = one_.rate_sens(p) + sens_at(unit);
        for (std::size_t k = 0; k < b_.coefficients; ++k)
            (slope * One::set(fold<W>(sums + (1 + k) * W))).store(sens + k * W);
    }
    // Of coefficient 0 in [unit row][coefficient][lane].
    std::size_t sens_at(std::size_t unit) const noexcept {
        return unit / W * b_.coefficients * W + unit % W;
    }
    // One unit's dy/dtheta to every lane.
    void spread(const Real* sens, std::size_t unit) const noexcept {
        Real* const to = b_.at(b_.sim->spread);
        for (std::size_t k = 0; k < b_.coefficients; ++k)
            P::set(sens[sens_at(unit) + k * W]).store(to + k * W);
    }

    RuleInUse<P> rule_of(const ProjectionPlan& q) const noexcept {
        return {b_.dense(q.model.rule), bounds_of(b_, q)};
    }
    // The update of one unit's synapses in the lanes of a register, from the rates of a step.
    CARVE_INLINE RowUpdate<P> row_of(std::size_t index, std::size_t unit, const Real* const* rates,
                                     const Real* x_sens, Real* dot_sens, bool fresh,
                                     const RuleInUse<P>& rule) const noexcept {
        const ProjectionPlan& q = b_.projection(index);
        const std::size_t units = b_.units(q.model.pre);
        return {q,
                index,
                unit,
                units / W + (b_.lane < units % W ? 1 : 0),
                b_.of_replica(q.eta),
                rates[q.model.pre] + b_.lane,
                b_.current[q.model.pre] + b_.lane,
                P::set(rates[q.model.post][unit]),
                x_sens,
                b_.population(q.model.post).sensitive() ? b_.at(b_.sim->spread) : nullptr,
                dot_sens,
                fresh,
                rule};
    }
    // Lanes of the last row that carry no afferent are 0 again after it.
    CARVE_INLINE P advance(const RowUpdate<P>& row, P dot) const noexcept {
        const ProjectionPlan& q = row.projection;
        const std::size_t units = b_.units(q.model.pre), whole = units / W, rest = units % W;
        if (row.synapses)
            dot = advance_row(b_, row, dot);
        if (b_.lane >= rest || b_.lane + P::lanes <= rest)
            return dot;
        const auto carries = less(P::load(kNumbers + b_.lane), P::set(static_cast<Real>(rest)));
        const auto clear = [&](Real* at) noexcept {
            select(carries, P::load(at), P::set(0)).store(at);
        };
        clear(b_.weights(q, row.row) + whole * W);
        for (std::size_t k = 0; k < b_.coefficients; ++k)
            clear(b_.sens(q, row.row) + (whole * b_.coefficients + k) * W);
        return dot;
    }

    void finish_step(bool last) noexcept {
        const bool check = (one_.step + 1) % 64 == 0; // (M5)
        for (std::size_t k = 0; (last || check) && k < b_.sim->model.n_projections; ++k) {
            if (!is_plastic(b_.projection(k).model))
                continue;
            if (b_.plastic)
                update_now(k);
            if (check)
                each_weight(b_.projection(k),
                            [this](Real& w) noexcept { one_.check(One::set(w)); });
        }
        pending_ = b_.plastic && !last && !check;
    }
    void update_now(std::size_t k) noexcept {
        const ProjectionPlan& q = b_.projection(k);
        const PopulationPlan &p = b_.population(q.model.post), &source = b_.population(q.model.pre);
        for (std::size_t unit = 0; unit < p.model.n_units; ++unit) {
            each_register([&]() noexcept {
                if (p.sensitive())
                    spread(one_.rate_sens(p), unit);
                const RuleInUse<P> rule = rule_of(q);
                advance(row_of(k, unit, b_.current,
                               source.sensitive() ? b_.rate_sens(source) : nullptr,
                               b_.coefficients ? b_.at(b_.sim->discard) : nullptr, true, rule),
                        P::set(0));
            });
        }
    }

    template <class Work> void each_weight(const ProjectionPlan& q, Work work) noexcept {
        for (std::size_t i = 0; i < b_.post(q); ++i)
            for (std::size_t j = 0; j < b_.units(q.model.pre); ++j)
                work(b_.weights(q, i)[j]);
    }
    void keep_rates() noexcept {
        for (std::size_t i = 0; b_.n_steps && i < b_.sim->model.n_populations; ++i) {
            const PopulationPlan& p = b_.population(i);
            if (p.rates && b_.current[i])
                copy<One>(one_.at(p.rates) + b_.index * p.rows * W, b_.current[i], p.model.n_units);
        }
    }
    void mark_frozen() noexcept {
        if (!one_.all_frozen())
            return;
        LaneGroup<P> row{b_.sim, b_.index, 0};
        for (; row.lane < W; row.lane += P::lanes)
            hold_lanes(row, 0, {P::set(1), P::set(0)}, false);
    }

    Block<P> b_; // `lane`: the register in work
    Block<One> one_;
    bool pending_ = false; // updates of the step before are still to be done
};

} // namespace
} // namespace carve
