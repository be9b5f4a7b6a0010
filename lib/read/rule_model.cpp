// rule_model.cpp: see rule_model.hpp.
#include "rule_model.hpp"
#include "fields.hpp"
#include "members.hpp"
#include "terms.hpp"

namespace carve {

namespace {

constexpr std::uint32_t kDefaultTerms = 27; // carve_terms_up_to(2, 2, 2)
// With one of these factors terms have no bits.
constexpr std::uint32_t kListed = kMeans | CARVE_FACTOR_WEIGHT_SUM;

// The caller's terms, or the default ones.
struct Terms {
    const carve_term* first;
    std::uint32_t n;
    carve_term standard[kDefaultTerms];

    explicit Terms(const void* polynomial) noexcept
        : first(polynomial ? MEMBER(polynomial, carve_polynomial, terms) : nullptr),
          n(polynomial ? MEMBER(polynomial, carve_polynomial, n_terms) : 0) {
        if (n == 0)
            n = terms_up_to(2, 2, 2, standard, kDefaultTerms);
    }
    const carve_term& operator[](std::uint32_t i) const noexcept {
        return first ? first[i] : standard[i];
    }
};

Fault check_terms(const Terms& terms, const Place& of) noexcept {
    for (std::uint32_t i = 0; i < terms.n; ++i) {
        const carve_term term = terms[i];
        const auto bad = [&](const char* expected) noexcept {
            return Fault{CARVE_E_RANGE,
                         {of.array, of.index, "polynomial.terms", i},
                         "event",
                         static_cast<double>(term.event),
                         expected};
        };
        if (bit_of(term) == 0)
            return bad("must be of a term: CARVE_EVENT_STEP (0) with powers 0 to 3 of pre, post, "
                       "weight, pre_mean, post_mean, post_square and weight_sum, 0 to 2 of "
                       "modulator; "
                       "CARVE_EVENT_PRE (1) with 0 or 1 of post and pre2, or CARVE_EVENT_POST (2) "
                       "with 0 or 1 of pre and post2, and 0 to 2 of weight, modulator and "
                       "weight_sum; all else 0");
        if (i > 0 && (term.event == CARVE_EVENT_STEP) != (terms[0].event == CARVE_EVENT_STEP))
            return bad("must be CARVE_EVENT_STEP (0) in all terms of a rule, or in none");
        if (i > 0 && !is_before(terms[i - 1], term))
            return bad("must be of a term that comes after the one before it: terms are in "
                       "increasing order of event, modulator, pre, post, pre2, post2, weight, "
                       "pre_mean, post_mean, post_square, weight_sum");
    }
    return {};
}

// Sets the bits of the terms: each term at a spike has one, and so has each term of rates that reads neither a
// mean nor a sum of weights.
void read_bits(const Terms& terms, Rule& onto) noexcept {
    const bool at_spikes = terms[0].event != CARVE_EVENT_STEP;
    for (std::uint32_t i = 0; i < terms.n; ++i) {
        const carve_term term = terms[i];
        const std::uint32_t power = onto.eligibility ? 0 : term.modulator;
        const std::uint64_t bit = bit_of(term);
        if (term.weight_sum)
            onto.by_sum[term.weight_sum - 1][power] |= static_cast<std::uint32_t>(bit);
        else
            onto.by_modulator[power] |= bit;
        onto.terms |= bit;
    }
    onto.spikes = at_spikes;
    if (at_spikes) {
        onto.terms = with_time_constants(onto.terms);
        onto.by_modulator[0] |= onto.terms & kTimeConstants;
    }
}

// The power of r that multiplies a trace: that of all terms.
Fault read_outer(const Terms& terms, Rule& onto, const Place& here) noexcept {
    onto.outer = terms[0].modulator;
    for (std::uint32_t i = 1; i < terms.n; ++i)
        if (terms[i].modulator != onto.outer)
            return {CARVE_E_RANGE,
                    {here.array, here.index, "polynomial.terms", i},
                    "modulator",
                    static_cast<double>(terms[i].modulator),
                    "must be the same in all terms of a rule with eligibility: it is the power "
                    "of r that multiplies the trace"};
    return {};
}

Fault read_polynomial(const void* from, Rule& onto, const Place& here) noexcept {
    const Fault f = read_fields(polynomial_struct, from, &onto, here);
    if (f)
        return f;
    const std::uint32_t n = from ? MEMBER(from, carve_polynomial, n_terms) : 0;
    if (n > 192)
        return {CARVE_E_RANGE, here, "n_terms", static_cast<double>(n), "must be 0 to 192"};
    if ((n == 0) != (!from || MEMBER(from, carve_polynomial, terms) == nullptr))
        return {n ? CARVE_E_NULL : CARVE_E_RANGE, here, "terms", 0,
                n ? "must not be null" : "must be null if n_terms is 0"};
    const Terms terms(from);
    const Fault g = check_terms(terms, here);
    if (g)
        return g;
    std::uint32_t factors = 0;
    for (std::uint32_t i = 0; i < terms.n; ++i)
        factors |= factors_of(word_of(terms[i]));
    const bool at_spikes = terms[0].event != CARVE_EVENT_STEP;
    const Fault h = onto.eligibility ? read_outer(terms, onto, here) : Fault{};
    if (h)
        return h;
    if (at_spikes || (onto.eligibility == 0 && (factors & kListed) == 0)) {
        read_bits(terms, onto);
        return {};
    }
    onto.listed = terms.n;
    onto.factors = factors;
    if (onto.eligibility)
        onto.factors &= ~std::uint32_t{CARVE_FACTOR_MODULATOR};
    return {};
}

} // namespace

Fault read_rule(const void* from, Rule& onto, std::uint32_t index) noexcept {
    const Fault f = read_fields(rule_struct, from, &onto, {"rules", index});
    if (f)
        return f;
    const void* const parameters = MEMBER(from, carve_rule, parameters);
    switch (onto.kind) {
    case CARVE_RULE_POLYNOMIAL:
        return read_polynomial(parameters, onto, {"rules", index, polynomial_struct.name});
    case CARVE_RULE_MLP:
        return read_fields(mlp_struct, parameters, &onto, {"rules", index, mlp_struct.name});
    case CARVE_RULE_PRODUCT:
        onto.spikes = 1;
        return read_fields(product_struct, parameters, &onto,
                           {"rules", index, product_struct.name});
    default:
        return {}; // check_rule names it
    }
}

void list_terms(const carve_model* from, std::uint32_t rule, std::uint32_t* words) noexcept {
    const void* const at = element(MEMBER(from, carve_model, rules), rule);
    const void* const polynomial = MEMBER(at, carve_rule, parameters);
    const Terms terms(polynomial);
    Rule read;
    read_polynomial(polynomial, read, {});
    for (std::uint32_t i = 0; i < terms.n; ++i) {
        carve_term term = terms[i];
        term.modulator = read.eligibility ? 0 : term.modulator; // it multiplies the trace
        words[i] = word_of(term);
    }
}

namespace {

// Whether a description is one that read_polynomial makes. The words of its terms are in a block's arrays
// and may hold anything: a factor that is not among `factors` is 0 there.
bool is_sound(const Rule& r) noexcept {
    const std::uint64_t all = terms_with(r, 0) | terms_with(r, 1) | terms_with(r, 2);
    if (r.hidden || r.activation || r.second || r.terms != all || r.released || r.state_factors ||
        r.tau_pre != 0 || r.tau_post != 0 || r.tau_pre2 != 0 || r.tau_post2 != 0)
        return false;
    if (r.listed)
        return r.terms == 0 && r.spikes == 0 && r.listed <= 192 && r.factors < 1u << kFactors &&
               (r.eligibility || r.factors & kListed) && r.outer <= 2 &&
               (r.eligibility ? !(r.factors & CARVE_FACTOR_MODULATOR) : r.outer == 0);
    if (r.factors || (r.eligibility ? !r.spikes || has_modulated_terms(r) : r.outer != 0) ||
        r.outer > 2)
        return false;
    const std::uint64_t terms = r.spikes ? r.terms & ~kTimeConstants : r.terms;
    const std::uint64_t beside = terms_with(r, 1) | terms_with(r, 2) | r.by_sum[0][0] |
                                 r.by_sum[1][0]; // which time constants are not
    return r.spikes <= 1 && terms != 0 && (r.spikes || sum_power(r) == 0) &&
           (!r.spikes || (terms >> 28 == 0 && with_time_constants(terms) == r.terms &&
                          (beside & kTimeConstants) == 0));
}

} // namespace

Fault check_rule(const Model& m, std::uint32_t i) noexcept {
    using namespace reader;
    const Rule r = m.rules[i];
    const Fault f = check_fields(rule_struct, &r, kAny, m.precision, {"rules", i});
    if (f)
        return f;
    const bool polynomial = r.kind == CARVE_RULE_POLYNOMIAL;
    const Struct& kind = polynomial      ? polynomial_struct
                         : is_product(r) ? product_struct
                                         : mlp_struct;
    const Place there{"rules", i, kind.name};
    const Fault g = check_fields(kind, &r, r.spikes ? kSpikeRule : kRateRule, m.precision, there);
    if (g)
        return g;
    if (polynomial)
        return is_sound(r)
                   ? Fault{}
                   : Fault{CARVE_E_RANGE, there, "terms", 0, "must be terms that there are"};
    constexpr std::uint32_t of_spikes = CARVE_FACTOR_PRE | CARVE_FACTOR_POST | CARVE_FACTOR_WEIGHT |
                                        CARVE_FACTOR_VOLTAGE | CARVE_FACTOR_EXCITATORY |
                                        CARVE_FACTOR_INHIBITORY;
    if (r.factors & ~(r.spikes ? of_spikes : std::uint32_t{255}))
        return {CARVE_E_RANGE, there, "inputs", static_cast<double>(r.factors),
                "must be bits CARVE_FACTOR_..., 1 to 255, at spikes of 1, 2, 4, 256, 512 and 1024"};
    Rule own;
    copy_fields(rule_struct, &r, &own);
    copy_fields(kind, &r, &own);
    own.spikes = own.spikes || is_product(r);
    return __builtin_memcmp(&r, &own, sizeof r) == 0
               ? Fault{}
               : Fault{CARVE_E_RANGE, there, "reserved", 1, "must be 0"};
}

} // namespace carve
