// Sparse projections: the graphs that are drawn and listed, what a sim makes of them, and dense networks
// that are to do the same.
#include "reference/spiking/scenario.hpp"

#include <cmath>
#include <functional>

using namespace reference;
using support::Array;
using support::Network;
using support::Sim;

namespace {

using Rows = std::vector<std::vector<std::uint32_t>>;

Rows graph_of(const Sim& sim, std::uint32_t p) {
    const Array start(sim.get(), CARVE_VIEW_ROW_START, p, false),
        pre(sim.get(), CARVE_VIEW_PRE_UNITS, p, false);
    Rows rows(sim.network().n_post(p));
    for (std::uint32_t i = 0; i < rows.size(); ++i)
        for (auto s = std::size_t(start.get(0, i)); s < std::size_t(start.get(0, i + 1)); ++s)
            rows[i].push_back(std::uint32_t(pre.get(0, s)));
    return rows;
}
void reset(const Sim& sim, std::uint64_t seed) {
    REQUIRE(carve_sim_reset(sim.get(), seed, nullptr, nullptr) == CARVE_OK);
}

// n_pre poisson units onto n_post neurons, or n_post neurons onto each other.
Network drawn(std::uint32_t n_pre, std::uint32_t n_post, std::uint32_t in_degree,
              bool lateral = false) {
    Network n;
    n.population(CARVE_POPULATION_POISSON, n_pre);
    n.population(CARVE_POPULATION_LIF, n_post);
    n.projection(lateral ? 1 : 0, 1, flat::kStatic);
    n.projections[0].delay = lateral ? 2 : 0;
    n.projections[0].connectivity = CARVE_CONNECT_IN_DEGREE;
    n.projections[0].in_degree = in_degree;
    return n;
}

Rows all_pairs(const Network& n, std::size_t p) {
    Rows rows(n.n_post(p));
    for (std::uint32_t i = 0; i < rows.size(); ++i)
        for (std::uint32_t j = 0; j < n.n_pre(p); ++j)
            if (n.connected(p, i, j))
                rows[i].push_back(j);
    return rows;
}

// All that a lane becomes; of weights those that are synapses.
std::vector<double> state_of(const Sim& sim, std::size_t lane) {
    const Network& n = sim.network();
    std::vector<double> all;
    const auto add = [&](const std::vector<double>& some) {
        all.insert(all.end(), some.begin(), some.end());
    };
    for (std::uint32_t p = 0; p < n.projections.size(); ++p) {
        const std::vector<double> w = sim.weights(p).lane(lane);
        for (std::uint32_t e = 0; e < w.size(); ++e)
            if (n.sparse(p) || n.connected(p, e / n.n_pre(p), e % n.n_pre(p)))
                all.push_back(w[e]);
        for (const std::uint32_t which : {CARVE_VIEW_PRE_TRACES, CARVE_VIEW_POST_TRACES})
            if (n.plastic(p))
                add(Array(sim.get(), which, p).lane(lane));
    }
    for (const std::uint32_t which :
         {CARVE_VIEW_VOLTAGES, CARVE_VIEW_CONDUCTANCES, CARVE_VIEW_SPIKE_COUNTS})
        add(Array(sim.get(), which, 2).lane(lane));
    return all;
}

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("a drawn row has as many different units as it should, in order, and not its own") {
    const struct {
        std::uint32_t n_pre, n_post, in_degree;
        bool lateral;
    } cases[] = {{1, 1, 1, false},   {7, 3, 7, false},     {300, 40, 1, false},
                 {64, 5, 63, false}, {500, 9, 129, false}, {65536, 2, 300, false},
                 {1, 2, 1, true},    {1, 65, 64, true},    {1, 300, 17, true}};
    for (const auto& c : cases) {
        CAPTURE(c.n_pre);
        CAPTURE(c.n_post);
        CAPTURE(c.in_degree);
        Network n = drawn(c.n_pre, c.n_post, c.in_degree, c.lateral);
        const Sim sim(n);
        for (std::uint64_t seed = 0; seed < 5; ++seed) {
            reset(sim, seed);
            const Rows rows = graph_of(sim, 0);
            for (std::uint32_t i = 0; i < rows.size(); ++i) {
                REQUIRE(rows[i].size() == c.in_degree);
                CHECK(std::is_sorted(rows[i].begin(), rows[i].end(), std::less_equal<>()));
                CHECK(rows[i].back() < (c.lateral ? c.n_post : c.n_pre));
                if (c.lateral)
                    CHECK(std::count(rows[i].begin(), rows[i].end(), i) == 0);
            }
        }
    }
}

TEST_CASE("every unit and every two are drawn as often as chance has it, row by row anew") {
    constexpr std::uint32_t kUnits = 20, kRows = 50, kDegree = 5, kSeeds = 400;
    for (const bool lateral : {false, true}) {
        CAPTURE(lateral);
        const std::uint32_t n_post = lateral ? kUnits : kRows;
        Network n = drawn(kUnits, n_post, kDegree, lateral);
        const Sim sim(n);
        std::vector<double> one(kUnits), both(kUnits * kUnits);
        double repeated = 0;
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            reset(sim, seed);
            const Rows rows = graph_of(sim, 0);
            for (std::uint32_t i = 0; i < n_post; ++i)
                for (const std::uint32_t j : rows[i]) {
                    ++one[j];
                    for (const std::uint32_t k : rows[i])
                        both[j * kUnits + k] += j < k;
                    const Rows::value_type& next = rows[(i + 1) % n_post];
                    repeated += double(std::count(next.begin(), next.end(), j));
                }
        }
        const auto near = [](double count, double draws, double p) {
            CAPTURE(count);
            CHECK(std::fabs(count - draws * p) < 5 * std::sqrt(draws * p * (1 - p)));
        };
        const double draws = double(kSeeds) * n_post, others = lateral ? kUnits - 1 : kUnits;
        const double rows_of_a_unit = lateral ? draws * (kUnits - 1) / kUnits : draws;
        const double rows_of_two = lateral ? draws * (kUnits - 2) / kUnits : draws;
        for (std::uint32_t j = 0; j < kUnits; ++j) {
            near(one[j], rows_of_a_unit, kDegree / others);
            for (std::uint32_t k = j + 1; k < kUnits; ++k)
                near(both[j * kUnits + k], rows_of_two,
                     kDegree * (kDegree - 1) / (others * (others - 1)));
        }
        if (!lateral)
            near(repeated, draws * kDegree, double(kDegree) / kUnits);
    }
}

