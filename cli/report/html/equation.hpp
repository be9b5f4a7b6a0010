// equation.hpp: rules and their terms as HTML.
#pragma once
#include "rule.hpp"

#include <map>
#include <string>
#include <vector>

namespace carve::cli {

// "x y²" with its variables in italics; "1" for the constant term; "κ" or "τ" with an index for a coefficient of a
// rule at spikes.
std::string term_html(const Term& term);
// What a coefficient of a rule at spikes multiplies, and when: " y₁ at presynaptic spikes"; "" for other rules.
std::string place_html(const Term& term);
// The same as term_html as plain text, for charts.
std::string term_text(const Term& term);
// A time constant of neurons in ms, one of rates in updates, and its unit "ms" or "updates"; other coefficients
// as they are, without a unit.
double own_units(const Term& term, double theta);
std::string unit_of(const Term& term);

// The largest coefficient first; time constants keep their order at the end.
std::vector<Term> by_magnitude(std::vector<Term> terms);
// How exactly coefficients are known, by monomial(term); what is missing, or above the coefficient, is not shown.
using TermErrors = std::map<std::string, double>;

// "0.998 x y − 0.997 y² w", `digits` significant digits, or "(0.998 ± 0.012) x y" where the error is known; "0"
// without terms.
std::string sum_html(const std::vector<Term>& terms, int digits, const TermErrors& errors = {});
// One block: the rule as one equation, or as one for each kind of spike, with eta and time constants. Terms that
// are rounding are left out, and of more than 12 terms the smallest. named: with the name of its rule.
std::string equation_html(const ProjectionRule& rule, bool named, const TermErrors& errors = {});

} // namespace carve::cli
