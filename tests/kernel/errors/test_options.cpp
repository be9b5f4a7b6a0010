// The table of options in docs/model.md: each pair is a model that is accepted, or one that is refused by
// name.
#include "reference/spiking/scenario.hpp"

#include <fstream>
#include <functional>
#include <map>
#include <sstream>

using support::Network;

namespace {

// A model that the column is about: without its options it is valid.
using Column = std::function<void(Network&)>;
const std::map<std::string, Column> kColumns{
    {"forward", [](Network& n) { n.model.gradient = CARVE_GRADIENT_FORWARD; }},
    {"adjoint",
     [](Network& n) {
         n.model.gradient = CARVE_GRADIENT_ADJOINT;
         n.model.max_steps = 10;
     }},
    {"moments",
     [](Network& n) {
         n.model.form = CARVE_FORM_MOMENTS;
         if (n.populations[0].kind != CARVE_POPULATION_POISSON)
             n.populations[0].fixed = 1;
     }},
    {"afferents", [](Network& n) { n.model.layout = CARVE_LAYOUT_AFFERENTS; }},
    {"targets", [](Network& n) {
         n.model.layout = CARVE_LAYOUT_TARGETS;
         for (flat::Projection& p : n.projections) // it is about sparse spiking networks
             if (n.populations[p.post].kind >= CARVE_POPULATION_LIF &&
                 p.connectivity == CARVE_CONNECT_ALL)
                 p.connectivity = CARVE_CONNECT_IN_DEGREE;
     }}};

using Option = std::function<Network(Network)>;
Option change(const std::function<void(Network&)>& how) {
    return [how](Network n) {
        how(n);
        return n;
    };
}
// A cell whose neurons are changed.
Option cell(const std::function<void(flat::Population&)>& how) {
    return [how](const Network&) {
        Network n = reference::spiking_network(4, 4, 2);
        how(n.populations[2]);
        return n;
    };
}
void modulate(Network& n) {
    n.rules[0].terms_r = flat::term(1, 1, 0);
    n.projections[0].modulator = 1;
}
Option listed(const carve_term& term) {
    return change([=](Network& n) { n.rules[0].listed = {term}; });
}
const std::map<std::string, Option> kOptions{{"a mean of rates as a factor",
                                              listed(flat::listed_term(1, 1, 0, 0, 1, 0, 0, 0))},
                                             {"a sum of weights as a factor",
                                              listed(flat::listed_term(1, 1, 0, 0, 0, 0, 0, 1))},
                                             {"an eligibility trace", change([](Network& n) {
                                                  n.rules[0].eligibility = 1;
                                              })},
                                             {"a product of factors at spikes",
                                              [](const Network&) {
                                                  Network n = reference::spiking_network(4, 4, 2);
                                                  n.rules[0].kind = CARVE_RULE_PRODUCT;
                                                  n.rules[0].factors = 0;
                                                  return n;
                                              }},
                                             {"a rule with a hidden layer at spikes",
                                              [](const Network&) {
                                                  Network n = reference::spiking_network(4, 4, 2);
                                                  n.rules[0].kind = CARVE_RULE_MLP;
                                                  return n;
                                              }},
                                             {"a rule with a hidden layer", change([](Network& n) {
                                                  n.rules[0].kind = CARVE_RULE_MLP;
                                              })},
                                             {"several rules of a projection",
                                              change([](Network& n) {
                                                  n.projections[0].more.resize(1);
                                              })},
                                             {"several samples a step",
                                              change([](Network& n) { n.model.batch = 5; })},
                                             {"a fixed input", change([](Network& n) {
                                                  n.populations[0].fixed = 1;
                                              })},
                                             {"a gaussian population", change([](Network& n) {
                                                  n.populations[0].kind = CARVE_POPULATION_GAUSSIAN;
                                              })},
                                             {"an activation that is not linear",
                                              change([](Network& n) {
                                                  n.populations[1].activation =
                                                      CARVE_ACTIVATION_TANH;
                                              })},
                                             {"a second layer", change([](Network& n) {
                                                  n.population(CARVE_POPULATION_RATE, 2);
                                                  n.projection(1, 2, 0);
                                              })},
                                             {"two projections onto one population",
                                              change([](Network& n) { n.projection(0, 1, 0); })},
                                             {"a lateral projection", change([](Network& n) {
                                                  n.projection(1, 1, 0);
                                                  n.projections[1].connectivity =
                                                      CARVE_CONNECT_LOWER;
                                              })},
                                             {"a residual as what the rule reads",
                                              change([](Network& n) {
                                                  n.projections[0].presynaptic =
                                                      CARVE_PRESYNAPTIC_RESIDUAL;
                                              })},
                                             {"a power of 3 of x or y", change([](Network& n) {
                                                  n.rules[0].terms |= flat::term(0, 3, 1);
                                              })},
                                             {"a power of 3 of w", change([](Network& n) {
                                                  n.rules[0].terms |= flat::term(0, 2, 3);
                                              })},
                                             {"bounds of weights", change([](Network& n) {
                                                  n.projections[0].w_min = -1;
                                                  n.projections[0].w_max = 1;
                                              })},
                                             {"coefficients of each replica",
                                              change([](Network& n) { n.rules[0].shared = 0; })},
                                             {"a third factor",
                                              change([](Network& n) { modulate(n); })},
                                             {"a baseline of a third factor",
                                              change([](Network& n) {
                                                  modulate(n);
                                                  n.projections[0].baseline = CARVE_BASELINE_WINDOW;
                                                  n.projections[0].window = 3;
                                              })},
                                             {"a gate", change([](Network& n) {
                                                  n.projections[0].gate = 0;
                                              })},
                                             {"a time constant of rates",
                                              change([](Network& n) { n.populations[1].tau = 5; })},
                                             {"a delay between rates", change([](Network& n) {
                                                  n.projections[0].delay = 2;
                                              })},
                                             {"a probe of a trajectory", change([](Network& n) {
                                                  n.population(CARVE_POPULATION_INPUT,
                                                               n.populations[1].n_units);
                                                  n.populations[1].recorded = 1;
                                                  n.populations[1].observations = 2;
                                              })},
                                             {"a probe of weights", change([](Network& n) {
                                                  n.projections[0].recorded = 1;
                                                  n.projections[0].observations = n.population(
                                                      CARVE_POPULATION_INPUT,
                                                      n.n_pre(0) * n.n_post(0));
                                              })},
                                             {"free initial weights", change([](Network& n) {
                                                  n.model.gradient = CARVE_GRADIENT_FORWARD;
                                                  n.population(CARVE_POPULATION_INPUT,
                                                               n.populations[1].n_units);
                                                  n.populations[1].recorded = 1;
                                                  n.populations[1].observations = 2;
                                                  n.projections[0].initial_weights =
                                                      CARVE_INITIAL_FREE;
                                              })},
                                             {"no plastic projection",
                                              change([](Network& n) { n.make_static(0); })},
                                             {"poisson units onto neurons",
                                              [](const Network&) {
                                                  return reference::spiking_network(4, 4, 2);
                                              }},
                                             {"neurons that drive neurons",
                                              [](const Network&) {
                                                  Network n = reference::spiking_network(4, 4, 2);
                                                  n.projection(2, 2, flat::kStatic);
                                                  n.projections[2].delay = 1;
                                                  return n;
                                              }},
                                             {"neurons of another kind than lif",
                                              cell([](flat::Population& p) {
                                                  p.kind = CARVE_POPULATION_IF;
                                                  p.scored = 0;
                                              })},
                                             {"two currents", cell([](flat::Population& p) {
                                                  p.synapses = CARVE_RECEPTOR_CURRENT;
                                                  p.v_inh = 0;
                                              })},
                                             {"one receptor, or more than two",
                                              cell([](flat::Population& p) {
                                                  p.n_receptors = 3;
                                                  p.more[0] = {CARVE_RECEPTOR_CONDUCTANCE,
                                                               0,
                                                               5e-3,
                                                               0,
                                                               0,
                                                               {}};
                                              })},
                                             {"a receptor that follows another",
                                              cell([](flat::Population& p) { p.n_receptors = 3; })},
                                             {"a delay of poisson spikes",
                                              [](const Network&) {
                                                  Network n = reference::spiking_network(4, 4, 2);
                                                  n.projections[1].delay = 3;
                                                  return n;
                                              }},
                                             {"a third factor at spikes",
                                              [](const Network&) {
                                                  Network n = reference::spiking_network(4, 4, 2);
                                                  n.rules[0].terms_r = flat::at_pre(1, 0, 0);
                                                  n.projections[1].modulator = 2;
                                                  return n;
                                              }},
                                             {"a gate at spikes",
                                              [](const Network&) {
                                                  Network n = reference::spiking_network(4, 4, 2);
                                                  n.projections[1].gate =
                                                      n.population(CARVE_POPULATION_INPUT, 1);
                                                  return n;
                                              }},
                                             {"an eligibility trace at spikes",
                                              [](const Network&) {
                                                  Network n = reference::spiking_network(4, 4, 2);
                                                  n.rules[0].eligibility = 1;
                                                  return n;
                                              }},
                                             {"a sum of weights as a factor at spikes",
                                              [](const Network&) {
                                                  Network n = reference::spiking_network(4, 4, 2);
                                                  n.rules[0].listed = flat::terms_of(n.rules[0]);
                                                  n.rules[0].listed[0].weight_sum = 1;
                                                  return n;
                                              }},
                                             {"several rules of a projection at spikes",
                                              [](const Network&) {
                                                  Network n = reference::spiking_network(4, 4, 2);
                                                  n.projections[1].more.resize(1);
                                                  return n;
                                              }},
                                             {"drawn synapses (CARVE_CONNECT_IN_DEGREE)",
                                              [](const Network&) {
                                                  Network n = reference::spiking_network(4, 4, 2);
                                                  n.projections[1].connectivity =
                                                      CARVE_CONNECT_IN_DEGREE;
                                                  return n;
                                              }},
                                             {"listed synapses (CARVE_CONNECT_LIST)",
                                              [](const Network&) {
                                                  Network n = reference::spiking_network(4, 4, 2);
                                                  n.projections[0].connectivity =
                                                      CARVE_CONNECT_LIST;
                                                  n.projections[0].rows = {{0, 2}, {3}};
                                                  return n;
                                              }}};

struct Row {
    std::string option;
    std::map<std::string, std::string> cells;
};

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream in(line.substr(1));
    for (std::string cell; std::getline(in, cell, '|');)
        cells.push_back(cell.substr(1, cell.size() - 2));
    return cells;
}

