#include "task_terms.hpp"

#include "exp_log.hpp"

namespace carve::cli {

std::vector<TaskTerm> task_terms(const Task& task) {
    std::vector<TaskTerm> terms;
    for (const RuleSettings& rule : task.rules)
        for (const Term& term : rule.terms)
            terms.push_back({rule.name, term});
    return terms;
}

std::vector<std::string> coefficient_names(const Task& task) {
    std::vector<std::string> names;
    for (const TaskTerm& t : task_terms(task))
        names.push_back((task.rules.size() > 1 ? t.projection + ": " : "") + monomial(t.term));
    return names;
}

std::vector<Term> all_terms(const RuleSettings& rule) {
    std::vector<Term> terms = rule.terms;
    for (Term term : rule.fixed) {
        term.theta = is_time_constant(term) ? log_of(term.theta) : term.theta;
        terms.push_back(term);
    }
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
