// Blocks that somebody forged field by field, with the old checksum and with a right one: refused
// and unchanged, or a sim that works.
#include "forgery.hpp"
#include "reference/spiking/scenario.hpp"

using carve::Sim;
using forgery::BlockAtEnd;
using forgery::Forgery;
using support::Network;

namespace {

Network rates() {
    Network n = support::single_layer(3, 2, CARVE_ACTIVATION_TANH,
                                      flat::term(1, 1, 0) | flat::term(0, 2, 1));
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.n_replicas = 3;
    return n;
}
// A listed rule with eligibility, beside it an ordinary one, a hidden layer, and a probe of choices.
Network general_rules() {
    Network n = support::single_layer(2, 2, CARVE_ACTIVATION_TANH);
    n.rules[0].listed = {flat::listed_term(1, 1, 0, 0, 1, 0, 1, 0),
                         flat::listed_term(1, 2, 0, 0, 0, 1, 0, 1)};
    n.rules[0].eligibility = 1;
    n.rules.emplace_back();
    n.rules[1].kind = CARVE_RULE_MLP;
    n.rules[1].hidden = 2;
    n.projections[0].more.resize(1);
    n.projections[0].more[0].rule = n.rule(flat::term(1, 1, 0) | flat::term(0, 0, 1));
    n.projection(1, 1, 1);
    n.projections[1].delay = 1;
    n.populations[1].recorded = 1;
    n.populations[1].likelihood = CARVE_LIKELIHOOD_CATEGORICAL;
    n.populations[1].observations = 0;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    return n;
}
// Weights that a probe follows, and that are free in the beginning.
Network recorded_weights() {
    Network n = rates();
    n.projections[0].recorded = 1;
    n.projections[0].observations = n.population(CARVE_POPULATION_INPUT, 6);
    n.projections[0].selection = n.population(CARVE_POPULATION_INPUT, 6);
    n.projections[0].initial_weights = CARVE_INITIAL_FREE;
    return n;
}
// Lateral weights that a probe follows below a mask, in two samples a step.
Network masked_weights() {
    Network n = rates();
    n.projection(1, 1, 0);
    n.projections[1].connectivity = CARVE_CONNECT_LOWER;
    n.projections[1].recorded = 1;
    n.projections[1].observations = n.population(CARVE_POPULATION_INPUT, 4);
    n.model.batch = 2;
    return n;
}
// Beside it a rule that reads the sum of weights.
Network products() {
    Network n = reference::spiking_network(3, 2, 2);
    n.populations[2].kind = CARVE_POPULATION_CVAIF;
    n.rules[0].kind = CARVE_RULE_PRODUCT;
    flat::Rule sums = reference::spiking_network(1, 1, 1).rules[0];
    sums.listed = flat::terms_of(sums);
    sums.listed[1].weight_sum = 2;
    n.rules.push_back(sums);
    n.projections[0].rule = 1;
    return n;
}
Network spikes() {
    Network n = reference::spiking_network(3, 2, 2);
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.precision = CARVE_F32;
    return n;
}

// A field of either size at each place, as 0, 1, its neighbours, its powers of two and its largest.
template <class Word> void forge_words(Forgery& f, std::size_t from, std::size_t to) {
    for (std::size_t at = from; at + sizeof(Word) <= to; at += sizeof(Word)) {
        Word was;
        std::memcpy(&was, reinterpret_cast<const char*>(&f.head()) + at, sizeof was);
        const Word most = Word(~Word(0)), half = Word(most / 2 + 1);
        for (const Word now :
             {Word(0), Word(1), most, half, Word(half - 1), Word(was + 1), Word(was - 1),
              Word(was + 64), Word(was - 64), Word(f.size()), Word(f.size() - 64)}) {
            CAPTURE(at);
            CAPTURE(now);
            f.attach([&](unsigned char* block) { std::memcpy(block + at, &now, sizeof now); },
                     now != was && at < offsetof(Sim, checksum));
        }
    }
}

} // namespace

TEST_SUITE_BEGIN("memory");

