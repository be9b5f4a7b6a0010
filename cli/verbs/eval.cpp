// carve eval: the loss of a given rule on a task's held-out data.
#include "evaluate.hpp"
#include "exits.hpp"
#include "held_out.hpp"
#include "output.hpp"
#include "replicas.hpp"
#include "result.hpp"
#include "result_text.hpp"
#include "task_terms.hpp"
#include "verbs.hpp"
#include "workers.hpp"

#include <algorithm>
#include <carve.h>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace carve::cli {
namespace {

constexpr std::uint64_t kMostSteps = 200000; // that a horizon is lengthened to
constexpr std::size_t kShared = 16; // replicas with one horizon: those of the widest lane block

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

// At horizons as long as each data set needs, which say where a rule leads in the end.
struct LongRun {
    std::vector<double> losses;
    std::vector<double> cosines; // [output] mean over replicas
    std::vector<std::int64_t> frozen;
    std::uint64_t shortest = UINT64_MAX, longest = 0;
    std::size_t diverged = 0;
    double loss = 0;
};

// Replicas of one portion. Those of a lane block share a horizon, hence the sorting; so do those of
// as many as the widest block holds, so that run.lane_bytes changes no result.
void run_portion(const Task& task, std::vector<DataSet> data, Workers& workers, LongRun& report) {
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

// Nothing where the task's own horizon is long enough.
std::optional<LongRun> long_run(const Task& task, const DataSource& source, Workers& workers) {
    LongRun run;
    run.cosines.assign(task.network.outputs, 0);
    const std::uint64_t sets = task.search.held_out_sets;
    for (std::uint64_t first = 0, round = 0; first < sets; first += kPortion, ++round)
        run_portion(task,
                    source.draw(Role::held_out, round, round, std::min(kPortion, sets - first),
                                task.input.samples, task.network.outputs),
                    workers, run);
    if (run.longest <= task.network.steps)
        return std::nullopt;
    run.loss = total_loss(run.losses, run.frozen, run.longest, task.search);
    for (double& sum : run.cosines)
        sum /= static_cast<double>(sets);
    return run;
}

Json long_run_json(const std::optional<LongRun>& run) {
    if (!run)
        return nullptr;
    return {{"loss", run->loss},
            {"cosines", run->cosines},
            {"diverged", run->diverged},
            {"steps", {{"min", run->shortest}, {"max", run->longest}}}};
}

std::string long_run_text(const LongRun& run) {
    return fmt::format(
        "after {} .. {} updates{}, where the components of each data set can be told "
        "apart:\n  loss {:.4g}, mean |cos(w, PC)| {:.5f}, {} diverged\n",
        run.shortest, run.longest, run.longest == kMostSteps ? " (the most that are tried)" : "",
        run.loss, fmt::join(run.cosines, " "), run.diverged);
}

Json eval_json(const Task& task, const EvalOptions& options, const HeldOut& held_out,
               const Yardsticks& compared, double stable, const std::optional<LongRun>& longer) {
    Json rules = Json::array();
    for (const RuleSettings& rule : task.rules)
        rules.push_back(
            {{"projection", rule.name}, {"equation", equation(rule.terms)}, {"eta", rule.eta}});
    Json json{{"carve", carve_version()},
              {"task", task.name},
              {"rule", options.rule},
              {"rules", rules},
              {"seed", task.run.seed},
              {"loss",
               {{"held_out", held_out.loss},
                {"silent", compared.silent},
                {"reference", compared.reference}}},
              {"held_out_losses", spread_json(held_out.spread)},
              {"stable_variance", stable},
              {"steps", task.network.steps}};
    if (is_spiking(task)) {
        for (const auto& [name, values] : cell_fields(held_out.cell))
            json[name] = values;
        json["target"] = task.loss.target;
        json["tuning"] = held_out.cell.tuning;
        if (has_transfer(task))
            json["transfer"] = transfer_json(held_out.cell);
    } else if (is_described(task)) {
        json["measured"] = measured_json(held_out.measured);
        json["sets"] = sets_json(held_out.sets);
    } else {
        json["cosines"] = held_out.cosines;
        json["long_run"] = long_run_json(longer);
    }
    return json;
}

std::string eval_text(const Task& task, const HeldOut& held_out, const Yardsticks& compared,
                      double stable, const std::optional<LongRun>& longer) {
    std::string out;
    for (const RuleSettings& rule : task.rules)
        out += fmt::format("{}: {}, eta = {}\n", rule.name, equation(rule.terms), rule.eta);
    out += held_out_text(reference_names(task), held_out, compared) + stability_text(stable);
    if (is_spiking(task))
        return out + cell_text(task, held_out.cell);
    if (is_described(task))
        return out + measured_text(held_out.measured) + sets_text(held_out.sets);
    out += fmt::format("mean |cos(w, PC)|: {:.5f}\n", fmt::join(held_out.cosines, " "));
    return longer ? out + long_run_text(*longer) : out;
}

} // namespace

Exit eval(const EvalOptions& options) {
    const Task task = task_with_rule(options, options.rule);
    const DataSource source(task);
    for (const std::string& warning : source.warnings())
        say(options.quiet, "warning: " + warning);
    Workers workers(task.run.threads);
    HeldOut judged = held_out(task, source, workers);
    judged.cell.transfer = transfer(task, source, workers);
    judged.sets = other_sets(task, source, workers);
    const Yardsticks compared = yardsticks(task, source, workers);
    const double stable =
        is_layer(task) ? stable_variance(task, source, workers, compared.silent) : std::nan("");
    const std::optional<LongRun> longer =
        is_layer(task) ? long_run(task, source, workers) : std::nullopt;
    if (options.json)
        print(dump(eval_json(task, options, judged, compared, stable, longer), 2));
    else
        print(eval_text(task, judged, compared, stable, longer));
    return exit_of_held_out(task, judged.spread.diverged);
}

} // namespace carve::cli
