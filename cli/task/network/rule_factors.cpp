#include "rule_factors.hpp"

#include <algorithm>

namespace carve::cli {

std::optional<FactorKind> kind_of_factor(const task::Factor& factor) {
    if (factor.of == "residual" || factor.of == "residual_below")
        return factor.name == "x" && !factor.tau ? std::optional(FactorKind::presynaptic)
                                                 : std::nullopt;
    if (factor.of == "x")
        return factor.tau && factor.power == 1 ? std::optional(FactorKind::pre_mean) : std::nullopt;
    if (factor.of == "y") {
        if (!factor.tau || factor.power > 2)
            return std::nullopt;
        return factor.power == 1 ? FactorKind::post_mean : FactorKind::post_square;
    }
    if (factor.of == "w")
        return factor.sum == "incoming" && factor.power == 1 && !factor.tau
                   ? std::optional(FactorKind::weight_sum)
                   : std::nullopt;
    return factor.power == 1 && factor.sum.empty() && !factor.tau
               ? std::optional(FactorKind::modulator)
               : std::nullopt;
}

std::vector<task::Factor> factors_of(const task::Rule& rule, const task::Projection& use) {
    std::vector<task::Factor> factors = rule.factors.of;
    for (const task::Factor& bound : use.factors.of) {
        const auto same = std::find_if(factors.begin(), factors.end(),
                                       [&](const auto& f) { return f.name == bound.name; });
        if (same == factors.end())
            factors.push_back(bound);
        else
            *same = bound;
    }
    return factors;
}

std::vector<const task::Rule*> rules_of(const task::Task& task,
                                        const task::Projection& projection) {
    std::vector<std::string> names{projection.name};
    if (projection.rule)
        names = projection.rule->of;
    std::vector<const task::Rule*> rules;
    for (const std::string& name : names)
        for (const task::Rule& rule : task.rules)
            if (rule.name == name)
                rules.push_back(&rule);
    return rules;
}

const task::Projection* first_use(const task::Task& task, const task::Rule& rule) {
    for (const task::Projection& projection : task.projections) {
        const std::vector<const task::Rule*> rules = rules_of(task, projection);
        if (std::find(rules.begin(), rules.end(), &rule) != rules.end())
            return &projection;
    }
    return nullptr;
}

std::optional<ThirdFactor> third_factor(const task::Rule& rule, const task::Projection& use) {
    if (rule.modulator)
        return ThirdFactor{*rule.modulator, true};
    for (const task::Factor& factor : factors_of(rule, use))
        if (kind_of_factor(factor) == FactorKind::modulator)
            return ThirdFactor{factor, false};
    return std::nullopt;
}

const task::Population* find_population(const task::Task& task, const std::string& name) {
    for (const task::Population& population : task.populations)
        if (population.name == name)
            return &population;
    return nullptr;
}

std::string population_of(const task::Task& task, const std::string& source) {
    const std::string prefix = "population.";
    const bool full = source.rfind(prefix, 0) == 0;
    const std::string name = full ? source.substr(prefix.size()) : source;
    const std::string first = name.substr(0, name.find('.'));
    const bool column = !full && std::any_of(task.data.begin(), task.data.end(),
                                             [&](const auto& d) { return d.name == first; });
    // A population of the same name as a table of data is meant where only a population can be.
    if (column && (source != first || !find_population(task, first)))
        return "";
    return find_population(task, first) ? first : "";
}

std::string source_population(const task::Task& task, const std::string& source) {
    const std::string table = source.substr(0, source.find('.'));
    const bool column = std::any_of(task.data.begin(), task.data.end(),
                                    [&](const auto& d) { return d.name == table; });
    return column ? "" : population_of(task, source);
}

bool gives_spikes(const task::Task& task, const std::string& column) {
    return std::any_of(task.data.begin(), task.data.end(), [&](const task::Data& d) {
        return d.kind == task::DataKind::spikes && d.name == column.substr(0, column.find('.'));
    });
}

bool is_of_spikes(const task::Task& task, const task::Population& population) {
    if (population.kind == task::PopulationKind::input)
        return gives_spikes(task, population.data);
    return population.kind == task::PopulationKind::poisson ||
           population.kind == task::PopulationKind::lif;
}

bool is_of_spikes(const task::Task& task, const task::Projection& projection) {
    const task::Population* const from =
        find_population(task, population_of(task, projection.from));
    return from && is_of_spikes(task, *from);
}

} // namespace carve::cli
