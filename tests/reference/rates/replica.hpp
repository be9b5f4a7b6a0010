// One replica of a network, step by step, straight from docs/model.md (M1) to (M5), (M35) to (M39), (M41) to (M43):
// textbook loops over samples, synapses and terms, in any number type (double, long double, Dual). Nothing is
// factored, fused or reordered, so that it shares nothing with the kernel but the equations.
#ifndef CARVE_TESTS_REFERENCE_RATES_REPLICA_HPP
#define CARVE_TESTS_REFERENCE_RATES_REPLICA_HPP

#include "../../support.hpp"
#include "../dual.hpp"
#include "general_rule.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace reference {

// Values of one step: [population][sample * n_units + unit], empty for rate populations.
using Values = std::vector<std::vector<double>>;

template <class Number> class Replica {
  public:
    using Matrix = std::vector<Number>; // row-major

    std::vector<Matrix> weights;                         // [projection][post * n_pre + pre]
    std::vector<Matrix> theta;                           // [rule][term], in order of the bits
    std::vector<std::vector<std::vector<Number>>> rates; // [population][sample][unit]
    std::uint64_t frozen = 0;                            // 0, or 1 + the step
    std::size_t clipped = 0;                             // times that the clip of (M3) has acted
    std::vector<std::vector<Number>> past;               // [use][step], of its modulator's rates
    std::vector<Number> means;                           // [use], of its modulator's baseline
    std::vector<std::vector<std::vector<std::vector<Number>>>> history; // rates by step
    std::vector<std::vector<Matrix>> weight_history;      // weights by step, before its updates
    std::vector<std::vector<std::vector<Number>>> drives; // u of the last step, as rates
    std::vector<GeneralState<Number>> general;            // [use]
    double largest = 0;                                   // largest |u| and |w| so far
    double nearest_kink = 1; // smallest |u| of a ReLU, distance of a weight to its bound, but not 0

    explicit Replica(const support::Network& network) : n_(network) {
        for (std::uint32_t p = 0; p < n_.projections.size(); ++p)
            for (const flat::Projection& use : flat::uses_of(n_.projections[p])) {
                uses_.push_back({p, use});
                general.emplace_back(n_pre(p), n_post(p));
                means.emplace_back(use.baseline_start);
            }
        past.resize(uses_.size());
        for (std::uint32_t p = 0; p < n_.projections.size(); ++p)
            weights.emplace_back(std::size_t(n_post(p)) * n_pre(p), Number(0));
        for (std::uint32_t r = 0; r < n_.rules.size(); ++r)
            theta.emplace_back(n_.n_terms(r), Number(0));
        for (std::uint32_t i = 0; i < n_.populations.size(); ++i)
            rates.emplace_back(n_.model.batch, std::vector<Number>(n_.populations[i].n_units));
        drives = silence_ = rates;
    }

    void step(const Values& values) {
        if (frozen != 0)
            return;
        for (std::uint32_t s = 0; s < n_.model.batch; ++s)
            for (std::uint32_t i = 0; i < n_.populations.size(); ++i)
                evaluate(i, s, values);
        history.push_back(rates);
        weight_history.push_back(weights);
        observe_modulators();
        if (out_of_bound_) {
            frozen = 1 + steps_;
            return;
        }
        update_all();
        if ((steps_ + 1) % 64 == 0 && weight_out_of_bound())
            frozen = 1 + steps_;
        ++steps_;
    }

    struct Term {
        unsigned a, b, c, d;
    };
    static std::vector<Term> terms_of(const flat::Rule& rule) {
        std::vector<Term> terms;
        for (unsigned d = 0; d < 3; ++d)
            for (unsigned a = 0; a < 4; ++a)
                for (unsigned b = 0; b < 4; ++b)
                    for (unsigned c = 0; c < 4; ++c)
                        if (((d == 0   ? rule.terms
                              : d == 1 ? rule.terms_r
                                       : rule.terms_r2) >>
                             (16 * a + 4 * b + c)) &
                            1u)
                            terms.push_back({a, b, c, d});
        return terms;
    }

  private:
    std::uint32_t n_pre(std::uint32_t p) const {
        return n_.populations[n_.projections[p].pre].n_units;
    }
    std::uint32_t n_post(std::uint32_t p) const {
        return n_.populations[n_.projections[p].post].n_units;
    }

    static Number power(const Number& x, unsigned n) {
        Number r(1);
        for (unsigned i = 0; i < n; ++i)
            r = r * x;
        return r;
    }

    // A distance to where a derivative jumps; 0 itself comes from exact zeros, on all sides alike.
    void see_kink(double distance) {
        if (distance != 0)
            nearest_kink = std::fmin(nearest_kink, std::fabs(distance));
    }

    Number activation(std::uint32_t kind, const Number& u) {
        using std::exp;
        using std::tanh;
        switch (kind) {
        case CARVE_ACTIVATION_RELU:
            see_kink(double(value_of(u)));
            return value_of(u) > 0 ? u : Number(0);
        case CARVE_ACTIVATION_TANH:
            return tanh(u);
        case CARVE_ACTIVATION_SIGMOID:
            return Number(1) / (Number(1) + exp(Number(0) - u));
        default:
            return u;
        }
    }

    void evaluate(std::uint32_t i, std::uint32_t s, const Values& values) {
        const flat::Population& population = n_.populations[i];
        std::vector<Number>& y = rates[i][s];
        if (population.kind != CARVE_POPULATION_RATE) {
            for (std::size_t j = 0; j < y.size(); ++j)
                y[j] = Number(values[i][s * y.size() + j]);
            return;
        }
        std::vector<Number> u(y.size(), Number(0)); // (M1)
        const flat::Projection* lateral = nullptr;
        const Matrix* m = nullptr;
        for (std::uint32_t p = 0; p < n_.projections.size(); ++p) {
            const flat::Projection& projection = n_.projections[p];
            if (projection.post != i)
                continue;
            if (projection.pre == i && projection.delay == 0) {
                lateral = &projection;
                m = &weights[p];
                continue;
            }
            const std::vector<Number>& x = arriving(projection, s);
            for (std::size_t k = 0; k < y.size(); ++k)
                for (std::size_t j = 0; j < x.size(); ++j)
                    u[k] = u[k] + weights[p][k * x.size() + j] * x[j];
        }
        for (std::size_t k = 0; population.tau > 1 && k < y.size(); ++k) { // (M38)
            Number& before = drives[i][s][k];
            before = before + (u[k] - before) / Number(population.tau);
            u[k] = before;
        }
        infer(population.activation, lateral, m, u, y);
    }

    // Presynaptic rates as they arrive in this step (M39).
    const std::vector<Number>& arriving(const flat::Projection& projection, std::size_t s) const {
        if (projection.delay == 0)
            return rates[projection.pre][s];
        if (projection.delay > steps_)
            return silence_[projection.pre][s];
        return history[steps_ - projection.delay][projection.pre][s];
    }

    // M_ij as it acts in the evaluation of this step
    Number lateral_weight(const flat::Projection& lateral, const Matrix& m, std::size_t i,
                          std::size_t j, std::size_t n) const {
        const bool masked = lateral.connectivity == CARVE_CONNECT_LOWER && j >= i;
        const bool acts = lateral.mask_from == CARVE_MASK_FROM_FIRST_UPDATE && steps_ == 0;
        return masked && !acts ? Number(0) : m[i * n + j];
    }

    void infer(std::uint32_t kind, const flat::Projection* lateral, const Matrix* m,
               const std::vector<Number>& u, std::vector<Number>& y) { // (M2)
        const std::size_t n = y.size();
        std::vector<Number> drive = u;
        if (lateral && lateral->inference == CARVE_INFERENCE_SEQUENTIAL) {
            for (std::size_t i = 0; i < n; ++i) {
                for (std::size_t j = 0; j < i; ++j)
                    drive[i] = drive[i] + lateral_weight(*lateral, *m, i, j, n) * y[j];
                y[i] = activation(kind, drive[i]);
            }
        } else if (lateral && lateral->inference == CARVE_INFERENCE_SWEEPS) {
            for (std::size_t i = 0; i < n; ++i)
                y[i] = activation(kind, u[i]);
            for (std::uint32_t sweep = 0; sweep < lateral->n_sweeps; ++sweep) {
                const std::vector<Number> before = y;
                for (std::size_t i = 0; i < n; ++i) {
                    drive[i] = u[i];
                    for (std::size_t j = 0; j < n; ++j)
                        drive[i] = drive[i] + lateral_weight(*lateral, *m, i, j, n) * before[j];
                    y[i] = activation(kind, drive[i]);
                }
            }
        } else if (lateral) {
            solve(*lateral, *m, drive);
            y = drive;
        } else {
            for (std::size_t i = 0; i < n; ++i)
                y[i] = activation(kind, u[i]);
        }
        for (const Number& d : drive) { // (M4), written so that a NaN is caught
            const double size = std::fabs(double(value_of(d)));
            out_of_bound_ = out_of_bound_ || !(size <= n_.model.bound);
            largest = std::fmax(largest, size);
        }
    }

    // u <- (I - M)^-1 u by Gauss and Jordan, with row exchange (the exact result is the same).
    void solve(const flat::Projection& lateral, const Matrix& m, std::vector<Number>& u) const {
        const std::size_t n = u.size();
        std::vector<Matrix> a(n, Matrix(n));
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                a[i][j] = Number(i == j ? 1 : 0) - lateral_weight(lateral, m, i, j, n);
        for (std::size_t c = 0; c < n; ++c) {
            std::size_t best = c;
            for (std::size_t i = c + 1; i < n; ++i)
                if (std::fabs(value_of(a[i][c])) > std::fabs(value_of(a[best][c])))
                    best = i;
            std::swap(a[c], a[best]);
            std::swap(u[c], u[best]);
            for (std::size_t i = 0; i < n; ++i) {
                if (i == c)
                    continue;
                const Number factor = a[i][c] / a[c][c];
                for (std::size_t j = c; j < n; ++j)
                    a[i][j] = a[i][j] - factor * a[c][j];
                u[i] = u[i] - factor * u[c];
            }
        }
        for (std::size_t i = 0; i < n; ++i)
            u[i] = u[i] / a[i][i];
    }

    void observe_modulators() { // (M35), (M36)
        factors_.assign(uses_.size(), Number(0));
        for (std::size_t p = 0; p < uses_.size(); ++p) {
            const flat::Projection& q = uses_[p].of;
            if (q.rule == flat::kStatic || q.modulator == CARVE_NO_POPULATION)
                continue;
            Number rate(0);
            for (const Number& y : rates[q.modulator][0])
                rate = rate + y;
            rate = rate / Number(double(rates[q.modulator][0].size()));
            factors_[p] = q.baseline == CARVE_BASELINE_NONE ? rate : rate - means[p];
            const double size = std::fabs(double(value_of(factors_[p])));
            if (q.baseline != CARVE_BASELINE_NONE || is_open(q))
                out_of_bound_ = out_of_bound_ || !(size <= n_.model.bound);
            past[p].push_back(rate);
            if (q.baseline == CARVE_BASELINE_EXPONENTIAL)
                means[p] = means[p] + (rate - means[p]) / Number(double(q.window));
            if (q.baseline != CARVE_BASELINE_WINDOW)
                continue;
            means[p] = Number(0);
            for (std::size_t back = 0; back < q.window; ++back)
                means[p] = means[p] + (back < past[p].size() ? past[p][past[p].size() - 1 - back]
                                                             : Number(q.baseline_start));
            means[p] = means[p] / Number(double(q.window));
        }
    }
    bool is_open(const flat::Projection& q) const { // (M37)
        return q.gate == CARVE_NO_POPULATION ||
               std::fabs(double(value_of(rates[q.gate][0][0]))) > 0;
    }

    void update_all() { // all from the weights before the update
        for (std::uint32_t p = 0; p < n_.projections.size(); ++p) {
            const flat::Projection& projection = n_.projections[p];
            if (projection.rule == flat::kStatic)
                continue;
            const std::size_t n = n_pre(p);
            Matrix next(weights[p].size(), Number(0));
            for (std::size_t i = 0; i < n_post(p); ++i)
                for (std::size_t j = 0; j < n; ++j)
                    if (projection.connectivity == CARVE_CONNECT_ALL || j < i)
                        next[i * n + j] = updated(p, i, j);
            weights[p] = next;
        }
        for (std::size_t u = 0; u < uses_.size(); ++u) {
            const flat::Projection& use = uses_[u].of;
            if (use.rule != flat::kStatic && flat::is_general(n_.rules[use.rule]))
                general[u].take_in(n_.rules[use.rule], theta[use.rule], arriving(use, 0),
                                   rates[use.post][0]);
        }
    }

    // (M41) to (M43): what a general rule changes the weight by, for eta 1
    Number change(std::size_t use, std::size_t i, std::size_t j) {
        const std::uint32_t p = uses_[use].projection;
        const flat::Projection& projection = uses_[use].of;
        const flat::Rule& rule = n_.rules[projection.rule];
        GeneralState<Number>& state = general[use];
        const std::size_t n = n_pre(p);
        Factors<Number> f{arriving(projection, 0)[j],
                          rates[projection.post][0][i],
                          weights[p][i * n + j],
                          factors_[use],
                          state.x_mean[j],
                          state.y_mean[i],
                          state.y_square[i],
                          Number(0)};
        for (std::size_t k = 0; k < n; ++k)
            if (projection.connectivity == CARVE_CONNECT_ALL || k < i)
                f.w_sum = f.w_sum + weights[p][i * n + k];
        const std::size_t n_means = std::size_t(__builtin_popcount(flat::means_of(rule)));
        const Number* const coefficients = theta[projection.rule].data();
        const Number sum = sum_of(rule, coefficients + n_means + rule.eligibility, f,
                                  [this](double u) { see_kink(u); });
        if (rule.eligibility == 0)
            return sum;
        Number& e = state.eligibility[i * n + j];
        e = state.kept(coefficients[n_means]) * e + sum;
        return e * power(factors_[use], flat::terms_of(rule)[0].modulator);
    }

    // What the rule reads as the rate of pre unit j
    Number presynaptic(std::uint32_t p, std::size_t s, std::size_t i, std::size_t j) const {
        const flat::Projection& projection = n_.projections[p];
        Number x = arriving(projection, s)[j];
        const std::size_t explaining = projection.presynaptic == CARVE_PRESYNAPTIC_RATE ? 0
                                       : projection.presynaptic == CARVE_PRESYNAPTIC_RESIDUAL_BELOW
                                           ? i
                                           : n_post(p);
        for (std::size_t k = 0; k < explaining; ++k)
            x = x - weights[p][k * n_pre(p) + j] * rates[projection.post][s][k];
        return x;
    }

    Number updated(std::uint32_t p, std::size_t i, std::size_t j) { // (M3)
        const flat::Projection& projection = n_.projections[p];
        Number next = weights[p][i * n_pre(p) + j];
        bool any_open = false;
        for (std::size_t u = 0; u < uses_.size(); ++u)
            if (uses_[u].projection == p && is_open(uses_[u].of)) {
                next = next + Number(uses_[u].of.eta) * sum_of_use(u, i, j);
                any_open = true;
            }
        if (!any_open)
            return next;
        const double v = double(value_of(next));
        largest = std::fmax(largest, std::fabs(v));
        see_kink(v - projection.w_min);
        see_kink(v - projection.w_max);
        if (v > projection.w_max || v < projection.w_min) {
            ++clipped;
            return Number(v > projection.w_max ? projection.w_max : projection.w_min);
        }
        return next;
    }

    // The mean over samples of what a rule changes a weight by, for eta 1.
    Number sum_of_use(std::size_t use, std::size_t i, std::size_t j) {
        const std::uint32_t p = uses_[use].projection;
        const flat::Projection& of = uses_[use].of;
        if (flat::is_general(n_.rules[of.rule]))
            return change(use, i, j);
        const Number& w = weights[p][i * n_pre(p) + j];
        const std::vector<Term> terms = terms_of(n_.rules[of.rule]);
        Number sum(0);
        for (std::uint32_t s = 0; s < n_.model.batch; ++s) {
            const Number x = presynaptic(p, s, i, j);
            const Number& y = rates[of.post][s][i];
            for (std::size_t k = 0; k < terms.size(); ++k)
                sum = sum + theta[of.rule][k] * power(x, terms[k].a) * power(y, terms[k].b) *
                                power(w, terms[k].c) * power(factors_[use], terms[k].d);
        }
        return sum / Number(double(n_.model.batch));
    }

    bool weight_out_of_bound() const { // (M5)
        for (std::uint32_t p = 0; p < n_.projections.size(); ++p)
            if (n_.projections[p].rule != flat::kStatic)
                for (const Number& w : weights[p])
                    if (!(std::fabs(double(value_of(w))) <= n_.model.bound))
                        return true;
        return false;
    }

    struct Use {
        std::uint32_t projection;
        flat::Projection of; // the projection, as if this were its only rule
    };
    const support::Network n_;
    std::vector<Use> uses_;
    std::vector<Number> factors_;                           // [use], r of this step
    std::vector<std::vector<std::vector<Number>>> silence_; // rates before the first step
    std::uint64_t steps_ = 0;
    bool out_of_bound_ = false;
};

} // namespace reference
#endif
