#include "result_text.hpp"

#include "figures.hpp"
#include "task_terms.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

namespace carve::cli {
namespace {

// What bench/scripts/set_points.py measures (docs/task.md, Set points).
const char* mean_field_bias(Afferents afferents) {
    return afferents == Afferents::signal
               ? "set points are the mean field's; where afferents share signals, rates settle "
                 "22 % below to 2 % above them (docs/task.md)\n"
               : "set points are the mean field's; where afferents are independent, rates settle "
                 "0 to 9 % above them (docs/task.md)\n";
}

// Rates are those of trials that reach their end.
std::string rate_text(double rate) {
    return std::isnan(rate) ? "no rate, as all trials ended early"
                            : fmt::format("rate {:.3g} Hz", rate);
}

std::string rules_text(const SearchResult& result) {
    std::string out;
    for (const ProjectionRule& rule : result.rules)
        out += fmt::format("{}: {}, eta = {}\n", rule.projection, equation(rule.terms), rule.eta);
    return out;
}

std::string search_losses_text(const SearchResult& result) {
    return fmt::format("held-out loss before the refit: {}; on the search's data: {}\n",
                       figure(result.held_out_before_refit, "{:.4g}"),
                       figure(result.train, "{:.4g}"));
}

} // namespace

std::string held_out_text(const std::string& references, const HeldOut& held_out,
                          const Yardsticks& compared) {
    const LossSpread& s = held_out.spread;
    std::string out = fmt::format("held-out loss: {}\n", figure(held_out.loss, "{:.4g}"));
    if (s.sets > 0) // a result of an early carve has none of this
        out += fmt::format(
            "  of {} data sets ({} independent): mean {} +- {}, median {}, worst {}, "
            "{} diverged\n",
            s.sets, s.independent, figure(s.mean, "{:.4g}"), figure(s.standard_error, "{:.2g}"),
            figure(s.median, "{:.4g}"), figure(s.worst, "{:.4g}"), s.diverged);
    out += "  without plasticity: " + figure(compared.silent, "{:.4g}");
    if (std::isfinite(compared.reference))
        out += fmt::format("; of {}: {:.4g}", references, compared.reference);
    return out + "\n";
}

std::string stability_text(double stable_variance) {
    if (std::isnan(stable_variance))
        return "";
    if (stable_variance == 0)
        return "  not stable on all of them\n";
    return fmt::format("  stable up to {}{:.3g} times the variance of the inputs\n",
                       stable_variance >= kMostVariance ? "at least " : "", stable_variance);
}

std::string cell_text(const Task& task, const CellReport& cell) {
    std::string out;
    for (std::size_t f = 0; f < cell.rates.size(); ++f)
        out += fmt::format("inhibitory afferents at {:.3g} Hz: {} (target {}), {}\n",
                           cell.afferent_rates[f], rate_text(cell.rates[f]), task.loss.target,
                           std::isnan(cell.set_points[f])
                               ? "no set point"
                               : fmt::format("set point {:.3g} Hz", cell.set_points[f]));
    if (!out.empty())
        out += fmt::format("{}tuning: {}\n", mean_field_bias(task.cell.afferents),
                           figure(cell.tuning, "{:.3f}"));
    for (const CellReport& there : cell.transfer) {
        std::vector<std::string> rates;
        for (const double rate : there.rates)
            rates.push_back(rate_text(rate));
        out += fmt::format("not seen by the search: {} (target {}) with inhibitory afferents at "
                           "{:.3g} Hz, tuning {}\n",
                           fmt::join(rates, ", "), there.target,
                           fmt::join(there.afferent_rates, ", "), figure(there.tuning, "{:.3f}"));
    }
    return out;
}

std::string measured_text(const std::vector<MeasuredSpread>& measured) {
    std::string out;
    for (const MeasuredSpread& m : measured)
        out += fmt::format("{}: {}{}\n", m.name, figure(m.mean, "{:.4g}"),
                           m.trials > 1 ? fmt::format(" +- {} over {} trials",
                                                      figure(m.deviation, "{:.2g}"), m.trials)
                                        : "");
    return out;
}

std::string sets_text(const std::vector<OtherSet>& sets) {
    std::string out;
    for (const OtherSet& set : sets)
        out += fmt::format("trials.{}: loss {} of {} trials, {} diverged\n{}", set.name,
                           figure(set.loss, "{:.4g}"), set.spread.sets, set.spread.diverged,
                           measured_text(set.measured));
    return out;
}

std::string result_text(const Task& task, const SearchResult& result) {
    std::string out = rules_text(result) +
                      held_out_text(reference_names(task), result.held_out, result.yardsticks) +
                      stability_text(result.stable_variance) + search_losses_text(result);
    out += cell_text(task, result.held_out.cell) + measured_text(result.held_out.measured) +
           sets_text(result.held_out.sets);
    for (std::size_t r = 0; r < std::min(task.rules.size(), result.angles.size()); ++r)
        if (!task.rules[r].reference.empty())
            out += fmt::format("angle {}to {}: {}\n",
                               task.rules.size() > 1 ? "of " + task.rules[r].name + " " : "",
                               task.rules[r].reference, figure(result.angles[r], "{:.3g} degrees"));
    return out;
}

std::string result_text(const StoredResult& stored) {
    const SearchResult& result = stored.result;
    std::string out = rules_text(result) +
                      held_out_text("the reference", result.held_out, result.yardsticks) +
                      stability_text(result.stable_variance) + search_losses_text(result);
    if (std::isfinite(result.angle))
        out += fmt::format("angle to the reference: {:.3g} degrees\n", result.angle);
    return out;
}

} // namespace carve::cli
