// moments.hpp: one linear layer on a fixed batch, the batch replaced by its moments (M9): a step costs
// O(N^3) whatever the number of samples.
#pragma once
#include "population.hpp"
#include "projection.hpp"

namespace carve {
namespace {

template <class P>
class MomentSteps {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;
    static constexpr int kOrder = 3, kOrderW = 4; // exponents of x and y, of w, stay below

  public:
    explicit MomentSteps(Block<P> block) noexcept
        : b_(block), q_(block.projection(0)), rule_(rules(block.sim)[q_.model.rule]), n_(block.pre(q_)),
          k_(block.coefficients) {
        Real* at = b_.at(b_.sim.moments);
        const auto take = [&](std::size_t packs) noexcept {
            Real* const here = at;
            at += packs * W;
            return here;
        };
        mean_ = take(n_);
        second_ = take(n_ * n_);
        third_ = take(n_ * n_ * n_);
        fourth_ = take(n_ * n_ * n_);
        second_w_ = take(n_);
        third_w_ = take(n_ * n_);
        fourth_w_ = take(n_ * n_);
        next_ = take(n_);
        coupling_ = take(n_ * n_);
        next_sens_ = take(n_ * k_);
    }

    void run() noexcept {
        if (b_.n_steps == 0 || b_.all_frozen()) return;
        accumulate(b_.population(0).model.kind == CARVE_INPUT ? input_rates(b_, 0, 0, 0) : gaussian_rates(b_, 0, 0));
        for (std::uint64_t t = 0; t < b_.n_steps && !b_.all_frozen(); ++t) {
            for (std::size_t i = 0; i < b_.post(q_); ++i) step_row(i);
            if ((b_.step + 1) % 64 == 0)
                for (std::size_t k = 0; k < b_.post(q_) * n_; ++k) b_.check(P::load(b_.weights(q_, 0) + k * W));
            ++b_.step;
        }
    }

  private:
    static CARVE_INLINE P get(const Real* array_start, std::size_t i) noexcept { return P::load(array_start + i * W); }
    static CARVE_INLINE void add(Real* array_start, std::size_t i, const P& value) noexcept {
        (get(array_start, i) + value).store(array_start + i * W);
    }

    void accumulate(const Real* x) noexcept {
        for (std::size_t k = 0; k < n_ + n_ * n_ + 2 * n_ * n_ * n_; ++k) P::set(0).store(mean_ + k * W);
        const P weight = P::set(1) / P::set(static_cast<Real>(b_.samples()));
        for (std::size_t s = 0; s < b_.samples(); ++s, x += n_ * W)
            for (std::size_t j = 0; j < n_; ++j) {
                const P xj = get(x, j), first = weight * xj;
                add(mean_, j, first);
                for (std::size_t l = 0; l < n_; ++l) {
                    const P xjl = first * get(x, l);
                    add(second_, j * n_ + l, xjl);
                    for (std::size_t m = l; m < n_; ++m) {
                        const P xjlm = xjl * get(x, m);
                        add(third_, (j * n_ + l) * n_ + m, xjlm);
                        add(fourth_, (j * n_ + l) * n_ + m, xj * xjlm);
                    }
                }
            }
        for (std::size_t j = 0; j < n_; ++j)
            for (std::size_t l = 0; l < n_; ++l)
                for (std::size_t m = 0; m < l; ++m) {
                    get(third_, (j * n_ + m) * n_ + l).store(third_ + ((j * n_ + l) * n_ + m) * W);
                    get(fourth_, (j * n_ + m) * n_ + l).store(fourth_ + ((j * n_ + l) * n_ + m) * W);
                }
    }

    P dot(const Real* a, const Real* w) const noexcept {
        P sum = P::set(0);
        for (std::size_t j = 0; j < n_; ++j) sum = fma(get(a, j), get(w, j), sum);
        return sum;
    }

    void step_row(std::size_t i) noexcept {
        Real* const w = b_.weights(q_, i);
        for (std::size_t j = 0; j < n_; ++j) {
            dot(second_ + j * n_ * W, w).store(second_w_ + j * W);
            for (std::size_t l = 0; l < n_; ++l) {
                dot(third_ + (j * n_ + l) * n_ * W, w).store(third_w_ + (j * n_ + l) * W);
                dot(fourth_ + (j * n_ + l) * n_ * W, w).store(fourth_w_ + (j * n_ + l) * W);
            }
        }
        const P mean_y = dot(mean_, w), mean_y2 = dot(second_w_, w);
        b_.check_square(mean_y2);
        for (std::size_t j = 0; j < n_; ++j) {
            const P one = P::set(1);
            const P xy[kOrder][kOrder] = {
                {one, mean_y, mean_y2},
                {get(mean_, j), get(second_w_, j), dot(third_w_ + j * n_ * W, w)},
                {get(second_, j * n_ + j), get(third_w_, j * n_ + j), dot(fourth_w_ + j * n_ * W, w)}};
            update_synapse(i, j, xy);
        }
        if (k_) {
            Real* const s = b_.sens(q_, i);
            gemm<P>({next_sens_, k_ * W, W}, {coupling_, W, n_ * W}, {s, k_ * W, W}, n_, k_, n_);
            copy<P>(s, next_sens_, n_ * k_);
        }
        const Bounds<P> bounds = bounds_of<P>(q_.model);
        for (std::size_t j = 0; j < n_; ++j) store_weight(i, j, bounds);
    }

