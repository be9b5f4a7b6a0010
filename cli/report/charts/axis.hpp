// axis.hpp: the scale of a chart and its ticks.
#pragma once
#include <cmath>
#include <string>
#include <vector>

namespace carve::cli {

struct Axis {
    double lo = 0, hi = 1; // of the values, or of their decimal logarithms
    bool log = false;
    std::vector<double> ticks; // values

    bool shows(double v) const { return std::isfinite(v) && (!log || v > 0); }
    double at(double v) const { return log ? std::log10(v) : v; }
    double fraction(double v) const {
        return (at(v) - lo) / (hi - lo);
    } // 0 at its start, 1 at its end
};

// Of the values that can be shown. `steps`: about as many ticks as there should be. With `round` the axis ends
// at ticks, else at the values.
Axis axis_of(const std::vector<double>& values, bool log, int steps, bool round);

// Of a tick: "0.2", "10⁻⁵", "4000".
std::string tick_text(double value);

} // namespace carve::cli
