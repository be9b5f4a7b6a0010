// Units that spike at a given rate, or at one that follows a random signal of their group.
#include "populations.hpp"
#include "rule_factors.hpp"

#include <algorithm>

namespace carve::cli {
namespace {

bool has_spikes(const task::Task& task) {
    return std::any_of(task.populations.begin(), task.populations.end(),
                       [&](const task::Population& p) { return is_of_spikes(task, p); });
}

} // namespace

void poisson_population(const PopulationOf& of, carve_population& out) {
    const task::Population& p = of.population;
    carve_poisson& poisson = of.parameters.add(carve_poisson_init);
    poisson.n_groups = static_cast<std::uint32_t>(std::max<std::uint64_t>(p.groups.equal, 1));
    poisson.t_ref = p.refractory.value_or(has_spikes(of.described) ? 5e-3 : 0);
    const auto* const rate = p.rate ? std::get_if<double>(&p.rate->from) : nullptr;
    poisson.rate = p.factor * (rate ? *rate : poisson.rate);
    if (p.signal) {
        poisson.source = CARVE_SOURCE_SIGNAL;
        poisson.signal_gain = p.factor * p.signal->gain;
        poisson.signal_tau = p.signal->tau;
        // Populations of one signal have one number.
        poisson.signal = random_id_of(p.signal->of.empty() ? p.name : p.signal->of);
        for (const task::Population& other : of.described.populations)
            if (other.name == p.signal->of && other.signal) {
                poisson.signal_gain = p.factor * other.signal->gain;
                poisson.signal_tau = other.signal->tau;
            }
    }
    out.kind = CARVE_POPULATION_POISSON;
    out.random_id = random_id_of("population." + p.name);
    out.parameters = &poisson;
}

} // namespace carve::cli
