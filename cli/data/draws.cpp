#include "draws.hpp"
#include "atomic_file.hpp"
#include "error.hpp"

#include "carve.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace carve::cli {
namespace {

constexpr int kRoundBits = 48, kValueBits = 36;

Error too_large() {
    return Error(Exit::internal, "a trial was asked for by a round or index that is too large");
}

} // namespace

Draws::Draws(std::uint64_t seed, const std::string& path, std::uint64_t role, std::uint64_t round,
             std::uint64_t index)
    : Draws(checksum(path + "\n" + std::to_string(seed)),
            std::uint64_t{'P'} << 56 | role << kRoundBits | round, index) {
    if (role >= 16 || round >> kRoundBits != 0)
        throw too_large();
}

Draws::Draws(std::uint64_t seed, std::uint64_t stream, std::uint64_t index)
    : seed_(seed), stream_(stream), next_(index << kValueBits) {
    if (index >> (64 - kValueBits) != 0)
        throw too_large();
}

std::vector<double> Draws::uniform(std::size_t n) {
    std::vector<double> values(n);
    carve_random_uniform(seed_, stream_, next_, values.data(), n);
    next_ += n;
    return values;
}

std::vector<double> Draws::normal(std::size_t n) {
    std::vector<double> values(n);
    carve_random_normal(seed_, stream_, next_, values.data(), n);
    next_ += n;
    return values;
}

double drawn(const task::Draw& draw, Draws& draws) {
    double value = 0;
    if (const auto* number = std::get_if<double>(&draw.from))
        value = *number;
    else if (const auto* normal = std::get_if<task::Normal>(&draw.from))
        value = normal->mean + normal->sd * draws.normal(1)[0];
    else if (const auto* range = std::get_if<task::Uniform>(&draw.from)) {
        const double u = draws.uniform(1)[0];
        value = range->logarithmic ? log_uniform(range->low, range->high, u)
                                   : range->low + (range->high - range->low) * u;
    } else if (const auto* one = std::get_if<task::OneOf>(&draw.from)) {
        const auto n = static_cast<double>(one->values.size());
        const auto at = static_cast<std::size_t>(draws.uniform(1)[0] * n);
        value = one->values[std::min(at, one->values.size() - 1)];
    }
    return std::min(std::max(value, draw.range.low), draw.range.high);
}

// Fisher and Yates' shuffle; `moved` holds the entries that are not in their own place.
std::vector<std::size_t> random_order(std::size_t n, std::size_t count, Draws& draws) {
    std::unordered_map<std::size_t, std::size_t> moved;
    const auto entry = [&](std::size_t i) {
        const auto found = moved.find(i);
        return found == moved.end() ? i : found->second;
    };
    const std::vector<double> u = draws.uniform(count);
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t left = n - i;
        const std::size_t j =
            i + std::min(left - 1, static_cast<std::size_t>(u[i] * static_cast<double>(left)));
        order[i] = entry(j);
        moved[j] = entry(i);
    }
    return order;
}

double log_uniform(double lo, double hi, double u) {
    double value = lo, root = hi / lo;
    for (double bit = 0.5; bit > 0x1p-53; bit /= 2) { // the binary digits of u
        root = std::sqrt(root);
        if (u >= bit) {
            value *= root;
            u -= bit;
        }
    }
    return value;
}

} // namespace carve::cli
