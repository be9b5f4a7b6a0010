#include "model.hpp"

#include "error.hpp"
#include "toml.hpp"

#include <string>
#include <utility>

namespace carve::cli {

namespace {

std::uint32_t activation_of(const std::string& name) {
    return name == "relu"      ? CARVE_ACTIVATION_RELU
           : name == "tanh"    ? CARVE_ACTIVATION_TANH
           : name == "sigmoid" ? CARVE_ACTIVATION_SIGMOID
                               : CARVE_ACTIVATION_LINEAR;
}

void describe_lateral(const NetworkSettings& network, carve_projection& lateral) {
    lateral.pre = lateral.post;
    lateral.connectivity = CARVE_CONNECT_LOWER;
    lateral.inference = network.inference == Inference::sequential ? CARVE_INFERENCE_SEQUENTIAL
                        : network.inference == Inference::sweeps   ? CARVE_INFERENCE_SWEEPS
                                                                   : CARVE_INFERENCE_SOLVE;
    if (lateral.inference == CARVE_INFERENCE_SWEEPS)
        lateral.n_sweeps = static_cast<std::uint32_t>(network.sweeps);
    lateral.mask_from =
        network.mask_from == Mask::start ? CARVE_MASK_FROM_START : CARVE_MASK_FROM_FIRST_UPDATE;
}

} // namespace

std::uint32_t lane_bytes_of(const RunSettings& run) {
    constexpr std::uint32_t kDefault = 32;
    return run.lane_bytes == 0 ? kDefault : static_cast<std::uint32_t>(run.lane_bytes);
}

std::uint32_t isa_of(const std::string& name) {
    for (std::uint32_t isa = CARVE_ISA_SOFTFMA; isa <= CARVE_ISA_NEON; ++isa)
        if (name == carve_isa_name(isa))
            return isa;
    if (name == "auto")
        return CARVE_ISA_AUTO;
    throw Error(Exit::usage, "unknown instruction set '" + name + "'",
                "`carve info` lists those of this machine");
}

carve_step steps_of(std::uint64_t n_steps) {
    carve_step step;
    check_status(carve_step_init(&step, sizeof step), "carve_step_init");
    step.n_steps = n_steps;
    return step;
}

void check_status(carve_status status, const char* call) {
    if (status == CARVE_E_ISA)
        throw Error(Exit::usage, "this machine cannot run the instruction set that was asked for",
                    "`carve info` lists those that it can; run.isa = \"auto\" takes the best");
    if (status != CARVE_OK)
        throw Error(Exit::internal, std::string(call) + ": " + carve_status_string(status));
}

NetworkModel::NetworkModel(const Task& task, std::size_t units, std::size_t samples,
                           const Lanes& lanes, Derivatives derivatives)
    : populations(2), projections(task.rules.size()), plasticity(task.rules.size()),
      rules(task.rules.size()), polynomials(task.rules.size()), terms(task.rules.size()) {
    const bool batch = task.network.update == Update::batch;
    for (carve_population& population : populations)
        check_status(carve_population_init(&population, sizeof population),
                     "carve_population_init");
    check_status(carve_input_init(&input, sizeof input), "carve_input_init");
    check_status(carve_rate_init(&rate, sizeof rate), "carve_rate_init");
    populations[0].kind = CARVE_POPULATION_INPUT;
    populations[0].n_units = static_cast<std::uint32_t>(units);
    populations[0].parameters = &input;
    input.fixed = batch;
    input.shared = lanes.are == LanesAre::candidates;
    populations[1].n_units = static_cast<std::uint32_t>(task.network.outputs);
    populations[1].parameters = &rate;
    rate.activation = activation_of(task.network.activation);
    for (std::uint32_t i = 0; i < task.rules.size(); ++i)
        describe_rule(task.rules[i], lanes, i);
    plasticity[0].presynaptic =
        task.network.presynaptic == Presynaptic::residual         ? CARVE_PRESYNAPTIC_RESIDUAL
        : task.network.presynaptic == Presynaptic::residual_below ? CARVE_PRESYNAPTIC_RESIDUAL_BELOW
                                                                  : CARVE_PRESYNAPTIC_RATE;
    if (task.network.lateral != Lateral::none)
        describe_lateral(task.network, projections[1]);

    check_status(carve_model_init(&model, sizeof model), "carve_model_init");
    model.precision = task.run.single_precision ? CARVE_F32 : CARVE_F64;
    model.isa = isa_of(task.run.isa);
    model.lane_bytes = lane_bytes_of(task.run);
    model.n_replicas = static_cast<std::uint32_t>(lanes.count);
    model.gradient = derivatives == Derivatives::yes ? CARVE_GRADIENT_FORWARD : CARVE_GRADIENT_NONE;
    model.batch = batch ? static_cast<std::uint32_t>(samples) : 1;
    // Third and fourth moments of more inputs than this do not stay in the cache.
    constexpr std::size_t kMostUnitsForMoments = 32;
    model.form = units > kMostUnitsForMoments ? CARVE_FORM_SAMPLES : CARVE_FORM_AUTO;
    model.bound = task.network.bound;
    model.n_populations = static_cast<std::uint32_t>(populations.size());
    model.n_projections = static_cast<std::uint32_t>(projections.size());
    model.n_rules = static_cast<std::uint32_t>(rules.size());
    model.populations = populations.data();
    model.projections = projections.data();
    model.rules = rules.data();
}

// The rule, and the projection that uses it.
void NetworkModel::describe_rule(const RuleSettings& settings, const Lanes& lanes,
                                 std::uint32_t i) {
    carve_projection& projection = projections[i];
    check_status(carve_projection_init(&projection, sizeof projection), "carve_projection_init");
    check_status(carve_plasticity_init(&plasticity[i], sizeof plasticity[i]),
                 "carve_plasticity_init");
    plasticity[i].rule = i;
    plasticity[i].eta = settings.eta;
    projection.n_plasticity = 1;
    projection.plasticity = &plasticity[i];
    projection.w_min = settings.w_min;
    projection.w_max = settings.w_max;
    terms[i] = kernel_terms(settings.terms);
    describe_polynomial(terms[i], polynomials[i], rules[i]);
    rules[i].shared = lanes.are == LanesAre::data_sets;
}

void describe_polynomial(const std::vector<carve_term>& terms, carve_polynomial& polynomial,
                         carve_rule& rule) {
    check_status(carve_polynomial_init(&polynomial, sizeof polynomial), "carve_polynomial_init");
    check_status(carve_rule_init(&rule, sizeof rule), "carve_rule_init");
    polynomial.n_terms = static_cast<std::uint32_t>(terms.size());
    polynomial.terms = terms.data();
    rule.parameters = &polynomial;
}

std::size_t required_bytes(const carve_model& model) {
    std::size_t bytes = 0;
    carve_fault fault;
    if (carve_sim_required_bytes(&model, &bytes, &fault) != CARVE_OK)
        throw Error(Exit::usage, "the network cannot be simulated: " + std::string(fault.where) +
                                     " is " + toml_real(fault.value) + "; it " + fault.expected);
    return bytes;
}

std::size_t NetworkModel::bytes() const { return required_bytes(model); }

std::size_t NetworkModel::lanes_per_block() const {
    return model.lane_bytes / (model.precision == CARVE_F32 ? sizeof(float) : sizeof(double));
}

} // namespace carve::cli
