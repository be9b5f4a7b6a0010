#include "evaluate.hpp"

#include "error.hpp"
#include "exp_log.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace carve::cli {

namespace {

double blow_up_score(std::int64_t frozen, const Trial& trial, const task::Diverged& diverged) {
    const auto steps = static_cast<double>(trial.steps), at = static_cast<double>(frozen);
    if (diverged.base)
        return *diverged.base + diverged.early.value_or(0) * exp_of(-at / steps);
    return 1 + (steps - at) / steps;
}

double mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double v : values)
        sum += v;
    return sum / static_cast<double>(values.size());
}

// Median, or the mean without the highest and the lowest fifth.
double robust_mean(std::vector<double> values, Aggregate aggregate) {
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    const std::size_t cut = aggregate == Aggregate::median ? (n - 1) / 2 : n / 5;
    const auto edge = static_cast<std::ptrdiff_t>(cut);
    return mean({values.begin() + edge, values.end() - edge});
}

// Puts the loss of each lane, the blow-up score where it diverged, and the step where it did. trials: of
// each lane, or one for all.
void put_losses(const Simulation& simulation, const Trials& trials, std::size_t lanes,
                const Task& task, std::size_t stride, double* row) {
    const task::Diverged& diverged = task.described.search.diverged;
    const std::vector<double> losses = simulation.losses();
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        const Trial& trial = *trials[trials.size() == 1 ? 0 : lane];
        std::int64_t frozen = simulation.frozen(lane);
        // Weights that left the finite numbers in the very last update are met here first.
        if (frozen < 0 && !std::isfinite(losses[lane]))
            frozen = static_cast<std::int64_t>(trial.steps) - 1;
        row[lane * stride] = frozen < 0 ? losses[lane] : blow_up_score(frozen, trial, diverged);
        row[lane * stride + 1] = static_cast<double>(frozen);
    }
}

void add_replica(Evaluation& out, double loss, double frozen) {
    out.losses.push_back(loss);
    out.frozen.push_back(static_cast<std::int64_t>(frozen));
    out.diverged += frozen >= 0;
}

// As run_block puts it.
Contribution unpacked(const double* at, Eigen::Index K) {
    Contribution out{Eigen::Map<const Eigen::VectorXd>(at, K), Eigen::MatrixXd::Zero(K, K)};
    at += K;
    for (Eigen::Index k = 0; k < K; at += K - k, ++k)
        out.hessian.col(k).tail(K - k) = Eigen::Map<const Eigen::VectorXd>(at, K - k);
    return out;
}

} // namespace

double total_loss(const Task& task, const std::vector<double>& losses,
                  const std::vector<std::int64_t>& frozen) {
    std::size_t first = frozen.size(); // of the trials that diverged
    for (std::size_t i = 0; i < frozen.size(); ++i)
        if (frozen[i] >= 0 && (first == frozen.size() || frozen[i] < frozen[first]))
            first = i;
    const bool diverged = first < frozen.size();
    if (task.search.blow_up == BlowUp::candidate && diverged)
        return losses[first];
    if (task.search.aggregate == Aggregate::mean)
        return mean(losses);
    const double robust = robust_mean(losses, task.search.aggregate);
    return diverged ? std::max(robust, mean(losses)) : robust;
}

// ---- One rule ----------------------------------------------------------------------------------

Evaluator::Evaluator(const Task& task, Workers& workers)
    : task_(task), workers_(workers), width_(trials_at_once(task)),
      coefficients_(cli::coefficients(task).size()), measured_(measured_names(task).size()),
      ranges_(task) {}

Evaluator::Evaluator(const Task& task, const Trials& trials, Workers& workers)
    : Evaluator(task, workers) {
    use(trials);
}

void Evaluator::use(const Trials& trials) {
    if (trials.empty())
        throw Error(Exit::internal, "there is nothing to evaluate: no trials");
    trials_ = trials;
    std::vector<Block> before;
    before.swap(blocks_);
    std::map<const task::Task*, std::size_t> open; // the last block of a description
    for (std::size_t i = 0; i < trials.size(); ++i) {
        const auto known = open.find(trials[i]->described.get());
        if (known == open.end() || blocks_[known->second].trials.size() == width_) {
            open[trials[i]->described.get()] = blocks_.size();
            blocks_.emplace_back();
        }
        Block& block = blocks_[open[trials[i]->described.get()]];
        block.at.push_back(i);
        block.trials.push_back(trials[i]);
    }
    for (std::size_t b = 0; b < std::min(blocks_.size(), before.size()); ++b) {
        if (blocks_[b].described() != before[b].described() ||
            blocks_[b].trials.size() != before[b].trials.size())
            continue;
        blocks_[b].value = {std::move(before[b].value.simulation), false};
        blocks_[b].derivative = {std::move(before[b].derivative.simulation), false};
    }
}

