// Forward-mode dual numbers: a value and its partial derivatives. Exact derivatives by the rules of
// calculus alone, so that the reference needs none of the kernel's recursions.
#ifndef CARVE_TESTS_REFERENCE_DUAL_HPP
#define CARVE_TESTS_REFERENCE_DUAL_HPP

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace reference {

template <class Real> struct Dual {
    Real value{};
    std::vector<Real> partials{}; // empty: a constant, all derivatives 0

    Dual() = default;
    Dual(Real constant) : value(constant) {} // NOLINT: implicit, so that formulas read as on paper
    Dual(Real v, std::vector<Real> p) : value(v), partials(std::move(p)) {}

    Real partial(std::size_t k) const { return partials.empty() ? Real(0) : partials[k]; }
};

// The variable number k of n.
template <class Real> Dual<Real> variable(Real value, std::size_t k, std::size_t n) {
    Dual<Real> x(value, std::vector<Real>(n, Real(0)));
    x.partials[k] = Real(1);
    return x;
}

// value with the derivative da * a' + db * b'
template <class Real>
Dual<Real> chain(Real value, Real da, const Dual<Real>& a, Real db, const Dual<Real>& b) {
    if (b.partials.empty() && a.partials.empty())
        return Dual<Real>(value);
    Dual<Real> r(value,
                 std::vector<Real>(a.partials.empty() ? b.partials.size() : a.partials.size()));
    for (std::size_t k = 0; k < r.partials.size(); ++k)
        r.partials[k] = da * a.partial(k) + db * b.partial(k);
    return r;
}

template <class Real> Dual<Real> chain(Real value, Real da, const Dual<Real>& a) {
    Dual<Real> r(value, a.partials);
    for (Real& p : r.partials)
        p *= da;
    return r;
}

template <class Real> Dual<Real> operator+(const Dual<Real>& a, const Dual<Real>& b) {
    return chain(a.value + b.value, Real(1), a, Real(1), b);
}
template <class Real> Dual<Real> operator-(const Dual<Real>& a, const Dual<Real>& b) {
    return chain(a.value - b.value, Real(1), a, Real(-1), b);
}
template <class Real> Dual<Real> operator*(const Dual<Real>& a, const Dual<Real>& b) {
    return chain(a.value * b.value, b.value, a, a.value, b);
}
template <class Real> Dual<Real> operator/(const Dual<Real>& a, const Dual<Real>& b) {
    const Real q = a.value / b.value;
    return chain(q, Real(1) / b.value, a, -q / b.value, b);
}
template <class Real> Dual<Real> tanh(const Dual<Real>& a) {
    const Real t = std::tanh(a.value);
    return chain(t, Real(1) - t * t, a);
}
template <class Real> Dual<Real> exp(const Dual<Real>& a) {
    const Real e = std::exp(a.value);
    return chain(e, e, a);
}
template <class Real> Dual<Real> sqrt(const Dual<Real>& a) {
    const Real r = std::sqrt(a.value);
    return chain(r, Real(1) / (Real(2) * r), a);
}

inline double value_of(double x) { return x; }
inline long double value_of(long double x) { return x; }
template <class Real> Real value_of(const Dual<Real>& x) { return x.value; }

} // namespace reference
#endif
