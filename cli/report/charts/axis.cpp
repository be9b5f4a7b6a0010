#include "axis.hpp"

#include "html.hpp"

#include <algorithm>

namespace carve::cli {
namespace {

// 1, 2 or 5 times a power of ten.
double round_step(double step) {
    const double power = std::pow(10.0, std::floor(std::log10(step)));
    for (const double m : {1.0, 2.0, 5.0})
        if (m * power >= step * 0.999)
            return m * power;
    return 10 * power;
}

void linear_ticks(Axis& axis, int steps, bool round) {
    const double step = round_step((axis.hi - axis.lo) / steps);
    if (round) {
        axis.lo = std::floor(axis.lo / step + 1e-9) * step;
        axis.hi = std::ceil(axis.hi / step - 1e-9) * step;
    }
    const double first = std::ceil(axis.lo / step - 1e-9);
    for (double i = first; i * step <= axis.hi + 1e-9 * step; ++i)
        axis.ticks.push_back(i == 0 ? 0 : i * step);
}

// Every decade, or of many each second, third, ...; of few also 2 and 5 times them.
void log_ticks(Axis& axis, int steps) {
    const double decades = axis.hi - axis.lo;
    const bool fine = decades < 2;
    const double every = std::max(1.0, std::ceil(decades / steps));
    for (double d = std::floor(axis.lo / every) * every; d <= std::ceil(axis.hi); d += every)
        for (const double m : {1.0, 2.0, 5.0})
            if (const double at = d + std::log10(m);
                (fine || m == 1.0) && at >= axis.lo - 1e-9 && at <= axis.hi + 1e-9)
                axis.ticks.push_back(m * std::pow(10.0, d));
}

} // namespace

Axis axis_of(const std::vector<double>& values, bool log, int steps, bool round) {
    Axis axis;
    axis.log = log;
    bool any = false;
    for (const double v : values)
        if (axis.shows(v)) {
            axis.lo = any ? std::min(axis.lo, axis.at(v)) : axis.at(v);
            axis.hi = any ? std::max(axis.hi, axis.at(v)) : axis.at(v);
            any = true;
        }
    if (!any)
        axis.lo = log ? -1 : 0, axis.hi = log ? 0 : 1;
    if (log) {
        const double pad = std::max(0.04 * (axis.hi - axis.lo), 0.05);
        axis.lo -= pad;
        axis.hi += pad;
        log_ticks(axis, steps);
        return axis;
    }
    if (!(axis.hi - axis.lo > 1e-12 * std::max(std::abs(axis.hi), std::abs(axis.lo)))) {
        const double pad = axis.hi == 0 ? 0.5 : 0.1 * std::abs(axis.hi);
        axis.lo -= pad;
        axis.hi += pad;
    }
    linear_ticks(axis, steps, round);
    return axis;
}

std::string tick_text(double value) { return display(value, 6); }

} // namespace carve::cli
