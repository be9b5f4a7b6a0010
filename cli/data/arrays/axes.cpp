#include "axes.hpp"
#include "suggest.hpp"
#include "utf8.hpp"

#include <cmath>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

constexpr std::size_t kMostNames = 20; // in a message

std::string text_of(const std::vector<std::size_t>& shape) {
    return fmt::format("{}", fmt::join(shape, " x "));
}

// Values [unit][step][trial] as [trial][step][unit].
std::vector<double> transposed(const NamedArray& axes, const std::vector<double>& from) {
    std::vector<double> to(from.size());
    std::size_t at = 0;
    for (std::size_t unit = 0; unit < axes.units; ++unit)
        for (std::size_t step = 0; step < axes.steps; ++step)
            for (std::size_t trial = 0; trial < axes.trials; ++trial)
                to[(trial * axes.steps + step) * axes.units + unit] = from[at++];
    return to;
}

void refuse_infinite(const NamedArray& array, const std::string& what) {
    for (std::size_t i = 0; i < array.values.size(); ++i)
        if (std::isinf(array.values[i])) {
            const std::size_t row = i / array.units;
            throw Error(Exit::data,
                        fmt::format("{}: trial {}, step {}, unit {}: {} is not a finite number",
                                    what, row / array.steps + 1, row % array.steps + 1,
                                    i % array.units + 1, array.values[i]),
                        "a value that is missing is NaN; correct others");
        }
}

} // namespace

void check_axes(const std::vector<std::size_t>& shape, const std::string& what) {
    if (shape.size() > 3)
        throw Error(Exit::data, fmt::format("{} has {} axes, more than 3", what, shape.size()),
                    "reshape it to [trial][step][unit], or save parts of it under names of their "
                    "own");
    for (const std::size_t n : shape)
        if (n == 0)
            throw Error(Exit::data, fmt::format("{} is empty: {} values", what, text_of(shape)),
                        "write it again with values, or use another array");
}

NamedArray arranged(std::string name, const std::vector<std::size_t>& shape, FirstAxis first,
                    std::vector<double> values, const std::string& what) {
    NamedArray array;
    array.name = std::move(name);
    if (shape.size() == 1)
        array.steps = shape[0];
    if (shape.size() >= 2) {
        array.units = shape.back();
        array.steps = shape[shape.size() - 2];
    }
    if (shape.size() == 3)
        array.trials = shape[0];
    array.values = first == FirstAxis::slowest ? std::move(values) : transposed(array, values);
    refuse_infinite(array, what);
    return array;
}

Error no_array(const std::string& path, const std::string& name,
               const std::vector<std::string>& names) {
    std::string has;
    for (std::size_t i = 0; i < names.size() && i < kMostNames; ++i)
        has += fmt::format("{}{}", i == 0 ? "" : ", ", excerpt(names[i]));
    if (names.size() > kMostNames)
        has += fmt::format(" and {} more", names.size() - kMostNames);
    return Error(Exit::data, fmt::format("'{}' has no array '{}'", path, excerpt(name)),
                 names.empty() ? "it has none that can be read"
                               : did_you_mean(name, names, "it has " + has));
}

Error no_numbers(const std::string& path) {
    return Error(Exit::data, fmt::format("'{}' holds no array of real numbers", path),
                 "save some, for example with numpy.savez(file, x=array)");
}

} // namespace carve::cli
