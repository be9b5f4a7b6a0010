// Every field of a spiking model, out of its range: the status, and a sentence that names it.
#include "reference/spiking_scenario.hpp"

#include <functional>

using namespace reference;
using support::Network;

namespace {

const double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

Network valid() {
    Network n = spiking_network(8, 4, 2);
    n.populations[0].source = CARVE_SOURCE_SIGNAL;
    n.rule();
    n.projection(2, 2, CARVE_STATIC);
    n.projections[2].delay = 8;
    return n;
}
std::string explain(Network& n) {
    std::vector<char> text(600);
    carve_model_explain(n.description(), text.data(), text.size());
    return text.data();
}
void check_refused(const std::string& field, const std::function<void(Network&)>& damage) {
    CAPTURE(field);
    Network n = valid();
    damage(n);
    const std::string sentence = explain(n);
    CAPTURE(sentence);
    CHECK(sentence.compare(0, field.size(), field) == 0);
    std::size_t bytes = 0;
    CHECK(carve_sim_required_bytes(n.description(), &bytes) == CARVE_E_RANGE);
}
template <class T>
void population(std::size_t i, const char* name, T carve_population::*field, T value) {
    check_refused("populations[" + std::to_string(i) + "]." + name + " is ",
                  [=](Network& n) { n.populations[i].*field = value; });
}
template <class T>
void projection(std::size_t i, const char* name, T carve_projection::*field, T value) {
    check_refused("projections[" + std::to_string(i) + "]." + name + " is ",
                  [=](Network& n) { n.projections[i].*field = value; });
}

} // namespace

TEST_SUITE_BEGIN("model errors");

TEST_CASE("a valid spiking model has nothing to explain") {
    Network n = valid();
    CHECK(explain(n) == "");
}

TEST_CASE("a field of a poisson population outside its range is refused by name") {
    using P = carve_population;
    population(0, "source", &P::source, 3u);
    for (const std::uint32_t groups : {0u, 3u, 9u})
        population(0, "n_groups", &P::n_groups, groups);
    for (const double bad : {-1.0, kNan, kInf}) {
        population(0, "rate", &P::rate, bad);
        population(0, "signal_gain", &P::signal_gain, bad);
        population(0, "signal_tau", &P::signal_tau, bad);
        population(0, "t_ref", &P::t_ref, bad);
    }
    population(0, "signal_tau", &P::signal_tau, 0.0);
    population(0, "activation", &P::activation, 1u);
    population(0, "shared", &P::shared, 1u);
    population(0, "fixed", &P::fixed, 1u);
    population(0, "reserved", &P::reserved, 1u);
}

TEST_CASE("a field of a lif population outside its range is refused by name") {
    using P = carve_population;
    population(2, "n_units", &P::n_units, 4097u);
    population(2, "synapses", &P::synapses, 2u);
    population(2, "scored", &P::scored, 2u);
    for (const double bad : {0.0, -1.0, kNan, kInf}) {
        population(2, "tau_m", &P::tau_m, bad);
        population(2, "tau_exc", &P::tau_exc, bad);
        population(2, "tau_inh", &P::tau_inh, bad);
        population(2, "rate_tau", &P::rate_tau, bad);
        population(2, "rate_offset", &P::rate_offset, bad);
    }
    for (const double bad : {kNan, kInf, -kInf}) {
        population(2, "v_rest", &P::v_rest, bad);
        population(2, "v_reset", &P::v_reset, bad);
        population(2, "v_threshold", &P::v_threshold, bad);
        population(2, "v_exc", &P::v_exc, bad);
        population(2, "v_inh", &P::v_inh, bad);
        population(2, "drive", &P::drive, bad);
        population(2, "rate_start", &P::rate_start, bad);
        population(2, "rate_low", &P::rate_low, bad);
        population(2, "rate_target", &P::rate_target, bad);
    }
    population(2, "v_threshold", &P::v_threshold, -0.06);
    population(2, "rate_high", &P::rate_high, 0.0);
    population(2, "rate_high", &P::rate_high, kNan);
    population(2, "t_ref", &P::t_ref, 1.5);
}

TEST_CASE("a field of a projection of spikes outside its range is refused by name") {
    using P = carve_projection;
    projection(0, "connectivity", &P::connectivity, 1u);
    projection(0, "inference", &P::inference, 1u);
    projection(0, "n_sweeps", &P::n_sweeps, 2u);
    projection(0, "mask_from", &P::mask_from, 1u);
    projection(0, "receptor", &P::receptor, 2u);
    projection(1, "coincidence", &P::coincidence, 2u);
    projection(0, "tuning", &P::tuning, 2u);
    projection(2, "tuning", &P::tuning, 1u);
    projection(0, "delay", &P::delay, 1u);
    projection(2, "delay", &P::delay, 0u);
    projection(2, "delay", &P::delay, 1025u);
    projection(0, "gain", &P::gain, kInf);
    projection(0, "post", &P::post, 1u);
    projection(0, "pre", &P::pre, 3u);
    projection(1, "rule", &P::rule, 1u); // a rule for rates
}

