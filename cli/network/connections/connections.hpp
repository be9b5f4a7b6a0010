// connections.hpp: which pairs of units a projection connects: one file a pattern.
#pragma once
#include "description.hpp"
#include "parameters.hpp"
#include "trial.hpp"

#include <carve.h>
#include <cstddef>

namespace carve::cli {

// A projection between so many units, in one trial.
struct Ends {
    const task::Projection& projection;
    std::size_t pre, post;
    const Trial& trial;
};

struct ConnectionKind {
    task::Pattern pattern;
    // Tells the kernel which pairs have a synapse. Null: the kernel connects all, and the weights of
    // the others are written as 0, which they stay as long as the projection is fixed.
    void (*tell)(const Ends&, Parameters&, carve_projection&);
    // Throws Error where the pattern cannot be between so many units. Null: it always can.
    void (*check)(const Ends&);
    // Whether the pair has a synapse, in a projection of post x pre weights. Null: all of them.
    bool (*has)(const Ends&, std::size_t post, std::size_t pre);
};

ConnectionKind lower_connections();
ConnectionKind one_to_one_connections();
ConnectionKind field_connections();
// Of the kernel's graphs the weights of the synapses are all that there are.
ConnectionKind in_degree_connections(task::Pattern pattern);

const ConnectionKind& connections(task::Pattern pattern);

} // namespace carve::cli
