// A rule as functions of C99, one synapse at a time.
#include "exports.hpp"

#include <fmt/format.h>

namespace carve::cli {
namespace {

std::string function(const std::string& name, const std::vector<std::string>& arguments, double eta,
                     const std::vector<ExportedTerm>& terms) {
    std::string list, unused;
    const std::string rate = eta > 0 ? number_text(eta) : "eta";
    for (const std::string& argument : arguments) {
        list += (list.empty() ? "double " : ", double ") + argument;
        bool read = false;
        for (const ExportedTerm& term : terms)
            for (const auto& factor : term.factors)
                read = read || factor.first == argument;
        read = read || argument == "eta";
        if (!read)
            unused += fmt::format("    (void){};\n", argument);
    }
    return fmt::format("static inline double {}({}) {{\n{}    return {} * ({});\n}}\n", name, list,
                       unused, rate, sum_text(terms, repeated));
}

std::vector<std::string> with(std::vector<std::string> arguments, const ExportedRule& rule) {
    arguments.insert(arguments.end(), rule.others.begin(), rule.others.end());
    if (!(rule.eta > 0)) // not stated
        arguments.emplace_back("eta");
    return arguments;
}

} // namespace

std::string to_c(const Export& exported) {
    std::string out =
        fmt::format("/* Plasticity rule: {}. */\n",
                    exported.source.empty() ? "no source is stated" : exported.source);
    for (const ExportedRule& rule : exported.rules) {
        if (!rule.spikes) {
            out += "\n/* The change of a weight w by the rates x and y of its units. */\n" +
                   function(rule.name, with({"x", "y", "w"}, rule), rule.eta, rule.step);
            continue;
        }
        out += "\n/* The change of a weight w at a presynaptic and at a postsynaptic spike. Traces "
               "decay with\n"
               "   their time constants, in s, and rise by 1 after the change at their own unit's "
               "spike:\n";
        for (const auto& [tau, value] : rule.taus)
            out += fmt::format("   {} of {} = {}\n", tau, trace_of(tau), tau_text(value));
        out += "*/\n" +
               function(rule.name + "_at_pre", with({"y1", "x2", "w"}, rule), rule.eta, rule.pre) +
               function(rule.name + "_at_post", with({"x1", "y2", "w"}, rule), rule.eta, rule.post);
    }
    return out;
}

} // namespace carve::cli
