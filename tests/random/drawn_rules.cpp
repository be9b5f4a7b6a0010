// drawn_rules.cpp: the rules of a random model.
#include "drawn_model.hpp"

namespace nets {

namespace {

// One that reads means or weight sums, drives a trace, or has a hidden layer.
void make_general(Choices& c, flat::Rule& r) {
    r.terms = r.terms_r = r.terms_r2 = 0;
    if (c.one_in(4)) {
        r.terms = flat::kTerms27; // of no effect
        r.kind = CARVE_RULE_MLP;
        r.hidden = 1 + c.below(5);
        r.inputs = 1 + c.below(255);
        r.activation = CARVE_ACTIVATION_RELU + c.below(3);
        return;
    }
    r.eligibility = c.below(2);
    const std::uint32_t outer = c.below(3);
    do {
        std::uint32_t powers[8];
        for (std::uint32_t& power : powers)
            power = c.one_in(3) ? 1 + c.below(3) : 0;
        powers[3] = r.eligibility ? outer : powers[3] % 3;
        r.listed.push_back(flat::listed_term(powers[0], powers[1], powers[2], powers[3], powers[4],
                                             powers[5], powers[6], powers[7]));
    } while (c.one_in(2));
    flat::sort_terms(r.listed);
}

} // namespace

flat::Rule random_rule(Choices& c, bool spiking, bool modulation) {
    flat::Rule r;
    draw(c, Struct::rule, &r, spiking ? kSpikesRule : kRatesRule);
    if (spiking) {
        r.spikes = 1;
        r.terms = flat::kTermsPair;
        if (c.one_in(2)) // all traces, any terms
            r.terms = flat::spike_terms((c.bits(3) & c.bits(3)) << 4 | flat::at_post(1, 0, 0));
        if (modulation && c.one_in(3)) {
            r.terms_r = (c.bits(3) & c.bits(3)) << 4 | flat::at_pre(0, 0, 0);
            r.terms_r2 = c.one_in(2) ? (c.bits(3) & c.bits(3)) << 4 : 0;
            r.terms |= flat::spike_terms(r.terms_r | r.terms_r2) & 15;
        }
        if (modulation && c.one_in(4)) { // all terms drive a trace, which is multiplied by r^d
            const std::uint64_t terms = (r.terms | r.terms_r | r.terms_r2) & ~std::uint64_t(15);
            const std::uint32_t outer = c.below(3);
            r.eligibility = 1;
            r.terms = (r.terms & 15) | (outer == 0 ? terms : 0);
            r.terms_r = outer == 1 ? terms : 0;
            r.terms_r2 = outer == 2 ? terms : 0;
        }
        return r;
    }
    const std::uint32_t how = c.below(4);
    if (how == 1) // any terms, of order 3 among them
        r.terms = (c.bits() & c.bits() & c.bits()) | flat::term(1, 1, 0);
    else if (how > 1)
        for (r.terms = 0; r.terms == 0 || c.one_in(2);) {
            const std::uint32_t x = c.below(3), y = c.below(3), w = c.below(3);
            r.terms |= flat::term(x, y, w);
        }
    if (modulation && c.one_in(3)) {
        r.terms_r = how == 0 ? flat::kTerms27 : c.bits() & c.bits() & c.bits() & c.bits();
        r.terms_r2 = c.one_in(2) ? flat::term(1, 0, 0) | flat::term(0, 1, 2) : 0;
    }
    if (modulation && c.one_in(3))
        make_general(c, r);
    return r;
}

} // namespace nets
