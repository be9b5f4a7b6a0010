#include "populations.hpp"

#include "atomic_file.hpp"
#include "error.hpp"

namespace carve::cli {
namespace {

struct Kind {
    task::PopulationKind kind;
    PopulationMaker make;
};

constexpr Kind kKinds[] = {
    {task::PopulationKind::rate, rate_population},
    {task::PopulationKind::choice, choice_population},
    {task::PopulationKind::poisson, poisson_population},
    {task::PopulationKind::lif, neurons},
};

} // namespace

void describe_population(const PopulationOf& of, carve_population& out) {
    for (const Kind& kind : kKinds)
        if (kind.kind == of.population.kind)
            return kind.make(of, out);
    throw Error(Exit::internal, "a population of a kind that is not simulated");
}

std::uint32_t random_id_of(const std::string& name) {
    return static_cast<std::uint32_t>(checksum(name)) & 0x7fffffffu;
}

} // namespace carve::cli
