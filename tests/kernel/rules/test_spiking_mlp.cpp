// A rule at spikes that is a network of one or two hidden layers (M51), against one that is written down step by step.
#include "reference/spiking/event_rule.hpp"

using namespace reference;
using support::Network;
using support::Sim;

namespace {

constexpr std::uint32_t kState =
    CARVE_FACTOR_VOLTAGE | CARVE_FACTOR_EXCITATORY | CARVE_FACTOR_INHIBITORY;

flat::Rule mlp(std::uint32_t inputs, std::uint32_t hidden, std::uint32_t second,
               std::uint32_t activation) {
    flat::Rule rule;
    rule.spikes = 1;
    rule.kind = CARVE_RULE_MLP;
    rule.inputs = inputs;
    rule.hidden = hidden;
    rule.second = second;
    rule.activation = activation;
    return rule;
}

double f(std::uint32_t activation, double u) {
    return activation == CARVE_ACTIVATION_TANH   ? std::tanh(u)
           : activation == CARVE_ACTIVATION_RELU ? std::max(u, 0.0)
                                                 : 1 / (1 + std::exp(-u));
}
// A layer of n units: weights [n][input], then biases. Goes on behind them in theta.
std::vector<double> layer(const double*& theta, std::uint32_t n, const std::vector<double>& inputs,
                          std::uint32_t activation) {
    std::vector<double> out;
    for (std::uint32_t h = 0; h < n; ++h) {
        double u = theta[n * inputs.size() + h];
        for (std::size_t i = 0; i < inputs.size(); ++i)
            u += theta[h * inputs.size() + i] * inputs[i];
        out.push_back(f(activation, u));
    }
    theta += n * (inputs.size() + 1);
    return out;
}
double evaluate(const flat::Rule& rule, const std::vector<double>& coefficients, bool at_pre,
                double w, const PlainNeuron& n, double pre, double post) {
    const double all[] = {pre, post, w, n.filtered_v, n.excitatory, n.inhibitory};
    const std::uint32_t bits[] = {CARVE_FACTOR_PRE,        CARVE_FACTOR_POST,
                                  CARVE_FACTOR_WEIGHT,     CARVE_FACTOR_VOLTAGE,
                                  CARVE_FACTOR_EXCITATORY, CARVE_FACTOR_INHIBITORY};
    std::vector<double> z;
    for (std::size_t i = 0; i < 6; ++i)
        if (rule.inputs & bits[i])
            z.push_back(all[i]);
    const double* theta = coefficients.data();
    z = layer(theta, rule.hidden, z, rule.activation);
    if (rule.second)
        z = layer(theta, rule.second, z, rule.activation);
    theta += at_pre ? 0 : z.size() + 1;
    double sum = theta[z.size()];
    for (std::size_t k = 0; k < z.size(); ++k)
        sum += theta[k] * z[k];
    return sum;
}
EventRule mlp_of(const flat::Rule& rule, const std::vector<double>& theta) {
    return {[=](double w, const PlainNeuron& n, double r, double y) {
                return evaluate(rule, theta, true, w, n, r, y);
            },
            [=](double w, const PlainNeuron& n, double x, double o) {
                return evaluate(rule, theta, false, w, n, x, o);
            }};
}
std::string explain(Network n) { return support::explain(n.description()); }

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("networks of one and two hidden layers change weights at spikes") {
    const struct {
        std::uint32_t inputs, hidden, second, activation;
    } rules[] = {{7 | kState, 50, 4, CARVE_ACTIVATION_SIGMOID},
                 {7 | kState, 5, 0, CARVE_ACTIVATION_TANH},
                 {CARVE_FACTOR_WEIGHT | CARVE_FACTOR_EXCITATORY, 3, 7, CARVE_ACTIVATION_RELU},
                 {CARVE_FACTOR_PRE | CARVE_FACTOR_VOLTAGE, 1, 1, CARVE_ACTIVATION_TANH},
                 {CARVE_FACTOR_POST | CARVE_FACTOR_INHIBITORY, 12, 9, CARVE_ACTIVATION_SIGMOID}};
    std::uint64_t seed = 900;
    for (const auto& r : rules) {
        CAPTURE(r.inputs);
        compare_events(
            event_network(CARVE_POPULATION_CVAIF, mlp(r.inputs, r.hidden, r.second, r.activation)),
            seed++, mlp_of);
    }
}

TEST_CASE("a network at spikes that reads no state is of any neurons, and of sparse projections") {
    for (const std::uint32_t kind : {CARVE_POPULATION_LIF, CARVE_POPULATION_EIF}) {
        CAPTURE(kind);
        Network n = event_network(kind, mlp(7, 6, 3, CARVE_ACTIVATION_SIGMOID));
        n.projections[1].connectivity = n.projections[2].connectivity = CARVE_CONNECT_LIST;
        n.projections[1].rows = {{0, 3, 7}, {}, {1, 2, 3, 19}, {5, 6, 7, 8, 9, 10, 11, 12}};
        n.projections[2].rows = {{1, 3}, {0}, {}, {0, 2}};
        compare_events(n, 950 + kind, mlp_of);
    }
}

TEST_CASE("a network at spikes has the coefficients of its layers and of two sums") {
    Network n =
        event_network(CARVE_POPULATION_CVAIF, mlp(7 | kState, 50, 4, CARVE_ACTIVATION_SIGMOID));
    n.projections.pop_back();
    n.rules.pop_back();
    CHECK(Sim(n).info().n_coefficients == 50 * 6 + 50 + 4 * 50 + 4 + 2 * 5);
}

TEST_CASE("what a network at spikes cannot have is refused by name") {
    const Network valid = event_network(CARVE_POPULATION_CVAIF, mlp(7 | kState, 5, 2, 2));
    CHECK(explain(valid) == "");
    const auto refused = [&](const std::string& start, const std::function<void(Network&)>& how) {
        Network n = valid;
        how(n);
        const std::string sentence = explain(n);
        CAPTURE(sentence);
        CHECK(sentence.compare(0, start.size(), start) == 0);
    };
    for (const std::uint32_t of_rates : {8u, 16u, 32u, 64u, 128u})
        refused("rules[0].mlp.inputs is " + std::to_string(7 | of_rates) +
                    "; it must be bits CARVE_FACTOR_..., 1 to 255, at spikes of 1, 2, 4",
                [=](Network& n) { n.rules[0].inputs = 7 | of_rates; });
    refused("rules[1].mlp.n_second is 65; it must be 0 to 64",
            [](Network& n) { n.rules[1].second = 65; });
    refused("rules[0].mlp.tau_post2 is 0", [](Network& n) { n.rules[0].taus[3] = 0; });
    refused("projections[1].plasticity[0].rule is 0; it must not be the index of a rule with "
            "factors of the voltage",
            [](Network& n) { n.populations[2].kind = CARVE_POPULATION_LIF; });
    refused("projections[1].plasticity[0].rule is 0; it must not be the index of a rule of kind "
            "CARVE_RULE_MLP (1) at spikes beside a gate or other rules",
            [](Network& n) {
                n.projections[1].more.resize(1);
                n.projections[1].more[0].rule = 1;
            });
    Network gradient = spiking_network(4, 4, 2);
    gradient.rules[0] = mlp(7, 5, 0, CARVE_ACTIVATION_TANH);
    CHECK(explain(gradient) == "");
    gradient.model.gradient = CARVE_GRADIENT_FORWARD;
    CHECK(explain(gradient).find("projections[1].plasticity[0].rule is 0; it must not be the index "
                                 "of a rule of kind CARVE_RULE_MLP (1) at spikes in a model with a "
                                 "gradient") == 0);
    Network rates = support::single_layer(2, 1);
    rates.rules[0] = mlp(7, 5, 0, CARVE_ACTIVATION_TANH);
    CHECK(explain(rates).find("projections[0].plasticity[0].rule is 0; it must be the index of a "
                              "rule at spikes") == 0);
    const carve_model* const described = rates.description();
    rates.structs.mlps[0].at_spikes = 0;
    rates.structs.mlps[0].coincidence = CARVE_COINCIDENCE_BLIND;
    CHECK(support::explain(described) ==
          "rules[0].mlp.tau_pre is 0.02; it must keep its default: only "
          "a rule with at_spikes 1 reads it");
    rates.structs.mlps[0].tau_pre = 0.01;
    rates.structs.mlps[0].tau_post = 0.01;
    CHECK(support::explain(described) == "");
    rates.structs.mlps[0].inputs = CARVE_FACTOR_VOLTAGE;
    CHECK(support::explain(described).find("rules[0].mlp.inputs is 256") == 0);
}

TEST_SUITE_END();
