// Units of a rate: an activation of what reaches them, with a memory (tau) or without.
#include "populations.hpp"
#include "schedule.hpp"

#include <algorithm>

namespace carve::cli {
namespace {

std::uint32_t activation_of(task::Activation activation) {
    switch (activation) {
    case task::Activation::relu:
        return CARVE_ACTIVATION_RELU;
    case task::Activation::tanh:
        return CARVE_ACTIVATION_TANH;
    case task::Activation::sigmoid:
        return CARVE_ACTIVATION_SIGMOID;
    default:
        return CARVE_ACTIVATION_LINEAR;
    }
}

} // namespace

void rate_population(const PopulationOf& of, carve_population& out) {
    const task::Population& p = of.population;
    carve_rate& rate = of.parameters.add(carve_rate_init);
    rate.activation = activation_of(p.activation);
    rate.tau = p.tau ? std::max(1.0, *p.tau / step_of(of.described)) : 1;
    out.kind = CARVE_POPULATION_RATE;
    out.parameters = &rate;
}

} // namespace carve::cli
