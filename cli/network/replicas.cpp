#include "replicas.hpp"

#include "error.hpp"
#include "interrupt.hpp"
#include "sim_memory.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace carve::cli {

namespace {

constexpr double kMinDistance = 1e-3; // below it the plain distance is treated as a parabola

std::size_t idx(Eigen::Index i) { return static_cast<std::size_t>(i); }

// A loss of the kernel, its weight in the task's, and how its residuals make up its Hessian.
struct Objective {
    carve_loss loss;
    double weight;
    std::size_t rows; // of residuals, each with a norm of its own
    bool plain;       // the norm counts, not its square
};

} // namespace

struct Replicas::Impl {
    Task task;
    Lanes lanes;
    std::size_t units, outputs, rows; // rows: samples of a data set
    NetworkModel model;
    Memory memory, packed;
    carve_sim* sim = nullptr;
    std::size_t width;
    const void* inputs = nullptr;
    std::vector<const DataSet*> data;
    std::vector<double> targets,
        moments; // [output][unit][lane], [unit][unit][lane]; shared: no lane
    std::uint64_t steps = 0;

    Impl(const Task& t, const DataSet& example, const Lanes& l, Derivatives derivatives,
         bool keep_rates)
        : task(t), lanes(l), units(idx(example.w0.cols())), outputs(idx(example.w0.rows())),
          rows(idx(example.samples.rows())),
          model(with_outputs(t, outputs), units, rows, lanes, derivatives),
          width(model.lanes_per_block()) {
        if (!shared() && lanes.count > width)
            throw Error(Exit::internal, "more data sets than a lane block holds");
        if (keep_rates)
            model.model.form = CARVE_FORM_SAMPLES;
        const std::size_t size = model.bytes();
        memory = allocate(size);
        check_status(carve_sim_init(memory.get(), size, &model.model, &sim, nullptr),
                     "carve_sim_init");
    }

    static Task with_outputs(Task task, std::size_t outputs) {
        task.network.outputs = outputs;
        return task;
    }
    bool shared() const { return lanes.are == LanesAre::candidates; }
    bool single() const { return task.run.single_precision; }
    std::size_t real() const { return single() ? sizeof(float) : sizeof(double); }
    const DataSet& set_of(std::size_t lane) const { return *data[shared() ? 0 : lane]; }

    carve_view view(std::uint32_t which, std::uint32_t index) const {
        carve_view result;
        check_status(carve_sim_view(sim, which, index, &result, nullptr), "carve_sim_view");
        return result;
    }

    // [row][unit][lane] of the one block, or [row][unit], which is how a data set has them.
    void pack_inputs() {
        if (shared() && !single()) {
            inputs = data[0]->samples.data();
            return;
        }
        const std::size_t across = shared() ? 1 : width;
        if (!packed)
            packed = allocate(rows * units * across * real());
        for (std::size_t lane = 0; lane < across; ++lane) {
            const double* const samples = lane < data.size() ? data[lane]->samples.data() : nullptr;
            for (std::size_t k = 0; k < rows * units; ++k)
                write(packed.get(), single(), k * across + lane, samples ? samples[k] : 0.0);
        }
        inputs = packed.get();
    }

    void pack_targets() {
        targets.clear();
        moments.clear();
        for (std::size_t k = 0; k < outputs * units; ++k)
            for (const DataSet* set : data)
                targets.push_back(set->target.data()[k]);
        if (task.loss.decorrelation == 0)
            return;
        std::vector<RowMatrix> of_lane;
        for (const DataSet* set : data)
            of_lane.push_back(set->samples.transpose() * set->samples /
                              static_cast<double>(set->samples.rows()));
        for (std::size_t k = 0; k < units * units; ++k)
            for (const RowMatrix& m : of_lane)
                moments.push_back(m.data()[k]);
    }

    // Clipped as the kernel clips after every update: what a rule sees first is within the bounds.
    void write_weights(std::uint32_t projection, const RowMatrix DataSet::*initial) {
        const RuleSettings& bounds = task.rules[projection];
        const carve_view weights = view(CARVE_VIEW_WEIGHTS, projection);
        const bool hierarchy = projection > 0 && task.network.mask_from == Mask::start;
        for (std::size_t lane = 0; lane < lanes.count; ++lane) {
            const RowMatrix& w = set_of(lane).*initial;
            for (Eigen::Index i = 0; i < w.rows(); ++i)
                for (Eigen::Index j = 0; j < w.cols(); ++j)
                    write(weights.data, single(),
                          lane / width * weights.stride[0] + idx(i) * weights.stride[1] +
                              idx(j) * weights.stride[2] + lane % width,
                          hierarchy && j >= i
                              ? 0.0
                              : std::min(std::max(w(i, j), bounds.w_min), bounds.w_max));
        }
    }

