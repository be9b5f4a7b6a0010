// The keys of [rule.NAME].
#include "sections.hpp"

#include "settings_access.hpp"
#include "spike_terms.hpp"

#include <fmt/format.h>
#include <optional>

namespace carve::cli::old {
namespace {

Setting terms() {
    Setting s;
    s.key = "terms";
    s.type = Type::texts;
    s.help = "terms of the rule, monomials like \"x y\", \"y^2 w\", \"1\"; orders up to 3";
    s.get = [](const void* object) -> SettingValue {
        Texts names;
        for (const Term& term : static_cast<const RuleSettings*>(object)->terms)
            names.push_back(monomial(term));
        return names;
    };
    s.set = [](void* object, const SettingValue& value) {
        std::uint64_t mask = 0; // unique and in order, whatever the text says
        for (const std::string& name : std::get<Texts>(value))
            mask |= term_mask({*parse_monomial(name)});
        auto& chosen = static_cast<RuleSettings*>(object)->terms;
        chosen.clear();
        for (const Term& term : terms_up_to(3))
            if (term_mask({term}) & mask)
                chosen.push_back(term);
    };
    s.fault = [](const SettingValue& value) -> std::string {
        const auto& names = std::get<Texts>(value);
        for (const std::string& name : names)
            if (!parse_monomial(name))
                return fmt::format(
                    "'{}' is not a monomial of x, y and w with orders up to 3, like \"x^2 y w\"",
                    name);
        return names.empty() ? "needs at least one term" : "";
    };
    return s;
}

Setting spike_terms_setting() {
    Setting s = terms();
    s.help = "coefficients of the rule; a time constant is searched for by its logarithm";
    s.set = [](void* object, const SettingValue& value) {
        std::uint64_t mask = 0;
        for (const std::string& name : std::get<Texts>(value))
            mask |= parse_spike_term(name)->spike;
        auto& chosen = static_cast<RuleSettings*>(object)->terms;
        chosen.clear();
        for (const Term& term : spike_terms())
            if (term.spike & mask)
                chosen.push_back(term);
    };
    s.fault = [](const SettingValue& value) -> std::string {
        const auto& names = std::get<Texts>(value);
        bool acts = false;
        std::vector<Term> terms;
        for (const std::string& name : names) {
            const std::optional<Term> term = parse_spike_term(name);
            if (!term)
                return fmt::format("'{}' is no coefficient of a rule for spikes, like \"alpha\"",
                                   name);
            acts = acts || !is_time_constant(*term);
            terms.push_back(*term);
        }
        return acts ? time_constant_fault(terms)
                    : "needs at least one term that is not a time constant";
    };
    return s;
}

Setting reference(bool of_spikes) {
    Setting s = text<&RuleSettings::reference>(
        "reference", of_spikes ? "preset that angles are measured to; time constants do not count"
                               : "preset that angles are measured to");
    s.choices.push_back("");
    for (const Preset& preset : presets()) {
        const bool alone = preset.lateral.empty() && preset.presynaptic.empty();
        if (!preset.terms.empty() && alone && (preset.terms[0].spike != 0) == of_spikes)
            s.choices.push_back(preset.name);
    }
    return s;
}

} // namespace

Section rule_settings(const char* name, const char* help) {
    return {name,
            help,
            {
                real<&RuleSettings::eta>("eta", {0, 1e3, true}, "learning rate"),
                terms(),
                real<&RuleSettings::theta_sd>("theta_sd", {0, 1e3},
                                              "standard deviation of the initial coefficients"),
                real<&RuleSettings::spread>("spread", {0, 1e6, true},
                                            "CMA-ES: initial standard deviation of the "
                                            "coefficients, in units of search.sigma"),
                real<&RuleSettings::theta_min>("theta_min", {-kInf, kInf},
                                               "CMA-ES: lower bound of the coefficients"),
                real<&RuleSettings::theta_max>("theta_max", {-kInf, kInf},
                                               "CMA-ES: upper bound of the coefficients"),
                real<&RuleSettings::w_min>("w_min", {-kInf, kInf},
                                           "lower bound of the weights, initial ones included"),
                real<&RuleSettings::w_max>("w_max", {-kInf, kInf},
                                           "upper bound of the weights, initial ones included"),
                reference(false),
            }};
}

Section spike_rule_settings() {
    return {
        "rule.inhibitory",
        "with input.kind = \"spikes\": dw = eta (alpha + kappa y) at a presynaptic spike, dw = eta "
        "(beta + gamma x) at a postsynaptic one, x and y traces of the spikes before",
        {
            real<&RuleSettings::eta>("eta", {0, 1e3, true}, "learning rate"),
            spike_terms_setting(),
            real<&RuleSettings::tau_start>("tau_start", {0, 1e3, true, "s"},
                                           "initial time constants"),
            real<&RuleSettings::theta_sd>("theta_sd", {0, 1e3},
                                          "standard deviation of the initial coefficients, about 0 "
                                          "or the logarithm of tau_start"),
            real<&RuleSettings::spread>("spread", {0, 1e6, true},
                                        "CMA-ES: initial standard deviation of the "
                                        "coefficients, in units of search.sigma"),
            real<&RuleSettings::tau_min>("tau_min", {0, 1e3, false, "s"},
                                         "CMA-ES: lower bound of the time constants"),
            real<&RuleSettings::tau_max>("tau_max", {-kInf, kInf, false, "s"},
                                         "CMA-ES: upper bound of the time constants"),
            real<&RuleSettings::theta_min>("theta_min", {-kInf, kInf},
                                           "CMA-ES: lower bound of the other coefficients"),
            real<&RuleSettings::theta_max>("theta_max", {-kInf, kInf},
                                           "CMA-ES: upper bound of the other coefficients"),
            real<&RuleSettings::w_min>("w_min", {-kInf, kInf},
                                       "lower bound of the weights, initial ones included"),
            real<&RuleSettings::w_max>("w_max", {-kInf, kInf},
                                       "upper bound of the weights, initial ones included"),
            reference(true),
        }};
}

} // namespace carve::cli::old
