#include "exports.hpp"

#include "error.hpp"
#include "exp_log.hpp"
#include "spike_terms.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace carve::cli {
namespace {

// "feed-forward" as feed_forward.
std::string identifier(const std::string& name) {
    std::string out;
    for (const char c : name)
        out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    return out.empty() || std::isdigit(static_cast<unsigned char>(out[0])) != 0 ? "_" + out : out;
}

void multiply(ExportedTerm& term, const std::string& name, unsigned power) {
    if (power > 0)
        term.factors.emplace_back(name, power);
}

// The words of a product with a task's own factors: "x e^2".
void read_words(const std::string& text, ExportedTerm& term) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string word = text.substr(at, end - at);
        at = end + 1;
        if (word.empty() || word == "1")
            continue;
        const std::size_t hat = word.find('^');
        multiply(
            term, word.substr(0, hat),
            hat == std::string::npos ? 1 : static_cast<unsigned>(std::stoul(word.substr(hat + 1))));
    }
}

// Which traces a term at spikes reads.
void read_bits(std::uint64_t bit, ExportedTerm& term, bool& pre) {
    for (const bool at_presynaptic : {true, false})
        for (unsigned a = 0; a < 2; ++a)
            for (unsigned b = 0; b < 2; ++b)
                for (unsigned c = 0; c < 3; ++c)
                    if (bit == (at_presynaptic ? at_pre(a, b, c) : at_post(a, b, c))) {
                        pre = at_presynaptic;
                        multiply(term, pre ? "y1" : "x1", a);
                        multiply(term, pre ? "x2" : "y2", b);
                        multiply(term, "w", c);
                    }
}

const char* tau_of(std::uint64_t bit) {
    return bit == kTauPre    ? "tau_pre"
           : bit == kTauPost ? "tau_post"
           : bit == kTauPre2 ? "tau_pre2"
                             : "tau_post2";
}

void add(const Term& t, ExportedRule& rule) {
    if (t.meaning == Meaning::network)
        throw Error(Exit::usage,
                    "a rule of kind = \"mlp\" is no sum of products, which is what is exported",
                    "its coefficients are in rule.toml, and docs/model.md has the network");
    if (is_time_constant(t)) {
        rule.taus.emplace_back(t.spike ? tau_of(t.spike) : t.name, exp_of(t.theta));
        return;
    }
    ExportedTerm term;
    term.theta = t.theta;
    if (t.spike) {
        bool pre = false;
        read_bits(t.spike, term, pre);
        (pre ? rule.pre : rule.post).push_back(term);
        rule.spikes = true;
        return;
    }
    const bool pre = t.name.rfind("pre: ", 0) == 0, post = t.name.rfind("post: ", 0) == 0;
    if (t.name.empty()) {
        multiply(term, "x", t.x);
        multiply(term, "y", t.y);
        multiply(term, "w", t.w);
    } else
        read_words(pre ? t.name.substr(5) : post ? t.name.substr(6) : t.name, term);
    rule.spikes = rule.spikes || pre || post;
    (pre ? rule.pre : post ? rule.post : rule.step).push_back(term);
    static const std::vector<std::string> known = {"x", "y", "w", "x1", "x2", "y1", "y2"};
    for (const auto& [name, power] : term.factors)
        if (std::count(known.begin(), known.end(), name) == 0 &&
            std::count(rule.others.begin(), rule.others.end(), name) == 0)
            rule.others.push_back(name);
}

} // namespace

Export export_of(const Rule& rule) {
    Export out;
    out.source = rule.source;
    for (const ProjectionRule& p : rule.projections) {
        ExportedRule exported;
        exported.name = identifier(p.projection);
        exported.eta = p.eta;
        for (const Term& term : without_rounding(p.terms))
            add(term, exported);
        out.rules.push_back(std::move(exported));
    }
    return out;
}

const std::vector<ExportTarget>& export_targets() {
    static const std::vector<ExportTarget> all = {{"python", to_python}, {"c", to_c},
                                                  {"brian2", to_brian2}, {"nestml", to_nestml},
                                                  {"latex", to_latex},   {"markdown", to_markdown}};
    return all;
}

void require_spikes(const ExportedRule& rule, const std::string& synapses) {
    if (!rule.spikes)
        throw Error(Exit::usage,
                    fmt::format("the rule of {} reads rates; {} have spikes", rule.name, synapses),
                    "--to python");
    if (!rule.others.empty())
        throw Error(
            Exit::usage,
            fmt::format("the rule of {} reads {}, which a task gives", rule.name, rule.others[0]),
            "--to python");
}

std::string number_text(double value) { return fmt::format("{}", value); }

std::string tau_text(double value) { return fmt::format("{:.15g}", value); }

std::string repeated(const std::string& name, unsigned power) {
    std::string out = name;
    for (unsigned k = 1; k < power; ++k)
        out += " * " + name;
    return out;
}

std::string starred(const std::string& name, unsigned power) {
    return power == 1 ? name : fmt::format("{}**{}", name, power);
}

std::string sum_text(const std::vector<ExportedTerm>& terms, PowerText power) {
    std::string out;
    for (const ExportedTerm& term : terms) {
        const bool minus = term.theta < 0;
        out += out.empty() ? (minus ? "-" : "") : (minus ? " - " : " + ");
        const double size = minus ? -term.theta : term.theta;
        std::string product = size == 1 && !term.factors.empty() ? "" : number_text(size);
        for (const auto& [name, k] : term.factors)
            product += (product.empty() ? "" : " * ") + power(name, k);
        out += product;
    }
    return out.empty() ? "0" : out;
}

std::string trace_of(const std::string& tau) {
    return tau == "tau_pre" ? "x1" : tau == "tau_post" ? "y1" : tau == "tau_pre2" ? "x2" : "y2";
}

bool is_presynaptic(const std::string& trace) { return trace[0] == 'x'; }

} // namespace carve::cli
