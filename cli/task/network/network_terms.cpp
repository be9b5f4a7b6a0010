#include "network_terms.hpp"

#include "rule_factors.hpp"
#include "rule_starts.hpp"
#include "rule_terms.hpp"
#include "schedule.hpp"
#include "spike_terms.hpp"
#include "suggest.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <tuple>

namespace carve::cli {
namespace {

constexpr unsigned kMostPower = 3, kMostModulator = 2;

// The order in which the kernel wants terms.
auto key_of(const carve_term& t) {
    return std::make_tuple(t.event, t.modulator, t.pre, t.post, t.pre2, t.post2, t.weight,
                           t.pre_mean, t.post_mean, t.post_square, t.weight_sum);
}

class Terms {
  public:
    Terms(const task::Task& task, const task::Rule& rule, const task::Projection& use,
          RuleSettings& out, Faults& faults)
        : task_(task), rule_(rule), out_(out), faults_(faults), factors_(factors_of(rule, use)),
          spikes_(is_of_spikes(task, use)) {}

    void read() {
        if (!check_factors())
            return;
        if (rule_.kind == task::RuleKind::mlp)
            network();
        else if (!rule_.terms.products.empty()) {
            for (const std::string& text : rule_.terms.products)
                product(text);
        } else if (spikes_) {
            for (const Term& term : spike_terms_of(rule_, place("terms"), faults_))
                if (!is_time_constant(term))
                    add(kernel_terms({term})[0], term);
        } else
            powers();
        sort();
        time_constants();
        read_starts(task_, rule_, taus_, out_, faults_);
    }

  private:
    Place place(const char* key) const {
        const auto at = task_.places.find("rule." + rule_.name + "." + key);
        return at == task_.places.end() ? rule_.place : at->second;
    }
    void refuse(const std::string& what, const std::string& help = {}) {
        faults_.add(place("terms"), fmt::format("rule.{}.terms: {}", rule_.name, what), help);
    }

    // Of factors, at spikes of those that the event has.
    std::vector<std::string> names(std::uint8_t event = CARVE_EVENT_STEP) const {
        std::vector<std::string> names = {"x", "y", "w"};
        if (spikes_)
            names = event == CARVE_EVENT_PRE ? std::vector<std::string>{"y1", "x2", "w"}
                                             : std::vector<std::string>{"x1", "y2", "w"};
        for (const FactorKind kind :
             {FactorKind::modulator, FactorKind::pre_mean, FactorKind::post_mean,
              FactorKind::post_square, FactorKind::weight_sum}) // the kernel's order
            for (const task::Factor& factor : factors_)
                if (kind_of_factor(factor) == kind)
                    names.push_back(factor.name);
        return names;
    }

    bool check_factors() {
        int modulators = rule_.modulator ? 1 : 0;
        bool good = true;
        for (const task::Factor& factor : factors_) {
            const std::optional<FactorKind> kind = kind_of_factor(factor);
            const bool third = kind == FactorKind::modulator;
            const bool sum = kind == FactorKind::weight_sum;
            const bool allowed = kind && (!spikes_ || third || sum) && is_plain(factor) &&
                                 (third || !factor.minus) && (sum || factor.sum.empty());
            if (!allowed)
                faults_.add(place("factors"),
                            fmt::format("the factor '{}' of [rule.{}] cannot be simulated yet",
                                        factor.name, rule_.name),
                            spikes_
                                ? "at spikes: a population, a data column, or { of = \"w\", "
                                  "sum = \"incoming\" }"
                                : "a population, a data column, { of = \"x\", \"y\" or \"y^2\", "
                                  "tau }, or { of = \"w\", sum = \"incoming\" }");
            if (factor.name == "eligibility" && rule_.eligibility)
                faults_.add(place("factors"),
                            fmt::format("rule.{}.factors: \"eligibility\" is the name of its trace",
                                        rule_.name),
                            "another name");
            check_minus(factor, "factors");
            modulators += kind == FactorKind::modulator;
            good = good && allowed;
        }
        if (rule_.modulator)
            check_minus(*rule_.modulator, "modulator");
        if (rule_.modulator && !(is_plain(*rule_.modulator) && rule_.modulator->sum.empty() &&
                                 kind_of_factor(*rule_.modulator) == FactorKind::modulator)) {
            faults_.add(
                place("modulator"),
                fmt::format("this modulator of [rule.{}] cannot be simulated yet", rule_.name),
                "a population or a data column, with minus = { last } or { tau }");
            good = false;
        }
        if (modulators > 1)
            faults_.add(
                place("factors"),
                fmt::format("[rule.{}] has {} factors that are populations or data; one can "
                            "be simulated",
                            rule_.name, modulators),
                "add them up in a population, or use several rules");
        return good && modulators <= 1;
    }