Simulation& Evaluator::prepared(Block& block, Derivatives derivatives) const {
    Block::Kept& kept = derivatives == Derivatives::yes ? block.derivative : block.value;
    if (!kept.simulation)
        kept.simulation =
            std::make_unique<Simulation>(task_, Lanes{block.trials.size()}, derivatives);
    if (!kept.loaded)
        kept.simulation->load(block.trials);
    kept.loaded = true;
    return *kept.simulation;
}

std::size_t Evaluator::row_length(Derivatives derivatives) const {
    const std::size_t K = coefficients_;
    return derivatives == Derivatives::yes ? 2 + K + K * (K + 1) / 2 : 2 + measured_;
}

// Row of each trial: loss, frozen, and gradient and lower triangle of the Hessian by columns, or
// what is measured.
void Evaluator::run_block(Block& block, const Eigen::VectorXd& theta, Derivatives derivatives,
                          double* row) const {
    Simulation& simulation = prepared(block, derivatives);
    simulation.set_theta(theta);
    simulation.reset();
    simulation.run();
    const std::size_t stride = row_length(derivatives), lanes = block.trials.size();
    put_losses(simulation, block.trials, lanes, task_, stride, row);
    std::vector<Contribution> contributions;
    if (derivatives == Derivatives::yes)
        contributions = simulation.derivatives();
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        double* at = row + lane * stride + 2;
        if (derivatives == Derivatives::no) {
            if (simulation.frozen(lane) < 0) {
                const std::vector<double> observed = simulation.observe(lane);
                std::copy(observed.begin(), observed.end(), at);
            }
            continue;
        }
        const Contribution& c = contributions[lane];
        at = std::copy(c.gradient.begin(), c.gradient.end(), at);
        for (Eigen::Index k = 0; k < c.hessian.cols(); ++k)
            at = std::copy(c.hessian.col(k).begin() + k, c.hessian.col(k).end(), at);
    }
}

double Evaluator::violation_of_observed(const std::vector<std::int64_t>& frozen) const {
    std::vector<std::vector<double>> values;
    for (const std::vector<double>& observed : observed_) {
        values.emplace_back();
        for (std::size_t k = 0; k < ranges_.size(); ++k)
            values.back().push_back(observed[ranges_.at(k)]);
    }
    return ranges_.violation(values, frozen, task_.search.blow_up);
}

Evaluation Evaluator::run(const Eigen::VectorXd& theta, Derivatives derivatives) {
    const std::size_t length = row_length(derivatives);
    const std::vector<double> rows =
        workers_.run(blocks_.size(), width_ * length, [&](std::size_t, std::size_t b, double* row) {
            run_block(blocks_[b], theta, derivatives, row);
        });
    std::vector<const double*> row_of(trials_.size());
    for (std::size_t b = 0; b < blocks_.size(); ++b)
        for (std::size_t lane = 0; lane < blocks_[b].at.size(); ++lane)
            row_of[blocks_[b].at[lane]] = rows.data() + (b * width_ + lane) * length;
    Evaluation out;
    const auto K = static_cast<Eigen::Index>(coefficients_);
    const double n = static_cast<double>(trials_.size());
    observed_.clear();
    contributions_.clear();
    if (derivatives == Derivatives::yes) {
        out.gradient = Eigen::VectorXd::Zero(K);
        out.hessian = Eigen::MatrixXd::Zero(K, K);
    }
    for (const double* at : row_of) { // in the order of the trials
        add_replica(out, at[0], at[1]);
        at += 2;
        if (derivatives == Derivatives::no) {
            observed_.emplace_back(at, at + measured_);
            continue;
        }
        contributions_.push_back(unpacked(at, K));
        out.gradient += contributions_.back().gradient;
        out.hessian += contributions_.back().hessian;
    }
    out.loss = total_loss(task_, out.losses, out.frozen);
    if (derivatives == Derivatives::no)
        out.violation = violation_of_observed(out.frozen);
    out.gradient /= n;
    out.hessian = Eigen::MatrixXd(out.hessian.selfadjointView<Eigen::Lower>()) / n;
    return out;
}