TEST_CASE("a drawn graph depends on the seed and the random id, and on nothing else") {
    Network n = drawn(40, 10, 6);
    const Sim sim(n);
    const Rows first = graph_of(sim, 0);
    reset(sim, 1);
    const Rows second = graph_of(sim, 0);
    CHECK(first != second);
    const std::uint64_t streams[] = {17};
    REQUIRE(carve_sim_reset(sim.get(), 1, streams, nullptr) == CARVE_OK);
    CHECK(graph_of(sim, 0) == second);
    reset(sim, 0);
    CHECK(graph_of(sim, 0) == first);

    Network more = n;
    more.model.n_replicas = 9;
    more.model.precision = CARVE_F32;
    more.projections[0].random_id = 0;
    more.projections.insert(more.projections.begin(), more.projections[0]);
    more.projections[0].random_id = 5;
    more.projections[1].rule = more.rule(flat::kTermsPair);
    more.rules[0].spikes = 1;
    const Sim other(more);
    CHECK(graph_of(other, 1) == first);
    CHECK(graph_of(other, 0) != first);
    more.populations[1].n_units = 12; // further rows
    const Sim taller(more);
    const Rows rows = graph_of(taller, 1);
    CHECK(Rows(rows.begin(), rows.begin() + 10) == first);
}

TEST_CASE("a sparse weight is drawn as that of the same pair where all are connected") {
    for (const std::uint32_t distribution : {CARVE_WEIGHTS_NORMAL, CARVE_WEIGHTS_LOG_UNIFORM}) {
        Network n = drawn(40, 10, 6);
        n.model.n_replicas = 5;
        n.model.precision = CARVE_F32;
        n.projections[0].distribution = distribution;
        n.projections[0].w_mean = 0.5;
        n.projections[0].w_sd = 1;
        n.projections[0].rule = n.rule(flat::kTermsPair);
        n.rules[0].spikes = 1;
        n.projections[0].w_min = 0.1;
        n.projections[0].w_max = 0.9;
        const Sim sparse(n);
        n.projections[0].connectivity = CARVE_CONNECT_ALL;
        const Sim all(n);
        for (const std::uint64_t seed : {0u, 9u}) {
            reset(sparse, seed);
            reset(all, seed);
            const Rows rows = graph_of(sparse, 0);
            for (std::size_t l = 0; l < 5; ++l)
                for (std::size_t i = 0, s = 0; i < rows.size(); ++i)
                    for (const std::uint32_t j : rows[i])
                        CHECK(sparse.weights(0).get(l, s++) == all.weights(0).get(l, i, j));
        }
    }
}

