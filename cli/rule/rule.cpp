#include "rule.hpp"

#include "exp_log.hpp"
#include "figures.hpp"
#include "spike_terms.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace carve::cli {
namespace {

// Below 64: the bit of a term among those of its kind, in the order of a rule.
unsigned order_index(const Term& term) {
    if (!term.spike)
        return 16 * term.x + 4 * term.y + term.w;
    unsigned bit = 0;
    for (std::uint64_t above = term.spike >> 1; above != 0; above >>= 1)
        ++bit;
    return bit;
}

std::string power(const char* base, unsigned exponent) {
    return exponent == 0 ? "" : exponent == 1 ? base : fmt::format("{}^{}", base, exponent);
}

} // namespace

std::uint64_t term_mask(const std::vector<Term>& terms) {
    std::uint64_t mask = 0;
    for (const Term& term : terms)
        if (term.name.empty())
            mask |= term.spike ? term.spike : std::uint64_t{1} << order_index(term);
    return mask;
}

std::vector<carve_term> kernel_terms(const std::vector<Term>& terms) {
    const auto byte = [](unsigned value) { return static_cast<std::uint8_t>(value); };
    std::vector<carve_term> out;
    for (const Term& term : terms) {
        const unsigned bit = order_index(term);
        carve_term t{};
        if (is_time_constant(term))
            continue;
        if (!term.name.empty()) {
            t = term.factors;
        } else if (!term.spike) {
            t.event = CARVE_EVENT_STEP;
            t.pre = byte(term.x);
            t.post = byte(term.y);
            t.weight = byte(term.w);
        } else {
            const bool at_pre = bit < kFirstAtPost;
            const unsigned k = bit - (at_pre ? kFirstAtPre : kFirstAtPost);
            t.event = at_pre ? CARVE_EVENT_PRE : CARVE_EVENT_POST;
            (at_pre ? t.post : t.pre) = byte(k / 6);
            (at_pre ? t.pre2 : t.post2) = byte(k / 3 % 2);
            t.weight = byte(k % 3);
        }
        out.push_back(t);
    }
    return out;
}

std::vector<Term> terms_up_to(unsigned order) {
    std::vector<Term> terms;
    for (unsigned x = 0; x <= order; ++x)
        for (unsigned y = 0; y <= order; ++y)
            for (unsigned w = 0; w <= order; ++w)
                terms.push_back({x, y, w, 0});
    return terms;
}

bool is_same_term(const Term& a, const Term& b) {
    return a.spike == b.spike && a.x == b.x && a.y == b.y && a.w == b.w && a.name == b.name;
}

std::string monomial(const Term& term) {
    if (!term.name.empty())
        return term.name;
    if (term.spike)
        return spike_term_name(term);
    std::string out;
    for (const std::string& factor : {power("x", term.x), power("y", term.y), power("w", term.w)})
        if (!factor.empty())
            out += (out.empty() ? "" : " ") + factor;
    return out.empty() ? "1" : out;
}

Term named_term(const std::string& name) {
    Term term;
    term.name = name;
    if (name.rfind("tau_", 0) == 0)
        term.meaning = Meaning::eligibility_tau; // or another one: a time constant
    return term;
}

std::optional<Term> parse_monomial(const std::string& text) {
    std::string letters;
    for (const char c : text)
        if (c != ' ' && c != '*')
            letters += c;
    Term term;
    if (letters == "1")
        return term;
    bool seen[3] = {};
    for (std::size_t i = 0; i < letters.size();) {
        const std::size_t which = std::string("xyw").find(letters[i++]);
        if (which == std::string::npos || seen[which])
            return std::nullopt;
        seen[which] = true;
        unsigned exponent = 1;
        if (i < letters.size() && letters[i] == '^') {
            if (i + 1 >= letters.size() || letters[i + 1] < '0' || letters[i + 1] > '3')
                return std::nullopt;
            exponent = static_cast<unsigned>(letters[i + 1] - '0');
            i += 2;
        }
        (which == 0 ? term.x : which == 1 ? term.y : term.w) = exponent;
    }
    return letters.empty() ? std::nullopt : std::optional<Term>(term);
}

std::vector<Term> without_rounding(std::vector<Term> terms) {
    double largest = 0;
    for (const Term& term : terms)
        largest = std::max(largest, std::abs(term.theta));
    terms.erase(std::remove_if(terms.begin(), terms.end(),
                               [&](const Term& term) {
                                   return term.theta == 0 || is_rounding(term.theta, largest);
                               }),
                terms.end());
    return terms;
}

