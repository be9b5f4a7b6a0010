// Several rules of one projection (M45). Random models with them are compared with dual numbers in
// test_general_rules.cpp.
#include "reference/spiking/scenario.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

using namespace reference;
using support::Network;
using support::Sim;

namespace {

// One input, shared by the replicas, and one linear unit, under the rule dw = eta x, eta 0.5.
Network one_synapse() {
    Network n = support::single_layer(1, 1, CARVE_ACTIVATION_LINEAR, flat::term(1, 0, 0));
    n.populations[0].shared = 1;
    n.projections[0].eta = 0.5;
    return n;
}
void step_once(Sim& sim, const std::vector<double>& inputs) {
    std::vector<carve_stream> streams;
    for (const double& value : inputs)
        streams.push_back({CARVE_F64, CARVE_STREAM_BLOCKS, 1, &value});
    REQUIRE(support::step(sim.get(), streams, 1) == CARVE_OK);
}

} // namespace

TEST_SUITE_BEGIN("general rules");

TEST_CASE("rules of one projection add up, each with its rate and gate") {
    // y = w x; the first rule raises w by eta x, behind a gate the second lowers it by eta w.
    Network n = one_synapse();
    n.rule(flat::term(0, 0, 1));
    n.population(CARVE_POPULATION_INPUT, 1); // the gate
    n.populations[2].shared = 1;
    flat::Use decay;
    decay.rule = 1;
    decay.eta = -0.25;
    decay.gate = 2;
    n.projections[0].more = {decay};
    n.projections[0].w_max = 2;
    Sim sim(n);
    for (std::uint32_t rule = 0; rule < 2; ++rule)
        sim.theta(rule).set(1, 0, 0);
    double w = 0;
    const std::vector<double> inputs{1, 2, 0, 1, -1, 3, 1, 40}, open{0, 1, 1, 0, 1, 0, 1, 0};
    for (std::size_t t = 0; t < inputs.size(); ++t) {
        step_once(sim, {inputs[t], open[t]});
        w = std::min(2.0, w + 0.5 * inputs[t] - 0.25 * w * open[t]);
        CHECK(sim.weights(0).get(0, 0, 0) == doctest::Approx(w).epsilon(1e-15));
    }
    CHECK(w == 2);
    const support::Array first(sim.get(), CARVE_VIEW_ETA, 0), further(sim.get(), CARVE_VIEW_ETA, 1);
    CHECK(first.get(0, 0) == 0.5);
    CHECK(further.get(0, 0) == -0.25);
}

TEST_CASE("behind two closed gates a weight beyond its bounds stays, behind one it is clipped") {
    Network n = one_synapse();
    n.projections[0].eta = 0;
    for (int i = 0; i < 2; ++i) {
        n.population(CARVE_POPULATION_INPUT, 1);
        n.populations[2 + std::size_t(i)].shared = 1;
    }
    flat::Use second;
    second.gate = 3;
    second.eta = 0;
    n.projections[0].gate = 2;
    n.projections[0].more = {second};
    n.projections[0].w_max = 1;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    for (const auto& open : {std::pair<double, double>{0, 0}, {1, 0}, {0, 1}, {1, 1}}) {
        Sim sim(n);
        const support::Array sens(sim.get(), CARVE_VIEW_SENSITIVITIES, 0);
        sim.weights(0).set(1.5, 0, 0, 0);
        sens.set(0.25, 0, 0, 0);
        step_once(sim, {1, open.first, open.second});
        const bool clipped = open.first + open.second > 0;
        CHECK(sim.weights(0).get(0, 0, 0) == (clipped ? 1 : 1.5));
        CHECK(sens.get(0, 0, 0, 0) == (clipped ? 0 : 0.25));
    }
}

TEST_CASE("behind a closed gate derivatives stay though those of the rule overflow") {
    for (const std::uint32_t eligibility : {0u, 1u}) {
        Network n = one_synapse();
        n.rules[0].terms = 0;
        n.rules[0].listed = {flat::listed_term(1, 0, 1, 0, 0, 0, 0, 0)}; // dG/dw = theta x
        n.rules[0].eligibility = eligibility;
        n.projections[0].more.resize(1); // which is open, and does nothing
        n.projections[0].more[0].eta = 0;
        n.projections[0].more[0].rule = n.rule(flat::term(0, 0, 0));
        n.population(CARVE_POPULATION_INPUT, 1);
        n.populations[2].shared = 1;
        n.projections[0].gate = 2;
        n.model.gradient = CARVE_GRADIENT_FORWARD;
        Sim sim(n);
        sim.theta(0).set(1e308, 0, eligibility);
        step_once(sim, {1e5, 0});
        CHECK(sim.frozen(0) == 0);
        for (std::uint32_t k = 0; k < 2 + eligibility; ++k)
            CHECK(support::Array(sim.get(), CARVE_VIEW_SENSITIVITIES, 0).get(0, 0, 0, k) == 0);
    }
}

