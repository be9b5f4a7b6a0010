// rule_sums.hpp: the sum G of a general rule at one synapse, with its derivatives by what it depends on and
// by its coefficients: a polynomial (M41), or a network of one hidden layer (M43). What is the same at all
// synapses of a row is summed up before them, once a row.
#pragma once
#include "rate_block.hpp"
#include "terms.hpp"
#include "units.hpp"
#include "volterra_rule.hpp"

namespace carve {
namespace {

// The coefficients of a rule in the lanes in work.
template <class P> class Theta {
    using Real = typename P::Real;

  public:
    Theta(const Block<P>& b, const RulePlan& rule) noexcept
        : first_(array<Real>(*b.sim, rule.theta) +
                 (rule.model.shared ? 0 : b.index * rule.n_terms * P::width + b.lane)),
          stride_(rule.model.shared ? 0 : P::width) {}

    CARVE_INLINE P operator[](std::size_t k) const noexcept {
        return stride_ ? P::load(first_ + k * stride_) : P::set(first_[k]);
    }

  private:
    const Real* first_;
    std::size_t stride_;
};

// A point at which a rule is summed up, and the slopes of the sum there.
template <class P> struct RulePoint {
    P z[kFactors], slope[kFactors];
    std::uint32_t wanted = 0; // bits of factors: the slopes that are asked for
};

// What a sum writes: rows of lanes, and derivatives by the rule's coefficients, null if nobody asks.
template <class Real> struct SumRows {
    Real* contracted; // [contracted_rows()][lane]
    Real* by_theta;   // [coefficient of the rule][lane]
};

template <class P> class PolynomialSum {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    // factors: sum_factors() of the rule.
    PolynomialSum(const Block<P>& b, const RulePlan& rule, std::uint32_t factors,
                  const SumRows<Real>& rows) noexcept
        : theta_(b, rule), first_(count_time_constants(rule.model)), value_(rows.contracted),
          by_theta_(rows.by_theta), has_means_(rule.model.factors & CARVE_FACTOR_PRE_MEAN) {
        n_ = list_words(rule.model,
                        rule.listed ? array<std::uint32_t>(*b.sim, rule.listed) : nullptr, words_);
        std::uint32_t known = 0; // powers of other factors, in the words of a forged block, are 0
        for (unsigned f = 0; f < kFactors; ++f)
            known |= factors >> f & 1 ? 3u << 2 * f : 0u;
        std::uint8_t group_of[64];
        __builtin_memset(group_of, kMostGroups, sizeof group_of);
        for (std::size_t t = 0; t < n_; ++t) {
            words_[t] &= known;
            const std::uint8_t key = key_of(words_[t]);
            if (group_of[key] == kMostGroups) {
                group_of[key] = static_cast<std::uint8_t>(n_groups_);
                key_[n_groups_++] = key;
            }
            group_[t] = group_of[key];
        }
        for (unsigned f = 0; f < kFactors && by_theta_; ++f)
            if (factors & ~kOfSynapse & 1u << f)
                row_factor_[n_row_factors_++] = f;
        product_ = slopes(n_row_factors_);
    }

    // Contracts the terms with the factors at.z that all synapses of a row share.
    void start_row(const RulePoint<P>& at) const noexcept {
        P power[kFactors][4];
        for (unsigned f = 0; f < kFactors; ++f)
            powers<P, 4>(at.z[f], P::set(1), power[f]);
        for (std::size_t e = 0; e < (1 + n_row_factors_) * n_groups_; ++e)
            P::set(0).store(value_ + e * W);
        for (std::size_t t = 0; t < n_; ++t) {
            const P theta = theta_[first_ + t], product = product_but(kFactors, words_[t], power);
            add(value_, t, theta, product);
            if (!by_theta_)
                continue;
            product.store(product_ + t * W);
            for (std::size_t r = 0; r < n_row_factors_; ++r) {
                const unsigned f = row_factor_[r], n = power_in(words_[t], f);
                if (n > 0)
                    add(slopes(r), t, P::set(Real(n)) * power[f][n - 1] * theta,
                        product_but(f, words_[t], power));
            }
        }
    }

    // Sets the slopes that are wanted, too, and the derivatives by theta.
    P operator()(RulePoint<P>& at) const noexcept {
        Monomials x, w;
        x.fill(at, kPre);
        if (has_means_)
            x.multiply(at, kPreMean);
        w.fill(at, kWeight);
        P monomial[kMostGroups], sum = P::set(0);
        const std::size_t n_groups = n_groups_, n_terms = n_; // no store can change these
        for (std::size_t g = 0; g < n_groups; ++g) {
            monomial[g] = x.value[key_[g] & 15] * w.value[key_[g] >> 4];
            sum = fma(P::load(value_ + g * W), monomial[g], sum);
        }
        if (!by_theta_)
            return sum;
        add_slope(at, kPre, x.slope, w.value);
        add_slope(at, kPreMean, x.mean_slope, w.value);
        add_slope(at, kWeight, x.value, w.slope);
        for (std::size_t r = 0; r < n_row_factors_; ++r) {
            const Real* const slopes_of = slopes(r);
            P slope = P::set(0);
            for (std::size_t g = 0; g < n_groups; ++g)
                slope = fma(P::load(slopes_of + g * W), monomial[g], slope);
            at.slope[row_factor_[r]] = slope;
        }
        const Real* const product = product_;
        Real* const by_theta = by_theta_ + first_ * W;
        for (std::size_t t = 0; t < n_terms; ++t)
            (monomial[group_[t]] * P::load(product + t * W)).store(by_theta + t * W);
        return sum;
    }

  private:
    // Terms with the same powers of the factors of a synapse are one group.
    static std::uint8_t key_of(std::uint32_t word) noexcept {
        return static_cast<std::uint8_t>(power_in(word, kPre) | power_in(word, kPreMean) << 2 |
                                         power_in(word, kWeight) << 4);
    }
    // x^a xbar^m at a + 4 m, or w^c, and derivatives.
    struct Monomials {
        P value[16], slope[16], mean_slope[16];

        void fill(const RulePoint<P>& at, unsigned f) noexcept {
            value[0] = P::set(1);
            for (unsigned n = 1; n < 4; ++n)
                value[n] = value[n - 1] * at.z[f];
            if (at.wanted >> f & 1)
                differentiate(value, slope);
        }
        void multiply(const RulePoint<P>& at, unsigned f) noexcept {
            P power[4], power_slope[4];
            powers<P, 4>(at.z[f], P::set(1), power);
            differentiate(power, power_slope);
            for (unsigned m = 4; m-- > 0;)
                for (unsigned a = 0; a < 4; ++a) {
                    if (at.wanted >> f & 1)
                        mean_slope[a + 4 * m] = value[a] * power_slope[m];
                    if (at.wanted & CARVE_FACTOR_PRE)
                        slope[a + 4 * m] = slope[a] * power[m];
                    value[a + 4 * m] = value[a] * power[m];
                }
        }
        static void differentiate(const P* power, P* out) noexcept {
            out[0] = P::set(0);
            for (unsigned n = 1; n < 4; ++n)
                out[n] = P::set(Real(n)) * power[n - 1];
        }
    };
    // at.slope of a factor, if it is wanted: the sum of value * x * w.
    void add_slope(RulePoint<P>& at, unsigned f, const P (&x)[16],
                   const P (&w)[16]) const noexcept {
        if (!(at.wanted >> f & 1))
            return;
        P slope = P::set(0);
        for (std::size_t g = 0; g < n_groups_; ++g)
            slope = fma(P::load(value_ + g * W), x[key_[g] & 15] * w[key_[g] >> 4], slope);
        at.slope[f] = slope;
    }
    Real* slopes(std::size_t row_factor) const noexcept {
        return value_ + (1 + row_factor) * n_groups_ * W;
    }
    void add(Real* onto, std::size_t t, const P& a, const P& b) const noexcept {
        Real* const at = onto + group_[t] * W;
        fma(a, b, P::load(at)).store(at);
    }
    // Of the powers in a term of what all synapses share, without those of one factor.
    static CARVE_INLINE P product_but(unsigned without, std::uint32_t word,
                                      const P (&power)[kFactors][4]) noexcept {
        P product = P::set(1);
        for (unsigned f = 0; f < kFactors; ++f)
            if (f != without && !(kOfSynapse >> f & 1) && power_in(word, f))
                product = product * power[f][power_in(word, f)];
        return product;
    }

    Theta<P> theta_;
    std::size_t n_, first_; // terms; the first one's coefficient
    std::uint32_t words_[kMostTerms];
    Real *value_, *by_theta_, *product_;
    bool has_means_;
    std::size_t n_groups_ = 0, n_row_factors_ = 0;
    std::uint8_t key_[kMostGroups], group_[kMostTerms];
    unsigned row_factor_[kFactors];
};

template <class P> class MlpSum {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    MlpSum(const Block<P>& b, const RulePlan& rule, const SumRows<Real>& rows) noexcept
        : theta_(b, rule), activation_(rule.model.activation), n_hidden_(rule.model.hidden),
          base_(rows.contracted), by_theta_(rows.by_theta) {
        for (unsigned f = 0; f < kFactors; ++f)
            if (rule.model.factors >> f & 1)
                inputs_[n_inputs_++] = f;
        weights_ = count_time_constants(rule.model);
        biases_ = weights_ + n_hidden_ * n_inputs_;
    }
    // What the factors that all synapses share drive the hidden units with.
    void start_row(const RulePoint<P>& at) const noexcept {
        for (std::size_t h = 0; h < n_hidden_; ++h) {
            P u = theta_[biases_ + h];
            for (std::size_t i = 0; i < n_inputs_; ++i)
                if (!(kOfSynapse >> inputs_[i] & 1))
                    u = fma(theta_[weights_ + h * n_inputs_ + i], at.z[inputs_[i]], u);
            u.store(base_ + h * W);
        }
    }
    P operator()(RulePoint<P>& at) const noexcept {
        for (P& slope : at.slope)
            slope = P::set(0);
        const std::size_t outputs = biases_ + n_hidden_, constant = outputs + n_hidden_;
        P sum = theta_[constant];
        for (std::size_t h = 0; h < n_hidden_; ++h) {
            const std::size_t row = weights_ + h * n_inputs_;
            P u = P::load(base_ + h * W);
            for (std::size_t i = 0; i < n_inputs_; ++i)
                if (kOfSynapse >> inputs_[i] & 1)
                    u = fma(theta_[row + i], at.z[inputs_[i]], u);
            const P hidden = activate(activation_, u), out = theta_[outputs + h];
            sum = fma(out, hidden, sum);
            if (!by_theta_)
                continue;
            const P by_u = out * activation_slope(activation_, hidden);
            hidden.store(by_theta_ + (outputs + h) * W);
            by_u.store(by_theta_ + (biases_ + h) * W);
            for (std::size_t i = 0; i < n_inputs_; ++i) {
                P& slope = at.slope[inputs_[i]];
                slope = fma(by_u, theta_[row + i], slope);
                (by_u * at.z[inputs_[i]]).store(by_theta_ + (row + i) * W);
            }
        }
        if (by_theta_)
            P::set(1).store(by_theta_ + constant * W);
        return sum;
    }

  private:
    Theta<P> theta_;
    std::uint32_t activation_;
    std::size_t n_hidden_, n_inputs_ = 0;
    unsigned inputs_[kFactors];
    std::size_t weights_, biases_; // the first coefficients of each
    Real *base_, *by_theta_;
};

} // namespace
} // namespace carve
