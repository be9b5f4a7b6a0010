#include "setup.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace bench {
namespace {

void require(carve_status status) {
    if (status != CARVE_OK)
        throw std::runtime_error(carve_status_string(status));
}

struct Description {
    carve_population populations[3];
    carve_projection projections[2];
    carve_input input, observations;
    carve_probe probe;
    carve_trajectory_probe trajectory;
    carve_rate rate;
    carve_plasticity plasticity[2];
    carve_rule rules[2];
    std::vector<carve_term> terms; // x^a y^b w^c for each power of the third factor
    carve_polynomial polynomial;
    carve_mlp mlp;
    carve_model model;

    Description(const Description&) = delete;
    Description& operator=(const Description&) = delete;

    explicit Description(const Case& c) {
        require(carve_population_init(&populations[0], sizeof populations[0]));
        require(carve_population_init(&populations[1], sizeof populations[1]));
        require(carve_population_init(&populations[2], sizeof populations[2]));
        populations[0].kind = CARVE_POPULATION_INPUT;
        populations[0].n_units = c.pre;
        populations[0].parameters = &input;
        require(carve_input_init(&input, sizeof input));
        input.shared = c.searched() ? 1 : 0;
        input.fixed = c.batch > 1 ? 1 : 0;
        populations[1].n_units = c.post;
        for (std::uint32_t i = 0; i < 2; ++i) {
            require(carve_projection_init(&projections[i], sizeof projections[i]));
            require(carve_plasticity_init(&plasticity[i], sizeof plasticity[i]));
            plasticity[i].rule = i;
            plasticity[i].eta = Layer::eta;
            projections[i].n_plasticity = 1;
            projections[i].plasticity = &plasticity[i];
            projections[i].weights.b = 0.1;
            require(carve_rule_init(&rules[i], sizeof rules[i]));
            rules[i].shared = c.searched() ? 0 : 1;
        }
        if (c.third_factor())
            add_third_factor();
        if (c.eligibility)
            add_eligibility();
        if (c.recorded)
            add_probe(c);
        add_word(c.word);
        projections[1].pre = projections[1].post = 1;
        if (c.recurrent)
            add_memory();
        else
            projections[1].connectivity = CARVE_CONNECT_LOWER;
        require(carve_model_init(&model, sizeof model));
        model.precision = c.precision;
        model.isa = c.isa;
        model.lane_bytes = c.lane_bytes;
        model.n_replicas = c.lanes;
        model.batch = c.batch;
        if (c.afferents)
            model.layout = CARVE_LAYOUT_AFFERENTS;
        if (c.batch > 1)
            model.form = CARVE_FORM_MOMENTS;
        if (c.coefficients)
            model.gradient = c.adjoint ? CARVE_GRADIENT_ADJOINT : CARVE_GRADIENT_FORWARD;
        model.max_steps = c.steps;
        model.n_populations = c.recorded ? 3 : 2;
        model.n_probes = c.recorded ? 1 : 0;
        model.probes = &probe;
        model.n_projections = c.lateral || c.recurrent ? 2 : 1;
        model.n_rules = c.lateral || c.n_uses() > 1 ? 2 : 1;
        model.populations = populations;
        model.projections = projections;
        model.rules = rules;
    }

