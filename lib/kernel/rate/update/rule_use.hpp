// rule_use.hpp: what one rule makes of the synapses of a projection in a step, with the sensitivities, if it
// is a general one: it reads means or weight sums (M41), or is no polynomial (M43), or drives eligibility
// traces (M42).
#pragma once
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

template <class P> class RuleUse {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    RuleUse(const Block<P>& b, const ProjectionPlan& q) noexcept
        : b_(b), q_(q), rule_(rules(*b.sim)[q.model.rule]), modulation_(b, q), K_(b.coefficients),
          factors_(sum_factors(rule_.model)), gated_(is_modulated(q.model)), x_(b.arriving(q)),
          x_sens_(b.arriving_sens(q)), y_(b.current[q.model.post]),
          y_sens_(K_ ? b.rate_sens(b.population(q.model.post)) : nullptr),
          by_theta_(K_ ? b.at(q.general) : nullptr), sum_sens_(by_theta_ + K_ * W),
          polynomial_(b, rule_, factors_, rows_of_sum()), mlp_(b, rule_, rows_of_sum()),
          decay_(rule_.model.eligibility ? decay_of(kFactors) : Decay<P>(P::set(0), 0)) {
        for (std::size_t k = 0; k < K_; ++k) // those that no sum writes stay so
            P::set(0).store(by_theta_ + k * W);
        for (P& z : at_.z)
            z = P::set(0);
        if (reads_modulator(rule_.model))
            set(kModulator, modulation_.factor(), modulation_.factor_sens());
    }
    RuleUse(const RuleUse&) = delete;
    RuleUse& operator=(const RuleUse&) = delete;

    // Of unit i with n synapses of weights w [pre][lane], sensitivities s.
    void start_row(std::size_t i, std::size_t n, const Real* w, const Real* s) noexcept {
        row_ = i;
        set(kPost, P::load(y_ + i * W), y_sens_ ? y_sens_ + i * K_ * W : nullptr);
        if (factors_ & CARVE_FACTOR_POST_MEAN)
            set(kPostMean, P::load(post_mean(i, 0)), post_mean_sens(i, 0));
        if (factors_ & CARVE_FACTOR_POST_SQUARE)
            set(kPostSquare, P::load(post_mean(i, 1)), post_mean_sens(i, 1));
        if (factors_ & CARVE_FACTOR_WEIGHT_SUM) {
            for (std::size_t k = 0; k < K_; ++k)
                sum_rows(s, n, K_, k).store(sum_sens_ + k * W);
            set(kWeightSum, sum_rows(w, n, 1, 0), K_ ? sum_sens_ : nullptr);
        }
        if (rule_.model.kind == CARVE_RULE_MLP)
            mlp_.start_row(at_);
        else
            polynomial_.start_row(at_);
    }
    // Sums the rule up at synapse j of weight w and sensitivities s, and moves its eligibility trace.
    void start_synapse(std::size_t j, const P& w, const Real* s) noexcept {
        set(kPre, P::load(x_ + j * W), x_sens_ ? x_sens_ + j * K_ * W : nullptr);
        set(kWeight, w, s);
        if (factors_ & CARVE_FACTOR_PRE_MEAN)
            set(kPreMean, P::load(pre_mean(j)), pre_mean_sens(j));
        const P g = rule_.model.kind == CARVE_RULE_MLP ? mlp_(at_) : polynomial_(at_);
        scale_ = eta();
        value_ = g;
        if (rule_.model.eligibility)
            move_trace(j, g);
    }
    // The weight that it makes of w.
    P change(const P& w) const noexcept { return pass(fma(scale_, value_, w), w); }
    // Sensitivities to [coefficient][lane], from those at `from`: finish(next) of each.
    template <class Finish>
    CARVE_INLINE void change_sens(const Real* from, Real* to, const Finish& finish) const noexcept {
        if (rule_.model.eligibility)
            chain(from, to, TraceSens(*this), finish);
        else
            chain(from, to, SumSens{scale_, open()}, finish);
    }
    // 1 where its gate is open.
    P open() const noexcept { return pass(P::set(1), P::set(0)); }

    // After the update: the means take in the rates of the step.
    void take_in() const noexcept {
        if (factors_ & CARVE_FACTOR_PRE_MEAN) {
            const Decay<P> decay = decay_of(kPreMean);
            for (std::size_t j = 0; j < b_.pre(q_); ++j)
                approach(pre_mean(j), pre_mean_sens(j), P::load(x_ + j * W),
                         x_sens_ ? x_sens_ + j * K_ * W : nullptr, P::set(1), decay);
        }
        if (factors_ & CARVE_FACTOR_POST_MEAN) {
            const Decay<P> decay = decay_of(kPostMean);
            for (std::size_t i = 0; i < b_.post(q_); ++i)
                approach(post_mean(i, 0), post_mean_sens(i, 0), P::load(y_ + i * W), y_sens(i),
                         P::set(1), decay);
        }
        if (factors_ & CARVE_FACTOR_POST_SQUARE) {
            const Decay<P> decay = decay_of(kPostSquare);
            for (std::size_t i = 0; i < b_.post(q_); ++i) {
                const P y = P::load(y_ + i * W);
                approach(post_mean(i, 1), post_mean_sens(i, 1), y * y, y_sens(i), y + y, decay);
            }
        }
    }

  private:
    SumRows<Real> rows_of_sum() const noexcept {
        return {b_.at(q_.general) + 2 * K_ * W, K_ ? by_theta_ + rule_.first * W : nullptr};
    }
    // A factor, and its derivatives, or null if it has none.
    CARVE_INLINE void set(unsigned f, const P& value, const Real* sens) noexcept {
        at_.z[f] = value;
        sens_[f] = sens;
        if (sens) // a factor has some at all synapses, or at none
            at_.wanted |= factors_ & 1u << f;
    }
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
    // The sum over n synapses of number k of the `numbers` that each has.
    static P sum_rows(const Real* row, std::size_t n, std::size_t numbers, std::size_t k) noexcept {
        P sum = P::set(0);
        for (std::size_t j = 0; j < n; ++j)
            sum = sum + P::load(row + (j * numbers + k) * W);
        return sum;
    }
    P eta() const noexcept { return gated_ ? modulation_.eta() : b_.of_replica(q_.eta); }
    // Behind a closed gate a value stays.
    P pass(const P& next, const P& before) const noexcept {
        return gated_ ? modulation_.if_open(next, before) : next;
    }

    // e <- keep e + G; w += eta r^d e
    void move_trace(std::size_t j, const P& g) noexcept {
        const std::size_t synapse = (b_.index * b_.post(q_) + row_) * b_.pre(q_) + j;
        Real* const trace = b_.at(q_.eligibility) + synapse * W;
        trace_sens_ = K_ ? b_.at(q_.eligibility_sens) + synapse * K_ * W : nullptr;
        trace_ = P::load(trace);
        value_ = settle(fma(decay_.keep, trace_, g));
        pass(value_, trace_).store(trace);
        const P r = at_.z[kModulator], one = P::set(1);
        const std::uint32_t outer = rule_.model.outer;
        by_r_ = eta() * (outer == 2 ? r + r : one) * value_;
        scale_ = eta() * (outer == 0 ? one : outer == 1 ? r : r * r);
        r_sens_ = outer > 0 ? sens_[kModulator] : nullptr;
    }
    // What a derivative of the sum does to one of the weight.
    struct SumSens {
        P scale, open;
        CARVE_INLINE P operator()(std::size_t, const P& total, const P& before) const noexcept {
            return select(less(P::set(0), open), fma(scale, total, before), before);
        }
    };
    // The same through the trace, whose derivatives it moves.
    struct TraceSens {
        P scale, by_r, trace, open, keep, slope;
        std::size_t own;
        Real* sens;
        const Real* r_sens;

        explicit TraceSens(const RuleUse& u) noexcept
            : scale(u.scale_), by_r(u.by_r_), trace(u.trace_), open(u.open()), keep(u.decay_.keep),
              slope(u.decay_.slope), own(u.decay_.k), sens(u.trace_sens_), r_sens(u.r_sens_) {}
        CARVE_INLINE P operator()(std::size_t k, const P& total, const P& before) const noexcept {
            const P old = P::load(sens + k * W);
            P next = fma(keep, old, total);
            if (k == own)
                next = fma(slope, trace, next);
            next = settle(next);
            const auto is_open = less(P::set(0), open);
            select(is_open, next, old).store(sens + k * W);
            next = fma(scale, next, before);
            if (r_sens)
                next = fma(by_r, P::load(r_sens + k * W), next);
            return select(is_open, next, before);
        }
    };

    // Each coefficient's derivative of G is its own, and what comes through all that G depends on.
    template <class Sens, class Finish>
    CARVE_INLINE void chain(const Real* from, Real* to, const Sens& sens,
                            const Finish& finish) const noexcept {
        Through through;
        for (unsigned f = 0; f < kFactors; ++f)
            if (at_.wanted >> f & 1)
                through.add(at_.slope[f], sens_[f]);
        switch (through.n) {
        case 0:
            return chain_of<0>(from, to, through, sens, finish);
        case 1:
            return chain_of<1>(from, to, through, sens, finish);
        case 2:
            return chain_of<2>(from, to, through, sens, finish);
        case 3:
            return chain_of<3>(from, to, through, sens, finish);
        default:
            return chain_of<kFactors>(from, to, through, sens, finish);
        }
    }
    struct Through {
        P slope[kFactors];
        const Real* sens[kFactors];
        unsigned n = 0;

        void add(const P& by, const Real* of) noexcept {
            slope[n] = by;
            sens[n++] = of;
        }
    };
    template <unsigned most, class Sens, class Finish>
    void chain_of(const Real* from, Real* to, const Through& through, const Sens& sens_in,
                  const Finish& finish_in) const noexcept {
        const Sens sens = sens_in; // in registers: no store can change it
        const Finish finish = finish_in;
        const std::size_t n = most == kFactors ? through.n : most, count = K_;
        const Real* const own = by_theta_;
        P slope[most + 1];
        for (std::size_t f = 0; f < n; ++f)
            slope[f] = through.slope[f];
        for (std::size_t k = 0; k < count; ++k) {
            P total = P::load(own + k * W);
            for (std::size_t f = 0; f < n; ++f)
                total = fma(slope[f], P::load(through.sens[f] + k * W), total);
            finish(sens(k, total, P::load(from + k * W))).store(to + k * W);
        }
    }

    const Block<P>& b_;
    const ProjectionPlan& q_;
    const RulePlan& rule_;
    const Modulation<P> modulation_;
    const std::size_t K_;
    const std::uint32_t factors_;
    const bool gated_;
    const Real *x_, *x_sens_, *y_, *y_sens_; // of this step; derivatives may be null
    Real *by_theta_, *sum_sens_;
    PolynomialSum<P> polynomial_;
    MlpSum<P> mlp_;
    const Decay<P> decay_; // of the trace
    // Of the row and the synapse in work.
    std::size_t row_ = 0;
    RulePoint<P> at_;
    const Real* sens_[kFactors] = {};
    P scale_, value_, by_r_, trace_; // w += scale value; d(scale value)/dr; the trace before
    const Real* r_sens_ = nullptr;
    Real* trace_sens_ = nullptr;
};

} // namespace
} // namespace carve
