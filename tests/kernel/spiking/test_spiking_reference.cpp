// Spiking networks against the clock-driven reference: the same spikes, the same weights.
#include "reference/spiking/compare.hpp"

using namespace reference;
using support::Network;
using support::Sim;

namespace {

constexpr std::uint64_t kTriplet = flat::kTauPre | flat::kTauPost | flat::kTauPre2 |
                                   flat::kTauPost2 | flat::at_pre(1, 0, 0) | flat::at_pre(1, 1, 0) |
                                   flat::at_post(1, 0, 0) | flat::at_post(1, 1, 0);
constexpr std::uint64_t kAllTerms = 0xFFFFFFFu;

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("ten seconds of a plastic cell agree with the reference spike by spike") {
    Network n = spiking_network(60, 20, 1);
    n.model.n_replicas = 3;
    compare(fill_scenario(n, 1, 100000), support::tolerance<double>(1e-9, 1e-9));
}

TEST_CASE("every convention of the conductances, traces and coincident spikes agrees with the "
          "reference") {
    for (std::uint32_t i = 0; i < 8; ++i) {
        CAPTURE(i);
        Network n = spiking_network(30, 12, 1 + i % 3);
        n.model.n_replicas = 2;
        n.model.dt = i % 2 ? 1e-4 : 5e-4;
        n.populations[2].t_ref = i % 2 ? 5e-3 : 1e-3;
        n.rules[0].trace_jump = i / 2 % 2;
        n.rules[0].coincidence = i / 4 % 2;
        n.projections[1].eta = n.rules[0].trace_jump ? 1e-4 : 0.01;
        if (i == 5) {
            n.populations[2].synapses = CARVE_RECEPTOR_CURRENT;
            n.populations[2].v_inh = 0;
            n.populations[2].drive = 0.004;
            n.projections[0].gain = 0.02;
            n.projections[1].gain = -0.01;
        }
        compare(fill_scenario(n, 20 + i, 15000), support::tolerance<double>(1e-9, 1e-9));
    }
}

TEST_CASE("rules with all their terms, or with triplets, agree with the reference") {
    for (const std::uint64_t terms : {kTriplet, kAllTerms}) {
        Network n = spiking_network(30, 12, 2, terms);
        n.model.n_replicas = 3;
        n.projections[1].eta = 1e-3;
        compare(fill_scenario(n, 5, 20000), support::tolerance<double>(1e-9, 1e-9));
    }
}

TEST_CASE("recurrent neurons with delays and lanes of their own agree with the reference") {
    for (std::uint32_t i = 0; i < 3; ++i) {
        CAPTURE(i);
        Network n = spiking_network(40, 12, 6);
        n.population(CARVE_POPULATION_LIF, 3);
        n.rule(i == 1 ? kTriplet : std::uint64_t(flat::kTermsPair));
        n.rules[1].spikes = 1;
        n.rules[1].shared = i == 2;
        n.projection(2, 2, 1); // within the first
        n.projections[2].delay = 1 + 7 * i;
        n.projections[2].gain = 0.05;
        n.projections[2].eta = 0.01;
        n.projections[2].w_min = 0;
        n.rules[1].coincidence = i % 2;
        n.projection(2, 3, flat::kStatic);
        n.projections[3].delay = 15;
        n.projections[3].gain = 0.6;
        n.projection(3, 2, 1); // and back
        n.projections[4].delay = 3;
        n.projections[4].gain = 0.1;
        n.projections[4].receptor = CARVE_INHIBITORY;
        n.projections[4].eta = 1e-3;
        n.projections[4].w_max = 1;
        n.model.n_replicas = 5;
        compare(fill_scenario(n, 40 + i, 10000, 30), support::tolerance<double>(1e-9, 1e-9));
    }
}

TEST_CASE("poisson spikes that arrive later, each projection's in its own step, agree with the "
          "reference") {
    for (std::uint32_t i = 0; i < 4; ++i) {
        CAPTURE(i);
        Network n = spiking_network(40, 20, 5, i % 2 ? kTriplet : std::uint64_t(flat::kTermsPair));
        n.rules[0].coincidence = i / 2;
        n.projections[0].delay = 3 * (i % 2);
        n.projections[1].delay = 1 + 341 * i; // up to 1024
        n.projection(1, 2, 0);                // the same spikes at another time
        n.projections[2].gain = 0.1;
        n.projections[2].eta = 0.01;
        n.projections[2].w_max = 1;
        n.projections[2].delay = 5 * i;
        if (i == 3) {
            n.projections[2].connectivity = CARVE_CONNECT_IN_DEGREE;
            n.projections[2].in_degree = 7;
        }
        n.model.n_replicas = 11;
        compare(fill_scenario(n, 60 + i, 10000, 30), support::tolerance<double>(1e-9, 1e-9));
    }
}

// A listed graph with about so many of all pairs.
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

TEST_CASE("sparse networks, drawn and listed, static and plastic, agree with the reference") {
    for (std::uint32_t i = 0; i < 4; ++i) {
        CAPTURE(i);
        support::Random r(70 + i);
        Network n = spiking_network(50, 20, 9, i % 2 ? kAllTerms : std::uint64_t(flat::kTermsPair));
        n.projections[1].eta = i % 2 ? 1e-3 : 0.01;
        n.rules[0].coincidence = i / 2;
        n.population(CARVE_POPULATION_LIF, 6);
        n.rule(i == 1 ? kTriplet : std::uint64_t(flat::kTermsPair));
        n.rules[1].spikes = 1;
        n.rules[1].coincidence = i % 2;
        n.projection(2, 2, 1); // within a population
        n.projections[2].delay = 1 + 5 * i;
        n.projections[2].gain = 0.1;
        n.projections[2].eta = 0.01;
        n.projections[2].w_min = 0;
        n.projection(2, 3, flat::kStatic);
        n.projections[3].delay = 3;
        n.projections[3].gain = 0.9;
        for (const std::size_t p : {0u, 1u, 2u, 3u}) {
            if ((p + i) % 4 == 3)
                continue; // one stays connected with all
            n.projections[p].connectivity =
                (p + i) % 2 ? CARVE_CONNECT_IN_DEGREE : CARVE_CONNECT_LIST;
            n.projections[p].gain *= 2;
            if ((p + i) % 2)
                n.projections[p].in_degree = n.n_pre(p) / 2;
            else
                n.projections[p].rows = any_rows(r, n, p, 0.5);
        }
        n.model.n_replicas = 5;
        compare(fill_scenario(n, 80 + i, 10000, 30), support::tolerance<double>(1e-9, 1e-9));
    }
}

TEST_SUITE_END();
