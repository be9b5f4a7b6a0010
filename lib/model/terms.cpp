// terms.cpp: see terms.hpp.
#include "terms.hpp"

namespace carve {

std::uint64_t bit_of(const carve_term& t) noexcept {
    for (const std::uint8_t byte : t.reserved)
        if (byte != 0)
            return 0;
    const bool at_spikes = t.event != CARVE_EVENT_STEP;
    if ((t.pre_mean | t.post_mean | t.post_square) > (at_spikes ? 0 : 3) ||
        t.weight_sum > (at_spikes ? 2 : 3))
        return 0;
    switch (t.event) {
    case CARVE_EVENT_STEP:
        return t.pre > 3 || t.post > 3 || t.weight > 3 || t.modulator > 2 || t.pre2 || t.post2
                   ? 0
                   : term_bit(t.pre, t.post, t.weight);
    case CARVE_EVENT_PRE:
        return t.post > 1 || t.pre2 > 1 || t.weight > 2 || t.modulator > 2 || t.pre || t.post2
                   ? 0
                   : at_pre_bit(t.post, t.pre2, t.weight);
    case CARVE_EVENT_POST:
        return t.pre > 1 || t.post2 > 1 || t.weight > 2 || t.modulator > 2 || t.post || t.pre2
                   ? 0
                   : at_post_bit(t.pre, t.post2, t.weight);
    default:
        return 0;
    }
}

std::uint64_t with_time_constants(std::uint64_t terms) noexcept {
    return terms | (terms & kReadsX ? kTauX : 0) | (terms & kReadsY ? kTauY : 0) |
           (terms & kReadsR ? kTauR : 0) | (terms & kReadsO ? kTauO : 0);
}

std::uint32_t terms_up_to(std::uint32_t pre, std::uint32_t post, std::uint32_t weight,
                          carve_term* terms, std::uint32_t capacity) noexcept {
    std::uint32_t n = 0;
    for (std::uint8_t a = 0; a <= pre && a <= 3; ++a)
        for (std::uint8_t b = 0; b <= post && b <= 3; ++b)
            for (std::uint8_t c = 0; c <= weight && c <= 3; ++c, ++n)
                if (terms && n < capacity)
                    terms[n] = {CARVE_EVENT_STEP, a, b, 0, 0, c, 0, 0, 0, 0, 0, {}};
    return n;
}

bool is_before(const carve_term& a, const carve_term& b) noexcept {
    const std::uint8_t one[] = {a.event,     a.modulator,   a.pre,       a.post,
                                a.pre2,      a.post2,       a.weight,    a.pre_mean,
                                a.post_mean, a.post_square, a.weight_sum},
                       other[] = {b.event,     b.modulator,   b.pre,       b.post,
                                  b.pre2,      b.post2,       b.weight,    b.pre_mean,
                                  b.post_mean, b.post_square, b.weight_sum};
    for (std::size_t i = 0; i < sizeof one; ++i)
        if (one[i] != other[i])
            return one[i] < other[i];
    return false;
}

std::uint32_t word_of(const carve_term& t) noexcept {
    const std::uint8_t powers[kFactors] = {t.pre,      t.post,      t.weight,      t.modulator,
                                           t.pre_mean, t.post_mean, t.post_square, t.weight_sum};
    std::uint32_t word = 0;
    for (unsigned f = 0; f < kFactors; ++f)
        word |= std::uint32_t{powers[f]} << 2 * f;
    return word;
}

std::uint32_t factors_of(std::uint32_t word) noexcept {
    std::uint32_t factors = 0;
    for (unsigned f = 0; f < kFactors; ++f)
        factors |= power_in(word, f) ? 1u << f : 0u;
    return factors;
}

std::uint32_t count_coefficients(const Rule& r) noexcept {
    if (is_product(r)) // c0 to c20, without those of factors that it has not
        return 13 + (r.state_factors & CARVE_PRODUCT_VOLTAGE ? 2 : 0) +
               (r.state_factors & CARVE_PRODUCT_EXCITATORY ? 4 : 0) +
               (r.state_factors & CARVE_PRODUCT_INHIBITORY ? 2 : 0);
    if (is_spike_mlp(r)) {
        const std::uint32_t first = r.hidden * (count_terms(r.factors) + 1),
                            last = r.second ? r.second : r.hidden;
        return first + r.second * (r.hidden + 1) + 2 * (last + 1);
    }
    if (!is_general(r))
        return count_terms(r) + r.eligibility; // at spikes
    const std::uint32_t sum =
        r.kind == CARVE_RULE_MLP ? r.hidden * (count_terms(r.factors) + 2) + 1 : r.listed;
    return count_time_constants(r) + sum;
}

std::uint32_t list_words(const Rule& r, const std::uint32_t* listed,
                         std::uint32_t (&words)[kMostTerms]) noexcept {
    if (r.listed) {
        for (std::uint32_t t = 0; t < r.listed; ++t)
            words[t] = listed[t];
        return r.listed;
    }
    std::uint32_t n = 0;
    for (std::uint32_t d = 0; d < 3; ++d)
        for (std::uint32_t bit = 0; bit < 64; ++bit)
            if (r.by_modulator[d] >> bit & 1)
                words[n++] = bit >> 4 << 2 * kPre | (bit >> 2 & 3) << 2 * kPost |
                             (bit & 3) << 2 * kWeight | d << 2 * kModulator;
    return n;
}

std::uint32_t sum_factors(const Rule& r) noexcept {
    if (is_general(r))
        return r.factors;
    std::uint32_t words[kMostTerms], factors = 0;
    for (std::uint32_t n = list_words(r, nullptr, words); n-- > 0;)
        factors |= factors_of(words[n]);
    return factors;
}

std::uint32_t contracted_rows(const Rule& r, bool derivatives) noexcept {
    if (r.kind == CARVE_RULE_MLP)
        return r.hidden;
    const std::uint32_t n = r.listed ? r.listed : count_terms(r),
                        groups = n < kMostGroups ? n : kMostGroups;
    return derivatives ? groups * (1 + count_terms(sum_factors(r) & ~kOfSynapse)) + n : groups;
}

} // namespace carve