TEST_CASE("a list of all pairs does what being connected with all does, bit for bit") {
    for (const std::uint32_t precision : {CARVE_F32, CARVE_F64}) {
        Network n = everything(precision, 5);
        n.projections[1].tuning = 0;
        const SpikingScenario s = fill_scenario(n, 7, 4000, 30);
        SpikingScenario listed = s;
        for (std::size_t p = 0; p < n.projections.size(); ++p) {
            listed.network.projections[p].rows = all_pairs(n, p);
            listed.network.projections[p].connectivity = CARVE_CONNECT_LIST;
        }
        Network dense = n;
        const Sim all(dense), sparse(listed.network);
        load(all, s);
        load(sparse, listed);
        const auto spikes = record(all, s, s.n_steps), same = record(sparse, listed, s.n_steps);
        for (std::size_t l = 0; l < 5; ++l) {
            CHECK(spikes[l].size() > 10);
            CHECK(spikes[l].size() == same[l].size());
            CHECK(state_of(all, l) == state_of(sparse, l));
        }
    }
}

TEST_CASE("synapses that are not there do what synapses of weight 0 do") {
    support::Random r(4);
    Network n = spiking_network(40, 20, 8);
    n.make_static(1);
    n.rules.clear();
    n.projection(2, 2, flat::kStatic);
    n.projections[2].delay = 3;
    n.projections[2].gain = 0.2;
    n.model.n_replicas = 3;
    SpikingScenario zeros = fill_scenario(n, 7, 4000, 30), sparse = zeros;
    for (std::uint32_t p = 0; p < 3; ++p) {
        Rows rows = all_pairs(n, p);
        for (std::uint32_t i = 0; i < rows.size(); ++i)
            rows[i].erase(std::remove_if(rows[i].begin(), rows[i].end(),
                                         [&](std::uint32_t) { return r.chance(0.6); }),
                          rows[i].end());
        sparse.network.projections[p].connectivity = CARVE_CONNECT_LIST;
        sparse.network.projections[p].rows = rows;
        for (auto& weights : zeros.weights)
            for (std::uint32_t e = 0; e < weights[p].size(); ++e)
                if (!sparse.network.connected(p, e / n.n_pre(p), e % n.n_pre(p)))
                    weights[p][e] = 0;
    }
    Sim one(zeros.network), other(sparse.network);
    load(one, zeros);
    load(other, sparse);
    const auto spikes = record(one, zeros, 4000), same = record(other, sparse, 4000);
    for (std::size_t l = 0; l < 3; ++l) {
        CHECK(spikes[l].size() > 10);
        CHECK(spikes[l].size() == same[l].size());
        for (const std::uint32_t which : {CARVE_VIEW_VOLTAGES, CARVE_VIEW_CONDUCTANCES})
            CHECK(Array(one.get(), which, 2).lane(l) == Array(other.get(), which, 2).lane(l));
    }
}

TEST_CASE("a sim keeps a listed graph, shows it, and lets nobody write it") {
    Network n = spiking_network(6, 4, 3);
    const Rows rows{{1, 5}, {}, {0, 2, 3}};
    n.projections[0].connectivity = CARVE_CONNECT_LIST;
    n.projections[0].rows = rows;
    n.model.n_replicas = 3;
    Sim sim(n);
    CHECK(graph_of(sim, 0) == rows);
    reset(sim, 3);
    CHECK(graph_of(sim, 0) == rows);
    carve_view v;
    REQUIRE(carve_sim_view(sim.get(), CARVE_VIEW_WEIGHTS, 0, &v, nullptr) == CARVE_OK);
    CHECK(std::vector<std::size_t>(v.shape, v.shape + v.ndim) ==
          std::vector<std::size_t>{1, 5, n.lanes_per_block()});
    REQUIRE(carve_sim_view(sim.get(), CARVE_VIEW_PRE_UNITS, 0, &v, nullptr) == CARVE_OK);
    CHECK((v.ndim == 1 && v.shape[0] == 5 && v.type == CARVE_U32));
    REQUIRE(carve_sim_view(sim.get(), CARVE_VIEW_ROW_START, 0, &v, nullptr) == CARVE_OK);
    CHECK((v.ndim == 1 && v.shape[0] == 4 && v.type == CARVE_U32));
    double values[5];
    REQUIRE(carve_sim_read(sim.get(), CARVE_VIEW_ROW_START, 0, 2, values, 4, nullptr) == CARVE_OK);
    CHECK(std::vector<double>(values, values + 4) == std::vector<double>{0, 2, 2, 5});
    REQUIRE(carve_sim_read(sim.get(), CARVE_VIEW_PRE_UNITS, 0, 0, values, 5, nullptr) == CARVE_OK);
    CHECK(std::vector<double>(values, values + 5) == std::vector<double>{1, 5, 0, 2, 3});
    CHECK(carve_sim_write(sim.get(), CARVE_VIEW_PRE_UNITS, 0, 0, values, 5, nullptr) ==
          CARVE_E_UNAVAILABLE);
    CHECK(carve_sim_write(sim.get(), CARVE_VIEW_WEIGHTS, 0, 1, values, 5, nullptr) == CARVE_OK);
    CHECK(sim.weights(0).lane(1) == std::vector<double>{1, 5, 0, 2, 3});
    CHECK(carve_sim_view(sim.get(), CARVE_VIEW_ROW_START, 1, &v, nullptr) == CARVE_E_UNAVAILABLE);
}

