// A model to damage: two layers with a lateral projection, in which every field of rates means something.
#ifndef CARVE_TESTS_VALID_NETWORK_HPP
#define CARVE_TESTS_VALID_NETWORK_HPP

#include "support.hpp"

namespace support {

inline Network valid_network() {
    Network n;
    n.population(CARVE_POPULATION_INPUT, 3);
    n.population(CARVE_POPULATION_GAUSSIAN, 2);
    n.population(CARVE_POPULATION_RATE, 4);
    n.population(CARVE_POPULATION_RATE, 2, CARVE_ACTIVATION_TANH);
    n.rule();
    n.rule(flat::term(1, 1, 0));
    n.projection(0, 2, 0);
    n.projection(1, 2, flat::kStatic);
    n.projection(2, 2, 1);
    n.projections[2].connectivity = CARVE_CONNECT_LOWER;
    n.projection(2, 3, 0);
    return n;
}

} // namespace support

#endif