std::vector<Row> table() {
    std::ifstream in(CARVE_TESTS_SOURCE_ROOT "/docs/model.md");
    std::vector<Row> rows;
    std::vector<std::string> head;
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("| option |", 0) == 0) {
            head = cells_of(line);
        } else if (!head.empty() && line.rfind("| ", 0) == 0 && line.rfind("| ---", 0) != 0) {
            const std::vector<std::string> cells = cells_of(line);
            REQUIRE(cells.size() == head.size());
            rows.push_back({cells[0], {}});
            for (std::size_t k = 1; k < head.size(); ++k)
                rows.back().cells[head[k]] = cells[k];
        }
    }
    return rows;
}

} // namespace

TEST_SUITE_BEGIN("model errors");

TEST_CASE("what works with what is what docs/model.md says") {
    std::size_t seen = 0;
    for (const Row& row : table()) {
        CAPTURE(row.option);
        REQUIRE(kOptions.count(row.option) == 1);
        ++seen;
        const Network plain = kOptions.at(row.option)(support::single_layer(3, 2));
        Network alone = plain;
        std::size_t bytes = 0;
        REQUIRE(carve_sim_required_bytes(alone.description(), &bytes, nullptr) == CARVE_OK);
        for (const auto& cell : row.cells) {
            CAPTURE(cell.first);
            Network n = plain;
            kColumns.at(cell.first)(n);
            REQUIRE((cell.second == "yes" || cell.second == "no"));
            const carve_status status = carve_sim_required_bytes(n.description(), &bytes, nullptr);
            const std::string text = support::explain(n.description());
            CAPTURE(text);
            CHECK(status == (cell.second == "yes" ? CARVE_OK : CARVE_E_RANGE));
            CHECK(text.empty() == (cell.second == "yes"));
        }
    }
    CHECK(seen == kOptions.size());
    for (const auto& column : kColumns) { // by itself each is valid
        Network n = column.first == "targets" ? reference::spiking_network(4, 4, 2)
                                              : support::single_layer(3, 2);
        column.second(n);
        std::size_t bytes = 0;
        CHECK(carve_sim_required_bytes(n.description(), &bytes, nullptr) == CARVE_OK);
    }
}

TEST_SUITE_END();
