// drawn_rules.cpp: the rules of a random model, and how projections use them.
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

// Some terms at spikes with powers of the sum of weights.
void add_sums(Choices& c, flat::Rule& r) {
    for (const carve_term& term : flat::terms_of(r)) {
        const std::uint32_t powers = 1 + c.below(7);
        for (unsigned power = 0; power < 3; ++power) {
            r.listed.push_back(term);
            r.listed.back().weight_sum = std::uint8_t(power);
            if (!(powers >> power & 1))
                r.listed.pop_back();
        }
    }
    r.terms &= 15;
    r.terms_r = r.terms_r2 = 0;
}

// A product or a network at spikes has neither a third factor nor a gate, and is the only rule of its projection.
bool is_product(const flat::Rule& rule) {
    return rule.kind == CARVE_RULE_PRODUCT || (rule.kind == CARVE_RULE_MLP && rule.spikes);
}

// A third factor, if the rule has one, and a gate.
template <class Use> void modulate_use(Choices& c, const Model& m, Use& p) {
    const auto n = std::uint32_t(m.populations.size());
    const flat::Rule& rule = m.rules[p.rule];
    if (is_product(rule))
        return;
    const std::vector<std::uint32_t> inputs = m.inputs();
    if (m.spiking() ? c.one_in(3) && m.spikes_modulated() && !inputs.empty()
                    : c.one_in(6) && m.modulation_possible())
        p.gate = m.spiking() ? inputs[c.below(std::uint32_t(inputs.size()))] : c.below(n);
    if (!flat::reads_modulator(rule))
        return;
    p.modulator = c.below(n);
    if (m.populations[p.modulator].kind >= CARVE_POPULATION_POISSON && c.one_in(2))
        p.modulator_tau = c.one_in(2) ? 0.02 : 3e-4;
    p.baseline = c.below(3);
    if (p.baseline == CARVE_BASELINE_NONE)
        return;
    p.window = c.one_in(2) ? 1 + c.below(4) : 1 + c.below(70);
    p.baseline_start = c.uniform(-1, 1);
}

} // namespace

void add_uses(Choices& c, const Model& m, flat::Projection& p) {
    if (is_product(m.rules[p.rule]))
        return;
    for (std::uint32_t i = 1 + c.below(3); i > 0; --i) {
        flat::Use use;
        use.rule = c.below(std::uint32_t(m.rules.size()));
        use.eta = c.uniform(-0.1, 0.1);
        if (!is_product(m.rules[use.rule]))
            p.more.push_back(use);
    }
}

void modulate(Choices& c, const Model& m, flat::Projection& p) {
    modulate_use(c, m, p);
    for (flat::Use& use : p.more)
        modulate_use(c, m, use);
}

flat::Rule random_rule(Choices& c, bool spiking, bool modulation) {
    flat::Rule r;
    draw(c, Struct::rule, &r, spiking ? kSpikesRule : kRatesRule);
    if (spiking) {
        r.spikes = 1;
        r.terms = flat::kTermsPair;
        if (c.one_in(4)) {
            r.kind = CARVE_RULE_PRODUCT;
            draw(c, Struct::rule, &r, kProductRule);
            if (c.one_in(2)) {
                r.kind = CARVE_RULE_MLP;
                draw(c, Struct::rule, &r, kMlpRule);
            }
            return r;
        }
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
        if (modulation && c.one_in(4))
            add_sums(c, r);
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
