// A rule as an equation of LaTeX (amsmath).
#include "exports.hpp"

#include <cctype>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

// "x_1" of "x1", "\mathit{reward}" of "reward".
std::string symbol(const std::string& name) {
    if (name.size() == 2 && std::isdigit(static_cast<unsigned char>(name[1])) != 0)
        return fmt::format("{}_{}", name[0], name[1]);
    if (name.size() == 1)
        return name;
    std::string escaped;
    for (const char c : name)
        escaped += c == '_' ? "\\_" : std::string(1, c);
    return "\\mathit{" + escaped + "}";
}

std::string figure_of(double value) {
    const std::string text = fmt::format("{:.4g}", value);
    const std::size_t e = text.find('e');
    return e == std::string::npos ? text
                                  : fmt::format("{} \\cdot 10^{{{}}}", text.substr(0, e),
                                                std::stoi(text.substr(e + 1)));
}

std::string sum(const std::vector<ExportedTerm>& terms) {
    std::string out;
    for (const ExportedTerm& term : terms) {
        const bool minus = term.theta < 0;
        out += out.empty() ? (minus ? "-" : "") : (minus ? " - " : " + ");
        const bool one = std::abs(term.theta) == 1 && !term.factors.empty();
        std::string product = one ? "" : figure_of(std::abs(term.theta));
        for (const auto& [name, k] : term.factors)
            product += fmt::format("{}{}{}", product.empty() ? "" : " ", symbol(name),
                                   k > 1 ? fmt::format("^{}", k) : "");
        out += product;
    }
    return out.empty() ? "0" : out;
}

std::string change(const std::string& when, const std::vector<ExportedTerm>& terms) {
    return fmt::format("  \\Delta w &= \\eta \\left( {} \\right){}", sum(terms),
                       when.empty() ? "" : " && \\text{" + when + "}");
}

} // namespace

std::string to_latex(const Export& exported) {
    std::string out;
    for (const ExportedRule& rule : exported.rules) {
        out += fmt::format("% {}{}\n\\begin{{align}}\n", rule.name,
                           exported.source.empty() ? "" : ": " + exported.source);
        if (rule.spikes)
            out += change("at a presynaptic spike", rule.pre) + " \\\\\n" +
                   change("at a postsynaptic spike", rule.post);
        else
            out += change("", rule.step);
        for (const auto& [tau, value] : rule.taus)
            if (rule.spikes)
                out += fmt::format(" \\\\\n  \\tau_{{{0}}} &= {1}\\,\\mathrm{{ms}}",
                                   symbol(trace_of(tau)), figure_of(1000 * value));
        out += "\n\\end{align}\n";
        if (rule.eta > 0)
            out += fmt::format("with $\\eta = {}$.\n", figure_of(rule.eta));
    }
    return out;
}

} // namespace carve::cli
