// The losses of docs/model.md (M10) on a weight matrix [n_post][n_pre], in any number type.
#ifndef CARVE_TESTS_REFERENCE_LOSS_HPP
#define CARVE_TESTS_REFERENCE_LOSS_HPP

#include "linear.hpp"

#include <carve.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace reference {

// The better sign of a row: + when w.t >= 0.
template <class Number> double better_sign(const Number* w, const double* target, std::size_t n) {
    double dot = 0;
    for (std::size_t j = 0; j < n; ++j)
        dot += double(value_of(w[j])) * target[j];
    return dot >= 0 ? 1.0 : -1.0;
}

// With the ridge of (M10): the Gram matrix G + r I, r = 1e-12 of its mean diagonal, and the projector
// W^T (A + r A^2) W, A its inverse.
template <class Number>
Number subspace_loss(const std::vector<Number>& w, const std::vector<double>& target,
                     std::size_t n_post, std::size_t n_pre) {
    using Square = std::vector<std::vector<Number>>;
    Square gram(n_post, std::vector<Number>(n_post, Number(0)));  // W W^T
    Square cross(n_post, std::vector<Number>(n_post, Number(0))); // W T^T
    for (std::size_t i = 0; i < n_post; ++i)
        for (std::size_t k = 0; k < n_post; ++k)
            for (std::size_t j = 0; j < n_pre; ++j) {
                gram[i][k] = gram[i][k] + w[i * n_pre + j] * w[k * n_pre + j];
                cross[i][k] = cross[i][k] + w[i * n_pre + j] * Number(target[k * n_pre + j]);
            }
    Number ridge(0);
    for (std::size_t i = 0; i < n_post; ++i)
        ridge = ridge + gram[i][i] * Number(1e-12 / double(n_post));
    for (std::size_t i = 0; i < n_post; ++i)
        gram[i][i] = gram[i][i] + ridge;
    const Square once = inverse(gram);
    Square inv = once;
    for (std::size_t i = 0; i < n_post; ++i)
        for (std::size_t k = 0; k < n_post; ++k)
            for (std::size_t l = 0; l < n_post; ++l)
                inv[i][k] = inv[i][k] + ridge * once[i][l] * once[l][k];
    Number trace(0);
    for (std::size_t i = 0; i < n_post; ++i)
        for (std::size_t k = 0; k < n_post; ++k)
            for (std::size_t l = 0; l < n_post; ++l)
                trace = trace + inv[i][k] * cross[k][l] * cross[i][l];
    return Number(1) - trace / Number(double(n_post));
}

template <class Number>
Number loss(std::uint32_t kind, const std::vector<Number>& w, const std::vector<double>& target,
            std::size_t n_post, std::size_t n_pre) {
    using std::sqrt;
    if (kind == CARVE_LOSS_SUBSPACE)
        return subspace_loss(w, target, n_post, n_pre);
    Number sum(0);
    for (std::size_t i = 0; i < n_post; ++i) {
        const double s = better_sign(&w[i * n_pre], &target[i * n_pre], n_pre);
        Number square(0);
        for (std::size_t j = 0; j < n_pre; ++j) {
            const Number r = w[i * n_pre + j] - Number(s * target[i * n_pre + j]);
            square = square + r * r;
        }
        sum = sum + (kind == CARVE_LOSS_DISTANCE ? Number(sqrt(square)) : square);
    }
    return sum / Number(double(n_post));
}

// What a linear population answers to each single input: the rows A = [n_post][n_pre] of weights w
// and lateral weights m (empty: none), [n_post][n_post], as (M2) has it.
template <class Number>
std::vector<Number> effective_weights(const std::vector<Number>& w, const std::vector<Number>& m,
                                      const flat::Projection& lateral, std::size_t n_post,
                                      std::size_t n_pre) {
    std::vector<Number> a = w;
    std::vector<std::vector<Number>> rest(n_post, std::vector<Number>(n_post, Number(0)));
    for (std::size_t i = 0; i < n_post && !m.empty(); ++i)
        for (std::size_t k = 0; k < n_post; ++k) {
            const bool masked = lateral.connectivity == CARVE_CONNECT_LOWER && k >= i;
            const bool acts = !masked || lateral.mask_from == CARVE_MASK_FROM_FIRST_UPDATE;
            rest[i][k] = Number(i == k ? 1 : 0) - (acts ? m[i * n_post + k] : Number(0));
        }
    if (m.empty())
        return a;
    const std::uint32_t sweeps = lateral.inference == CARVE_INFERENCE_SWEEPS ? lateral.n_sweeps : 0;
    const auto solved = sweeps ? rest : inverse(rest);
    for (std::size_t j = 0; j < n_pre; ++j) {
        for (std::size_t i = 0; i < n_post && sweeps == 0; ++i) {
            a[i * n_pre + j] = Number(0);
            for (std::size_t k = 0; k < n_post; ++k)
                a[i * n_pre + j] = a[i * n_pre + j] + solved[i][k] * w[k * n_pre + j];
        }
        for (std::uint32_t sweep = 0; sweep < sweeps; ++sweep) {
            const std::vector<Number> before = a;
            for (std::size_t i = 0; i < n_post; ++i) {
                a[i * n_pre + j] = w[i * n_pre + j];
                for (std::size_t k = 0; k < n_post; ++k) // M = I - rest
                    a[i * n_pre + j] = a[i * n_pre + j] + (Number(i == k ? 1 : 0) - rest[i][k]) *
                                                              before[k * n_pre + j];
            }
        }
    }
    return a;
}

// a_i . C a_k of all pairs i < k.
template <class Number>
std::vector<Number> covariances(const std::vector<Number>& a, const std::vector<double>& c,
                                std::size_t n_post, std::size_t n_pre) {
    std::vector<Number> out;
    for (std::size_t i = 0; i < n_post; ++i)
        for (std::size_t k = i + 1; k < n_post; ++k) {
            Number sum(0);
            for (std::size_t j = 0; j < n_pre; ++j)
                for (std::size_t l = 0; l < n_pre; ++l)
                    sum = sum + a[i * n_pre + j] * Number(c[j * n_pre + l]) * a[k * n_pre + l];
            out.push_back(sum);
        }
    return out;
}

} // namespace reference
#endif