bool comes_before(const Term& a, const Term& b) { return order_index(a) < order_index(b); }

bool has_names(const std::vector<Term>& terms) {
    return std::any_of(terms.begin(), terms.end(), [](const Term& t) { return !t.name.empty(); });
}

namespace {

// ", tau_m = 120" of the time constants, in the unit of the task's times.
std::string time_constants_text(const std::vector<Term>& terms, int digits) {
    std::string out;
    for (const Term& term : terms)
        if (is_time_constant(term))
            out += fmt::format(", {} = {:.{}g}", monomial(term),
                               exp_of(term.theta) * (term.spike ? 1e3 : 1), digits) +
                   (term.spike ? " ms" : "");
    return out;
}

std::string sum_text(std::vector<Term> terms, int digits) {
    std::stable_sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) {
        const double x = std::abs(a.theta), y = std::abs(b.theta);
        if (x != y || !a.name.empty() || !b.name.empty())
            return x > y;
        return order_index(a) > order_index(b);
    });
    std::string sum;
    for (const Term& term : terms) {
        const bool negative = term.theta < 0;
        sum += sum.empty() ? (negative ? "-" : "") : (negative ? " - " : " + ");
        const std::string factor = fmt::format("{:.{}g}", std::abs(term.theta), digits);
        const std::string powers = monomial(term);
        sum += powers == "1" ? factor : factor == "1" ? powers : factor + " " + powers;
    }
    return sum;
}

} // namespace

std::string equation(const std::vector<Term>& terms, int digits) {
    const auto network = [](const Term& t) { return t.meaning == Meaning::network; };
    if (!terms.empty() && terms[0].spike && !has_names(terms))
        return spike_equation(terms, digits);
    if (std::any_of(terms.begin(), terms.end(), network))
        return fmt::format("dw = eta G, a network of {} coefficients", terms.size());
    std::vector<Term> products;
    for (const Term& term : terms)
        if (!is_time_constant(term))
            products.push_back(term);
    const std::string sum = sum_text(without_rounding(products), digits);
    return (sum.empty() ? "dw = 0" : "dw = eta (" + sum + ")") + time_constants_text(terms, digits);
}

namespace {

// Coefficients of the union of two lists of terms, without time constants.
struct Pair {
    std::vector<double> a, b;
};
Pair over_union(const std::vector<Term>& a, const std::vector<Term>& b) {
    Pair pair;
    const auto value_in = [](const std::vector<Term>& terms, const Term& wanted) {
        for (const Term& term : terms)
            if (is_same_term(term, wanted))
                return term.theta;
        return 0.0;
    };
    std::vector<Term> all = a;
    for (const Term& term : b)
        if (std::none_of(a.begin(), a.end(), [&](const Term& t) { return is_same_term(t, term); }))
            all.push_back(term);
    // In the order of a rule, so that sums do not depend on which list a term came from.
    constexpr unsigned kNamed = 64;
    const auto place = [](const Term& t) { return t.name.empty() ? order_index(t) : kNamed; };
    std::stable_sort(all.begin(), all.end(),
                     [&](const Term& s, const Term& t) { return place(s) < place(t); });
    for (const Term& term : all)
        if (!is_time_constant(term)) {
            pair.a.push_back(value_in(a, term));
            pair.b.push_back(value_in(b, term));
        }
    return pair;
}

} // namespace

double angle_degrees(const std::vector<Term>& a, const std::vector<Term>& b) {
    const Pair of = over_union(a, b);
    double uu = 0, vv = 0;
    for (std::size_t i = 0; i < of.a.size(); ++i) {
        uu += of.a[i] * of.a[i];
        vv += of.b[i] * of.b[i];
    }
    if (uu == 0 || vv == 0)
        return std::numeric_limits<double>::quiet_NaN();
    // Kahan's form: exact also for small angles, where acos is not.
    double difference = 0, sum = 0;
    for (std::size_t i = 0; i < of.a.size(); ++i) {
        const double p = of.a[i] / std::sqrt(uu), q = of.b[i] / std::sqrt(vv);
        difference += (p - q) * (p - q);
        sum += (p + q) * (p + q);
    }
    constexpr double kDegrees = 57.295779513082320877;
    return 2 * std::atan2(std::sqrt(difference), std::sqrt(sum)) * kDegrees;
}

} // namespace carve::cli
