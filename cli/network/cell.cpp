#include "cell.hpp"

#include "error.hpp"
#include "exp_log.hpp"
#include "interrupt.hpp"
#include "sim_memory.hpp"
#include "spike_terms.hpp"

#include <algorithm>
#include <cmath>

namespace carve::cli {
namespace {

enum : std::uint32_t { kExcitatory, kInhibitory, kNeuron };

carve_poisson afferents_of(const CellSettings& cell) {
    carve_poisson p;
    check_status(carve_poisson_init(&p, sizeof p), "carve_poisson_init");
    p.source = cell.afferents == Afferents::signal ? CARVE_SOURCE_SIGNAL : CARVE_SOURCE_CONSTANT;
    p.n_groups = static_cast<std::uint32_t>(cell.groups);
    p.t_ref = cell.dead_time;
    p.rate = cell.rate;
    if (cell.afferents != Afferents::signal)
        return p;
    p.signal_gain = cell.signal_gain;
    p.signal_tau = cell.signal_tau;
    return p;
}

carve_lif neuron_of(const CellSettings& cell) {
    carve_lif p;
    check_status(carve_lif_init(&p, sizeof p), "carve_lif_init");
    p.t_ref = cell.dead_time;
    return p;
}
carve_rate_probe rate_of(const LossSettings& loss) {
    carve_rate_probe p;
    check_status(carve_rate_probe_init(&p, sizeof p), "carve_rate_probe_init");
    p.tau = loss.filter;
    p.start = loss.start;
    p.low = loss.low;
    p.high = loss.high;
    p.target = loss.target;
    p.offset = loss.offset;
    return p;
}
carve_probe probe_of(std::uint32_t kind, std::uint32_t index) {
    carve_probe p;
    check_status(carve_probe_init(&p, sizeof p), "carve_probe_init");
    p.kind = kind;
    p.index = index;
    return p;
}

struct CellModel {
    carve_model model;
    carve_population populations[3];
    carve_poisson afferents;
    carve_lif neuron;
    carve_rate_probe rate;
    carve_projection projections[2];
    carve_probe probes[3];
    carve_plasticity plasticity;
    carve_rule rule;
    carve_polynomial polynomial;
    std::vector<carve_term> terms;

    CellModel(const Task& task, const Lanes& lanes, Derivatives derivatives)
        : afferents(afferents_of(task.cell)), neuron(neuron_of(task.cell)),
          rate(rate_of(task.loss)) {
        const CellSettings& cell = task.cell;
        for (carve_population& p : populations) {
            check_status(carve_population_init(&p, sizeof p), "carve_population_init");
            p.kind = CARVE_POPULATION_POISSON;
            p.parameters = &afferents;
        }
        populations[kExcitatory].n_units = static_cast<std::uint32_t>(cell.excitatory);
        populations[kInhibitory].n_units = static_cast<std::uint32_t>(cell.inhibitory);
        populations[kNeuron].kind = CARVE_POPULATION_LIF;
        populations[kNeuron].parameters = &neuron;
        for (std::uint32_t i = 0; i < 2; ++i) {
            carve_projection& p = projections[i];
            check_status(carve_projection_init(&p, sizeof p), "carve_projection_init");
            p.pre = i;
            p.post = kNeuron;
        }
        projections[kExcitatory].gain = cell.excitatory_gain;
        projections[kInhibitory].receptor = CARVE_INHIBITORY;
        projections[kInhibitory].gain = cell.inhibitory_gain;
        projections[kInhibitory].weights.a = cell.w_inhibitory;
        describe_rule(task.rules.front(), cell, lanes);
        describe(task, lanes, derivatives);
    }
    CellModel(const CellModel&) = delete;
    CellModel& operator=(const CellModel&) = delete;

