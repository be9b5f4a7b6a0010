// The rule that is a product of factors (M22), against one that is written down step by step, with neurons that are, too.
#include "reference/spiking/event_rule.hpp"

using namespace reference;
using support::Network;
using support::Sim;

namespace {

Network network_of(std::uint32_t kind, std::uint32_t factors, std::uint32_t released) {
    flat::Rule rule;
    rule.kind = CARVE_RULE_PRODUCT;
    rule.factors = factors;
    rule.released = released;
    return event_network(kind, rule);
}

// The formula as it is in SpikES, c0 to c20, with 0 for factors that a rule has not.
struct PlainProduct {
    std::vector<double> c;
    bool released;

    PlainProduct(const flat::Rule& rule, const std::vector<double>& theta)
        : released(rule.released != 0) {
        const auto has = [&](int k) {
            const int of_side = k < 10 ? k : k - 10;
            return of_side == 4                   ? (rule.factors & CARVE_PRODUCT_VOLTAGE) != 0
                   : of_side == 5 || of_side == 6 ? (rule.factors & CARVE_PRODUCT_EXCITATORY) != 0
                   : of_side == 7                 ? (rule.factors & CARVE_PRODUCT_INHIBITORY) != 0
                                                  : true;
        };
        std::size_t next = 0;
        for (int k = 0; k < 21; ++k)
            c.push_back(has(k) ? theta[next++] : 0);
        REQUIRE(next == theta.size());
    }
    double pre(double w, const PlainNeuron& n, double r, double y) const {
        const double v = 15 * n.filtered_v, e = 15 * n.excitatory, i = 15 * n.inhibitory;
        return c[0] * (1 + c[1] + c[2] * w + c[3] * w * w) * (1 + c[4] * v) *
               (1 + c[5] * e + c[6] * e * e) * (1 + c[7] * i) * (1 + c[8] * 2 * r) *
               (1 + c[9] * 2 * y);
    }
    double post(double w, const PlainNeuron& n, double x, double o) const {
        const double v = 15 * n.filtered_v, e = 15 * n.excitatory, i = 15 * n.inhibitory;
        const double of_weight =
            released ? 1 + c[11] + c[12] * c[13] * w * w : 1 + c[11] + c[12] * w + c[13] * w * w;
        return c[10] * of_weight * (1 + c[14] * v) * (1 + c[15] * e + c[16] * e * e) *
               (1 + c[17] * i) * (1 + c[18] * 2 * x) * (1 + c[19] * 2 * o + c[20] * 8 * o * o * o);
    }
};

EventRule product_of(const flat::Rule& rule, const std::vector<double>& theta) {
    const PlainProduct product(rule, theta);
    return {
        [=](double w, const PlainNeuron& n, double r, double y) { return product.pre(w, n, r, y); },
        [=](double w, const PlainNeuron& n, double x, double o) {
            return product.post(w, n, x, o);
        }};
}
void compare(const Network& n, std::uint64_t seed) { compare_events(n, seed, product_of); }

std::string explain(Network n) { return support::explain(n.description()); }

} // namespace

TEST_SUITE_BEGIN("spiking");

TEST_CASE("products of factors change weights as the published formula does") {
    std::uint64_t seed = 300;
    for (const std::uint32_t released : {0u, 1u})
        for (const std::uint32_t factors : {7u, 2u, 0u}) {
            CAPTURE(released);
            CAPTURE(factors);
            compare(network_of(CARVE_POPULATION_CVAIF, factors, released), seed++);
        }
}

TEST_CASE("a product without factors of the neuron's state is of any neuron") {
    for (const std::uint32_t kind :
         {CARVE_POPULATION_LIF, CARVE_POPULATION_IF, CARVE_POPULATION_EIF}) {
        CAPTURE(kind);
        compare(network_of(kind, 0, 0), 400 + kind);
    }
}

TEST_CASE("a product of a sparse projection changes the synapses that there are") {
    Network n = network_of(CARVE_POPULATION_CVAIF, 7, 0);
    n.projections[1].connectivity = n.projections[2].connectivity = CARVE_CONNECT_LIST;
    n.projections[1].rows = {{0, 3, 7}, {}, {1, 2, 3, 19}, {5, 6, 7, 8, 9, 10, 11, 12}};
    n.projections[2].rows = {{1, 3}, {0}, {}, {0, 2}};
    compare(n, 500);
}

TEST_CASE("a product is not changed by third factors, gates and traces of other projections") {
    Network n = network_of(CARVE_POPULATION_CVAIF, 7, 0);
    n.population(CARVE_POPULATION_INPUT, 1);
    n.population(CARVE_POPULATION_LIF, 2); // which nothing makes spike
    for (const std::uint32_t eligibility : {0u, 1u}) {
        const std::uint64_t terms = flat::at_pre(0, 0, 0) | flat::at_pre(0, 1, 0);
        n.rule(flat::spike_terms(terms) & 15);
        flat::Rule& rule = n.rules.back();
        rule.spikes = 1;
        rule.terms_r = terms;
        rule.eligibility = eligibility;
    }
    n.projection(0, 4, 2);
    flat::Projection& p = n.projections[3];
    p.gain = 1e-6;
    p.eta = 1e-3;
    p.modulator = 2;
    p.gate = 3;
    flat::Use use;
    use.rule = 3;
    use.eta = 1e-3;
    use.modulator = 3;
    p.more = {use};
    compare(n, 600);
}

