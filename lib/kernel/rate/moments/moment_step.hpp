// moment_step.hpp: a linear layer on a fixed batch, with or without synapses within it, the batch
// replaced by its moments (M9): a step costs the same whatever the number of samples.
#pragma once
#include "batch_moments.hpp"
#include "effective_weights.hpp"
#include "terms.hpp"
#include "update/online_update.hpp"

namespace carve {
namespace {

template <class P, int order_w, bool gradient> // exponents of w stay below order_w
class MomentSteps {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;
    static constexpr int kOrder = 3; // exponents of x and y stay below

    struct Rule { // of a plastic projection, as post unit i sees it
        const ProjectionPlan& projection;
        std::size_t i;
        const Real *dense, *w; // [64], weights of the row
        Real* next;            // the same after the step; in place without a gradient
        P eta, target[order_w];
    };

  public:
    explicit MomentSteps(Block<P> block) noexcept
        : b_(block), first_(block.projection(is_lateral(block.projection(0).model) ? 1 : 0)),
          lateral_(lateral_of(*block.sim, first_.model.post)), n_(block.pre(first_)),
          p_(block.post(first_)), k_(block.coefficients),
          layout_(moment_layout(n_, p_, k_, lateral_, lateral_ && is_plastic(lateral_->model))),
          m_(block, layout_, n_), a_(b_, layout_, first_, lateral_) {
        Real* const at = b_.at(b_.sim->moments);
        source_ = at + layout_.source * W;
        next_ = at + layout_.next * W;
        coupling_ = at + layout_.coupling * W;
        next_sens_ = at + layout_.next_sens * W;
    }

    void run() noexcept {
        if (b_.n_steps == 0)
            return;
        const Population& source = b_.population(first_.model.pre).model;
        const bool same_for_all = source.kind == CARVE_POPULATION_INPUT && source.shared;
        if (!same_for_all || b_.index == 0) // blocks have one scratch in common
            m_.accumulate(source.kind == CARVE_POPULATION_INPUT ? input_rates(b_, 0, 0, 0)
                                                                : gaussian_rates(b_, 0, 0),
                          b_.samples());
        if (is_plastic(first_.model))
            for (std::size_t j = 0; j < n_; ++j) {
                P source_rule[order_w];
                contract_source(b_.dense(first_.model.rule), m_.mean(j), m_.second(j, j),
                                source_rule);
                for (std::size_t c = 0; c < order_w; ++c)
                    source_rule[c].store(source_ + (j * order_w + c) * W);
            }
        for (std::uint64_t t = 0; t < b_.n_steps && !b_.all_frozen(); ++t)
            step();
    }

  private:
    static CARVE_INLINE P get(const Real* array_start, std::size_t i) noexcept {
        return P::load(array_start + i * W);
    }

    void step() noexcept {
        a_.infer();
        const bool within = lateral_ && b_.plastic && is_plastic(lateral_->model);
        const bool last_is_source =
            within && (gradient || lateral_->model.connectivity == CARVE_CONNECT_ALL);
        for (std::size_t i = 0; i < p_; ++i) {
            m_.contract(i, a_.row(i), within && (last_is_source || i + 1 < p_));
            b_.check_square(m_.mean_y2(i));
        }
        if (within)
            for (std::size_t i = 0; i < p_; ++i)
                update_lateral(i);
        if (b_.plastic && is_plastic(first_.model))
            for (std::size_t i = 0; i < p_; ++i)
                update_feedforward(i);
        if ((b_.step + 1) % 64 == 0) {
            check_weights(first_);
            if (lateral_)
                check_weights(*lateral_);
        }
        ++b_.step;
    }
    void check_weights(const ProjectionPlan& q) noexcept {
        if (!is_plastic(q.model))
            return;
        for (std::size_t k = 0; k < b_.post(q) * b_.pre(q); ++k)
            b_.check(P::load(b_.weights(q, 0) + k * W));
    }

