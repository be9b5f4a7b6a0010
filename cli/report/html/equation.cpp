#include "equation.hpp"

#include "exp_log.hpp"
#include "html.hpp"
#include "spike_terms.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr std::size_t kTerms = 12; // of an equation; the table has them all
constexpr int kDigits = 4;

std::string power_html(const std::string& name, unsigned exponent) {
    if (exponent == 0)
        return "";
    std::string base = name, index;
    if (name.size() == 2 && name[1] >= '0' && name[1] <= '9') // a trace: "x1"
        base = name.substr(0, 1), index = "<sub>" + name.substr(1) + "</sub>";
    return "<i>" + escape_html(base) + "</i>" + index +
           (exponent > 1 ? fmt::format("<sup>{}</sup>", exponent) : "");
}

void append(std::string& product, const std::string& factor) {
    if (!factor.empty())
        product += (product.empty() ? "" : " ") + factor;
}

// "x e^2" with each word as a factor.
std::string words_html(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string word = text.substr(at, end - at);
        at = end + 1;
        const std::size_t hat = word.find('^');
        append(out, word == "1"
                        ? ""
                        : "<i>" + escape_html(word.substr(0, hat)) + "</i>" +
                              (hat == std::string::npos
                                   ? ""
                                   : "<sup>" + escape_html(word.substr(hat + 1)) + "</sup>"));
    }
    return out;
}

// What a coefficient of a rule for spikes multiplies.
std::string traces_html(std::uint64_t bit) {
    for (const bool pre : {true, false})
        for (unsigned a = 0; a < 2; ++a)
            for (unsigned b = 0; b < 2; ++b)
                for (unsigned c = 0; c < 3; ++c)
                    if (bit == (pre ? at_pre(a, b, c) : at_post(a, b, c))) {
                        std::string out = power_html(pre ? "y1" : "x1", a);
                        append(out, power_html(pre ? "x2" : "y2", b));
                        append(out, power_html("w", c));
                        return out;
                    }
    return "";
}

bool is_at_pre(const Term& t) { return t.spike < at_post(0, 0, 0); }

std::string product_html(const Term& term) {
    if (term.spike)
        return traces_html(term.spike);
    if (!term.name.empty())
        return words_html(term.name);
    std::string out = power_html("x", term.x);
    append(out, power_html("y", term.y));
    append(out, power_html("w", term.w));
    return out;
}

// "tau_pre" as "τ" with the index "pre", "alpha_w" as "α" with the index "w".
std::string symbol_html(const std::string& name) {
    static const std::pair<const char*, const char*> greek[] = {{"alpha", "\u03B1"},
                                                                {"beta", "\u03B2"},
                                                                {"gamma", "\u03B3"},
                                                                {"kappa", "\u03BA"},
                                                                {"tau", "\u03C4"}};
    const std::size_t end = std::min(name.find('_'), name.size());
    const std::string word = name.substr(0, end),
                      index = name.substr(std::min(end + 1, name.size()));
    std::string out = escape_html(word);
    for (const auto& [latin, letter] : greek)
        out = word == latin ? letter : out;
    return "<i>" + out + "</i>" + (index.empty() ? "" : "<sub>" + escape_html(index) + "</sub>");
}

std::string eta_html(double eta) {
    return eta > 0 ? fmt::format("<i>η</i> = {}", display(eta)) : "<i>η</i> not stated";
}

// Of a trace: "x1" for tau_pre, and whose spikes it follows.
std::pair<const char*, const char*> trace_of_bit(std::uint64_t bit) {
    return bit == kTauPre    ? std::pair("x1", "presynaptic")
           : bit == kTauPost ? std::pair("y1", "postsynaptic")
           : bit == kTauPre2 ? std::pair("x2", "presynaptic")
                             : std::pair("y2", "postsynaptic");
}

std::string taus_html(const std::vector<Term>& taus) {
    std::string out;
    for (const Term& t : taus)
        if (t.spike) {
            const auto [trace, spikes] = trace_of_bit(t.spike);
            out += fmt::format("; {} is a trace of {} spikes with {} = {}&nbsp;ms",
                               power_html(trace, 1), spikes, symbol_html(monomial(t)),
                               display(own_units(t, t.theta), 3));
        } else
            out += fmt::format(", {} = {} {}", symbol_html(monomial(t)),
                               display(own_units(t, t.theta), 3), unit_of(t));
    return out;
}

std::string change_html(const std::vector<Term>& terms, const TermErrors& errors,
                        const std::string& note) {
    return "<span class=\"change\">Δ<i>w</i> = <i>η</i> ( " + sum_html(terms, kDigits, errors) +
           " )" + (note.empty() ? "" : " <small>" + note + "</small>") + "</span>";
}

