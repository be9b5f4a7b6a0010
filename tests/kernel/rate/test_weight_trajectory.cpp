// Trajectories of weights (M52): squared errors of recorded weights, their gradient and Gauss-Newton matrix, against
// dual numbers in the scalar reference on random models, and in closed form.
#include "reference/rates/free_weights.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <map>

using namespace reference;
using support::Sim;

namespace {

std::vector<double> weight_sums_of(const Sim& sim, std::uint32_t projection, std::uint32_t replica,
                                   std::size_t n) {
    std::vector<double> values(n);
    REQUIRE(carve_sim_read(sim.get(), CARVE_VIEW_WEIGHT_TRAJECTORY, projection, replica,
                           values.data(), n, nullptr) == CARVE_OK);
    return values;
}

// In the order of the view.
std::vector<double> in_order(const WeightSums& sums, std::size_t K, bool derivatives) {
    std::vector<double> out{sums.loss};
    for (std::size_t k = 0; derivatives && k < K; ++k)
        out.push_back(sums.gradient[k]);
    for (std::size_t k = 0; derivatives && k < K; ++k)
        for (std::size_t l = 0; l <= k; ++l)
            out.push_back(sums.matrix[k * K + l]);
    out.push_back(sums.weight);
    return out;
}

void step_once(Sim& sim, const std::vector<carve_stream>& streams, bool plastic) {
    carve_step step = support::steps(streams, 1);
    step.plastic = plastic;
    REQUIRE(carve_sim_step(sim.get(), &step, nullptr) == CARVE_OK);
}

template <class Real> void compare_sums(Scenario s, std::uint32_t isa, std::uint32_t lane_bytes) {
    s.network.model.precision = support::precision_of<Real>();
    s.network.model.isa = isa;
    s.network.model.lane_bytes = lane_bytes;
    INFO(describe(s.network));
    const Draws draws = record_draws(s);
    Sim sim(s.network), in_parts(s.network);
    load(sim, s);
    load(in_parts, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    for (std::uint64_t t = 0; t < s.n_steps;
         ++t) { // in as many calls; no sum sees the last updates
        const Inputs inputs(s.network, s, t, 1);
        step_once(in_parts, inputs.streams(), t + 1 < s.n_steps);
    }
    const std::size_t K = s.network.n_coefficients();
    const bool forward = s.network.model.gradient == CARVE_GRADIENT_FORWARD;
    for (std::uint32_t l = 0; l < s.network.model.n_replicas; ++l) {
        const auto replica = run_reference<Dual<double>>(s, l, draws);
        for (std::uint32_t p = 0; p < s.network.projections.size(); ++p) {
            if (!s.network.projections[p].recorded)
                continue;
            CAPTURE(p);
            CAPTURE(l);
            WeightSums sums(K);
            for (std::size_t i = 0; i < s.network.n_post(p); ++i)
                sums.add_row(s, replica, p, i);
            const std::vector<double> want = in_order(sums, K, forward),
                                      got = weight_sums_of(sim, p, l, want.size());
            CHECK(support::relative_error(got, want) <= support::tolerance<Real>(5e-4, 1e-10));
            CHECK(weight_sums_of(in_parts, p, l, want.size()) == got);
        }
    }
}

// What the probes of a random model cover.
void note_probes(const Network& n, bool clipped, std::map<std::string, int>& seen) {
    for (const flat::Projection& p : n.projections) {
        if (!p.recorded)
            continue;
        const flat::Population& observations = n.populations[p.observations];
        const std::uint32_t pairs = observations.n_units;
        const bool selected = p.selection != CARVE_NO_POPULATION;
        const flat::Rule& rule = n.rules[p.rule];
        seen["all count"] += !selected;
        seen["one selection"] += selected && n.populations[p.selection].n_units < pairs;
        seen["a selection of each"] +=
            selected && pairs > 1 && n.populations[p.selection].n_units > 1;
        seen["more pairs than are worked on at once"] += pairs > 16;
        seen["batch"] += n.model.batch > 1;
        seen["lateral"] += p.pre == p.post && p.delay == 0;
        seen["lower"] += p.connectivity == CARVE_CONNECT_LOWER;
        seen["delay"] += p.delay > 0;
        seen["bounds"] += p.w_max < 1;
        seen["clipped weights"] += p.w_max < 1 && clipped;
        seen["general"] += flat::is_general(rule);
        seen["eligibility"] += rule.eligibility != 0;
        seen["several rules"] += !p.more.empty();
        seen["modulator"] += p.modulator != CARVE_NO_POPULATION;
        seen["gate"] += p.gate != CARVE_NO_POPULATION;
        seen["value only"] += n.model.gradient == CARVE_GRADIENT_NONE;
        seen["beside recorded rates"] += n.populations[p.post].recorded;
        seen["observations of each replica"] += n.model.n_replicas > 1 && !observations.shared;
        seen["observations of all replicas"] += n.model.n_replicas > 1 && observations.shared;
    }
}

// One weight under dw = eta theta x, recorded with noise 2.
Network recorded_weight() {
    Network n = support::single_layer(1, 1, CARVE_ACTIVATION_LINEAR, flat::term(1, 0, 0));
    n.populations[0].shared = 1;
    n.projections[0].eta = 0.5;
    n.projections[0].w_mean = 1;
    n.projections[0].recorded = 1;
    n.projections[0].noise = 2;
    n.projections[0].observations = n.population(CARVE_POPULATION_INPUT, 1);
    n.projections[0].selection = n.population(CARVE_POPULATION_INPUT, 1);
    n.populations[2].shared = n.populations[3].shared = 1;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    return n;
}

} // namespace

TEST_SUITE_BEGIN("trajectory");

TEST_CASE(
    "loss, gradient and Gauss-Newton matrix of recorded weights equal those of dual numbers") {
    Ranges ranges;
    ranges.max_units = 5;
    ranges.max_steps = 9;
    ranges.max_work = 3e5;
    ranges.memory = true;
    std::map<std::string, int> seen;
    int compared = 0;
    for (std::uint64_t seed = 1; seed <= 80; ++seed) {
        CAPTURE(seed);
        ranges.gradient = seed % 5 != 0;
        ranges.modulated = seed % 3 == 0;
        ranges.general = ranges.gradient && ranges.modulated && seed % 2 == 1;
        Scenario s = random_scenario(seed, ranges);
        if (seed % 4 == 0)
            record(s, seed);
        record_weights(s, seed);
        const ExpectedLanes expected(s);
        if (!expected.comparable())
            continue;
        ++compared;
        const auto sizes = support::lane_sizes<double>(); // the first: of one lane
        for (const std::uint32_t isa : support::usable_isas()) {
            compare_sums<double>(s, isa, sizes[seed % sizes.size()]);
            if (expected.comparable_in_float())
                compare_sums<float>(s, isa, support::lane_sizes<float>()[seed % 3]);
        }
        note_probes(s.network, expected.clipped > 0, seen);
        std::size_t n_recorded = 0;
        for (const flat::Projection& p : s.network.projections)
            n_recorded += p.recorded;
        seen["several recorded projections"] += n_recorded > 1;
        seen["more than one lane block"] +=
            n_recorded > 0 && seed % sizes.size() == 0 && s.network.model.n_replicas > 1;
    }
    MESSAGE(compared << " models compared");
    CHECK(compared >= 50);
    CHECK(seen.size() == 21);
    for (const auto& what : seen) {
        CAPTURE(what.first);
        CHECK(what.second > 2);
    }
}

// Weights of every 64th step are checked, and updated at once.
TEST_CASE("sums of recorded weights of more than 64 steps equal those of dual numbers") {
    Ranges ranges;
    ranges.max_units = 3;
    ranges.max_steps = 150;
    ranges.max_work = 3e5;
    int compared = 0;
    for (std::uint64_t seed = 1; compared < 6 && seed <= 200; ++seed) {
        CAPTURE(seed);
        ranges.memory = seed % 2 == 0;
        ranges.modulated = seed % 3 == 0;
        Scenario s = random_scenario(seed, ranges);
        record_weights(s, seed);
        bool recorded = false;
        for (const flat::Projection& p : s.network.projections)
            recorded = recorded || p.recorded;
        if (!recorded || s.n_steps <= 64 || s.network.n_coefficients() == 0)
            continue;
        const ExpectedLanes expected(s);
        if (!expected.comparable_in_float())
            continue;
        ++compared;
        compare_sums<double>(s, CARVE_ISA_AUTO, support::lane_sizes<double>()[seed % 3]);
        compare_sums<float>(s, CARVE_ISA_AUTO, support::lane_sizes<float>()[seed % 3]);
    }
    CHECK(compared == 6);
}

TEST_CASE("measures of weights are cleared without the weights, and count without plasticity") {
    Network n = recorded_weight();
    Sim sim(n);
    sim.theta(0).set(0.1, 0, 0);
    run(sim, {{3, 3}, {0, 0}, {1, 1}}); // w = 1, 1.15, then 1.3
    CHECK(weight_sums_of(sim, 0, 0, 4)[0] == doctest::Approx(0.5 * (1 + 1.15 * 1.15) / 4));
    REQUIRE(carve_sim_clear(sim.get(), CARVE_PART_MEASURES, nullptr) == CARVE_OK);
    CHECK(weight_sums_of(sim, 0, 0, 4) == std::vector<double>(4, 0));
    const double x = 3, o = 0, count = 1, slope = 3; // dw/dtheta = eta (3 + 3)
    const std::vector<carve_stream> streams{{CARVE_F64, CARVE_STREAM_BLOCKS, 1, &x},
                                            {CARVE_F64, CARVE_STREAM_BLOCKS, 1, &o},
                                            {CARVE_F64, CARVE_STREAM_BLOCKS, 1, &count}};
    for (int t = 1; t <= 2; ++t) {
        step_once(sim, streams, false);
        const std::vector<double> got = weight_sums_of(sim, 0, 0, 4);
        CHECK(got[0] == doctest::Approx(t * 0.5 * 1.3 * 1.3 / 4));
        CHECK(got[1] == doctest::Approx(t * 1.3 * slope / 4));
        CHECK(got[2] == doctest::Approx(t * slope * slope / 4));
        CHECK(got[3] == t);
    }
}

TEST_CASE("the sums of one weight are those of its closed form, whatever hides behind a gap") {
    // w_t = 1 + eta theta x t with x = 3, dw_t/dtheta = eta x t
    const double theta = 0.1, x = 3, eta = 0.5, nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<double> observed = {2, nan, 5, -1, 7}, counts = {1, 0, 2, nan, 0.5};
    Network n = recorded_weight();
    Sim sim(n);
    sim.theta(0).set(theta, 0, 0);
    for (const bool cleared : {false, true}) { // a second time from the reset
        CAPTURE(cleared);
        run(sim, {std::vector<double>(5, x), observed, counts});
        double loss = 0, gradient = 0, matrix = 0;
        for (int t = 0; t < 5; ++t) {
            const double count = counts[std::size_t(t)];
            if (!(count > 0))
                continue;
            const double slope = eta * x * t, off = 1 + theta * slope - observed[std::size_t(t)];
            loss += 0.5 * count * off * off / 4;
            gradient += count * off * slope / 4;
            matrix += count * slope * slope / 4;
        }
        const std::vector<double> got = weight_sums_of(sim, 0, 0, 4);
        CHECK(got[3] == 3.5); // of the weights of observations
        CHECK(got[0] == doctest::Approx(loss).epsilon(1e-13));
        CHECK(got[1] == doctest::Approx(gradient).epsilon(1e-13));
        CHECK(got[2] == doctest::Approx(matrix).epsilon(1e-13));
        REQUIRE(carve_sim_reset(sim.get(), 0, nullptr, nullptr) == CARVE_OK);
        CHECK(weight_sums_of(sim, 0, 0, 4) == std::vector<double>(4, 0));
    }
}

TEST_CASE("few inputs to one linear neuron step alike with and without a probe of its weights") {
    // Without one such a neuron takes several steps at once.
    Network n = support::single_layer(2, 1, CARVE_ACTIVATION_LINEAR);
    n.projections[0].w_sd = 0.5;
    n.projections[0].eta = 0.01;
    n.projections[0].observations = 0;
    n.model.lane_bytes = 8;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    Network recorded = n;
    recorded.projections[0].recorded = 1;
    support::Random r(4);
    const std::size_t steps = 150, K = 27; // each 64th is no part of them
    std::vector<double> x(2 * steps);
    for (double& value : x)
        value = r.normal();
    Sim at_once(n), one_by_one(n), followed(recorded);
    for (Sim* const sim : {&at_once, &one_by_one, &followed})
        for (std::size_t k = 0; k < K; ++k)
            sim->theta(0).set(0.1, 0, k);
    const auto advance = [&](Sim& sim, std::size_t from, std::size_t n_steps) {
        const std::vector<carve_stream> streams{
            {CARVE_F64, CARVE_STREAM_BLOCKS, 2 * n_steps, x.data() + 2 * from}};
        REQUIRE(sim.step(streams, n_steps) == CARVE_OK);
    };
    double loss = 0;
    for (std::size_t t = 0; t < steps; ++t) {
        const std::vector<double> w = one_by_one.weights(0).lane(0);
        for (std::size_t j = 0; j < 2; ++j)
            loss += 0.5 * (w[j] - x[2 * t + j]) * (w[j] - x[2 * t + j]);
        advance(one_by_one, t, 1);
    }
    advance(at_once, 0, steps);
    advance(followed, 0, steps);
    CHECK(followed.info().n_frozen == 0);
    CHECK(weight_sums_of(followed, 0, 0, 2 + K + K * (K + 1) / 2)[0] ==
          doctest::Approx(loss).epsilon(1e-12));
    CHECK(followed.weights(0).lane(0) == at_once.weights(0).lane(0));
    CHECK(followed.sensitivities(0).lane(0) == at_once.sensitivities(0).lane(0));
}

TEST_CASE("a noise that is not known follows from the sums") {
    // weights of 50 synapses that nothing changes, observed with noise 0.3: sigma^2 = 2 L / M at noise 1
    Network n = support::single_layer(50, 1, CARVE_ACTIVATION_LINEAR, flat::term(1, 0, 0));
    n.projections[0].recorded = 1;
    n.projections[0].observations = n.population(CARVE_POPULATION_INPUT, 50);
    n.populations[0].shared = n.populations[2].shared = 1;
    Sim sim(n);
    support::Random r(2);
    std::vector<double> x(50 * 200, 0), o(50 * 200);
    for (double& value : o)
        value = 0.3 * r.normal();
    const std::vector<carve_stream> streams{{CARVE_F64, CARVE_STREAM_BLOCKS, x.size(), x.data()},
                                            {CARVE_F64, CARVE_STREAM_BLOCKS, o.size(), o.data()}};
    REQUIRE(sim.step(streams, 200) == CARVE_OK);
    const std::vector<double> sums = weight_sums_of(sim, 0, 0, 2);
    CHECK(sums[1] == 50 * 200);
    CHECK(std::sqrt(2 * sums[0] / sums[1]) == doctest::Approx(0.3).epsilon(0.02));
}

TEST_CASE(
    "a replica that freezes has sums of weights that are not numbers, and the others theirs") {
    Network n = recorded_weight();
    n.model.n_replicas = 2;
    n.model.bound = 100;
    Sim sim(n);
    sim.weights(0).set(1e6, 1, 0, 0);
    run(sim, {{1, 1}, {0, 0}, {1, 1}});
    CHECK(weight_sums_of(sim, 0, 0, 4)[0] > 0);
    for (const double sum : weight_sums_of(sim, 0, 1, 4))
        CHECK(std::isnan(sum));
}

TEST_CASE("what a probe of weights asks of a model is refused by name") {
    const auto explain = [](const std::function<void(Network&)>& change) {
        Network n = recorded_weight();
        change(n);
        return support::explain(n.description());
    };
    const auto where = [&](const std::function<void(Network&)>& change) {
        const std::string sentence = explain(change);
        return sentence.substr(0, sentence.find(" is "));
    };
    CHECK(where([](Network&) {}) == "");
    for (const std::uint32_t wrong : {9u, 2u}) // 2: of too many units
        CHECK(where([&](Network& n) {
                  n.projections[0].observations = wrong;
                  n.populations[2].n_units = 2;
              }) == "probes[0].trajectory.observations");
    CHECK(where([](Network& n) { n.projections[0].selection = 4; }) ==
          "probes[0].trajectory.selection");
    for (const double noise : {0.0, 1e-154})
        CHECK(where([&](Network& n) { n.projections[0].noise = noise; }) ==
              "probes[0].trajectory.noise");
    CHECK(explain([](Network& n) { n.make_static(0); }) ==
          "probes[0].index is 0; it must be of a plastic projection between populations of rates");
    for (const std::uint32_t units : {256u, 257u}) // 256: only the observations are too few
        CHECK(explain([&](Network& n) {
                  n.populations[0].n_units = units;
                  n.populations[1].n_units = 256;
              })
                  .find(units == 256 ? "probes[0].trajectory.observations is 2; it must be"
                                     : "probes[0].index is 0; it must be of a projection with at "
                                       "most 65536 pairs") == 0);
    CHECK(where([](Network& n) {
              n.model.gradient = CARVE_GRADIENT_ADJOINT;
              n.model.max_steps = 10;
          }) == "gradient");
    CHECK(where([](Network& n) { n.model.layout = CARVE_LAYOUT_AFFERENTS; }) == "layout");
    Network fixed = recorded_weight();
    fixed.populations[0].fixed = 1;
    fixed.model.form = CARVE_FORM_MOMENTS;
    CHECK(support::explain(fixed.description()).find("form is ") == 0);
    // What the struct has for rates alone.
    for (const bool likelihood : {true, false}) {
        Network n = recorded_weight();
        carve_model model = *n.description();
        carve_trajectory_probe own;
        REQUIRE(carve_trajectory_probe_init(&own, sizeof own) == CARVE_OK);
        own.observations = 2;
        (likelihood ? own.likelihood : own.sums) = 1;
        carve_probe probe = model.probes[0];
        probe.parameters = &own;
        model.probes = &probe;
        CHECK(support::explain(&model) ==
              (likelihood
                   ? "probes[0].trajectory.likelihood is 1; it must be "
                     "CARVE_LIKELIHOOD_GAUSSIAN (0) with CARVE_PROBE_WEIGHTS (3)"
                   : "probes[0].trajectory.sums is 1; it must be CARVE_SUMS_OF_LOSS (0) with "
                     "CARVE_PROBE_WEIGHTS (3)"));
        own.likelihood = own.sums = 0;
        probe.index = 1;
        CHECK(support::explain(&model) ==
              "probes[0].index is 1; it must be of a plastic projection between populations of "
              "rates");
    }
}

TEST_SUITE_END();
