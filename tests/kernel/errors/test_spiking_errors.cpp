// Every field of a spiking model, out of its range: the status, and a sentence that names it.
#include "reference/spiking/scenario.hpp"

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
    n.projection(2, 2, flat::kStatic);
    n.projections[2].delay = 8;
    return n;
}
std::string explain(Network& n) { return support::explain(n.description()); }
void check_refused(const std::string& field, const std::function<void(Network&)>& damage) {
    CAPTURE(field);
    Network n = valid();
    damage(n);
    const std::string sentence = explain(n);
    CAPTURE(sentence);
    CHECK(sentence.compare(0, field.size(), field) == 0);
    std::size_t bytes = 0;
    CHECK(carve_sim_required_bytes(n.description(), &bytes, nullptr) == CARVE_E_RANGE);
}
template <class T>
void population(std::size_t i, const char* name, T flat::Population::*field, T value) {
    check_refused("populations[" + std::to_string(i) + "]." + name + " is ",
                  [=](Network& n) { n.populations[i].*field = value; });
}
void rate_probe(const char* name, double flat::Population::*field, double value) {
    check_refused(std::string("probes[0].rate.") + name + " is ",
                  [=](Network& n) { n.populations[2].*field = value; });
}
template <class T>
void projection(std::size_t i, const char* name, T flat::Projection::*field, T value) {
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
    using P = flat::Population;
    population(0, "poisson.source", &P::source, 3u);
    for (const std::uint32_t groups : {0u, 3u, 9u})
        population(0, "poisson.n_groups", &P::n_groups, groups);
    for (const double bad : {-1.0, kNan, kInf}) {
        population(0, "poisson.rate", &P::rate, bad);
        population(0, "poisson.signal_gain", &P::signal_gain, bad);
        population(0, "poisson.signal_tau", &P::signal_tau, bad);
        population(0, "poisson.t_ref", &P::t_ref, bad);
    }
    population(0, "poisson.signal_tau", &P::signal_tau, 0.0);
}

TEST_CASE("a field of a lif population outside its range is refused by name") {
    using P = flat::Population;
    population(2, "n_units", &P::n_units, 4097u);
    population(2, "lif.receptors[0].kind", &P::synapses, 3u);
    for (const double bad : {0.0, -1.0, kNan, kInf}) {
        population(2, "lif.tau_m", &P::tau_m, bad);
        population(2, "lif.receptors[0].tau", &P::tau_exc, bad);
        population(2, "lif.receptors[1].tau", &P::tau_inh, bad);
        rate_probe("tau", &P::rate_tau, bad);
        rate_probe("offset", &P::rate_offset, bad);
    }
    for (const double bad : {kNan, kInf, -kInf}) {
        population(2, "lif.v_rest", &P::v_rest, bad);
        population(2, "lif.v_reset", &P::v_reset, bad);
        population(2, "lif.v_threshold", &P::v_threshold, bad);
        population(2, "lif.receptors[0].reversal", &P::v_exc, bad);
        population(2, "lif.receptors[1].reversal", &P::v_inh, bad);
        population(2, "lif.drive", &P::drive, bad);
        rate_probe("start", &P::rate_start, bad);
        rate_probe("low", &P::rate_low, bad);
        rate_probe("target", &P::rate_target, bad);
    }
    population(2, "lif.v_threshold", &P::v_threshold, -0.06);
    rate_probe("high", &P::rate_high, 0.0);
    rate_probe("high", &P::rate_high, kNan);
    population(2, "lif.t_ref", &P::t_ref, 1.5);
}

