// trajectory.hpp: how far rates are from observed ones (M40, M44), or weights (M52), summed up step by step: the
// negative logarithm of a likelihood, its gradient, and its Gauss-Newton matrix from the sensitivities as they
// pass. The matrix takes in a few observations at once, of as many steps as they are from, in the order of
// steps, samples and units. Or the same of each unit, where initial weights are free (M23), or sums of products
// of each unit (M46).
#pragma once
#include "likelihood.hpp"
#include "normal_equations.hpp"
#include "rate_block.hpp"
#include "real.hpp"

namespace carve {
namespace {

// What a probe follows, at a step: the rates of a population, or the weights of a projection.
template <class P> struct Followed {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

    const Real* values;       // rates [sample][unit][lane], weights [post][pre][lane]
    const Real* sens;         // likewise, [...][coefficient][lane]
    const Real* observations; // [sample][unit or post][pre][lane]
    const Real* selection;    // likewise, or [sample][lane], or null: all count
    bool one_selection;       // one number for all of a sample
    bool by_unit;             // each unit has sums of its own
    bool of_weights, lower;   // lower: of synapses from j < i alone
    std::size_t K, units, per_unit;
    std::uint32_t likelihood, sums;
    Offset trajectory, observed, center;

    Followed(const Block<P>& b, std::size_t population, const PopulationPlan& p) noexcept
        : Followed(b, p, p.sensitive(), p.model.n_units, 1) {
        values = b.current[population];
        sens = K ? b.rate_sens(p) : nullptr;
        likelihood = p.model.likelihood;
        sums = p.model.sums;
        center = p.center;
    }
    Followed(const Block<P>& b, const ProjectionPlan& q) noexcept
        : Followed(b, q, (q.facts & kForward) != 0, b.post(q), b.pre(q)) {
        values = b.weights(q, 0);
        sens = K ? b.sens(q, 0) : nullptr;
        of_weights = true;
        lower = q.model.connectivity == CARVE_CONNECT_LOWER;
        likelihood = CARVE_LIKELIHOOD_GAUSSIAN;
        sums = CARVE_SUMS_OF_LOSS;
        center = 0;
    }
    std::size_t n_of(std::size_t unit) const noexcept { return lower ? unit : per_unit; }

  private:
    template <class Plan>
    Followed(const Block<P>& b, const Plan& plan, bool sensitive, std::size_t n_units,
             std::size_t n_per_unit) noexcept
        : observations(b.current[plan.model.observations]), selection(nullptr),
          one_selection(false), by_unit((plan.facts & kUnitSums) != 0), of_weights(false),
          lower(false), K(sensitive ? b.coefficients : 0), units(n_units), per_unit(n_per_unit),
          trajectory(plan.trajectory), observed(plan.observed) {
        if (plan.model.selection == CARVE_NO_POPULATION)
            return;
        selection = b.current[plan.model.selection];
        one_selection = b.units(plan.model.selection) == 1;
    }
};

// The trajectory that one probe follows, at a step.
template <class P> class Trajectory {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    // scale: 1 / noise
    Trajectory(const Block<P>& block, const Followed<P>& followed, Real scale,
               std::uint8_t& waiting) noexcept
        : b_(block), f_(followed), rows_(trajectory_rows(f_.K)),
          sums_(b_.at(f_.trajectory) + b_.index * (f_.by_unit ? f_.units : 1) * rows_ * W),
          weight_(sums_ + (rows_ - 1) * W), scale_(P::set(scale)), waiting_(waiting) {}

    void add() noexcept {
        for (std::size_t s = 0; s < b_.samples(); ++s)
            if (f_.sums == CARVE_SUMS_OF_UNITS)
                add_to_units(s);
            else if (f_.likelihood != CARVE_LIKELIHOOD_CATEGORICAL)
                add_sample(s, nullptr);
            else {
                const Choice choice(*this, s * f_.units);
                add_sample(s, &choice);
            }
    }
    void add_waiting() noexcept {
        NormalEquations<P>(sums_ + W, f_.K).add(b_.at(f_.observed), waiting_);
        waiting_ = 0;
    }

  private:
    // A choice among the units of a sample: what is needed of all to compare one.
    struct Choice {
        std::size_t first;     // of its observations
        P largest, log_sum, n; // of the logits; how often was chosen

        Choice(const Trajectory& t, std::size_t first_unit) noexcept
            : first(first_unit), largest(P::load(t.f_.values + first * W)), n(P::set(0)) {
            const std::size_t end = first + t.f_.units;
            for (std::size_t e = first; e < end; ++e) {
                const P y = P::load(t.f_.values + e * W);
                largest = select(less(largest, y), y, largest);
                n = n + P::load(t.f_.observations + e * W);
            }
            P sum = P::set(0);
            for (std::size_t e = first; e < end; ++e)
                sum = sum + exp(P::load(t.f_.values + e * W) - largest);
            log_sum = log(sum);
            for (std::size_t e = first; t.f_.K && e < end; ++e)
                add_to_center(t, e, e == first);
        }
        void add_to_center(const Trajectory& t, std::size_t e, bool fresh) const noexcept {
            const P p = probability(P::load(t.f_.values + e * W));
            const Real* const y_sens = t.f_.sens + e * t.f_.K * W;
            Real* const center = t.b_.at(t.f_.center);
            for (std::size_t k = 0; k < t.f_.K * W; k += W)
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

    // Where one number and its observation are.
    struct Place {
        std::size_t value, observation, sample;
    };
    Place place(std::size_t sample, std::size_t unit, std::size_t i) const noexcept {
        const std::size_t value = unit * f_.per_unit + i,
                          observation = sample * f_.units * f_.per_unit + value;
        return {f_.of_weights ? value : observation, observation, sample};
    }
    // What an observation counts.
    P count_of(const Place& at) const noexcept {
        return f_.selection
                   ? P::load(f_.selection + (f_.one_selection ? at.sample : at.observation) * W)
                   : P::set(1);
    }
    void add_sample(std::size_t s, const Choice* choice) noexcept {
        if (f_.one_selection && !P::Ops::any(less(P::set(0), P::load(f_.selection + s * W))))
            return;
        for (std::size_t unit = 0; unit < f_.units; ++unit) {
            if (f_.by_unit)
                select_unit(unit);
            for (std::size_t i = 0, n = f_.n_of(unit); i < n; ++i)
                add_observation(place(s, unit, i), choice);
            if (f_.by_unit && waiting_)
                add_waiting();
        }
    }
    // The sums of a unit alone: only they depend on its initial weights.
    void select_unit(std::size_t unit) noexcept {
        sums_ = b_.at(f_.trajectory) + (b_.index * f_.units + unit) * rows_ * W;
        weight_ = sums_ + (rows_ - 1) * W;
    }
    // One that does not count adds -0 times +0, which changes nothing, not even a negative zero.
    CARVE_INLINE void add_observation(const Place& at, const Choice* choice) noexcept {
        const P zero = P::set(0), nothing = P::set(Real(-0.0)), count = count_of(at);
        const auto counts = less(zero, count);
        const Likelihood<P> of = compare(at, choice);
        const P weight = select(counts, count, nothing);
        fma(weight, select(counts, of.loss, zero), P::load(sums_)).store(sums_);
        if (!choice || at.value == choice->first) // a choice counts once
            (P::load(weight_) + weight).store(weight_);
        if (f_.K == 0 || !P::Ops::any(counts))
            return;
        Real* const to = b_.at(f_.observed) + waiting_ * (2 + f_.K) * W;
        (weight * select(counts, of.slope, zero)).store(to);
        (weight * select(counts, of.precision, zero)).store(to + W);
        keep_derivatives(at, to + 2 * W, counts, choice);
        if (++waiting_ == kObserved)
            add_waiting();
    }
    void add_to_units(std::size_t s) const noexcept {
        for (std::size_t unit = 0; unit < f_.units; ++unit)
            add_to_unit(place(s, unit, 0), unit);
    }
    // (M46): sums of 1, y, y^2, o, o y, o^2, then of their derivatives, weighted by what an observation counts.
    void add_to_unit(const Place& at, std::size_t unit) const noexcept {
        const P zero = P::set(0), nothing = P::set(Real(-0.0)), count = count_of(at);
        const auto counts = less(zero, count);
        if (!P::Ops::any(counts))
            return;
        const std::size_t rows = trajectory_rows(f_.K, CARVE_SUMS_OF_UNITS);
        Real* const sums = b_.at(f_.trajectory) + (b_.index * f_.units + unit) * rows * W;
        const P y = select(counts, P::load(f_.values + at.value * W), zero),
                o = select(counts, P::load(f_.observations + at.observation * W), zero);
        const P m = select(counts, count, nothing), my = m * y, mo = m * o;
        const P terms[] = {m, my, my * y, mo, mo * y, mo * o};
        for (std::size_t i = 0; i < 6; ++i)
            (P::load(sums + i * W) + terms[i]).store(sums + i * W);
        if (f_.K == 0)
            return;
        Real *const observed = b_.at(f_.observed), *const by_one = sums + 6 * W,
                    *const by_y = by_one + f_.K * W;
        mo.store(observed);
        m.store(observed + W);
        keep_derivatives(at, observed + 2 * W, counts, nullptr);
        for (std::size_t k = 0; k < f_.K * W; k += W) {
            const P of_y = P::load(observed + 2 * W + k);
            fma(m, of_y, P::load(by_one + k)).store(by_one + k);
            fma(my, of_y, P::load(by_y + k)).store(by_y + k);
        }
        NormalEquations<P>(by_y + f_.K * W, f_.K).add(observed, 1);
    }
    CARVE_INLINE Likelihood<P> compare(const Place& at, const Choice* choice) const noexcept {
        const P y = P::load(f_.values + at.value * W),
                o = P::load(f_.observations + at.observation * W);
        switch (f_.likelihood) {
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
    CARVE_INLINE void keep_derivatives(const Place& at, Real* to, const Mask& counts,
                                       const Choice* choice) const noexcept {
        const std::size_t n = f_.K * W;
        const Real* const from = f_.sens + at.value * n;
        if (choice) {
            const Real* const center = b_.at(f_.center);
            for (std::size_t k = 0; k < n; k += W)
                select(counts, P::load(from + k) - P::load(center + k), P::set(0)).store(to + k);
            return;
        }
        if (P::Ops::all(counts)) { // as a rule
#pragma GCC unroll 4
            for (std::size_t k = 0; k < n; k += W)
                P::load(from + k).store(to + k);
            return;
        }
        for (std::size_t k = 0; k < n; k += W)
            select(counts, P::load(from + k), P::set(0)).store(to + k);
    }
    const Block<P>& b_;
    const Followed<P>& f_;
    std::size_t rows_;
    Real *sums_, *weight_; // weight_: of all observations
    P scale_;
    std::uint8_t& waiting_; // observations that the matrix has not taken in
};

// What a call's probes follow: populations, then projections.
template <class P> class Trajectories {
  public:
    explicit Trajectories(const Block<P>& b) noexcept : b_(b) {
        for (std::size_t i = 0; i < b.sim->model.n_populations; ++i)
            if (b.population(i).trajectory)
                follow(i, b.population(i).model.noise);
        n_populations_ = n_recorded_;
        for (std::size_t k = 0; k < b.sim->model.n_projections; ++k)
            if (b.projection(k).trajectory)
                follow(k, b.projection(k).model.noise);
    }
    std::size_t n_recorded() const noexcept { return n_recorded_; }

    // After all rates of a step, before its updates.
    void compare() noexcept {
        for (std::size_t r = 0; r < n_recorded_; ++r)
            with(r, [](Trajectory<P>&& of) noexcept { of.add(); });
    }
    // After the last one.
    void finish() noexcept {
        for (std::size_t r = 0; r < n_recorded_; ++r)
            if (waiting_[r])
                with(r, [](Trajectory<P>&& of) noexcept { of.add_waiting(); });
    }

  private:
    using Real = typename P::Real;

    void follow(std::size_t i, double noise) noexcept {
        scales_[n_recorded_] = to_real<Real>(1 / noise);
        recorded_[n_recorded_++] = static_cast<std::uint8_t>(i);
    }
    template <class Work> void with(std::size_t r, Work work) noexcept {
        const std::size_t i = recorded_[r];
        if (r < n_populations_)
            work(Trajectory<P>(b_, Followed<P>(b_, i, b_.population(i)), scales_[r], waiting_[r]));
        else
            work(Trajectory<P>(b_, Followed<P>(b_, b_.projection(i)), scales_[r], waiting_[r]));
    }

    const Block<P>& b_;
    std::size_t n_recorded_ = 0, n_populations_ = 0;
    std::uint8_t recorded_[128], waiting_[128] = {}; // their indices; what waits of each
    Real scales_[128];                               // 1 / noise
};

// Of a build without them.
template <class P> struct NoTrajectories {
    explicit NoTrajectories(const Block<P>&) noexcept {}
    static constexpr std::size_t n_recorded() noexcept { return 0; }
    static void compare() noexcept {}
    static void finish() noexcept {}
};

} // namespace
} // namespace carve
