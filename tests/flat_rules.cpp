// The rules of a flat model: their terms and how many coefficients they have.
#include "flat_model.hpp"

#include <algorithm>

namespace flat {

void sort_terms(std::vector<carve_term>& terms) {
    const auto key = [](const carve_term& t) {
        return std::vector<int>{t.event,     t.modulator,   t.pre,       t.post,
                                t.pre2,      t.post2,       t.weight,    t.pre_mean,
                                t.post_mean, t.post_square, t.weight_sum};
    };
    std::sort(terms.begin(), terms.end(),
              [&](const carve_term& a, const carve_term& b) { return key(a) < key(b); });
    terms.erase(
        std::unique(terms.begin(), terms.end(),
                    [&](const carve_term& a, const carve_term& b) { return key(a) == key(b); }),
        terms.end());
}

bool is_general(const Rule& rule) {
    return (rule.kind == CARVE_RULE_MLP && !rule.spikes) || rule.eligibility != 0 ||
           !rule.listed.empty();
}
bool reads_modulator(const Rule& rule) {
    if (rule.kind == CARVE_RULE_PRODUCT)
        return false;
    if (rule.kind == CARVE_RULE_MLP)
        return (rule.inputs & CARVE_FACTOR_MODULATOR) != 0;
    bool any = false;
    for (const carve_term& t : terms_of(rule))
        any = any || t.modulator > 0;
    return any;
}
std::uint32_t means_of(const Rule& rule) {
    constexpr std::uint32_t kMeans =
        CARVE_FACTOR_PRE_MEAN | CARVE_FACTOR_POST_MEAN | CARVE_FACTOR_POST_SQUARE;
    if (rule.kind == CARVE_RULE_MLP)
        return rule.inputs & kMeans;
    std::uint32_t means = 0;
    for (const carve_term& t : rule.listed)
        means |= (t.pre_mean ? std::uint32_t{CARVE_FACTOR_PRE_MEAN} : 0u) |
                 (t.post_mean ? std::uint32_t{CARVE_FACTOR_POST_MEAN} : 0u) |
                 (t.post_square ? std::uint32_t{CARVE_FACTOR_POST_SQUARE} : 0u);
    return means;
}
std::uint32_t n_coefficients_of(const Rule& rule) {
    const auto count = [](std::uint64_t bits) { return std::uint32_t(__builtin_popcountll(bits)); };
    const std::uint32_t time_constants = count(means_of(rule)) + rule.eligibility;
    if (rule.kind == CARVE_RULE_PRODUCT)
        return 13 + (rule.factors & CARVE_PRODUCT_VOLTAGE ? 2u : 0u) +
               (rule.factors & CARVE_PRODUCT_EXCITATORY ? 4u : 0u) +
               (rule.factors & CARVE_PRODUCT_INHIBITORY ? 2u : 0u);
    if (rule.kind == CARVE_RULE_MLP && rule.spikes) {
        const std::uint32_t last = rule.second ? rule.second : rule.hidden;
        return rule.hidden * (count(rule.inputs) + 1) + rule.second * (rule.hidden + 1) +
               2 * (last + 1);
    }
    if (rule.kind == CARVE_RULE_MLP)
        return count(means_of(rule)) + rule.hidden * (count(rule.inputs) + 2) + 1;
    if (!rule.listed.empty()) // at spikes time constants of traces are among the bits
        return time_constants + (rule.spikes ? count(rule.terms & 15) : 0u) +
               std::uint32_t(rule.listed.size());
    return time_constants + count(rule.terms) + count(rule.terms_r) + count(rule.terms_r2);
}

std::vector<carve_term> terms_of(const Rule& rule) {
    std::vector<carve_term> terms = rule.listed;
    if (!terms.empty())
        return terms;
    const auto byte = [](unsigned x) { return std::uint8_t(x); };
    const std::uint64_t by_power[] = {rule.terms, rule.terms_r, rule.terms_r2};
    for (unsigned power = 0; power < 3 && !rule.spikes; ++power)
        for (unsigned bit = 0; bit < 64; ++bit)
            if (by_power[power] >> bit & 1)
                terms.push_back({CARVE_EVENT_STEP,
                                 byte(bit / 16),
                                 byte(bit / 4 % 4),
                                 0,
                                 0,
                                 byte(bit % 4),
                                 byte(power),
                                 0,
                                 0,
                                 0,
                                 0,
                                 {}});
    for (unsigned i = 0; i < 72 && rule.spikes; ++i) { // [event][power][12]
        const unsigned power = i / 12 % 3, k = i % 12, bit = (i < 36 ? 4 : 16) + k;
        if (!(by_power[power] >> bit & 1))
            continue;
        const bool pre = i < 36;
        carve_term t{};
        t.event = pre ? CARVE_EVENT_PRE : CARVE_EVENT_POST;
        (pre ? t.post : t.pre) = byte(k / 6);
        (pre ? t.pre2 : t.post2) = byte(k / 3 % 2);
        t.weight = byte(k % 3);
        t.modulator = byte(power);
        terms.push_back(t);
    }
    return terms;
}

} // namespace flat
