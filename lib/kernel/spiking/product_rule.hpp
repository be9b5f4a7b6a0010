// product_rule.hpp: a rule that is a product of factors at a spike (M22), prepared for a register of lanes.
#pragma once
#include "neurons/cvaif.hpp"
#include "spike_rule.hpp"

namespace carve {
namespace {

// Its rows from kAtPre on, at presynaptic spikes, and from kAtPost on, at postsynaptic ones: coefficients
// times the scale of what they multiply.
enum ProductRow : std::size_t {
    kSize,        // eta c
    kWeightOrder, // of w^0 (1 more than c), w, w^2
    kByVoltage = 4,
    kByExcitatory, // of the current and its square
    kByInhibitory = 7,
    kByOther, // of the trace of the unit that does not spike
    kByOwn    // of that of the one that does, and of its cube
};
constexpr std::size_t kProductRows = 11;
static_assert(kAtPre + kProductRows <= kAtPost && kAtPost + kProductRows <= kPreTraces,
              "a side has as many rows");

// The scales of (M22): the traces 2, V and the currents 15.
constexpr double kTraceScale = 2, kStateScale = 15;

// dw at a spike, of w and the trace of the presynaptic unit. What the synapses of a postsynaptic unit share is
// multiplied once.
template <class P> class ProductChange {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    // rows: those of its side. y: the trace of the postsynaptic unit; state: what a neuron of cvaif has, if
    // there are factors of that.
    ProductChange(const Real* rows, std::uint32_t factors, const P& y, bool at_pre,
                  const Real* state) noexcept
        : rows_(rows), by_x_(at_pre ? kByOwn : kByOther) {
        const P one = P::set(1), own = P::load(rows + kByOwn * W);
        shared_ = P::load(rows + kSize * W);
        if (factors & CARVE_PRODUCT_VOLTAGE)
            shared_ = shared_ * fma(P::load(rows + kByVoltage * W),
                                    P::load(state + Cvaif<P>::kVoltage * W), one);
        if (factors & CARVE_PRODUCT_EXCITATORY) {
            const P e = P::load(state + Cvaif<P>::kExcitatory * W);
            const P slope =
                fma(P::load(rows + (kByExcitatory + 1) * W), e, P::load(rows + kByExcitatory * W));
            shared_ = shared_ * fma(slope, e, one);
        }
        if (factors & CARVE_PRODUCT_INHIBITORY)
            shared_ = shared_ * fma(P::load(rows + kByInhibitory * W),
                                    P::load(state + Cvaif<P>::kInhibitory * W), one);
        shared_ =
            shared_ * (at_pre ? fma(P::load(rows + kByOther * W), y, one)
                              : fma(fma(P::load(rows + (kByOwn + 1) * W), y * y, own), y, one));
    }
    CARVE_INLINE P operator()(const P& w, const P& x) const noexcept {
        const P slope = fma(P::load(rows_ + (kWeightOrder + 2) * W), w,
                            P::load(rows_ + (kWeightOrder + 1) * W));
        const P of_weight = fma(slope, w, P::load(rows_ + kWeightOrder * W));
        return shared_ * (of_weight * fma(P::load(rows_ + by_x_ * W), x, P::set(1)));
    }

  private:
    P shared_;
    const Real* rows_;
    std::size_t by_x_;
};

// Its coefficients one after the other, for each lane.
template <class P> class ProductCoefficients {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    ProductCoefficients(const LaneGroup<P>& group, const RulePlan& rule) noexcept
        : shared_(rule.model.shared != 0),
          theta_(array<Real>(*group.sim, rule.theta) +
                 (shared_ ? 0 : group.index * rule.n_terms * W + group.lane)) {}
    P next() noexcept {
        const P value = shared_ ? P::set(*theta_) : P::load(theta_);
        theta_ += shared_ ? 1 : W;
        return value;
    }
    P scaled(double scale) noexcept { return P::set(static_cast<Real>(scale)) * next(); }

  private:
    bool shared_;
    const Real* theta_;
};

// Of one side, with the learning rate in row kEta.
template <class P>
inline void prepare_side(ProductCoefficients<P>& c, const Rule& rule, bool at_pre,
                         typename P::Real* rows) noexcept {
    constexpr std::size_t W = P::width;
    typename P::Real* const side = rows + (at_pre ? kAtPre : kAtPost) * W;
    const auto put = [&](std::size_t row, const P& value) noexcept { value.store(side + row * W); };
    put(kSize, P::load(rows + kEta * W) * c.next());
    put(kWeightOrder, P::set(1) + c.next());
    const P linear = c.next(), square = c.next();
    const bool slip = rule.released != 0 && !at_pre;
    put(kWeightOrder + 1, slip ? P::set(0) : linear);
    put(kWeightOrder + 2, slip ? linear * square : square);
    if (rule.state_factors & CARVE_PRODUCT_VOLTAGE)
        put(kByVoltage, c.scaled(kStateScale));
    if (rule.state_factors & CARVE_PRODUCT_EXCITATORY) {
        put(kByExcitatory, c.scaled(kStateScale));
        put(kByExcitatory + 1, c.scaled(kStateScale * kStateScale));
    }
    if (rule.state_factors & CARVE_PRODUCT_INHIBITORY)
        put(kByInhibitory, c.scaled(kStateScale));
    if (at_pre) { // r, then y
        put(kByOwn, c.scaled(kTraceScale));
        put(kByOther, c.scaled(kTraceScale));
        return;
    }
    put(kByOther, c.scaled(kTraceScale)); // x
    put(kByOwn, c.scaled(kTraceScale));   // o
    put(kByOwn + 1, c.scaled(kTraceScale * kTraceScale * kTraceScale));
}

template <class P>
inline void prepare_product_rule(const LaneGroup<P>& group, const ProjectionPlan& q,
                                 typename P::Real* rows) noexcept {
    const RulePlan& rule = rules(*group.sim)[q.model.rule];
    ProductCoefficients<P> c(group, rule);
    prepare_side<P>(c, rule.model, true, rows);
    prepare_side<P>(c, rule.model, false, rows);
}

} // namespace
} // namespace carve
