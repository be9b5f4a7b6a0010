// trajectory.hpp: how far rates are from observed ones (M40, M44), summed up step by step: the negative
// logarithm of a likelihood, its gradient, and its Gauss-Newton matrix from the sensitivities as they pass. A few
// observations at a time, so that a row of the matrix comes from the second-level cache once for all of
// them, and an entry is loaded and stored once for four; each is added in the order of samples and
// units, so that the sums do not depend on how they are grouped.
#pragma once
#include "likelihood.hpp"
#include "rate_block.hpp"
#include "real.hpp"

namespace carve {
namespace {

inline bool has_recordings(const Sim& sim) noexcept {
    bool any = false;
    for (std::uint32_t i = 0; i < sim.model.n_populations; ++i)
        any = any || populations(sim)[i].model.recorded;
    return any;
}

// The trajectory of one population at a step.
template <class P> class Trajectory {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    Trajectory(const Block<P>& block, std::size_t population) noexcept
        : b_(block), p_(block.population(population)), y_(block.current[population]),
          observations_(block.current[p_.model.observations]),
          K_(p_.sensitive() ? b_.coefficients : 0),
          sums_(b_.at(p_.trajectory) + b_.index * (2 + K_ + K_ * (K_ + 1) / 2) * W),
          weight_(sums_ + (1 + K_ + K_ * (K_ + 1) / 2) * W),
          scale_(P::set(to_real<Real>(1 / p_.model.noise))) {}

    void add() const noexcept {
        const std::size_t units = p_.model.n_units, n = b_.samples() * units;
        if (p_.model.likelihood != CARVE_LIKELIHOOD_CATEGORICAL)
            return add_range(0, n, nullptr);
        for (std::size_t first = 0; first < n; first += units) {
            const Choice choice(*this, first);
            add_range(first, first + units, &choice);
        }
    }

  private:
    // A choice among the units of a sample: what is needed of all to compare one.
    struct Choice {
        std::size_t first;     // of its observations
        P largest, log_sum, n; // of the logits; how often was chosen

        Choice(const Trajectory& t, std::size_t first_unit) noexcept
            : first(first_unit), largest(P::load(t.y_ + first * W)), n(P::set(0)) {
            const std::size_t end = first + t.p_.model.n_units;
            for (std::size_t e = first; e < end; ++e) {
                const P y = P::load(t.y_ + e * W);
                largest = select(less(largest, y), y, largest);
                n = n + P::load(t.observations_ + e * W);
            }
            P sum = P::set(0);
            for (std::size_t e = first; e < end; ++e)
                sum = sum + exp(P::load(t.y_ + e * W) - largest);
            log_sum = log(sum);
            for (std::size_t e = first; t.K_ && e < end; ++e)
                add_to_center(t, e, e == first);
        }
        void add_to_center(const Trajectory& t, std::size_t e, bool fresh) const noexcept {
            const P p = probability(P::load(t.y_ + e * W));
            const Real* const y_sens = t.b_.rate_sens(t.p_) + e * t.K_ * W;
            Real* const center = t.b_.at(t.p_.center);
            for (std::size_t k = 0; k < t.K_ * W; k += W)
                fma(p, P::load(y_sens + k), fresh ? P::set(0) : P::load(center + k))
                    .store(center + k);
        }
        // Logits may have a large number in common: it is subtracted first.
        P probability(const P& y) const noexcept { return exp((y - largest) - log_sum); }
        Likelihood<P> of(const P& y, const P& o) const noexcept {
            const P expected = n * probability(y);
            return {o * (log_sum - (y - largest)), expected - o, expected};
        }
    };

    // Observations from e on to before `end`.
    void add_range(std::size_t e, std::size_t end, const Choice* choice) const noexcept {
        for (; e < end; e += kObserved)
            add_some(e, end - e < kObserved ? end - e : kObserved, choice);
    }
    // What observation e counts.
    P count_of(std::size_t e) const noexcept {
        if (p_.model.selection == CARVE_NO_POPULATION)
            return P::set(1);
        const std::size_t units = b_.units(p_.model.selection);
        const std::size_t at = units == 1 ? e / p_.model.n_units : e;
        return P::load(b_.current[p_.model.selection] + at * W);
    }
    // Observations e to e + n. One that does not count adds -0 times +0, which changes nothing, not even
    // a negative zero: whether others count is not seen.
    void add_some(std::size_t e, std::size_t n, const Choice* choice) const noexcept {
        const P zero = P::set(0), nothing = P::set(Real(-0.0));
        P slope[kObserved], precision[kObserved];
        bool any = false;
        for (std::size_t i = 0; i < n; ++i) {
            const P count = count_of(e + i);
            const auto counts = less(zero, count);
            any = any || P::Ops::any(counts);
            const Likelihood<P> of = compare(e + i, choice);
            const P weight = select(counts, count, nothing);
            fma(weight, select(counts, of.loss, zero), P::load(sums_)).store(sums_);
            if (!choice || e + i == choice->first) // a choice counts once
                (P::load(weight_) + weight).store(weight_);
            slope[i] = weight * select(counts, of.slope, zero);
            precision[i] = weight * select(counts, of.precision, zero);
            if (K_)
                keep_derivatives(e + i, i, counts, choice);
        }
        if (any && K_)
            add_derivatives(n, slope, precision);
    }
    Likelihood<P> compare(std::size_t e, const Choice* choice) const noexcept {
        const P y = P::load(y_ + e * W), o = P::load(observations_ + e * W);
        switch (p_.model.likelihood) {
        case CARVE_LIKELIHOOD_BERNOULLI:
            return of_event(y, o);
        case CARVE_LIKELIHOOD_POISSON:
            return of_count(y, o);
        case CARVE_LIKELIHOOD_CATEGORICAL:
            return choice->of(y, o);
        default: {
            const P off = (y - o) * scale_;
            return {P::set(Real(0.5)) * off * off, off * scale_, scale_ * scale_};
        }
        }
    }
    // Of a choice less their mean: the matrix is then that of its probabilities.
    template <class Mask>
    void keep_derivatives(std::size_t e, std::size_t i, const Mask& counts,
                          const Choice* choice) const noexcept {
        const Real* const from = b_.rate_sens(p_) + e * K_ * W;
        const Real* const center = choice ? b_.at(p_.center) : nullptr;
        Real* const to = b_.at(p_.observed) + i * K_ * W;
        for (std::size_t k = 0; k < K_ * W; k += W) {
            const P y = P::load(from + k);
            select(counts, center ? y - P::load(center + k) : y, P::set(0)).store(to + k);
        }
    }
    // gradient_k += slope Y_k, matrix_kl += precision Y_k Y_l for l <= k
    void add_derivatives(std::size_t n, const P* slope, const P* precision) const noexcept {
        const Real* const y = b_.at(p_.observed);
        const std::size_t stride = K_ * W;
        Real *const gradient = sums_ + W, *row = gradient + stride;
        for (std::size_t k = 0; k < K_; ++k) {
            P sum = P::load(gradient + k * W);
            for (std::size_t i = 0; i < n; ++i)
                sum = fma(slope[i], P::load(y + i * stride + k * W), sum);
            sum.store(gradient + k * W);
        }
        std::size_t k = 0;
        for (; k + 2 <= K_; k += 2) {
            Real* const next = row + (k + 1) * W;
            std::size_t i = 0;
            for (; i + 4 <= n; i += 4)
                add_rows<4>(row, next, k, y + i * stride, stride, precision + i);
            for (; i < n; ++i)
                add_rows<1>(row, next, k, y + i * stride, stride, precision + i);
            row = next + (k + 2) * W;
        }
        for (std::size_t i = 0; k < K_ && i < n; ++i) // the last row of an odd number
            add_row(row, k, y + i * stride, precision[i]);
    }
    // Rows k and k + 1 of the matrix.
    template <std::size_t n>
    static CARVE_INLINE void add_rows(Real* row, Real* next, std::size_t k, const Real* y,
                                      std::size_t stride, const P* precision) noexcept {
        P first[n], second[n];
#pragma GCC unroll 4
        for (std::size_t i = 0; i < n; ++i) {
            first[i] = precision[i] * P::load(y + i * stride + k * W);
            second[i] = precision[i] * P::load(y + i * stride + (k + 1) * W);
        }
        for (std::size_t l = 0; l <= k; ++l) {
            P a = P::load(row + l * W), b = P::load(next + l * W);
#pragma GCC unroll 4
            for (std::size_t i = 0; i < n; ++i) {
                const P of_l = P::load(y + i * stride + l * W);
                a = fma(first[i], of_l, a);
                b = fma(second[i], of_l, b);
            }
            a.store(row + l * W);
            b.store(next + l * W);
        }
        P corner = P::load(next + (k + 1) * W);
#pragma GCC unroll 4
        for (std::size_t i = 0; i < n; ++i)
            corner = fma(second[i], P::load(y + i * stride + (k + 1) * W), corner);
        corner.store(next + (k + 1) * W);
    }
    static void add_row(Real* row, std::size_t k, const Real* y, const P& precision) noexcept {
        const P weighted = precision * P::load(y + k * W);
        for (std::size_t l = 0; l <= k; ++l)
            fma(weighted, P::load(y + l * W), P::load(row + l * W)).store(row + l * W);
    }

    const Block<P>& b_;
    const PopulationPlan& p_;
    const Real *y_, *observations_;
    std::size_t K_;
    Real *sums_, *weight_; // weight_: of all observations
    P scale_;              // 1 / noise
};

template <class P> void compare_with_observations(const Block<P>& b) noexcept {
    for (std::size_t i = 0; i < b.sim->model.n_populations; ++i)
        if (b.population(i).trajectory)
            Trajectory<P>(b, i).add();
}

} // namespace
} // namespace carve
