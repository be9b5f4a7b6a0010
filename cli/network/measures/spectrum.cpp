// kind = "spectrum": how much a population oscillates, the largest share that one frequency above 0 has of the
// variance of its mean activity, by the discrete Fourier transform of counts in bins or rates in the window.
#include "kinds.hpp"

#include <algorithm>
#include <complex>
#include <fmt/format.h>

namespace carve::cli {
namespace {

using Complex = std::complex<double>;

// e^{-2 pi i k / n}, k < n, by series in the octant next to an axis: the C library's may differ in
// their last bits between machines.
Complex turn(std::size_t k, std::size_t n) {
    constexpr double kHalfPi = 1.5707963267948966;
    const std::size_t quarter = (8 * k + n) / (2 * n); // the nearest axis
    const double angle =
        kHalfPi *
        (4 * static_cast<double>(k) - static_cast<double>(quarter) * static_cast<double>(n)) /
        static_cast<double>(n);
    const double square = -angle * angle;
    double sine = 1, cosine = 1;
    for (int i = 18; i >= 2; i -= 2) {
        sine = 1 + sine * square / (i * (i + 1));
        cosine = 1 + cosine * square / (i * (i - 1));
    }
    sine *= angle;
    switch (quarter % 4) {
    case 0:
        return {cosine, -sine};
    case 1:
        return {-sine, -cosine};
    case 2:
        return {-cosine, sine};
    default:
        return {sine, cosine};
    }
}

std::vector<Complex> turns_of(std::size_t n) {
    std::vector<Complex> turns;
    for (std::size_t k = 0; k < n; ++k)
        turns.push_back(turn(k, n));
    return turns;
}

std::vector<Complex> fourier_as_convolution(const std::vector<Complex>& x);

// The transform of x[first + i stride], i < n; turns are those of all of x.
std::vector<Complex> fourier(const std::vector<Complex>& x, const std::vector<Complex>& turns,
                             std::size_t first, std::size_t stride, std::size_t n) {
    constexpr std::size_t kLargestFactor = 64; // from which the sums below take longer
    if (n == 1)
        return {x[first]};
    std::size_t factor = 2;
    while (n % factor != 0)
        factor = factor * factor > n ? n : factor + 1;
    if (factor > kLargestFactor) {
        std::vector<Complex> own;
        for (std::size_t i = 0; i < n; ++i)
            own.push_back(x[first + i * stride]);
        return fourier_as_convolution(own);
    }
    std::vector<std::vector<Complex>> parts;
    for (std::size_t r = 0; r < factor; ++r)
        parts.push_back(fourier(x, turns, first + r * stride, stride * factor, n / factor));
    std::vector<Complex> out(n);
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t r = 0; r < factor; ++r)
            out[k] += turns[r * k % n * stride] * parts[r][k % (n / factor)];
    return out;
}

// Bluestein's: with i k = (i^2 + k^2 - (k - i)^2) / 2 the transform is a convolution, for which a length that
// is a power of 2 will do.
std::vector<Complex> fourier_as_convolution(const std::vector<Complex>& x) {
    const std::size_t n = x.size();
    std::size_t m = 1;
    while (m < 2 * n - 1)
        m *= 2;
    const std::vector<Complex> turns = turns_of(m);
    std::vector<Complex> chirp, a(m), b(m);
    for (std::size_t k = 0; k < n; ++k)
        chirp.push_back(turn(k * k % (2 * n), 2 * n));
    for (std::size_t k = 0; k < n; ++k) {
        a[k] = x[k] * chirp[k];
        b[k] = b[(m - k) % m] = std::conj(chirp[k]);
    }
    const std::vector<Complex> A = fourier(a, turns, 0, 1, m), B = fourier(b, turns, 0, 1, m);
    for (std::size_t k = 0; k < m; ++k)
        a[k] = std::conj(A[k] * B[k]);
    const std::vector<Complex> back =
        fourier(a, turns, 0, 1, m); // conjugate, and m times too large
    std::vector<Complex> out;
    for (std::size_t k = 0; k < n; ++k)
        out.push_back(chirp[k] * std::conj(back[k]) / static_cast<double>(m));
    return out;
}

double share_of_one_frequency(const std::vector<double>& x) {
    const std::size_t n = x.size();
    double mean = 0, all = 0, most = 0;
    for (const double value : x)
        mean += value / static_cast<double>(n);
    std::vector<Complex> deviations;
    for (const double value : x)
        deviations.emplace_back(value - mean);
    const std::vector<Complex> transformed = fourier(deviations, turns_of(n), 0, 1, n);
    for (std::size_t k = 1; k <= n / 2; ++k) {
        const double power = (2 * k == n ? 1 : 2) * std::norm(transformed[k]);
        all += power;
        most = std::max(most, power);
    }
    // What rounding leaves of a constant is no oscillation.
    const double scale = mean * mean * static_cast<double>(n) * static_cast<double>(n);
    return all > 1e-24 * scale ? most / all : all == all ? 0 : all;
}

class PowerSpectrum final : public Measure {
  public:
    using Measure::Measure;

    std::string recorded() const override { return settings_.of.of[0]; }

    Measured close(const Look& look) override {
        Measured out;
        for (std::size_t lane = 0; lane < look.lanes; ++lane) {
            const std::vector<std::vector<double>> series = series_of(look, *this, lane);
            if (series[0].size() < 2)
                refuse(
                    look.described, Exit::usage,
                    fmt::format("its window has {} bins: a frequency needs two", series[0].size()),
                    "a longer window, or a shorter bin");
            std::vector<double> mean(series[0].size(), 0);
            for (const std::vector<double>& unit : series)
                for (std::size_t b = 0; b < mean.size(); ++b)
                    mean[b] += unit[b] / static_cast<double>(series.size());
            out.raw.push_back(share_of_one_frequency(mean));
        }
        score(settings_, out);
        return out;
    }
};

} // namespace

MadeMeasure make_spectrum(const task::Task&, const task::Measure& settings) {
    return std::make_unique<PowerSpectrum>(settings);
}

} // namespace carve::cli
