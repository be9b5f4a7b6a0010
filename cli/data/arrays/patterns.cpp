#include "patterns.hpp"
#include "draws.hpp"
#include "error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace carve::cli {
namespace {

// One of 0 .. n - 1 for u in (0, 1).
std::size_t one_of(std::size_t n, double u) {
    return std::min(n - 1, static_cast<std::size_t>(u * static_cast<double>(n)));
}

struct Drawn {
    std::size_t n;
    Draws& draws;

    std::vector<double> operator()(double value) const { return std::vector<double>(n, value); }
    std::vector<double> operator()(const task::Normal& normal) const {
        std::vector<double> values = draws.normal(n);
        for (double& v : values)
            v = normal.mean + normal.sd * v;
        return values;
    }
    std::vector<double> operator()(const task::Uniform& uniform) const {
        std::vector<double> values = draws.uniform(n);
        for (double& v : values)
            v = uniform.logarithmic ? log_uniform(uniform.low, uniform.high, v)
                                    : uniform.low + (uniform.high - uniform.low) * v;
        return values;
    }
    std::vector<double> operator()(const task::OneOf& choice) const {
        std::vector<double> values = draws.uniform(n);
        for (double& v : values)
            v = choice.values[one_of(choice.values.size(), v)];
        return values;
    }
    std::vector<double> operator()(const task::Column& column) const {
        throw Error(Exit::usage, "values of patterns cannot come from data: '" + column.name + "'",
                    "use a number, or draw it");
    }
};

std::vector<double> drawn(const task::Draw& draw, std::size_t n, Draws& draws) {
    std::vector<double> values = std::visit(Drawn{n, draws}, draw.from);
    for (double& v : values)
        v = std::clamp(v, draw.range.low, draw.range.high);
    return values;
}

std::vector<std::size_t> active_units(const PatternSettings& s, Draws& draws) {
    const std::size_t n = s.active.units == 0 ? s.units : std::min(s.active.units, s.units);
    std::vector<std::size_t> units(n);
    if (n == s.units || s.active.contiguous) {
        const std::size_t first = n == s.units ? 0 : one_of(s.units - n + 1, draws.uniform(1)[0]);
        std::iota(units.begin(), units.end(), first);
        return units;
    }
    units = random_order(s.units, n, draws);
    std::sort(units.begin(), units.end());
    return units;
}

} // namespace

std::vector<NamedArray> draw_patterns(const PatternSettings& settings, std::size_t steps,
                                      std::uint64_t seed, std::uint64_t stream,
                                      std::uint64_t index) {
    Draws draws(seed, stream, index);
    std::vector<double> patterns(settings.count * settings.units); // [pattern][unit]
    for (std::size_t p = 0; p < settings.count; ++p) {
        const std::vector<std::size_t> units = active_units(settings, draws);
        const std::vector<double> values = drawn(*settings.active.value, units.size(), draws);
        for (std::size_t i = 0; i < units.size(); ++i)
            patterns[p * settings.units + units[i]] = values[i];
    }
    NamedArray shown{"", 1, steps, settings.units, std::vector<double>(steps * settings.units)};
    NamedArray which{"index", 1, steps, 1, std::vector<double>(steps, std::nan(""))};
    const std::size_t period = settings.on + settings.off;
    std::size_t pattern = 0;
    for (std::size_t step = 0; step < steps; ++step) {
        if (step % period == 0)
            pattern = settings.order == task::Order::random
                          ? one_of(settings.count, draws.uniform(1)[0])
                          : step / period % settings.count;
        if (step % period >= settings.on)
            continue;
        which.values[step] = static_cast<double>(pattern);
        std::copy_n(patterns.begin() + static_cast<std::ptrdiff_t>(pattern * settings.units),
                    settings.units,
                    shown.values.begin() + static_cast<std::ptrdiff_t>(step * settings.units));
    }
    std::vector<NamedArray> arrays;
    arrays.push_back(std::move(shown));
    arrays.push_back(std::move(which));
    return arrays;
}

} // namespace carve::cli
