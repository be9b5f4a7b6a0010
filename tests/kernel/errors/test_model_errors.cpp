// Every field of every struct, out of its range: the status, and a sentence that names the field.
#include "valid_network.hpp"

#include <cstring>
#include <functional>

using support::Block;
using support::explain;
using support::Network;
using support::Sim;
using support::valid_network;

namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();
const double kInf = std::numeric_limits<double>::infinity();

using Damage = std::function<void(Network&)>;
struct Case {
    std::string field; // as the sentence has to name it
    Damage damage;
};

// Refused by every function that takes a model, with a sentence about the field.
void check_refused(Network& n, const std::string& field, carve_status status) {
    CAPTURE(field);
    const std::string sentence = explain(n.description());
    CAPTURE(sentence);
    CHECK(sentence.find(field) != std::string::npos);
    std::size_t bytes = 12345;
    CHECK(carve_sim_required_bytes(n.description(), &bytes, nullptr) == status);
    CHECK(bytes == 12345);
    Block block(1 << 16);
    std::memset(block.data(), 0xA5, block.size());
    carve_sim* sim = nullptr;
    CHECK(carve_sim_init(block.data(), block.size(), n.description(), &sim, nullptr) == status);
    CHECK(sim == nullptr);
    CHECK(std::all_of(block.data(), block.data() + block.size(),
                      [](unsigned char c) { return c == 0xA5; }));
}

void check_cases(const std::vector<Case>& cases) {
    for (const Case& c : cases) {
        Network n = valid_network();
        c.damage(n);
        check_refused(n, c.field, CARVE_E_RANGE);
    }
}

template <class T> Case model_case(const std::string& name, T carve_model::*field, T value) {
    return {name, [=](Network& n) { n.model.*field = value; }};
}
template <class T>
Case population_case(std::size_t i, const std::string& name, T flat::Population::*field, T value) {
    return {"populations[" + std::to_string(i) + "]." + name,
            [=](Network& n) { n.populations[i].*field = value; }};
}
template <class T>
Case projection_case(std::size_t i, const std::string& name, T flat::Projection::*field, T value) {
    return {"projections[" + std::to_string(i) + "]." + name,
            [=](Network& n) { n.projections[i].*field = value; }};
}

} // namespace

TEST_SUITE_BEGIN("model errors");

TEST_CASE("a valid model has nothing to explain") {
    Network n = valid_network();
    CHECK(explain(n.description()) == "");
    std::size_t bytes = 0;
    CHECK(carve_sim_required_bytes(n.description(), &bytes, nullptr) == CARVE_OK);
    CHECK(bytes > 0);
}

TEST_CASE("a model field outside its range is refused by name") {
    using M = carve_model;
    std::vector<Case> cases{
        model_case("precision", &M::precision, 2u),
        model_case("precision", &M::precision, ~0u),
        model_case("isa", &M::isa, 6u),
        model_case("isa", &M::isa, ~0u),
        model_case("lane_bytes", &M::lane_bytes, 0u),
        model_case("lane_bytes", &M::lane_bytes, 4u), // less than one double
        model_case("lane_bytes", &M::lane_bytes, 16u),
        model_case("lane_bytes", &M::lane_bytes, 24u),
        model_case("lane_bytes", &M::lane_bytes, 128u),
        model_case("n_replicas", &M::n_replicas, 0u),
        model_case("n_replicas", &M::n_replicas, 1048577u),
        model_case("gradient", &M::gradient, 3u),
        model_case("batch", &M::batch, 0u),
        model_case("batch", &M::batch, 65537u),
        model_case("form", &M::form, 3u),
        model_case("form", &M::form, std::uint32_t(CARVE_FORM_MOMENTS)), // not this model
        model_case("layout", &M::layout, 3u),
        model_case("layout", &M::layout, ~0u),
        model_case("bound", &M::bound, 0.0),
        model_case("bound", &M::bound, -1.0),
        model_case("bound", &M::bound, kNan),
    };
    check_cases(cases);
}

TEST_CASE("counts outside their range are refused by name") {
    Network n = valid_network();
    const carve_model good = *n.description();
    const auto refused = [&](const std::string& field, carve_model m) {
        CAPTURE(field);
        CHECK(explain(&m).find(field) != std::string::npos);
        std::size_t bytes = 0;
        CHECK(carve_sim_required_bytes(&m, &bytes, nullptr) == CARVE_E_RANGE);
    };
    for (const std::uint32_t count : {0u, 65u, ~0u}) {
        carve_model m = good;
        m.n_populations = count;
        refused("n_populations", m);
        m = good;
        m.n_projections = count;
        refused("n_projections", m);
    }
    carve_model m = good;
    m.n_rules = 17;
    refused("n_rules", m);
}