    void describe_rule(const RuleSettings& settings, const CellSettings& cell, const Lanes& lanes) {
        terms = kernel_terms(settings.terms);
        describe_polynomial(terms, polynomial, rule);
        rule.shared = lanes.are == LanesAre::data_sets;
        if (cell.neuron == Neuron::auryn_tif)
            polynomial.coincidence = CARVE_COINCIDENCE_BLIND;
        check_status(carve_plasticity_init(&plasticity, sizeof plasticity),
                     "carve_plasticity_init");
        plasticity.eta = settings.eta;
        carve_projection& inhibitory = projections[kInhibitory];
        inhibitory.n_plasticity = 1;
        inhibitory.plasticity = &plasticity;
        inhibitory.w_min = settings.w_min;
        inhibitory.w_max = settings.w_max;
    }

    void describe(const Task& task, const Lanes& lanes, Derivatives derivatives) {
        check_status(carve_model_init(&model, sizeof model), "carve_model_init");
        model.precision = task.run.single_precision ? CARVE_F32 : CARVE_F64;
        model.isa = isa_of(task.run.isa);
        model.lane_bytes = lane_bytes_of(task.run);
        model.n_replicas = static_cast<std::uint32_t>(lanes.count);
        model.gradient =
            derivatives == Derivatives::yes ? CARVE_GRADIENT_FORWARD : CARVE_GRADIENT_NONE;
        model.bound = task.network.bound;
        model.dt = task.cell.dt;
        model.n_populations = 3;
        model.n_projections = 2;
        model.n_rules = 1;
        model.populations = populations;
        model.projections = projections;
        model.rules = &rule;
        probes[model.n_probes++] = probe_of(CARVE_PROBE_RATE, kNeuron);
        probes[0].parameters = &rate;
        for (std::uint32_t i = 0; task.cell.groups > 1 && i < 2; ++i)
            probes[model.n_probes++] = probe_of(CARVE_PROBE_TRANSMITTED, i);
        model.probes = probes;
    }
};

} // namespace

struct Cell::Impl {
    Task task;
    Lanes lanes;
    CellModel model;
    std::size_t size, width;
    Memory memory;
    carve_sim* sim = nullptr;
    const DataSet* trial = nullptr;

    Impl(const Task& t, const Lanes& l, Derivatives derivatives)
        : task(t), lanes(l), model(t, l, derivatives), size(required_bytes(model.model)),
          width(lanes_per_block(t)), memory(allocate(size)) {
        if (lanes.are == LanesAre::data_sets && lanes.count > 1)
            throw Error(Exit::internal, "more than one trial in a spiking sim");
        check_status(carve_sim_init(memory.get(), size, &model.model, &sim, nullptr),
                     "carve_sim_init");
    }

    carve_view view(std::uint32_t which, std::uint32_t index) const {
        carve_view result;
        check_status(carve_sim_view(sim, which, index, &result, nullptr), "carve_sim_view");
        return result;
    }
    std::size_t place(const carve_view& v, std::size_t lane) const {
        return lane / width * v.stride[0] + lane % width;
    }

    void write_theta(std::size_t lane, const Eigen::VectorXd& theta) {
        const carve_view v = view(CARVE_VIEW_THETA, 0);
        const bool shared = lanes.are == LanesAre::data_sets;
        for (Eigen::Index k = 0; k < theta.size(); ++k) {
            const auto at = static_cast<std::size_t>(k) * v.stride[shared ? 0 : 1];
            write(v.data, task.run.single_precision, shared ? at : at + place(v, lane), theta[k]);
        }
    }

    void write_trial() {
        const carve_view groups = view(CARVE_VIEW_GROUPS, kInhibitory);
        auto* const rates = static_cast<double*>(groups.data);
        for (std::size_t g = 0; g < task.cell.groups; ++g) {
            rates[g * groups.stride[1]] = task.cell.rate * trial->factor;
            rates[groups.stride[0] + g * groups.stride[1]] = task.cell.signal_gain * trial->factor;
        }
        const carve_view w = view(CARVE_VIEW_WEIGHTS, kExcitatory);
        for (std::size_t lane = 0; lane < lanes.count; ++lane)
            for (Eigen::Index j = 0; j < trial->w0.cols(); ++j)
                write(w.data, task.run.single_precision,
                      place(w, lane) + static_cast<std::size_t>(j) * w.stride[2], trial->w0(0, j));
    }

