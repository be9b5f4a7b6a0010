// The coefficients of rules for spikes by name: four time constants, and what a presynaptic spike
// (alpha, kappa) and a postsynaptic one (beta, gamma) add, alone or with the second trace (_r, _o)
// or a power of the weight (_w, _w2).
#include "spike_terms.hpp"

#include "exp_log.hpp"

#include <carve.h>
#include <fmt/format.h>

namespace carve::cli {
namespace {

struct Named {
    std::uint64_t bit;
    std::string name;
};

const std::vector<Named>& table() {
    static const std::vector<Named> names = [] {
        std::vector<Named> list{{CARVE_TAU_PRE, "tau_pre"},
                                {CARVE_TAU_POST, "tau_post"},
                                {CARVE_TAU_PRE2, "tau_pre2"},
                                {CARVE_TAU_POST2, "tau_post2"}};
        for (const bool pre : {true, false})
            for (unsigned a = 0; a < 2; ++a)
                for (unsigned b = 0; b < 2; ++b)
                    for (unsigned c = 0; c < 3; ++c)
                        list.push_back(
                            {pre ? CARVE_AT_PRE(a, b, c) : CARVE_AT_POST(a, b, c),
                             std::string(pre ? (a ? "kappa" : "alpha") : (a ? "gamma" : "beta")) +
                                 (b ? (pre ? "_r" : "_o") : "") +
                                 (c == 0   ? ""
                                  : c == 1 ? "_w"
                                           : "_w2")});
        return list;
    }();
    return names;
}

Term term_of(std::uint64_t bit) {
    Term term;
    term.spike = bit;
    return term;
}

} // namespace

std::vector<Term> spike_terms() {
    std::vector<Term> terms;
    for (const Named& named : table())
        terms.push_back(term_of(named.bit));
    return terms;
}

std::vector<Term> pair_terms() {
    std::vector<Term> terms;
    for (const Term& term : spike_terms())
        if (term.spike & CARVE_TERMS_PAIR)
            terms.push_back(term);
    return terms;
}

bool is_time_constant(const Term& term) {
    return (term.spike & (CARVE_TAU_PRE | CARVE_TAU_POST | CARVE_TAU_PRE2 | CARVE_TAU_POST2)) != 0;
}

std::string spike_term_name(const Term& term) {
    for (const Named& named : table())
        if (named.bit == term.spike)
            return named.name;
    return "";
}

std::optional<Term> parse_spike_term(const std::string& name) {
    for (const Named& named : table())
        if (named.name == name)
            return term_of(named.bit);
    return std::nullopt;
}

std::string spike_equation(const std::vector<Term>& terms, int digits) {
    std::string out;
    for (const Term& term : terms) {
        out += (out.empty() ? "" : ", ") + spike_term_name(term) + " = ";
        out += is_time_constant(term) ? fmt::format("{:.{}g} ms", 1e3 * exp_of(term.theta), digits)
                                      : fmt::format("{:.{}g}", term.theta, digits);
    }
    return out;
}

} // namespace carve::cli
