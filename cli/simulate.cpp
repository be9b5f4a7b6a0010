#include "simulate.hpp"

#include "error.hpp"
#include "model.hpp"

#include <algorithm>
#include <carve.h>
#include <cstdlib>
#include <fmt/format.h>
#include <new>

namespace carve::cli {
namespace {

struct FreeMemory {
    void operator()(void* memory) const { std::free(memory); }
};

double read(const carve_view& view, std::size_t i) {
    return view.type == CARVE_F32 ? static_cast<double>(static_cast<const float*>(view.data)[i])
                                  : static_cast<const double*>(view.data)[i];
}

void write(const carve_view& view, std::size_t i, double value) {
    if (view.type == CARVE_F32)
        static_cast<float*>(view.data)[i] = static_cast<float>(value);
    else
        static_cast<double*>(view.data)[i] = value;
}

} // namespace

Task with_rule(const Task& task, const Rule& rule, bool keep_eta) {
    Task result = task;
    for (const ProjectionRule& found : rule.projections) {
        const auto same = [&](const RuleSettings& s) { return s.name == found.projection; };
        const auto target = std::find_if(result.rules.begin(), result.rules.end(), same);
        if (target == result.rules.end())
            throw Error(Exit::usage,
                        fmt::format("the rule has a projection '{}', which task {} has not",
                                    found.projection, task.name));
        target->terms = found.terms;
        if (found.eta > 0 && !keep_eta)
            target->eta = found.eta;
    }
    return result;
}

struct Simulation::Impl {
    Task task;
    std::size_t count, width, rows, units;
    NetworkModel model;
    std::unique_ptr<void, FreeMemory> memory;
    carve_sim* sim = nullptr;
    std::vector<double> inputs64; // [row][unit][lane], in the precision of the run
    std::vector<float> inputs32;
    std::vector<double> targets; // [output][unit][lane]
    std::uint64_t steps = 0;

    Impl(const Task& t, const DataSet* data, std::size_t n, bool keep_rates)
        : task(t), count(n), width(lanes(t)),
          rows(static_cast<std::size_t>(data[0].samples.rows())),
          units(static_cast<std::size_t>(data[0].samples.cols())),
          model(task, units, rows, count, Derivatives::no) {
        if (keep_rates)
            model.model.form = CARVE_FORM_SAMPLES;
        const std::size_t bytes = model.bytes();
        const std::size_t blocks = (bytes + CARVE_ALIGNMENT - 1) / CARVE_ALIGNMENT;
        memory.reset(std::aligned_alloc(CARVE_ALIGNMENT, blocks * CARVE_ALIGNMENT));
        if (!memory)
            throw std::bad_alloc();
        check_status(carve_sim_init(memory.get(), bytes, &model.model, &sim), "carve_sim_init");
        pack(data);
        write_theta();
    }

    carve_view view(std::uint32_t which, std::uint32_t index) const {
        carve_view result;
        check_status(carve_sim_view(sim, which, index, &result), "carve_sim_view");
        return result;
    }

    void pack(const DataSet* data) {
        inputs64.assign(rows * units * width, 0.0);
        const carve_view weights = view(CARVE_VIEW_WEIGHTS, 0);
        for (std::size_t lane = 0; lane < count; ++lane) {
            const DataSet& set = data[lane];
            for (std::size_t r = 0; r < rows; ++r)
                for (std::size_t j = 0; j < units; ++j)
                    inputs64[(r * units + j) * width + lane] =
                        set.samples(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(j));
            for (std::size_t i = 0; i < task.network.outputs; ++i)
                for (std::size_t j = 0; j < units; ++j)
                    write(weights, i * weights.stride[1] + j * weights.stride[2] + lane,
                          set.w0(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)));
        }
        for (std::size_t i = 0; i < task.network.outputs; ++i)
            for (std::size_t j = 0; j < units; ++j)
                for (std::size_t lane = 0; lane < count; ++lane)
                    targets.push_back(data[lane].target(static_cast<Eigen::Index>(i),
                                                        static_cast<Eigen::Index>(j)));
        if (task.run.single_precision) {
            for (const double value : inputs64)
                inputs32.push_back(static_cast<float>(value));
            inputs64.clear();
        }
    }

    void write_theta() {
        for (std::uint32_t r = 0; r < task.rules.size(); ++r) {
            const carve_view theta = view(CARVE_VIEW_THETA, r);
            for (std::size_t k = 0; k < task.rules[r].terms.size(); ++k)
                write(theta, k * theta.stride[0], task.rules[r].terms[k].theta);
        }
    }

    const void* inputs_from(std::size_t row) const {
        const std::size_t at = row * units * width;
        return task.run.single_precision ? static_cast<const void*>(inputs32.data() + at)
                                         : static_cast<const void*>(inputs64.data() + at);
    }

    void advance(std::uint64_t n) {
        while (n > 0) {
            // Online, step t sees row t modulo the rows; a call sees the rows up to the last.
            const bool online = task.network.update == Update::online;
            const std::uint64_t row = online ? steps % rows : 0;
            const std::uint64_t some = online ? std::min<std::uint64_t>(n, rows - row) : n;
            const void* inputs[] = {inputs_from(row)};
            check_status(carve_sim_step(sim, inputs, some), "carve_sim_step");
            steps += some;
            n -= some;
        }
    }
};

Simulation::Simulation(const Task& task, const DataSet* data, std::size_t count, bool keep_rates)
    : impl_(std::make_unique<Impl>(task, data, count, keep_rates)) {}
Simulation::Simulation(Simulation&&) noexcept = default;
Simulation::~Simulation() = default;

std::size_t Simulation::lanes(const Task& task) {
    return task.run.lane_bytes / (task.run.single_precision ? sizeof(float) : sizeof(double));
}

void Simulation::advance(std::uint64_t steps) { impl_->advance(steps); }

double Simulation::weight(std::size_t replica, std::size_t output, std::size_t input) const {
    const carve_view weights = impl_->view(CARVE_VIEW_WEIGHTS, 0);
    return read(weights, output * weights.stride[1] + input * weights.stride[2] + replica);
}

double Simulation::rate(std::size_t replica, std::size_t sample, std::size_t output) const {
    const carve_view rates = impl_->view(CARVE_VIEW_RATES, 1);
    return read(rates, sample * rates.stride[1] + output * rates.stride[2] + replica);
}

std::size_t Simulation::batch() const { return impl_->model.model.batch; }

std::vector<double> Simulation::losses() const {
    carve_loss loss;
    check_status(carve_loss_init(&loss, sizeof loss), "carve_loss_init");
    loss.kind = impl_->task.loss == LossKind::distance           ? CARVE_LOSS_DISTANCE
                : impl_->task.loss == LossKind::distance_squared ? CARVE_LOSS_DISTANCE_SQUARED
                                                                 : CARVE_LOSS_SUBSPACE;
    loss.target_shared = 0;
    loss.target = impl_->targets.data();
    std::vector<double> values(impl_->count);
    check_status(carve_sim_loss(impl_->sim, &loss, values.data(), nullptr), "carve_sim_loss");
    return values;
}

std::int64_t Simulation::frozen(std::size_t replica) const {
    const carve_view view = impl_->view(CARVE_VIEW_FROZEN, 0);
    return static_cast<std::int64_t>(static_cast<const std::uint64_t*>(view.data)[replica]) - 1;
}

} // namespace carve::cli
