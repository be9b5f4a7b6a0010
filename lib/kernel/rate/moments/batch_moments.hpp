// batch_moments.hpp: the moments of a batch x, and from them those of linear rates y = A x (M9). Products
// of two inputs are listed as pairs: x_0 x_0 ... x_N x_N first, then x_j x_l with j < l, row by
// row.
#pragma once
#include "rate_block.hpp"

namespace carve {
namespace {

// out[row] = sum_l m[row][l] z[l]. A z of `length` entries stays in registers; a longer one passes
// by a few rows together.
template <class P, std::size_t length>
__attribute__((noinline)) void multiply_short(const typename P::Real* m, std::size_t n_rows,
                                              const typename P::Real* z,
                                              typename P::Real* out) noexcept {
    constexpr std::size_t W = P::width;
    P factor[length];
#pragma GCC unroll 10
    for (std::size_t l = 0; l < length; ++l)
        factor[l] = P::load(z + l * W);
    for (std::size_t row = 0; row < n_rows; ++row, m += length * W) {
        P sum = P::load(m) * factor[0];
#pragma GCC unroll 10
        for (std::size_t l = 1; l < length; ++l)
            sum = fma(P::load(m + l * W), factor[l], sum);
        sum.store(out + row * W);
    }
}
template <class P, int rows>
CARVE_INLINE void multiply_rows(const typename P::Real* m, const typename P::Real* z,
                                std::size_t length, typename P::Real* out) noexcept {
    constexpr std::size_t W = P::width;
    P sum[rows];
    for (int q = 0; q < rows; ++q)
        sum[q] = P::set(0);
    for (std::size_t l = 0; l < length; ++l) {
        const P factor = P::load(z + l * W);
#pragma GCC unroll 4
        for (int q = 0; q < rows; ++q)
            sum[q] =
                fma(P::load(m + (static_cast<std::size_t>(q) * length + l) * W), factor, sum[q]);
    }
    for (int q = 0; q < rows; ++q)
        sum[q].store(out + static_cast<std::size_t>(q) * W);
}
template <class P>
inline void multiply(const typename P::Real* m, std::size_t n_rows, std::size_t length,
                     const typename P::Real* z, typename P::Real* out) noexcept {
    constexpr std::size_t W = P::width;
    switch (length) { // 2 to 5 inputs, and the pairs of 2 to 4
    case 2:
        return multiply_short<P, 2>(m, n_rows, z, out);
    case 3:
        return multiply_short<P, 3>(m, n_rows, z, out);
    case 4:
        return multiply_short<P, 4>(m, n_rows, z, out);
    case 5:
        return multiply_short<P, 5>(m, n_rows, z, out);
    case 6:
        return multiply_short<P, 6>(m, n_rows, z, out);
    case 10:
        return multiply_short<P, 10>(m, n_rows, z, out);
    default:
        break;
    }
    std::size_t row = 0;
    for (; row + 4 <= n_rows; row += 4)
        multiply_rows<P, 4>(m + row * length * W, z, length, out + row * W);
    for (; row < n_rows; ++row)
        multiply_rows<P, 1>(m + row * length * W, z, length, out + row * W);
}

template <class P>
CARVE_INLINE P dot(const typename P::Real* u, const typename P::Real* v, std::size_t n) noexcept {
    P sum = P::set(0);
    for (std::size_t j = 0; j < n; ++j)
        sum = fma(P::load(u + j * P::width), P::load(v + j * P::width), sum);
    return sum;
}

template <class P> class Moments {
  public:
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

    Moments(const Block<P>& b, const MomentLayout& layout, std::size_t n) noexcept
        : n_(n), r_(static_cast<std::size_t>(layout.pairs)),
          linear_rows_(static_cast<std::size_t>(layout.linear_rows)),
          quadratic_rows_(static_cast<std::size_t>(layout.quadratic_rows)),
          gradient_(b.coefficients != 0) {
        Real* const at = b.at(b.sim->moments);
        linear_ = at + layout.linear * W;
        quadratic_ = at + layout.quadratic * W;
        fourth_ = at + layout.fourth * W;
        monomials_ = at + layout.monomials * W;
        by_rate_ = at + layout.by_rate * W;
        by_square_ = at + layout.by_square * W;
        squares_ = at + layout.squares * W;
    }

    static CARVE_INLINE P get(const Real* array_start, std::size_t i) noexcept {
        return P::load(array_start + i * W);
    }
    CARVE_INLINE std::size_t pair(std::size_t j, std::size_t l) const noexcept {
        if (j == l)
            return j;
        const std::size_t a = j < l ? j : l, b = j < l ? l : j;
        return n_ + a * (2 * n_ - a - 1) / 2 + (b - a - 1);
    }

    CARVE_INLINE P mean(std::size_t j) const noexcept { return get(linear_, j); }
    CARVE_INLINE P second(std::size_t j, std::size_t l) const noexcept {
        return get(linear_, (1 + j) * n_ + l);
    }
    CARVE_INLINE P third(std::size_t j, std::size_t l, std::size_t m) const noexcept {
        return get(quadratic_, j * r_ + pair(l, m));
    }
    const Real* fourth(std::size_t j) const noexcept {
        return fourth_ + j * n_ * n_ * W;
    } // [l][m]: E x_j^2 x_l x_m
    // Of row i, after contract(i): products of A_i as the quadratic forms take them, 2 a_j a_l if j
    // < l.
    const Real* monomials(std::size_t i) const noexcept { return monomials_ + i * r_ * W; }
    const Real* x_y(std::size_t i) const noexcept {
        return by_rate_ + (i * linear_rows_ + 1) * W;
    }                                                                             // E x_j y
    const Real* pairs_y(std::size_t i) const noexcept { return x_y(i) + n_ * W; } // E x_j x_l y
    const Real* x_y2(std::size_t i) const noexcept {
        return by_square_ + i * quadratic_rows_ * W;
    }                                                                               // E x_j y^2
    const Real* pairs_y2(std::size_t i) const noexcept { return x_y2(i) + n_ * W; } // E x_j x_l y^2
    CARVE_INLINE P mean_y(std::size_t i) const noexcept { return get(by_rate_, i * linear_rows_); }
    CARVE_INLINE P mean_y2(std::size_t i) const noexcept { return get(squares_, i); }

    // x [sample][unit][lane]
    void accumulate(const Real* x, std::size_t samples) noexcept {
        for (std::size_t k = 0; k < linear_rows_ * n_; ++k)
            P::set(0).store(linear_ + k * W);
        for (std::size_t k = 0; k < quadratic_rows_ * r_; ++k)
            P::set(0).store(quadratic_ + k * W);
        const P weight = P::set(1) / P::set(static_cast<Real>(samples));
        for (std::size_t s = 0; s < samples; ++s, x += n_ * W)
            add_sample(x, weight);
        for (std::size_t q = 0; q < quadratic_rows_ - n_; ++q)
            for (std::size_t c = 0; c < q; ++c)
                copy<P>(quadratic_ + ((n_ + q) * r_ + c) * W, quadratic_ + ((n_ + c) * r_ + q) * W,
                        1);
        for (std::size_t q = 0; q < linear_rows_ - 1 - n_; ++q)
            for (std::size_t l = 0; l < n_; ++l)
                copy<P>(linear_ + ((1 + n_ + q) * n_ + l) * W, quadratic_ + (l * r_ + q) * W, 1);
        if (!gradient_)
            return;
        for (std::size_t j = 0; j < n_; ++j)
            for (std::size_t l = 0; l < n_; ++l)
                for (std::size_t m = 0; m < n_; ++m)
                    copy<P>(fourth_ + ((j * n_ + l) * n_ + m) * W,
                            quadratic_ + ((n_ + j) * r_ + pair(l, m)) * W, 1);
    }

    // The moments with y_i = a x; all pairs with y_i^2, or the squares alone.
    void contract(std::size_t i, const Real* a, bool all_pairs) noexcept {
        Real* const products = monomials_ + i * r_ * W;
        list_products(a, products, P::set(2));
        multiply<P>(linear_, linear_rows_, n_, a, by_rate_ + i * linear_rows_ * W);
        dot<P>(x_y(i), a, n_).store(squares_ + i * W);
        multiply<P>(quadratic_, all_pairs ? quadratic_rows_ : 2 * n_, r_, products,
                    by_square_ + i * quadratic_rows_ * W);
    }

  private:
    static CARVE_INLINE void add(Real* array_start, std::size_t i, const P& value) noexcept {
        (get(array_start, i) + value).store(array_start + i * W);
    }
    CARVE_INLINE void list_products(const Real* a, Real* out, const P& twice) const noexcept {
        for (std::size_t j = 0; j < n_; ++j)
            (get(a, j) * get(a, j)).store(out + j * W);
        out += n_ * W;
        for (std::size_t j = 0; j < n_; ++j) {
            const P factor = twice * get(a, j);
            for (std::size_t l = j + 1; l < n_; ++l, out += W)
                (factor * get(a, l)).store(out);
        }
    }
    void add_sample(const Real* x, const P& weight) noexcept {
        list_products(x, monomials_, P::set(1));
        for (std::size_t j = 0; j < n_; ++j) {
            const P first = weight * get(x, j);
            add(linear_, j, first);
            for (std::size_t l = 0; l < n_; ++l)
                add(linear_, (1 + j) * n_ + l, first * get(x, l));
            for (std::size_t q = 0; q < r_; ++q)
                add(quadratic_, j * r_ + q, first * get(monomials_, q));
        }
        for (std::size_t q = 0; q < quadratic_rows_ - n_; ++q) {
            const P first = weight * get(monomials_, q);
            for (std::size_t c = q; c < r_; ++c)
                add(quadratic_, (n_ + q) * r_ + c, first * get(monomials_, c));
        }
    }

    std::size_t n_, r_, linear_rows_, quadratic_rows_;
    bool gradient_;
    Real *linear_, *quadratic_,
        *fourth_; // E (1, x_j, x_j x_l) x_m; E (x_j, x_j x_l) x_m x_n; [N][N][N]
    Real *monomials_, *by_rate_, *by_square_, *squares_; // of each row of A
};

} // namespace
} // namespace carve
