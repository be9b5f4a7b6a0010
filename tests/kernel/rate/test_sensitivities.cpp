// Sensitivities dw/dtheta (M6, M7) against dual numbers in the scalar reference, on random models,
// for every precision, instruction set and lane layout; and against central differences.
#include "reference/rates/compare_random.hpp"

using namespace reference;
using support::Sim;

TEST_SUITE_BEGIN("sensitivities");

TEST_CASE("sensitivities of random models equal the derivatives of dual numbers") {
    Compared compared;
    compare_random(
        120, {}, compared, [](const Scenario& s, const ExpectedLanes& expected, auto& seen) {
            for (const flat::Projection& p : s.network.projections) {
                seen["lateral"] += p.pre == p.post;
                seen["sweeps"] += p.pre == p.post && p.inference == CARVE_INFERENCE_SWEEPS;
                seen["solve"] += p.pre == p.post && p.inference == CARVE_INFERENCE_SOLVE;
                seen["quirk"] += p.mask_from == CARVE_MASK_FROM_FIRST_UPDATE;
                seen["static"] += p.rule == flat::kStatic;
            }
            for (const flat::Population& p : s.network.populations) {
                seen["gaussian"] += p.kind == CARVE_POPULATION_GAUSSIAN;
                seen["fixed"] += p.kind != CARVE_POPULATION_RATE && p.fixed;
                seen["shared"] += p.kind != CARVE_POPULATION_RATE && p.shared;
                seen["67 units"] += p.n_units == 67;
                for (std::uint32_t f = 0; f < 4; ++f)
                    seen["activation " + std::to_string(f)] +=
                        p.kind == CARVE_POPULATION_RATE && p.activation == f;
            }
            seen["clipped"] += expected.clipped > 0;
            seen["batch"] += s.network.model.batch > 1;
            seen["several rules"] += s.network.rules.size() > 1;
        });
    compared.check(90, 40, 16, 0);
}

TEST_CASE(
    "a wide layer has the derivatives of dual numbers with all terms, or nine of two powers of x") {
    // Nine that follow one another and are not those of one power of x: y^b w^c from w on, and x.
    const std::uint64_t straddling = 0x776 | flat::term(1, 0, 0);
    for (const std::uint64_t terms : {~std::uint64_t(0), straddling})
        for (const std::uint32_t isa : support::usable_isas()) {
            if (isa == CARVE_ISA_SOFTFMA)
                continue;
            CAPTURE(terms);
            Scenario s;
            s.network = support::single_layer(67, 3, CARVE_ACTIVATION_TANH, terms);
            s.network.model.gradient = CARVE_GRADIENT_FORWARD;
            s.n_steps = 3;
            support::Random r(5);
            detail::fill(s, r);
            detail::fill_sources(s, r);
            const Draws draws = record_draws(s);
            const std::vector<Expected> expected{expect(s, 0, draws)};
            for (const std::uint32_t lane_bytes : support::lane_sizes<double>())
                compare<double>(s, expected, isa, lane_bytes);
            for (const std::uint32_t lane_bytes : support::lane_sizes<float>())
                compare<float>(s, expected, isa, lane_bytes);
        }
}

TEST_CASE("every sample of a large batch counts, of inner layers, too") {
    for (const std::uint32_t batch : {64u, 65u, 130u}) { // samples are taken 64 at a time
        CAPTURE(batch);
        Scenario s;
        s.network = support::single_layer(3, 4, CARVE_ACTIVATION_TANH);
        s.network.population(CARVE_POPULATION_RATE, 2);
        s.network.projection(1, 2, s.network.rule(flat::kTerms27)); // its x depends on theta
        s.network.model.gradient = CARVE_GRADIENT_FORWARD;
        s.network.model.batch = batch;
        s.n_steps = 3;
        support::Random r(batch);
        detail::fill(s, r);
        detail::fill_sources(s, r);
        const std::vector<Expected> expected{expect(s, 0, record_draws(s))};
        compare<double>(s, expected, CARVE_ISA_AUTO, 32);
        compare<float>(s, expected, CARVE_ISA_AUTO, 32);
    }
}

