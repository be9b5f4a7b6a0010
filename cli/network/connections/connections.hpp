// connections.hpp: which pairs of units a projection connects: one file per pattern.
#pragma once
#include "description.hpp"
#include "parameters.hpp"
#include "trial.hpp"

#include <carve.h>
#include <cstddef>

namespace carve::cli {

// A projection in one trial, with its numbers of units.
struct Ends {
    const task::Projection& projection;
    std::size_t pre, post;
    const Trial& trial;
};

struct ConnectionKind {
    task::Pattern pattern;
    // Describes to the kernel which pairs have a synapse. Null: the kernel connects all pairs, and the weights
    // of pairs without a synapse are written as 0, which they remain because the projection is fixed.
    void (*tell)(const Ends&, Parameters&, carve_projection&);
    // Throws Error if the pattern is impossible with these numbers of units. Null: it never is.
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