    // What the terms without y, or without x, contribute to each power of w.
    static CARVE_INLINE void contract_source(const Real* dense, const P& x, const P& x2,
                                             P (&out)[order_w]) noexcept {
#pragma GCC unroll 4
        for (int c = 0; c < order_w; ++c) {
            const P linear = fma(dense_theta<P>(dense, 1, 0, c), x, dense_theta<P>(dense, 0, 0, c));
            out[c] = fma(dense_theta<P>(dense, 2, 0, c), x2, linear);
        }
    }
    static CARVE_INLINE void contract_target(const Real* dense, const P& y, const P& y2,
                                             P (&out)[order_w]) noexcept {
#pragma GCC unroll 4
        for (int c = 0; c < order_w; ++c)
            out[c] = fma(dense_theta<P>(dense, 0, 2, c), y2, dense_theta<P>(dense, 0, 1, c) * y);
    }

    void update_feedforward(std::size_t i) noexcept {
        const P y = m_.mean_y(i), y2 = m_.mean_y2(i);
        const Real *const x_y = m_.x_y(i), *const x_y2 = m_.x_y2(i), *const x2_y = m_.pairs_y(i),
                          *const x2_y2 = m_.pairs_y2(i);
        const Rule rule = rule_of(first_, i, y, y2);
        const std::size_t n = n_;
        for (std::size_t j = 0; j < n; ++j) {
            const P xy[kOrder][kOrder] = {{P::set(1), y, y2},
                                          {m_.mean(j), get(x_y, j), get(x_y2, j)},
                                          {m_.second(j, j), get(x2_y, j), get(x2_y2, j)}};
            P source[order_w];
#pragma GCC unroll 4
            for (std::size_t c = 0; c < order_w; ++c)
                source[c] = get(source_, j * order_w + c);
            update(rule, j, source, xy);
        }
        if constexpr (gradient)
            gemm<P>({next_sens_, k_ * W, W}, {coupling_, W, n_ * W}, {a_.sens(i), k_ * W, W}, n_,
                    k_, n_);
        keep(first_, i, n);
    }
    void update_lateral(std::size_t i) noexcept {
        const ProjectionPlan& q = *lateral_;
        const std::size_t sources = q.model.connectivity == CARVE_CONNECT_LOWER ? i : p_;
        const Real* const a = a_.row(i);
        const P y = m_.mean_y(i), y2 = m_.mean_y2(i);
        const Rule rule = rule_of(q, i, y, y2);
        for (std::size_t j = 0; j < sources; ++j) {
            const Real* const from = a_.row(j);
            const P x = m_.mean_y(j), x2 = m_.mean_y2(j);
            P source[order_w];
            contract_source(rule.dense, x, x2, source);
            const P xy[kOrder][kOrder] = {
                {P::set(1), y, y2},
                {x, dot<P>(from, m_.x_y(i), n_), dot<P>(from, m_.x_y2(i), n_)},
                {x2, dot<P>(a, m_.x_y2(j), n_),
                 dot<P>(m_.monomials(i), m_.pairs_y2(j), static_cast<std::size_t>(layout_.pairs))}};
            update(rule, j, source, xy);
            if constexpr (gradient) {
                gemm<P>({next_sens_ + j * k_ * W, 0, W}, {coupling_, W, 0}, {a_.sens(i), k_ * W, W},
                        1, k_, n_);
                gemm<P>({next_sens_ + j * k_ * W, 0, W}, {coupling_ + n_ * W, W, 0},
                        {a_.sens(j), k_ * W, W}, 1, k_, n_);
            }
        }
        keep(q, i, sources);
        if (q.model.mask_from == CARVE_MASK_FROM_FIRST_UPDATE)
            for (std::size_t j = sources; j < p_; ++j)
                P::set(0).store(b_.weights(q, i) + j * W);
    }

