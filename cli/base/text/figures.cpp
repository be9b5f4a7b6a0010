#include "figures.hpp"

#include <cmath>
#include <fmt/format.h>

namespace carve::cli {

std::string figure(double value, const std::string& format) {
    return std::isnan(value) ? "undefined" : fmt::format(fmt::runtime(format), value);
}

bool is_rounding(double value, double largest) {
    constexpr double kShare = 1e-12; // thousands of roundings of the largest
    return std::abs(value) < kShare * std::abs(largest);
}

} // namespace carve::cli
