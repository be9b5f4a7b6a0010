// General rules straight from docs/model.md (M41) to (M43), in any number type.
#ifndef CARVE_TESTS_REFERENCE_RATES_GENERAL_RULE_HPP
#define CARVE_TESTS_REFERENCE_RATES_GENERAL_RULE_HPP

#include "../../flat_model.hpp"
#include "../dual.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

namespace reference {

// What a rule may depend on at a synapse.
template <class Number> struct Factors {
    Number x, y, w, r, x_mean, y_mean, y_square, w_sum;

    std::vector<Number> among(std::uint32_t inputs) const {
        const std::vector<Number> all{x, y, w, r, x_mean, y_mean, y_square, w_sum};
        std::vector<Number> out;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (inputs >> i & 1)
                out.push_back(all[i]);
        return out;
    }
};

template <class Number> Number to_power(const Number& x, unsigned n) {
    Number product(1);
    for (unsigned i = 0; i < n; ++i)
        product = product * x;
    return product;
}

template <class Number> Number hidden_rate(std::uint32_t activation, const Number& u) {
    using std::exp;
    using std::tanh;
    if (activation == CARVE_ACTIVATION_TANH)
        return tanh(u);
    if (activation == CARVE_ACTIVATION_SIGMOID)
        return Number(1) / (Number(1) + exp(Number(0) - u));
    return value_of(u) > 0 ? u : Number(0);
}

// G; theta from the first coefficient after the time constants on. see_kink(u): of a hidden ReLU.
template <class Number, class See>
Number sum_of(const flat::Rule& rule, const Number* theta, const Factors<Number>& f, See see_kink) {
    Number sum(0);
    if (rule.kind == CARVE_RULE_MLP) {
        const std::vector<Number> z = f.among(rule.inputs);
        const std::size_t n = z.size(), hidden = rule.hidden;
        for (std::size_t h = 0; h < hidden; ++h) {
            Number u = theta[hidden * n + h];
            for (std::size_t i = 0; i < n; ++i)
                u = u + theta[h * n + i] * z[i];
            if (rule.activation == CARVE_ACTIVATION_RELU)
                see_kink(double(value_of(u)));
            sum = sum + theta[hidden * (n + 1) + h] * hidden_rate(rule.activation, u);
        }
        return sum + theta[hidden * (n + 2)];
    }
    for (const carve_term& t : flat::terms_of(rule))
        sum = sum + *theta++ * to_power(f.x, t.pre) * to_power(f.y, t.post) *
                        to_power(f.w, t.weight) *
                        to_power(f.r, rule.eligibility ? 0 : t.modulator) *
                        to_power(f.x_mean, t.pre_mean) * to_power(f.y_mean, t.post_mean) *
                        to_power(f.y_square, t.post_square) * to_power(f.w_sum, t.weight_sum);
    return sum;
}

// What a projection under a general rule remembers.
template <class Number> struct GeneralState {
    std::vector<Number> x_mean, y_mean, y_square, eligibility;

    GeneralState(std::size_t n_pre, std::size_t n_post)
        : x_mean(n_pre, Number(0)), y_mean(n_post, Number(0)), y_square(n_post, Number(0)),
          eligibility(n_pre * n_post, Number(0)) {}

    static Number kept(const Number& c) {
        using std::exp;
        return exp(Number(0) - exp(Number(0) - c));
    }
    static void approach(Number& mean, const Number& value, const Number& c) {
        mean = kept(c) * mean + (Number(1) - kept(c)) * value;
    }
    // After the update of a step.
    void take_in(const flat::Rule& rule, const std::vector<Number>& theta,
                 const std::vector<Number>& x, const std::vector<Number>& y) {
        const std::uint32_t means = flat::means_of(rule);
        std::size_t k = 0;
        if (means & CARVE_FACTOR_PRE_MEAN) {
            for (std::size_t j = 0; j < x.size(); ++j)
                approach(x_mean[j], x[j], theta[k]);
            ++k;
        }
        if (means & CARVE_FACTOR_POST_MEAN) {
            for (std::size_t i = 0; i < y.size(); ++i)
                approach(y_mean[i], y[i], theta[k]);
            ++k;
        }
        if (means & CARVE_FACTOR_POST_SQUARE)
            for (std::size_t i = 0; i < y.size(); ++i)
                approach(y_square[i], y[i] * y[i], theta[k]);
    }
};

} // namespace reference
#endif
