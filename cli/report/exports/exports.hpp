// exports.hpp: a rule as code or text for other programs, `carve export`. One file a target.
#pragma once
#include "rule.hpp"

#include <string>
#include <utility>
#include <vector>

namespace carve::cli {

// theta times factors: "x", "y", "w", names of a task's own; at spikes the traces "x1", "x2", "y1", "y2".
struct ExportedTerm {
    double theta = 0;
    std::vector<std::pair<std::string, unsigned>> factors; // name and power
};

// The rule of a projection, time constants apart.
struct ExportedRule {
    std::string name; // of the projection, as an identifier: "feedforward"
    double eta = 0;   // 0: not stated
    bool spikes = false;
    std::vector<ExportedTerm> step;      // of a rule between rates
    std::vector<ExportedTerm> pre, post; // what a presynaptic and a postsynaptic spike adds
    // By the traces that terms read, in s: "tau_pre" of x1, "tau_post" of y1, "tau_pre2", "tau_post2".
    std::vector<std::pair<std::string, double>> taus;
    std::vector<std::string> others; // factors of a task's own, in order
};

struct Export {
    std::string source; // what the rule file says of where it comes from
    std::vector<ExportedRule> rules;
};

// Throws Error(usage) for a rule that is no sum of products.
Export export_of(const Rule& rule);

std::string to_python(const Export& rule);
std::string to_c(const Export& rule);
std::string to_brian2(const Export& rule); // require_spikes
std::string to_nestml(const Export& rule); // require_spikes
std::string to_latex(const Export& rule);
std::string to_markdown(const Export& rule);

// What a rule is exported to, by the word of `--to`, in the order of help.
struct ExportTarget {
    std::string name;
    std::string (*text)(const Export& rule);
};
const std::vector<ExportTarget>& export_targets();

// Throws Error(usage) for a rule between rates, and one that reads what a task gives: `synapses`, "Brian 2's
// synapses", have spikes alone.
void require_spikes(const ExportedRule& rule, const std::string& synapses);

// What a sum is in code: "0.5 * x * y - 0.25 * y*y * w", products as `power` writes them; "0" without terms.
using PowerText = std::string (*)(const std::string& name, unsigned power);
std::string sum_text(const std::vector<ExportedTerm>& terms, PowerText power);
// A factor as a product of itself, which every language has: "y * y".
std::string repeated(const std::string& name, unsigned power);
// A power as Python writes it: "y**2".
std::string starred(const std::string& name, unsigned power);
// The shortest digits that read back to the same number.
std::string number_text(double value);
// Of a time constant, which a rule file has as its logarithm: 15 digits.
std::string tau_text(double value);
// Of traces: "x1" of "tau_pre" and so on.
std::string trace_of(const std::string& tau);
bool is_presynaptic(const std::string& trace);

} // namespace carve::cli
