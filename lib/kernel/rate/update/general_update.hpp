// general_update.hpp: the update of a projection's synapses under general rules, or several rules, one
// synapse at a time.
#pragma once
#include "bounds.hpp"
#include "rule_use.hpp"
#include <new>

namespace carve {
namespace {

template <class P> class GeneralUpdate {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    GeneralUpdate(const Block<P>& b, const ProjectionPlan& q) noexcept
        : b_(b), q_(q), n_uses_(q.model.n_uses), K_(b.coefficients) {
        if (n_uses_ > 1 && K_)
            between_ = b.at(q.general) +
                       (2 * K_ + contracted_rows(rules(*b.sim)[q.model.rule].model, true)) * W;
        for (std::size_t u = 0; u < n_uses_; ++u)
            new (memory_[u]) RuleUse<P>(b, u == 0 ? q : b.projection(q.model.further + u - 1));
    }

    // The rows of all postsynaptic units, of n(i) synapses each.
    template <class Length> void update(Length n_synapses) noexcept {
        const Bounds<P> bounds = bounds_in_use();
        for (std::size_t i = 0; i < b_.post(q_); ++i) {
            const std::size_t n = n_synapses(i);
            Real* const w = b_.weights(q_, i);
            Real* const s = K_ ? b_.sens(q_, i) : nullptr;
            for (std::size_t u = 0; u < n_uses_; ++u)
                use(u).start_row(i, n, w, s);
            for (std::size_t j = 0; j < n; ++j)
                change(j, w + j * W, K_ ? s + j * K_ * W : nullptr, bounds);
        }
    }
    void take_in() noexcept {
        for (std::size_t u = 0; u < n_uses_; ++u)
            use(u).take_in();
    }

  private:
    RuleUse<P>& use(std::size_t u) noexcept {
        return *std::launder(reinterpret_cast<RuleUse<P>*>(memory_[u]));
    }
    // All rules see the weight before the update, whose bounds clip what they make of it together.
    void change(std::size_t j, Real* weight, Real* sens, const Bounds<P>& bounds) noexcept {
        const P w = P::load(weight), zero = P::set(0);
        P next = w, open = zero;
        for (std::size_t u = 0; u < n_uses_; ++u) {
            use(u).start_synapse(j, w, sens);
            next = use(u).change(next);
            open = open + use(u).open();
        }
        const Clip<P> clipped(bounds, next);
        const auto any_open = less(zero, open);
        select(any_open, clipped.weight(), w).store(weight);
        if (K_ == 0)
            return;
        const Real* from = sens;
        for (std::size_t u = 0; u + 1 < n_uses_; ++u, from = between_)
            use(u).change_sens(from, between_, AsIs{});
        const P one = P::set(1);
        use(n_uses_ - 1)
            .change_sens(from, sens, Finish{select(any_open, clipped.change(one), one)});
    }
    struct AsIs {
        CARVE_INLINE P operator()(const P& next) const noexcept { return next; }
    };
    // Where a bound acts the sensitivities are 0.
    struct Finish {
        P inside;
        CARVE_INLINE P operator()(const P& next) const noexcept {
            return select(less(P::set(0), inside), next, P::set(0));
        }
    };
    Bounds<P> bounds_in_use() const noexcept {
        const Bounds<P> bounds = bounds_of(b_, q_);
        return bounds.active ? bounds : Bounds<P>::none();
    }

    const Block<P>& b_;
    const ProjectionPlan& q_;
    const std::size_t n_uses_, K_;
    Real* between_ = nullptr; // [coefficient][lane], between one rule and the next
    alignas(RuleUse<P>) unsigned char memory_[kMostUses][sizeof(RuleUse<P>)];
};

} // namespace
} // namespace carve
