// Spiking networks whose lanes are targets (CARVE_LAYOUT_TARGETS): against the clock-driven reference, and
// against the same networks with replica lanes.
#include "reference/spiking/compare.hpp"

#include <cstring>

using namespace reference;
using support::Network;
using support::Sim;

namespace {

constexpr std::uint64_t kTriplet = flat::kTauPre | flat::kTauPost | flat::kTauPre2 |
                                   flat::kTauPost2 | flat::at_pre(1, 0, 0) | flat::at_pre(1, 1, 0) |
                                   flat::at_post(1, 0, 0) | flat::at_post(1, 1, 0);
constexpr std::uint64_t kAllTerms = 0xFFFFFFFu;

std::vector<std::vector<std::uint32_t>> any_rows(support::Random& r, const Network& n,
                                                 std::size_t p, double density) {
    std::vector<std::vector<std::uint32_t>> rows(n.n_post(p));
    for (std::uint32_t i = 0; i < n.n_post(p); ++i)
        for (std::uint32_t j = 0; j < n.n_pre(p); ++j)
            if ((n.projections[p].pre != n.projections[p].post || i != j) && r.chance(density))
                rows[i].push_back(j);
    rows[0].clear(); // a unit that nobody reaches
    return rows;
}

// Two populations of neurons of which one has more than a row of lanes, streamed afferents with and without
// delay, and plastic synapses everywhere: from afferents, within and between the populations.
Network network_of_targets(std::uint32_t i, std::uint64_t terms) {
    support::Random r(170 + i);
    Network n = spiking_network(30, 12, 19, terms);
    n.model.layout = CARVE_LAYOUT_TARGETS;
    n.projections[0].delay = 2 * (i % 2);
    n.projections[1].eta = terms == flat::kTermsPair ? 0.01 : 1e-3;
    n.rules[0].coincidence = i / 2 % 2;
    n.rules[0].trace_jump = i == 3;
    n.population(CARVE_POPULATION_LIF, 6);
    n.rule(i == 1 ? kTriplet : std::uint64_t(flat::kTermsPair));
    n.rules[1].spikes = 1;
    n.rules[1].shared = i == 2;
    n.rules[1].coincidence = i % 2;
    n.projection(2, 2, 1); // within the first
    n.projections[2].delay = 1 + 5 * i;
    n.projections[2].gain = 0.1;
    n.projections[2].eta = 0.01;
    n.projections[2].w_min = 0;
    n.projection(2, 3, flat::kStatic);
    n.projections[3].delay = 15;
    n.projections[3].gain = 0.9;
    n.projection(3, 2, 1); // and back
    n.projections[4].delay = 3;
    n.projections[4].gain = 0.1;
    n.projections[4].receptor = CARVE_INHIBITORY;
    n.projections[4].eta = 1e-3;
    n.projections[4].w_max = 1;
    for (std::uint32_t p = 0; p < n.projections.size(); ++p) {
        n.projections[p].connectivity = (p + i) % 2 ? CARVE_CONNECT_IN_DEGREE : CARVE_CONNECT_LIST;
        n.projections[p].gain *= 2;
        if ((p + i) % 2)
            n.projections[p].in_degree = n.n_pre(p) / 2;
        else
            n.projections[p].rows = any_rows(r, n, p, 0.5);
    }
    n.model.n_replicas = 2;
    return n;
}

// [post][pre] of a lane's weights or, where there is no synapse, 0.
std::vector<double> dense_weights(const Sim& sim, const Network& n, std::uint32_t p,
                                  std::size_t lane) {
    const std::vector<double> w = sim.weights(p).lane(lane);
    std::vector<double> pairs(std::size_t(n.n_pre(p)) * n.n_post(p)), out(pairs.size());
    for (std::size_t e = 0; e < pairs.size(); ++e)
        pairs[e] = double(e);
    const std::vector<double> order = of_synapses(n, p, pairs);
    REQUIRE(order.size() == w.size());
    for (std::size_t s = 0; s < w.size(); ++s)
        out[std::size_t(order[s])] = w[s];
    return out;
}

// The same spikes and weights as with replica lanes, and replicas that freeze in the same step.
void compare_layouts(SpikingScenario s, double tolerance) {
    support::Sim targets(s.network);
    read_graphs(targets, s.network);
    for (flat::Projection& p : s.network.projections)
        p.connectivity = CARVE_CONNECT_LIST;
    SpikingScenario other = s;
    other.network.model.layout = CARVE_LAYOUT_REPLICAS;
    support::Sim replicas(other.network);
    load(targets, s);
    load(replicas, other);
    const auto spikes = record(targets, s, s.n_steps),
               expected = record(replicas, other, s.n_steps);
    for (std::size_t l = 0; l < s.network.model.n_replicas; ++l) {
        CAPTURE(l);
        CHECK(targets.frozen(l) == replicas.frozen(l));
        CHECK((targets.frozen(l) || expected[l].size() > 10));
        REQUIRE(spikes[l].size() == expected[l].size());
        for (std::size_t k = 0; k < spikes[l].size(); ++k) {
            REQUIRE(spikes[l][k].step == expected[l][k].step);
            REQUIRE(spikes[l][k].population == expected[l][k].population);
            REQUIRE(spikes[l][k].unit == expected[l][k].unit);
        }
        for (std::uint32_t p = 0; p < s.network.projections.size() && !targets.frozen(l); ++p)
            CHECK(support::relative_error(dense_weights(targets, s.network, p, l),
                                          dense_weights(replicas, other.network, p, l)) <=
                  tolerance);
    }
}

// A lane's numbers after runs of so many steps.
std::vector<double> state_after(const SpikingScenario& s, const std::vector<std::uint64_t>& parts) {
    Network n = s.network;
    support::Sim sim(n);
    load(sim, s);
    for (const std::uint64_t steps : parts)
        record(sim, s, steps);
    std::vector<double> all;
    for (std::size_t l = 0; l < n.model.n_replicas; ++l)
        for (const double x : lane_state(sim, l))
            all.push_back(x);
    return all;
}

} // namespace

