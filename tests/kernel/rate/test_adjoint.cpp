// The gradient by a sweep back through the steps (M11), against dual numbers in the scalar
// reference and against the sensitivities of forward mode.
#include "reference/rates/random_scenario.hpp"

#include <map>

using namespace reference;
using support::relative_error;
using support::Sim;
using support::tolerance;

namespace {

using Slopes = std::vector<std::vector<double>>; // [projection][synapse * n_replicas + lane]

Slopes random_slopes(const Network& n, std::uint64_t seed) {
    support::Random r(seed);
    Slopes slopes(n.projections.size());
    for (std::size_t p = 0; p < slopes.size(); ++p)
        for (std::size_t i = 0; i < std::size_t(n.n_post(p)) * n.n_pre(p) * n.model.n_replicas; ++i)
            slopes[p].push_back(support::as_float(r.normal()));
    return slopes;
}

std::vector<const double*> pointers(const Network& n, const Slopes& slopes) {
    std::vector<const double*> out;
    for (std::size_t p = 0; p < slopes.size(); ++p)
        out.push_back(n.plastic(p) ? slopes[p].data() : nullptr);
    return out;
}

Network with_adjoint(Network n, std::uint64_t max_steps) {
    n.model.gradient = CARVE_GRADIENT_ADJOINT;
    n.model.max_steps = max_steps;
    return n;
}

// dL/dtheta [coefficient * n_replicas + lane] after a run of the scenario.
std::vector<double> swept(Sim& sim, const Scenario& s, const Slopes& slopes) {
    const Inputs inputs(sim.network(), s, 0, s.n_steps);
    const std::size_t n = sim.network().n_coefficients() * sim.network().model.n_replicas;
    std::vector<double> gradient(n);
    REQUIRE(support::adjoint(sim.get(), inputs.streams(), s.n_steps,
                             pointers(sim.network(), slopes).data(), gradient.data()) == CARVE_OK);
    return gradient;
}

std::vector<double> run_and_sweep(const Scenario& s, Network network, const Slopes& slopes) {
    Sim sim(network);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    return swept(sim, s, slopes);
}

// The same by forward sensitivities.
std::vector<double> chained(const Scenario& s, Network network, const Slopes& slopes) {
    network.model.gradient = CARVE_GRADIENT_FORWARD;
    Sim sim(network);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    std::vector<double> sum(network.n_coefficients() * network.model.n_replicas), one(sum.size());
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        if (!network.plastic(p))
            continue;
        REQUIRE(carve_sim_chain(sim.get(), p, slopes[p].data(), one.data(), nullptr) == CARVE_OK);
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum[i] += one[i];
    }
    return sum;
}

std::vector<double> of_lane(const std::vector<double>& all, std::size_t lane,
                            std::size_t n_replicas) {
    std::vector<double> one;
    for (std::size_t i = lane; i < all.size(); i += n_replicas)
        one.push_back(all[i]);
    return one;
}

// What dual numbers say of one lane, and how near it came to where no derivative exists.
struct Expected {
    std::vector<double> gradient;
    double largest, nearest_kink;
    std::size_t clipped;
};
Expected expect(Scenario& s, std::size_t lane, const Draws& draws, const Slopes& slopes) {
    const auto replica = run_reference<Dual<double>>(s, lane, draws);
    Dual<double> loss;
    for (std::size_t p = 0; p < replica.weights.size(); ++p)
        for (std::size_t e = 0; s.network.plastic(p) && e < replica.weights[p].size(); ++e)
            loss = loss + Dual<double>(slopes[p][e * s.network.model.n_replicas + lane]) *
                              replica.weights[p][e];
    Expected e{{}, replica.largest, replica.nearest_kink, replica.clipped};
    for (std::size_t k = 0; k < s.network.n_coefficients(); ++k)
        e.gradient.push_back(loss.partial(k));
    return e;
}

Scenario layer_scenario(std::uint32_t n_replicas, std::uint64_t n_steps, std::uint32_t batch = 1) {
    Scenario s;
    s.network = support::single_layer(7, 3, CARVE_ACTIVATION_TANH);
    s.network.model.n_replicas = n_replicas;
    s.network.model.batch = batch;
    s.network.projections[0].eta = 0.02;
    s.network.projections[0].w_min = -0.6;
    s.network.projections[0].w_max = 0.6;
    s.n_steps = n_steps;
    support::Random r(n_replicas);
    detail::fill(s, r);
    detail::fill_sources(s, r);
    return s;
}

} // namespace

TEST_SUITE_BEGIN("adjoint");