std::string rates_html(std::vector<Term> terms, const TermErrors& errors, const std::string& rest) {
    terms = by_magnitude(without_rounding(std::move(terms)));
    const std::size_t hidden = terms.size() > kTerms ? terms.size() - kTerms : 0;
    terms.resize(terms.size() - hidden);
    return change_html(terms, errors,
                       (hidden > 0 ? fmt::format("and {} smaller terms, ", hidden) : "") + rest);
}

std::string spikes_html(const std::vector<Term>& terms, const TermErrors& errors,
                        const std::string& rest) {
    std::vector<Term> pre, post;
    for (const Term& t : terms)
        (is_at_pre(t) ? pre : post).push_back(t);
    return change_html(pre, errors, "at each presynaptic spike") +
           change_html(post, errors, "at each postsynaptic spike") + "<small>" + rest + "</small>";
}

} // namespace

std::string term_html(const Term& term) {
    if (term.spike || is_time_constant(term) || term.meaning == Meaning::network)
        return symbol_html(monomial(term));
    const std::string product = product_html(term);
    return product.empty() ? "1" : product;
}

std::string place_html(const Term& term) {
    if (!term.spike || is_time_constant(term))
        return "";
    const std::string traces = traces_html(term.spike);
    return fmt::format(" <small>{}at {}synaptic spikes</small>",
                       traces.empty() ? "" : "times " + traces + " ",
                       is_at_pre(term) ? "pre" : "post");
}

std::string term_text(const Term& term) {
    static const char* const powers[] = {"", "", "\u00B2", "\u00B3"};
    if (term.spike || !term.name.empty())
        return monomial(term);
    std::string out;
    for (const auto& [name, exponent] :
         {std::pair("x", term.x), std::pair("y", term.y), std::pair("w", term.w)})
        if (exponent > 0)
            append(out, name + std::string(powers[std::min(exponent, 3u)]));
    return out.empty() ? "1" : out;
}

double own_units(const Term& term, double theta) {
    return !is_time_constant(term) ? theta : (term.spike ? 1e3 : 1) * exp_of(theta);
}

std::string unit_of(const Term& term) {
    return !is_time_constant(term) ? "" : term.spike ? "ms" : "updates";
}

std::vector<Term> by_magnitude(std::vector<Term> terms) {
    std::stable_sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) {
        if (is_time_constant(a) != is_time_constant(b))
            return is_time_constant(b);
        return !is_time_constant(a) && std::abs(a.theta) > std::abs(b.theta);
    });
    return terms;
}

namespace {

// Without its sign; in brackets where it has an error. A coefficient that is smaller than its error keeps its digits.
std::string size_html(const Term& term, int digits, const TermErrors& errors) {
    const double size = std::abs(term.theta);
    const auto error = errors.find(monomial(term));
    const std::string plain = display(size, digits);
    if (error == errors.end() || !(error->second < size))
        return plain;
    const std::string text = display_error(size, error->second);
    if (text == display(size))
        return plain;
    return text[0] == '(' ? text : "(" + text + ")";
}

} // namespace

std::string sum_html(const std::vector<Term>& terms, int digits, const TermErrors& errors) {
    std::string out;
    for (const Term& t : terms) {
        const bool minus = std::signbit(t.theta);
        const std::string sign = out.empty() ? (minus ? "\u2212" : "") : (minus ? "\u2212 " : "+ ");
        const std::string product = product_html(t);
        out += fmt::format("{}<span class=\"term\">{}{}{}{}</span>", out.empty() ? "" : " ", sign,
                           size_html(t, digits, errors), product.empty() ? "" : " ", product);
    }
    return out.empty() ? "0" : out;
}

std::string equation_html(const ProjectionRule& rule, bool named, const TermErrors& errors) {
    std::vector<Term> products, taus;
    bool network = false;
    for (const Term& t : rule.terms) {
        (is_time_constant(t) ? taus : products).push_back(t);
        network = network || t.meaning == Meaning::network;
    }
    const std::string rest = "with " + eta_html(rule.eta) + taus_html(taus);
    std::string out = "<div class=\"equation\">";
    if (named)
        out += "<small class=\"of\">" + escape_html(rule.projection) + "</small>";
    if (network)
        out += fmt::format("<span class=\"change\">Δ<i>w</i> = <i>η</i> MLP <small>a network of {} "
                           "weights, {}</small></span>",
                           products.size(), rest);
    else
        out += !products.empty() && products[0].spike ? spikes_html(products, errors, rest)
                                                      : rates_html(products, errors, rest);
    return out + "</div>\n";
}

} // namespace carve::cli
