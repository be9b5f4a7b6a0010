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

std::string rules_text(const SearchResult& result) {
    std::string out;
    for (const ProjectionRule& rule : result.rules)
        out += fmt::format("{}: {}, eta = {}\n", rule.projection, equation(rule.terms), rule.eta);
    return out;
}

std::string search_losses_text(const SearchResult& result) {
    std::string out = "loss on the search's data: " + figure(result.train, "{:.4g}") + "\n";
    if (!std::isnan(result.held_out_before_refit))
        out += "held-out loss before the refit: " + figure(result.held_out_before_refit, "{:.4g}") +
               "\n";
    return out;
}

std::string path_text(const std::vector<PathPoint>& path) {
    std::string out;
    for (const PathPoint& point : path)
        out += fmt::format("l1 = {}: loss {}, validation {}, {} term{}\n", point.l1,
                           figure(point.loss, "{:.4g}"), figure(point.validation, "{:.4g}"),
                           point.terms, point.terms == 1 ? "" : "s");
    return out;
}

} // namespace

std::string held_out_text(const std::string& references, const HeldOut& held_out,
                          const Yardsticks& compared) {
    const LossSpread& s = held_out.spread;
    std::string out = fmt::format("held-out loss: {}\n", figure(held_out.loss, "{:.4g}"));
    if (s.trials > 0) // a result of an early carve has none of this
        out += fmt::format("  of {} trials ({} independent): mean {} +- {}, median {}, worst {}, "
                           "{} diverged\n",
                           s.trials, s.independent, figure(s.mean, "{:.4g}"),
                           figure(s.standard_error, "{:.2g}"), figure(s.median, "{:.4g}"),
                           figure(s.worst, "{:.4g}"), s.diverged);
    out += "  without plasticity: " + figure(compared.silent, "{:.4g}");
    if (std::isfinite(compared.reference))
        out += fmt::format("; of {}: {:.4g}", references, compared.reference);
    if (std::isfinite(compared.chance))
        out += fmt::format("; of random rules: {:.4g}", compared.chance);
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

namespace {

std::string measured_text(const std::vector<MeasuredSpread>& measured, const char* indent = "") {
    std::string out;
    for (const MeasuredSpread& m : measured)
        out += fmt::format(
            "{}{}: {}{}{}\n", indent, m.name,
            m.trials == 0 ? "none, as no trial reached its end" : figure(m.mean, "{:.4g}"),
            m.trials > 1
                ? fmt::format(" +- {} over {} trials", figure(m.deviation, "{:.2g}"), m.trials)
                : "",
            m.accept ? fmt::format("; {}: accept = [{}, {}]", m.holds() ? "passed" : "failed",
                                   m.accept->low, m.accept->high)
                     : "");
    return out;
}

std::string conditions_text(const std::vector<Condition>& conditions) {
    constexpr std::size_t kMost = 24; // more are no table that is read
    std::string out;
    if (conditions.size() > kMost)
        return fmt::format("  of {} conditions result.json and --json tell\n", conditions.size());
    for (const Condition& c : conditions) {
        std::vector<std::string> at, values;
        for (const auto& [path, value] : c.at)
            at.push_back(fmt::format("{} = {}", path, value));
        for (const MeasuredSpread& m : at.empty() ? std::vector<MeasuredSpread>() : c.measured)
            values.push_back(fmt::format("{} {}", m.name, figure(m.mean, "{:.4g}")));
        if (!std::isnan(c.afferent_rate))
            values.push_back(fmt::format("afferents at {:.3g} Hz, {}", c.afferent_rate,
                                         std::isfinite(c.set_point)
                                             ? fmt::format("set point {:.3g} Hz", c.set_point)
                                             : "no set point"));
        out += fmt::format("  {}{}{}\n", fmt::join(at, ", "), at.empty() ? "" : ": ",
                           fmt::join(values, ", "));
    }
    return out;
}

std::string sets_text(const std::vector<OtherSet>& sets) {
    std::string out;
    for (const OtherSet& set : sets)
        out += fmt::format("trials.{}: loss {} of {} trials, {} diverged\n{}", set.name,
                           figure(set.loss, "{:.4g}"), set.spread.trials, set.spread.diverged,
                           measured_text(set.measured, "  ")) +
               conditions_text(set.conditions);
    return out;
}

} // namespace

std::string became_text(const HeldOut& held_out) {
    std::string out = measured_text(held_out.measured) + conditions_text(held_out.conditions) +
                      sets_text(held_out.sets);
    const bool field = std::any_of(held_out.conditions.begin(), held_out.conditions.end(),
                                   [](const Condition& c) { return !std::isnan(c.afferent_rate); });
    return field
               ? out + "set points are the mean field's, which rates come near to (docs/task.md)\n"
               : out;
}

std::string result_text(const Task& task, const SearchResult& result) {
    std::string out = rules_text(result) +
                      held_out_text(reference_names(task), result.held_out, result.yardsticks) +
                      stability_text(result.stable_variance) + search_losses_text(result) +
                      path_text(result.path);
    out += became_text(result.held_out);
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
                      stability_text(result.stable_variance) + search_losses_text(result) +
                      path_text(result.path) + became_text(result.held_out);
    if (std::isfinite(result.angle))
        out += fmt::format("angle to the reference: {:.3g} degrees\n", result.angle);
    return out;
}

} // namespace carve::cli
