// general_update.hpp: the update of synapses under a general rule, one at a time, with their
// sensitivities: rules that read means or weight sums (M41), or are no polynomial (M43), or drive
// eligibility traces (M42).
#pragma once
#include "bounds.hpp"
#include "modulation.hpp"
#include "rule_sums.hpp"
#include "settle.hpp"

namespace carve {
namespace {

// What a time constant exp(c) (in steps) does in one of them.
template <class P> struct Decay {
    P keep, share, slope; // exp(-exp(-c)), 1 less that, dkeep/dc
    std::size_t k;        // coefficient c among all

    Decay(const P& c, std::size_t coefficient) noexcept : k(coefficient) {
        const P rate = exp(P::set(0) - c);
        keep = fade(P::set(0) - rate);
        share = P::set(0) - expm1(P::set(0) - rate);
        slope = keep * rate;
    }
};

template <class P> class GeneralUpdate {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    GeneralUpdate(const Block<P>& b, const ProjectionPlan& q) noexcept
        : b_(b), q_(q), rule_(rules(*b.sim)[q.model.rule]), modulation_(b, q), K_(b.coefficients),
          gated_(is_modulated(q.model)), x_(b.arriving(q)), x_sens_(b.arriving_sens(q)),
          y_(b.current[q.model.post]),
          y_sens_(K_ ? b.rate_sens(b.population(q.model.post)) : nullptr) {
        if (K_) {
            by_theta_ = b.at(b.sim->general);
            sum_sens_ = by_theta_ + K_ * W;
        }
    }

    // The rows of all postsynaptic units, of n(i) synapses each.
    template <class Length> void update(Length n) const noexcept {
        if (rule_.model.kind == CARVE_RULE_MLP)
            update_rows(MlpSum<P>(b_, rule_), n);
        else
            update_rows(PolynomialSum<P>(b_, rule_), n);
    }

    // After the update: the means take in the rates of the step.
    void take_in() const noexcept {
        const std::uint32_t factors = rule_.model.factors;
        if (factors & CARVE_FACTOR_PRE_MEAN) {
            const Decay<P> decay = decay_of(kPreMean);
            for (std::size_t j = 0; j < b_.pre(q_); ++j)
                approach(pre_mean(j), pre_mean_sens(j), P::load(x_ + j * W),
                         x_sens_ ? x_sens_ + j * K_ * W : nullptr, P::set(1), decay);
        }
        if (factors & CARVE_FACTOR_POST_MEAN) {
            const Decay<P> decay = decay_of(kPostMean);
            for (std::size_t i = 0; i < b_.post(q_); ++i)
                approach(post_mean(i, 0), post_mean_sens(i, 0), P::load(y_ + i * W), y_sens(i),
                         P::set(1), decay);
        }
        if (factors & CARVE_FACTOR_POST_SQUARE) {
            const Decay<P> decay = decay_of(kPostSquare);
            for (std::size_t i = 0; i < b_.post(q_); ++i) {
                const P y = P::load(y_ + i * W);
                approach(post_mean(i, 1), post_mean_sens(i, 1), y * y, y_sens(i), y + y, decay);
            }
        }
    }

  private:
    const Real* y_sens(std::size_t i) const noexcept {
        return y_sens_ ? y_sens_ + i * K_ * W : nullptr;
    }
    Real* pre_mean(std::size_t j) const noexcept {
        return b_.at(q_.pre_traces) + (b_.index * b_.pre(q_) + j) * W;
    }
    Real* pre_mean_sens(std::size_t j) const noexcept {
        return K_ ? b_.at(q_.pre_sens) + (b_.index * b_.pre(q_) + j) * K_ * W : nullptr;
    }
    // which: of y, of y^2
    Real* post_mean(std::size_t i, std::size_t which) const noexcept {
        return b_.at(q_.post_traces) + ((b_.index * b_.post(q_) + i) * 2 + which) * W;
    }
    Real* post_mean_sens(std::size_t i, std::size_t which) const noexcept {
        return K_ ? b_.at(q_.post_sens) + ((b_.index * b_.post(q_) + i) * 2 + which) * K_ * W
                  : nullptr;
    }
    // Of a mean, or for kFactors of the eligibility trace: their time constants come in this order.
    Decay<P> decay_of(unsigned factor) const noexcept {
        const std::uint32_t before = rule_.model.factors & kMeans & ((1u << factor) - 1);
        const std::size_t k = count_terms(before);
        return {Theta<P>(b_, rule_)[k], rule_.first + k};
    }

    // A mean moves by its share of the way to a value, whose derivatives are `factor` times value_sens.
    void approach(Real* mean, Real* mean_sens, const P& value, const Real* value_sens,
                  const P& factor, const Decay<P>& decay) const noexcept {
        const P before = P::load(mean), way = value - before;
        for (std::size_t k = 0; k < K_; ++k) {
            const P sens = P::load(mean_sens + k * W);
            const P to = value_sens ? factor * P::load(value_sens + k * W) : P::set(0);
            P next = fma(decay.share, to - sens, sens);
            if (k == decay.k)
                next = fma(P::set(0) - decay.slope, way, next);
            settle(next).store(mean_sens + k * W);
        }
        settle(fma(decay.share, way, before)).store(mean);
    }

    template <class Sum, class Length>
    void update_rows(const Sum& sum, Length n_synapses) const noexcept {
        const Decay<P> decay =
            rule_.model.eligibility ? decay_of(kFactors) : Decay<P>(P::set(0), 0);
        const Bounds<P> bounds = bounds_in_use();
        for (std::size_t k = 0; k < K_; ++k) // those of other rules stay so
            P::set(0).store(by_theta_ + k * W);
        RulePoint<P> at;
        const Real* sens[kFactors] = {};
        for (P& z : at.z)
            z = P::set(0);
        if (reads_modulator(rule_.model)) {
            at.z[kModulator] = modulation_.factor();
            sens[kModulator] = modulation_.factor_sens();
        }
        for (std::size_t i = 0; i < b_.post(q_); ++i) {
            const std::size_t n = n_synapses(i);
            start_row(i, n, at, sens);
            for (std::size_t j = 0; j < n; ++j) {
                start_synapse(i, j, at, sens);
                const P g = sum(at, K_ ? by_theta_ + rule_.first * W : nullptr);
                add_chain(at, sens);
                if (rule_.model.eligibility)
                    change_by_trace(i, j, at, sens, g, bounds, decay);
                else
                    change(i, j, at, g, bounds);
            }
        }
    }
    void start_row(std::size_t i, std::size_t n, RulePoint<P>& at,
                   const Real* (&sens)[kFactors]) const noexcept {
        const std::uint32_t factors = rule_.model.factors;
        at.z[kPost] = P::load(y_ + i * W);
        sens[kPost] = y_sens(i);
        if (factors & CARVE_FACTOR_POST_MEAN) {
            at.z[kPostMean] = P::load(post_mean(i, 0));
            sens[kPostMean] = post_mean_sens(i, 0);
        }
        if (factors & CARVE_FACTOR_POST_SQUARE) {
            at.z[kPostSquare] = P::load(post_mean(i, 1));
            sens[kPostSquare] = post_mean_sens(i, 1);
        }
        if (factors & CARVE_FACTOR_WEIGHT_SUM) {
            at.z[kWeightSum] = sum_rows(b_.weights(q_, i), n, 1, 0);
            sens[kWeightSum] = sum_sens_;
            for (std::size_t k = 0; k < K_; ++k)
                sum_rows(b_.sens(q_, i), n, K_, k).store(sum_sens_ + k * W);
        }
    }
    // The sum over n synapses of number k of the `numbers` that each has.
    static P sum_rows(const Real* row, std::size_t n, std::size_t numbers, std::size_t k) noexcept {
        P sum = P::set(0);
        for (std::size_t j = 0; j < n; ++j)
            sum = sum + P::load(row + (j * numbers + k) * W);
        return sum;
    }
    void start_synapse(std::size_t i, std::size_t j, RulePoint<P>& at,
                       const Real* (&sens)[kFactors]) const noexcept {
        at.z[kPre] = P::load(x_ + j * W);
        sens[kPre] = x_sens_ ? x_sens_ + j * K_ * W : nullptr;
        at.z[kWeight] = P::load(b_.weights(q_, i) + j * W);
        sens[kWeight] = K_ ? sens_of(i, j) : nullptr;
        if (rule_.model.factors & CARVE_FACTOR_PRE_MEAN) {
            at.z[kPreMean] = P::load(pre_mean(j));
            sens[kPreMean] = pre_mean_sens(j);
        }
    }
    // by_theta: from dG/dtheta to what the sum changes by in all, as what it depends on does.
    void add_chain(const RulePoint<P>& at, const Real* const (&sens)[kFactors]) const noexcept {
        for (std::size_t k = 0; k < K_; ++k) {
            P total = P::load(by_theta_ + k * W);
            for (unsigned f = 0; f < kFactors; ++f)
                if (sens[f] && (rule_.model.factors >> f & 1))
                    total = fma(at.slope[f], P::load(sens[f] + k * W), total);
            total.store(by_theta_ + k * W);
        }
    }
    Real* sens_of(std::size_t i, std::size_t j) const noexcept {
        return b_.sens(q_, i) + j * K_ * W;
    }
    P eta() const noexcept { return gated_ ? modulation_.eta() : b_.of_replica(q_.eta); }
    // Behind a closed gate a value stays.
    P pass(const P& next, const P& before) const noexcept {
        return gated_ ? modulation_.if_open(next, before) : next;
    }

    // w += eta G
    void change(std::size_t i, std::size_t j, const RulePoint<P>& at, const P& g,
                const Bounds<P>& bounds) const noexcept {
        const P eta_ = eta();
        const Clip<P> clipped(bounds, fma(eta_, g, at.z[kWeight]));
        pass(clipped.weight(), at.z[kWeight]).store(b_.weights(q_, i) + j * W);
        for (std::size_t k = 0; k < K_; ++k) {
            Real* const s = sens_of(i, j) + k * W;
            const P before = P::load(s), next = fma(eta_, P::load(by_theta_ + k * W), before);
            pass(clipped.change(next), before).store(s);
            P::set(0).store(by_theta_ + k * W);
        }
    }
    // Without any they are infinite, and do not act.
    Bounds<P> bounds_in_use() const noexcept {
        const Bounds<P> bounds = bounds_of(b_, q_);
        const P most = P::set(static_cast<Real>(__builtin_inf()));
        return bounds.active ? bounds : Bounds<P>{P::set(0) - most, most, true};
    }

    // e <- keep e + G, w += eta r^d e
    void change_by_trace(std::size_t i, std::size_t j, const RulePoint<P>& at,
                         const Real* const (&sens)[kFactors], const P& g, const Bounds<P>& bounds,
                         const Decay<P>& decay) const noexcept {
        const P eta_ = eta();
        Real* const trace =
            b_.at(q_.eligibility) + ((b_.index * b_.post(q_) + i) * b_.pre(q_) + j) * W;
        const P e = P::load(trace), next_e = settle(fma(decay.keep, e, g));
        const P r = at.z[kModulator];
        const P one = P::set(1), by_r = rule_.model.outer == 2 ? r + r : one;
        const P factor = rule_.model.outer == 0 ? one : rule_.model.outer == 1 ? r : r * r;
        const P scale = eta_ * factor, by_factor = eta_ * by_r * next_e;
        const Clip<P> clipped(bounds, fma(scale, next_e, at.z[kWeight]));
        pass(clipped.weight(), at.z[kWeight]).store(b_.weights(q_, i) + j * W);
        pass(next_e, e).store(trace);
        Real* const trace_sens = K_ ? b_.at(q_.eligibility_sens) +
                                          ((b_.index * b_.post(q_) + i) * b_.pre(q_) + j) * K_ * W
                                    : nullptr;
        const bool r_moves = rule_.model.outer > 0 && sens[kModulator];
        for (std::size_t k = 0; k < K_; ++k) {
            const P before_e = P::load(trace_sens + k * W);
            P e_sens = fma(decay.keep, before_e, P::load(by_theta_ + k * W));
            if (k == decay.k)
                e_sens = fma(decay.slope, e, e_sens);
            e_sens = settle(e_sens);
            pass(e_sens, before_e).store(trace_sens + k * W);
            Real* const s = sens_of(i, j) + k * W;
            const P before = P::load(s);
            P next = fma(scale, e_sens, before);
            if (r_moves)
                next = fma(by_factor, P::load(sens[kModulator] + k * W), next);
            pass(clipped.change(next), before).store(s);
            P::set(0).store(by_theta_ + k * W);
        }
    }

    const Block<P>& b_;
    const ProjectionPlan& q_;
    const RulePlan& rule_;
    const Modulation<P> modulation_;
    const std::size_t K_;
    const bool gated_;
    const Real *x_, *x_sens_, *y_, *y_sens_; // of this step; derivatives may be null
    Real *by_theta_ = nullptr, *sum_sens_ = nullptr;
};

} // namespace
} // namespace carve