TEST_CASE("null arrays are refused by name") {
    Network n = valid_network();
    const carve_model good = *n.description();
    std::size_t bytes = 0;
    carve_model m = good;
    m.populations = nullptr;
    CHECK(carve_sim_required_bytes(&m, &bytes, nullptr) == CARVE_E_NULL);
    CHECK(explain(&m).find("populations") != std::string::npos);
    m = good;
    m.projections = nullptr;
    CHECK(carve_sim_required_bytes(&m, &bytes, nullptr) == CARVE_E_NULL);
    CHECK(explain(&m).find("projections") != std::string::npos);
    m = good;
    m.rules = nullptr;
    CHECK(carve_sim_required_bytes(&m, &bytes, nullptr) == CARVE_E_NULL);
    CHECK(explain(&m).find("rules") != std::string::npos);
    CHECK(explain(nullptr) == "model is null; it must not be null");
    CHECK(bytes == 0);
}

TEST_CASE("a population field outside its range is refused by name") {
    using P = flat::Population;
    std::vector<Case> cases;
    for (const std::size_t i : {0u, 3u}) {
        cases.push_back(population_case(i, "kind", &P::kind, 99u));
        cases.push_back(population_case(i, "n_units", &P::n_units, 0u));
        cases.push_back(population_case(i, "n_units", &P::n_units, 65537u));
    }
    cases.push_back(population_case(2, "rate.activation", &P::activation, 4u));
    cases.push_back(population_case(3, "rate.activation", &P::activation, ~0u));
    cases.push_back(population_case(0, "input.shared", &P::shared, 2u));
    cases.push_back(population_case(0, "input.fixed", &P::fixed, 2u));
    cases.push_back(population_case(1, "gaussian.shared", &P::shared, 2u));
    cases.push_back(population_case(1, "gaussian.fixed", &P::fixed, 2u));
    check_cases(cases);
}

TEST_CASE("a projection field outside its range is refused by name") {
    using P = flat::Projection;
    std::vector<Case> cases;
    for (const std::size_t i : {0u, 2u, 3u}) {
        cases.push_back(projection_case(i, "pre", &P::pre, 4u));
        cases.push_back(projection_case(i, "post", &P::post, 4u));
        cases.push_back(projection_case(i, "post", &P::post, 0u)); // not a rate population
        cases.push_back(projection_case(i, "connectivity", &P::connectivity, 2u));
        cases.push_back(projection_case(i, "plasticity[0].rule", &P::rule, 2u));
        cases.push_back(projection_case(i, "plasticity[0].rule", &P::rule, flat::kStatic - 1));
        cases.push_back(projection_case(i, "mask_from", &P::mask_from, 2u));
        for (const double bad : {kNan, kInf, -kInf})
            cases.push_back(projection_case(i, "plasticity[0].eta", &P::eta, bad));
        cases.push_back(projection_case(i, "w_min", &P::w_min, kNan));
        cases.push_back(projection_case(i, "w_max", &P::w_max, kNan));
        cases.push_back(projection_case(i, "weights.a", &P::w_mean, kNan));
        cases.push_back(projection_case(i, "weights.a", &P::w_mean, kInf));
        cases.push_back(projection_case(i, "weights.b", &P::w_sd, kNan));
        cases.push_back(projection_case(i, "weights.b", &P::w_sd, kInf));
        cases.push_back(projection_case(i, "weights.b", &P::w_sd, -1.0));
    }
    cases.push_back(projection_case(2, "inference", &P::inference, 3u));
    cases.push_back(projection_case(0, "connectivity", &P::connectivity,
                                    std::uint32_t(CARVE_CONNECT_LOWER))); // lateral only
    cases.push_back({"projections[2].inference", // sequential needs the mask
                     [](Network& n) { n.projections[2].connectivity = CARVE_CONNECT_ALL; }});
    cases.push_back({"projections[2].inference", [](Network& n) { // solve needs linear units
                         n.populations[2].activation = CARVE_ACTIVATION_TANH;
                         n.projections[2].inference = CARVE_INFERENCE_SOLVE;
                     }});
    cases.push_back({"projections[2].mask_from", [](Network& n) { // the quirk needs sweeps
                         n.projections[2].mask_from = CARVE_MASK_FROM_FIRST_UPDATE;
                     }});
    for (const std::uint32_t n_sweeps : {0u, 1001u})
        cases.push_back({"projections[2].n_sweeps", [=](Network& n) {
                             n.projections[2].inference = CARVE_INFERENCE_SWEEPS;
                             n.projections[2].n_sweeps = n_sweeps;
                         }});
    cases.push_back({"projections[3].w_max",
                     [](Network& n) { n.projections[3].w_min = n.projections[3].w_max = 0.5; }});
    cases.push_back({"projections[3].pre", [](Network& n) { // from a later population
                         n.projections[3].pre = 3;
                         n.projections[3].post = 2;
                     }});
    cases.push_back({"projections[4]", [](Network& n) { // a second lateral projection
                         n.projection(2, 2, flat::kStatic);
                         n.projections[4].inference = CARVE_INFERENCE_SWEEPS;
                     }});
    check_cases(cases);
}

