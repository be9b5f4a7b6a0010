// The small promises of the interface: names, versions, defaults, and what a sim says of itself.
#include "support.hpp"

#include <cstring>
#include <set>

using support::Network;
using support::Sim;

namespace {

// The defaults of carve.h, from a struct full of rubbish.
// first: bytes of its first version.
template <class T>
T defaults(carve_status (*init)(T*, std::size_t), std::size_t first = sizeof(T)) {
    T object;
    std::memset(&object, 0x5A, sizeof object);
    CHECK(init(&object, sizeof object) == CARVE_OK);
    CHECK(object.struct_size == sizeof object);
    CHECK(init(nullptr, sizeof object) == CARVE_E_NULL);
    unsigned char longer[sizeof object + 8];
    std::memset(longer, 0x5A, sizeof longer);
    for (const std::size_t size : {std::size_t(0), first - 1, sizeof object + 8}) {
        CHECK(init(reinterpret_cast<T*>(longer), size) == CARVE_E_VERSION);
        CHECK(
            std::all_of(longer, longer + sizeof longer, [](unsigned char c) { return c == 0x5A; }));
    }
    return object;
}

} // namespace

TEST_SUITE_BEGIN("abi");

TEST_CASE("the library is the one of the header") {
    CHECK(carve_abi_version() == CARVE_ABI);
    CHECK(std::string(carve_version()) == "0.1.0");
}

TEST_CASE("every status has its number and its text") {
    CHECK(CARVE_OK == 0);
    CHECK(CARVE_E_UNAVAILABLE == 8);
#define CHECK_STATUS(name, value, text)                                                            \
    CHECK(name == value);                                                                          \
    CHECK(std::string(carve_status_string(name)) == text);
    CARVE_STATUS_LIST(CHECK_STATUS)
#undef CHECK_STATUS
    for (const carve_status unknown : {-1, 10, 1000, INT32_MAX, INT32_MIN}) {
        REQUIRE(carve_status_string(unknown) != nullptr);
        CHECK(std::string(carve_status_string(unknown)) != "success");
        CHECK(std::string(carve_status_string(unknown)) != "");
    }
}

TEST_CASE("every instruction set has its own name, unknown ones say so") {
    std::set<std::string> names;
    for (std::uint32_t isa = CARVE_ISA_AUTO; isa <= CARVE_ISA_NEON; ++isa) {
        REQUIRE(carve_isa_name(isa) != nullptr);
        CHECK(names.insert(carve_isa_name(isa)).second);
    }
    CHECK(names.count("softfma") == 1);
    CHECK(names.count("scalar") == 1);
    CHECK(names.count("avx2") == 1);
    CHECK(names.count("avx512") == 1);
    CHECK(names.count("neon") == 1);
    CHECK(names.count("unknown") == 0);
    for (const std::uint32_t isa : {6u, 100u, ~0u}) {
        CHECK(std::string(carve_isa_name(isa)) == "unknown");
        CHECK(carve_isa_compiled(isa) == 0);
        CHECK(carve_isa_usable(isa) == 0);
    }
}

TEST_CASE("what is usable is compiled, and software FMA is usable wherever it is compiled") {
    CHECK(carve_isa_usable(CARVE_ISA_SOFTFMA) == carve_isa_compiled(CARVE_ISA_SOFTFMA));
    for (std::uint32_t isa = CARVE_ISA_SOFTFMA; isa <= CARVE_ISA_NEON; ++isa)
        CHECK(carve_isa_usable(isa) <= carve_isa_compiled(isa));
}

