// rule_terms.hpp: the terms of a rule of a task file.
#pragma once
#include "description.hpp"
#include "rule.hpp"

namespace carve::cli {

// Separated by blanks.
std::vector<std::string> words_of(const std::string& text);

// A factor of a product: "x^2" as x and 2; power 0 for what is no power.
struct Word {
    std::string base;
    unsigned power = 1;
};
Word word_of_product(const std::string& text);

// With the time constants of the traces that they read. Adds a fault, at the place, for terms that are none.
std::vector<Term> spike_terms_of(const task::Rule& rule, const Place& place, Faults& faults);
// "pre: x2 y1 w" of a term for spikes.
std::string spike_product(const Term& term);

} // namespace carve::cli
