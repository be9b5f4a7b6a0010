#include "reading.hpp"

#include "rule_terms.hpp"
#include "spike_terms.hpp"
#include "suggest.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {

using task::kInfinity;

void Reading::unsupported(const Place& place, const std::string& what, const std::string& help) {
    met_unknown_ = true;
    faults_.add(place, what + " cannot be simulated yet", help);
}

void Reading::unless(bool supported, const Place& place, const std::string& what,
                     const std::string& help) {
    if (!supported)
        unsupported(place, what, help);
}

Place Reading::place_of(const std::string& path, const Place& table) const {
    const auto at = from_.places.find(path);
    return at != from_.places.end() ? at->second
           : table.file.empty()     ? Place{from_.file, 0, 0}
                                    : table;
}

const task::Rule* Reading::rule_of(const task::Projection& p) const {
    const std::string name = p.rule && !p.rule->of.empty() ? p.rule->of[0] : p.name;
    for (const task::Rule& r : from_.rules)
        if (r.name == name)
            return &r;
    return nullptr;
}

std::uint64_t Reading::steps(double duration, double dt) {
    const double exact = duration / dt, rounded = std::floor(exact + 0.5);
    constexpr double kMost = 1e12;
    if (!(std::abs(exact - rounded) <= 1e-6 * rounded && rounded >= 1 && rounded <= kMost)) {
        faults_.add(place_of("simulation.duration"),
                    fmt::format("simulation.duration = {} is no whole number of steps of {}",
                                duration, dt));
        return 1;
    }
    return static_cast<std::uint64_t>(rounded);
}

void Reading::rule(const task::Projection& p, const std::string& name, Task& to) {
    const task::Rule* const r = rule_of(p);
    RuleSettings out = default_rule(name);
    out.w_min = p.w_min.value_or(-kInfinity);
    out.w_max = p.w_max.value_or(kInfinity);
    unless(!p.rule || p.rule->of.size() == 1, place_of("projection." + p.name + ".rule"),
           "several rules of a projection");
    if (!r) {
        faults_.add(p.place, fmt::format("[projection.{}] has no rule to search for", p.name),
                    fmt::format("[rule.{}]", p.name));
        to.rules.push_back(out);
        return;
    }
    const bool spikes = name == "inhibitory";
    std::vector<std::string> keys = {"kind", "terms", "eta", "theta", "spread", "reference"};
    for (const char* key : spikes ? std::vector<const char*>{"tau", "coincidence"}
                                  : std::vector<const char*>{"factors"})
        keys.push_back(key);
    reads(task::schema<task::Rule>(), "rule." + r->name, *r, keys);
    unless(r->kind == task::RuleKind::polynomial, place_of("rule." + r->name + ".kind", r->place),
           fmt::format("[rule.{}] of kind = \"mlp\"", r->name));
    out.eta = r->eta;
    out.spread = r->spread;
    out.reference = reference(*r, spikes);
    const Place place = place_of("rule." + r->name + ".terms", r->place);
    const bool own = std::all_of(r->factors.of.begin(), r->factors.of.end(),
                                 [](const task::Factor& f) { return f.name == "x"; });
    if (own) // the words of others are not known here
        out.terms = spikes ? spike_terms_of(*r, place, faults_) : rate_terms_of(*r, place, faults_);
    if (spikes && r->coincidence == task::Coincidence::blind)
        to.cell.neuron = Neuron::auryn_tif;
    start(*r, spikes, out);
    to.rules.push_back(out);
}

std::string Reading::reference(const task::Rule& r, bool spikes) {
    std::vector<std::string> known;
    for (const Preset& preset : presets()) {
        const bool alone = preset.lateral.empty() && preset.presynaptic.empty();
        if (!preset.terms.empty() && alone && (preset.terms[0].spike != 0) == spikes)
            known.push_back(preset.name);
    }
    const bool good =
        r.reference.empty() || std::find(known.begin(), known.end(), r.reference) != known.end();
    if (!good && find_preset(r.reference))
        faults_.add(place_of("rule." + r.name + ".reference", r.place),
                    fmt::format("rule.{}.reference = {}: no angle can be measured to this preset",
                                r.name, toml_text(r.reference)),
                    fmt::format("one of {}", fmt::join(known, ", ")));
    else if (!good)
        faults_.add(
            place_of("rule." + r.name + ".reference", r.place),
            fmt::format("rule.{}.reference = {}: there is no preset of that name for {}", r.name,
                        toml_text(r.reference), spikes ? "spikes" : "rates"),
            did_you_mean(r.reference, known, fmt::format("there are {}", fmt::join(known, ", "))));
    return r.reference;
}

void Reading::start(const task::Rule& r, bool spikes, RuleSettings& out) {
    const auto* theta = r.theta.all ? &*r.theta.all : nullptr;
    const auto* normal = theta ? std::get_if<task::Normal>(&theta->from) : nullptr;
    const bool zero = theta && is_number(*theta) && number(*theta) == 0;
    unless((zero || (normal && normal->mean == 0)) && !theta->shared && !theta->redraw,
           place_of("rule." + r.name + ".theta", r.place),
           fmt::format("this theta of [rule.{}]", r.name), "theta = 0 or { sd, range }");
    out.theta_sd = normal ? normal->sd : 0;
    if (theta) {
        out.theta_min = theta->range.low;
        out.theta_max = theta->range.high;
    }
    if (!spikes || (!r.tau.all && r.tau.named.empty()))
        return;
    const auto* tau = r.tau.all ? &*r.tau.all : nullptr;
    const auto* mean = tau ? std::get_if<task::Normal>(&tau->from) : nullptr;
    unless((tau && is_number(*tau)) || (mean && mean->sd == 0), r.place,
           fmt::format("this tau of [rule.{}]", r.name), "a number, or { mean, range }");
    if (!tau)
        return;
    out.tau_start = is_number(*tau) ? number(*tau) : mean ? mean->mean : out.tau_start;
    out.tau_min = std::max(tau->range.low, 0.0);
    out.tau_max = tau->range.high;
}

} // namespace carve::cli
