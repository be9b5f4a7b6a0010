// rule_terms.hpp: the terms of a rule of a task file.
#pragma once
#include "description.hpp"
#include "rule.hpp"

namespace carve::cli {

// Separated by blanks.
std::vector<std::string> words_of(const std::string& text);

// Each adds a fault, at the place, for terms that are none.
std::vector<Term> rate_terms_of(const task::Rule& rule, const Place& place, Faults& faults);
// With the time constants of the traces that they read.
std::vector<Term> spike_terms_of(const task::Rule& rule, const Place& place, Faults& faults);
// "pre: x2 y1 w" of a term for spikes.
std::string spike_product(const Term& term);

} // namespace carve::cli
