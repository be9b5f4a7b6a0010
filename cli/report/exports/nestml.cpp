// A rule at spikes as a synapse model in NESTML, the language of NEST.
#include "exports.hpp"

#include <fmt/format.h>

namespace carve::cli {
namespace {

std::string model(const ExportedRule& rule) {
    require_spikes(rule, "NESTML's synapses");
    std::string state, parameters, equations, pre, post;
    for (const auto& [tau, value] : rule.taus) {
        const std::string trace = trace_of(tau);
        state += fmt::format("        {} real = 0\n", trace);
        parameters += fmt::format("        {0} ms = {1} ms\n", tau, tau_text(1e3 * value));
        equations += fmt::format("        {0}' = -{0} / {1}\n", trace, tau);
        (is_presynaptic(trace) ? pre : post) += fmt::format("        {} += 1\n", trace);
    }
    const std::string eta =
        rule.eta > 0 ? number_text(rule.eta) : "0    # the rule states none: set it";
    return fmt::format(R"(model {}_synapse:
    state:
        w real = 1
{}
    parameters:
        d ms = 1 ms
        eta real = {}
        w_min real = -inf
        w_max real = inf
{}
    equations:
{}
    input:
        pre_spikes <- spike
        post_spikes <- spike

    output:
        spike(weight real, delay ms)

    onReceive(post_spikes):
        w = max(w_min, min(w_max, w + eta * ({})))
{}
    onReceive(pre_spikes):
        w = max(w_min, min(w_max, w + eta * ({})))
{}        emit_spike(w, d)

    update:
        integrate_odes()
)",
                       rule.name, state, eta, parameters, equations, sum_text(rule.post, starred),
                       post, sum_text(rule.pre, starred), pre);
}

} // namespace

std::string to_nestml(const Export& exported) {
    std::string out = "# Untested: this text has not been run in NEST; compare it with `carve "
                      "export --to python`.\n";
    out += fmt::format("# Plasticity rule: {}.\n",
                       exported.source.empty() ? "no source is stated" : exported.source);
    for (const ExportedRule& rule : exported.rules)
        out += "\n" + model(rule);
    return out;
}

} // namespace carve::cli