    // No part of it but tau, sum and minus, and no group of a population.
    bool is_plain(const task::Factor& factor) const {
        const std::string population = source_population(task_, factor.of);
        return factor.scale == 1 && factor.at.empty() && factor.mean.empty() &&
               (population.empty() || factor.of == population ||
                factor.of == "population." + population);
    }

    void check_minus(const task::Factor& factor, const char* key) {
        if (factor.minus && factor.minus->tau)
            whole_steps(task_, *factor.minus->tau, place(key),
                        fmt::format("minus.tau of rule.{}", rule_.name), faults_);
    }

    // Multiplies the term by a word; false if it knows none.
    bool multiply(carve_term& t, const Word& word) const {
        const auto raise = [&](std::uint8_t& power, unsigned most) {
            power = static_cast<std::uint8_t>(power + word.power);
            return power <= most && word.power > 0;
        };
        if (word.base == "w")
            return raise(t.weight, spikes_ ? 2 : kMostPower);
        if (!spikes_ && word.base == "x")
            return raise(t.pre, kMostPower);
        if (!spikes_ && word.base == "y")
            return raise(t.post, kMostPower);
        if (spikes_ && word.base == (t.event == CARVE_EVENT_PRE ? "y1" : "x1"))
            return raise(t.event == CARVE_EVENT_PRE ? t.post : t.pre, 1);
        if (spikes_ && word.base == (t.event == CARVE_EVENT_PRE ? "x2" : "y2"))
            return raise(t.event == CARVE_EVENT_PRE ? t.pre2 : t.post2, 1);
        for (const task::Factor& factor : factors_)
            if (factor.name == word.base)
                switch (*kind_of_factor(factor)) {
                case FactorKind::modulator:
                    return raise(t.modulator, kMostModulator);
                case FactorKind::pre_mean:
                    return raise(t.pre_mean, kMostPower);
                case FactorKind::post_mean:
                    return raise(t.post_mean, kMostPower);
                case FactorKind::post_square:
                    return raise(t.post_square, kMostPower);
                case FactorKind::weight_sum:
                    return raise(t.weight_sum, spikes_ ? 2 : kMostPower);
                case FactorKind::presynaptic:
                    return false;
                }
        return false;
    }

    void product(const std::string& text) {
        carve_term t{};
        std::string rest = text;
        if (spikes_) {
            const std::size_t colon = text.find(':');
            const std::vector<std::string> head = words_of(text.substr(0, colon));
            if (colon == std::string::npos || head.size() != 1 ||
                (head[0] != "pre" && head[0] != "post"))
                return refuse(fmt::format("\"{}\" does not say at which spike it acts", text),
                              "for example \"pre: y1\" or \"post: x1 y2\"");
            t.event = head[0] == "pre" ? CARVE_EVENT_PRE : CARVE_EVENT_POST;
            rest = text.substr(colon + 1);
        }
        std::vector<std::string> words = words_of(rest);
        if (const std::optional<Term> compact = spikes_ ? std::nullopt : parse_monomial(text))
            words = words_of(monomial(*compact)); // "xy²"
        for (const std::string& word : words)
            if (word != "1" && !multiply(t, word_of_product(word)))
                return refuse_word(fmt::format("\"{}\": ", text), word, names(t.event));
        if (words.empty())
            return refuse(fmt::format("\"{}\" has no factors", text), "\"1\" is a constant");
        add(t, plain(t), text);
    }