TEST_CASE("the default of a product is that of all factors, as released but for the slip") {
    Network n = network_of(CARVE_POPULATION_CVAIF, 7, 0);
    for (flat::Rule& rule : n.rules) {
        rule = flat::Rule();
        rule.spikes = 1;
        rule.kind = CARVE_RULE_PRODUCT;
        rule.coincidence = CARVE_COINCIDENCE_BLIND;
    }
    const carve_model* const described = n.description();
    std::size_t bytes[2] = {0, 0};
    REQUIRE(carve_sim_required_bytes(described, &bytes[0], nullptr) == CARVE_OK);
    for (carve_rule& rule : n.structs.rules)
        rule.parameters = nullptr;
    REQUIRE(carve_sim_required_bytes(described, &bytes[1], nullptr) == CARVE_OK);
    CHECK(bytes[0] == bytes[1]);
}

TEST_CASE("what a product cannot have is refused by name") {
    const Network valid = network_of(CARVE_POPULATION_CVAIF, 7, 0);
    CHECK(explain(valid) == "");
    const auto refused = [&](const std::string& start, const std::function<void(Network&)>& how) {
        Network n = valid;
        how(n);
        const std::string sentence = explain(n);
        CAPTURE(sentence);
        CHECK(sentence.compare(0, start.size(), start) == 0);
    };
    for (const std::uint32_t kind : {CARVE_POPULATION_LIF, CARVE_POPULATION_IF})
        refused("projections[1].plasticity[0].rule is 0; it must not be the index of a rule with "
                "factors of the voltage",
                [=](Network& n) { n.populations[2].kind = kind; });
    refused("rules[0].product.factors is 8", [](Network& n) { n.rules[0].factors = 8; });
    refused("rules[1].product.released is 2", [](Network& n) { n.rules[1].released = 2; });
    refused("rules[0].product.coincidence is 2", [](Network& n) { n.rules[0].coincidence = 2; });
    const char* const taus[] = {"tau_pre", "tau_post", "tau_pre2", "tau_post2"};
    for (std::size_t k = 0; k < 4; ++k)
        for (const double bad : {0.0, -1.0, double(INFINITY), double(NAN)})
            refused(std::string("rules[0].product.") + taus[k] + " is ",
                    [=](Network& n) { n.rules[0].taus[k] = bad; });
    refused("rules[0].product.tau_pre is 1e+300; it must be at most", [](Network& n) {
        n.rules[0].taus[0] = 1e300;
        n.model.precision = CARVE_F32;
    });
    Network gradient = spiking_network(4, 4, 2);
    gradient.rules[0].kind = CARVE_RULE_PRODUCT;
    gradient.rules[0].factors = 0;
    CHECK(explain(gradient) == "");
    gradient.model.gradient = CARVE_GRADIENT_FORWARD;
    CHECK(explain(gradient).find("projections[1].plasticity[0].rule is 0; it must not be the index "
                                 "of a rule of kind CARVE_RULE_PRODUCT (2) in a model with a "
                                 "gradient") == 0);
    Network rates = support::single_layer(2, 1);
    rates.rules[0].kind = CARVE_RULE_PRODUCT;
    CHECK(explain(rates).find("projections[0].plasticity[0].rule is 0; it must be the index of a "
                              "rule at spikes") == 0);
}

TEST_CASE("what cannot be beside a product is refused by name") {
    const char* const beside =
        "projections[1].plasticity[0].rule is 0; it must not be the index of a rule of kind "
        "CARVE_RULE_PRODUCT (2) beside a gate or other rules";
    Network other = network_of(CARVE_POPULATION_CVAIF, 7, 0); // with an input, and a rule of terms
    other.rule(flat::kTermsPair);
    other.rules.back().spikes = 1;
    CHECK(explain(other) == "");
    other.population(CARVE_POPULATION_INPUT, 1);
    const auto input = std::uint32_t(other.populations.size() - 1),
               terms = std::uint32_t(other.rules.size() - 1);
    const auto refused = [&](const std::string& start,
                             const std::function<void(flat::Projection&)>& how) {
        Network n = other;
        how(n.projections[1]);
        const std::string sentence = explain(n);
        CAPTURE(sentence);
        CHECK(sentence.compare(0, start.size(), start) == 0);
    };
    const auto use_of = [](std::uint32_t rule) {
        flat::Use use;
        use.rule = rule;
        return use;
    };
    refused(beside, [=](flat::Projection& p) { p.gate = input; });
    refused(beside, [=](flat::Projection& p) { p.more = {use_of(terms)}; });
    refused(beside, [=](flat::Projection& p) { p.more = {use_of(1)}; });
    refused("projections[1].plasticity[1].rule is 1; it must not be the index of a rule of "
            "kind CARVE_RULE_PRODUCT (2) beside a gate or other rules",
            [=](flat::Projection& p) {
                p.rule = terms;
                p.more = {use_of(1)};
            });
    refused("projections[1].plasticity[0].modulator is 3; it must be CARVE_NO_POPULATION: "
            "the rule has no third factor",
            [=](flat::Projection& p) { p.modulator = input; });
}

TEST_SUITE_END();
