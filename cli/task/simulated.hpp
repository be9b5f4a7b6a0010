// simulated.hpp: a task file as what the simulations are told: one of the networks that there are so far,
// a layer of rate units with or without lateral synapses, or a spiking neuron and its afferents.
#pragma once
#include "description.hpp"
#include "task.hpp"

namespace carve::cli {

// Adds a fault, with its place, for everything that cannot be simulated yet.
Task simulated(const task::Task& described, Faults& faults);

} // namespace carve::cli