    void set_window() {
        const double wanted = std::floor(task.cell.window / task.cell.dt + 0.5);
        const std::uint64_t steps = task.network.steps;
        const std::uint64_t scored =
            wanted < static_cast<double>(steps) ? static_cast<std::uint64_t>(wanted) : steps;
        auto* const window = static_cast<std::uint64_t*>(view(CARVE_VIEW_WINDOW, kNeuron).data);
        window[0] = steps - std::max<std::uint64_t>(scored, 1);
        window[1] = steps;
    }

    std::vector<double> loss_of(std::uint32_t kind) const {
        carve_loss loss;
        check_status(carve_loss_init(&loss, sizeof loss), "carve_loss_init");
        loss.kind = kind;
        if (kind == CARVE_LOSS_RATE)
            loss.population = kNeuron;
        else
            loss.other = kInhibitory;
        std::vector<double> value(lanes.count);
        check_status(carve_sim_loss(sim, &loss, value.data(), nullptr, nullptr), "carve_sim_loss");
        return value;
    }
    // 1 where nothing is tuned: a correlation of 0.
    std::vector<double> untuned() const {
        std::vector<double> value(lanes.count, 1);
        if (task.cell.groups > 1)
            value = loss_of(CARVE_LOSS_TUNING);
        for (std::size_t lane = 0; lane < value.size(); ++lane)
            if (!std::isfinite(value[lane]) && frozen(lane) < 0)
                value[lane] = 1;
        return value;
    }

