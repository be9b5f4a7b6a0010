// A rule at spikes as the arguments of Brian 2's Synapses.
#include "exports.hpp"

#include <fmt/format.h>

namespace carve::cli {
namespace {

std::string synapses(const ExportedRule& rule) {
    require_spikes(rule, "Brian 2's synapses");
    std::string equations = "w : 1\n", pre, post, values;
    for (const auto& [tau, value] : rule.taus) {
        const std::string trace = trace_of(tau);
        equations += fmt::format("d{0}/dt = -{0} / {1} : 1 (event-driven)\n", trace, tau);
        (is_presynaptic(trace) ? pre : post) += fmt::format("\n{} += 1", trace);
        values += fmt::format("\"{}\": {} * second, ", tau, tau_text(value));
    }
    return fmt::format(R"({} = dict(
    model="""{}""",
    on_pre="""w = clip(w + eta * ({}), w_min, w_max){}""",
    on_post="""w = clip(w + eta * ({}), w_min, w_max){}""",
    namespace={{{}{}"w_min": -inf, "w_max": inf}},
)
)",
                       rule.name, equations, sum_text(rule.pre, starred), pre,
                       sum_text(rule.post, starred), post, values,
                       rule.eta > 0 ? fmt::format("\"eta\": {}, ", number_text(rule.eta)) : "");
}

} // namespace

std::string to_brian2(const Export& exported) {
    std::string out = fmt::format(
        "\"\"\"Plasticity rule: {}.\n\nSynapses(source, target, **{}){}\n\"\"\"\nfrom math import "
        "inf\n\n"
        "from brian2 import second\n",
        exported.source.empty() ? "no source is stated" : exported.source,
        exported.rules.empty() ? "" : exported.rules[0].name,
        exported.rules.empty() || exported.rules[0].eta > 0 ? "" : ", with eta in its namespace");
    for (const ExportedRule& rule : exported.rules)
        out += "\n" + synapses(rule);
    return out;
}

} // namespace carve::cli
