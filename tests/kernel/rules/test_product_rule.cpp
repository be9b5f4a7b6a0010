// The rule that is a product of factors (M22), against one that is written down step by step, with neurons that are, too.
#include "reference/neurons.hpp"
#include "reference/spiking_scenario.hpp"

#include <functional>

using namespace reference;
using support::Network;
using support::Sim;

namespace {

constexpr std::uint32_t kUnits = 4;

// Two streamed populations, excitation and inhibition that learns, onto neurons that excite each other by
// synapses that learn by another rule.
Network network_of(std::uint32_t kind, std::uint32_t factors, std::uint32_t released) {
    Network n;
    for (int i = 0; i < 2; ++i) {
        n.population(CARVE_POPULATION_POISSON, 20);
        n.populations.back().source = CARVE_SOURCE_STREAMED;
    }
    n.population(kind, kUnits);
    flat::Population& neurons = n.populations[2];
    neurons.scored = 1;
    neurons.n_receptors = 3; // with a slow one, as published
    neurons.more[0].share = 1 / 1.3;
    neurons.more[0].tau = 0.1;
    neurons.v_rest = neurons.v_reset = -0.07;
    neurons.t_ref = kind == CARVE_POPULATION_CVAIF ? 0 : 5e-3;
    n.projection(0, 2, flat::kStatic);
    n.projections[0].gain = 2;
    for (const std::uint32_t shared : {0u, 1u}) {
        flat::Rule rule;
        rule.spikes = 1;
        rule.kind = CARVE_RULE_PRODUCT;
        rule.shared = shared;
        rule.factors = factors;
        rule.released = released;
        rule.coincidence = shared ? CARVE_COINCIDENCE_PRE_FIRST : CARVE_COINCIDENCE_BLIND;
        if (shared)
            rule.taus[0] = 0.03, rule.taus[1] = 0.05, rule.taus[2] = 0.07, rule.taus[3] = 0.09;
        n.rules.push_back(rule);
    }
    n.projection(1, 2, 0);
    n.projections[1].gain = 0.3;
    n.projections[1].receptor = CARVE_INHIBITORY;
    n.projections[1].eta = 1e-3;
    n.projections[1].w_min = 0;
    n.projections[1].w_max = 1;
    n.projection(2, 2, 1);
    n.projections[2].delay = 9;
    n.projections[2].gain = 0.1;
    n.projections[2].eta = -3e-3;
    n.projections[2].w_max = 0.8;
    n.projections[2].w_min = 0.05;
    n.model.n_replicas = 5;
    return n;
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

struct PlainSynapses { // all traces are kept for each of them
    std::vector<double> w, x, y, r, o;
    explicit PlainSynapses(const std::vector<double>& weights)
        : w(weights), x(w.size()), y(x), r(x), o(x) {}
};

class PlainNetwork {
  public:
    std::vector<PlainNeuron> neurons;
    std::vector<PlainSynapses> synapses;
    std::vector<carve_spike> spikes;

    PlainNetwork(const SpikingScenario& s, std::size_t lane)
        : neurons(kUnits, {s.network.populations[2], s.network.model.dt}), n_(s.network) {
        for (std::size_t k = 0; k < 3; ++k)
            synapses.emplace_back(s.weights[lane][k]);
        for (std::size_t r = 0; r < 2; ++r)
            products_.emplace_back(n_.rules[r], s.theta[lane][r]);
        std::vector<std::size_t> at(2);
        for (std::uint64_t t = 0; t < s.n_steps; ++t) {
            std::vector<std::vector<char>> here(3);
            for (std::size_t k = 0; k < 2; ++k) {
                here[k].resize(n_.n_pre(k));
                for (; at[k] < s.spikes[k].size() && s.spikes[k][at[k]].step == t; ++at[k])
                    here[k][s.spikes[k][at[k]].unit] = 1;
            }
            here[2] = t < n_.projections[2].delay
                          ? std::vector<char>(kUnits)
                          : fired_[std::size_t(t - n_.projections[2].delay)];
            step(t, here);
        }
    }

  private:
    bool absent(std::size_t k, std::size_t i, std::size_t j) const {
        return !n_.connected(k, std::uint32_t(i), std::uint32_t(j));
    }
    void step(std::uint64_t t, const std::vector<std::vector<char>>& here) {
        for (std::size_t k = 0; k < 3; ++k)
            for (std::size_t j = 0; j < here[k].size(); ++j)
                for (std::size_t i = 0; here[k][j] && i < kUnits; ++i)
                    if (!absent(k, i, j))
                        arrive(k, i, j);
        fired_.emplace_back(kUnits);
        for (std::uint32_t i = 0; i < kUnits; ++i) {
            if (!neurons[i].step())
                continue;
            fired_.back()[i] = 1;
            spikes.push_back({t, 2, i, 0, 0});
            for (std::size_t k = 1; k < 3; ++k)
                for (std::size_t j = 0; j < here[k].size(); ++j)
                    if (!absent(k, i, j))
                        sweep(k, i, j, here[k][j] != 0);
        }
        for (std::size_t k = 1; k < 3; ++k) {
            const double* const taus = n_.rules[k - 1].taus;
            std::vector<double>* const traces[] = {&synapses[k].x, &synapses[k].y, &synapses[k].r,
                                                   &synapses[k].o};
            for (std::size_t m = 0; m < 4; ++m)
                for (double& value : *traces[m])
                    value *= std::exp(-n_.model.dt / taus[m]);
        }
    }
    void change(std::size_t k, std::size_t e, double dw) {
        double& w = synapses[k].w[e];
        w = std::min(std::max(w + n_.projections[k].eta * dw, n_.projections[k].w_min),
                     n_.projections[k].w_max);
    }
    void arrive(std::size_t k, std::size_t i, std::size_t j) {
        PlainSynapses& s = synapses[k];
        const std::size_t e = i * n_.n_pre(k) + j;
        neurons[i].g[n_.projections[k].receptor] += n_.projections[k].gain * s.w[e];
        if (k == 0)
            return;
        change(k, e, products_[k - 1].pre(s.w[e], neurons[i], s.r[e], s.y[e]));
        s.x[e] += 1;
        s.r[e] += 1;
    }
    void sweep(std::size_t k, std::size_t i, std::size_t j, bool coincident) {
        PlainSynapses& s = synapses[k];
        const std::size_t e = i * n_.n_pre(k) + j;
        const bool blind = n_.rules[k - 1].coincidence == CARVE_COINCIDENCE_BLIND;
        const double x = blind && coincident ? s.x[e] - 1 : s.x[e];
        change(k, e, products_[k - 1].post(s.w[e], neurons[i], x, s.o[e]));
        s.y[e] += 1;
        s.o[e] += 1;
    }

    const Network& n_;
    std::vector<PlainProduct> products_;
    std::vector<std::vector<char>> fired_;
};

// Weights that have changed, but not to a bound.
std::size_t count_moved(const std::vector<double>& w, const std::vector<double>& before) {
    std::size_t moved = 0;
    for (std::size_t e = 0; e < w.size(); ++e)
        moved += std::fabs(w[e] - before[e]) > 1e-4 && w[e] > 0 && w[e] < 1;
    return moved;
}

void compare(const Network& n, std::uint64_t seed) {
    SpikingScenario s = fill_scenario(n, seed, 8000, 25);
    Sim sim(s.network);
    load(sim, s);
    const auto recorded = record(sim, s, s.n_steps);
    std::size_t moved = 0;
    for (std::size_t lane = 0; lane < s.network.model.n_replicas; ++lane) {
        CAPTURE(lane);
        const PlainNetwork plain(s, lane);
        CHECK(plain.spikes.size() > 10); // or there is nothing to compare
        REQUIRE(recorded[lane].size() == plain.spikes.size());
        for (std::size_t k = 0; k < plain.spikes.size(); ++k) {
            REQUIRE(recorded[lane][k].step == plain.spikes[k].step);
            REQUIRE(recorded[lane][k].unit == plain.spikes[k].unit);
        }
        for (std::uint32_t k = 1; k < 3; ++k) {
            CAPTURE(k);
            CHECK(support::relative_error(sim.weights(k).lane(lane),
                                          of_synapses(s.network, k, plain.synapses[k].w)) <= 1e-9);
        }
        for (std::uint32_t k = 3; k < s.network.projections.size(); ++k)
            CHECK(support::relative_error(sim.weights(k).lane(lane), s.weights[lane][k]) > 1e-4);
        moved += count_moved(plain.synapses[1].w, s.weights[lane][1]);
    }
    CHECK(moved > 5);
}

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
    other.population(CARVE_POPULATION_INPUT, 1);
    other.rule(flat::kTermsPair);
    other.rules.back().spikes = 1;
    CHECK(explain(other) == "");
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
