// spread.hpp: smallest, median and largest of the values that are finite; NaN without any.
#pragma once
#include "figures.hpp"
#include "json.hpp"

#include <algorithm>
#include <cmath>
#include <string>
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
    return {{"min", s.low}, {"median", s.median}, {"max", s.high}};
}

// "1 .. 3, median 2"; format: of each number.
inline std::string spread_text(const Spread& s, const std::string& format) {
    return std::isnan(s.median) ? figure(s.median)
                                : figure(s.low, format) + " .. " + figure(s.high, format) +
                                      ", median " + figure(s.median, format);
}

} // namespace carve::cli
