#include "task_terms.hpp"

namespace carve::cli {

std::vector<TaskTerm> task_terms(const Task& task) {
    std::vector<TaskTerm> terms;
    for (const RuleSettings& rule : task.rules)
        for (const Term& term : rule.terms)
            terms.push_back({rule.name, term});
    return terms;
}

bool names_reference(const Task& task) { return !reference_names(task).empty(); }

std::string reference_names(const Task& task) {
    std::string out;
    for (const RuleSettings& rule : task.rules)
        if (!rule.reference.empty())
            out += (out.empty() ? "" : ", ") + rule.reference;
    return out;
}

} // namespace carve::cli
