// A rule as a table of Markdown.
#include "exports.hpp"

#include <fmt/format.h>

namespace carve::cli {
namespace {

std::string product(const ExportedTerm& term) {
    std::string out;
    for (const auto& [name, k] : term.factors)
        out += (out.empty() ? "" : " ") + (k > 1 ? fmt::format("{}^{}", name, k) : name);
    return out.empty() ? "1" : out;
}

std::string rows(const char* when, const std::vector<ExportedTerm>& terms) {
    std::string out;
    for (const ExportedTerm& term : terms)
        out += fmt::format("| {}{} | {:.6g} |\n", when, product(term), term.theta);
    return out;
}

} // namespace

std::string to_markdown(const Export& exported) {
    std::string out;
    for (const ExportedRule& rule : exported.rules) {
        out += fmt::format("**{}**{}{}\n\n| term | coefficient |\n| --- | ---: |\n", rule.name,
                           rule.eta > 0 ? ", learning rate " + number_text(rule.eta) : "",
                           exported.source.empty() ? "" : " (" + exported.source + ")");
        for (const auto& [tau, value] : rule.taus)
            out += rule.spikes
                       ? fmt::format("| {} of {} | {:.6g} ms |\n", tau, trace_of(tau), 1000 * value)
                       : fmt::format("| {} | {:.6g} |\n", tau, value);
        out += rows("", rule.step) + rows("at a presynaptic spike: ", rule.pre) +
               rows("at a postsynaptic spike: ", rule.post) + "\n";
    }
    out.pop_back();
    return out;
}

} // namespace carve::cli
