// "one_to_one": units of equal numbers.
#include "connections.hpp"
#include "toml.hpp"

#include <fmt/format.h>

namespace carve::cli {
namespace {

void check(const Ends& ends) {
    if (ends.pre != ends.post)
        refuse_at(ends.projection.place, Exit::usage,
                  fmt::format("[projection.{}] is one to one, between {} and {} units",
                              ends.projection.name, ends.pre, ends.post),
                  "as many on both sides, or connect = \"all\"");
}

bool has(const Ends&, std::size_t post, std::size_t pre) { return pre == post; }

} // namespace

ConnectionKind one_to_one_connections() { return {task::Pattern::one_to_one, nullptr, check, has}; }

} // namespace carve::cli