TEST_CASE("the defaults are the documented ones") {
    const carve_model model = defaults(carve_model_init);
    CHECK(model.precision == CARVE_F64);
    CHECK(model.isa == CARVE_ISA_AUTO);
    CHECK(model.lane_bytes == 32);
    CHECK(model.n_replicas == 1);
    CHECK(model.gradient == CARVE_GRADIENT_NONE);
    CHECK(model.batch == 1);
    CHECK(model.form == CARVE_FORM_AUTO);
    CHECK(model.layout == CARVE_LAYOUT_REPLICAS);
    CHECK(model.max_steps == 0);
    CHECK(model.bound == 1e9);
    CHECK(model.populations == nullptr);
    CHECK(model.projections == nullptr);
    CHECK(model.rules == nullptr);
    const carve_population population = defaults(carve_population_init);
    CHECK(population.kind == CARVE_POPULATION_RATE);
    CHECK(population.n_units == 1);
    CHECK(population.random_id == CARVE_ID_OF_INDEX);
    CHECK(population.parameters == nullptr);
    const carve_input input = defaults(carve_input_init);
    CHECK(input.shared == 0);
    CHECK(input.fixed == 0);
    const carve_gaussian gaussian = defaults(carve_gaussian_init);
    CHECK(gaussian.shared == 0);
    CHECK(gaussian.fixed == 0);
    const carve_rate rate = defaults(carve_rate_init, offsetof(carve_rate, tau));
    CHECK(rate.activation == CARVE_ACTIVATION_LINEAR);
    CHECK(rate.tau == 1);
    const carve_projection projection = defaults(carve_projection_init);
    CHECK(projection.pre == 0);
    CHECK(projection.post == 1);
    CHECK(projection.random_id == CARVE_ID_OF_INDEX);
    CHECK(projection.connectivity == CARVE_CONNECT_ALL);
    CHECK(projection.receptor == CARVE_EXCITATORY);
    CHECK(projection.delay == 0);
    CHECK(projection.n_plasticity == 0);
    CHECK(projection.plasticity == nullptr);
    CHECK(projection.inference == CARVE_INFERENCE_SEQUENTIAL);
    CHECK(projection.n_sweeps == 1);
    CHECK(projection.mask_from == CARVE_MASK_FROM_START);
    CHECK(projection.initial_weights == CARVE_INITIAL_GIVEN);
    CHECK(projection.gain == 1);
    CHECK(projection.w_min == -std::numeric_limits<double>::infinity());
    CHECK(projection.w_max == std::numeric_limits<double>::infinity());
    CHECK(projection.weights.distribution == CARVE_WEIGHTS_NORMAL);
    CHECK(projection.weights.a == 0);
    CHECK(projection.weights.b == 0);
    const carve_plasticity plasticity =
        defaults(carve_plasticity_init, offsetof(carve_plasticity, modulator));
    CHECK(plasticity.rule == 0);
    CHECK(plasticity.presynaptic == CARVE_PRESYNAPTIC_RATE);
    CHECK(plasticity.eta == 0.1);
    CHECK(plasticity.modulator == CARVE_NO_POPULATION);
    CHECK(plasticity.gate == CARVE_NO_POPULATION);
    CHECK(plasticity.baseline == CARVE_BASELINE_NONE);
    CHECK(plasticity.window == 1);
    CHECK(plasticity.baseline_start == 0);
    CHECK(plasticity.modulator_tau == 1);
    const carve_rule rule = defaults(carve_rule_init);
    CHECK(rule.kind == CARVE_RULE_POLYNOMIAL);
    CHECK(rule.shared == 1);
    CHECK(rule.parameters == nullptr);
    const carve_polynomial polynomial =
        defaults(carve_polynomial_init, offsetof(carve_polynomial, eligibility));
    CHECK(polynomial.n_terms == 0);
    CHECK(polynomial.terms == nullptr);
    CHECK(polynomial.trace_jump == CARVE_TRACE_JUMP_ONE);
    CHECK(polynomial.coincidence == CARVE_COINCIDENCE_PRE_FIRST);
    CHECK(polynomial.eligibility == 0);
    const carve_mlp mlp = defaults(carve_mlp_init, offsetof(carve_mlp, at_spikes));
    CHECK(mlp.n_hidden == 10);
    CHECK(mlp.inputs == (CARVE_FACTOR_PRE | CARVE_FACTOR_POST | CARVE_FACTOR_WEIGHT));
    CHECK(mlp.activation == CARVE_ACTIVATION_TANH);
    CHECK(mlp.at_spikes == 0);
    CHECK(mlp.n_second == 0);
    CHECK(mlp.coincidence == CARVE_COINCIDENCE_BLIND);
    CHECK(mlp.tau_pre == 0.01);
    CHECK(mlp.tau_post == 0.01);
    CHECK(mlp.tau_pre2 == 0.1);
    CHECK(mlp.tau_post2 == 0.1);
    const carve_product product = defaults(carve_product_init);
    CHECK(product.factors ==
          (CARVE_PRODUCT_VOLTAGE | CARVE_PRODUCT_EXCITATORY | CARVE_PRODUCT_INHIBITORY));
    CHECK(product.coincidence == CARVE_COINCIDENCE_BLIND);
    CHECK(product.released == 0);
    CHECK(product.tau_pre == 0.02);
    CHECK(product.tau_post == 0.02);
    CHECK(product.tau_pre2 == 0.1);
    CHECK(product.tau_post2 == 0.1);
    const carve_loss loss = defaults(carve_loss_init);
    CHECK(loss.kind == CARVE_LOSS_DISTANCE);
    CHECK(loss.projection == 0);
    CHECK(loss.target_shared == 1);
    CHECK(loss.target == nullptr);
}