TEST_CASE("a projection has no more rules than there may be, and onto neurons as many") {
    const auto fault = [](Network n) {
        carve_fault f;
        std::size_t bytes = 0;
        CHECK(carve_sim_required_bytes(n.description(), &bytes, &f) != CARVE_OK);
        return std::string(f.where) + " " + f.expected;
    };
    Network n = support::single_layer(2, 2);
    n.projections[0].more.resize(CARVE_MAX_PLASTICITY);
    CHECK(fault(n) == "projections[0].n_plasticity must be 0 to 4");
    n.projections[0].more.resize(1);
    n.projections[0].more[0].rule = 3;
    CHECK(fault(n) == "projections[0].plasticity[1].rule must be the index of a rule");
    n.projections[0].more[0] = {};
    n.model.layout = CARVE_LAYOUT_AFFERENTS;
    CHECK(fault(n).find("layout may be") == 0);
    n.model.layout = CARVE_LAYOUT_AUTO;
    std::size_t bytes = 0;
    CHECK(carve_sim_required_bytes(n.description(), &bytes, nullptr) == CARVE_OK);
    while (n.projections.size() < 32)
        n.projections.push_back(n.projections[0]);
    CHECK(carve_sim_required_bytes(n.description(), &bytes, nullptr) == CARVE_OK); // 64 uses
    n.projections.push_back(n.projections[0]);
    n.projections.back().more.clear();
    CHECK(fault(n).find("n_projections must be at most 64 together") == 0);
    n = one_synapse();
    n.projections[0].more.resize(1);
    n.projections[0].more[0].rule = flat::kStatic;
    CHECK(fault(n) == "projections[0].plasticity[1].rule must be the index of a rule");
    Network spikes = spiking_network(3, 2, 2);
    spikes.projections[1].more.resize(1);
    spikes.projections[1].more[0].rule = spikes.projections[1].rule;
    for (const std::uint32_t probe : {0u, 1u}) {
        spikes.projections[1].tuning = probe;
        CHECK(carve_sim_required_bytes(spikes.description(), &bytes, nullptr) == CARVE_OK);
    }
    spikes.projections[1].more.resize(CARVE_MAX_PLASTICITY);
    CHECK(fault(spikes) == "projections[1].n_plasticity must be 0 to 4");
}

TEST_CASE("memory that holds how a further rule is used is refused") {
    Network n = one_synapse();
    n.projections[0].more.resize(1);
    const std::size_t bytes = Sim::required(n);
    support::Block memory(64 + bytes);
    carve_model model = *n.description();
    carve_projection projection = n.structs.projections[0];
    unsigned char* const uses = memory.data() + 64 - sizeof(carve_plasticity);
    std::memcpy(uses, projection.plasticity,
                2 * sizeof(carve_plasticity)); // the first is before it
    projection.plasticity = reinterpret_cast<const carve_plasticity*>(uses);
    model.projections = &projection;
    carve_sim* sim = nullptr;
    CHECK(carve_sim_init(memory.data() + 64, bytes, &model, &sim, nullptr) == CARVE_E_RANGE);
}

TEST_CASE("rules are read at the size of the first one, once that is known to be one") {
    Network n = one_synapse();
    n.projections[0].more.resize(2);
    const auto where = [&](std::size_t i, std::uint32_t size) {
        const carve_model* const model = n.description();
        n.structs.plasticity[i].struct_size = size;
        carve_fault f;
        std::size_t bytes = 0;
        CHECK(carve_sim_required_bytes(model, &bytes, &f) == CARVE_E_VERSION);
        return std::string(f.where);
    };
    CHECK(where(0, 0x7FFFFFF0) == "projections[0].plasticity[0].struct_size");
    CHECK(where(0, 0) == "projections[0].plasticity[0].struct_size");
    CHECK(where(1, sizeof(carve_plasticity) - 8) == "projections[0].plasticity[1].struct_size");
    CHECK(where(2, sizeof(carve_plasticity) + 8) == "projections[0].plasticity[2].struct_size");
}

TEST_SUITE_END();