TEST_CASE("a rule field outside its range is refused by name") {
    check_cases({{"rules[1].shared", [](Network& n) { n.rules[1].shared = 2; }},
                 {"rules[0].kind", [](Network& n) { n.rules[0].kind = 3; }}});
}

TEST_CASE("residuals are refused where they do not apply") {
    const auto network = [](std::uint32_t presynaptic) {
        Network n = support::single_layer(3, 2);
        n.projection(1, 1, 0);
        n.projections[1].connectivity = CARVE_CONNECT_LOWER;
        n.projections[0].presynaptic = presynaptic;
        return n;
    };
    for (const std::uint32_t presynaptic :
         {CARVE_PRESYNAPTIC_RESIDUAL_BELOW, CARVE_PRESYNAPTIC_RESIDUAL}) {
        Network good = network(presynaptic);
        CHECK(explain(good.description()) == "");
        Network lateral = network(CARVE_PRESYNAPTIC_RATE);
        lateral.projections[1].presynaptic = presynaptic;
        check_refused(lateral, "presynaptic", CARVE_E_RANGE);
        Network gradient = network(presynaptic);
        gradient.model.gradient = CARVE_GRADIENT_FORWARD;
        check_refused(gradient, "presynaptic", CARVE_E_RANGE);
        CHECK(explain(gradient.description()).find("gradient") != std::string::npos);
        Network moments = network(presynaptic);
        moments.populations[0].fixed = 1;
        moments.model.batch = 1000;
        CHECK(Sim(moments).info().form == CARVE_FORM_SAMPLES);
        moments.model.form = CARVE_FORM_MOMENTS;
        check_refused(moments, "form", CARVE_E_RANGE);
    }
    Network unknown = network(3);
    check_refused(unknown, "presynaptic", CARVE_E_RANGE);
}

TEST_CASE("the moment form is refused where it does not apply") {
    const auto eligible = [] {
        Network n = support::single_layer(3, 2);
        n.populations[0].fixed = 1;
        n.model.batch = 5;
        n.model.form = CARVE_FORM_MOMENTS;
        return n;
    };
    Network good = eligible();
    CHECK(explain(good.description()) == "");
    for (const Damage& damage : std::vector<Damage>{
             [](Network& n) { n.populations[0].fixed = 0; },
             [](Network& n) { n.populations[1].activation = CARVE_ACTIVATION_TANH; },
             [](Network& n) { n.rules[0].terms |= flat::term(3, 0, 0); },
             [](Network& n) { n.rules[0].terms |= flat::term(0, 3, 1); },
             [](Network& n) { n.projections[0].rule = flat::kStatic; },
             [](Network& n) { n.projection(0, 1, 0); },
             [](Network& n) {
                 n.projection(1, 1, n.rule(flat::term(3, 0, 0)));
                 n.projections[1].connectivity = CARVE_CONNECT_LOWER;
             }}) {
        Network n = eligible();
        damage(n);
        check_refused(n, "form", CARVE_E_RANGE);
    }
    Network cubic_in_w = eligible(); // order 3 in w is no obstacle
    cubic_in_w.rules[0].terms |= flat::term(1, 1, 3);
    CHECK(explain(cubic_in_w.description()) == "");
    Network within = eligible(); // nor are static synapses before plastic ones within the layer
    within.projection(1, 1, 0);
    within.projections[1].connectivity = CARVE_CONNECT_LOWER;
    within.projections[0].rule = flat::kStatic;
    CHECK(explain(within.description()) == "");
}