// The defaults of single cells, of a population whose parameters are null as of one that has them.
TEST_CASE("parameters that are not given are the defaults, also of neurons") {
    const carve_poisson poisson = defaults(carve_poisson_init);
    CHECK(poisson.source == CARVE_SOURCE_CONSTANT);
    CHECK(poisson.n_groups == 1);
    CHECK(poisson.signal == 0);
    CHECK(poisson.t_ref == 5e-3);
    CHECK(poisson.rate == 5);
    CHECK(poisson.signal_gain == 500 / 0.03);
    CHECK(poisson.signal_tau == 0.05);
    const carve_lif lif = defaults(carve_lif_init);
    CHECK(lif.n_receptors == 0);
    CHECK(lif.receptors == nullptr);
    CHECK(lif.tau_m == 0.02);
    CHECK(lif.v_rest == -0.06);
    CHECK(lif.v_reset == -0.06);
    CHECK(lif.v_threshold == -0.05);
    CHECK(lif.t_ref == 5e-3);
    CHECK(lif.drive == 0);
    const carve_probe probe = defaults(carve_probe_init);
    CHECK(probe.kind == CARVE_PROBE_RATE);
    CHECK(probe.index == 0);
    CHECK(probe.parameters == nullptr);
    const carve_trajectory_probe trajectory =
        defaults(carve_trajectory_probe_init, offsetof(carve_trajectory_probe, sums));
    CHECK(trajectory.observations == 0);
    CHECK(trajectory.selection == CARVE_NO_POPULATION);
    CHECK(trajectory.likelihood == CARVE_LIKELIHOOD_GAUSSIAN);
    CHECK(trajectory.sums == CARVE_SUMS_OF_LOSS);
    CHECK(trajectory.noise == 1);
    const carve_rate_probe rate = defaults(carve_rate_probe_init);
    CHECK(rate.tau == 1);
    CHECK(rate.start == 50.05);
    CHECK(rate.low == 0);
    CHECK(rate.high == std::numeric_limits<double>::infinity());
    CHECK(rate.target == 10);
    CHECK(rate.offset == 2);
    Network n;
    n.population(CARVE_POPULATION_POISSON, 6);
    n.population(CARVE_POPULATION_LIF, 1);
    n.populations[0].rate = 5;
    n.projection(0, 1, flat::kStatic);
    carve_model described = *n.description();
    std::vector<carve_population> bare(described.populations, described.populations + 2);
    for (carve_population& p : bare)
        p.parameters = nullptr;
    std::vector<std::vector<unsigned char>> blocks;
    for (const carve_population* populations :
         std::vector<const carve_population*>{described.populations, bare.data()}) {
        described.populations = populations;
        std::size_t bytes = 0;
        CHECK(support::explain(&described) == "");
        REQUIRE(carve_sim_required_bytes(&described, &bytes, nullptr) == CARVE_OK);
        support::Block block(bytes);
        carve_sim* sim = nullptr;
        REQUIRE(carve_sim_init(block.data(), bytes, &described, &sim, nullptr) == CARVE_OK);
        blocks.emplace_back(block.data(), block.data() + bytes);
    }
    CHECK(blocks[0] == blocks[1]);
}

