#include "rule_starts.hpp"

#include "rule_terms.hpp"
#include "suggest.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

// "y x" names the term "x y", too; "pre: y1" what a rule for spikes calls kappa.
bool is_name_of(const std::string& name, const Term& term) {
    std::vector<std::string> a = words_of(name), b = words_of(monomial(term));
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    return a == b || (term.spike && spike_product(term) == name);
}

// A name that is none of a coefficient may be meant for a part of a distribution.
std::vector<std::string> draws_and(std::vector<std::string> names) {
    for (const char* part : {"mean", "sd", "uniform", "log_uniform", "choice", "range"})
        names.emplace_back(part);
    return names;
}

class Starts {
  public:
    Starts(const task::Task& described, const task::Rule& rule, RuleSettings& out, Faults& faults)
        : task_(described), rule_(rule), out_(out), faults_(faults) {}

    void read(const std::vector<task::Draw>& taus) {
        const std::vector<Term> all = std::move(out_.terms);
        check_names(all);
        const task::Draw usual = rule_.theta.all.value_or(task::Draw{0.0});
        out_.terms.clear();
        for (std::size_t k = 0; k < all.size(); ++k) {
            task::Draw start = k < taus.size() ? taus[k] : usual;
            for (const task::Coefficient& c : rule_.theta.named)
                if (is_name_of(c.name, all[k]))
                    start = c.start;
            if (is_fixed(all[k]))
                fix(all[k], start);
            else {
                out_.terms.push_back(all[k]);
                out_.starts.push_back(start);
            }
        }
        if (out_.terms.empty() && faults_.empty())
            faults_.add(rule_.place,
                        fmt::format("[rule.{}] has no coefficient to search for", rule_.name));
    }

  private:
    Place place(const char* key) const {
        const auto at = task_.places.find("rule." + rule_.name + "." + key);
        return at == task_.places.end() ? rule_.place : at->second;
    }

    bool is_fixed(const Term& term) const {
        return std::any_of(rule_.fixed.of.begin(), rule_.fixed.of.end(),
                           [&](const std::string& name) { return is_name_of(name, term); });
    }

    void fix(Term term, const task::Draw& start) {
        const double* const value = std::get_if<double>(&start.from);
        if (!value)
            faults_.add(place("fixed"),
                        fmt::format("rule.{}.fixed: \"{}\" starts from a distribution", rule_.name,
                                    monomial(term)),
                        "give it a number in theta, or in the tau of its factor");
        term.theta = value ? *value : 0; // of a time constant: not its logarithm
        out_.fixed.push_back(term);
    }

    void check_names(const std::vector<Term>& all) {
        std::vector<std::string> known;
        for (const Term& term : all)
            known.push_back(monomial(term));
        const auto check = [&](const std::string& name, const char* key) {
            if (std::none_of(all.begin(), all.end(),
                             [&](const Term& t) { return is_name_of(name, t); }))
                faults_.add(place(key),
                            fmt::format("rule.{}.{}: there is no coefficient \"{}\"", rule_.name,
                                        key, name),
                            did_you_mean(name, draws_and(known),
                                         fmt::format("there are: {}", fmt::join(known, ", "))));
        };
        for (const task::Coefficient& c : rule_.theta.named)
            check(c.name, "theta");
        for (const std::string& name : rule_.fixed.of)
            check(name, "fixed");
    }

    const task::Task& task_;
    const task::Rule& rule_;
    RuleSettings& out_;
    Faults& faults_;
};

} // namespace

void read_starts(const task::Task& described, const task::Rule& rule,
                 const std::vector<task::Draw>& taus, RuleSettings& out, Faults& faults) {
    Starts(described, rule, out, faults).read(taus);
}

} // namespace carve::cli
