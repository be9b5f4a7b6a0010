// spread.hpp: smallest, median and largest of the values that are finite; NaN without any.
#pragma once
#include "json.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace carve::cli {

struct Spread {
    double low, median, high;
    explicit Spread(std::vector<double> v) {
        v.erase(std::remove_if(v.begin(), v.end(), [](double x) { return !std::isfinite(x); }),
                v.end());
        std::sort(v.begin(), v.end());
        const std::size_t n = v.size();
        low = n ? v.front() : std::nan("");
        high = n ? v.back() : std::nan("");
        median = n ? (v[(n - 1) / 2] + v[n / 2]) / 2 : std::nan("");
    }
};

inline Json spread_json(const Spread& s) {
    const auto value = [](double v) { return std::isfinite(v) ? Json(v) : Json(nullptr); };
    return {{"min", value(s.low)}, {"median", value(s.median)}, {"max", value(s.high)}};
}

} // namespace carve::cli