TEST_CASE("the sweep's gradient of random models equals that of dual numbers") {
    Ranges ranges;
    ranges.lateral = false;
    ranges.max_steps = 11; // up to four segments
    const std::vector<std::uint32_t> isas = support::usable_isas();
    int in_double = 0, in_float = 0;
    std::map<std::string, int> seen;
    for (std::uint64_t seed = 1; seed <= 120; ++seed) {
        CAPTURE(seed);
        Scenario s = random_scenario(seed, ranges);
        const Draws draws = record_draws(s);
        const Slopes slopes = random_slopes(s.network, seed);
        std::vector<Expected> expected;
        double largest = 0, kink = 1;
        for (std::size_t l = 0; l < s.network.model.n_replicas; ++l) {
            expected.push_back(expect(s, l, draws, slopes));
            largest = std::fmax(largest, expected[l].largest);
            kink = std::fmin(kink, expected[l].nearest_kink);
            seen["clipped"] += expected[l].clipped > 0;
        }
        if (!(largest < 20) || kink < 1e-10)
            continue; // rounding itself is amplified, or decides on which side of a kink it is
        Network network = with_adjoint(s.network, s.n_steps + seed % 7);
        INFO(describe(network));
        const auto compare = [&](std::uint32_t precision, double bound) {
            network.model.precision = precision;
            const std::uint32_t sizes[] = {precision == CARVE_F32 ? 4u : 8u, 32, 64};
            network.model.lane_bytes = sizes[seed % 3];
            const std::vector<double> gradient = run_and_sweep(s, network, slopes);
            for (std::size_t l = 0; l < expected.size(); ++l)
                CHECK(relative_error(of_lane(gradient, l, expected.size()), expected[l].gradient) <=
                      bound);
        };
        for (const std::uint32_t isa : isas) {
            if (isa == CARVE_ISA_SOFTFMA && detail::work(s.network, double(s.n_steps)) > 4e5)
                continue; // seconds
            network.model.isa = isa;
            compare(CARVE_F64, tolerance<double>(0, 1e-11));
            if (kink > 1e-4 && largest < 5)
                compare(CARVE_F32, tolerance<float>(5e-4, 0));
        }
        ++in_double;
        in_float += kink > 1e-4 && largest < 5;
        for (const flat::Population& p : s.network.populations) {
            seen["gaussian"] += p.kind == CARVE_POPULATION_GAUSSIAN;
            seen["fixed"] += p.kind != CARVE_POPULATION_RATE && p.fixed;
            seen["shared"] += p.kind != CARVE_POPULATION_RATE && p.shared;
            seen["activation " + std::to_string(p.activation)] += p.kind == CARVE_POPULATION_RATE;
        }
        for (const flat::Projection& p : s.network.projections)
            seen["static"] += p.rule == flat::kStatic;
        seen["two layers"] += s.network.populations.size() > 3;
        seen["batch"] += s.network.model.batch > 1;
        seen["several rules"] += s.network.rules.size() > 1;
    }
    MESSAGE(in_double << " models compared in double, " << in_float << " in float");
    CHECK(in_double >= 80);
    CHECK(in_float >= 40);
    for (const auto& what : seen) {
        CAPTURE(what.first);
        CHECK(what.second > 0);
    }
}

TEST_CASE_TEMPLATE("sweep and sensitivities agree over hundreds of steps", Real, float, double) {
    for (const std::uint32_t batch : {1u, 3u})
        for (const std::uint64_t n_steps : {1u, 2u, 63u, 64u, 257u}) {
            CAPTURE(n_steps);
            Scenario s = layer_scenario(9, n_steps, batch);
            s.network.model.precision = support::precision_of<Real>();
            s.network.model.form = CARVE_FORM_SAMPLES;
            const Slopes slopes = random_slopes(s.network, 4);
            const std::vector<double> forward = chained(s, s.network, slopes);
            for (const std::uint64_t more : {0u, 1u, 1000u})
                CHECK(relative_error(
                          run_and_sweep(s, with_adjoint(s.network, n_steps + more), slopes),
                          forward) <= tolerance<Real>(2e-4, 1e-12));
        }
}

TEST_CASE("weights that start at a bound have the derivative that forward mode gives them") {
    Scenario s = layer_scenario(4, 30);
    for (auto& lane : s.weights)
        for (double& w : lane[0])
            w = w < 0 ? -0.6f : 0.6f;
    for (auto& lane : s.theta) // without a rule nothing moves, and nothing is clipped
        for (double& t : lane[0])
            t = 0;
    s.network.projections[0].w_min = double(-0.6f);
    s.network.projections[0].w_max = double(0.6f);
    const Slopes slopes = random_slopes(s.network, 4);
    CHECK(relative_error(run_and_sweep(s, with_adjoint(s.network, 30), slopes),
                         chained(s, s.network, slopes)) <= tolerance<double>(0, 1e-12));
}

TEST_CASE_TEMPLATE("the gradient has the same bits on every instruction set and in every lane",
                   Real, float, double) {
    for (const std::uint32_t batch : {1u, 2u}) {
        Scenario s = layer_scenario(11, 70, batch);
        s.network.model.precision = support::precision_of<Real>();
        const Slopes slopes = random_slopes(s.network, 5);
        std::vector<double> first;
        for (const std::uint32_t isa : support::usable_isas())
            for (const std::uint32_t lane_bytes : support::lane_sizes<Real>()) {
                CAPTURE(isa);
                CAPTURE(lane_bytes);
                Network network = with_adjoint(s.network, 100);
                network.model.isa = isa;
                network.model.lane_bytes = lane_bytes;
                const std::vector<double> gradient = run_and_sweep(s, network, slopes);
                if (first.empty())
                    first = gradient;
                CHECK(gradient == first);
            }
    }
}

