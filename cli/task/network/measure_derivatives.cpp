// Which losses have derivatives by the coefficients of the rules, and why others have none.
#include "measure_kinds.hpp"
#include "read_value.hpp"
#include "rule_factors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace carve::cli {
namespace {

using task::MeasureKind;

// Whether a plastic projection leads to it, directly or on.
bool depends_on_rules(const task::Task& task, const std::string& population) {
    std::set<std::string> reached;
    for (bool more = true; more;) {
        more = false;
        for (const task::Projection& p : task.projections)
            if (!rules_of(task, p).empty() || reached.count(p.from) > 0)
                more = reached.insert(p.to).second || more;
    }
    return reached.count(population) > 0;
}

// Why a surrogate's derivatives do not pass through its spikes (docs/model.md, M18).
std::string why_no_surrogate(const task::Task& task, const task::Measure& m) {
    if (m.kind != MeasureKind::rate || !m.tau || m.as.as != "relative")
        return "a network that spikes, and no rate with tau and as = \"relative\"";
    for (const task::Population& p : task.populations)
        if (p.kind == task::PopulationKind::lif && p.model != task::NeuronModel::vogels_2011)
            return fmt::format("the model of [population.{}]", p.name);
    for (const task::Projection& p : task.projections) {
        const task::Population* const from = find_population(task, p.from);
        if (from && from->kind == task::PopulationKind::lif)
            return fmt::format("[projection.{}] from neurons", p.name);
        if (p.connect.pattern != task::Pattern::all)
            return fmt::format("the sparse synapses of [projection.{}]", p.name);
        const std::vector<const task::Rule*> rules = rules_of(task, p);
        for (const task::Rule* const rule : rules)
            if (rules.size() > 1 || !factors_of(*rule, p).empty() || third_factor(*rule, p) ||
                rule->eligibility || !rule->when.empty())
                return fmt::format("the words of [rule.{}], which are for CMA-ES", rule->name);
    }
    return "";
}

} // namespace

bool spikes_in(const task::Task& task) {
    return std::any_of(task.populations.begin(), task.populations.end(),
                       [&](const auto& p) { return is_of_spikes(task, p); });
}

std::string why_no_derivatives(const task::Task& task, const task::Measure& m) {
    if (spikes_in(task))
        if (const std::string why = why_no_surrogate(task, m); !why.empty())
            return why;
    if (!has_differentiable_kind(m))
        return fmt::format("kind = \"{}\"", task::word_of(m.kind));
    if (m.as.as == "ramp" || m.as.as == "r2" || m.as.as == "accuracy")
        return fmt::format("as = \"{}\"", m.as.as);
    for (const task::Rule& rule : task.rules)
        for (const task::Factor& factor : rule.factors.of)
            if (kind_of_factor(factor) == FactorKind::presynaptic)
                return fmt::format("the factor x of [rule.{}] is a residual", rule.name);
    for (const task::Phase& phase : task.phases)
        if (phase.reset == task::Reset::weights)
            return fmt::format("[phase.{}] resets the weights", phase.name);
    for (const task::Projection& p : task.projections)
        if (!rules_of(task, p).empty() &&
            is_set_by_a_phase(task, "projection." + p.name + ".weights"))
            return fmt::format("a phase sets the weights of [projection.{}], which has a rule",
                               p.name);
    const task::Projection* const measured = measured_projection(task, m);
    if (measured && rules_of(task, *measured).empty())
        return fmt::format("[projection.{}] has no rule", m.of.of[0]);
    if (m.kind == MeasureKind::weights && m.as.as != "squared")
        return fmt::format("as = \"{}\" of weights", m.as.as);
    if ((m.kind == MeasureKind::value || m.kind == MeasureKind::likelihood) &&
        depends_on_rules(task, source_population(task, m.to)))
        return fmt::format("{}, which it is compared with, changes with the rules", m.to);
    return "";
}

bool can_differentiate(const task::Task& task, const task::Measure& m) {
    return why_no_derivatives(task, m).empty();
}

} // namespace carve::cli
