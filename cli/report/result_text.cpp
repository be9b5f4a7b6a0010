#include "result_text.hpp"

#include "atomic_file.hpp"
#include "error.hpp"
#include "figures.hpp"
#include "json.hpp"
#include "task_terms.hpp"

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

} // namespace

std::string held_out_text(const Task& task, const HeldOut& held_out, const Yardsticks& compared) {
    const LossSpread& s = held_out.spread;
    std::string out = fmt::format("held-out loss: {}\n", figure(held_out.loss, "{:.4g}"));
    out += fmt::format("  of {} data sets ({} independent): mean {} +- {}, median {}, worst {}, "
                       "{} diverged\n",
                       s.sets, s.independent, figure(s.mean, "{:.4g}"),
                       figure(s.standard_error, "{:.2g}"), figure(s.median, "{:.4g}"),
                       figure(s.worst, "{:.4g}"), s.diverged);
    out += "  without plasticity: " + figure(compared.silent, "{:.4g}");
    if (std::isfinite(compared.reference))
        out += fmt::format("; of {}: {:.4g}", reference_names(task), compared.reference);
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

std::string result_text(const Task& task, const SearchResult& result) {
    std::string out;
    for (const ProjectionRule& rule : result.rules)
        out += fmt::format("{}: {}, eta = {}\n", rule.projection, equation(rule.terms), rule.eta);
    out += held_out_text(task, result.held_out, result.yardsticks);
    out += stability_text(result.stable_variance);
    out +=
        fmt::format("held-out loss before the refit: {}; on the search's data: {}\n",
                    figure(result.held_out_before_refit, "{:.4g}"), figure(result.train, "{:.4g}"));
    out += cell_text(task, result.held_out.cell);
    for (std::size_t r = 0; r < task.rules.size(); ++r)
        if (!task.rules[r].reference.empty())
            out += fmt::format("angle {}to {}: {}\n",
                               task.rules.size() > 1 ? "of " + task.rules[r].name + " " : "",
                               task.rules[r].reference, figure(result.angles[r], "{:.3g} degrees"));
    return out;
}

std::string finished_text(const std::string& path) {
    const Json result = Json::parse(read_file(path), nullptr, false);
    if (!result.is_object() || !result.contains("rules") || !result.contains("loss"))
        throw Error(Exit::data, fmt::format("'{}' is not a result", path));
    std::string out;
    for (const Json& rule : result["rules"])
        out += fmt::format("{}: {}, eta = {}\n", rule.value("projection", ""),
                           rule.value("equation", ""), figure(real(rule.value("eta", Json()))));
    const Json& loss = result["loss"];
    return out + fmt::format("held-out loss: {}, on the search's data: {}\n",
                             figure(real(loss.value("held_out", Json()))),
                             figure(real(loss.value("train", Json()))));
}

} // namespace carve::cli