TEST_CASE("arrays of a sparse sim may hold anything") {
    support::Random r(11);
    for (int round = 0; round < 40; ++round) {
        Network n = everything(round % 2 ? CARVE_F32 : CARVE_F64, 5);
        n.projections[1].tuning = 0;
        for (const std::size_t p : {0u, 1u, 2u}) {
            n.projections[p].connectivity =
                (p + std::size_t(round)) % 3 == 0 ? CARVE_CONNECT_LIST : CARVE_CONNECT_IN_DEGREE;
            n.projections[p].rows = {{1}, {0, 2}, {0, 1}};
            n.projections[p].in_degree = 2;
        }
        const SpikingScenario s = fill_scenario(n, 9, 300, 30);
        Sim sim(n);
        sim.scramble(r);
        carve_sim* attached = nullptr;
        REQUIRE(carve_sim_attach(sim.block().data(), sim.block().size(), &attached, nullptr) ==
                CARVE_OK);
        const SpikeLists lists(s.spikes);
        for (int k = 0; k < 2; ++k) {
            CHECK(support::step(attached, lists.streams(), 300) == CARVE_OK);
            CHECK(carve_sim_reset(attached, 1, nullptr, nullptr) == CARVE_OK);
        }
    }
}

TEST_CASE("cleared, sparse weights are the reset's, of the same graph, and later spikes are gone") {
    Network n = spiking_network(6, 4, 3);
    n.projections[0].connectivity = CARVE_CONNECT_IN_DEGREE;
    n.projections[0].in_degree = 3;
    n.projections[0].w_mean = 1;
    n.projections[0].w_sd = 0.1;
    n.projections[0].delay = 20;
    n.model.n_replicas = 2;
    std::vector<carve_spike> spikes, none;
    for (std::uint32_t unit = 0; unit < 6; ++unit)
        spikes.push_back({0, 0, unit, 0, 1});
    const std::vector<carve_stream> inputs{stream_of(spikes), stream_of(none)};
    for (const bool clear : {false, true}) {
        Sim sim(n);
        reset(sim, 5);
        const Rows rows = graph_of(sim, 0);
        const std::vector<double> weights = sim.weights(0).lane(1);
        sim.weights(0).set(7, 1, 4);
        REQUIRE(sim.step(inputs, 10) == CARVE_OK);
        if (clear)
            REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_ACTIVITY | CARVE_PART_WEIGHTS, nullptr) ==
                    CARVE_OK);
        CHECK((sim.weights(0).lane(1) == weights) == clear);
        CHECK(graph_of(sim, 0) == rows);
        REQUIRE(sim.step(inputs, 11) == CARVE_OK);
        const std::vector<double> g = Array(sim.get(), CARVE_VIEW_CONDUCTANCES, 2).lane(1);
        CHECK((std::count(g.begin(), g.end(), 0) == std::ptrdiff_t(g.size())) == clear);
    }
}

TEST_CASE("losses of weights are not to be had of sparse projections") {
    Network n = spiking_network(6, 4, 3);
    n.projections[1].connectivity = CARVE_CONNECT_IN_DEGREE;
    n.projection(2, 2, flat::kStatic); // which a loss of effective weights would look at
    n.projections[2].delay = 1;
    n.projections[2].connectivity = CARVE_CONNECT_IN_DEGREE;
    const Sim sim(n);
    const std::vector<double> target(100);
    double value = 0;
    carve_loss loss;
    REQUIRE(carve_loss_init(&loss, sizeof loss) == CARVE_OK);
    loss.target = target.data();
    CHECK(carve_sim_loss(sim.get(), &loss, &value, nullptr, nullptr) == CARVE_OK);
    loss.kind = CARVE_LOSS_DECORRELATION;
    CHECK(carve_sim_loss(sim.get(), &loss, &value, nullptr, nullptr) == CARVE_E_UNAVAILABLE);
    loss.projection = 1;
    for (const std::uint32_t kind : {CARVE_LOSS_DISTANCE, CARVE_LOSS_DISTANCE_SQUARED,
                                     CARVE_LOSS_SUBSPACE, CARVE_LOSS_DECORRELATION}) {
        loss.kind = kind;
        CHECK(carve_sim_loss(sim.get(), &loss, &value, nullptr, nullptr) == CARVE_E_UNAVAILABLE);
    }
}

TEST_SUITE_END();
