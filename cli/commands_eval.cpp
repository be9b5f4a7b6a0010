// carve eval: the loss of a given rule on a task's held-out data.
#include "commands.hpp"
#include "evaluate.hpp"
#include "replicas.hpp"
#include "result.hpp"
#include "search.hpp"
#include "workers.hpp"

#include <algorithm>
#include <carve.h>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

constexpr std::uint64_t kMostSteps = 200000; // that a horizon is lengthened to
constexpr std::size_t kShared = 16;    // replicas with one horizon: those of the widest lane block
constexpr std::uint64_t kPortion = 20; // held-out sets in memory at a time, as in a search's report

double hebbian(const Task& task) {
    for (const Term& t : task.rules.front().terms)
        if (t.x == 1 && t.y == 1 && t.w == 0)
            return t.theta;
    return 0;
}

// The task's horizon, or where it is too short for a Hebbian rule to tell the outputs' components
// from the next (the ratio of two grows as exp(eta theta_110 (lambda_i - lambda_k) t)): until that
// is exp(12).
std::uint64_t horizon(const Task& task, const DataSet& set) {
    const std::uint64_t own = task.network.steps;
    const double rate = task.rules.front().eta * hebbian(task) * set.gap;
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

struct Report {
    std::vector<double> losses;
    std::vector<double> cosines; // [output] sum over replicas
    std::vector<std::int64_t> frozen;
    std::uint64_t shortest = UINT64_MAX, longest = 0;
    std::size_t diverged = 0;
};

// Replicas of one portion. Those of a lane block share a horizon, hence the sorting; so do those of
// as many as the widest block holds, so that run.lane_bytes changes no result.
void evaluate_portion(const Task& task, std::vector<DataSet> data, Workers& workers,
                      Report& report) {
    std::stable_sort(data.begin(), data.end(), [&](const DataSet& a, const DataSet& b) {
        return horizon(task, a) < horizon(task, b);
    });
    const std::size_t n = data.size(), width = lanes_per_block(task);
    const std::size_t blocks = (n + width - 1) / width;
    const std::size_t outputs = task.network.outputs, length = 2 + outputs;
    // Of each replica: loss, frozen, |cos| of each output.
    const std::vector<double> rows =
        workers.run(blocks, width * length, [&](std::size_t, std::size_t b, double* row) {
            const std::size_t first = b * width, count = std::min(width, n - first);
            const std::size_t end = std::min(n, (first / kShared + 1) * kShared);
            const std::uint64_t steps = horizon(task, data[end - 1]);
            Replicas replicas = start_replicas(task, &data[first], count);
            replicas.advance(steps);
            const std::vector<double> losses = replicas.losses();
            for (std::size_t r = 0; r < count; ++r, row += length) {
                const bool healthy = std::isfinite(losses[r]);
                row[1] = healthy
                             ? -1.0
                             : static_cast<double>(std::max<std::int64_t>(replicas.frozen(r), 0));
                row[0] = healthy ? losses[r] : 2 - row[1] / static_cast<double>(steps);
                for (std::size_t i = 0; i < outputs; ++i)
                    row[2 + i] = healthy ? cosine(replicas, r, data[first + r], i) : 0;
            }
        });
    for (std::size_t r = 0; r < n; ++r) {
        const double* const row = rows.data() + r * length;
        report.losses.push_back(row[0]);
        report.frozen.push_back(static_cast<std::int64_t>(row[1]));
        report.diverged += row[1] >= 0;
        for (std::size_t i = 0; i < outputs; ++i)
            report.cosines[i] += row[2 + i];
    }
    const DataSet& slowest_of_first = data[std::min(n, kShared) - 1];
    report.shortest = std::min(report.shortest, horizon(task, slowest_of_first));
    report.longest = std::max(report.longest, horizon(task, data.back()));
}

double mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double v : values)
        sum += v;
    return sum / static_cast<double>(values.size());
}