    Rule rule_of(const ProjectionPlan& q, std::size_t i, const P& y, const P& y2) noexcept {
        Real* const w = b_.weights(q, i);
        Rule rule{q, i, b_.dense(q.model.rule), w, gradient ? next_ : w, b_.of_replica(q.eta), {}};
        contract_target(rule.dense, y, y2, rule.target);
        return rule;
    }
    // (M3) of one synapse; with a gradient what of (M7) needs no derivative of a rate, into
    // next_sens, and the factors of those that do.
    CARVE_INLINE void update(const Rule& rule, std::size_t j, const P (&source)[order_w],
                             const P (&xy)[kOrder][kOrder]) noexcept {
        const P w = get(rule.w, j);
        P by_w[order_w];
#pragma GCC unroll 4
        for (int c = 0; c < order_w; ++c) {
            P sum = source[c] + rule.target[c];
#pragma GCC unroll 2
            for (int a = 1; a < kOrder; ++a)
#pragma GCC unroll 2
                for (int b = 1; b < kOrder; ++b)
                    sum = fma(dense_theta<P>(rule.dense, a, b, c), xy[a][b], sum);
            by_w[c] = sum;
        }
        if constexpr (gradient)
            differentiate(rule, j, xy, fma(rule.eta, horner_slope(by_w, w), P::set(1)));
        fma(rule.eta, horner(by_w, w), w).store(rule.next + j * W);
    }
    __attribute__((noinline)) void differentiate(const Rule& r, std::size_t j,
                                                 const P (&xy)[kOrder][kOrder],
                                                 const P& q) noexcept {
        const RulePlan& rule = rules(*b_.sim)[r.projection.model.rule];
        P eta_w[order_w], by_xy[kOrder][kOrder];
        powers<P, order_w>(get(r.w, j), r.eta, eta_w);
#pragma GCC unroll 3
        for (int a = 0; a < kOrder; ++a)
#pragma GCC unroll 3
            for (int b = 0; b < kOrder; ++b) {
                P sum = dense_theta<P>(r.dense, a, b, 0) * eta_w[0];
#pragma GCC unroll 4
                for (int c = 1; c < order_w; ++c)
                    sum = fma(dense_theta<P>(r.dense, a, b, c), eta_w[c], sum);
                by_xy[a][b] = sum;
            }
        if (&r.projection == &first_)
            couple_feedforward(r.i, j, by_xy);
        else
            for (std::size_t l = 0; l < n_; ++l)
                couple_lateral(r.i, j, l, by_xy);
        const Real* const old = b_.sens(r.projection, r.i) + j * k_ * W;
        Real* out = next_sens_ + j * k_ * W;
        for (std::size_t k = 0; k < k_; ++k)
            (q * get(old, k)).store(out + k * W);
        out += rule.first * W;
        for (unsigned a = 0; a < kOrder; ++a)
            for (unsigned b = 0; b < kOrder; ++b)
                for (unsigned c = 0; c < order_w; ++c) {
                    if (!(rule.model.terms & term_bit(a, b, c)))
                        continue;
                    fma(xy[a][b], eta_w[c], P::load(out)).store(out);
                    out += W;
                }
    }
    // sum_a slope[a] x[a] + 2 curve[a] xy[a]
    static CARVE_INLINE P couple(const P (&slope)[kOrder], const P (&curve)[kOrder],
                                 const P (&x)[kOrder], const P (&xy)[kOrder]) noexcept {
        const P linear = fma(slope[2], x[2], fma(slope[1], x[1], slope[0] * x[0]));
        const P quadratic = fma(curve[2], xy[2], fma(curve[1], xy[1], curve[0] * xy[0]));
        return fma(P::set(2), quadratic, linear);
    }
    // eta mean dG_ij/dy_i x_l for all l
    CARVE_INLINE void couple_feedforward(std::size_t i, std::size_t j,
                                         const P (&by_xy)[kOrder][kOrder]) noexcept {
        const P slope[kOrder] = {by_xy[0][1], by_xy[1][1], by_xy[2][1]},
                curve[kOrder] = {by_xy[0][2], by_xy[1][2], by_xy[2][2]};
        const std::size_t n = n_;
        Real* const out = coupling_ + j * n * W;
        multiply<P>(m_.fourth(j), n, n, a_.row(i), out); // E x_j^2 x_l y
        const Real *const x_y = m_.x_y(i), *const pairs_y = m_.pairs_y(i);
        for (std::size_t l = 0; l < n; ++l)
            couple(slope, curve, {m_.mean(l), m_.second(j, l), m_.third(l, j, j)},
                   {get(x_y, l), get(pairs_y, m_.pair(j, l)), get(out, l)})
                .store(out + l * W);
    }
    // eta mean dG_ij/dy_i x_l and eta mean dG_ij/dy_j x_l
    void couple_lateral(std::size_t i, std::size_t j, std::size_t l,
                        const P (&by_xy)[kOrder][kOrder]) noexcept {
        P xy = P::set(0), x2y = P::set(0),
          xy2 = P::set(0); // E x_l y_j y_i, E x_l y_j^2 y_i, E x_l y_j y_i^2
        for (std::size_t m = 0; m < n_; ++m) {
            const std::size_t lm = m_.pair(l, m);
            xy = fma(get(m_.pairs_y(i), lm), get(a_.row(j), m), xy);
            x2y = fma(get(m_.pairs_y2(j), lm), get(a_.row(i), m), x2y);
            xy2 = fma(get(m_.pairs_y2(i), lm), get(a_.row(j), m), xy2);
        }
        const P mean = m_.mean(l), x = get(m_.x_y(j), l), y = get(m_.x_y(i), l),
                x2 = get(m_.x_y2(j), l), y2 = get(m_.x_y2(i), l);
        couple({by_xy[0][1], by_xy[1][1], by_xy[2][1]}, {by_xy[0][2], by_xy[1][2], by_xy[2][2]},
               {mean, x, x2}, {y, xy, x2y})
            .store(coupling_ + l * W);
        couple({by_xy[1][0], by_xy[1][1], by_xy[1][2]}, {by_xy[2][0], by_xy[2][1], by_xy[2][2]},
               {mean, y, y2}, {x, xy, xy2})
            .store(coupling_ + (n_ + l) * W);
    }

