// Integrate-and-fire neurons; a row for each model.
#include "populations.hpp"

namespace carve::cli {
namespace {

template <class N, carve_status (*init)(N*, std::size_t)>
const void* made(const task::Population& p, Parameters& parameters) {
    N& out = parameters.add(init);
    out.tau_m = p.tau.value_or(out.tau_m);
    out.v_rest = p.rest.value_or(out.v_rest);
    out.v_reset = p.reset.value_or(out.v_reset);
    out.v_threshold = p.threshold.value_or(out.v_threshold);
    out.t_ref = p.refractory.value_or(out.t_ref);
    out.drive = p.drive.value_or(out.drive);
    return &out;
}

struct Model {
    task::NeuronModel model;
    std::uint32_t kind;
    const void* (*make)(const task::Population&, Parameters&);
};

constexpr Model kModels[] = {
    {task::NeuronModel::vogels_2011, CARVE_POPULATION_LIF, made<carve_lif, carve_lif_init>},
    {task::NeuronModel::auryn_tif, CARVE_POPULATION_TIF, made<carve_tif, carve_tif_init>},
    {task::NeuronModel::auryn_if, CARVE_POPULATION_IF, made<carve_if, carve_if_init>},
    {task::NeuronModel::cvaif, CARVE_POPULATION_CVAIF, made<carve_cvaif, carve_cvaif_init>},
};

} // namespace

void neurons(const PopulationOf& of, carve_population& out) {
    for (const Model& model : kModels)
        if (model.model == of.population.model) {
            out.kind = model.kind;
            out.parameters = model.make(of.population, of.parameters);
        }
}

} // namespace carve::cli