    void write_theta(std::size_t lane, const Eigen::VectorXd& theta) {
        Eigen::Index next = 0;
        for (std::uint32_t r = 0; r < task.rules.size(); ++r) {
            const carve_view v = view(CARVE_VIEW_THETA, r);
            for (std::size_t k = 0; k < task.rules[r].terms.size(); ++k)
                write(v.data, single(),
                      shared() ? lane / width * v.stride[0] + k * v.stride[1] + lane % width
                               : k * v.stride[0],
                      theta[next++]);
        }
    }

    // Updates between two looks at whether the process was interrupted: a fraction of a second.
    std::uint64_t updates_at_once() const {
        constexpr double kWork = 2e8, kMany = 1 << 20; // kWork: of one derivative of one output
        const double derivatives = model.model.gradient == CARVE_GRADIENT_NONE
                                       ? 1
                                       : 1 + static_cast<double>(coefficients(task).size());
        const double update = static_cast<double>(model.model.batch * units * outputs) *
                              static_cast<double>(lanes.count) * derivatives;
        return static_cast<std::uint64_t>(std::clamp(kWork / update, 1.0, kMany));
    }

    void advance(std::uint64_t n) {
        const bool online = task.network.update == Update::online;
        while (n > 0 && !interrupted()) {
            // Online, step t sees row t modulo the rows; a call sees the rows up to the last.
            const std::uint64_t row = online ? steps % rows : 0;
            const std::uint64_t some =
                std::min(updates_at_once(), online ? std::min<std::uint64_t>(n, rows - row) : n);
            const std::size_t at = row * units * (shared() ? 1 : width) * real();
            const std::uint64_t samples = online ? some : model.model.batch;
            const carve_stream in{model.model.precision, CARVE_STREAM_BLOCKS,
                                  samples * units * (shared() ? 1 : width),
                                  static_cast<const char*>(inputs) + at};
            carve_step step = steps_of(some);
            step.n_inputs = 1;
            step.inputs = &in;
            check_status(carve_sim_step(sim, &step, nullptr), "carve_sim_step");
            steps += some;
            n -= some;
        }
    }

    Objective objective(std::uint32_t kind, double weight) const {
        Objective o{};
        check_status(carve_loss_init(&o.loss, sizeof o.loss), "carve_loss_init");
        o.loss.kind = kind;
        o.loss.target_shared = shared();
        o.loss.target = targets.data();
        o.weight = weight;
        const bool of_rows = kind == CARVE_LOSS_DISTANCE || kind == CARVE_LOSS_DISTANCE_SQUARED;
        // A mean of squares is one of each of them.
        const bool of_pairs = kind == CARVE_LOSS_DECORRELATION;
        o.rows = of_rows ? outputs : of_pairs ? outputs * (outputs - 1) / 2 : 1;
        o.plain = kind == CARVE_LOSS_DISTANCE;
        return o;
    }
    std::vector<Objective> objectives() const {
        const LossKind kind = task.loss.kind;
        std::vector<Objective> list{objective(kind == LossKind::distance ? CARVE_LOSS_DISTANCE
                                              : kind == LossKind::distance_squared
                                                  ? CARVE_LOSS_DISTANCE_SQUARED
                                                  : CARVE_LOSS_SUBSPACE,
                                              1)};
        if (task.loss.subspace > 0)
            list.push_back(objective(CARVE_LOSS_SUBSPACE, task.loss.subspace));
        if (task.loss.decorrelation > 0 && outputs > 1) {
            list.push_back(objective(CARVE_LOSS_DECORRELATION, task.loss.decorrelation));
            list.back().loss.target = moments.data();
        }
        return list;
    }

    std::int64_t frozen(std::size_t lane) const {
        const carve_view v = view(CARVE_VIEW_FROZEN, 0);
        return static_cast<std::int64_t>(static_cast<const std::uint64_t*>(v.data)[lane]) - 1;
    }

    // Adds the derivatives of one objective to those of the lanes.
    void add_derivatives(const Objective& o, std::vector<Contribution>& out) const {
        const auto K = out[0].gradient.size();
        std::size_t n = 0;
        check_status(carve_sim_residuals(sim, &o.loss, &n, nullptr, nullptr, nullptr),
                     "carve_sim_residuals");
        std::vector<double> residuals(n * lanes.count), jacobian(n * idx(K) * lanes.count);
        check_status(
            carve_sim_residuals(sim, &o.loss, &n, residuals.data(), jacobian.data(), nullptr),
            "carve_sim_residuals");
        const std::size_t columns = n / o.rows;
        for (std::size_t lane = 0; lane < lanes.count; ++lane) {
            if (frozen(lane) >= 0 || !std::isfinite(residuals[lane]))
                continue;
            for (std::size_t row = 0; row < o.rows; ++row) {
                double square = 0;
                for (std::size_t i = row * columns; i < (row + 1) * columns; ++i)
                    square += residuals[i * lanes.count + lane] * residuals[i * lanes.count + lane];
                const double of_norm =
                    o.plain ? 1 / std::max(std::sqrt(square), kMinDistance) : 2.0;
                const double weight = o.weight * of_norm / static_cast<double>(o.rows);
                for (std::size_t i = row * columns; i < (row + 1) * columns; ++i) {
                    const Eigen::Map<const Eigen::VectorXd, 0, Eigen::InnerStride<>> J(
                        jacobian.data() + i * idx(K) * lanes.count + lane, K,
                        Eigen::InnerStride<>(static_cast<Eigen::Index>(lanes.count)));
                    out[lane].gradient += weight * residuals[i * lanes.count + lane] * J;
                    for (Eigen::Index k = 0; k < K; ++k)
                        out[lane].hessian.col(k).tail(K - k) += weight * J[k] * J.tail(K - k);
                }
            }
        }
    }
};

