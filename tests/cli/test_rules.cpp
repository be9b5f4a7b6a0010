#include "../data/failure.hpp"
#include "../data/temporary.hpp"
#include "rule.hpp"
#include "spike_terms.hpp"

#include <carve.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <string>

using namespace carve::cli;

namespace {

double change(const std::vector<Term>& terms, double x, double y, double w) {
    double sum = 0;
    for (const Term& t : terms)
        sum += t.theta * std::pow(x, t.x) * std::pow(y, t.y) * std::pow(w, t.w);
    return sum;
}

} // namespace

TEST_SUITE("rules") {

    TEST_CASE("every expressible preset for rates is the rule that its equation says") {
        using Rate = std::function<double(double, double, double)>;
        // Written from the equations, not from the terms.
        const std::map<std::string, Rate> equations{
            {"hebb", [](double x, double y, double) { return x * y; }},
            {"anti_hebb", [](double x, double y, double) { return -x * y; }},
            {"oja", [](double x, double y, double w) { return y * (x - y * w); }},
            {"oja_norm", [](double x, double y, double w) { return y * (x - y * w / 4); }},
            {"oja_family", [](double x, double y,
                              double w) { return 0.75 * x * y - 0.25 * w - 0.5 * y * y * w; }},
            {"hebb_decay", [](double x, double y, double w) { return x * y - 0.1 * w; }},
            {"hebb_trace", [](double x, double y, double w) { return x * y - w; }},
            {"instar", [](double x, double y, double w) { return y * (x - w); }},
            {"outstar", [](double x, double y, double w) { return x * (y - w); }},
            {"covariance", [](double x, double y, double) { return (x - 0.5) * (y - 0.5); }},
            {"covariance_pre", [](double x, double y, double) { return (x - 0.5) * y; }},
            {"covariance_post", [](double x, double y, double) { return x * (y - 0.5); }},
            {"bcm_fixed", [](double x, double y, double) { return x * y * (y - 1); }},
            {"foldiak_ff", [](double x, double y, double w) { return x * y - y * w; }},
            {"foldiak_lat", [](double x, double y, double) { return -(x * y - 0.01); }},
            {"inhibitory_rate", [](double x, double y, double) { return x * (y - 1); }},
            {"homeostatic_add", [](double, double y, double) { return 1 - y; }},
            {"homeostatic_mult", [](double, double y, double w) { return w * (1 - y); }},
            // x is what other outputs leave of the input.
            {"sanger", [](double x, double y, double w) { return y * (x - y * w); }},
            {"subspace", [](double x, double y, double) { return x * y; }},
            {"rubner_tavan", [](double x, double y, double w) { return y * (x - y * w); }},
            {"abcd", [](double x, double y, double) { return x * y + 0.1 * x + 0.1 * y + 0.1; }},
        };
        std::size_t expressible = 0;
        for (const Preset& preset : presets()) {
            if (preset.terms.empty() || preset.terms[0].spike)
                continue;
            ++expressible;
            CAPTURE(preset.name);
            REQUIRE(equations.count(preset.name) == 1);
            for (const double x : {-1.5, 0.3, 2.0})
                for (const double y : {-0.7, 0.9})
                    for (const double w : {-1.1, 0.4})
                        CHECK(change(preset.terms, x, y, w) ==
                              doctest::Approx(equations.at(preset.name)(x, y, w)).epsilon(1e-14));
        }
        CHECK(expressible == equations.size());
    }

    TEST_CASE("presets are unique, in term order, within the 27 terms, and explained") {
        std::map<std::string, int> names;
        for (const Preset& preset : presets()) {
            CAPTURE(preset.name);
            CHECK(++names[preset.name] == 1);
            CHECK(preset.equation != "");
            CHECK(preset.note != "");
            const bool rates = preset.terms.empty() || !preset.terms[0].spike;
            if (rates)
                CHECK((term_mask(preset.terms) & ~term_mask(terms_up_to(2))) == 0);
            for (std::size_t k = 1; rates && k < preset.terms.size(); ++k)
                CHECK(term_mask({preset.terms[k]}) > term_mask({preset.terms[k - 1]}));
        }
    }

    carve_term at_spike(unsigned event, unsigned pre, unsigned post, unsigned pre2, unsigned post2,
                        unsigned weight) {
        const auto byte = [](unsigned value) { return static_cast<std::uint8_t>(value); };
        carve_term t{};
        t.event = byte(event);
        t.pre = byte(pre);
        t.post = byte(post);
        t.pre2 = byte(pre2);
        t.post2 = byte(post2);
        t.weight = byte(weight);
        return t;
    }

    TEST_CASE("the library gets the terms of a rule, in its order and without time constants") {
        const auto same = [](const carve_term& a, const carve_term& b) {
            return std::memcmp(&a, &b, sizeof a) == 0;
        };
        std::vector<carve_term> all(64);
        REQUIRE(carve_terms_up_to(3, 3, 3, all.data(), 64) == 64);
        const std::vector<carve_term> rates = kernel_terms(terms_up_to(3));
        CHECK(std::equal(rates.begin(), rates.end(), all.begin(), all.end(), same));
        const std::vector<carve_term> pair{
            at_spike(CARVE_EVENT_PRE, 0, 0, 0, 0, 0), at_spike(CARVE_EVENT_PRE, 0, 1, 0, 0, 0),
            at_spike(CARVE_EVENT_POST, 0, 0, 0, 0, 0), at_spike(CARVE_EVENT_POST, 1, 0, 0, 0, 0)};
        const std::vector<carve_term> spikes = kernel_terms(pair_terms());
        CHECK(std::equal(spikes.begin(), spikes.end(), pair.begin(), pair.end(), same));
        for (const auto& named : std::map<std::string, carve_term>{
                 {"kappa_r_w2", at_spike(CARVE_EVENT_PRE, 0, 1, 1, 0, 2)},
                 {"alpha_r", at_spike(CARVE_EVENT_PRE, 0, 0, 1, 0, 0)},
                 {"gamma_o_w", at_spike(CARVE_EVENT_POST, 1, 0, 0, 1, 1)},
                 {"beta_o", at_spike(CARVE_EVENT_POST, 0, 0, 0, 1, 0)}}) {
            CAPTURE(named.first);
            CHECK(same(kernel_terms({*parse_spike_term(named.first)}).at(0), named.second));
        }
    }

    TEST_CASE(
        "a rule for spikes has the time constants of the traces that it reads, and no other") {
        const auto fault = [](const std::vector<std::string>& names) {
            std::vector<Term> terms;
            for (const std::string& name : names)
                terms.push_back(*parse_spike_term(name));
            return time_constant_fault(terms);
        };
        CHECK(fault({"alpha", "beta"}) == "");
        CHECK(fault({"tau_pre", "gamma"}) == "");
        CHECK(fault({"tau_post", "kappa_w2"}) == "");
        CHECK(fault({"tau_pre2", "alpha_r"}) == "");
        CHECK(fault({"tau_post2", "beta_o_w"}) == "");
        CHECK(fault({"tau_pre", "tau_post2", "gamma_o"}) == "");
        CHECK(fault({"gamma"}).find("needs tau_pre,") == 0);
        CHECK(fault({"kappa"}).find("needs tau_post,") == 0);
        CHECK(fault({"tau_post", "kappa_r"}).find("needs tau_pre2,") == 0);
        CHECK(fault({"beta_o"}).find("needs tau_post2,") == 0);
        CHECK(fault({"tau_pre", "alpha"}).find("has tau_pre,") == 0);
        CHECK(fault({"tau_post2", "alpha"}).find("has tau_post2,") == 0);
        for (const Preset& preset : presets())
            if (!preset.terms.empty() && preset.terms[0].spike)
                CHECK(time_constant_fault(preset.terms) == "");
    }

    TEST_CASE("a preset of two rules is a rule for each projection") {
        const Rule rule = load_rule("rubner_tavan");
        REQUIRE(rule.projections.size() == 2);
        CHECK(rule.projections[0].projection == "feedforward");
        CHECK(rule.projections[0].terms == find_preset("oja")->terms);
        CHECK(rule.projections[1].projection == "lateral");
        CHECK(rule.projections[1].terms == find_preset("anti_hebb")->terms);
    }

    TEST_CASE("a preset that is no polynomial of x, y and w says why") {
        const Failure f = failure_of([] { load_rule("bcm_sliding"); });
        CHECK(f.code == Exit::usage);
        CHECK(f.says("state of the postsynaptic unit"));
    }

    TEST_CASE("monomials read back, in any order and spacing") {
        for (const Term& term : terms_up_to(3)) {
            const auto back = parse_monomial(monomial(term));
            REQUIRE(back);
            CHECK(*back == term);
        }
        CHECK(*parse_monomial("w y^2") == Term{0, 2, 1, 0});
        CHECK(*parse_monomial("x*y") == Term{1, 1, 0, 0});
        CHECK(*parse_monomial("x^0") == Term{0, 0, 0, 0});
        for (const std::string bad :
             {"", " ", "z", "x x", "x^4", "x^", "x^-1", "2x", "1 x", "xx", "^2"}) {
            CAPTURE(bad);
            CHECK_FALSE(parse_monomial(bad));
        }
    }

    TEST_CASE("an equation is sorted by magnitude and leaves out zeros and factors of one") {
        CHECK(equation({{0, 2, 1, -0.9974}, {1, 1, 0, 0.99812}}) ==
              "dw = eta (0.9981 x y - 0.9974 y^2 w)");
        CHECK(equation({{0, 0, 0, 0.25}, {0, 1, 0, -0.5}, {1, 0, 0, 0}, {1, 1, 0, 1}}) ==
              "dw = eta (x y - 0.5 y + 0.25)");
        CHECK(equation({{1, 1, 0, -1}}) == "dw = eta (-x y)");
        CHECK(equation({{1, 1, 0, 1.23456789}}, 7) == "dw = eta (1.234568 x y)");
        CHECK(equation({{1, 1, 0, 0}}) == "dw = 0");
        // Rounding beside the largest, however small that is.
        CHECK(equation({{1, 1, 0, 1e-9}, {0, 1, 1, -3.5e-24}}) == "dw = eta (1e-09 x y)");
        CHECK(equation({{1, 1, 0, 1}, {0, 1, 1, -3.5e-11}}) == "dw = eta (x y - 3.5e-11 y w)");
        CHECK(equation({}) == "dw = 0");
    }

    TEST_CASE("angles are those between coefficient vectors, whatever their scale and terms") {
        const std::vector<Term> oja = find_preset("oja")->terms;
        CHECK(angle_degrees(oja, oja) == 0);
        CHECK(angle_degrees(oja, {{0, 2, 1, -3}, {1, 1, 0, 3}}) < 1e-13);
        CHECK(angle_degrees(oja, {{1, 1, 0, 1}}) == doctest::Approx(45));
        CHECK(angle_degrees(oja, {{2, 2, 2, 5}}) == doctest::Approx(90));
        CHECK(angle_degrees(oja, {{0, 2, 1, 1}, {1, 1, 0, -1}}) == doctest::Approx(180));
        // A ten-millionth of a radian: acos of the cosine would see 0.
        CHECK(angle_degrees({{1, 1, 0, 1}}, {{1, 1, 0, 1}, {0, 0, 0, 1e-9}}) ==
              doctest::Approx(1e-9 * 180 / 3.141592653589793).epsilon(1e-9));
        CHECK(std::isnan(angle_degrees(oja, {})));
    }

    TEST_CASE("names of coefficients of spikes read back, and no two are the same") {
        const std::vector<Term> terms = spike_terms();
        CHECK(terms.size() == 28);
        std::uint64_t seen = 0;
        for (const Term& term : terms) {
            CHECK(*parse_spike_term(monomial(term)) == term);
            CHECK(term.spike > seen);
            seen = term.spike;
        }
        CHECK(term_mask(pair_terms()) ==
              0x410413); // ln tau_pre, ln tau_post, alpha, kappa, beta, gamma
        CHECK_FALSE(parse_spike_term("delta"));
        CHECK_FALSE(parse_spike_term(""));
    }

    TEST_CASE("a rule for spikes is written by its names and reads back identically") {
        Rule rule{"by hand", {{"inhibitory", 0.02, pair_terms()}}};
        for (std::size_t k = 0; k < 6; ++k)
            rule.projections[0].terms[k].theta = k < 2 ? std::log(0.02) : -0.1 - 0.3 * double(k);
        const std::string text = to_toml(rule);
        CHECK(text.find("{ name = \"alpha\", theta = -0.7 }") != std::string::npos);
        CHECK(
            text.find("# inhibitory: tau_pre = 20 ms, tau_post = 20 ms, alpha = -0.7, kappa = -1, "
                      "beta = -1.3, gamma = -1.6\n") == 0);
        const Rule back = parse_rule(text, "r.toml");
        CHECK(to_toml(back) == text);
        CHECK(back.projections[0].terms == rule.projections[0].terms);
    }

    TEST_CASE("faults of a rule for spikes are named") {
        const auto fault = [](const std::string& terms) {
            return failure_of([&] {
                parse_rule("format = 1\n[rule.inhibitory]\nterms = [" + terms + "]\n", "r.toml");
            });
        };
        CHECK(fault("{ name = \"alhpa\", theta = 1 }").says("did you mean 'alpha'"));
        CHECK(fault("{ name = 3, theta = 1 }").says("3 is no coefficient"));
        CHECK(fault("{ name = \"alpha\", x = 1, theta = 1 }").says("a term with a name has no x"));
        CHECK(fault("{ name = \"alpha\" }").says("theta needs to be a finite number"));
        CHECK(fault("{ name = \"beta\", theta = 1 }, { x = 1, theta = 1 }").says("not for both"));
        CHECK(fault("{ name = \"beta\", theta = 1 }, { name = \"beta\", theta = 2 }")
                  .says("the term beta is there twice"));
    }

    TEST_CASE("a rule file reads back identically") {
        const Temporary directory;
        Rule rule;
        rule.source = "carve 0.1.0, task \"o\\ja\", seed 1";
        rule.projections = {
            {"feedforward", 0.1, {{0, 2, 1, -1.0 / 3}, {1, 1, 0, 1}, {3, 3, 3, 5e-324}}}};
        const std::string path = directory / "rule.toml";
        std::ofstream(path) << to_toml(rule);
        for (const std::string& what : {path, (directory / "")}) {
            const Rule back = load_rule(what);
            CHECK(back.source == rule.source);
            REQUIRE(back.projections.size() == 1);
            CHECK(back.projections[0].projection == "feedforward");
            CHECK(back.projections[0].eta == 0.1);
            CHECK(back.projections[0].terms == rule.projections[0].terms);
        }
        CHECK(to_toml(rule).find("# feedforward: dw = eta (x y - 0.3333 y^2 w") == 0);
    }

    TEST_CASE("a rule file's faults are all named, with their places") {
        const Temporary directory;
        const std::string path = directory / "r.toml";
        const auto failure = [&](const std::string& text) {
            std::ofstream(path) << text;
            return failure_of([&] { load_rule(path); });
        };
        const std::string head = "format = 1\n[rule.feedforward]\n";
        CHECK(failure(head + "terms = [{ x = 1, y = 1, w = 0, theta = 1 }]\n").code == Exit::ok);
        const Failure two = failure(head + "terms = [{ x = 4, theta = 1 }]\nsigma = 1\n");
        CHECK(two.code == Exit::data);
        CHECK(two.says("r.toml:3:16: error: x = 4 is not an exponent in [0, 3]"));
        CHECK(two.says("r.toml:4:1: error: unknown key 'sigma'"));
        CHECK(failure(head + "terms = [{ x = 1 }]\n").says("theta needs to be a finite number"));
        CHECK(failure(head + "terms = [{ x = 1, theta = nan }]\n").says("finite"));
        CHECK(failure(head + "terms = [{ x = 1, theta = 1 }, { x = 1, theta = 2 }]\n")
                  .says("x is there twice"));
        CHECK(failure(head + "terms = [3]\n").says("not 3"));
        CHECK(failure(head + "terms = 3\n").says("needs a list"));
        CHECK(failure(head).says("needs terms"));
        CHECK(failure(head + "eta = -1\nterms = []\n").says("eta needs to be a number >= 0"));
        CHECK(failure("format = 1\n").says("no [rule.NAME]"));
        CHECK(failure("[rule.feedforward]\nterms = []\n").says("format = 1"));
        CHECK(failure("format = 2\n").code == Exit::version);
        CHECK(failure("format = \n").code == Exit::data);
    }

    TEST_CASE("a rule that is nowhere is suggested") {
        const Failure f = failure_of([] { load_rule("ojaa"); });
        CHECK(f.code == Exit::usage);
        CHECK(f.says("did you mean 'oja'?"));
        const Temporary empty;
        CHECK(failure_of([&] { load_rule(empty / ""); }).code == Exit::data);
    }
}
