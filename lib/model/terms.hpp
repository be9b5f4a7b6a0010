// terms.hpp: the terms of a polynomial rule as bits, in the order of its coefficients.
#pragma once
#include "description.hpp"

namespace carve {

// Of rates: theta x^a y^b w^c, a, b, c in 0 .. 3, for each power of the third factor.
constexpr std::uint64_t term_bit(unsigned a, unsigned b, unsigned c) noexcept {
    return std::uint64_t{1} << (16 * a + 4 * b + c);
}
constexpr bool has_cubic_terms(std::uint64_t terms) noexcept {
    return (terms & 0xFFFFF888F888F888u) != 0;
}
// For rules at spikes: the time constants of x, y, r and o, and the terms at pre- and postsynaptic spikes: the
// power of y or x, of r or o, and of w.
constexpr std::uint64_t kTauX = 1, kTauY = 2, kTauR = 4, kTauO = 8;
constexpr std::uint64_t at_pre_bit(unsigned a, unsigned b, unsigned c) noexcept {
    return std::uint64_t{1} << (4 + 6 * a + 3 * b + c);
}
constexpr std::uint64_t at_post_bit(unsigned a, unsigned b, unsigned c) noexcept {
    return std::uint64_t{1} << (16 + 6 * a + 3 * b + c);
}
constexpr std::uint64_t kTimeConstants = kTauX | kTauY | kTauR | kTauO;
constexpr std::uint64_t kAtPreTerms = 0xFFF0u, kAtPostTerms = 0xFFF0000u;
// Terms of a spike rule by the trace that they read.
constexpr std::uint64_t kReadsX = 0xFC00000u, kReadsO = 0xE380000u; // at postsynaptic spikes
constexpr std::uint64_t kReadsY = 0xFC00u, kReadsR = 0xE380u;       // at presynaptic spikes

// The bit of a term among those of its power of the third factor, 0 if there is no such term. Terms in
// steps and terms at spikes share bits.
std::uint64_t bit_of(const carve_term& term) noexcept;
// The bits of a spike rule's coefficients: its terms, and the time constants that they need.
std::uint64_t with_time_constants(std::uint64_t terms) noexcept;
// carve_terms_up_to
std::uint32_t terms_up_to(std::uint32_t pre, std::uint32_t post, std::uint32_t weight,
                          carve_term* terms, std::uint32_t capacity) noexcept;
// a before b in a rule
bool is_before(const carve_term& a, const carve_term& b) noexcept;

inline std::uint32_t count_terms(std::uint64_t terms) noexcept {
    std::uint32_t n = 0;
    for (; terms; terms &= terms - 1)
        ++n;
    return n;
}

// What the sum of a general rule may depend on, in the order of the bits CARVE_FACTOR_... A listed term is
// a word with two bits for the power of each.
enum Factor : unsigned {
    kPre,
    kPost,
    kWeight,
    kModulator,
    kPreMean,
    kPostMean,
    kPostSquare,
    kWeightSum,
    kFactors
};
constexpr std::uint32_t kMeans =
    CARVE_FACTOR_PRE_MEAN | CARVE_FACTOR_POST_MEAN | CARVE_FACTOR_POST_SQUARE;
// Those of them that differ from synapse to synapse of a row.
constexpr std::uint32_t kOfSynapse = CARVE_FACTOR_PRE | CARVE_FACTOR_WEIGHT | CARVE_FACTOR_PRE_MEAN;
constexpr std::uint32_t kMostTerms = 192,
                        kMostGroups = 64; // with powers of kOfSynapse of their own
std::uint32_t word_of(const carve_term& term) noexcept;
constexpr unsigned power_in(std::uint32_t word, unsigned factor) noexcept {
    return word >> 2 * factor & 3;
}
// The bits of the factors that a word has to a power above 0.
std::uint32_t factors_of(std::uint32_t word) noexcept;

// Of all powers of the third factor, and of the sum of weights; with the time constants of traces.
inline std::uint32_t count_terms(const Rule& rule) noexcept {
    std::uint32_t n = 0;
    for (unsigned sum = 0; sum < 3; ++sum)
        for (unsigned modulator = 0; modulator < 3; ++modulator)
            n += count_terms(terms_with(rule, sum, modulator));
    return n;
}
std::uint32_t count_coefficients(const Rule& rule) noexcept;
// The words of a polynomial's terms, from their bits or from its list, and how many there are.
std::uint32_t list_words(const Rule& rule, const std::uint32_t* listed,
                         std::uint32_t (&words)[kMostTerms]) noexcept;
// Bits of what its sum depends on.
std::uint32_t sum_factors(const Rule& rule) noexcept;
// Rows of lanes in which its sum is contracted with what the synapses of a row share, with derivatives by this or
// without.
std::uint32_t contracted_rows(const Rule& rule, bool derivatives) noexcept;
// Of a general rule: its logarithms of time constants, which come first.
inline std::uint32_t count_time_constants(const Rule& rule) noexcept {
    return count_terms(rule.factors & kMeans) + rule.eligibility;
}

} // namespace carve