Replicas::Replicas(const Task& task, const DataSet& example, const Lanes& lanes,
                   Derivatives derivatives, bool keep_rates)
    : impl_(std::make_unique<Impl>(task, example, lanes, derivatives, keep_rates)) {}
Replicas::Replicas(Replicas&&) noexcept = default;
Replicas::~Replicas() = default;

void Replicas::load(const std::vector<const DataSet*>& data) {
    impl_->data = data;
    impl_->pack_inputs();
    impl_->pack_targets();
}

void Replicas::set_theta(const Eigen::VectorXd& theta) { impl_->write_theta(0, theta); }
void Replicas::set_theta(std::size_t lane, const Eigen::VectorXd& theta) {
    impl_->write_theta(lane, theta);
}

void Replicas::reset() {
    check_status(carve_sim_reset(impl_->sim, 0, nullptr, nullptr), "carve_sim_reset");
    impl_->steps = 0;
    impl_->write_weights(0, &DataSet::w0);
    if (impl_->task.network.lateral != Lateral::none)
        impl_->write_weights(1, &DataSet::m0);
}

void Replicas::advance(std::uint64_t steps) { impl_->advance(steps); }

std::vector<double> Replicas::losses() const {
    std::vector<double> sum(impl_->lanes.count), value(impl_->lanes.count);
    for (const Objective& o : impl_->objectives()) {
        check_status(carve_sim_loss(impl_->sim, &o.loss, value.data(), nullptr, nullptr),
                     "carve_sim_loss");
        for (std::size_t lane = 0; lane < sum.size(); ++lane)
            sum[lane] += o.weight * value[lane];
    }
    return sum;
}

std::int64_t Replicas::frozen(std::size_t lane) const { return impl_->frozen(lane); }

std::vector<Contribution> Replicas::derivatives() const {
    const auto K = static_cast<Eigen::Index>(info().n_coefficients);
    std::vector<Contribution> out(impl_->lanes.count,
                                  {Eigen::VectorXd::Zero(K), Eigen::MatrixXd::Zero(K, K)});
    for (const Objective& o : impl_->objectives())
        impl_->add_derivatives(o, out);
    return out;
}

double Replicas::weight(std::size_t lane, std::size_t output, std::size_t input) const {
    const carve_view weights = impl_->view(CARVE_VIEW_WEIGHTS, 0);
    return read(weights, lane / impl_->width * weights.stride[0] + output * weights.stride[1] +
                             input * weights.stride[2] + lane % impl_->width);
}

double Replicas::rate(std::size_t lane, std::size_t sample, std::size_t output) const {
    const carve_view rates = impl_->view(CARVE_VIEW_RATES, 1);
    return read(rates, sample * rates.stride[1] + output * rates.stride[2] + lane);
}

std::vector<double> Replicas::observe(std::size_t lane) const {
    std::vector<double> cosines;
    for (std::size_t i = 0; i < impl_->task.network.outputs; ++i)
        cosines.push_back(cosine(*this, lane, impl_->set_of(lane), i));
    return cosines;
}

std::size_t Replicas::batch() const { return impl_->model.model.batch; }
std::size_t Replicas::bytes() const { return impl_->model.bytes(); }

carve_sim_info Replicas::info() const {
    carve_sim_info info{};
    info.struct_size = sizeof info;
    check_status(carve_sim_get_info(impl_->sim, &info, nullptr), "carve_sim_get_info");
    return info;
}

Replicas start_replicas(const Task& task, const DataSet* data, std::size_t count, bool keep_rates) {
    Replicas replicas(task, *data, {count}, Derivatives::no, keep_rates);
    std::vector<const DataSet*> sets;
    for (std::size_t r = 0; r < count; ++r)
        sets.push_back(data + r);
    replicas.load(sets);
    const std::vector<double> theta = coefficients(task);
    replicas.set_theta(
        Eigen::Map<const Eigen::VectorXd>(theta.data(), static_cast<Eigen::Index>(theta.size())));
    replicas.reset();
    return replicas;
}

double cosine(const Replicas& replicas, std::size_t lane, const DataSet& set, std::size_t output) {
    double dot = 0, norm = 0;
    for (Eigen::Index j = 0; j < set.target.cols(); ++j) {
        const double w = replicas.weight(lane, output, idx(j));
        dot += w * set.target(static_cast<Eigen::Index>(output), j);
        norm += w * w;
    }
    return norm > 0 ? std::abs(dot) / std::sqrt(norm) : 0;
}

} // namespace carve::cli