  private:
    void add_probe(const Case& c) {
        require(carve_input_init(&observations, sizeof observations));
        observations.shared = observations.fixed = 1;
        populations[2].kind = CARVE_POPULATION_INPUT;
        populations[2].n_units = c.n_recorded();
        populations[2].parameters = &observations;
        require(carve_trajectory_probe_init(&trajectory, sizeof trajectory));
        trajectory.observations = 2;
        require(carve_probe_init(&probe, sizeof probe));
        const bool of_weights = c.word == Word::weights;
        probe.kind = of_weights ? CARVE_PROBE_WEIGHTS : CARVE_PROBE_TRAJECTORY;
        probe.index = of_weights ? 0 : 1; // of the projection, of the population
        probe.parameters = &trajectory;
    }
    void add_memory() {
        projections[1].delay = 1;
        plasticity[1].rule = 0;
        require(carve_rate_init(&rate, sizeof rate));
        rate.tau = 10;
        populations[1].parameters = &rate;
    }
    void add_eligibility() {
        require(carve_polynomial_init(&polynomial, sizeof polynomial));
        polynomial.eligibility = 1;
        rules[0].parameters = &polynomial;
    }
    void add_third_factor() {
        terms.resize(81);
        for (std::uint32_t i = 0; i < 81; i += 27)
            carve_terms_up_to(2, 2, 2, &terms[i], 27);
        for (std::uint32_t i = 0; i < 81; ++i)
            terms[i].modulator = std::uint8_t(i / 27);
        use_terms();
        plasticity[0].modulator = 1;
    }
    void use_terms() {
        require(carve_polynomial_init(&polynomial, sizeof polynomial));
        polynomial.n_terms = std::uint32_t(terms.size());
        polynomial.terms = terms.data();
        rules[0].parameters = &polynomial;
    }
    // The 27 terms, and x y with one more factor.
    void add_term(std::uint8_t carve_term::*factor) {
        terms.resize(27);
        carve_terms_up_to(2, 2, 2, terms.data(), 27);
        const std::size_t at = 9 + 3; // x y
        terms.insert(terms.begin() + at + 1, terms[at]);
        terms[at + 1].*factor = 1;
        use_terms();
    }
    void add_word(Word word) {
        switch (word) {
        case Word::none:
        case Word::weights:
            return;
        case Word::means:
            return add_term(&carve_term::post_square);
        case Word::weight_sum:
            return add_term(&carve_term::weight_sum);
        case Word::mlp:
            require(carve_mlp_init(&mlp, sizeof mlp));
            rules[0].kind = CARVE_RULE_MLP;
            rules[0].parameters = &mlp;
            return;
        case Word::several:
            projections[0].n_plasticity = 2;
            return;
        case Word::unit_sums:
            trajectory.sums = CARVE_SUMS_OF_UNITS;
            return;
        case Word::events:
            trajectory.likelihood = CARVE_LIKELIHOOD_BERNOULLI;
            require(carve_rate_init(&rate, sizeof rate));
            rate.activation = CARVE_ACTIVATION_SIGMOID;
            populations[1].parameters = &rate;
        }
    }
};

double at(const void* data, std::uint32_t precision, std::size_t i) {
    return precision == CARVE_F32 ? double(static_cast<const float*>(data)[i])
                                  : static_cast<const double*>(data)[i];
}

void put(void* data, std::uint32_t precision, std::size_t i, double value) {
    if (precision == CARVE_F32)
        static_cast<float*>(data)[i] = float(value);
    else
        static_cast<double*>(data)[i] = value;
}

} // namespace

Block aligned_block(std::size_t bytes) {
    bytes = (bytes + CARVE_ALIGNMENT - 1) / CARVE_ALIGNMENT * CARVE_ALIGNMENT;
    Block block(std::aligned_alloc(CARVE_ALIGNMENT, bytes));
    if (!block)
        throw std::bad_alloc();
    std::memset(block.get(), 0, bytes);
    return block;
}

std::string Case::name() const {
    return std::string(precision == CARVE_F32 ? "f32/" : "f64/") + carve_isa_name(isa) +
           "/lanes:" + std::to_string(lanes) + "/pre:" + std::to_string(pre) +
           "/post:" + std::to_string(post) +
           (lateral ? "/lateral:" + std::to_string(synapses_within()) : "") +
           (recurrent ? "/recurrent:" + std::to_string(synapses_within()) : "") +
           (recorded ? "/recorded" : "") + (batch > 1 ? "/batch:" + std::to_string(batch) : "") +
           "/coefficients:" + std::to_string(coefficients) +
           (lane_bytes == 32 ? "" : "/lane_bytes:" + std::to_string(lane_bytes)) +
           (eligibility ? "/eligibility" : "") + (afferents ? "/afferents" : "");
}

std::vector<double> Layer::theta(std::uint32_t rule, std::size_t n_terms) {
    std::vector<double> theta(n_terms);
    require(carve_random_normal(1, rule, 0, theta.data(), theta.size()));
    for (double& t : theta)
        t *= 0.01;
    theta[9 * 1 + 3 * 1 + 0] = rule == 0 ? 1 : -1;
    if (rule == 0)
        theta[9 * 0 + 3 * 2 + 1] = -1;
    return theta;
}

Layer::Layer(const Case& c)
    : case_(c), slopes_(std::size_t{c.post} * c.pre * c.lanes, 1.0),
      gradient_(std::size_t{c.coefficients} * c.lanes) {
    const Description description(c);
    std::size_t bytes = 0;
    require(carve_sim_required_bytes(&description.model, &bytes, nullptr));
    memory_ = aligned_block(bytes);
    require(carve_sim_init(memory_.get(), bytes, &description.model, &sim_, nullptr));
    info_.struct_size = sizeof info_;
    require(carve_sim_get_info(sim_, &info_, nullptr));

    set_rules();
    draw_inputs();
}

void Layer::set_rules() const {
    for (std::uint32_t rule = 0; rule < (case_.lateral ? 2u : case_.n_uses()); ++rule) {
        carve_view view;
        require(carve_sim_view(sim_, CARVE_VIEW_THETA, rule, &view, nullptr));
        std::vector<double> coefficients = theta(rule, case_.third_factor() ? 81 : 27);
        if (case_.eligibility)
            coefficients.insert(coefficients.begin(), 1); // a time constant of e steps
        if (case_.word == Word::means || case_.word == Word::weight_sum ||
            case_.word == Word::mlp) { // small ones of any meaning
            coefficients.resize(view.shape[0]);
            require(carve_random_normal(1, 7, 0, coefficients.data(), coefficients.size()));
            for (double& c : coefficients)
                c *= 0.1;
        }
        const std::size_t lanes = view.ndim == 1 ? 1 : view.shape[2];
        const std::size_t blocks = view.ndim == 1 ? 1 : view.shape[0];
        for (std::size_t e = 0; e < blocks * coefficients.size() * lanes; ++e)
            put(view.data, case_.precision, e, coefficients[e / lanes % coefficients.size()]);
    }
}