    // A factor that there is not, or not to this power.
    void refuse_word(const std::string& where, const std::string& word,
                     const std::vector<std::string>& known) {
        const std::string base = word_of_product(word).base;
        if (std::count(known.begin(), known.end(), base) > 0)
            return refuse(fmt::format("{}there is no {}, or not beside the others", where, word),
                          spikes_ ? "traces have no powers, w and others to 2"
                                  : "powers are up to 3, of a third factor up to 2");
        refuse(fmt::format("{}there is no factor \"{}\"", where, word),
               did_you_mean(base, known,
                            fmt::format("factors are {}, separated by blanks, powers written x^2",
                                        fmt::join(known, ", "))));
    }

    void powers() {
        if (!rule_.terms.preset.empty())
            return refuse(
                fmt::format("\"{}\" is no preset of terms between rates", rule_.terms.preset),
                "a list of products, or powers: { x = 2, y = 2, w = 2 }");
        std::vector<task::Power> most = rule_.terms.powers;
        if (most.empty())
            most = {{"x", 2}, {"y", 2}, {"w", 2}};
        std::vector<carve_term> all{carve_term{}};
        for (const task::Power& power : most) {
            std::vector<carve_term> next;
            for (const carve_term& t : all)
                for (unsigned k = 0; k <= power.highest; ++k) {
                    carve_term more = t;
                    if (k > 0 && !multiply(more, {power.factor, k}))
                        return refuse_word(
                            "", k == 1 ? power.factor : fmt::format("{}^{}", power.factor, k),
                            names());
                    next.push_back(more);
                }
            all = std::move(next);
        }
        for (const carve_term& t : all)
            add(t, plain(t));
    }

    // Of the same term without other factors.
    Term plain(const carve_term& t) const {
        Term term;
        if (!spikes_) {
            term.x = t.pre;
            term.y = t.post;
            term.w = t.weight;
        } else
            term.spike = t.event == CARVE_EVENT_PRE ? at_pre(t.post, t.pre2, t.weight)
                                                    : at_post(t.pre, t.post2, t.weight);
        return term;
    }

    void add(const carve_term& t, Term term, const std::string& text = {}) {
        const bool other =
            t.modulator || t.pre_mean || t.post_mean || t.post_square || t.weight_sum;
        bits_ |= spikes_ ? term.spike : 0;
        if (other) {
            term = Term{};
            term.name = name_of(t);
            term.factors = t;
        }
        for (const auto& known : found_)
            if (key_of(known.first) == key_of(t))
                return refuse(
                    fmt::format("\"{}\" is listed twice", text.empty() ? monomial(term) : text));
        found_.emplace_back(t, term);
    }

    // In one order of factors, whatever the text's.
    std::string name_of(const carve_term& t) const {
        std::string out;
        const auto put = [&](const std::string& name, unsigned power) {
            if (power > 0)
                out += (out.empty() ? "" : " ") +
                       (power == 1 ? name : fmt::format("{}^{}", name, power));
        };
        const bool pre = t.event == CARVE_EVENT_PRE;
        put(spikes_ ? "x1" : "x", spikes_ && pre ? 0 : t.pre);
        put(spikes_ ? "y1" : "y", spikes_ && !pre ? 0 : t.post);
        put("x2", t.pre2);
        put("y2", t.post2);
        put("w", t.weight);
        for (const task::Factor& factor : factors_) {
            const FactorKind kind = *kind_of_factor(factor);
            put(factor.name, kind == FactorKind::modulator     ? t.modulator
                             : kind == FactorKind::pre_mean    ? t.pre_mean
                             : kind == FactorKind::post_mean   ? t.post_mean
                             : kind == FactorKind::post_square ? t.post_square
                             : kind == FactorKind::weight_sum  ? t.weight_sum
                                                               : 0u);
        }
        return (spikes_ ? (pre ? "pre: " : "post: ") : std::string()) + (out.empty() ? "1" : out);
    }

    void sort() {
        std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) {
            return key_of(a.first) < key_of(b.first);
        });
    }