TEST_CASE("a probe of what there is not, or of what has one, is refused by name") {
    const auto refused =
        [](const std::string& start, carve_status status,
           const std::function<void(Network&, std::vector<carve_probe>&)>& damage) {
            CAPTURE(start);
            Network n = valid();
            n.projections[0].tuning = 1;
            (void)n.description();
            std::vector<carve_probe> probes = n.structs.probes; // of population 2, of projection 0
            damage(n, probes);
            n.model.probes = probes.empty() ? nullptr : probes.data();
            std::size_t bytes = 0;
            carve_fault fault;
            CHECK(carve_sim_required_bytes(&n.model, &bytes, &fault) == status);
            const std::string sentence = support::sentence(fault);
            CAPTURE(sentence);
            CHECK(sentence.compare(0, start.size(), start) == 0);
        };
    using Probes = std::vector<carve_probe>;
    refused("", CARVE_OK, [](Network&, Probes&) {});
    refused("probes is null", CARVE_E_NULL, [](Network&, Probes& p) { p.clear(); });
    refused("n_probes is 129; it must be 0 to 128", CARVE_E_RANGE,
            [](Network& n, Probes&) { n.model.n_probes = 129; });
    refused("probes[0].kind is 4; it must be CARVE_PROBE_RATE (0)", CARVE_E_RANGE,
            [](Network&, Probes& p) { p[0].kind = 4; });
    refused("probes[1].index is 0; it must be of a plastic projection between populations of rates",
            CARVE_E_RANGE, [](Network&, Probes& p) { p[1].kind = CARVE_PROBE_WEIGHTS; });
    refused("probes[0].reserved is 1", CARVE_E_RANGE,
            [](Network&, Probes& p) { p[0].reserved = 1; });
    refused("probes[0].index is 1; it must be of a population of neurons", CARVE_E_RANGE,
            [](Network&, Probes& p) { p[0].index = 1; });
    refused("probes[0].index is 3; it must be of a population of neurons", CARVE_E_RANGE,
            [](Network&, Probes& p) { p[0].index = 3; });
    refused("probes[1].index is 3; it must be of a projection", CARVE_E_RANGE,
            [](Network&, Probes& p) { p[1].index = 3; });
    refused("projections[2].pre is 2; it must be a poisson population", CARVE_E_RANGE,
            [](Network&, Probes& p) { p[1].index = 2; });
    refused("probes[1].index is 2; it must be of an element that has no probe", CARVE_E_RANGE,
            [](Network&, Probes& p) { p[1] = p[0]; });
    refused("probes[1].parameters is 0; it must be null", CARVE_E_RANGE,
            [](Network&, Probes& p) { p[1].parameters = p[0].parameters; });
    refused("probes[1].struct_size is 8; it must be the size", CARVE_E_VERSION,
            [](Network&, Probes& p) { p[1].struct_size = 8; });
    Network rates = support::single_layer(2, 1);
    rates.projections[0].tuning = 1;
    CHECK(explain(rates) == "probes[0].index is 0; it must be of a projection from a poisson "
                            "population");
}

TEST_CASE("a field of a projection of spikes outside its range is refused by name") {
    using P = flat::Projection;
    projection(0, "connectivity", &P::connectivity, 1u);
    projection(0, "inference", &P::inference, 1u);
    projection(0, "n_sweeps", &P::n_sweeps, 2u);
    projection(0, "mask_from", &P::mask_from, 1u);
    projection(0, "receptor", &P::receptor, 2u);
    check_refused("projections[2].pre is 2; it must be a poisson population, which has groups",
                  [](Network& n) { n.projections[2].tuning = 1; });
    projection(0, "delay", &P::delay, 1025u);
    projection(2, "delay", &P::delay, 0u);
    projection(2, "delay", &P::delay, 1025u);
    projection(0, "gain", &P::gain, kInf);
    projection(0, "post", &P::post, 1u);
    projection(0, "pre", &P::pre, 3u);
    projection(1, "plasticity[0].rule", &P::rule, 1u); // a rule for rates
}

TEST_CASE("a term at spikes that there is not is refused by its place") {
    const auto refused = [](std::size_t i, const std::function<void(carve_term&)>& damage) {
        Network n = valid();
        const carve_model* const model = n.description();
        damage(n.structs.terms[0][i]);
        const std::string start = "rules[0].polynomial.terms[" + std::to_string(i) + "].event is";
        CHECK(support::explain(model).compare(0, start.size(), start) == 0);
    };
    for (const std::size_t at_pre : {0u, 1u}) {
        refused(at_pre, [](carve_term& t) { t.pre = 1; });
        refused(at_pre, [](carve_term& t) { t.post2 = 1; });
        refused(at_pre, [](carve_term& t) { t.post = 2; });
        refused(at_pre, [](carve_term& t) { t.pre2 = 2; });
        refused(at_pre, [](carve_term& t) { t.weight = 3; });
    }
    for (const std::size_t at_post : {2u, 3u}) {
        refused(at_post, [](carve_term& t) { t.post = 1; });
        refused(at_post, [](carve_term& t) { t.pre2 = 1; });
        refused(at_post, [](carve_term& t) { t.pre = 2; });
        refused(at_post, [](carve_term& t) { t.post2 = 2; });
        refused(at_post, [](carve_term& t) { t.weight = 3; });
    }
    refused(3, [](carve_term& t) { t.event = CARVE_EVENT_STEP; }); // of rates
    check_refused("rules[0].polynomial.trace_jump is ",
                  [](Network& n) { n.rules[0].trace_jump = 2; });
    check_refused("rules[0].polynomial.coincidence is ",
                  [](Network& n) { n.rules[0].coincidence = 2; });
}

