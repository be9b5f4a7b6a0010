// effective_weights.hpp: what a linear population with synapses within it answers to each single input: y =
// A x, where A is the lateral inference (M2) applied to the feedforward weights, and its
// derivatives (M6).
#pragma once
#include "lateral.hpp"

namespace carve {
namespace {

template <class P> class EffectiveWeights {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    // lateral may be null: then A are the weights themselves.
    EffectiveWeights(const Block<P>& b, const MomentLayout& layout,
                     const ProjectionPlan& feedforward, const ProjectionPlan* lateral) noexcept
        : b_(b), w_(feedforward), m_(lateral), n_(b.pre(feedforward)), p_(b.post(feedforward)),
          k_(b.coefficients) {
        Real* const at = b.at(b.sim->moments);
        a_ = lateral ? at + layout.effective * W : b.weights(feedforward, 0);
        a_sens_ = lateral            ? at + layout.effective_sens * W
                  : feedforward.sens ? b.sens(feedforward, 0)
                                     : nullptr;
        before_ = at + layout.before * W;
        before_sens_ = at + layout.before_sens * W;
    }
    const Real* row(std::size_t i) const noexcept { return a_ + i * n_ * W; } // [pre][lane]
    const Real* sens(std::size_t i) const noexcept {
        return a_sens_ + i * n_ * k_ * W;
    } // [pre][coefficient][lane]

    void infer() noexcept {
        if (m_ != nullptr)
            infer_rows(m_->model, Rows{*this});
    }

  private:
    struct Rows {
        EffectiveWeights& a;
        const Real *from = a.a_, *from_sens = a.a_sens_;

        std::size_t count() const noexcept { return a.p_; }
        void begin_sweep(bool) noexcept {
            copy<P>(a.before_, a.a_, a.p_ * a.n_);
            copy<P>(a.before_sens_, a.a_sens_, a.p_ * a.n_ * a.k_);
            from = a.before_;
            from_sens = a.before_sens_;
        }
        CARVE_INLINE void answer(std::size_t i, std::size_t sources) noexcept {
            a.answer(i, sources, from, from_sens);
        }
        void solve() noexcept { a.solve(); }
    };
    // A_i = W_i + sum_j M_ij A'_j over the first `sources` rows of A'
    void answer(std::size_t i, std::size_t sources, const Real* from,
                const Real* from_sens) noexcept {
        const std::size_t n = n_;
        Real* const a = a_ + i * n * W;
        const Real *const w = b_.weights(w_, i), *const m = b_.weights(*m_, i);
        for (std::size_t l = 0; l < n; ++l) {
            P sum = P::load(w + l * W);
            for (std::size_t j = 0; j < sources; ++j)
                sum = fma(P::load(m + j * W), P::load(from + (j * n + l) * W), sum);
            sum.store(a + l * W);
        }
        if (k_ == 0)
            return;
        start_sens(i);
        Real* const s = a_sens_ + i * n_ * k_ * W;
        gemm<P>({s, 0, W}, {b_.weights(*m_, i), W, 0}, {from_sens, n_ * k_ * W, W}, 1, n_ * k_,
                sources);
        add_lateral(i, sources, from);
    }
    void start_sens(std::size_t i) noexcept {
        Real* const s = a_sens_ + i * n_ * k_ * W;
        if (w_.sens)
            copy<P>(s, b_.sens(w_, i), n_ * k_);
        else
            for (std::size_t e = 0; e < n_ * k_; ++e)
                P::set(0).store(s + e * W);
    }
    // dA_i += sum_j dM_ij A'_j
    void add_lateral(std::size_t i, std::size_t sources, const Real* from) noexcept {
        if (m_->sens)
            gemm<P>({a_sens_ + i * n_ * k_ * W, k_ * W, W}, {from, n_ * W, W},
                    {b_.sens(*m_, i), k_ * W, W}, n_, k_, sources);
    }
    void solve() noexcept {
        const Real* const factors = factorise(b_, *m_);
        copy<P>(a_, b_.weights(w_, 0), p_ * n_);
        substitute<P>(factors, p_, a_, n_);
        if (k_ == 0)
            return;
        for (std::size_t i = 0; i < p_; ++i) {
            start_sens(i);
            add_lateral(i, b_.row_length(*m_, i), a_);
        }
        substitute<P>(factors, p_, a_sens_, n_ * k_);
    }

    const Block<P>& b_;
    const ProjectionPlan& w_;
    const ProjectionPlan* m_;
    std::size_t n_, p_, k_;
    Real *a_, *a_sens_, *before_, *before_sens_;
};

} // namespace
} // namespace carve