TEST_CASE("every inference has the derivatives of dual numbers, with and without a lower mask") {
    const std::vector<std::uint32_t> isas = support::usable_isas();
    for (std::uint32_t inference = CARVE_INFERENCE_SEQUENTIAL; inference <= CARVE_INFERENCE_SOLVE;
         ++inference)
        for (std::uint32_t activation = CARVE_ACTIVATION_LINEAR;
             activation <= CARVE_ACTIVATION_SIGMOID; ++activation)
            for (std::uint32_t lower = 0; lower <= 1; ++lower)
                for (std::uint32_t quirk = 0; quirk <= 1; ++quirk) {
                    if ((inference == CARVE_INFERENCE_SEQUENTIAL && !lower) ||
                        (inference == CARVE_INFERENCE_SOLVE &&
                         activation != CARVE_ACTIVATION_LINEAR) ||
                        (quirk && !(lower && inference == CARVE_INFERENCE_SWEEPS)))
                        continue;
                    Scenario s;
                    s.network = support::single_layer(5, 4, activation);
                    s.network.projection(1, 1,
                                         s.network.rule(flat::term(1, 1, 0) | flat::term(0, 0, 1) |
                                                        flat::term(2, 1, 1)));
                    s.network.projections[1].connectivity = lower;
                    s.network.projections[1].inference = inference;
                    if (inference == CARVE_INFERENCE_SWEEPS)
                        s.network.projections[1].n_sweeps = 3;
                    s.network.projections[1].mask_from = quirk;
                    s.network.model.gradient = CARVE_GRADIENT_FORWARD;
                    s.network.model.batch = 2;
                    s.n_steps = 4;
                    support::Random r(100 + inference);
                    detail::fill(s, r);
                    detail::fill_sources(s, r);
                    const Draws draws = record_draws(s);
                    const std::vector<Expected> expected{expect(s, 0, draws)};
                    for (const std::uint32_t isa : isas)
                        compare<double>(s, expected, isa, 32);
                }
}

TEST_CASE("the error of central differences falls with the square of the step") {
    Ranges ranges;
    ranges.smooth = true;
    ranges.max_units = 9;
    ranges.max_lanes = 1;
    int checked = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Scenario s = random_scenario(seed, ranges);
        INFO(describe(s.network));
        Sim analytic(s.network);
        load(analytic, s);
        REQUIRE(run(analytic, s) == CARVE_OK);
        if (analytic.info().n_frozen)
            continue; // blew up

        s.network.model.gradient = CARVE_GRADIENT_NONE;
        Sim plain(s.network);
        // sum over synapses of all projections, all coefficients, of |difference quotient -
        // S|^2
        const auto error_at = [&](double h) {
            double square = 0;
            std::size_t k = 0;
            for (std::size_t r = 0; r < s.network.rules.size(); ++r)
                for (std::size_t i = 0; i < s.theta[0][r].size(); ++i, ++k) {
                    std::vector<std::vector<double>> end[2];
                    for (int side = 0; side < 2; ++side) {
                        Scenario moved = s;
                        moved.theta[0][r][i] += side ? h : -h;
                        REQUIRE(carve_sim_reset(plain.get(), 0, nullptr, nullptr) == CARVE_OK);
                        load(plain, moved);
                        REQUIRE(run(plain, moved) == CARVE_OK);
                        for (std::uint32_t p = 0; p < s.network.projections.size(); ++p)
                            end[side].push_back(plain.weights(p).lane(0));
                    }
                    for (std::uint32_t p = 0; p < s.network.projections.size(); ++p) {
                        if (!s.network.plastic(p))
                            continue;
                        const std::size_t n = s.network.n_pre(p);
                        for (std::size_t e = 0; e < end[0][p].size(); ++e) {
                            const double q = (end[1][p][e] - end[0][p][e]) / (2 * h);
                            const double d = q - analytic.sensitivities(p).get(0, e / n, e % n, k);
                            square += d * d;
                        }
                    }
                }
            return std::sqrt(square);
        };
        const double coarse = error_at(0x1p-5), fine = error_at(0x1p-6);
        if (coarse < 1e-8 || coarse > 0.1)
            continue; // linear in theta to rounding, or too far from quadratic
        ++checked;
        CHECK(coarse / fine == doctest::Approx(4.0).epsilon(0.05));
    }
    CHECK(checked >= 20);
}

TEST_SUITE_END();