    void update_synapse(std::size_t i, std::size_t j, const P (&xy)[kOrder][kOrder]) noexcept {
        const Real* const dense = b_.dense(q_.model.rule);
        const P w = get(b_.weights(q_, i), j), eta = P::set(static_cast<Real>(q_.model.eta));
        P by_w[kOrderW], w_power[kOrderW], by_xy[kOrder][kOrder];
        powers<P, kOrderW>(w, P::set(1), w_power);
        for (int c = 0; c < kOrderW; ++c) by_w[c] = P::set(0);
        for (int a = 0; a < kOrder; ++a)
            for (int y = 0; y < kOrder; ++y) {
                by_xy[a][y] = P::set(0);
                for (int c = 0; c < kOrderW; ++c) {
                    const P theta = dense_theta<P>(dense, a, y, c);
                    by_w[c] = fma(theta, xy[a][y], by_w[c]);
                    if (y > 0 && k_) by_xy[a][y] = fma(theta, w_power[c], by_xy[a][y]);
                }
            }
        fma(eta, horner(by_w, w), w).store(next_ + j * W);
        if (k_ == 0) return;
        for (std::size_t l = 0; l < n_; ++l) couple(j, l, by_xy, eta);
        add(coupling_, j * n_ + j, fma(eta, horner_slope(by_w, w), P::set(1)));
        P eta_w[kOrderW];
        powers<P, kOrderW>(w, eta, eta_w);
        Real* out = next_sens_ + j * k_ * W; // every coefficient belongs to a rule; others' rows stay 0
        for (std::size_t k = 0; k < k_; ++k) P::set(0).store(out + k * W);
        out += rule_.first * W;
        for (unsigned a = 0; a < kOrder; ++a)
            for (unsigned y = 0; y < kOrder; ++y)
                for (unsigned c = 0; c < kOrderW; ++c) {
                    if (!(rule_.model.terms & CARVE_TERM(a, y, c))) continue;
                    (xy[a][y] * eta_w[c]).store(out);
                    out += W;
                }
    }
    // eta mean of dG_j/dy x_l
    void couple(std::size_t j, std::size_t l, const P (&by_xy)[kOrder][kOrder], const P& eta) noexcept {
        const P x[kOrder] = {get(mean_, l), get(second_, j * n_ + l), get(third_, (j * n_ + j) * n_ + l)};
        const P xy[kOrder] = {get(second_w_, l), get(third_w_, j * n_ + l), get(fourth_w_, j * n_ + l)};
        P linear = P::set(0), quadratic = P::set(0);
        for (int a = 0; a < kOrder; ++a) {
            linear = fma(by_xy[a][1], x[a], linear);
            quadratic = fma(by_xy[a][2], xy[a], quadratic);
        }
        (eta * fma(P::set(2), quadratic, linear)).store(coupling_ + (j * n_ + l) * W);
    }
    void store_weight(std::size_t i, std::size_t j, const Bounds<P>& bounds) noexcept {
        P next = get(next_, j);
        if (bounds.active) {
            const auto low = less(next, bounds.low), high = less(bounds.high, next);
            const P zero = P::set(0);
            for (std::size_t k = 0; k < k_; ++k) {
                Real* const s = b_.sens(q_, i) + (j * k_ + k) * W;
                select(low, zero, select(high, zero, P::load(s))).store(s);
            }
            next = select(low, bounds.low, select(high, bounds.high, next));
        }
        next.store(b_.weights(q_, i) + j * W);
    }

    Block<P> b_;
    const ProjectionPlan& q_;
    const RulePlan& rule_;
    std::size_t n_, k_;
    Real *mean_, *second_, *third_, *fourth_;       // m, C, T, Q
    Real *second_w_, *third_w_, *fourth_w_, *next_; // C w, T w, Q w, weights after the step
    Real *coupling_, *next_sens_;                   // [N][N], [N][coefficient]
};

} // namespace
} // namespace carve