TEST_CASE("no value of any field of a head or a plan makes attach leave the block") {
    for (Network (*const network)() :
         {rates, general_rules, recorded_weights, masked_weights, spikes, products}) {
        Forgery f(network());
        f.use_intact();
        const std::size_t plans_end = f.head().frozen; // the arrays begin there
        REQUIRE(plans_end > sizeof(Sim));
        forge_words<std::uint32_t>(f, 0, plans_end);
        forge_words<std::uint64_t>(f, 0, plans_end);
        CHECK(f.accepted > 0); // what may change while a sim runs
        CHECK(f.stepped > 0);
    }
}

TEST_CASE("a general rule that no caller can describe is refused") {
    const auto refused = [](const Network& network, std::uint32_t carve::Rule::*field,
                            std::uint32_t value) {
        Forgery f(network);
        const std::size_t rule = std::size_t(f.head().rules);
        f.attach([&](unsigned char* block) {
            reinterpret_cast<carve::RulePlan*>(block + rule)->model.*field = value;
        });
        CHECK(f.accepted == 0);
    };
    Network traced = general_rules();
    for (carve_term& term : traced.rules[0].listed)
        term.modulator = 1;
    traced.projections[0].modulator = 0;
    refused(traced, &carve::Rule::outer, 3);
    refused(traced, &carve::Rule::kind, CARVE_RULE_PRODUCT);
    refused(traced, &carve::Rule::released, 1);
    refused(traced, &carve::Rule::state_factors, 1);
    refused(traced, &carve::Rule::second, 1);
    Network competing = support::single_layer(2, 2);
    competing.rules[0].listed = {flat::listed_term(1, 0, 0, 0, 0, 0, 0, 1)};
    refused(competing, &carve::Rule::factors, CARVE_FACTOR_PRE); // its terms would have bits
    refused(competing, &carve::Rule::outer, 1);                  // without eligibility
    refused(products(), &carve::Rule::spikes, 0);
    refused(products(), &carve::Rule::factors, 1);
    refused(products(), &carve::Rule::state_factors, 8);
}

TEST_CASE("a step stays in the block whatever the words of listed terms hold") {
    Forgery f(general_rules());
    const std::size_t words = std::size_t(rules(f.head())[0].listed);
    REQUIRE(words > 0);
    const std::size_t before = f.accepted;
    for (const std::uint32_t word : {0u, 1u, 0xFFFFu, 0x10000u, 0xAAAAAAAAu, 0xFFFFFFFFu})
        for (std::size_t i = 0; i < 2; ++i)
            f.attach([&](unsigned char* block) {
                std::memcpy(block + words + 4 * i, &word, sizeof word);
            });
    CHECK(f.accepted == before + 24);
}

// As many as there may be must fit.
TEST_CASE("plans that would end behind the block are refused wherever they begin") {
    const struct {
        std::uint32_t carve::Settings::*count;
        carve::Offset Sim::*at;
        std::uint32_t size, most;
    } arrays[] = {
        {&carve::Settings::n_populations, &Sim::populations, sizeof(carve::PopulationPlan), 64},
        {&carve::Settings::n_projections, &Sim::projections, sizeof(carve::ProjectionPlan), 64},
        {&carve::Settings::n_further_uses, &Sim::projections, sizeof(carve::ProjectionPlan), 64},
        {&carve::Settings::n_rules, &Sim::rules, sizeof(carve::RulePlan), 16}};
    Network wide = rates();
    wide.populations[0].n_units = 300; // a block in which 64 plans have room
    Forgery f(wide);
    for (const auto& a : arrays)
        for (std::uint32_t n : {1u, 2u, a.most / 2, a.most, a.most + 1, 0xFFFFFFFFu})
            for (std::size_t back = 0; back <= 64u * 440 / 64; ++back) {
                const std::size_t begin = f.size() - 64 * back;
                CAPTURE(n);
                CAPTURE(begin);
                f.attach([&](unsigned char* block) {
                    Sim& head = *reinterpret_cast<Sim*>(block);
                    head.model.*a.count = n;
                    head.*a.at = begin;
                    // The first one again and again, as far as there is room.
                    const auto* const first =
                        reinterpret_cast<const char*>(&f.head()) + f.head().*a.at;
                    for (std::size_t at = begin; at + a.size <= f.size(); at += a.size)
                        std::memcpy(block + at, first, a.size);
                });
            }
    CHECK(f.accepted == 0);
}

