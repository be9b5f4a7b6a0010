#include "curve.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace carve::cli {
namespace {

constexpr std::size_t kDotColumns = 2, kDotRows = 4; // of a character

// The bit of a dot in the Braille patterns of Unicode, U+2800 and on.
unsigned bit_of(std::size_t column, std::size_t row) {
    constexpr unsigned kBits[kDotRows][kDotColumns] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    return kBits[row][column];
}

std::string braille(unsigned bits) {
    const unsigned point = 0x2800 + bits;
    return {static_cast<char>(0xe0 | (point >> 12)), static_cast<char>(0x80 | (point >> 6 & 0x3f)),
            static_cast<char>(0x80 | (point & 0x3f))};
}

// The means of the finite values in so many equal parts, as many as there are values at most.
std::vector<double> means(const std::vector<double>& values, std::size_t parts) {
    parts = std::min(parts, values.size());
    std::vector<double> out;
    for (std::size_t part = 0; part < parts; ++part) {
        double sum = 0, count = 0;
        for (std::size_t i = part * values.size() / parts; i < (part + 1) * values.size() / parts;
             ++i)
            if (std::isfinite(values[i])) {
                sum += values[i];
                ++count;
            }
        out.push_back(count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN());
    }
    return out;
}

} // namespace

std::string curve(const std::vector<double>& values, std::size_t columns, std::size_t rows) {
    constexpr std::size_t kLabel = 10; // "1.234e-05 "
    const std::size_t width = std::max<std::size_t>(columns, kLabel + 2) - kLabel - 1;
    std::vector<double> dots = means(values, width * kDotColumns);
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double v : dots)
        if (std::isfinite(v)) {
            low = std::min(low, v);
            high = std::max(high, v);
        }
    if (!(low <= high))
        return "";
    const bool logarithmic = low > 0 && high > 10 * low;
    const auto place = [&](double v) {
        const double of = logarithmic  ? std::log(v / low) / std::log(high / low)
                          : high > low ? (v - low) / (high - low)
                                       : 0.5;
        const auto last = static_cast<double>(rows * kDotRows - 1);
        return static_cast<std::size_t>(std::lround((1 - of) * last));
    };
    std::vector<std::vector<unsigned>> bits(rows, std::vector<unsigned>(width, 0));
    for (std::size_t i = 0; i < dots.size(); ++i)
        if (std::isfinite(dots[i])) {
            const std::size_t row = place(dots[i]);
            bits[row / kDotRows][i / kDotColumns] |= bit_of(i % kDotColumns, row % kDotRows);
        }
    std::string out;
    for (std::size_t row = 0; row < rows; ++row) {
        const std::string label = row == 0          ? fmt::format("{:.4g}", high)
                                  : row + 1 == rows ? fmt::format("{:.4g}", low)
                                                    : "";
        out += fmt::format("{:>9} {}", label, row == 0 || row + 1 == rows ? "┤" : "│");
        for (const unsigned b : bits[row])
            out += b == 0 ? std::string(" ") : braille(b);
        out.erase(out.find_last_not_of(' ') + 1);
        out += "\n";
    }
    return out;
}

} // namespace carve::cli
