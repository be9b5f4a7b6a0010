#include "drawn_model.hpp"

#include <algorithm>
#include <cmath>

namespace nets {

namespace {

void set(void* object, const Field& f, double value) {
    char* at = static_cast<char*>(object) + f.offset;
    const double whole = std::isfinite(value) && value > 0 ? std::fmin(value, 1.8e19) : 0;
    const std::uint32_t u = std::uint32_t(std::uint64_t(whole));
    const std::uint64_t w = std::uint64_t(whole);
    switch (f.type) {
    case Type::u32:
        std::memcpy(at, &u, sizeof u);
        return;
    case Type::u64:
        std::memcpy(at, &w, sizeof w);
        return;
    default:
        std::memcpy(at, &value, sizeof value);
    }
}

double usual(Choices& c, const Field& f) {
    const double pick = f.likely[c.below(std::uint32_t(f.likely.size()))];
    const auto ends = std::minmax_element(f.likely.begin(), f.likely.end());
    const double low = *ends.first, high = *ends.second;
    if (!c.one_in(3) || !std::isfinite(low) || !std::isfinite(high))
        return pick;
    return f.type == Type::real ? c.uniform(low, high)
                                : c.between(std::uint32_t(low), std::uint32_t(high));
}

template <class T> T defaults(carve_status (*init)(T*, std::size_t)) {
    T object;
    init(&object, sizeof object);
    return object;
}

std::uint32_t any_of(Choices& c, const std::vector<std::uint32_t>& values) {
    return values[c.below(std::uint32_t(values.size()))];
}

bool is_neuron(std::uint32_t kind) { return kind >= CARVE_POPULATION_LIF; }

// More receptors, or fewer, of any kinds.
void random_receptors(Choices& c, flat::Population& p) {
    p.n_receptors = 1 + c.below(4);
    for (std::uint32_t i = 2; i < p.n_receptors; ++i) {
        carve_receptor& r = p.more[i - 2];
        r = {c.below(3), 0, c.one_in(2) ? 0.1 : 2e-3, 0, 0, {}};
        const bool follows = r.kind == CARVE_RECEPTOR_FILTERED;
        r.source = follows ? c.below(2) : 0;
        r.share = follows ? c.uniform(0, 0.5) : 0;
        const std::uint32_t kind = follows ? p.synapses : r.kind;
        r.reversal = kind == CARVE_RECEPTOR_CONDUCTANCE && c.one_in(2) ? -0.075 : 0;
    }
}
// The receptor of a projection: not one that follows another.
std::uint32_t random_receptor(Choices& c, const flat::Population& p) {
    const std::uint32_t i = c.below(p.n_receptors);
    return i >= 2 && p.more[i - 2].kind == CARVE_RECEPTOR_FILTERED ? p.more[i - 2].source : i;
}

// adjoint: of the model's gradient.
flat::Population random_population(Choices& c, std::uint32_t kind, bool gradient, bool adjoint) {
    flat::Population p;
    p.kind = kind;
    unsigned readers = reader_of(kind);
    if (kind == CARVE_POPULATION_POISSON) {
        p.source = c.below(3);
        readers |= p.source == CARVE_SOURCE_SIGNAL ? unsigned{kSignalPoisson} : 0;
        readers |= p.source != CARVE_SOURCE_STREAMED ? unsigned{kDrawingPoisson} : 0;
    }
    if (is_neuron(kind)) {
        p.scored = c.below(2);
        p.synapses = c.below(2);
        if (p.synapses == CARVE_RECEPTOR_CURRENT)
            p.v_inh = 0;
        readers |= kind == CARVE_POPULATION_LIF && p.synapses == CARVE_RECEPTOR_CONDUCTANCE
                       ? unsigned{kConductanceLif}
                       : 0;
        readers |= p.scored ? unsigned{kScoredLif} : 0;
        if (!gradient && c.one_in(2))
            random_receptors(c, p);
    }
    draw(c, Struct::population, &p, readers);
    if (kind == CARVE_POPULATION_RATE && !adjoint && c.one_in(4))
        p.tau = c.uniform(1, 30);
    if (kind == CARVE_POPULATION_POISSON && c.one_in(2))
        p.n_groups = p.n_units % 3 == 0 ? 3 : p.n_units % 2 == 0 ? 2 : p.n_units;
    if (is_neuron(kind) && c.one_in(4)) {
        p.v_reset = -0.058;
        p.v_threshold = -0.054;
    }
    if (is_neuron(kind) && c.one_in(4)) {
        p.v_min = -0.065;
        p.v_max = -0.04;
    }
    if (p.scored && c.one_in(3)) {
        p.rate_low = c.uniform(0, 20);
        p.rate_high = p.rate_low + c.uniform(1, 100);
    }
    return p;
}

// Within a population; null if it has one already.
bool make_lateral(Choices& c, const Model& m, flat::Projection& p) {
    for (const flat::Projection& other : m.projections)
        if (other.pre == p.post && other.post == p.post && other.delay == 0)
            return false;
    p.connectivity = c.below(2);
    const bool lower = p.connectivity == CARVE_CONNECT_LOWER;
    p.inference = lower ? c.below(3) : CARVE_INFERENCE_SWEEPS + c.below(2);
    if (p.inference == CARVE_INFERENCE_SOLVE &&
        m.populations[p.post].activation != CARVE_ACTIVATION_LINEAR)
        p.inference = CARVE_INFERENCE_SWEEPS;
    if (p.inference == CARVE_INFERENCE_SWEEPS) {
        p.n_sweeps = 1 + c.below(3);
        p.mask_from = lower && m.plastic(p) ? c.below(2) : 0;
    }
    return true;
}

// Another distribution than the normal one.
void draw_weights(Choices& c, flat::Projection& p) {
    if (!c.one_in(4))
        return;
    p.distribution = CARVE_WEIGHTS_UNIFORM + c.below(2);
    p.w_mean = c.uniform(0.01, 1);
    p.w_sd = p.w_mean + c.uniform(0, 1);
}

void add_rates_projection(Choices& c, Model& m, bool lateral_allowed) {
    flat::Projection p;
    std::vector<std::uint32_t> rates;
    for (std::uint32_t i = 0; i < m.populations.size(); ++i)
        if (m.populations[i].kind == CARVE_POPULATION_RATE)
            rates.push_back(i);
    p.post = any_of(c, rates);
    p.pre = c.below(p.post + (lateral_allowed ? 1 : 0));
    if (m.model.gradient != CARVE_GRADIENT_ADJOINT && c.one_in(4)) { // from anywhere
        p.pre = c.below(std::uint32_t(m.populations.size()));
        p.delay = c.one_in(4) ? 60 + c.below(20) : 1 + c.below(5);
    }
    if (c.below(4) && !m.rules.empty())
        p.rule = c.below(std::uint32_t(m.rules.size()));
    const bool lateral = p.pre == p.post && p.delay == 0;
    if (lateral && !make_lateral(c, m, p))
        return;
    if (m.plastic(p) && c.one_in(6) && m.modulation_possible())
        add_uses(c, m, p);
    const bool general = m.is_general(p);
    if (!lateral && p.delay == 0 && m.plastic(p) && m.model.gradient == CARVE_GRADIENT_NONE &&
        !general && c.one_in(3))
        p.presynaptic = c.below(3);
    draw(c, Struct::projection, &p,
         (lateral ? kLateral : kForward) | (m.plastic(p) ? unsigned{kPlasticRates} : 0));
    if (m.plastic(p))
        modulate(c, m, p);
    draw_weights(c, p);
    m.projections.push_back(p);
}

// Few of the pairs, drawn or listed, if there are any.
void make_sparse(Choices& c, const Model& m, flat::Projection& p) {
    const std::uint32_t n_pre = m.populations[p.pre].n_units,
                        n_post = m.populations[p.post].n_units;
    const std::uint32_t others = n_pre - (p.pre == p.post ? 1 : 0);
    if (others == 0)
        return;
    p.tuning = 0;
    p.connectivity = CARVE_CONNECT_IN_DEGREE + c.below(2);
    if (p.connectivity == CARVE_CONNECT_IN_DEGREE) {
        p.in_degree = 1 + c.below(others);
        return;
    }
    p.rows.resize(n_post);
    for (std::uint32_t i = 0; i < n_post; ++i)
        for (std::uint32_t j = 0; j < n_pre; ++j)
            if ((p.pre != p.post || i != j) && c.below(3) == 0)
                p.rows[i].push_back(j);
    if (p.rows[0].empty()) // there is at least one synapse
        p.rows[0].push_back(n_pre - 1);
}

void add_spiking_projection(Choices& c, Model& m) {
    flat::Projection p;
    std::vector<std::uint32_t> neurons, sources;
    for (std::uint32_t i = 0; i < m.populations.size(); ++i) {
        if (m.populations[i].kind != CARVE_POPULATION_INPUT)
            (is_neuron(m.populations[i].kind) ? neurons : sources).push_back(i);
        if (is_neuron(m.populations[i].kind) && m.model.gradient == CARVE_GRADIENT_NONE)
            sources.push_back(i);
    }
    p.post = any_of(c, neurons);
    p.pre = any_of(c, sources);
    const bool recurrent = is_neuron(m.populations[p.pre].kind);
    if (c.below(4) && !m.rules.empty())
        p.rule = c.below(std::uint32_t(m.rules.size()));
    const flat::Rule rule = m.plastic(p) ? m.rules[p.rule] : flat::Rule();
    const bool reads_state =
        rule.kind == CARVE_RULE_PRODUCT ? rule.factors != 0 : rule.inputs > CARVE_FACTOR_WEIGHT_SUM;
    if (rule.kind != CARVE_RULE_POLYNOMIAL &&
        (m.model.gradient != CARVE_GRADIENT_NONE ||
         (reads_state && m.populations[p.post].kind != CARVE_POPULATION_CVAIF)))
        p.rule = flat::kStatic;
    p.delay = recurrent ? 1 : 0;
    p.tuning = recurrent ? 0 : c.below(2);
    draw(c, Struct::projection, &p,
         (recurrent ? kFromNeurons : kFromPoisson) | (m.plastic(p) ? unsigned{kPlasticSpikes} : 0));
    p.receptor = random_receptor(c, m.populations[p.post]);
    if (m.model.gradient == CARVE_GRADIENT_NONE && c.one_in(2))
        make_sparse(c, m, p);
    if (m.plastic(p) && c.one_in(4) && m.spikes_modulated())
        add_uses(c, m, p);
    if (m.plastic(p))
        modulate(c, m, p);
    draw_weights(c, p);
    m.projections.push_back(p);
}

// Probes of the trajectories of some rates, where there is a population that may have observed them.
void add_trajectories(Choices& c, Model& m) {
    const auto n = std::uint32_t(m.populations.size());
    for (std::uint32_t i = 0; i < n; ++i) {
        flat::Population& p = m.populations[i];
        const std::uint32_t observations = c.below(n), selection = c.below(n);
        if (p.kind != CARVE_POPULATION_RATE || observations == i ||
            m.populations[observations].n_units != p.n_units || !c.one_in(2))
            continue;
        p.recorded = 1;
        p.observations = observations;
        p.likelihood = c.one_in(2) ? c.below(p.n_units > 1 ? 4 : 3) : 0;
        p.sums = p.likelihood == CARVE_LIKELIHOOD_GAUSSIAN && c.one_in(3);
        if (p.likelihood == CARVE_LIKELIHOOD_GAUSSIAN && p.sums == CARVE_SUMS_OF_LOSS)
            p.noise = c.uniform(0.1, 3);
        const std::uint32_t units = m.populations[selection].n_units;
        const bool choice = p.likelihood == CARVE_LIKELIHOOD_CATEGORICAL;
        if (selection != i && (units == 1 || (units == p.n_units && !choice)))
            p.selection = selection;
    }
}

// Probes of the weights of some projections, with inputs for what was observed.
void add_weight_trajectories(Choices& c, Model& m) {
    for (flat::Projection& p : m.projections) {
        const std::uint32_t pairs = m.populations[p.pre].n_units * m.populations[p.post].n_units;
        if (!m.plastic(p) || pairs > 100 || !c.one_in(4) || m.populations.size() > 6)
            continue;
        flat::Population input;
        input.kind = CARVE_POPULATION_INPUT;
        input.n_units = pairs;
        input.shared = c.below(2);
        p.recorded = 1;
        p.observations = std::uint32_t(m.populations.size());
        p.noise = c.uniform(0.1, 3);
        if (c.one_in(2))
            p.selection = m.populations[0].n_units == 1 ? 0 : p.observations;
        m.populations.push_back(input);
    }
}

// Of projections onto a population that is recorded, and that nothing else depends on.
void free_initial_weights(Choices& c, Model& m) {
    for (flat::Projection& p : m.projections) {
        const flat::Population& post = m.populations[p.post];
        bool recorded = post.recorded != 0;
        for (const flat::Projection& other : m.projections)
            recorded = recorded || (other.recorded && other.post == p.post);
        bool free = m.model.gradient == CARVE_GRADIENT_FORWARD && m.plastic(p) && recorded &&
                    post.likelihood != CARVE_LIKELIHOOD_CATEGORICAL &&
                    post.sums == CARVE_SUMS_OF_LOSS;
        for (const flat::Projection& other : m.projections)
            for (const flat::Projection& use : flat::uses_of(other))
                free = free && use.pre != p.post && use.modulator != p.post;
        p.initial_weights = free && c.one_in(2) ? CARVE_INITIAL_FREE : CARVE_INITIAL_GIVEN;
    }
}

// If the rules allow it; synapses become sparse.
void let_lanes_be_targets(Choices& c, Model& m) {
    if (m.model.gradient != CARVE_GRADIENT_NONE)
        return;
    for (const flat::Projection& p : m.projections) {
        const bool pair = p.pre != p.post || m.populations[p.pre].n_units > 1;
        bool plain = pair && p.more.empty() && p.modulator == CARVE_NO_POPULATION &&
                     p.gate == CARVE_NO_POPULATION && p.tuning == 0;
        if (plain && m.plastic(p)) {
            const flat::Rule& rule = m.rules[p.rule];
            plain = !rule.eligibility && rule.listed.empty();
        }
        if (!plain)
            return;
    }
    for (flat::Projection& p : m.projections)
        if (p.connectivity == CARVE_CONNECT_ALL) {
            p.connectivity = CARVE_CONNECT_IN_DEGREE;
            p.in_degree = 1 + c.below(m.populations[p.pre].n_units - (p.pre == p.post ? 1 : 0));
        }
    m.model.layout = CARVE_LAYOUT_TARGETS;
}

void choose_execution(Choices& c, Model& m, bool lateral) {
    carve_model& model = m.model;
    const std::uint32_t real = model.precision == CARVE_F32 ? 4 : 8;
    model.lane_bytes = any_of(c, {32, 64, real});
    if (model.gradient == CARVE_GRADIENT_ADJOINT)
        model.max_steps = 100 + c.below(100);
    else if (c.one_in(8))
        model.max_steps = 60 + c.below(100);
    if (m.spiking()) {
        if (c.one_in(2))
            let_lanes_be_targets(c, m);
        return;
    }
    if (c.one_in(4))
        model.form = m.populations[0].fixed ? CARVE_FORM_MOMENTS : CARVE_FORM_SAMPLES;
    bool plain = !lateral; // neither modulated nor with a memory
    for (const flat::Projection& p : m.projections)
        plain = plain && p.modulator == CARVE_NO_POPULATION && p.gate == CARVE_NO_POPULATION &&
                p.delay == 0 && !m.is_general(p) && p.recorded == 0;
    for (const flat::Population& p : m.populations)
        plain = plain && p.tau == 1 && p.recorded == 0;
    if (plain && model.batch == 1 && model.gradient != CARVE_GRADIENT_ADJOINT && c.one_in(2))
        model.layout = CARVE_LAYOUT_AUTO - c.below(2);
}

} // namespace

const carve_model* Model::description() {
    structs.make(model, populations, projections, rules);
    return &model;
}

std::uint32_t Model::n_coefficients() const {
    std::uint32_t n = 0;
    for (const flat::Rule& r : rules)
        n += flat::n_coefficients_of(r);
    std::uint32_t most = 0; // of columns for free initial weights
    for (std::uint32_t i = 0; i < populations.size(); ++i) {
        std::uint32_t columns = 0;
        for (const flat::Projection& p : projections)
            if (p.post == i && p.initial_weights == CARVE_INITIAL_FREE)
                columns += populations[p.pre].n_units;
        most = std::max(most, columns);
    }
    n += most;
    return n;
}

void draw(Choices& c, Struct of, void* object, unsigned readers) {
    for (const Field& f : fields())
        if (f.of == of && (f.readers & readers) && !f.related && c.below(2))
            set(object, f, usual(c, f));
}

Model random_model(Choices& c) {
    Model m;
    m.model = defaults(carve_model_init);
    const bool spiking = c.one_in(2);
    draw(c, Struct::model, &m.model, spiking ? kSpikingModel : kRatesModel);
    if (spiking && m.model.gradient != CARVE_GRADIENT_NONE)
        draw(c, Struct::model, &m.model, kSpikingGradient);
    const std::uint32_t n_populations = 2 + c.below(3);
    for (std::uint32_t i = 0; i < n_populations; ++i) {
        const std::uint32_t first = spiking ? CARVE_POPULATION_POISSON : CARVE_POPULATION_INPUT;
        const std::uint32_t n_kinds = spiking ? 2 : 3, n_sources = spiking ? 1 : 2;
        std::uint32_t kind = first + c.below(i == 0 ? n_sources : n_kinds);
        if (i + 1 == n_populations)
            kind = first + n_kinds - 1;
        const bool gradient = m.model.gradient != CARVE_GRADIENT_NONE;
        if (spiking && !gradient && i + 1 < n_populations && c.one_in(3))
            kind = CARVE_POPULATION_INPUT; // of third factors and gates
        if (spiking && is_neuron(kind) && !gradient && c.one_in(2))
            kind = CARVE_POPULATION_LIF + c.below(5);
        m.populations.push_back(
            random_population(c, kind, gradient, m.model.gradient == CARVE_GRADIENT_ADJOINT));
    }
    for (std::uint32_t i = c.below(4); i > 0; --i)
        m.rules.push_back(
            random_rule(c, spiking, spiking ? m.spikes_modulated() : m.modulation_possible()));
    const bool lateral = m.model.gradient != CARVE_GRADIENT_ADJOINT && c.one_in(2);
    for (std::uint32_t i = 1 + c.below(4); i > 0; --i)
        if (spiking)
            add_spiking_projection(c, m);
        else
            add_rates_projection(c, m, lateral);
    if (m.projections.empty()) // a lateral one that was not to be
        add_rates_projection(c, m, false);
    if (!spiking && m.model.gradient != CARVE_GRADIENT_ADJOINT)
        add_trajectories(c, m);
    if (!spiking && m.model.gradient != CARVE_GRADIENT_ADJOINT)
        add_weight_trajectories(c, m);
    if (!spiking)
        free_initial_weights(c, m);
    choose_execution(c, m, lateral);
    return m;
}

void spoil(Choices& c, Model& m) {
    const Field& f = fields()[c.below(std::uint32_t(fields().size()))];
    void* object = &m.model;
    if (f.of == Struct::population)
        object = &m.populations[c.below(std::uint32_t(m.populations.size()))];
    else if (f.of == Struct::projection)
        object = &m.projections[c.below(std::uint32_t(m.projections.size()))];
    else if (f.of == Struct::rule && !m.rules.empty())
        object = &m.rules[c.below(std::uint32_t(m.rules.size()))];
    else if (f.of != Struct::model)
        return;
    const double values[] = {f.low, f.high, f.low - 1, f.high + 1, 4294967295.0, c.wild()};
    set(object, f, values[c.below(6)]);
}

carve_loss random_loss(Choices& c) {
    carve_loss loss = defaults(carve_loss_init);
    draw(c, Struct::loss, &loss, kLoss);
    return loss;
}

} // namespace nets