TEST_CASE("a sweep leaves the sim as it was, and does not depend on how the steps were taken") {
    Scenario s = layer_scenario(3, 50);
    const Slopes slopes = random_slopes(s.network, 6);
    Network network = with_adjoint(s.network, 120);
    Sim whole(network), parts(network);
    load(whole, s);
    load(parts, s);
    REQUIRE(run(whole, s) == CARVE_OK);
    for (std::uint64_t first = 0, n = 1; first < s.n_steps; first += n++) {
        const std::uint64_t some = std::min<std::uint64_t>(n, s.n_steps - first);
        const Inputs inputs(network, s, first, some);
        REQUIRE(parts.step(inputs.streams(), some) == CARVE_OK);
    }
    const std::vector<std::uint64_t> before = support::lane_hashes(whole);
    const std::vector<double> gradient = swept(whole, s, slopes);
    CHECK(support::lane_hashes(whole) == before);
    CHECK(whole.info().steps == s.n_steps);
    CHECK(swept(whole, s, slopes) == gradient);
    CHECK(swept(parts, s, slopes) == gradient);
    // and both continue alike
    REQUIRE(run(whole, s) == CARVE_OK);
    REQUIRE(run(parts, s) == CARVE_OK);
    CHECK(support::lane_hashes(whole) == support::lane_hashes(parts));
}

TEST_CASE("a frozen lane's gradient is NaN, and the others' is as without it") {
    Scenario s = layer_scenario(9, 40);
    s.network.populations[1].activation = CARVE_ACTIVATION_LINEAR;
    const Slopes slopes = random_slopes(s.network, 7);
    const std::vector<double> healthy = run_and_sweep(s, with_adjoint(s.network, 40), slopes);
    for (double& x : s.inputs[0][4])
        x *= 1e20;
    Network network = with_adjoint(s.network, 40);
    Sim sim(network);
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    REQUIRE(sim.frozen(4) > 0);
    const std::vector<double> gradient = swept(sim, s, slopes);
    for (std::size_t i = 0; i < gradient.size(); ++i)
        if (i % 9 == 4)
            CHECK(std::isnan(gradient[i]));
        else
            CHECK(gradient[i] == healthy[i]);
}

TEST_CASE("without steps the gradient is 0, and calls that make no sense are refused") {
    Network network = with_adjoint(support::single_layer(2, 1), 5);
    Sim sim(network);
    const std::vector<double> slope(2, 1.0);
    const double* slopes[] = {slope.data()};
    std::vector<double> gradient(27, 1.0);
    CHECK(support::adjoint(sim.get(), {}, 0, slopes, gradient.data()) == CARVE_OK);
    CHECK(gradient == std::vector<double>(27, 0.0));
    const std::vector<double> x(12, 0.5);
    const auto values = [&](std::uint64_t n) {
        return std::vector<carve_stream>{{CARVE_F64, CARVE_STREAM_BLOCKS, n, x.data()}};
    };
    const std::uint64_t one = 2 * network.lanes_per_block(); // length of a step
    const std::vector<carve_stream> inputs = values(one), none{{CARVE_F64, 0, one, nullptr}};
    REQUIRE(sim.step(inputs, 1) == CARVE_OK);
    CHECK(support::adjoint(nullptr, inputs, 1, slopes, gradient.data()) == CARVE_E_NULL);
    CHECK(carve_sim_adjoint(sim.get(), nullptr, slopes, gradient.data(), nullptr) == CARVE_E_NULL);
    CHECK(support::adjoint(sim.get(), none, 1, slopes, gradient.data()) == CARVE_E_NULL);
    CHECK(support::adjoint(sim.get(), inputs, 1, nullptr, gradient.data()) == CARVE_E_NULL);
    CHECK(support::adjoint(sim.get(), inputs, 1, slopes, nullptr) == CARVE_E_NULL);
    CHECK(support::adjoint(sim.get(), values(2 * one), 2, slopes, gradient.data()) ==
          CARVE_E_RANGE);
    CHECK(carve_sim_chain(sim.get(), 0, slope.data(), gradient.data(), nullptr) ==
          CARVE_E_UNAVAILABLE);
    CHECK(sim.step(values(5 * one), 5) == CARVE_E_RANGE);
    for (const std::uint32_t other : {CARVE_GRADIENT_NONE, CARVE_GRADIENT_FORWARD}) {
        network.model.gradient = other;
        Sim without(network);
        CHECK(support::adjoint(without.get(), {}, 0, slopes, gradient.data()) ==
              CARVE_E_UNAVAILABLE);
    }
}

TEST_SUITE_END();