std::size_t Evaluator::bytes() const {
    std::size_t bytes = 0;
    for (const Block& block : blocks_)
        for (const Block::Kept* kept : {&block.value, &block.derivative})
            bytes += kept->simulation ? kept->simulation->bytes() : 0;
    return bytes;
}

carve_sim_info Evaluator::info() const {
    Simulation probe(task_, {1}, Derivatives::no);
    probe.load({trials_[0]});
    return probe.info();
}
std::string Evaluator::isa() const { return carve_isa_name(info().isa); }
std::string Evaluator::form() const {
    return info().form == CARVE_FORM_MOMENTS ? "moments" : "samples";
}

// ---- Many candidates ---------------------------------------------------------------------------

PopulationEvaluator::PopulationEvaluator(const Task& task, Workers& workers)
    : task_(task), workers_(workers), ranges_(task), of_thread_(workers.threads()) {}

PopulationEvaluator::PopulationEvaluator(const Task& task, const Trials& trials, Workers& workers)
    : PopulationEvaluator(task, workers) {
    use(trials);
}

void PopulationEvaluator::use(const Trials& trials) { trials_ = trials; }

void PopulationEvaluator::run_chunk(Simulation& simulation,
                                    const std::shared_ptr<const Trial>& trial,
                                    const Eigen::MatrixXd& thetas, std::size_t first,
                                    std::size_t lanes, double* row) const {
    const auto candidates = static_cast<std::size_t>(thetas.cols());
    simulation.load({trial});
    for (std::size_t lane = 0; lane < lanes; ++lane) // the last chunk repeats the last candidate
        simulation.set_theta(
            lane, thetas.col(static_cast<Eigen::Index>(std::min(first + lane, candidates - 1))));
    simulation.reset();
    simulation.run();
    const std::size_t stride = 2 + ranges_.size();
    put_losses(simulation, {trial}, lanes, task_, stride, row);
    for (std::size_t lane = 0; ranges_.size() > 0 && lane < lanes; ++lane) {
        if (simulation.frozen(lane) >= 0)
            continue;
        const std::vector<double> observed = simulation.observe(lane);
        for (std::size_t k = 0; k < ranges_.size(); ++k)
            row[lane * stride + 2 + k] = observed[ranges_.at(k)];
    }
}

std::vector<Evaluation> PopulationEvaluator::run(const Eigen::MatrixXd& thetas) {
    // Several items for each thread, so that all are busy to the end, but whole lane blocks.
    constexpr std::size_t kItemsPerPart = 4;
    const auto n = static_cast<std::size_t>(thetas.cols());
    const std::size_t width = lanes_per_block(task_), blocks = (n + width - 1) / width;
    const std::size_t wanted = kItemsPerPart * workers_.parts();
    const std::size_t some = std::min(
        blocks, std::max<std::size_t>(1, wanted / std::max<std::size_t>(1, trials_.size())));
    const std::size_t blocks_of_chunk = (blocks + some - 1) / some;
    const std::size_t chunks = (blocks + blocks_of_chunk - 1) / blocks_of_chunk;
    const std::size_t lanes = blocks_of_chunk * width, stride = 2 + ranges_.size();
    if (lanes != lanes_)
        for (std::unique_ptr<Simulation>& simulation : of_thread_)
            simulation.reset();
    lanes_ = lanes;
    const std::vector<double> rows =
        workers_.run(trials_.size() * chunks, stride * lanes,
                     [&](std::size_t thread, std::size_t item, double* row) {
                         std::unique_ptr<Simulation>& simulation = of_thread_[thread];
                         if (!simulation)
                             simulation = std::make_unique<Simulation>(
                                 task_, Lanes{lanes, LanesAre::candidates}, Derivatives::no);
                         run_chunk(*simulation, trials_[item / chunks], thetas,
                                   item % chunks * lanes, lanes, row);
                     });
    std::vector<Evaluation> out(n);
    for (std::size_t candidate = 0; candidate < n; ++candidate) {
        Evaluation& e = out[candidate];
        std::vector<std::vector<double>> ranged; // [trial][range]
        for (std::size_t trial = 0; trial < trials_.size(); ++trial) {
            const std::size_t item = trial * chunks + candidate / lanes;
            const double* const at = rows.data() + (item * lanes + candidate % lanes) * stride;
            add_replica(e, at[0], at[1]);
            ranged.emplace_back(at + 2, at + stride);
        }
        e.loss = total_loss(task_, e.losses, e.frozen);
        e.violation = ranges_.violation(ranged, e.frozen, task_.search.blow_up);
    }
    return out;
}

} // namespace carve::cli
