#include "rule_terms.hpp"

#include "spike_terms.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    bool inside = false;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\t';
        if (!blank && !inside)
            words.emplace_back();
        if (!blank)
            words.back() += c;
        inside = !blank;
    }
    return words;
}

Word word_of_product(const std::string& text) {
    const std::size_t hat = text.find('^');
    if (hat == std::string::npos)
        return {text, 1};
    const std::string power = text.substr(hat + 1);
    const bool digit = power.size() == 1 && power[0] >= '1' && power[0] <= '9';
    return {text.substr(0, hat), digit ? static_cast<unsigned>(power[0] - '0') : 0};
}

namespace {

class TermFaults {
  public:
    TermFaults(const task::Rule& rule, const Place& place, Faults& faults)
        : rule_(rule), place_(place), faults_(faults) {}
    void refuse(const std::string& product, const std::string& what) const {
        faults_.add(place_, fmt::format("rule.{}.terms: \"{}\" {}", rule_.name, product, what),
                    rule_.terms.products.empty()
                        ? ""
                        : "factors are separated by blanks, powers written x^2; at spikes \"pre: "
                          "y1\" or \"post: x1 y2\"");
    }

  private:
    const task::Rule& rule_;
    const Place& place_;
    Faults& faults_;
};

struct SpikeProduct {
    bool pre = false;
    unsigned own = 0, other = 0, weight = 0; // powers of y1 (x1), of x2 (y2), of w
};

// The factors of what a presynaptic spike adds are y1, x2 and w, of a postsynaptic one x1, y2 and w.
bool parse_spike_product(const std::string& text, SpikeProduct& out) {
    const std::size_t colon = text.find(':');
    const std::vector<std::string> head = words_of(text.substr(0, colon));
    if (colon == std::string::npos || head.size() != 1 || (head[0] != "pre" && head[0] != "post"))
        return false;
    out.pre = head[0] == "pre";
    for (const std::string& factor : words_of(text.substr(colon + 1))) {
        if (factor == (out.pre ? "y1" : "x1") && out.own == 0)
            out.own = 1;
        else if (factor == (out.pre ? "x2" : "y2") && out.other == 0)
            out.other = 1;
        else if (factor == "w" && out.weight == 0)
            out.weight = 1;
        else if (factor == "w^2" && out.weight == 0)
            out.weight = 2;
        else if (factor != "1")
            return false;
    }
    return true;
}

} // namespace

std::vector<Term> spike_terms_of(const task::Rule& rule, const Place& place, Faults& faults) {
    const TermFaults at(rule, place, faults);
    const task::Terms& given = rule.terms;
    std::uint64_t bits = 0;
    const std::uint64_t pair =
        at_pre(0, 0, 0) | at_pre(1, 0, 0) | at_post(0, 0, 0) | at_post(1, 0, 0);
    if (given.preset == "pair" || (given.preset.empty() && given.products.empty()))
        bits = pair;
    else if (given.preset == "triplet")
        bits = at_pre(1, 0, 0) | at_pre(1, 1, 0) | at_post(1, 0, 0) | at_post(1, 1, 0);
    else if (!given.preset.empty())
        at.refuse(given.preset, "is no preset of terms");
    if (!given.powers.empty())
        at.refuse(given.powers[0].factor, "is a factor of rates; spikes have events");
    for (const std::string& product : given.products) {
        SpikeProduct p;
        if (!parse_spike_product(product, p)) {
            at.refuse(product, "is no term of a rule for spikes");
            continue;
        }
        const std::uint64_t bit =
            p.pre ? at_pre(p.own, p.other, p.weight) : at_post(p.own, p.other, p.weight);
        if (bits & bit)
            at.refuse(product, "is listed twice");
        bits |= bit;
    }
    bits |= time_constants_of(bits);
    std::vector<Term> terms;
    for (const Term& term : spike_terms())
        if (term.spike & bits)
            terms.push_back(term);
    return terms;
}

std::string spike_product(const Term& term) {
    for (const bool pre : {true, false})
        for (unsigned own = 0; own < 2; ++own)
            for (unsigned other = 0; other < 2; ++other)
                for (unsigned w = 0; w < 3; ++w)
                    if (term.spike == (pre ? at_pre(own, other, w) : at_post(own, other, w))) {
                        std::string text = pre ? "pre:" : "post:";
                        text += own ? (pre ? " y1" : " x1") : "";
                        text += other ? (pre ? " x2" : " y2") : "";
                        text += w == 1 ? " w" : w == 2 ? " w^2" : "";
                        return own || other || w ? text : text + " 1";
                    }
    return "";
}

} // namespace carve::cli
