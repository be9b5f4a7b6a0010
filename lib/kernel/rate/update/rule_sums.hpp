// rule_sums.hpp: the sum G of a general rule at one synapse, with its derivatives by what it depends on and
// by its coefficients: a polynomial (M41), or a network of one hidden layer (M43).
#pragma once
#include "rate_block.hpp"
#include "terms.hpp"
#include "units.hpp"

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
template <class P> struct RulePoint { P z[kFactors], slope[kFactors]; };

template <class P> class PolynomialSum {
    using Real = typename P::Real;

  public:
    PolynomialSum(const Block<P>& b, const RulePlan& rule) noexcept
        : theta_(b, rule), words_(array<std::uint32_t>(*b.sim, rule.listed)), n_(rule.model.listed),
          first_(count_time_constants(rule.model)) {}

    // Derivatives by theta go to by_theta [coefficient of the rule][lane], unless it is null.
    P operator()(RulePoint<P>& at, Real* by_theta) const noexcept {
        P power[kFactors][4];
        for (unsigned f = 0; f < kFactors; ++f) {
            at.slope[f] = P::set(0);
            powers<P, 4>(at.z[f], P::set(1), power[f]);
        }
        P sum = P::set(0);
        for (std::size_t t = 0; t < n_; ++t) {
            const P theta = theta_[first_ + t];
            const P product = product_but(kFactors, words_[t], power);
            sum = fma(theta, product, sum);
            if (!by_theta)
                continue;
            product.store(by_theta + (first_ + t) * P::width);
            for (unsigned f = 0; f < kFactors; ++f) {
                const unsigned n = power_in(words_[t], f);
                if (n == 0)
                    continue;
                const P slope = P::set(Real(n)) * power[f][n - 1] * theta;
                at.slope[f] = fma(slope, product_but(f, words_[t], power), at.slope[f]);
            }
        }
        return sum;
    }

  private:
    // Of the powers in a term, without those of one factor.
    static CARVE_INLINE P product_but(unsigned without, std::uint32_t word,
                                      const P (&power)[kFactors][4]) noexcept {
        P product = P::set(1);
        for (unsigned f = 0; word; ++f, word >>= 2)
            if (f != without && (word & 3) && f < kFactors)
                product = product * power[f][word & 3];
        return product;
    }

    Theta<P> theta_;
    const std::uint32_t* words_;
    std::size_t n_, first_; // terms; the first one's coefficient
};

template <class P> class MlpSum {
    using Real = typename P::Real;

  public:
    MlpSum(const Block<P>& b, const RulePlan& rule) noexcept
        : theta_(b, rule), activation_(rule.model.activation), n_hidden_(rule.model.hidden) {
        for (unsigned f = 0; f < kFactors; ++f)
            if (rule.model.factors >> f & 1)
                inputs_[n_inputs_++] = f;
        weights_ = count_time_constants(rule.model);
        biases_ = weights_ + n_hidden_ * n_inputs_;
    }

    P operator()(RulePoint<P>& at, Real* by_theta) const noexcept {
        constexpr std::size_t W = P::width;
        for (P& slope : at.slope)
            slope = P::set(0);
        const std::size_t outputs = biases_ + n_hidden_, constant = outputs + n_hidden_;
        P sum = theta_[constant];
        for (std::size_t h = 0; h < n_hidden_; ++h) {
            const std::size_t row = weights_ + h * n_inputs_;
            P u = theta_[biases_ + h];
            for (std::size_t i = 0; i < n_inputs_; ++i)
                u = fma(theta_[row + i], at.z[inputs_[i]], u);
            const P hidden = activate(activation_, u), out = theta_[outputs + h];
            sum = fma(out, hidden, sum);
            if (!by_theta)
                continue;
            const P by_u = out * activation_slope(activation_, hidden);
            hidden.store(by_theta + (outputs + h) * W);
            by_u.store(by_theta + (biases_ + h) * W);
            for (std::size_t i = 0; i < n_inputs_; ++i) {
                P& slope = at.slope[inputs_[i]];
                slope = fma(by_u, theta_[row + i], slope);
                (by_u * at.z[inputs_[i]]).store(by_theta + (row + i) * W);
            }
        }
        if (by_theta)
            P::set(1).store(by_theta + constant * W);
        return sum;
    }

  private:
    Theta<P> theta_;
    std::uint32_t activation_;
    std::size_t n_hidden_, n_inputs_ = 0;
    unsigned inputs_[kFactors];
    std::size_t weights_, biases_; // the first coefficients of each
};

} // namespace
} // namespace carve
