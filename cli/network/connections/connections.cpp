#include "connections.hpp"

#include "error.hpp"

namespace carve::cli {
namespace {

void nothing(const Ends&, Parameters&, carve_projection&) {}

const ConnectionKind kKinds[] = {
    {task::Pattern::all, nothing, nullptr, nullptr},
    lower_connections(),
    one_to_one_connections(),
    field_connections(),
    in_degree_connections(task::Pattern::probability),
    in_degree_connections(task::Pattern::in_degree),
};

} // namespace

const ConnectionKind& connections(task::Pattern pattern) {
    for (const ConnectionKind& kind : kKinds)
        if (kind.pattern == pattern)
            return kind;
    throw Error(Exit::internal, "a pattern of connections that is not simulated");
}

} // namespace carve::cli
