// { field }: between square grids of units, a square of so many units a side around the place of each
// postsynaptic unit.
#include "connections.hpp"
#include "toml.hpp"

#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

std::size_t side_of(std::size_t units) {
    return static_cast<std::size_t>(std::sqrt(static_cast<double>(units)) + 0.5);
}

void check(const Ends& ends) {
    for (const auto& [population, units] :
         {std::pair{&ends.projection.from, ends.pre}, std::pair{&ends.projection.to, ends.post}})
        if (side_of(units) * side_of(units) != units)
            refuse_at(ends.projection.place, Exit::usage,
                      fmt::format("[projection.{}] has a field: its populations are square "
                                  "grids; {} has {} units",
                                  ends.projection.name, *population, units),
                      "a square number of units, in rows");
}

// Of a row or a column: whether the middle of the presynaptic unit is within half a field of the place of the
// postsynaptic one; of the two ends of the field the first belongs to it.
bool is_near(std::size_t post, std::size_t posts, std::size_t pre, std::size_t pres, double field) {
    const double place =
        (static_cast<double>(post) + 0.5) * static_cast<double>(pres) / static_cast<double>(posts);
    const double distance = static_cast<double>(pre) + 0.5 - place;
    return -field / 2 <= distance && distance < field / 2;
}

bool has(const Ends& ends, std::size_t post, std::size_t pre) {
    const std::size_t posts = side_of(ends.post), pres = side_of(ends.pre);
    const double field = ends.projection.connect.number;
    return is_near(post / posts, posts, pre / pres, pres, field) &&
           is_near(post % posts, posts, pre % pres, pres, field);
}

} // namespace

ConnectionKind field_connections() { return {task::Pattern::field, nullptr, check, has}; }

} // namespace carve::cli
