// trajectory.hpp: how far rates are from observed ones (M40, M44), summed up step by step: the negative
// logarithm of a likelihood, its gradient, and its Gauss-Newton matrix from the sensitivities as they pass. The
// matrix takes in a few observations at once, of as many steps as they are from, in the order of steps,
// samples and units. Or the same of each unit, where initial weights are free (M23), or sums of products of
// each unit (M46).
#pragma once
#include "likelihood.hpp"
#include "normal_equations.hpp"
#include "rate_block.hpp"
#include "real.hpp"

namespace carve {
namespace {

// The trajectory of one population at a step.
template <class P> class Trajectory {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    // scale: 1 / noise
    Trajectory(const Block<P>& block, std::size_t population, Real scale,
               std::uint8_t& waiting) noexcept
        : b_(block), p_(block.population(population)), y_(block.current[population]),
          observations_(block.current[p_.model.observations]),
          K_(p_.sensitive() ? b_.coefficients : 0), rows_(2 + K_ + K_ * (K_ + 1) / 2),
          sums_(b_.at(p_.trajectory) + b_.index * rows_ * W), weight_(sums_ + (rows_ - 1) * W),
          scale_(P::set(scale)), waiting_(waiting) {}

    void add() noexcept {
        const std::size_t units = p_.model.n_units, n = b_.samples() * units;
        if (p_.model.sums == CARVE_SUMS_OF_UNITS) {
            for (std::size_t e = 0; e < n; ++e)
                add_to_unit(e, e % units);
            return;
        }
        if (p_.facts & kFreeWeights) {
            for (std::size_t e = 0; e < n; ++e)
                add_observation_of(e, e % units);
            return;
        }
        if (p_.model.likelihood != CARVE_LIKELIHOOD_CATEGORICAL) {
            for (std::size_t e = 0; e < n; ++e)
                add_observation(e, nullptr);
            return;
        }
        for (std::size_t first = 0; first < n; first += units) {
            const Choice choice(*this, first);
            for (std::size_t e = first; e < first + units; ++e)
                add_observation(e, &choice);
        }
    }
    void add_waiting() noexcept {
        NormalEquations<P>(sums_ + W, K_).add(b_.at(p_.observed), waiting_);
        waiting_ = 0;
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

    // What observation e counts.
    P count_of(std::size_t e) const noexcept {
        if (p_.model.selection == CARVE_NO_POPULATION)
            return P::set(1);
        const std::size_t units = b_.units(p_.model.selection);
        const std::size_t at = units == 1 ? e / p_.model.n_units : e;
        return P::load(b_.current[p_.model.selection] + at * W);
    }
    // One that does not count adds -0 times +0, which changes nothing, not even a negative zero.
    void add_observation(std::size_t e, const Choice* choice) noexcept {
        const P zero = P::set(0), nothing = P::set(Real(-0.0)), count = count_of(e);
        const auto counts = less(zero, count);
        const Likelihood<P> of = compare(e, choice);
        const P weight = select(counts, count, nothing);
        fma(weight, select(counts, of.loss, zero), P::load(sums_)).store(sums_);
        if (!choice || e == choice->first) // a choice counts once
            (P::load(weight_) + weight).store(weight_);
        if (K_ == 0 || !P::Ops::any(counts))
            return;
        Real* const to = b_.at(p_.observed) + waiting_ * (2 + K_) * W;
        (weight * select(counts, of.slope, zero)).store(to);
        (weight * select(counts, of.precision, zero)).store(to + W);
        keep_derivatives(e, to + 2 * W, counts, choice);
        if (++waiting_ == kObserved)
            add_waiting();
    }
    // To the sums of its unit alone: only they depend on its initial weights.
    void add_observation_of(std::size_t e, std::size_t unit) noexcept {
        sums_ = b_.at(p_.trajectory) + (b_.index * p_.model.n_units + unit) * rows_ * W;
        weight_ = sums_ + (rows_ - 1) * W;
        add_observation(e, nullptr);
        if (waiting_)
            add_waiting();
    }
    // (M46): sums of 1, y, y^2, o, o y, o^2, then of their derivatives, weighted by what e counts.
    void add_to_unit(std::size_t e, std::size_t unit) const noexcept {
        const P zero = P::set(0), nothing = P::set(Real(-0.0)), count = count_of(e);
        const auto counts = less(zero, count);
        if (!P::Ops::any(counts))
            return;
        const std::size_t rows = 6 + 3 * K_ + K_ * (K_ + 1) / 2;
        Real* const sums = b_.at(p_.trajectory) + (b_.index * p_.model.n_units + unit) * rows * W;
        const P y = select(counts, P::load(y_ + e * W), zero),
                o = select(counts, P::load(observations_ + e * W), zero);
        const P m = select(counts, count, nothing), my = m * y, mo = m * o;
        const P terms[] = {m, my, my * y, mo, mo * y, mo * o};
        for (std::size_t i = 0; i < 6; ++i)
            (P::load(sums + i * W) + terms[i]).store(sums + i * W);
        if (K_ == 0)
            return;
        Real *const observed = b_.at(p_.observed), *const by_one = sums + 6 * W,
                    *const by_y = by_one + K_ * W;
        mo.store(observed);
        m.store(observed + W);
        keep_derivatives(e, observed + 2 * W, counts, nullptr);
        for (std::size_t k = 0; k < K_ * W; k += W) {
            const P of_y = P::load(observed + 2 * W + k);
            fma(m, of_y, P::load(by_one + k)).store(by_one + k);
            fma(my, of_y, P::load(by_y + k)).store(by_y + k);
        }
        NormalEquations<P>(by_y + K_ * W, K_).add(observed, 1);
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
    void keep_derivatives(std::size_t e, Real* to, const Mask& counts,
                          const Choice* choice) const noexcept {
        const Real* const from = b_.rate_sens(p_) + e * K_ * W;
        if (choice) {
            const Real* const center = b_.at(p_.center);
            for (std::size_t k = 0; k < K_ * W; k += W)
                select(counts, P::load(from + k) - P::load(center + k), P::set(0)).store(to + k);
            return;
        }
#pragma GCC unroll 4
        for (std::size_t k = 0; k < K_ * W; k += W)
            select(counts, P::load(from + k), P::set(0)).store(to + k);
    }
    const Block<P>& b_;
    const PopulationPlan& p_;
    const Real *y_, *observations_;
    std::size_t K_, rows_;
    Real *sums_, *weight_; // weight_: of all observations
    P scale_;
    std::uint8_t& waiting_; // observations that the matrix has not taken in
};

// A call's recorded populations.
template <class P> class Trajectories {
  public:
    explicit Trajectories(const Block<P>& b) noexcept : b_(b) {
        for (std::size_t i = 0; i < b.sim->model.n_populations; ++i)
            if (b.population(i).trajectory) {
                scales_[n_recorded_] = to_real<Real>(1 / b.population(i).model.noise);
                recorded_[n_recorded_++] = static_cast<std::uint8_t>(i);
            }
    }
    std::size_t n_recorded() const noexcept { return n_recorded_; }

    // After all rates of a step.
    void compare() noexcept {
        for (std::size_t r = 0; r < n_recorded_; ++r)
            of(r).add();
    }
    // After the last one.
    void finish() noexcept {
        for (std::size_t r = 0; r < n_recorded_; ++r)
            if (waiting_[r])
                of(r).add_waiting();
    }

  private:
    using Real = typename P::Real;

    Trajectory<P> of(std::size_t r) noexcept { return {b_, recorded_[r], scales_[r], waiting_[r]}; }

    const Block<P>& b_;
    std::size_t n_recorded_ = 0;
    std::uint8_t recorded_[64], waiting_[64] = {}; // populations; what waits of each
    Real scales_[64];                              // 1 / noise
};

} // namespace
} // namespace carve