TEST_CASE("terms up to a power are those of a rule, in order, as many as there is room for") {
    std::vector<carve_term> terms(64);
    CHECK(carve_terms_up_to(2, 2, 2, terms.data(), 64) == 27);
    flat::Rule rule;
    const std::vector<carve_term> expected = flat::terms_of(rule);
    REQUIRE(expected.size() == 27);
    CHECK(std::memcmp(terms.data(), expected.data(), 27 * sizeof(carve_term)) == 0);
    CHECK(carve_terms_up_to(3, 3, 3, nullptr, 0) == 64);
    CHECK(carve_terms_up_to(0, 1, 0, terms.data(), 64) == 2);
    CHECK(terms[1].post == 1);
    terms.assign(3, {});
    CHECK(carve_terms_up_to(1, 0, 0, terms.data(), 1) == 2);
    CHECK(terms[1].pre == 0); // no room
}

TEST_CASE("a sim says what it is") {
    Network n = support::single_layer(3, 2);
    n.rule(flat::term(1, 1, 0) | flat::term(0, 0, 3));
    n.model.precision = CARVE_F32;
    n.model.lane_bytes = 32;
    n.model.n_replicas = 9;
    Sim sim(n);
    const carve_sim_info info = sim.info();
    CHECK(info.struct_size == sizeof info);
    CHECK(info.precision == CARVE_F32);
    CHECK(carve_isa_usable(info.isa) == 1);
    CHECK(info.isa != CARVE_ISA_AUTO);
    CHECK(info.form == CARVE_FORM_SAMPLES);
    CHECK(info.n_replicas == 9);
    CHECK(info.lanes_per_block == 8);
    CHECK(info.n_blocks == 2);
    CHECK(info.n_coefficients == 29);
    CHECK(info.n_frozen == 0);
    CHECK(info.steps == 0);
    CHECK(info.bytes == sim.block().size());
    for (const std::uint32_t isa : support::usable_isas()) {
        n.model.isa = isa;
        CHECK(Sim(n).info().isa == isa);
    }
    CHECK(carve_sim_get_info(nullptr, nullptr, nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_get_info(sim.get(), nullptr, nullptr) == CARVE_E_NULL);
    carve_sim_info small{};
    small.struct_size = 4;
    CHECK(carve_sim_get_info(sim.get(), &small, nullptr) == CARVE_E_VERSION);
}

TEST_CASE("a longer info struct of a later header is filled as far as it is known") {
    Network n = support::single_layer(2, 1);
    Sim sim(n);
    struct {
        carve_sim_info known;
        std::uint64_t tail;
    } later{{}, 77};
    later.known.struct_size = sizeof later;
    CHECK(carve_sim_get_info(sim.get(), &later.known, nullptr) == CARVE_OK);
    CHECK(later.known.n_replicas == 1);
    CHECK(later.tail == 77);
}

TEST_CASE("no more than max_steps are taken between resets") {
    Network n = support::single_layer(1, 1);
    n.model.max_steps = 10;
    n.populations[0].fixed = 1;
    Sim sim(n);
    const support::Packed in(n, 0, 1, [](auto...) { return 1.0; });
    CHECK(sim.step({in.stream()}, 11) == CARVE_E_RANGE);
    CHECK(sim.info().steps == 0);
    CHECK(sim.step({in.stream()}, 7) == CARVE_OK);
    CHECK(sim.step({in.stream()}, 4) == CARVE_E_RANGE);
    CHECK(sim.step({in.stream()}, ~std::uint64_t(0)) == CARVE_E_RANGE); // nor does the sum overflow
    CHECK(sim.info().steps == 7);
    CHECK(sim.step({in.stream()}, 3) == CARVE_OK);
    CHECK(sim.step({in.stream()}, 0) == CARVE_OK);
    CHECK(sim.step({in.stream()}, 1) == CARVE_E_RANGE);
    REQUIRE(carve_sim_reset(sim.get(), 0, nullptr, nullptr) == CARVE_OK);
    CHECK(sim.step({in.stream()}, 10) == CARVE_OK);
}

TEST_CASE("a reset keeps the coefficients, means and factors and clears the rest") {
    Network n;
    n.population(CARVE_POPULATION_GAUSSIAN, 2);
    n.population(CARVE_POPULATION_RATE, 1);
    n.projection(0, 1, n.rule(flat::term(1, 1, 0)));
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    Sim sim(n);
    CHECK(sim.theta(0).get(0, 0) == 0);
    CHECK(sim.mean(0).get(0, 1) == 0);
    CHECK(sim.factor(0).get(0, 1, 1) == 0);
    sim.theta(0).set(0.5, 0, 0);
    sim.mean(0).set(2, 0, 1);
    sim.factor(0).set(3, 0, 1, 1);
    sim.weights(0).set(1, 0, 0, 1);
    REQUIRE(sim.step({}, 3) == CARVE_OK);
    CHECK(sim.sensitivities(0).get(0, 0, 1, 0) != 0);
    REQUIRE(carve_sim_reset(sim.get(), 1, nullptr, nullptr) == CARVE_OK);
    CHECK(sim.theta(0).get(0, 0) == 0.5);
    CHECK(sim.mean(0).get(0, 1) == 2);
    CHECK(sim.factor(0).get(0, 1, 1) == 3);
    CHECK(sim.weights(0).get(0, 0, 1) == 0);
    CHECK(sim.sensitivities(0).get(0, 0, 1, 0) == 0);
    CHECK(sim.info().steps == 0);
}

TEST_CASE("null pointers are refused by name of their status") {
    Network layer = support::single_layer(2, 1);
    const carve_model* const model = layer.description();
    const std::size_t bytes = Sim::required(layer);
    support::Block block(bytes);
    carve_sim* sim = nullptr;
    carve_view view{};
    std::size_t n = 0;
    CHECK(carve_sim_required_bytes(nullptr, &n, nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_required_bytes(model, nullptr, nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_init(nullptr, bytes, model, &sim, nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_init(block.data(), bytes, nullptr, &sim, nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_init(block.data(), bytes, model, nullptr, nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_attach(nullptr, bytes, &sim, nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_attach(block.data(), bytes, nullptr, nullptr) == CARVE_E_NULL);
    CHECK(carve_sim_reset(nullptr, 0, nullptr, nullptr) == CARVE_E_NULL);
    CHECK(support::step(nullptr, {}, 0) == CARVE_E_NULL);
    CHECK(carve_sim_view(nullptr, 0, 0, &view, nullptr) == CARVE_E_NULL);
    Sim valid(layer);
    CHECK(carve_sim_step(valid.get(), nullptr, nullptr) == CARVE_E_NULL);
    CHECK(support::step(valid.get(), {{CARVE_F64, 0, 2 * valid.info().lanes_per_block, nullptr}},
                        1) == CARVE_E_NULL);
    CHECK(carve_sim_view(valid.get(), 0, 0, nullptr, nullptr) == CARVE_E_NULL);
}

TEST_SUITE_END();