    void time_constant(const std::string& name, Meaning meaning, double start) {
        Term term;
        term.name = name;
        term.meaning = meaning;
        out_.terms.push_back(term);
        taus_.push_back(task::Draw{start});
    }

    // Before the products; those of traces in the kernel's order.
    void time_constants() {
        const std::uint64_t needed = time_constants_of(bits_);
        for (const Term& term : spike_terms())
            if (term.spike & needed) {
                out_.terms.push_back(term);
                taus_.push_back(tau_of_spikes(monomial(term)));
            }
        const double dt = spikes_ ? 1 : task_.simulation.dt.value_or(1);
        const auto mean = [&](FactorKind kind, Meaning meaning, std::uint8_t carve_term::*power) {
            const bool read = std::any_of(found_.begin(), found_.end(),
                                          [&](const auto& f) { return f.first.*power > 0; });
            for (const task::Factor& factor : factors_)
                if ((read || reads(factor)) && kind_of_factor(factor) == kind)
                    time_constant("tau_" + factor.name, meaning, *factor.tau / dt);
        };
        mean(FactorKind::pre_mean, Meaning::pre_mean_tau, &carve_term::pre_mean);
        mean(FactorKind::post_mean, Meaning::post_mean_tau, &carve_term::post_mean);
        mean(FactorKind::post_square, Meaning::post_square_tau, &carve_term::post_square);
        if (rule_.eligibility)
            time_constant("tau_eligibility", Meaning::eligibility_tau, *rule_.eligibility / dt);
        for (const auto& found : found_)
            out_.terms.push_back(found.second);
    }

    // Of an MLP.
    bool reads(const task::Factor& factor) const {
        return rule_.kind == task::RuleKind::mlp &&
               std::count(rule_.inputs.begin(), rule_.inputs.end(), factor.name) > 0;
    }

    task::Draw tau_of_spikes(const std::string& name) const {
        for (const task::Coefficient& c : rule_.tau.named)
            if (c.name == name)
                return c.start;
        return rule_.tau.all.value_or(task::Draw{0.02});
    }

    // u [hidden][input], b [hidden], v [hidden], c.
    void network() {
        if (spikes_ || rule_.hidden.size() != 1) {
            faults_.add(
                place("hidden"),
                fmt::format("[rule.{}] of kind = \"mlp\" cannot be simulated yet", rule_.name),
                "between rates, with one hidden layer: hidden = [10]");
            return;
        }
        std::vector<std::string> inputs;
        for (const std::string& name : names())
            if (std::count(rule_.inputs.begin(), rule_.inputs.end(), name) > 0)
                inputs.push_back(name);
        for (const std::string& name : rule_.inputs)
            if (std::count(inputs.begin(), inputs.end(), name) == 0)
                faults_.add(
                    place("inputs"),
                    fmt::format("rule.{}.inputs: there is no factor \"{}\"", rule_.name, name),
                    did_you_mean(name, names()));
        const auto add_weight = [&](const std::string& name) {
            Term term;
            term.name = name;
            term.meaning = Meaning::network;
            found_.emplace_back(carve_term{}, term);
        };
        const std::uint64_t n = rule_.hidden[0];
        for (std::uint64_t h = 0; h < n; ++h)
            for (const std::string& input : inputs)
                add_weight(fmt::format("u{}_{}", h, input));
        for (const char* layer : {"b", "v"})
            for (std::uint64_t h = 0; h < n; ++h)
                add_weight(fmt::format("{}{}", layer, h));
        add_weight("c");
    }

    const task::Task& task_;
    const task::Rule& rule_;
    RuleSettings& out_;
    Faults& faults_;
    std::vector<task::Factor> factors_;
    bool spikes_;
    std::uint64_t bits_ = 0; // of terms at spikes, without other factors
    std::vector<std::pair<carve_term, Term>> found_;
    std::vector<task::Draw> taus_;
};

} // namespace

void read_network_terms(const task::Task& described, const task::Rule& rule,
                        const task::Projection& use, RuleSettings& out, Faults& faults) {
    Terms(described, rule, use, out, faults).read();
}

} // namespace carve::cli