    std::int64_t frozen(std::size_t lane) const {
        const carve_view v = view(CARVE_VIEW_FROZEN, 0);
        return static_cast<std::int64_t>(
                   static_cast<const std::uint64_t*>(v.data)[place(v, lane)]) -
               1;
    }
};

Cell::Cell(const Task& task, const Lanes& lanes, Derivatives derivatives)
    : impl_(std::make_unique<Impl>(task, lanes, derivatives)) {}
Cell::Cell(Cell&&) noexcept = default;
Cell::~Cell() = default;

void Cell::load(const std::vector<const DataSet*>& data) { impl_->trial = data.front(); }
void Cell::set_theta(const Eigen::VectorXd& theta) { impl_->write_theta(0, theta); }
void Cell::set_theta(std::size_t lane, const Eigen::VectorXd& theta) {
    impl_->write_theta(lane, theta);
}

void Cell::reset() {
    const std::vector<std::uint64_t> streams(impl_->lanes.count, impl_->trial->stream);
    check_status(carve_sim_reset(impl_->sim, impl_->task.run.seed, streams.data(), nullptr),
                 "carve_sim_reset");
    impl_->write_trial();
    impl_->set_window();
}

void Cell::advance(std::uint64_t steps) {
    constexpr std::uint64_t kAtOnce = 10000; // steps between two looks at interrupts
    while (steps > 0 && !interrupted()) {
        const std::uint64_t some = std::min(steps, kAtOnce);
        const carve_step step = steps_of(some);
        check_status(carve_sim_step(impl_->sim, &step, nullptr), "carve_sim_step");
        steps -= some;
    }
}

std::vector<double> Cell::losses() const {
    std::vector<double> sum = impl_->loss_of(CARVE_LOSS_RATE);
    const double weight = impl_->task.loss.tuning;
    if (weight > 0) {
        const std::vector<double> untuned = impl_->untuned();
        for (std::size_t lane = 0; lane < sum.size(); ++lane)
            sum[lane] += weight * untuned[lane];
    }
    return sum;
}

std::int64_t Cell::frozen(std::size_t lane) const { return impl_->frozen(lane); }

std::vector<Contribution> Cell::derivatives() const {
    const auto K = static_cast<Eigen::Index>(info().n_coefficients);
    const std::size_t n = impl_->lanes.count;
    std::vector<Contribution> out(n, {Eigen::VectorXd::Zero(K), Eigen::MatrixXd::Zero(K, K)});
    carve_loss loss;
    check_status(carve_loss_init(&loss, sizeof loss), "carve_loss_init");
    loss.kind = CARVE_LOSS_RATE;
    loss.population = kNeuron;
    std::vector<double> value(n), slopes(static_cast<std::size_t>(K) * n);
    check_status(carve_sim_loss(impl_->sim, &loss, value.data(), slopes.data(), nullptr),
                 "carve_sim_loss");
    for (std::size_t lane = 0; lane < n; ++lane) {
        if (frozen(lane) >= 0 || !(value[lane] > 0))
            continue;
        Eigen::VectorXd& gradient = out[lane].gradient;
        for (Eigen::Index k = 0; k < K; ++k)
            gradient[k] = slopes[static_cast<std::size_t>(k) * n + lane];
        // The residual is the loss's square root: J = gradient / (2 sqrt(loss)), W = 2.
        out[lane].hessian = gradient * gradient.transpose() / (2 * value[lane]);
    }
    return out;
}

std::vector<double> Cell::observe(std::size_t lane) const {
    const carve_view counts = impl_->view(CARVE_VIEW_SPIKE_COUNTS, kNeuron);
    const auto* const window =
        static_cast<const std::uint64_t*>(impl_->view(CARVE_VIEW_WINDOW, kNeuron).data);
    const double seconds = static_cast<double>(window[1] - window[0]) * impl_->task.cell.dt;
    return {read(counts, impl_->place(counts, lane)) / seconds, 1 - impl_->untuned()[lane]};
}

std::size_t Cell::bytes() const { return impl_->size; }

carve_sim_info Cell::info() const {
    carve_sim_info info{};
    info.struct_size = sizeof info;
    check_status(carve_sim_get_info(impl_->sim, &info, nullptr), "carve_sim_get_info");
    return info;
}

double inhibitory_rate(const Task& task, double factor) {
    constexpr double kSeconds = 20;
    Task probe = task;
    probe.cell.rate *= factor;
    probe.cell.signal_gain *= factor;
    CellModel model(probe, {1}, Derivatives::no);
    // What the afferents transmit at weight 1 is counted; the neuron does not matter.
    carve_projection& counted = model.projections[kInhibitory];
    check_status(carve_projection_init(&counted, sizeof counted), "carve_projection_init");
    counted.pre = kInhibitory;
    counted.post = kNeuron;
    counted.weights.a = 1;
    model.probes[0] = probe_of(CARVE_PROBE_TRANSMITTED, kInhibitory);
    model.model.n_probes = 1;
    carve_population& neuron = model.populations[kNeuron];
    check_status(carve_population_init(&neuron, sizeof neuron), "carve_population_init");
    neuron.kind = CARVE_POPULATION_LIF;
    model.model.n_rules = 0;
    const std::size_t size = required_bytes(model.model);
    const Memory memory = allocate(size);
    carve_sim* sim = nullptr;
    check_status(carve_sim_init(memory.get(), size, &model.model, &sim, nullptr), "carve_sim_init");
    check_status(carve_sim_reset(sim, task.run.seed, nullptr, nullptr), "carve_sim_reset");
    const carve_step step =
        steps_of(static_cast<std::uint64_t>(std::floor(kSeconds / task.cell.dt)));
    check_status(carve_sim_step(sim, &step, nullptr), "carve_sim_step");
    carve_view v;
    check_status(carve_sim_view(sim, CARVE_VIEW_TRANSMITTED, kInhibitory, &v, nullptr),
                 "carve_sim_view");
    double spikes = 0;
    for (std::size_t g = 0; g < task.cell.groups; ++g)
        spikes += read(v, g * v.stride[2]);
    const double seconds = static_cast<double>(step.n_steps) * task.cell.dt;
    return spikes / (seconds * static_cast<double>(task.cell.inhibitory));
}

double set_point(const std::vector<Term>& terms, double afferent_rate) {
    const auto theta = [&](std::uint64_t bit) {
        for (const Term& t : terms)
            if (t.spike == bit)
                return is_time_constant(t) ? exp_of(t.theta) : t.theta;
        return 0.0;
    };
    const double g =
        theta(at_post(1, 0, 0)) * theta(kTauPre) + theta(at_pre(1, 0, 0)) * theta(kTauPost);
    return -theta(at_pre(0, 0, 0)) * afferent_rate / (theta(at_post(0, 0, 0)) + g * afferent_rate);
}

} // namespace carve::cli