TEST_SUITE_BEGIN("targets");

TEST_CASE("plastic networks whose lanes are targets agree with the reference spike by spike") {
    for (std::uint32_t i = 0; i < 4; ++i) {
        CAPTURE(i);
        const Network n =
            network_of_targets(i, i % 2 ? kAllTerms : std::uint64_t(flat::kTermsPair));
        compare(fill_scenario(n, 180 + i, 3000, 50), support::tolerance<double>(1e-9, 1e-9));
    }
}

TEST_CASE("neurons of every kind spike as with replica lanes") {
    for (const std::uint32_t kind :
         {CARVE_POPULATION_LIF, CARVE_POPULATION_TIF, CARVE_POPULATION_IF, CARVE_POPULATION_CVAIF,
          CARVE_POPULATION_EIF}) {
        CAPTURE(kind);
        Network n = network_of_targets(kind % 4, flat::kTermsPair);
        n.populations[2].scored = 0;
        for (const std::uint32_t population : {2u, 3u}) {
            flat::Population& p = n.populations[population];
            p.kind = kind;
            p.t_ref = kind == CARVE_POPULATION_IF ? 0 : 1e-3;
            p.n_receptors = kind == CARVE_POPULATION_EIF ? 4 : 2 + population % 2;
        }
        compare_layouts(fill_scenario(n, 200 + kind, 2000, 60),
                        support::tolerance<double>(1e-9, 1e-9));
    }
}

TEST_CASE("rules that are products or networks act as with replica lanes") {
    for (const std::uint32_t kind : {CARVE_RULE_PRODUCT, CARVE_RULE_MLP})
        for (const bool shared : {false, true}) {
            CAPTURE(kind);
            CAPTURE(shared);
            Network n = network_of_targets(0, flat::kTermsPair);
            n.populations[2].kind = CARVE_POPULATION_CVAIF; // which has all factors
            n.populations[2].scored = 0;
            for (flat::Rule& rule : n.rules) {
                rule.kind = kind;
                rule.shared = shared;
                rule.hidden = 5;
                rule.second = shared ? 3 : 0;
                rule.inputs = 0x707; // traces, the weight, V, E and I
            }
            for (flat::Projection& p : n.projections) {
                p.eta = 0.05;
                p.w_min = p.rule == flat::kStatic ? p.w_min : 0;
                p.w_max = p.rule == flat::kStatic ? p.w_max : 2;
            }
            compare_layouts(fill_scenario(n, 240 + kind, 2000, 60),
                            support::tolerance<double>(1e-9, 1e-9));
        }
}

TEST_CASE("replicas freeze as with replica lanes") {
    for (std::uint32_t i = 0; i < 3; ++i) {
        CAPTURE(i);
        Network n = network_of_targets(0, flat::kTermsPair);
        n.rules[0].shared = 0;
        if (i == 0) // weights leave the bound
            n.model.bound = 1;
        if (i == 1)
            n.populations[2].rate_high = 60; // as the rate does
        SpikingScenario s = fill_scenario(n, 210 + i, 2000, 60);
        if (i == 2) // one of the rules is no number
            s.theta[1][0][3] = std::nan("");
        compare_layouts(s, support::tolerance<double>(1e-9, 1e-9));
    }
}

TEST_CASE("with target lanes the bits depend neither on the instruction set nor on the calls") {
    for (const std::uint32_t precision : {CARVE_F32, CARVE_F64}) {
        const std::vector<std::uint32_t> isas = support::usable_isas();
        Network n = network_of_targets(1, kAllTerms);
        n.model.precision = precision;
        n.model.isa = isas.front();
        SpikingScenario s = fill_scenario(n, 220, 700, 60);
        const std::vector<double> expected = state_after(s, {700});
        for (const std::uint32_t isa : isas) {
            CAPTURE(isa);
            s.network.model.isa = isa;
            const std::vector<double> whole = state_after(s, {700});
            REQUIRE(whole.size() == expected.size());
            CHECK(std::memcmp(whole.data(), expected.data(), 8 * whole.size()) == 0);
            const std::vector<double> parts = state_after(s, {1, 6, 630, 63});
            CHECK(std::memcmp(parts.data(), expected.data(), 8 * parts.size()) == 0);
        }
    }
}

TEST_CASE("traces that nobody raises fade to 0 without denormal numbers") {
    Network n = network_of_targets(0, flat::kTermsPair);
    n.model.precision = CARVE_F32;
    SpikingScenario s = fill_scenario(n, 230, 12000, 60);
    for (auto& list : s.spikes)
        list.erase(std::remove_if(list.begin(), list.end(),
                                  [](const carve_spike& x) { return x.step > 200; }),
                   list.end());
    support::Sim sim(s.network);
    load(sim, s);
    for (std::uint64_t t = 0; t < s.n_steps; t += 500) {
        record(sim, s, 500);
        for (const std::uint32_t which : {CARVE_VIEW_PRE_TRACES, CARVE_VIEW_POST_TRACES})
            for (const double x : support::Array(sim.get(), which, 1).lane(0))
                CHECK((x == 0 || std::fabs(x) > 1e-30));
        for (const double a : support::Array(sim.get(), CARVE_VIEW_TRACE_SCALES, 1).lane(0))
            CHECK((a > 0 && a <= 1));
    }
    for (const double x : support::Array(sim.get(), CARVE_VIEW_PRE_TRACES, 1).lane(0))
        CHECK(x == 0);
}

TEST_SUITE_END();