TEST_CASE("a size that overflows is refused") {
    Network n = support::single_layer(65536, 65536, CARVE_ACTIVATION_LINEAR, ~std::uint64_t(0));
    n.model.n_replicas = 1048576;
    n.model.batch = 65536;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    for (int i = 0; i < 15; ++i)
        n.rules.push_back(n.rules[0]);
    std::size_t bytes = 7;
    const carve_status status = carve_sim_required_bytes(n.description(), &bytes, nullptr);
    CHECK((status == CARVE_E_RANGE ||
           (status == CARVE_OK && std::uint64_t(bytes) > std::uint64_t(1) << 62)));
    for (int i = 0; i < 60; ++i) { // the same many times passes any 63 bits
        n.population(CARVE_POPULATION_RATE, 65536);
        n.projection(std::uint32_t(n.populations.size() - 2),
                     std::uint32_t(n.populations.size() - 1), 0);
    }
    CHECK(carve_sim_required_bytes(n.description(), &bytes, nullptr) == CARVE_E_RANGE);
    CHECK(explain(n.description()) != "");
}

TEST_CASE("an instruction set that this machine lacks is refused by its own status") {
    for (std::uint32_t isa = CARVE_ISA_SOFTFMA; isa <= CARVE_ISA_NEON; ++isa) {
        Network n = valid_network();
        n.model.isa = isa;
        Block block(Sim::required(n));
        carve_sim* sim = nullptr;
        CHECK(carve_sim_init(block.data(), block.size(), n.description(), &sim, nullptr) ==
              (carve_isa_usable(isa) ? CARVE_OK : CARVE_E_ISA));
    }
}

TEST_CASE("a fault holds where, what and why, and a call that succeeds clears it") {
    Network n = valid_network();
    n.model.batch = 70000;
    std::size_t bytes = 0;
    carve_fault fault;
    CHECK(carve_sim_required_bytes(n.description(), &bytes, &fault) == CARVE_E_RANGE);
    CHECK(fault.status == CARVE_E_RANGE);
    CHECK(fault.reserved == 0);
    CHECK(fault.value == 70000);
    CHECK(std::string(fault.where) == "batch");
    CHECK(std::string(fault.expected) == "must be 1 to 65536");
    n.model.batch = 1;
    CHECK(carve_sim_required_bytes(n.description(), &bytes, &fault) == CARVE_OK);
    CHECK(fault.status == CARVE_OK);
    CHECK(fault.value == 0);
    CHECK(fault.where[0] == '\0');
    CHECK(fault.expected[0] == '\0');
}

TEST_CASE("an initial distribution that there is not is refused by name") {
    const auto refused = [](const std::string& field, std::uint32_t distribution, double a,
                            double b) {
        Network n = valid_network();
        n.projections[3].distribution = distribution;
        n.projections[3].w_mean = a;
        n.projections[3].w_sd = b;
        check_refused(n, "projections[3].weights." + field + " is", CARVE_E_RANGE);
    };
    refused("distribution", 3, 0, 0);
    refused("b", CARVE_WEIGHTS_UNIFORM, 1, 0.5);
    refused("a", CARVE_WEIGHTS_LOG_UNIFORM, 0, 1);
    refused("a", CARVE_WEIGHTS_LOG_UNIFORM, -1, 1);
    refused("b", CARVE_WEIGHTS_LOG_UNIFORM, 1, 0.5);
}

TEST_CASE("what an adjoint needs and cannot do is refused by name") {
    const auto refuse = [](const std::string& field, const Damage& damage) {
        Network n = support::single_layer(3, 2);
        n.model.gradient = CARVE_GRADIENT_ADJOINT;
        n.model.max_steps = 10;
        CHECK(explain(n.description()).empty());
        damage(n);
        check_refused(n, field, CARVE_E_RANGE);
    };
    refuse("max_steps", [](Network& n) { n.model.max_steps = 0; });
    refuse("form", [](Network& n) {
        n.populations[0].fixed = 1;
        n.model.form = CARVE_FORM_MOMENTS;
    });
    refuse("projections[1].pre", [](Network& n) {
        n.projection(1, 1, flat::kStatic);
        n.projections[1].connectivity = CARVE_CONNECT_LOWER;
    });
}

TEST_SUITE_END();