Exit eval_cell(const Task& task, const DataSource& source, const EvalOptions& options) {
    CellReport cell;
    std::size_t diverged = 0;
    const double loss = evaluate_cell(task, source, cell, diverged);
    const RuleSettings& rule = task.rules.front();
    if (options.json) {
        Json json{{"carve", carve_version()},         {"task", task.name}, {"rule", options.rule},
                  {"equation", equation(rule.terms)}, {"eta", rule.eta},   {"seed", task.run.seed},
                  {"loss", {{"held_out", loss}}}};
        for (const auto& [name, values] : cell_fields(cell))
            json[name] = values;
        json["target"] = task.loss.target;
        json["tuning"] = cell.tuning;
        if (has_transfer(task))
            json["transfer"] = transfer_json(cell);
        json["diverged"] = diverged;
        json["data_sets"] = task.search.held_out_sets;
        print(dump(json, 2));
    } else {
        print(fmt::format("{}: {}, eta = {}\nheld-out loss: {:.4g}\n{}diverged: {} of {}\n",
                          rule.name, equation(rule.terms), rule.eta, loss, cell_text(task, cell),
                          diverged, task.search.held_out_sets));
    }
    if (diverged == task.search.held_out_sets) {
        say(false,
            "error: every trial ended early\nhelp: a lower --set rule.inhibitory.eta=..., or "
            "wider loss.low and loss.high");
        return Exit::numerics;
    }
    return Exit::ok;
}

} // namespace

Exit eval(const EvalOptions& options) {
    const Task task = task_with_rule(options, options.rule);
    const DataSource source(task);
    if (is_spiking(task))
        return eval_cell(task, source, options);
    for (const std::string& warning : source.warnings())
        say(options.quiet, "warning: " + warning);
    Workers workers(task.run.threads);
    Report report;
    report.cosines.assign(task.network.outputs, 0);
    const std::uint64_t sets = task.search.held_out_sets;
    for (std::uint64_t first = 0, round = 0; first < sets; first += kPortion, ++round)
        evaluate_portion(task,
                         source.draw(Role::held_out, round, round, std::min(kPortion, sets - first),
                                     task.input.samples, task.network.outputs),
                         workers, report);
    if (report.longest > task.network.steps)
        say(options.quiet,
            fmt::format("the horizon of {} updates is too short to tell the first components "
                        "of some data sets; up to {} were run{}",
                        task.network.steps, report.longest,
                        report.longest == kMostSteps ? " (the most that are tried)" : ""));
    const double loss = total_loss(report.losses, report.frozen, report.longest, task.search);
    for (double& sum : report.cosines)
        sum /= static_cast<double>(sets);
    const double cosine = mean(report.cosines);
    Json rules = Json::array();
    std::string equations;
    for (const RuleSettings& rule : task.rules) {
        rules.push_back(
            {{"projection", rule.name}, {"equation", equation(rule.terms)}, {"eta", rule.eta}});
        equations += fmt::format("{}: {}, eta = {}\n", rule.name, equation(rule.terms), rule.eta);
    }
    if (options.json)
        print(dump(Json{{"carve", carve_version()},
                        {"task", task.name},
                        {"rule", options.rule},
                        {"rules", rules},
                        {"seed", task.run.seed},
                        {"loss", {{"held_out", loss}}},
                        {"cosine", cosine},
                        {"cosines", report.cosines},
                        {"diverged", report.diverged},
                        {"data_sets", sets},
                        {"steps",
                         {{"task", task.network.steps},
                          {"min", report.shortest},
                          {"max", report.longest}}}},
                   2));
    else
        print(fmt::format(
            "{}held-out loss: {:.4g}\nmean |cos(w, PC)|: {:.5f}\ndiverged: {} of {}\nupdates: {}\n",
            equations, loss, fmt::join(report.cosines, " "), report.diverged, sets,
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
