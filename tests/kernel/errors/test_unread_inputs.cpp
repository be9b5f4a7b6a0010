// Inputs and recorded spikes that nothing reads have no effect, so they are refused.
#include "valid_network.hpp"

#include <functional>
#include <string>
#include <vector>

using support::Network;

TEST_SUITE_BEGIN("model errors");

TEST_CASE("an input that nothing reads is refused by name, whoever might read it") {
    const auto explain_with = [](const std::function<void(Network&)>& change) {
        Network n = support::single_layer(2, 1);
        n.population(CARVE_POPULATION_INPUT, 1);
        change(n);
        return support::explain(n.description());
    };
    const std::string unread = "populations[2].kind is 0; it must not be CARVE_POPULATION_INPUT "
                               "(0) where no projection, modulator, gate or probe reads the "
                               "population";
    CHECK(explain_with([](Network&) {}) == unread);
    CHECK(explain_with([](Network& n) { n.populations[2].fixed = 1; }) == unread);
    const std::vector<std::function<void(Network&)>> readers{
        [](Network& n) {
            n.projection(2, 1, flat::kStatic);
            n.projections[1].delay = 1;
        },
        [](Network& n) { n.projections[0].gate = 2; },
        [](Network& n) {
            n.projections[0].modulator = 2;
            n.rules[0].terms_r = flat::term(1, 0, 0);
        },
        [](Network& n) { // of a further rule
            n.projections[0].more.resize(1);
            n.projections[0].more[0].gate = 2;
        },
        [](Network& n) {
            n.populations[1].recorded = 1;
            n.populations[1].observations = 2;
        },
        [](Network& n) {
            n.projections[0].recorded = 1;
            n.projections[0].observations = 0;
            n.projections[0].selection = 2;
        }};
    for (std::size_t i = 0; i < readers.size(); ++i) {
        CAPTURE(i);
        CHECK(explain_with(readers[i]) == "");
    }
    // Rates and random numbers are there to be looked at.
    for (const std::uint32_t kind : {CARVE_POPULATION_GAUSSIAN, CARVE_POPULATION_RATE})
        CHECK(explain_with([&](Network& n) { n.populations[2].kind = kind; }) == "");
    for (const std::uint32_t source : {CARVE_SOURCE_CONSTANT, CARVE_SOURCE_STREAMED}) {
        Network n;
        for (int i = 0; i < 2; ++i)
            n.population(CARVE_POPULATION_POISSON, 3);
        n.population(CARVE_POPULATION_LIF, 1);
        n.projection(0, 2, flat::kStatic);
        n.populations[1].source = source;
        CHECK(support::explain(n.description()) ==
              (source == CARVE_SOURCE_CONSTANT
                   ? ""
                   : "populations[1].poisson.source is 2; it must not be CARVE_SOURCE_STREAMED (2) "
                     "where no projection or modulator reads the population"));
    }
}

TEST_SUITE_END();