void refuse_receptors(const std::string& start, carve_status status,
                      const std::function<void(flat::Description&)>& damage,
                      std::uint32_t gradient = CARVE_GRADIENT_NONE) {
    Network n = valid();
    n.populations[2].n_receptors = 4;
    n.model.gradient = gradient;
    const carve_model* const model = n.description();
    damage(n.structs);
    const std::string text = support::explain(model);
    CAPTURE(text);
    CAPTURE(start);
    CHECK(text.compare(0, start.size(), start) == 0);
    std::size_t bytes = 0;
    CHECK(carve_sim_required_bytes(model, &bytes, nullptr) == status);
}

TEST_CASE("a receptor's field outside its range is refused by name") {
    const auto refused = [](std::size_t i, const std::string& field,
                            const std::function<void(carve_receptor&)>& damage) {
        refuse_receptors("populations[2].lif.receptors[" + std::to_string(i) + "]." + field +
                             " is ",
                         CARVE_E_RANGE, [=](flat::Description& d) { damage(d.receptors[8 + i]); });
    };
    for (std::size_t k = 0; k < 4; ++k)
        refused(1, "reserved_values", [=](carve_receptor& r) { r.reserved_values[k] = 1; });
    refused(1, "kind", [](carve_receptor& r) { r.kind = 3; });
    refused(1, "source", [](carve_receptor& r) { r.source = 1; }); // has none
    refused(1, "share", [](carve_receptor& r) { r.share = 0.5; });
    refused(1, "reversal", [](carve_receptor& r) { r.kind = CARVE_RECEPTOR_CURRENT; });
    for (const std::uint32_t source : {2u, 4u, ~0u}) // itself, and none
        refused(2, "source", [=](carve_receptor& r) { r.source = source; });
    refused(2, "reversal", [](carve_receptor& r) { // as its source, a current
        r.source = 3;
        r.reversal = 0.01;
    });
    for (const double share : {-0.1, 1.1, kNan})
        refused(2, "share", [=](carve_receptor& r) { r.share = share; });
    refuse_receptors("populations[2].lif.receptors[2].share is", CARVE_E_RANGE,
                     [](flat::Description& d) { // 1.1 of one source together
                         d.receptors[11] = d.receptors[10];
                         d.receptors[11].share = 0.6;
                     });
}

TEST_CASE("receptors are as many as are counted, 1 to 4") {
    for (const std::uint32_t n : {5u, ~0u})
        refuse_receptors("populations[2].lif.n_receptors is", CARVE_E_RANGE,
                         [=](auto& s) { s.lifs[2].n_receptors = n; });
    refuse_receptors("populations[2].lif.receptors is null", CARVE_E_NULL,
                     [](auto& s) { s.lifs[2].receptors = nullptr; });
    refuse_receptors("populations[2].lif.receptors is", CARVE_E_RANGE,
                     [](auto& s) { s.lifs[2].n_receptors = 0; });
    refuse_receptors("projections[1].receptor is 1", CARVE_E_RANGE,
                     [](auto& s) { s.lifs[2].n_receptors = 1; });
    for (const std::uint32_t receptor : {2u, 4u}) // follows another; none
        refuse_receptors("projections[1].receptor is", CARVE_E_RANGE,
                         [=](auto& s) { s.projections[1].receptor = receptor; });
}

