#include "ranges.hpp"

#include "simulation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace carve::cli {

namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
} // namespace

double excess(const task::Range& range, double value) {
    if (std::isnan(value))
        return kInfinity;
    const double outside = std::max({0.0, range.low - value, value - range.high});
    if (outside == 0)
        return 0;
    double size = range.high - range.low;
    if (!std::isfinite(size))
        size = std::abs(std::isfinite(range.low) ? range.low : range.high);
    return outside / (size > 0 ? size : 1);
}

Ranges::Ranges(const Task& task) {
    const std::vector<std::string> names = measured_names(task);
    for (const task::Measure& probe : task.described.probes)
        if (probe.accept) {
            ranges_.push_back(*probe.accept);
            const auto name = std::find(names.begin(), names.end(), "probe." + probe.name);
            at_.push_back(static_cast<std::size_t>(name - names.begin()));
        }
}

double Ranges::violation(const std::vector<std::vector<double>>& values,
                         const std::vector<std::int64_t>& frozen, BlowUp blow_up) const {
    if (ranges_.empty())
        return 0;
    const auto diverged =
        std::count_if(frozen.begin(), frozen.end(), [](std::int64_t step) { return step >= 0; });
    const auto left = static_cast<double>(frozen.size()) - static_cast<double>(diverged);
    if (left == 0 || (diverged > 0 && blow_up == BlowUp::candidate))
        return kInfinity;
    double sum = 0;
    for (std::size_t k = 0; k < ranges_.size(); ++k) {
        double mean = 0;
        for (std::size_t trial = 0; trial < frozen.size(); ++trial)
            if (frozen[trial] < 0)
                mean += values[trial][k] / left;
        sum += excess(ranges_[k], mean);
    }
    return sum;
}

} // namespace carve::cli
