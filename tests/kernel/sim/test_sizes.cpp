// The bytes of some sims of every kind, pinned: builds for machines with pointers of 32 bits, or with
// another order of bytes, must say the same, as a host prints a microcontroller's constants. A change
// of what lies in a block changes this table, and CHANGELOG says so.
#include "support.hpp"

using support::Network;
using support::single_layer;

namespace {

Network one_neuron() {
    Network n = single_layer(8, 1, CARVE_ACTIVATION_LINEAR, 0x100200);
    n.populations[0].shared = 1;
    n.model.precision = CARVE_F32;
    n.model.lane_bytes = 4;
    return n;
}
Network deep_with_gradient() {
    Network n = single_layer(5, 4, CARVE_ACTIVATION_TANH);
    n.population(CARVE_POPULATION_RATE, 2, CARVE_ACTIVATION_SIGMOID);
    n.projection(1, 2, 0);
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.n_replicas = 11;
    n.model.batch = 3;
    n.model.form = CARVE_FORM_SAMPLES;
    return n;
}
Network adjoint() {
    Network n = single_layer(5, 4, CARVE_ACTIVATION_RELU);
    n.model.gradient = CARVE_GRADIENT_ADJOINT;
    n.model.max_steps = 1000;
    n.model.n_replicas = 9;
    return n;
}
Network residuals() {
    Network n = single_layer(6, 3);
    n.projections[0].presynaptic = CARVE_PRESYNAPTIC_RESIDUAL_BELOW;
    n.model.precision = CARVE_F32;
    n.model.lane_bytes = 64;
    n.model.batch = 2;
    n.model.form = CARVE_FORM_SAMPLES;
    return n;
}
Network afferents() {
    Network n = single_layer(70, 3);
    n.model.layout = CARVE_LAYOUT_AFFERENTS;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    return n;
}
Network moments_with_lateral_synapses() {
    Network n;
    n.population(CARVE_POPULATION_GAUSSIAN, 6);
    n.populations[0].fixed = 1;
    n.population(CARVE_POPULATION_RATE, 3);
    n.projection(0, 1, n.rule());
    n.projection(1, 1, 0);
    n.projections[1].connectivity = CARVE_CONNECT_LOWER;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.form = CARVE_FORM_MOMENTS;
    n.model.batch = 50;
    return n;
}
Network cell(std::uint32_t gradient) {
    Network n;
    n.population(CARVE_POPULATION_POISSON, 40);
    n.populations[0].source = CARVE_SOURCE_SIGNAL;
    n.populations[0].n_groups = 4;
    n.population(CARVE_POPULATION_LIF, 1);
    n.populations[1].scored = 1;
    n.projection(0, 1, n.rule(flat::kTermsPair));
    n.rules[0].spikes = 1;
    n.projections[0].tuning = 1;
    n.model.gradient = gradient;
    n.model.n_replicas = 20;
    return n;
}
Network one_cell() { return cell(CARVE_GRADIENT_NONE); }
Network cell_with_gradient() { return cell(CARVE_GRADIENT_FORWARD); }
Network recurrent() {
    Network n;
    n.population(CARVE_POPULATION_POISSON, 5);
    n.populations[0].source = CARVE_SOURCE_STREAMED;
    n.population(CARVE_POPULATION_LIF, 30);
    n.projection(0, 1, flat::kStatic);
    n.projection(1, 1, flat::kStatic);
    n.projections[1].delay = 7;
    n.model.precision = CARVE_F32;
    return n;
}

Network sparse() {
    Network n = recurrent();
    n.projections[0].connectivity = CARVE_CONNECT_LIST;
    n.projections[0].rows = {{0, 3}, {}, {1}};
    n.projections[1].connectivity = CARVE_CONNECT_IN_DEGREE;
    n.projections[1].in_degree = 11;
    return n;
}

Network targets() {
    Network n = sparse();
    n.model.layout = CARVE_LAYOUT_TARGETS;
    return n;
}

struct Row {
    const char* name;
    Network (*network)();
    std::size_t bytes;
};
const Row kRows[] = {{"one neuron", one_neuron, 4928},
                     {"two layers with a gradient", deep_with_gradient, 176768},
                     {"adjoint", adjoint, 107968},
                     {"residuals", residuals, 31168},
                     {"afferents as lanes", afferents, 125248},
                     {"moments, lateral synapses", moments_with_lateral_synapses, 123264},
                     {"spiking cell", one_cell, 133248},
                     {"spiking cell with a gradient", cell_with_gradient, 316544},
                     {"recurrent spiking network", recurrent, 135936},
                     {"sparse spiking network", sparse, 117632},
                     {"targets as lanes", targets, 91456}};

} // namespace

TEST_SUITE_BEGIN("memory");

TEST_CASE("sizes are the same whatever a pointer's width") {
    for (const Row& row : kRows) {
        CAPTURE(row.name);
        Network n = row.network();
        CAPTURE(support::explain(n.description()));
        std::size_t bytes = 0;
        REQUIRE(carve_sim_required_bytes(n.description(), &bytes, nullptr) == CARVE_OK);
        CHECK(bytes == row.bytes);
    }
}

TEST_SUITE_END();
