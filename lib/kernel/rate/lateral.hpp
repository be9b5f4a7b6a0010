// lateral.hpp: how a population takes the synapses within it into account (M2), of one sample at a time with
// the derivatives. moments/effective_weights.hpp does the same to weights.
#pragma once
#include "lateral_order.hpp"
#include "units.hpp"

namespace carve {
namespace {

// L U = I - M in place, unit diagonal of L left out.
template <class P>
inline typename P::Real* factorise(const Block<P>& b, const ProjectionPlan& m) noexcept {
    using Real = typename P::Real;
    constexpr std::size_t W = P::width;
    const std::size_t n = b.post(m);
    Real* const a = b.at(b.sim->solve);
    const auto at = [&](std::size_t r, std::size_t c) noexcept { return a + (r * n + c) * W; };
    for (std::size_t r = 0; r < n; ++r)
        for (std::size_t c = 0; c < n; ++c) {
            const P w = c < b.row_length(m, r) ? P::load(b.weights(m, r) + c * W) : P::set(0);
            (P::set(r == c ? 1 : 0) - w).store(at(r, c));
        }
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t r = k + 1; r < n; ++r) {
            const P factor = P::load(at(r, k)) / P::load(at(k, k));
            factor.store(at(r, k));
            for (std::size_t c = k + 1; c < n; ++c)
                fma(P::set(0) - factor, P::load(at(k, c)), P::load(at(r, c))).store(at(r, c));
        }
    return a;
}
// Solves for `columns` right-hand sides x [unit][column][lane] in place.
template <class P>
inline void substitute(const typename P::Real* a, std::size_t n, typename P::Real* x,
                       std::size_t columns) noexcept {
    constexpr std::size_t W = P::width;
    const auto subtract = [&](std::size_t r, std::size_t c) noexcept {
        const P factor = P::set(0) - P::load(a + (r * n + c) * W);
        for (std::size_t k = 0; k < columns; ++k)
            fma(factor, P::load(x + (c * columns + k) * W), P::load(x + (r * columns + k) * W))
                .store(x + (r * columns + k) * W);
    };
    for (std::size_t r = 0; r < n; ++r)
        for (std::size_t c = 0; c < r; ++c)
            subtract(r, c);
    for (std::size_t r = n; r-- > 0;) {
        for (std::size_t c = r + 1; c < n; ++c)
            subtract(r, c);
        const P pivot = P::load(a + (r * n + r) * W);
        for (std::size_t k = 0; k < columns; ++k)
            (P::load(x + (r * columns + k) * W) / pivot).store(x + (r * columns + k) * W);
    }
}

// The units of one sample.
template <class P> class LateralUnits {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    LateralUnits(const Units<P>& units, const ProjectionPlan& m) noexcept
        : units_(units), m_(m), drive_(units.y), before_(units.y), drive_sens_(units.y_sens),
          before_sens_(units.y_sens) {
        if (m.model.inference != CARVE_INFERENCE_SWEEPS)
            return;
        const std::size_t n = units.n, K = units.K;
        drive_ = units.b.at(units.b.sim->lateral);
        before_ = drive_ + n * W;
        drive_sens_ = before_ + n * W;
        before_sens_ = drive_sens_ + n * K * W;
        copy<P>(drive_, units.y, n);
        copy<P>(drive_sens_, units.y_sens, n * K);
        checks_ = false;
    }
    std::size_t count() const noexcept { return units_.n; }
    void begin_sweep(bool last) noexcept {
        copy<P>(before_, units_.y, units_.n);
        copy<P>(before_sens_, units_.y_sens, units_.n * units_.K);
        checks_ = last;
    }
    void answer(std::size_t i, std::size_t sources) noexcept {
        const P u = drive(i, sources);
        if (checks_)
            units_.b.check(u);
        if (units_.K) {
            if (drive_sens_ != units_.y_sens)
                copy<P>(units_.sens(i), drive_sens_ + i * units_.K * W, units_.K);
            add_sens(i, sources);
        }
        units_.fire(i, u);
    }
    void solve() noexcept {
        const std::size_t n = units_.n, K = units_.K;
        const Real* const a = factorise(units_.b, m_);
        substitute<P>(a, n, units_.y, 1);
        for (std::size_t i = 0; i < n; ++i) {
            units_.b.check(P::load(units_.y + i * W));
            if (K)
                add_weight_sens(i, units_.b.row_length(m_, i));
        }
        if (K)
            substitute<P>(a, n, units_.y_sens, K);
    }

  private:
    CARVE_INLINE P drive(std::size_t i, std::size_t sources) const noexcept {
        P u = P::load(drive_ + i * W);
        const Real* const w = units_.b.weights(m_, i);
        for (std::size_t j = 0; j < sources; ++j)
            u = fma(P::load(w + j * W), P::load(before_ + j * W), u);
        return u;
    }
    // dU_i += sum_j S_ij y_j + M_ij Y_j
    void add_sens(std::size_t i, std::size_t sources) const noexcept {
        add_weight_sens(i, sources);
        gemm<P>({units_.sens(i), 0, W}, {units_.b.weights(m_, i), W, 0},
                {before_sens_, units_.K * W, W}, 1, units_.K, sources);
    }
    void add_weight_sens(std::size_t i, std::size_t sources) const noexcept {
        if (m_.sens)
            gemm<P>({units_.sens(i), 0, W}, {before_, W, 0},
                    {units_.b.sens(m_, i), units_.K * W, W}, 1, units_.K, sources);
    }

    const Units<P>& units_;
    const ProjectionPlan& m_;
    Real *drive_, *before_, *drive_sens_, *before_sens_; // what sweeps start from; before each
    bool checks_ = true;
};

template <class P>
inline void infer(const Units<P>& units, const ProjectionPlan* lateral) noexcept {
    if (lateral == nullptr) {
        for (std::size_t i = 0; i < units.n; ++i) {
            const P u = P::load(units.y + i * P::width);
            units.b.check(u);
            units.fire(i, u);
        }
    } else {
        infer_rows(lateral->model, LateralUnits<P>(units, *lateral));
    }
}

} // namespace
} // namespace carve