TEST_CASE("a spike rule needs terms, and the traces that they read") {
    const auto terms = [](std::uint64_t t) {
        check_refused("rules[0].terms is ", [=](Network& n) { n.rules[0].terms = t; });
    };
    terms(0);
    terms(CARVE_TAU_PRE);
    terms(std::uint64_t(1) << 28 | CARVE_TERMS_PAIR);
    terms(CARVE_AT_POST(1, 0, 0) | CARVE_TAU_POST | CARVE_TAU_PRE2 | CARVE_TAU_POST2);
    terms(CARVE_AT_PRE(1, 0, 2) | CARVE_TAU_PRE | CARVE_TAU_PRE2 | CARVE_TAU_POST2);
    terms(CARVE_AT_PRE(0, 1, 1) | CARVE_TAU_PRE | CARVE_TAU_POST | CARVE_TAU_POST2);
    terms(CARVE_AT_POST(0, 1, 0) | CARVE_TAU_PRE | CARVE_TAU_POST | CARVE_TAU_PRE2);
    check_refused("rules[0].trace_jump is ", [](Network& n) { n.rules[0].trace_jump = 2; });
    check_refused("rules[0].kind is ", [](Network& n) { n.rules[0].kind = 2; });
}

TEST_CASE("what belongs to rates is refused in a spiking model, and the mixture explained") {
    check_refused("populations[1].kind is ",
                  [](Network& n) { n.populations[1].kind = CARVE_POPULATION_INPUT; });
    check_refused("batch is ", [](Network& n) { n.model.batch = 2; });
    check_refused("form is ", [](Network& n) { n.model.form = CARVE_FORM_SAMPLES; });
    for (const double dt : {0.0, 1e-7, 1.0, kNan})
        check_refused("dt is ", [=](Network& n) { n.model.dt = dt; });
    for (const double b : {0.0, -1.0, kInf, kNan})
        check_refused("surrogate is ", [=](Network& n) { n.model.surrogate = b; });
    check_refused("projections[2].pre is ", [](Network& n) {
        n.model.gradient = CARVE_GRADIENT_FORWARD; // does not pass between neurons
    });
    Network rates = support::single_layer(2, 1);
    rates.rules[0].kind = CARVE_RULE_SPIKES;
    rates.rules[0].terms = CARVE_TERMS_PAIR;
    CHECK(explain(rates).find("projections[0].rule") == 0);
}

TEST_CASE("a number that no float holds is refused by name in single precision, and only there") {
    using P = carve_population;
    using Q = carve_projection;
    const double most = double(std::numeric_limits<float>::max());
    const auto check = [&](const std::string& name, const auto& set) {
        for (const double sign : {1.0, -1.0}) {
            CAPTURE(name);
            Network n = valid();
            set(n, sign * 1e300);
            if (explain(n) != "")
                continue; // refused in either precision: out of range with this sign
            n.model.precision = CARVE_F32;
            CHECK(explain(n).compare(0, name.size() + 3, name + " is") == 0);
            set(n, sign * most);
            CHECK(explain(n) == "");
            set(n, sign * std::nextafter(most, kInf));
            CHECK(explain(n).compare(0, name.size() + 3, name + " is") == 0);
        }
    };
    check("surrogate", [](Network& n, double v) { n.model.surrogate = v; });
    const std::pair<const char*, double P::*> of_lif[] = {{"tau_m", &P::tau_m},
                                                          {"tau_exc", &P::tau_exc},
                                                          {"tau_inh", &P::tau_inh},
                                                          {"v_rest", &P::v_rest},
                                                          {"v_reset", &P::v_reset},
                                                          {"v_threshold", &P::v_threshold},
                                                          {"v_exc", &P::v_exc},
                                                          {"v_inh", &P::v_inh},
                                                          {"drive", &P::drive},
                                                          {"rate_tau", &P::rate_tau},
                                                          {"rate_start", &P::rate_start},
                                                          {"rate_low", &P::rate_low},
                                                          {"rate_target", &P::rate_target},
                                                          {"rate_offset", &P::rate_offset}};
    for (const auto& field : of_lif)
        check(std::string("populations[2].") + field.first,
              [&](Network& n, double v) { n.populations[2].*field.second = v; });
    const std::pair<const char*, double Q::*> of_plastic[] = {
        {"eta", &Q::eta},       {"w_min", &Q::w_min}, {"w_max", &Q::w_max},
        {"w_mean", &Q::w_mean}, {"w_sd", &Q::w_sd},   {"gain", &Q::gain}};
    for (const auto& field : of_plastic)
        check(std::string("projections[1].") + field.first,
              [&](Network& n, double v) { n.projections[1].*field.second = v; });
    Network limits = valid(); // a limit beyond all numbers is none
    limits.model.precision = CARVE_F32;
    limits.model.bound = limits.populations[2].rate_high = 1e300;
    CHECK(explain(limits) == "");
}

// dt / tau and v_rest + drive are made in double precision, and may pass what a float holds.
TEST_CASE("constants of a neuron beyond the largest float act as infinite") {
    Network n = spiking_network(4, 4, 1);
    n.model.precision = CARVE_F32;
    n.populations[2].tau_exc = n.populations[2].tau_inh = n.populations[2].rate_tau = 5e-324;
    n.populations[2].v_rest = n.populations[2].drive = 3e38;
    const SpikingScenario s = fill_scenario(n, 5, 100);
    support::Sim sim(n);
    load(sim, s);
    CHECK(sim.step(SpikeLists(s.spikes).pointers(), s.n_steps) == CARVE_E_DIVERGED);
}

// Drawn weights may pass what the mean and the deviation hold.
TEST_CASE("weights drawn beyond the largest float are infinite") {
    Network n = support::single_layer(40, 1);
    n.model.precision = CARVE_F32;
    n.projections[0].w_sd = 3e38;
    support::Sim sim(n);
    int infinite = 0;
    for (const double w : sim.weights(0).lane(0)) {
        CHECK(w == w);
        infinite += std::isinf(w);
    }
    CHECK(infinite > 0);
}

TEST_SUITE_END();
