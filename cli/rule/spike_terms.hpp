// spike_terms.hpp: the coefficients of rules for spikes (M15).
#pragma once
#include "rule.hpp"

#include <cstdint>

#include <string>
#include <vector>

namespace carve::cli {

// Term::spike: a bit for each coefficient, in the order of a rule: time constants, and what a
// presynaptic spike adds, y^a r^b w^c, and a postsynaptic one, x^a o^b w^c.
constexpr std::uint64_t kTauPre = 1, kTauPost = 2, kTauPre2 = 4, kTauPost2 = 8;
constexpr std::uint64_t kTimeConstants = kTauPre | kTauPost | kTauPre2 | kTauPost2;
constexpr unsigned kFirstAtPre = 4, kFirstAtPost = 16, kEndOfTerms = 28;
constexpr std::uint64_t at_pre(unsigned a, unsigned b, unsigned c) {
    return std::uint64_t{1} << (kFirstAtPre + 6 * a + 3 * b + c);
}
constexpr std::uint64_t at_post(unsigned a, unsigned b, unsigned c) {
    return std::uint64_t{1} << (kFirstAtPost + 6 * a + 3 * b + c);
}
// The time constants of the traces that terms read.
std::uint64_t time_constants_of(std::uint64_t terms);
// What is wrong with the time constants among these coefficients: one is missing, or of no effect; "" if
// nothing is.
std::string time_constant_fault(const std::vector<Term>& terms);

std::string spike_term_name(const Term& term);
std::string spike_equation(const std::vector<Term>& terms, int digits);
std::vector<Preset> spike_presets();

} // namespace carve::cli
