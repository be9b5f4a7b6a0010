// small_gemm.hpp: C[m][n] += sum_l A[l][m] B[l][n], every element a lane block: as many independent
// products as there are lanes. Terms are added in the order of l.
#pragma once
#include "features.hpp"
#include "pack.hpp"

#include <cstddef>

namespace carve {
namespace {

template <class Real> struct Matrix { // strides in elements
    Real* at;
    std::size_t outer, inner; // of l and m (or n) for factors; of m and n for the result
};

template <class P, int rows, int columns>
inline void gemm_tile(const Matrix<typename P::Real>& c, const Matrix<const typename P::Real>& a,
                      const Matrix<const typename P::Real>& b, std::size_t m, std::size_t n,
                      std::size_t length) noexcept {
    using Real = typename P::Real;
    P sum[rows][columns];
    Real* const out = c.at + m * c.outer + n * c.inner;
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j)
            sum[i][j] = P::load(out + static_cast<std::size_t>(i) * c.outer +
                                static_cast<std::size_t>(j) * c.inner);
    const Real *pa = a.at + m * a.inner, *pb = b.at + n * b.inner;
    for (std::size_t l = 0; l < length; ++l, pa += a.outer, pb += b.outer) {
        P right[columns];
        for (int j = 0; j < columns; ++j)
            right[j] = P::load(pb + static_cast<std::size_t>(j) * b.inner);
        for (int i = 0; i < rows; ++i) {
            const P left = P::load(pa + static_cast<std::size_t>(i) * a.inner);
            for (int j = 0; j < columns; ++j)
                sum[i][j] = fma(left, right[j], sum[i][j]);
        }
    }
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j)
            sum[i][j].store(out + static_cast<std::size_t>(i) * c.outer +
                            static_cast<std::size_t>(j) * c.inner);
}

template <class P, int rows>
inline void gemm_rows(const Matrix<typename P::Real>& c, const Matrix<const typename P::Real>& a,
                      const Matrix<const typename P::Real>& b, std::size_t m, std::size_t n_columns,
                      std::size_t length) noexcept {
    std::size_t n = 0;
    for (; n + 3 <= n_columns; n += 3)
        gemm_tile<P, rows, 3>(c, a, b, m, n, length);
    for (; n < n_columns; ++n)
        gemm_tile<P, rows, 1>(c, a, b, m, n, length);
}

template <class P>
inline void gemm(const Matrix<typename P::Real>& c, const Matrix<const typename P::Real>& a,
                 const Matrix<const typename P::Real>& b, std::size_t n_rows, std::size_t n_columns,
                 std::size_t length) noexcept {
    if constexpr (!built(feature::unrolled)) {
        for (std::size_t m = 0; m < n_rows; ++m)
            for (std::size_t n = 0; n < n_columns; ++n)
                gemm_tile<P, 1, 1>(c, a, b, m, n, length);
        return;
    }
    std::size_t m = 0;
    for (; m + 4 <= n_rows; m += 4)
        gemm_rows<P, 4>(c, a, b, m, n_columns, length);
    for (; m < n_rows; ++m) {
        std::size_t n = 0;
        for (; n + 9 <= n_columns; n += 9)
            gemm_tile<P, 1, 9>(c, a, b, m, n, length);
        gemm_rows<P, 1>({c.at + n * c.inner, c.outer, c.inner}, a,
                        {b.at + n * b.inner, b.outer, b.inner}, m, n_columns - n, length);
    }
}

} // namespace
} // namespace carve