void Layer::draw_inputs() {
    const std::size_t element = element_bytes();
    const std::size_t lanes = case_.searched() ? 1 : case_.lanes;
    const std::size_t width = case_.searched() ? 1 : info_.n_blocks * info_.lanes_per_block;
    const std::size_t samples = case_.batch > 1 ? case_.batch : case_.steps;
    inputs_ = aligned_block(element * width * samples * case_.pre);
    observations_ = aligned_block(element * case_.n_recorded()); // zeros
    streams_[0] = {case_.precision, CARVE_STREAM_BLOCKS, width * samples * case_.pre,
                   inputs_.get()};
    streams_[1] = {case_.precision, CARVE_STREAM_BLOCKS, case_.n_recorded(), observations_.get()};
    require(carve_step_init(&steps_, sizeof steps_));
    steps_.n_steps = case_.steps;
    steps_.n_inputs = case_.recorded ? 2 : 1;
    steps_.inputs = streams_;
    std::vector<double> row(case_.pre);
    for (std::size_t lane = 0; lane < lanes; ++lane)
        for (std::size_t t = 0; t < samples; ++t) {
            require(carve_random_normal(2, lane, t * case_.pre, row.data(), row.size()));
            for (std::size_t j = 0; j < case_.pre; ++j)
                put(inputs_.get(), case_.precision, input_index(lane, t, j), 0.3 * row[j]);
        }
}

bool Layer::run() {
    return carve_sim_reset(sim_, 1, nullptr, nullptr) == CARVE_OK &&
           carve_sim_step(sim_, &steps_, nullptr) == CARVE_OK;
}

bool Layer::sweep() {
    const double* slopes[] = {slopes_.data()};
    return carve_sim_adjoint(sim_, &steps_, slopes, gradient_.data(), nullptr) == CARVE_OK;
}

std::size_t Layer::input_index(std::size_t lane, std::size_t step, std::size_t unit) const {
    const std::size_t width = info_.lanes_per_block;
    if (case_.searched())
        return step * case_.pre + unit;
    return ((lane / width * case_.steps + step) * case_.pre + unit) * width + lane % width;
}

double Layer::input(std::size_t lane, std::size_t step, std::size_t unit) const {
    return at(inputs_.get(), case_.precision, input_index(lane, step, unit));
}

std::vector<double> Layer::weights(std::size_t lane) const {
    carve_view view;
    require(carve_sim_view(sim_, CARVE_VIEW_WEIGHTS, 0, &view, nullptr));
    const std::size_t width = info_.lanes_per_block;
    std::vector<double> values;
    for (std::size_t i = 0; i < case_.post; ++i)
        for (std::size_t j = 0; j < case_.pre; ++j)
            values.push_back(at(view.data, view.type,
                                lane / width * view.stride[0] + i * view.stride[1] +
                                    j * view.stride[2] + lane % width));
    return values;
}

std::vector<double> Layer::sensitivities(std::size_t lane) const {
    carve_view view;
    require(carve_sim_view(sim_, CARVE_VIEW_SENSITIVITIES, 0, &view, nullptr));
    const std::size_t width = info_.lanes_per_block;
    std::vector<double> values;
    for (std::size_t i = 0; i < case_.post; ++i)
        for (std::size_t j = 0; j < case_.pre; ++j) {
            const std::size_t row = case_.afferents ? j / CARVE_AFFERENTS : j;
            const std::size_t last = case_.afferents ? j % CARVE_AFFERENTS : lane % width;
            const std::size_t first =
                lane / width * view.stride[0] + i * view.stride[1] + row * view.stride[2] + last;
            for (std::size_t k = 0; k < case_.coefficients; ++k)
                values.push_back(at(view.data, view.type, first + k * view.stride[3]));
        }
    return values;
}

std::size_t Layer::register_bytes() const {
    const std::size_t widest = info_.isa == CARVE_ISA_AVX512 ? 64
                               : info_.isa == CARVE_ISA_AVX2 ? 32
                               : info_.isa == CARVE_ISA_NEON ? 16
                                                             : 0;
    const std::size_t row = case_.afferents ? CARVE_AFFERENTS * element_bytes() : case_.lane_bytes;
    const std::size_t bytes = std::min(widest, row);
    return bytes < 16 ? element_bytes() : bytes; // narrower ones are not used
}

} // namespace bench
