// The presets of rules for spikes, against the published numbers and what follows from them.
#include "mean_field.hpp"
#include "rule.hpp"

#include <carve.h>
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <string>

using namespace carve::cli;

namespace {

// Of a preset by the names of its coefficients; time constants in ms.
std::map<std::string, double> numbers(const Preset& preset) {
    std::map<std::string, double> found;
    for (const Term& term : preset.terms)
        found[monomial(term)] = is_time_constant(term) ? 1e3 * std::exp(term.theta) : term.theta;
    return found;
}

struct Published { // 0: the rule has no such coefficient
    const char* name;
    double alpha, beta, gamma, kappa, tau_pre, tau_post;
};

// alpha = -2 r0 tau of Vogels' rules: 2 * 3 Hz * 20 ms = 0.12.
const Published kPublished[] = {
    {"vogels_istdp", -.12, 0, 1, 1, 20, 20},
    {"vogels_istdp_cell", -.25, 0, 1, 1, 20, 20},
    {"stdp_pair", 0, 0, 1, -1.05, 20, 20},
    {"stdp_anti", 0, 0, -1, 1.05, 20, 20},
    {"stdp_symmetric", 0, 0, 1, 1, 20, 20},
    {"homeostatic_inh", -.25, 1.52, 0, 0, 0, 0},
    {"half_hebb", -.12, .2, .5, .5, 20, 20},
    {"post_only", -.12, .4, 0, 0, 0, 0},
    {"manifold", -.4, 0, .1, .38, 20, 100},
    {"spikes_ie_stability", -1.4111, .0155, .7164, 1.0809, 54.3, 97.5},
    {"spikes_ee_stability", .0081, .0034, -.1136, .0097, 9.8, 9.4},
    {"spikes_ei_stability", .5786, -6.7713, 4.5371, 8.8259, 1.4, 11.3},
    {"spikes_ii_stability", .0141, -.0085, .0013, -.0277, 10.6, 9.9},
    {"spikes_ie_familiarity", -.1970, .1265, .2635, -.2630, 9.2, 2.9},
    {"spikes_ee_familiarity", .0132, .0023, .3727, -.4217, 6.9, 8.9},
};

double set_point_of(const char* name, double afferent_rate) {
    const Preset* preset = find_preset(name);
    REQUIRE(preset);
    return set_point(preset->terms, afferent_rate);
}

} // namespace

TEST_SUITE("rules") {

    TEST_CASE("every preset for spikes of the six-parameter form has the published numbers") {
        for (const Published& p : kPublished) {
            CAPTURE(std::string(p.name));
            const Preset* preset = find_preset(p.name);
            REQUIRE(preset);
            std::map<std::string, double> expected{
                {"alpha", p.alpha}, {"beta", p.beta},       {"gamma", p.gamma},
                {"kappa", p.kappa}, {"tau_pre", p.tau_pre}, {"tau_post", p.tau_post}};
            std::map<std::string, double> found = numbers(*preset);
            for (const auto& number : expected) {
                CAPTURE(number.first);
                CHECK(found.count(number.first) == (number.second != 0));
                CHECK(found[number.first] == doctest::Approx(number.second).epsilon(1e-14));
                found.erase(number.first);
            }
            CHECK(found.empty());
        }
    }

    TEST_CASE("triplet presets have the published amplitudes, depression with its sign") {
        std::map<std::string, double> hippocampus =
            numbers(*find_preset("triplet_hippocampus_minimal"));
        const std::map<std::string, double> minimal{{"tau_pre", 16.8}, {"tau_post", 33.7},
                                                    {"tau_post2", 40}, {"gamma", 5.3e-3},
                                                    {"gamma_o", 8e-3}, {"kappa", -3.5e-3}};
        CHECK(hippocampus.size() == minimal.size());
        for (const auto& [name, value] : minimal)
            CHECK(hippocampus[name] == doctest::Approx(value).epsilon(1e-14));
        std::map<std::string, double> visual = numbers(*find_preset("triplet_visual_nestml"));
        const std::map<std::string, double> full{
            {"tau_pre", 16.8},  {"tau_post", 33.7},  {"tau_pre2", 101}, {"tau_post2", 125},
            {"gamma", 7.5e-10}, {"gamma_o", 9.3e-3}, {"kappa", -7e-3},  {"kappa_r", -2.3e-4}};
        CHECK(visual.size() == full.size());
        for (const auto& [name, value] : full)
            CHECK(visual[name] == doctest::Approx(value).epsilon(1e-14));
    }

    TEST_CASE("presets for spikes are all tested here, in term order, and inhibitory rules") {
        std::size_t count = 0;
        for (const Preset& preset : presets()) {
            if (preset.terms.empty() || !preset.terms[0].spike)
                continue;
            ++count;
            CAPTURE(preset.name);
            for (std::size_t k = 1; k < preset.terms.size(); ++k)
                CHECK(preset.terms[k].spike > preset.terms[k - 1].spike);
            const Rule rule = load_rule(preset.name);
            REQUIRE(rule.projections.size() == 1);
            CHECK(rule.projections[0].projection == "inhibitory");
            CHECK(rule.projections[0].terms == preset.terms);
            CHECK(rule.projections[0].eta == (preset.name.rfind("spikes_", 0) == 0 ? 0.01 : 0));
        }
        CHECK(count == std::size(kPublished) + 2);
    }

    TEST_CASE("presets that state a target rate have it as their set point") {
        for (const double r : {5.0, 38.0}) {
            CHECK(set_point_of("vogels_istdp", r) == doctest::Approx(3));
            CHECK(set_point_of("vogels_istdp_cell", r) == doctest::Approx(6.25));
            CHECK(set_point_of("manifold", r) == doctest::Approx(10));
        }
        CHECK(set_point_of("half_hebb", 10) == doctest::Approx(3));
        CHECK(set_point_of("post_only", 10) == doctest::Approx(3));
        CHECK(set_point_of("homeostatic_inh", 38) == doctest::Approx(6.25));
        // Published for vanishing beta: afferents of many Hz.
        CHECK(set_point_of("spikes_ie_stability", 1e6) == doctest::Approx(9.78).epsilon(5e-4));
        CHECK(set_point_of("spikes_ee_stability", 1e6) == doctest::Approx(7.9).epsilon(7e-3));
    }

    TEST_CASE("time constants do not count in the angle between two rules for spikes") {
        std::vector<Term> other = find_preset("vogels_istdp")->terms;
        for (Term& term : other)
            term.theta *= is_time_constant(term) ? 2 : 3;
        CHECK(angle_degrees(other, find_preset("vogels_istdp")->terms) < 1e-6);
        // The cosine of (-.12, 1, 1) and (1, 1).
        CHECK(angle_degrees(find_preset("stdp_symmetric")->terms,
                            find_preset("vogels_istdp")->terms) ==
              doctest::Approx(std::acos(2 / std::sqrt(2 * 2.0144)) * 180 / 3.141592653589793));
    }
}