TEST_CASE("with a gradient, receptors other than two of one kind are refused by name") {
    refuse_receptors(
        "populations[2].lif.n_receptors is 4", CARVE_E_RANGE, [](auto&) {}, CARVE_GRADIENT_FORWARD);
    refuse_receptors(
        "populations[2].lif.receptors[1].kind is 1", CARVE_E_RANGE,
        [](auto& s) {
            s.lifs[2].n_receptors = 2;
            s.receptors[9] = {CARVE_RECEPTOR_CURRENT, 0, 5e-3, 0, 0, {}};
        },
        CARVE_GRADIENT_FORWARD);
    refuse_receptors(
        "populations[2].lif.receptors[1].kind is 2", CARVE_E_RANGE,
        [](auto& s) {
            s.lifs[2].n_receptors = 2;
            s.receptors[9] = s.receptors[10];
        },
        CARVE_GRADIENT_FORWARD);
    Network n = valid();
    n.populations[2].kind = CARVE_POPULATION_TIF;
    n.populations[2].scored = 0;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    CHECK(explain(n).compare(0, 24, "populations[2].kind is 5") == 0);
}

TEST_CASE("a field of a population of other neurons outside its range is refused by name") {
    const auto refused = [](std::uint32_t kind, const char* field, double flat::Population::*member,
                            double value) {
        check_refused(std::string("populations[2].") + field + " is ", [=](Network& n) {
            n.populations[2].kind = kind;
            n.populations[2].scored = 0;
            n.populations[2].*member = value;
        });
    };
    using P = flat::Population;
    refused(CARVE_POPULATION_TIF, "tif.v_threshold", &P::v_threshold, -0.06);
    refused(CARVE_POPULATION_IF, "if.v_max", &P::v_max, -0.08);
    refused(CARVE_POPULATION_CVAIF, "cvaif.v_max", &P::v_max, -0.09);
    for (const double bad : {0.0, -1.0, kNan, kInf}) {
        refused(CARVE_POPULATION_IF, "if.threshold_tau", &P::threshold_tau, bad);
        refused(CARVE_POPULATION_CVAIF, "cvaif.voltage_tau", &P::voltage_tau, bad);
    }
}

TEST_CASE("what belongs to rates is refused in a spiking model, and the mixture explained") {
    check_refused("populations[1].kind is ",
                  [](Network& n) { n.populations[1].kind = CARVE_POPULATION_GAUSSIAN; });
    check_refused("projections[1].pre is ",
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
    rates.rules[0].spikes = 1;
    rates.rules[0].terms = flat::kTermsPair;
    CHECK(explain(rates).find("projections[0].plasticity[0].rule") == 0);
}

TEST_CASE("a number that no float holds is refused by name in single precision, and only there") {
    using P = flat::Population;
    using Q = flat::Projection;
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
    const std::pair<const char*, double P::*> of_lif[] = {{"lif.tau_m", &P::tau_m},
                                                          {"lif.receptors[0].tau", &P::tau_exc},
                                                          {"lif.receptors[1].tau", &P::tau_inh},
                                                          {"lif.v_rest", &P::v_rest},
                                                          {"lif.v_reset", &P::v_reset},
                                                          {"lif.v_threshold", &P::v_threshold},
                                                          {"lif.receptors[0].reversal", &P::v_exc},
                                                          {"lif.receptors[1].reversal", &P::v_inh},
                                                          {"lif.drive", &P::drive}};
    const std::pair<const char*, double P::*> of_probe[] = {{"tau", &P::rate_tau},
                                                            {"start", &P::rate_start},
                                                            {"low", &P::rate_low},
                                                            {"target", &P::rate_target},
                                                            {"offset", &P::rate_offset}};
    for (const auto& field : of_probe)
        check(std::string("probes[0].rate.") + field.first,
              [&](Network& n, double v) { n.populations[2].*field.second = v; });
    for (const auto& field : of_lif)
        check(std::string("populations[2].") + field.first,
              [&](Network& n, double v) { n.populations[2].*field.second = v; });
    const std::pair<const char*, double Q::*> of_plastic[] = {
        {"plasticity[0].eta", &Q::eta}, {"w_min", &Q::w_min},    {"w_max", &Q::w_max},
        {"weights.a", &Q::w_mean},      {"weights.b", &Q::w_sd}, {"gain", &Q::gain}};
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
    CHECK(sim.freezes(SpikeLists(s.spikes).streams(), s.n_steps));
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
