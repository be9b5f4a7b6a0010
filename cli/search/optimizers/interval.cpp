#include "interval.hpp"

#include <algorithm>
#include <cmath>

namespace carve::cli {

double Interval::margin_of(double bound) const {
    return std::min((high - low) / 2, (1 + std::abs(bound)) / 20);
}

Interval::Image Interval::image(double number) const {
    const bool below = std::isfinite(low), above = std::isfinite(high);
    const double low_margin = below ? margin_of(low) : 0, high_margin = above ? margin_of(high) : 0;
    const double first = low - low_margin, last = high + high_margin; // the vertices
    double slope = 1;
    if (below && above) {
        const double period = 2 * (last - first), turns = (number - first) / period;
        const double way = period * (turns - std::floor(turns)); // there and back
        if (number < first || number > last) {
            slope = way <= period / 2 ? 1 : -1;
            number = way <= period / 2 ? first + way : last - (way - period / 2);
        }
    } else if (number < first || number > last) {
        slope = -1;
        number = 2 * (number < first ? first : last) - number;
    }
    if (number < low + low_margin) {
        slope *= (number - first) / (2 * low_margin);
        number = low + (number - first) * (number - first) / (4 * low_margin);
    } else if (number > high - high_margin) {
        slope *= (last - number) / (2 * high_margin);
        number = high - (last - number) * (last - number) / (4 * high_margin);
    }
    return {std::min(std::max(number, low), high), slope}; // rounding
}

double Interval::number_of(double value) const {
    if (const double margin = std::isfinite(low) ? margin_of(low) : 0; value < low + margin)
        return low - margin + 2 * std::sqrt(margin * (value - low));
    if (const double margin = std::isfinite(high) ? margin_of(high) : 0; value > high - margin)
        return high + margin - 2 * std::sqrt(margin * (high - value));
    return value;
}

} // namespace carve::cli
