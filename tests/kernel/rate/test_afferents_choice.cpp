// Which models have lanes of afferents: where the plan chooses them, and where they are refused.
#include "support.hpp"

using support::Network;
using support::Sim;

namespace {

std::uint32_t lanes_of(Network n) {
    Sim sim(n);
    return sim.info().layout;
}

} // namespace

TEST_SUITE_BEGIN("afferents");

TEST_CASE("the plan takes afferents for lanes where replicas are few and the network is wide") {
    Network n = support::single_layer(100, 1);
    n.model.precision = CARVE_F32;
    CHECK(lanes_of(n) == CARVE_LAYOUT_REPLICAS); // what callers got before there was a choice
    n.model.layout = CARVE_LAYOUT_AUTO;
    for (const std::uint32_t lane_bytes : support::lane_sizes<float>()) {
        n.model.lane_bytes = lane_bytes; // has no say
        n.model.n_replicas = 3;
        CHECK(lanes_of(n) == CARVE_LAYOUT_AFFERENTS);
        n.model.n_replicas = 4;
        CHECK(lanes_of(n) == CARVE_LAYOUT_REPLICAS);
    }
    n.model.precision = CARVE_F64;
    n.model.n_replicas = 1;
    CHECK(lanes_of(n) == CARVE_LAYOUT_AFFERENTS);
    n.populations[0].n_units = 7;
    CHECK(lanes_of(n) == CARVE_LAYOUT_REPLICAS);
    n.populations[0].n_units = 100;
    Sim sim(n);
    CHECK(sim.info().lanes_per_block == 1);
    CHECK(sim.info().n_blocks == 1);
}

TEST_CASE("models that afferents cannot serve are refused by name, or get replicas") {
    const auto check = [](Network n) {
        n.model.layout = CARVE_LAYOUT_AUTO;
        CHECK(lanes_of(n) == CARVE_LAYOUT_REPLICAS);
        n.model.layout = CARVE_LAYOUT_AFFERENTS;
        std::size_t bytes = 0;
        CHECK(carve_sim_required_bytes(n.description(), &bytes, nullptr) == CARVE_E_RANGE);
        CHECK(support::explain(n.description())
                  .find("layout is 1; it may be CARVE_LAYOUT_AFFERENTS (1) only") == 0);
    };
    const Network layer = support::single_layer(100, 2);
    Network lateral = layer, batch = layer, adjoint = layer, moments = layer, residual = layer;
    lateral.projection(1, 1, flat::kStatic);
    lateral.projections[1].connectivity = CARVE_CONNECT_LOWER;
    check(lateral);
    batch.model.batch = 2;
    check(batch);
    adjoint.model.gradient = CARVE_GRADIENT_ADJOINT;
    adjoint.model.max_steps = 10;
    check(adjoint);
    moments.populations[0].fixed = 1;
    moments.model.form = CARVE_FORM_MOMENTS;
    check(moments);
    residual.projections[0].presynaptic = CARVE_PRESYNAPTIC_RESIDUAL;
    check(residual);
}

TEST_SUITE_END();