TEST_CASE("a block of another ABI, layout or byte order is refused, with a right checksum, too") {
    for (Network network : {rates(), spikes()}) {
        std::size_t bytes = 0;
        REQUIRE(carve_sim_required_bytes(network.description(), &bytes, nullptr) == CARVE_OK);
        for (std::uint32_t Sim::*const field : {&Sim::version, &Sim::layout, &Sim::byte_order}) {
            BlockAtEnd block(bytes);
            carve_sim* sim = nullptr;
            REQUIRE(carve_sim_init(block.data(), bytes, network.description(), &sim, nullptr) ==
                    CARVE_OK);
            Sim& head = *reinterpret_cast<Sim*>(block.data());
            head.*field += 1;
            head.checksum = carve::plan_checksum(head);
            CHECK(carve_sim_attach(block.data(), bytes, &sim, nullptr) == CARVE_E_CORRUPT);
            head.*field -= 1;
            head.checksum = carve::plan_checksum(head);
            CHECK(carve_sim_attach(block.data(), bytes, &sim, nullptr) == CARVE_OK);
        }
    }
}

TEST_CASE("random bytes in a head or a plan are refused or harmless") {
    support::Random r(3);
    for (Network (*const network)() : {rates, spikes}) {
        Forgery f(network());
        for (int round = 0; round < 5000; ++round)
            f.attach([&](unsigned char* block) {
                for (std::uint32_t k = 0, n = 1 + r.below(4); k < n; ++k)
                    block[r.below(std::uint32_t(f.head().frozen))] =
                        static_cast<unsigned char>(r.bits());
            });
    }
}

// After a reset every synapse is in one row, and once in the columns.
void check_index(const Sim& s, std::uint32_t p) {
    const carve::ProjectionPlan& q = projections(s)[p];
    const auto* const row_start = carve::array<std::uint32_t>(s, q.row_start);
    const auto* const column_start = carve::array<std::uint32_t>(s, q.column_start);
    const auto* const columns = carve::array<carve::ColumnEntry>(s, q.columns);
    const std::uint32_t n_post = populations(s)[q.model.post].model.n_units,
                        n_pre = populations(s)[q.model.pre].model.n_units,
                        n_synapses = row_start[n_post];
    CHECK(std::is_sorted(row_start, row_start + n_post));
    CHECK(std::is_sorted(column_start, column_start + n_pre + 1));
    REQUIRE(column_start[n_pre] == n_synapses);
    std::vector<int> seen(n_synapses);
    for (std::uint32_t k = 0; k < n_synapses; ++k) {
        REQUIRE(columns[k].synapse < n_synapses);
        ++seen[columns[k].synapse];
        CHECK(row_start[columns[k].post] <= columns[k].synapse);
        CHECK(columns[k].synapse < row_start[columns[k].post + 1]);
    }
    CHECK(seen == std::vector<int>(n_synapses, 1));
}

