// The coefficients of rules for spikes by name: four time constants, and what a presynaptic spike
// (alpha, kappa) and a postsynaptic one (beta, gamma) add, alone or with the second trace (_r, _o)
// or a power of the weight (_w, _w2).
#include "spike_terms.hpp"

#include "exp_log.hpp"

#include <fmt/format.h>

namespace carve::cli {
namespace {

struct Named {
    std::uint64_t bit;
    std::string name;
};

const std::vector<Named>& table() {
    static const std::vector<Named> names = [] {
        std::vector<Named> list{{kTauPre, "tau_pre"},
                                {kTauPost, "tau_post"},
                                {kTauPre2, "tau_pre2"},
                                {kTauPost2, "tau_post2"}};
        for (const bool pre : {true, false})
            for (unsigned a = 0; a < 2; ++a)
                for (unsigned b = 0; b < 2; ++b)
                    for (unsigned c = 0; c < 3; ++c)
                        list.push_back(
                            {pre ? at_pre(a, b, c) : at_post(a, b, c),
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
    constexpr std::uint64_t kPair = kTauPre | kTauPost | at_pre(0, 0, 0) | at_pre(1, 0, 0) |
                                    at_post(0, 0, 0) | at_post(1, 0, 0);
    std::vector<Term> terms;
    for (const Term& term : spike_terms())
        if (term.spike & kPair)
            terms.push_back(term);
    return terms;
}

bool is_time_constant(const Term& term) {
    if (!term.name.empty())
        return term.meaning != Meaning::product && term.meaning != Meaning::network;
    return (term.spike & kTimeConstants) != 0;
}

std::uint64_t time_constants_of(std::uint64_t terms) {
    std::uint64_t taus = 0;
    for (unsigned other = 0; other < 2; ++other)
        for (unsigned c = 0; c < 3; ++c) {
            taus |= terms & at_post(1, other, c) ? kTauPre : 0;
            taus |= terms & at_pre(1, other, c) ? kTauPost : 0;
            taus |= terms & at_pre(other, 1, c) ? kTauPre2 : 0;
            taus |= terms & at_post(other, 1, c) ? kTauPost2 : 0;
        }
    return taus;
}

std::string time_constant_fault(const std::vector<Term>& terms) {
    std::uint64_t all = 0;
    for (const Term& term : terms)
        all |= term.spike;
    const std::uint64_t needed = time_constants_of(all), given = all & kTimeConstants;
    for (const Named& named : table()) {
        if (named.bit & kTimeConstants & needed & ~given)
            return fmt::format("needs {}, the time constant of a trace that its terms read",
                               named.name);
        if (named.bit & given & ~needed)
            return fmt::format("has {}, the time constant of a trace that none of its terms reads",
                               named.name);
    }
    return "";
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
