// spike_terms.hpp: what rule.cpp needs to write rules for spikes (M15).
#pragma once
#include "rule.hpp"

#include <string>
#include <vector>

namespace carve::cli {

std::string spike_term_name(const Term& term);
std::string spike_equation(const std::vector<Term>& terms, int digits);
std::vector<Preset> spike_presets();

} // namespace carve::cli
