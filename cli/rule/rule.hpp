// rule.hpp: a plasticity rule as a value: named presets, and the file rule.toml.
#pragma once
#include <carve.h>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carve::cli {

// The meaning of a coefficient with a name of its own.
enum class Meaning {
    product,
    pre_mean_tau,
    post_mean_tau,
    post_square_tau,
    eligibility_tau,
    network
};

// theta x^x y^y w^w of a rule for rates, a coefficient of a rule for spikes, or one with a name: of a
// product with other factors, of a time constant, of an MLP.
struct Term {
    unsigned x = 0, y = 0, w = 0;
    double theta = 0;        // of a time constant: its natural logarithm, in s, or steps of rates
    std::uint64_t spike = 0; // its bit (spike_terms.hpp); 0: a rule for rates, and x, y, w count
    std::string name{};      // "x y m", "tau_m", "u0_x"; empty: as above
    Meaning meaning = Meaning::product;
    carve_term factors{}; // of a named product, as the library takes it
    bool operator==(const Term& o) const {
        return x == o.x && y == o.y && w == o.w && theta == o.theta && spike == o.spike &&
               name == o.name;
    }
};
bool is_same_term(const Term& a, const Term& b); // whatever their coefficients
bool is_time_constant(const Term& term);
bool comes_before(const Term& a, const Term& b); // in the order of a rule; of terms without names
bool has_names(const std::vector<Term>& terms);  // one of them has a name of its own

// The rule of one projection. Terms are unique and in the order of 16 x + 4 y + w, or of their
// bits; those with names come as the task has them.
struct ProjectionRule {
    std::string projection; // "feedforward", or at spikes "inhibitory"
    double eta = 0;         // the learning rate that it was found with; 0: not stated
    std::vector<Term> terms;
};

struct Rule {
    std::string source; // "carve 0.1.0, task oja, seed 1", or a citation
    std::vector<ProjectionRule> projections;
};

// A named rule of the literature. Without terms: known, but not what carve can simulate; the note
// then says why.
struct Preset {
    std::string name, equation, note; // "oja", "dw = eta (x y - y^2 w)", "unit norm, ..."
    std::vector<Term> terms;
    std::vector<Term> lateral{}; // of the lateral rule where there are two
    std::string presynaptic{};   // factor "residual" or "residual_below" in place of x; "": none
    double eta = 0;              // learning rate that the source gives with them; 0: none
};
const std::vector<Preset>& presets();
// Null if no preset has that name.
const Preset* find_preset(const std::string& name);

// A bit for each without a name, in the order of a rule.
std::uint64_t term_mask(const std::vector<Term>& terms);
// The terms as the library takes them, without time constants.
std::vector<carve_term> kernel_terms(const std::vector<Term>& terms);
std::vector<Term> terms_up_to(unsigned order); // every x, y, w in 0 .. order, theta 0
std::vector<Term> spike_terms();               // every coefficient of a rule at spikes, theta 0
std::vector<Term> pair_terms();                // those of the six-parameter rule
std::string monomial(const Term& term); // "x^2 y", "1"; at spikes the name: "tau_pre", "alpha"
// A coefficient that a task defines, as a rule file names it; the task has its product. theta 0.
Term named_term(const std::string& name);
std::optional<Term> parse_spike_term(const std::string& name); // its inverse for spikes, theta 0
std::optional<Term>
parse_monomial(const std::string& text); // its inverse, theta 0; blanks are free
// Those that are neither 0 nor rounding (figures.hpp) beside the largest.
std::vector<Term> without_rounding(std::vector<Term> terms);
// "dw = eta (0.998 x y - 0.997 y^2 w)", sorted by magnitude, without_rounding, significant digits as
// given; of spikes
// "tau_pre = 20 ms, tau_post = 20 ms, alpha = -0.25, kappa = 1".
std::string equation(const std::vector<Term>& terms, int digits = 4);
// Angle in degrees between two coefficient vectors over the union of their terms, time constants
// left out; NaN if one is 0.
double angle_degrees(const std::vector<Term>& a, const std::vector<Term>& b);

// `what` is a preset's name, a rule.toml, or a run directory that holds one. Throws Error(usage) if
// it is none of them, FileErrors(data) for a file at fault, Error(version) for one of a later
// format.
Rule load_rule(const std::string& what);
Rule parse_rule(const std::string& text, const std::string& path); // of a rule file's text
std::string to_toml(const Rule& rule); // doubles in shortest form that reads back identically

} // namespace carve::cli
