// evaluate.cpp: a thread owns a share of the lane blocks: their inputs in the kernel's layout, and a
// block of memory with a sim for values and, once asked for, one for derivatives.
#include "evaluate.hpp"

#include "error.hpp"
#include "thread_pool.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <new>
#include <utility>

namespace carve::cli {

namespace {

constexpr double kMinDistance = 1e-3; // below it the plain distance is treated as a parabola

struct FreeMemory {
    void operator()(void* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, FreeMemory>;

Memory allocate(std::size_t bytes) {
    const std::size_t rounded = (bytes + CARVE_ALIGNMENT - 1) / CARVE_ALIGNMENT * CARVE_ALIGNMENT;
    Memory memory(std::aligned_alloc(CARVE_ALIGNMENT, std::max<std::size_t>(rounded, 1)));
    if (!memory)
        throw std::bad_alloc();
    return memory;
}

// An array of the run's precision, filled from doubles.
struct Reals {
    void* data;
    bool single;
    void set(std::size_t i, double value) const {
        if (single)
            static_cast<float*>(data)[i] = static_cast<float>(value);
        else
            static_cast<double*>(data)[i] = value;
    }
};

struct Sim {
    Memory memory;
    std::size_t bytes = 0;
    carve_sim* sim = nullptr;

    Reals reals(std::uint32_t which, std::uint32_t index, carve_view& view) const {
        check_status(carve_sim_view(sim, which, index, &view), "carve_sim_view");
        return {view.data, view.type == CARVE_F32};
    }
};

Sim make_sim(const NetworkModel& model) {
    Sim sim;
    sim.bytes = model.bytes();
    sim.memory = allocate(sim.bytes);
    check_status(carve_sim_init(sim.memory.get(), sim.bytes, &model.model, &sim.sim),
                 "carve_sim_init");
    return sim;
}

// What one replica contributes to the derivatives.
struct Contribution {
    Eigen::VectorXd gradient;
    Eigen::MatrixXd hessian;
};

// The lanes of one thread.
class Share {
  public:
    Share(const Task& task, const std::vector<DataSet>& data, Range range, std::uint64_t steps)
        : task_(task), range_(range), steps_(steps), units_(idx(data[0].w0.cols())),
          outputs_(idx(data[0].w0.rows())), samples_(idx(data[0].samples.rows())),
          value_(make_sim(model(Derivatives::no))) {
        pack_inputs(data);
        for (std::size_t i = 0; i < outputs_; ++i)
            for (std::size_t j = 0; j < units_; ++j)
                for (std::size_t lane = 0; lane < lanes(); ++lane) {
                    const auto r = static_cast<Eigen::Index>(i), c = static_cast<Eigen::Index>(j);
                    targets_.push_back(data[range_.begin + lane].target(r, c));
                    weights_.push_back(data[range_.begin + lane].w0(r, c));
                }
    }

    void run(const Eigen::VectorXd& theta, Derivatives derivatives, Evaluation& out,
             std::vector<Contribution>& contributions) {
        if (derivatives == Derivatives::yes && !derivative_.sim)
            derivative_ = make_sim(model(Derivatives::yes));
        const Sim& sim = derivatives == Derivatives::yes ? derivative_ : value_;
        check_status(carve_sim_reset(sim.sim, 0, nullptr), "carve_sim_reset");
        write_theta(sim, theta);
        write_weights(sim);
        const std::array<const void*, 1> inputs = {inputs_.get()};
        check_status(carve_sim_step(sim.sim, inputs.data(), steps_), "carve_sim_step");
        read_losses(sim, out);
        if (derivatives == Derivatives::yes)
            read_derivatives(sim, out, contributions);
    }

    std::size_t bytes() const { return value_.bytes + derivative_.bytes; }
    carve_sim_info info() const {
        carve_sim_info info{};
        info.struct_size = sizeof info;
        check_status(carve_sim_get_info(value_.sim, &info), "carve_sim_get_info");
        return info;
    }

  private:
    static std::size_t idx(Eigen::Index i) { return static_cast<std::size_t>(i); }
    std::size_t lanes() const { return range_.end - range_.begin; }

    NetworkModel model(Derivatives derivatives) const {
        return NetworkModel(task_, units_, samples_, lanes(), derivatives);
    }

    // [block][sample or step][unit][lane]
    void pack_inputs(const std::vector<DataSet>& data) {
        const std::size_t width = model(Derivatives::no).lanes_per_block();
        const std::size_t rows = task_.network.update == Update::batch ? samples_ : steps_;
        const std::size_t blocks = (lanes() + width - 1) / width;
        const std::size_t real = task_.run.single_precision ? sizeof(float) : sizeof(double);
        inputs_ = allocate(blocks * rows * units_ * width * real);
        const Reals reals{inputs_.get(), task_.run.single_precision};
        for (std::size_t lane = 0; lane < blocks * width; ++lane) {
            const DataSet* set = lane < lanes() ? &data[range_.begin + lane] : nullptr;
            for (std::size_t row = 0; row < rows; ++row)
                for (std::size_t unit = 0; unit < units_; ++unit)
                    reals.set(((lane / width * rows + row) * units_ + unit) * width + lane % width,
                              set ? set->samples(static_cast<Eigen::Index>(row % samples_),
                                                 static_cast<Eigen::Index>(unit))
                                  : 0.0);
        }
    }

    void write_theta(const Sim& sim, const Eigen::VectorXd& theta) const {
        Eigen::Index next = 0;
        for (std::uint32_t r = 0; r < task_.rules.size(); ++r) {
            carve_view view;
            const Reals reals = sim.reals(CARVE_VIEW_THETA, r, view);
            for (std::size_t k = 0; k < task_.rules[r].terms.size(); ++k)
                reals.set(k * view.stride[0], theta[next++]);
        }
    }

    void write_weights(const Sim& sim) const {
        carve_view view;
        const Reals reals = sim.reals(CARVE_VIEW_WEIGHTS, 0, view);
        const std::size_t width = view.shape[3];
        for (std::size_t i = 0; i < outputs_; ++i)
            for (std::size_t j = 0; j < units_; ++j)
                for (std::size_t lane = 0; lane < lanes(); ++lane)
                    reals.set(lane / width * view.stride[0] + i * view.stride[1] +
                                  j * view.stride[2] + lane % width,
                              weights_[(i * units_ + j) * lanes() + lane]);
    }

    carve_loss loss() const {
        carve_loss loss;
        check_status(carve_loss_init(&loss, sizeof loss), "carve_loss_init");
        loss.kind = task_.loss == LossKind::distance           ? CARVE_LOSS_DISTANCE
                    : task_.loss == LossKind::distance_squared ? CARVE_LOSS_DISTANCE_SQUARED
                                                               : CARVE_LOSS_SUBSPACE;
        loss.target_shared = 0;
        loss.target = targets_.data();
        return loss;
    }

    void read_losses(const Sim& sim, Evaluation& out) const {
        const carve_loss objective = loss();
        check_status(carve_sim_loss(sim.sim, &objective, out.losses.data() + range_.begin, nullptr),
                     "carve_sim_loss");
        carve_view view;
        check_status(carve_sim_view(sim.sim, CARVE_VIEW_FROZEN, 0, &view), "carve_sim_view");
        const auto* frozen = static_cast<const std::uint64_t*>(view.data);
        const std::size_t width = view.shape[1];
        for (std::size_t lane = 0; lane < lanes(); ++lane) {
            const std::size_t replica = range_.begin + lane;
            const std::uint64_t flag = frozen[lane / width * view.stride[0] + lane % width];
            out.frozen[replica] = static_cast<std::int64_t>(flag) - 1;
            // Weights that left the finite numbers in the very last update are met here first.
            if (flag == 0 && !std::isfinite(out.losses[replica]))
                out.frozen[replica] = static_cast<std::int64_t>(steps_) - 1;
            if (out.frozen[replica] >= 0)
                out.losses[replica] =
                    1 + static_cast<double>(steps_ - static_cast<std::uint64_t>(out.frozen[replica])) /
                            static_cast<double>(steps_);
        }
    }

    void read_derivatives(const Sim& sim, const Evaluation& out,
                          std::vector<Contribution>& contributions) {
        const carve_loss objective = loss();
        std::size_t n = 0;
        check_status(carve_sim_residuals(sim.sim, &objective, &n, nullptr, nullptr),
                     "carve_sim_residuals");
        residuals_.resize(n * lanes());
        carve_sim_info sim_info{};
        sim_info.struct_size = sizeof sim_info;
        check_status(carve_sim_get_info(sim.sim, &sim_info), "carve_sim_get_info");
        jacobian_.resize(n * sim_info.n_coefficients * lanes());
        check_status(carve_sim_residuals(sim.sim, &objective, &n, residuals_.data(),
                                         jacobian_.data()),
                     "carve_sim_residuals");
        for (std::size_t lane = 0; lane < lanes(); ++lane) {
            Contribution& c = contributions[range_.begin + lane];
            c.gradient = Eigen::VectorXd::Zero(sim_info.n_coefficients);
            c.hessian = Eigen::MatrixXd::Zero(sim_info.n_coefficients, sim_info.n_coefficients);
            if (out.frozen[range_.begin + lane] < 0)
                accumulate(lane, n, c);
        }
    }

    // Residuals come in rows, one per output (the subspace loss has one row of one).
    void accumulate(std::size_t lane, std::size_t n, Contribution& c) const {
        const std::size_t rows = task_.loss == LossKind::subspace ? 1 : outputs_;
        const std::size_t columns = n / rows;
        const auto K = c.gradient.size();
        for (std::size_t row = 0; row < rows; ++row) {
            double square = 0;
            for (std::size_t i = row * columns; i < (row + 1) * columns; ++i)
                square += residuals_[i * lanes() + lane] * residuals_[i * lanes() + lane];
            const double weight = (task_.loss == LossKind::distance
                                       ? 1 / std::max(std::sqrt(square), kMinDistance)
                                       : 2.0) /
                                  static_cast<double>(rows);
            for (std::size_t i = row * columns; i < (row + 1) * columns; ++i) {
                const double* J = jacobian_.data() + i * static_cast<std::size_t>(K) * lanes() + lane;
                const double r = weight * residuals_[i * lanes() + lane];
                for (Eigen::Index k = 0; k < K; ++k) {
                    const double J_k = J[static_cast<std::size_t>(k) * lanes()];
                    c.gradient[k] += r * J_k;
                    for (Eigen::Index l = 0; l <= k; ++l)
                        c.hessian(k, l) += weight * J_k * J[static_cast<std::size_t>(l) * lanes()];
                }
            }
        }
    }

    const Task& task_;
    Range range_;
    std::uint64_t steps_;
    std::size_t units_, outputs_, samples_;
    Memory inputs_;
    std::vector<double> targets_, weights_; // [output][unit][lane]
    std::vector<double> residuals_, jacobian_;
    Sim value_, derivative_;
};

} // namespace

double total_loss(const std::vector<double>& losses, const std::vector<std::int64_t>& frozen,
                  std::uint64_t steps, BlowUp blow_up) {
    std::int64_t first = -1;
    double sum = 0;
    for (std::size_t i = 0; i < losses.size(); ++i) {
        sum += losses[i];
        if (frozen[i] >= 0 && (first < 0 || frozen[i] < first))
            first = frozen[i];
    }
    if (blow_up == BlowUp::candidate && first >= 0)
        return 1 + static_cast<double>(steps - static_cast<std::uint64_t>(first)) /
                       static_cast<double>(steps);
    return sum / static_cast<double>(losses.size());
}

struct Evaluator::Impl {
    Task task;
    std::uint64_t steps;
    std::size_t replicas, coefficients = 0;
    ThreadPool pool;
    std::vector<Share> shares;
    std::vector<Contribution> contributions; // [replica]

