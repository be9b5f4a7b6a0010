// A choice: one unit is whether something is done, of several units one is taken. Its rate is the drive whose
// probabilities the likelihood makes: the logistic function, or the softmax over units (M44).
#include "populations.hpp"

namespace carve::cli {

void choice_population(const PopulationOf& of, carve_population& out) {
    carve_rate& rate = of.parameters.add(carve_rate_init);
    rate.activation =
        of.population.units.value_or(1) == 1 ? CARVE_ACTIVATION_SIGMOID : CARVE_ACTIVATION_LINEAR;
    out.kind = CARVE_POPULATION_RATE;
    out.parameters = &rate;
}

} // namespace carve::cli
