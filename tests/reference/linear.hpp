// A little linear algebra for the oracles: small matrices, clarity before speed.
#ifndef CARVE_TESTS_REFERENCE_LINEAR_HPP
#define CARVE_TESTS_REFERENCE_LINEAR_HPP

#include "dual.hpp"

#include "../support.hpp"

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace reference {

using Rows = std::vector<std::vector<double>>;

inline double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += a[i] * b[i];
    return sum;
}

// n_rows random orthonormal vectors of n entries, by Gram and Schmidt (twice, for the last digits).
inline Rows orthonormal_rows(support::Random& r, std::size_t n_rows, std::size_t n) {
    Rows rows;
    while (rows.size() < n_rows) {
        std::vector<double> row(n);
        for (double& x : row)
            x = r.normal();
        for (int twice = 0; twice < 2; ++twice)
            for (const std::vector<double>& other : rows) {
                const double share = dot(row, other);
                for (std::size_t j = 0; j < n; ++j)
                    row[j] -= share * other[j];
            }
        const double length = std::sqrt(dot(row, row));
        for (double& x : row)
            x /= length;
        rows.push_back(row);
    }
    return rows;
}

// The inverse of a small matrix, by Gauss and Jordan with row exchange
template <class Number>
std::vector<std::vector<Number>> inverse(std::vector<std::vector<Number>> a) {
    const std::size_t n = a.size();
    std::vector<std::vector<Number>> b(n, std::vector<Number>(n, Number(0)));
    for (std::size_t i = 0; i < n; ++i)
        b[i][i] = Number(1);
    for (std::size_t c = 0; c < n; ++c) {
        std::size_t best = c;
        for (std::size_t i = c + 1; i < n; ++i)
            if (std::fabs(double(value_of(a[i][c]))) > std::fabs(double(value_of(a[best][c]))))
                best = i;
        std::swap(a[c], a[best]);
        std::swap(b[c], b[best]);
        const Number pivot = a[c][c];
        for (std::size_t j = 0; j < n; ++j) {
            a[c][j] = a[c][j] / pivot;
            b[c][j] = b[c][j] / pivot;
        }
        for (std::size_t i = 0; i < n; ++i) {
            const Number factor = a[i][c];
            for (std::size_t j = 0; j < n && i != c; ++j) {
                a[i][j] = a[i][j] - factor * a[c][j];
                b[i][j] = b[i][j] - factor * b[c][j];
            }
        }
    }
    return b;
}

} // namespace reference
#endif