    Impl(const Task& t, const std::vector<DataSet>& data, std::uint64_t horizon)
        : task(t), steps(horizon), replicas(data.size()), pool(t.run.threads) {
        for (const RuleSettings& rule : task.rules)
            coefficients += rule.terms.size();
        const std::size_t width = task.run.lane_bytes /
                                  (task.run.single_precision ? sizeof(float) : sizeof(double));
        const std::size_t blocks = (replicas + width - 1) / width;
        const std::size_t parts = std::min(blocks, pool.size());
        shares.reserve(parts);
        for (std::size_t part = 0; part < parts; ++part) {
            const Range range = static_range(blocks, part, parts);
            shares.emplace_back(task, data,
                                Range{range.begin * width, std::min(range.end * width, replicas)},
                                steps);
        }
    }
};

Evaluator::Evaluator(const Task& task, const std::vector<DataSet>& data, std::uint64_t steps) {
    if (data.empty())
        throw Error(Exit::internal, "there is nothing to evaluate: no data sets");
    impl_ = std::make_unique<Impl>(task, data, steps);
}

Evaluator::~Evaluator() = default;

Evaluation Evaluator::run(const Eigen::VectorXd& theta, Derivatives derivatives) {
    Evaluation out;
    out.losses.resize(impl_->replicas);
    out.frozen.resize(impl_->replicas);
    impl_->contributions.resize(impl_->replicas);
    impl_->pool.run([&](std::size_t thread) {
        if (thread < impl_->shares.size())
            impl_->shares[thread].run(theta, derivatives, out, impl_->contributions);
    });
    out.diverged = static_cast<std::size_t>(
        std::count_if(out.frozen.begin(), out.frozen.end(), [](std::int64_t t) { return t >= 0; }));
    out.loss = total_loss(out.losses, out.frozen, impl_->steps, impl_->task.search.blow_up);
    if (derivatives == Derivatives::yes) {
        out.gradient = Eigen::VectorXd::Zero(theta.size());
        out.hessian = Eigen::MatrixXd::Zero(theta.size(), theta.size());
        for (const Contribution& c : impl_->contributions) { // in the order of the replicas
            out.gradient += c.gradient;
            out.hessian += c.hessian;
        }
        out.gradient /= static_cast<double>(impl_->replicas);
        out.hessian /= static_cast<double>(impl_->replicas);
        out.hessian = Eigen::MatrixXd(out.hessian.selfadjointView<Eigen::Lower>());
    }
    return out;
}

std::size_t Evaluator::coefficients() const { return impl_->coefficients; }

std::size_t Evaluator::bytes() const {
    std::size_t bytes = 0;
    for (const Share& share : impl_->shares)
        bytes += share.bytes();
    return bytes;
}

std::string Evaluator::isa() const { return carve_isa_name(impl_->shares[0].info().isa); }

std::string Evaluator::form() const {
    return impl_->shares[0].info().form == CARVE_FORM_MOMENTS ? "moments" : "samples";
}

} // namespace carve::cli
