// residual_input.hpp: what a rule reads as the presynaptic rates of a feedforward projection: the rates,
// or what is left of them once outputs have explained their share, with the weights before the
// update (M3).
#pragma once
#include "rate_block.hpp"

namespace carve {
namespace {

template <class P> class Presynaptic {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    // x [sample][pre][lane], y [sample][post][lane] at the step to apply
    Presynaptic(const Block<P>& b, const ProjectionPlan& q, const Real* x, const Real* y) noexcept
        : b_(b), q_(q), y_(y), left_(x) {
        if (q.model.presynaptic != CARVE_PRESYNAPTIC_RESIDUAL)
            return;
        for (std::size_t i = 0; i < b.post(q); ++i)
            explain(i);
    }
    // Those of post unit i. To be called in the order of i, before the weights of row i change.
    const Real* row(std::size_t i) noexcept {
        const Real* const left = left_;
        if (q_.model.presynaptic == CARVE_PRESYNAPTIC_RESIDUAL_BELOW && i + 1 < b_.post(q_))
            explain(i);
        return left;
    }

  private:
    // The residual without the share of unit i; the one before stays readable until the next call.
    void explain(std::size_t i) noexcept {
        const std::size_t pre = b_.pre(q_), post = b_.post(q_);
        Real* const out = b_.at(b_.sim->residuals) + (i & 1) * b_.samples() * pre * W;
        const Real* const w = b_.weights(q_, i);
        for (std::size_t s = 0; s < b_.samples(); ++s) {
            const P minus_y = P::set(0) - P::load(y_ + (s * post + i) * W);
            for (std::size_t j = 0; j < pre; ++j) {
                const std::size_t at = (s * pre + j) * W;
                fma(minus_y, P::load(w + j * W), P::load(left_ + at)).store(out + at);
            }
        }
        left_ = out;
    }

    const Block<P>& b_;
    const ProjectionPlan& q_;
    const Real *y_, *left_;
};

} // namespace
} // namespace carve