    // next, next_sens -> row i, within the bounds
    CARVE_INLINE void keep(const ProjectionPlan& q, std::size_t i, std::size_t synapses) noexcept {
        if constexpr (gradient) {
            copy<P>(b_.weights(q, i), next_, synapses);
            copy<P>(b_.sens(q, i), next_sens_, synapses * k_);
        }
        if (is_bounded(q.model))
            clip(q, i, synapses);
    }
    __attribute__((noinline)) void clip(const ProjectionPlan& q, std::size_t i,
                                        std::size_t synapses) noexcept {
        Real* const w = b_.weights(q, i);
        const Bounds<P> bounds = bounds_of(b_, q);
        for (std::size_t j = 0; j < synapses; ++j) {
            const Clip<P> clipped(bounds, get(w, j));
            for (std::size_t k = 0; k < k_; ++k) {
                Real* const s = b_.sens(q, i) + (j * k_ + k) * W;
                clipped.change(P::load(s)).store(s);
            }
            clipped.weight().store(w + j * W);
        }
    }

    Block<P> b_;
    const ProjectionPlan& first_;   // feedforward
    const ProjectionPlan* lateral_; // or null
    std::size_t n_, p_, k_;
    MomentLayout layout_;
    Moments<P> m_;
    EffectiveWeights<P> a_;
    Real *source_, *next_; // [N][power of w]; weights of a row after the step
    Real *coupling_,
        *next_sens_; // [N][N], laterally [post, pre][N]; [synapse of a row][coefficient]
};

template <class P> inline void step_by_moments(const Block<P>& b) noexcept {
    bool cubic = false;
    for (std::size_t r = 0; r < b.sim->model.n_rules; ++r)
        cubic = cubic || has_cubic_terms(rules(*b.sim)[r].model.terms);
    if (b.coefficients) {
        if (cubic)
            MomentSteps<P, 4, true>(b).run();
        else
            MomentSteps<P, 3, true>(b).run();
    } else if (cubic)
        MomentSteps<P, 4, false>(b).run();
    else
        MomentSteps<P, 3, false>(b).run();
}

} // namespace
} // namespace carve
