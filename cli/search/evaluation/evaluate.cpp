#include "evaluate.hpp"

#include "error.hpp"
#include "exp_log.hpp"

#include <algorithm>
#include <cmath>

namespace carve::cli {

namespace {

double blow_up_score(std::int64_t frozen, std::uint64_t steps, const LossSettings& loss) {
    if (loss.ended_base)
        return *loss.ended_base +
               loss.ended_early.value_or(0) *
                   exp_of(-static_cast<double>(frozen) / static_cast<double>(steps));
    if (loss.kind == LossKind::rate)
        return loss.blow_up *
               (1 + exp_of(-static_cast<double>(frozen) / static_cast<double>(steps)));
    return 1 + static_cast<double>(steps - static_cast<std::uint64_t>(frozen)) /
                   static_cast<double>(steps);
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

// Puts the loss of each lane, the blow-up score where it diverged, and the step where it did.
void put_losses(const Networks& replicas, std::size_t lanes, const Task& task, std::size_t stride,
                double* row) {
    const std::uint64_t steps = task.network.steps;
    const std::vector<double> losses = replicas.losses();
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        std::int64_t frozen = replicas.frozen(lane);
        // Weights that left the finite numbers in the very last update are met here first.
        if (frozen < 0 && !std::isfinite(losses[lane]))
            frozen = static_cast<std::int64_t>(steps) - 1;
        row[lane * stride] = frozen < 0 ? losses[lane] : blow_up_score(frozen, steps, task.loss);
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

double total_loss(const std::vector<double>& losses, const std::vector<std::int64_t>& frozen,
                  std::uint64_t steps, const SearchSettings& search, const LossSettings& loss) {
    std::int64_t first = -1;
    for (const std::int64_t step : frozen)
        if (step >= 0 && (first < 0 || step < first))
            first = step;
    if (search.blow_up == BlowUp::candidate && first >= 0)
        return blow_up_score(first, steps, loss);
    if (search.aggregate == Aggregate::mean)
        return mean(losses);
    const double robust = robust_mean(losses, search.aggregate);
    return first >= 0 ? std::max(robust, mean(losses)) : robust;
}

// ---- One rule ----------------------------------------------------------------------------------

Evaluator::Evaluator(const Task& task, const std::vector<DataSet>& data, Workers& workers)
    : task_(task), workers_(workers), replicas_(data.size()), width_(data_sets_at_once(task)) {
    if (data.empty())
        throw Error(Exit::internal, "there is nothing to evaluate: no data sets");
    for (const RuleSettings& rule : task.rules)
        coefficients_ += rule.terms.size();
    blocks_.resize((replicas_ + width_ - 1) / width_);
    for (std::size_t i = 0; i < replicas_; ++i)
        blocks_[i / width_].data.push_back(&data[i]);
}

Networks& Evaluator::prepared(Block& block, Derivatives derivatives) const {
    std::unique_ptr<Networks>& kept =
        derivatives == Derivatives::yes ? block.derivative : block.value;
    if (!kept) {
        kept = make_networks(task_, *block.data[0], {block.data.size()}, derivatives);
        kept->load(block.data);
    }
    return *kept;
}

std::size_t Evaluator::row_length(Derivatives derivatives) const {
    const std::size_t K = coefficients_;
    return derivatives == Derivatives::yes ? 2 + K + K * (K + 1) / 2 : 2 + observations(task_);
}

// Row of each replica: loss, frozen, and gradient and lower triangle of the Hessian by columns, or
// what is observed.
void Evaluator::run_block(Block& block, const Eigen::VectorXd& theta, Derivatives derivatives,
                          double* row) const {
    Networks& replicas = prepared(block, derivatives);
    replicas.set_theta(theta);
    replicas.reset();
    replicas.advance(task_.network.steps);
    const std::size_t stride = row_length(derivatives);
    put_losses(replicas, block.data.size(), task_, stride, row);
    std::vector<Contribution> contributions;
    if (derivatives == Derivatives::yes)
        contributions = replicas.derivatives();
    for (std::size_t lane = 0; lane < block.data.size(); ++lane) {
        double* at = row + lane * stride + 2;
        if (derivatives == Derivatives::no) {
            if (replicas.frozen(lane) < 0) {
                const std::vector<double> observed = replicas.observe(lane);
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

Evaluation Evaluator::run(const Eigen::VectorXd& theta, Derivatives derivatives) {
    const std::size_t length = row_length(derivatives);
    const std::vector<double> rows =
        workers_.run(blocks_.size(), width_ * length, [&](std::size_t, std::size_t b, double* row) {
            run_block(blocks_[b], theta, derivatives, row);
        });
    Evaluation out;
    const auto K = static_cast<Eigen::Index>(coefficients_);
    const double n = static_cast<double>(replicas_);
    observed_.clear();
    contributions_.clear();
    if (derivatives == Derivatives::yes) {
        out.gradient = Eigen::VectorXd::Zero(K);
        out.hessian = Eigen::MatrixXd::Zero(K, K);
    }
    for (std::size_t i = 0; i < replicas_; ++i) { // in the order of the replicas
        const double* at = rows.data() + i * length;
        add_replica(out, at[0], at[1]);
        at += 2;
        if (derivatives == Derivatives::no) {
            observed_.emplace_back(at, at + observations(task_));
            continue;
        }
        contributions_.push_back(unpacked(at, K));
        out.gradient += contributions_.back().gradient;
        out.hessian += contributions_.back().hessian;
    }
    out.loss = total_loss(out.losses, out.frozen, task_.network.steps, task_.search, task_.loss);
    out.gradient /= n;
    out.hessian = Eigen::MatrixXd(out.hessian.selfadjointView<Eigen::Lower>()) / n;
    return out;
}

std::vector<double> Evaluator::cosines() const {
    std::vector<double> cosines(is_layer(task_) ? task_.network.outputs : 0, 0);
    for (const std::vector<double>& observed : observed_)
        for (std::size_t i = 0; i < cosines.size(); ++i)
            cosines[i] += observed[i] / static_cast<double>(replicas_);
    return cosines;
}

std::size_t Evaluator::bytes() const {
    std::size_t bytes = 0;
    for (const Block& block : blocks_)
        for (const std::unique_ptr<Networks>* sim : {&block.value, &block.derivative})
            bytes += *sim ? (*sim)->bytes() : 0;
    return bytes;
}

std::string Evaluator::isa() const {
    const auto probe = make_networks(task_, *blocks_[0].data[0], {1}, Derivatives::no);
    probe->load({blocks_[0].data[0]});
    return carve_isa_name(probe->info().isa);
}

std::string Evaluator::form() const {
    const auto probe = make_networks(task_, *blocks_[0].data[0], {1}, Derivatives::no);
    probe->load({blocks_[0].data[0]});
    return probe->info().form == CARVE_FORM_MOMENTS ? "moments" : "samples";
}

// ---- Many candidates ---------------------------------------------------------------------------

PopulationEvaluator::PopulationEvaluator(const Task& task, const std::vector<DataSet>& data,
                                         Workers& workers)
    : task_(task), data_(data), workers_(workers) {}

void PopulationEvaluator::run_chunk(Networks& replicas, const DataSet& set,
                                    const Eigen::MatrixXd& thetas, std::size_t first,
                                    std::size_t lanes, double* row) const {
    const auto candidates = static_cast<std::size_t>(thetas.cols());
    replicas.load({&set});
    for (std::size_t lane = 0; lane < lanes; ++lane) // the last chunk repeats the last candidate
        replicas.set_theta(
            lane, thetas.col(static_cast<Eigen::Index>(std::min(first + lane, candidates - 1))));
    replicas.reset();
    replicas.advance(task_.network.steps);
    put_losses(replicas, lanes, task_, 2, row);
}

std::vector<Evaluation> PopulationEvaluator::run(const Eigen::MatrixXd& thetas) {
    // Several items for each thread, so that all are busy to the end, but whole lane blocks.
    constexpr std::size_t kItemsPerPart = 4;
    const auto n = static_cast<std::size_t>(thetas.cols());
    const std::size_t width = lanes_per_block(task_), blocks = (n + width - 1) / width;
    const std::size_t wanted = kItemsPerPart * workers_.parts();
    const std::size_t some =
        std::min(blocks, std::max<std::size_t>(1, wanted / std::max<std::size_t>(1, data_.size())));
    const std::size_t blocks_of_chunk = (blocks + some - 1) / some;
    const std::size_t chunks = (blocks + blocks_of_chunk - 1) / blocks_of_chunk;
    const std::size_t lanes = blocks_of_chunk * width;
    std::vector<std::unique_ptr<Networks>> of_thread(workers_.threads());
    const std::vector<double> rows = workers_.run(
        data_.size() * chunks, 2 * lanes, [&](std::size_t thread, std::size_t item, double* row) {
            std::unique_ptr<Networks>& replicas = of_thread[thread];
            if (!replicas)
                replicas =
                    make_networks(task_, data_[0], {lanes, LanesAre::candidates}, Derivatives::no);
            run_chunk(*replicas, data_[item / chunks], thetas, item % chunks * lanes, lanes, row);
        });
    std::vector<Evaluation> out(n);
    for (std::size_t candidate = 0; candidate < n; ++candidate) {
        Evaluation& e = out[candidate];
        for (std::size_t set = 0; set < data_.size(); ++set) {
            const std::size_t item = set * chunks + candidate / lanes;
            const double* const at = rows.data() + (item * lanes + candidate % lanes) * 2;
            add_replica(e, at[0], at[1]);
        }
        e.loss = total_loss(e.losses, e.frozen, task_.network.steps, task_.search, task_.loss);
    }
    return out;
}

} // namespace carve::cli
