// populations.hpp: a population of a task as the C ABI wants it: one file per kind. Inputs are no kind of
// their own here: the model makes one of each column that is read, whether a population has it or not.
#pragma once
#include "description.hpp"
#include "parameters.hpp"

#include <carve.h>
#include <cstdint>
#include <string>

namespace carve::cli {

struct PopulationOf {
    const task::Task& described;
    const task::Population& population;
    Parameters& parameters; // of the model
};

// Sets the kind and its parameters; random_id, too, of units whose spikes are drawn.
using PopulationMaker = void (*)(const PopulationOf&, carve_population&);
void choice_population(const PopulationOf& of, carve_population& out);
void rate_population(const PopulationOf& of, carve_population& out);
void poisson_population(const PopulationOf& of, carve_population& out);
void neurons(const PopulationOf& of, carve_population& out);

void describe_population(const PopulationOf& of, carve_population& out);

// A number for what the kernel draws, which does not depend on what else there is. Not
// CARVE_ID_OF_INDEX.
std::uint32_t random_id_of(const std::string& name);

} // namespace carve::cli