// A forged number does what the largest that leads somewhere does, and an enormous one is no crash.
TEST_CASE("whatever the arrays of a graph hold, steps and resets stay in the block") {
    Network n = reference::spiking_network(9, 5, 4);
    n.projections[1].connectivity = CARVE_CONNECT_LIST;
    n.projections[1].rows = {{0, 4}, {1, 2, 3}, {}, {2}};
    n.projections[1].eta = 1e-3;
    n.projection(2, 2, 0);
    n.projections[2].delay = 1;
    n.projections[2].gain = 0.1;
    n.projections[2].connectivity = CARVE_CONNECT_IN_DEGREE;
    n.projections[2].in_degree = 2;
    const reference::SpikingScenario s = reference::fill_scenario(n, 3, 600, 60);
    const reference::SpikeLists lists(s.spikes);
    support::Sim sim(n);
    load(sim, s);
    const std::size_t bytes = sim.block().size();
    BlockAtEnd block(bytes);
    // What a forged block becomes in some steps, then a reset and more steps.
    const auto run = [&](std::size_t at, std::uint32_t value) {
        std::memcpy(block.data(), sim.block().data(), bytes);
        std::memcpy(block.data() + at, &value, sizeof value);
        carve_sim* forged = nullptr;
        REQUIRE(carve_sim_attach(block.data(), bytes, &forged, nullptr) == CARVE_OK);
        std::vector<double> seen;
        for (int round = 0; round < 2; ++round) {
            CHECK(support::step(forged, lists.streams(), 600) == CARVE_OK);
            const auto add = [&](std::uint32_t which, std::uint32_t i) {
                const std::vector<double> all = support::Array(forged, which, i).lane(0);
                seen.insert(seen.end(), all.begin(), all.end());
            };
            add(CARVE_VIEW_WEIGHTS, 1);
            add(CARVE_VIEW_WEIGHTS, 2);
            add(CARVE_VIEW_VOLTAGES, 2);
            REQUIRE(carve_sim_reset(forged, 1, nullptr, nullptr) == CARVE_OK);
            for (const std::uint32_t p : {1u, 2u})
                check_index(*reinterpret_cast<const Sim*>(block.data()), p);
        }
        return seen;
    };
    const Sim& head = *reinterpret_cast<const Sim*>(sim.block().data());
    for (const std::uint32_t p : {1u, 2u}) {
        const carve::ProjectionPlan& q = projections(head)[p];
        const std::uint32_t n_post = 4, n_pre = n.n_pre(p), n_synapses = p == 1 ? 6 : 8;
        const struct {
            carve::Offset at;
            std::size_t count;
            std::uint32_t most; // a valid number
        } arrays[] = {{q.row_start, n_post + 1u, n_synapses},
                      {q.pre_units, n_synapses, n_pre - 1},
                      {q.column_start, n_pre + 1u, n_synapses}};
        for (const auto& a : arrays)
            for (std::size_t k = 0; k < a.count; ++k) {
                const std::vector<double> expected = run(std::size_t(a.at) + 4 * k, a.most);
                for (const std::uint32_t value : {a.most + 1, 0x7FFFFFFFu, 0xFFFFFFFFu})
                    CHECK(run(a.at + 4 * k, value) == expected);
            }
        for (std::size_t k = 0; k < 2 * n_synapses; ++k) { // post and synapse of each entry
            const std::uint32_t most = k % 2 ? n_synapses - 1 : n_post - 1;
            const std::vector<double> expected = run(q.columns + 4 * k, most);
            for (const std::uint32_t value : {most + 1, 0x7FFFFFFFu, 0xFFFFFFFFu})
                CHECK(run(q.columns + 4 * k, value) == expected);
        }
    }
}

TEST_CASE("a truncated or foreign block is refused") {
    Network n = rates();
    support::Sim sim(n);
    const std::size_t bytes = sim.block().size();
    for (std::size_t size = 0; size < bytes; size += std::max<std::size_t>(1, bytes / 97)) {
        carve_sim* attached = nullptr;
        const carve_status status = carve_sim_attach(sim.block().data(), size, &attached, nullptr);
        CHECK((status == CARVE_E_SPACE || status == CARVE_E_CORRUPT));
        CHECK(attached == nullptr);
    }
    carve_sim* attached = nullptr;
    CHECK(carve_sim_attach(sim.block().data(), bytes - 1, &attached, nullptr) == CARVE_E_SPACE);
    support::Block zero(bytes);
    CHECK(carve_sim_attach(zero.data(), bytes, &attached, nullptr) == CARVE_E_CORRUPT);
    support::Random r(1);
    for (std::size_t i = 0; i < bytes; ++i)
        zero.data()[i] = static_cast<unsigned char>(r.bits());
    CHECK(carve_sim_attach(zero.data(), bytes, &attached, nullptr) == CARVE_E_CORRUPT);
}

TEST_SUITE_END();
