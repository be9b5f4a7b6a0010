// carve eval: the loss of a given rule on a task's held-out data.
#include "commands.hpp"
#include "evaluate.hpp"
#include "simulate.hpp"
#include "thread_pool.hpp"

#include <algorithm>
#include <carve.h>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace carve::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::uint64_t kMostSteps = 200000; // that a horizon is lengthened to
constexpr std::uint64_t kPortion = 20; // held-out sets in memory at a time, as in a search's report

double hebbian(const Task& task) {
    for (const Term& t : task.rules.front().terms)
        if (t.x == 1 && t.y == 1 && t.w == 0)
            return t.theta;
    return 0;
}

// The task's horizon, or where it is too short for a Hebbian rule to tell the first component from
// the second (their ratio grows as exp(eta theta_110 (lambda_1 - lambda_2) t)): until that is
// exp(12).
std::uint64_t horizon(const Task& task, const DataSet& set) {
    const std::uint64_t own = task.network.steps;
    const double rate = task.rules.front().eta * hebbian(task) * (set.lambda1 - set.lambda2);
    const bool applies =
        task.network.update == Update::batch && task.network.activation == "linear";
    if (!applies || hebbian(task) <= 0)
        return own;
    const double needed = rate > 0 ? std::ceil(12 / rate) : INFINITY;
    if (needed <= static_cast<double>(own))
        return own;
    return std::max(own, needed < static_cast<double>(kMostSteps)
                             ? static_cast<std::uint64_t>(needed)
                             : kMostSteps);
}

// Mean over outputs of |cos| between weights and principal component.
double cosine(const Simulation& simulation, std::size_t replica, const DataSet& set) {
    double sum = 0;
    for (Eigen::Index i = 0; i < set.target.rows(); ++i) {
        double dot = 0, norm = 0;
        for (Eigen::Index j = 0; j < set.target.cols(); ++j) {
            const double w = simulation.weight(replica, static_cast<std::size_t>(i),
                                               static_cast<std::size_t>(j));
            dot += w * set.target(i, j);
            norm += w * w;
        }
        sum += norm > 0 ? std::abs(dot) / std::sqrt(norm) : 0;
    }
    return sum / static_cast<double>(set.target.rows());
}

struct Report {
    std::vector<double> losses, cosines;
    std::vector<std::int64_t> frozen;
    std::uint64_t shortest = UINT64_MAX, longest = 0;
    std::size_t diverged = 0;
};

// Replicas of one portion. Those of a lane block share a horizon, hence the sorting.
void evaluate_portion(const Task& task, std::vector<DataSet> data, ThreadPool& pool,
                      Report& report) {
    std::stable_sort(data.begin(), data.end(), [&](const DataSet& a, const DataSet& b) {
        return horizon(task, a) < horizon(task, b);
    });
    const std::size_t n = data.size(), width = Simulation::lanes(task);
    const std::size_t blocks = (n + width - 1) / width;
    std::vector<double> losses(n), cosines(n);
    std::vector<std::int64_t> frozen(n);
    pool.run([&](std::size_t thread) {
        for (std::size_t b = thread; b < blocks; b += pool.size()) {
            const std::size_t first = b * width, count = std::min(width, n - first);
            const std::uint64_t steps = horizon(task, data[first + count - 1]);
            Simulation simulation(task, &data[first], count, false);
            simulation.advance(steps);
            const std::vector<double> values = simulation.losses();
            for (std::size_t r = 0; r < count; ++r) {
                const bool healthy = std::isfinite(values[r]);
                frozen[first + r] = healthy ? -1 : std::max<std::int64_t>(simulation.frozen(r), 0);
                losses[first + r] = healthy ? values[r]
                                            : 2 - static_cast<double>(frozen[first + r]) /
                                                      static_cast<double>(steps);
                cosines[first + r] = healthy ? cosine(simulation, r, data[first + r]) : 0;
            }
        }
    });
    for (std::size_t r = 0; r < n; ++r)
        report.diverged += frozen[r] >= 0;
    report.losses.insert(report.losses.end(), losses.begin(), losses.end());
    report.cosines.insert(report.cosines.end(), cosines.begin(), cosines.end());
    report.frozen.insert(report.frozen.end(), frozen.begin(), frozen.end());
    report.shortest = std::min(report.shortest, horizon(task, data.front()));
    report.longest = std::max(report.longest, horizon(task, data.back()));
}

double mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double v : values)
        sum += v;
    return sum / static_cast<double>(values.size());
}

} // namespace

Exit eval(const EvalOptions& options) {
    const Task task = task_with_rule(options, options.rule);
    const DataSource source(task);
    for (const std::string& warning : source.warnings())
        say(options.quiet, "warning: " + warning);
    ThreadPool pool(task.run.threads);
    Report report;
    const std::uint64_t sets = task.search.held_out_sets;
    for (std::uint64_t first = 0, round = 0; first < sets; first += kPortion, ++round)
        evaluate_portion(task,
                         source.draw(Role::held_out, round, round, std::min(kPortion, sets - first),
                                     task.input.samples),
                         pool, report);
    if (report.longest > task.network.steps)
        say(options.quiet,
            fmt::format("the horizon of {} updates is too short to tell the first components "
                        "of some data sets; up to {} were run{}",
                        task.network.steps, report.longest,
                        report.longest == kMostSteps ? " (the most that are tried)" : ""));
    const double loss =
        total_loss(report.losses, report.frozen, report.longest, task.search.blow_up);
    const double cosine = mean(report.cosines);
    if (options.json)
        print(
            Json{
                {"carve", carve_version()},
                {"task", task.name},
                {"rule", options.rule},
                {"equation", equation(task.rules.front().terms)},
                {"eta", task.rules.front().eta},
                {"seed", task.run.seed},
                {"loss", {{"held_out", loss}}},
                {"cosine", cosine},
                {"diverged", report.diverged},
                {"data_sets", sets},
                {"steps",
                 {{"task", task.network.steps}, {"min", report.shortest}, {"max", report.longest}}}}
                .dump(2) +
            "\n");
    else
        print(fmt::format(
            "{}, eta = {}\nheld-out loss: {:.4g}\nmean |cos(w, PC)|: {:.5f}\ndiverged: {} of {}\n"
            "updates: {}\n",
            equation(task.rules.front().terms), task.rules.front().eta, loss, cosine,
            report.diverged, sets,
            report.shortest == report.longest
                ? fmt::format("{}", report.longest)
                : fmt::format("{} .. {}", report.shortest, report.longest)));
    if (report.diverged == sets) {
        say(false, "error: every replica diverged\nhelp: lower the learning rate with --set "
                   "rule.feedforward.eta=...");
        return Exit::numerics;
    }
    return Exit::ok;
}

} // namespace carve::cli
