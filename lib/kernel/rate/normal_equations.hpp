// normal_equations.hpp: observations that have been compared, added to a gradient and a Gauss-Newton matrix
// (M40). Tiles of the matrix stay in registers while a few observations pass; each entry takes them
// in their order, so that its bits do not depend on how they are grouped.
#pragma once
#include "pack.hpp"
#include "plan.hpp"

namespace carve {
namespace {

// At most kObserved observations [n][slope, precision, coefficient][lane] onto gradient [coefficient][lane] and, behind it, the
// matrix, entries (k, l <= k) by k.
template <class P> class NormalEquations {
    using Real = typename P::Real;
    static constexpr std::size_t W = P::width;

  public:
    NormalEquations(Real* gradient, std::size_t coefficients) noexcept
        : gradient_(gradient), K_(coefficients) {}

    // gradient_k += slope Y_k, matrix_kl += precision Y_k Y_l for l <= k
    void add(const Real* observations, std::size_t n) const noexcept {
        std::size_t k = 0;
        for (; k + kRows <= K_; k += kRows)
            add_rows<kRows>(k, observations, n);
        static_assert(kRows == 4, "what is left");
        switch (K_ - k) {
        case 1:
            return add_rows<1>(k, observations, n);
        case 2:
            return add_rows<2>(k, observations, n);
        case 3:
            return add_rows<3>(k, observations, n);
        default:
            return;
        }
    }

  private:
    static constexpr std::size_t kRows = 4, kColumns = 3; // of a tile: as many as registers hold

    const Real* observation(const Real* all, std::size_t i) const noexcept {
        return all + i * (2 + K_) * W;
    }
    // Rows k to k + rows, and so many of the gradient: columns before k in tiles, and then a triangle.
    template <std::size_t rows>
    void add_rows(std::size_t k, const Real* observations, std::size_t n) const noexcept {
        P weighted[kObserved][rows], slope[rows];
        Real* row[rows];
        for (std::size_t r = 0; r < rows; ++r) {
            row[r] = gradient_ + (K_ + (k + r) * (k + r + 1) / 2) * W;
            slope[r] = P::load(gradient_ + (k + r) * W);
        }
        for (std::size_t i = 0; i < n; ++i) {
            const Real* const o = observation(observations, i);
#pragma GCC unroll 4
            for (std::size_t r = 0; r < rows; ++r) {
                const P y = P::load(o + (2 + k + r) * W);
                weighted[i][r] = P::load(o + W) * y;
                slope[r] = fma(P::load(o), y, slope[r]);
            }
        }
        for (std::size_t r = 0; r < rows; ++r)
            slope[r].store(gradient_ + (k + r) * W);
        const Real* const y = observations + 2 * W;
        std::size_t l = 0;
        for (; l + kColumns <= k; l += kColumns)
            add_tile<rows, kColumns, false>(row, l, weighted, y + l * W, n);
        if (k - l == 2)
            add_tile<rows, 2, false>(row, l, weighted, y + l * W, n);
        if (k - l == 1)
            add_tile<rows, 1, false>(row, l, weighted, y + l * W, n);
        add_tile<rows, rows, true>(row, k, weighted, y + k * W, n);
    }
    // Columns l to l + columns, of a triangle those up to the diagonal; y [observation], from column l on
    template <std::size_t rows, std::size_t columns, bool triangle>
    CARVE_INLINE void add_tile(Real* const (&row)[rows], std::size_t l,
                               const P (&weighted)[kObserved][rows], const Real* y,
                               std::size_t n) const noexcept {
        const std::size_t to_next = (2 + K_) * W;
        P sum[rows][columns];
#pragma GCC unroll 4
        for (std::size_t r = 0; r < rows; ++r)
#pragma GCC unroll 4
            for (std::size_t c = 0; c < (triangle ? r + 1 : columns); ++c)
                sum[r][c] = P::load(row[r] + (l + c) * W);
        for (std::size_t i = 0; i < n; ++i) {
            P of_column[columns];
#pragma GCC unroll 4
            for (std::size_t c = 0; c < columns; ++c)
                of_column[c] = P::load(y + i * to_next + c * W);
#pragma GCC unroll 4
            for (std::size_t r = 0; r < rows; ++r)
#pragma GCC unroll 4
                for (std::size_t c = 0; c < (triangle ? r + 1 : columns); ++c)
                    sum[r][c] = fma(weighted[i][r], of_column[c], sum[r][c]);
        }
#pragma GCC unroll 4
        for (std::size_t r = 0; r < rows; ++r)
#pragma GCC unroll 4
            for (std::size_t c = 0; c < (triangle ? r + 1 : columns); ++c)
                sum[r][c].store(row[r] + (l + c) * W);
    }

    Real* gradient_;
    std::size_t K_;
};

} // namespace
} // namespace carve
