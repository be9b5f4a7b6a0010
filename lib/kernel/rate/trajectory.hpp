// trajectory.hpp: how far rates are from observed ones (M40), summed up step by step: the squared error,
// its gradient, and its Gauss-Newton matrix from the sensitivities as they pass. A few observations at
// a time, so that an entry of the matrix is loaded and stored once for all of them; each is added in
// the order of samples and units, so that the sums do not depend on how they are grouped.
#pragma once
#include "rate_block.hpp"

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
          sums_(b_.at(p_.trajectory) + b_.index * (1 + K_ + K_ * (K_ + 1) / 2) * W) {}

    void add() const noexcept {
        const std::size_t n = b_.samples() * p_.model.n_units;
        std::size_t e = 0;
        for (; e + kObserved <= n; e += kObserved)
            add_some<kObserved>(e);
        for (; e < n; ++e)
            add_some<1>(e);
    }

  private:
    // What observation e counts, over the variance of its noise where it does.
    P count_of(std::size_t e) const noexcept {
        if (p_.model.selection == CARVE_NO_POPULATION)
            return P::set(1);
        const std::size_t units = b_.units(p_.model.selection);
        const std::size_t at = units == 1 ? e / p_.model.n_units : e;
        return P::load(b_.current[p_.model.selection] + at * W);
    }
    // Observations e to e + n. An observation of no consequence adds zeros: whether its neighbours count
    // is not seen.
    template <std::size_t n> void add_some(std::size_t e) const noexcept {
        const P zero = P::set(0), scale = P::set(static_cast<Real>(1 / p_.model.noise));
        P slope[n], precision[n];
        bool any = false;
        for (std::size_t i = 0; i < n; ++i) {
            const P count = count_of(e + i);
            const auto counts = less(zero, count);
            any = any || P::Ops::any(counts);
            const P off =
                (P::load(y_ + (e + i) * W) - P::load(observations_ + (e + i) * W)) * scale;
            const P residual = select(counts, off, zero),
                    weight = select(counts, count * scale, zero);
            const P part = select(counts, count * P::set(Real(0.5)), zero) * residual;
            fma(part, residual, P::load(sums_)).store(sums_);
            slope[i] = weight * residual;
            precision[i] = weight * scale;
            if (K_)
                keep_derivatives(e + i, i, counts);
        }
        if (any && K_)
            add_derivatives(slope, precision);
    }
    template <class Mask>
    void keep_derivatives(std::size_t e, std::size_t i, const Mask& counts) const noexcept {
        const Real* const from = b_.rate_sens(p_) + e * K_ * W;
        Real* const to = observed(i);
        for (std::size_t k = 0; k < K_ * W; k += W)
            select(counts, P::load(from + k), P::set(0)).store(to + k);
    }
    // gradient_k += slope Y_k, matrix_kl += precision Y_k Y_l for l <= k, two rows of it at a time
    template <std::size_t n>
    CARVE_INLINE void add_derivatives(const P (&slope)[n], const P (&precision)[n]) const noexcept {
        Real *const gradient = sums_ + W, *row = gradient + K_ * W;
        for (std::size_t k = 0; k < K_; ++k) {
            P sum = P::load(gradient + k * W);
            for (std::size_t i = 0; i < n; ++i)
                sum = fma(slope[i], P::load(observed(i) + k * W), sum);
            sum.store(gradient + k * W);
        }
        std::size_t k = 0;
        for (; k + 2 <= K_; k += 2) {
            Real* const next = row + (k + 1) * W;
            P first[n], second[n];
            for (std::size_t i = 0; i < n; ++i) {
                first[i] = precision[i] * P::load(observed(i) + k * W);
                second[i] = precision[i] * P::load(observed(i) + (k + 1) * W);
            }
            for (std::size_t l = 0; l <= k; ++l) {
                P a = P::load(row + l * W), b = P::load(next + l * W);
                for (std::size_t i = 0; i < n; ++i) {
                    const P y = P::load(observed(i) + l * W);
                    a = fma(first[i], y, a);
                    b = fma(second[i], y, b);
                }
                a.store(row + l * W);
                b.store(next + l * W);
            }
            add_entry(second, next, k + 1);
            row = next + (k + 2) * W;
        }
        for (; k < K_; ++k) {
            P weighted[n];
            for (std::size_t i = 0; i < n; ++i)
                weighted[i] = precision[i] * P::load(observed(i) + k * W);
            for (std::size_t l = 0; l <= k; ++l)
                add_entry(weighted, row, l);
        }
    }
    template <std::size_t n>
    CARVE_INLINE void add_entry(const P (&weighted)[n], Real* row, std::size_t l) const noexcept {
        P sum = P::load(row + l * W);
        for (std::size_t i = 0; i < n; ++i)
            sum = fma(weighted[i], P::load(observed(i) + l * W), sum);
        sum.store(row + l * W);
    }
    Real* observed(std::size_t i) const noexcept { return b_.at(p_.observed) + i * K_ * W; }

    const Block<P>& b_;
    const PopulationPlan& p_;
    const Real *y_, *observations_;
    std::size_t K_;
    Real* sums_;
};

template <class P> void compare_with_observations(const Block<P>& b) noexcept {
    for (std::size_t i = 0; i < b.sim->model.n_populations; ++i)
        if (b.population(i).trajectory)
            Trajectory<P>(b, i).add();
}

} // namespace
} // namespace carve
