// Reading and writing the array of one replica, whatever the layout: against the views.
#include "reference/rates/random_scenario.hpp"
#include "reference/spiking/scenario.hpp"

using namespace reference;
using support::Network;
using support::Sim;

namespace {

// One plastic layer, whose rows of lanes hold afferents.
Network afferents() {
    Network n = support::single_layer(37, 2);
    n.model.layout = CARVE_LAYOUT_AFFERENTS;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.n_replicas = 3;
    return n;
}

std::vector<double> read(const Sim& sim, std::uint32_t which, std::uint32_t index,
                         std::uint32_t replica, std::size_t n) {
    std::vector<double> values(n, -77);
    REQUIRE(carve_sim_read(sim.get(), which, index, replica, values.data(), n, nullptr) ==
            CARVE_OK);
    return values;
}

// Numbers that both precisions hold.
std::vector<double> numbers(std::size_t n, std::size_t from) {
    std::vector<double> values(n);
    for (std::size_t e = 0; e < n; ++e)
        values[e] = 0.25 * double(from + e);
    return values;
}

struct Place {
    std::uint32_t which, index;
};

// Every replica gets numbers of its own, and what was written is where the view has it.
void check_by_replica(Network network, const std::vector<Place>& places) {
    Sim sim(network);
    const std::uint32_t n_replicas = network.model.n_replicas;
    for (const Place& p : places) {
        CAPTURE(p.which);
        CAPTURE(p.index);
        const support::Array array(sim.get(), p.which, p.index);
        const std::size_t n = array.lane(0).size();
        REQUIRE(n > 0);
        for (std::uint32_t r = 0; r < n_replicas; ++r) {
            const std::vector<double> values = numbers(n, 1000 * r);
            REQUIRE(carve_sim_write(sim.get(), p.which, p.index, r, values.data(), n, nullptr) ==
                    CARVE_OK);
        }
        for (std::uint32_t r = 0; r < n_replicas; ++r) {
            CHECK(array.lane(r) == numbers(n, 1000 * r));
            CHECK(read(sim, p.which, p.index, r, n) == numbers(n, 1000 * r));
        }
    }
}

} // namespace

TEST_SUITE_BEGIN("memory");

TEST_CASE("an array of one replica is written where its view has it, and read from there") {
    for (const std::uint32_t precision : {CARVE_F32, CARVE_F64}) {
        Network n = one_of_everything(precision).network;
        n.rules[0].shared = 0;
        n.model.n_replicas = 11;
        check_by_replica(n, {{CARVE_VIEW_WEIGHTS, 0},
                             {CARVE_VIEW_WEIGHTS, 3},
                             {CARVE_VIEW_SENSITIVITIES, 1},
                             {CARVE_VIEW_THETA, 0},
                             {CARVE_VIEW_RATES, 2},
                             {CARVE_VIEW_MEAN, 1},
                             {CARVE_VIEW_FACTOR, 1}});
        check_by_replica(everything(precision, 11), {{CARVE_VIEW_VOLTAGES, 2},
                                                     {CARVE_VIEW_CONDUCTANCES, 2},
                                                     {CARVE_VIEW_SPIKE_COUNTS, 2},
                                                     {CARVE_VIEW_FILTERED_RATE, 2},
                                                     {CARVE_VIEW_PRE_TRACES, 1},
                                                     {CARVE_VIEW_POST_TRACES, 2},
                                                     {CARVE_VIEW_TRANSMITTED, 1}});
    }
    check_by_replica(afferents(), {{CARVE_VIEW_WEIGHTS, 0}});
}

TEST_CASE("sensitivities have one order where lanes are afferents and where they are replicas") {
    std::vector<std::vector<double>> seen;
    for (const std::uint32_t layout : {CARVE_LAYOUT_REPLICAS, CARVE_LAYOUT_AFFERENTS}) {
        Scenario s;
        s.network = afferents();
        s.network.model.layout = layout;
        s.n_steps = 5;
        support::Random r(3);
        detail::fill(s, r);
        detail::fill_sources(s, r);
        Sim sim(s.network);
        load(sim, s);
        REQUIRE(run(sim, s) == CARVE_OK);
        seen.push_back(read(sim, CARVE_VIEW_SENSITIVITIES, 0, 2, 2 * 37 * 27));
        seen.push_back(read(sim, CARVE_VIEW_WEIGHTS, 0, 2, 2 * 37));
        // Written back, they are what they were.
        const std::vector<unsigned char> before(sim.block().data(),
                                                sim.block().data() + sim.block().size());
        REQUIRE(carve_sim_write(sim.get(), CARVE_VIEW_SENSITIVITIES, 0, 2, seen.end()[-2].data(),
                                2 * 37 * 27, nullptr) == CARVE_OK);
        CHECK(std::equal(before.begin(), before.end(), sim.block().data()));
    }
    CHECK(support::relative_error(seen[2], seen[0]) < 1e-12);
    CHECK(support::relative_error(seen[3], seen[1]) < 1e-12);
}

TEST_CASE("what all replicas share is that of each") {
    Network n = one_of_everything(CARVE_F64).network;
    n.populations[1].shared = 1;
    Sim sim(n);
    const std::vector<double> values = numbers(9, 5);
    CHECK(carve_sim_write(sim.get(), CARVE_VIEW_FACTOR, 1, 2, values.data(), 9, nullptr) ==
          CARVE_OK);
    CHECK(read(sim, CARVE_VIEW_FACTOR, 1, 0, 9) == values);
    CHECK(carve_sim_write(sim.get(), CARVE_VIEW_FACTOR, 1, 3, values.data(), 9, nullptr) ==
          CARVE_E_RANGE);
}

TEST_CASE("counts of steps are read and written as whole numbers, no end among them") {
    Network n = everything(CARVE_F32, 2);
    Sim sim(n);
    std::vector<double> window = read(sim, CARVE_VIEW_WINDOW, 2, 0, 2);
    CHECK(window == std::vector<double>{0, 18446744073709551616.0});
    window[0] = 9007199254740992.0; // 2^53
    REQUIRE(carve_sim_write(sim.get(), CARVE_VIEW_WINDOW, 2, 1, window.data(), 2, nullptr) ==
            CARVE_OK);
    const support::Array view(sim.get(), CARVE_VIEW_WINDOW, 2);
    carve_view v;
    REQUIRE(carve_sim_view(sim.get(), CARVE_VIEW_WINDOW, 2, &v, nullptr) == CARVE_OK);
    CHECK(static_cast<const std::uint64_t*>(v.data)[0] == std::uint64_t(1) << 53);
    CHECK(static_cast<const std::uint64_t*>(v.data)[1] == ~std::uint64_t(0));
    for (const double bad : {-1.0, 0.5, 1e6 + 0.25, std::nan("")}) {
        const double two[] = {3, bad};
        CHECK(carve_sim_write(sim.get(), CARVE_VIEW_WINDOW, 2, 0, two, 2, nullptr) ==
              CARVE_E_RANGE);
        CHECK(static_cast<const std::uint64_t*>(v.data)[0] == std::uint64_t(1) << 53);
    }
    for (const std::uint32_t which : {CARVE_VIEW_FROZEN, CARVE_VIEW_STREAMS}) {
        CHECK(read(sim, which, 0, 1, 1)[0] == (which == CARVE_VIEW_STREAMS ? 1 : 0));
        CHECK(carve_sim_write(sim.get(), which, 0, 1, window.data(), 1, nullptr) ==
              CARVE_E_UNAVAILABLE);
    }
}

TEST_CASE("an array that there is not, or of another size, is refused, and nothing is written") {
    Network n = afferents();
    Sim sim(n);
    std::vector<double> values(200, 0.5);
    const std::vector<unsigned char> before(sim.block().data(),
                                            sim.block().data() + sim.block().size());
    const auto refused = [&](carve_status status, std::uint32_t which, std::uint32_t index,
                             std::uint32_t replica, std::size_t count) {
        CHECK(carve_sim_write(sim.get(), which, index, replica, values.data(), count, nullptr) ==
              status);
        CHECK(carve_sim_read(sim.get(), which, index, replica, values.data(), count, nullptr) ==
              status);
        CHECK(values == std::vector<double>(200, 0.5));
        CHECK(std::equal(before.begin(), before.end(), sim.block().data()));
    };
    for (const std::size_t count : {0u, 73u, 75u})
        refused(CARVE_E_RANGE, CARVE_VIEW_WEIGHTS, 0, 0, count);
    refused(CARVE_E_RANGE, CARVE_VIEW_WEIGHTS, 0, 3, 74);
    refused(CARVE_E_RANGE, CARVE_VIEW_WEIGHTS, 1, 0, 74);
    refused(CARVE_E_RANGE, 1000, 0, 0, 74);
    refused(CARVE_E_UNAVAILABLE, CARVE_VIEW_VOLTAGES, 1, 0, 1);
    CHECK(carve_sim_read(nullptr, CARVE_VIEW_WEIGHTS, 0, 0, values.data(), 74, nullptr) ==
          CARVE_E_NULL);
    CHECK(carve_sim_read(sim.get(), CARVE_VIEW_WEIGHTS, 0, 0, nullptr, 74, nullptr) ==
          CARVE_E_NULL);
    CHECK(carve_sim_write(nullptr, CARVE_VIEW_WEIGHTS, 0, 0, values.data(), 74, nullptr) ==
          CARVE_E_NULL);
    CHECK(carve_sim_write(sim.get(), CARVE_VIEW_WEIGHTS, 0, 0, nullptr, 74, nullptr) ==
          CARVE_E_NULL);
}

TEST_SUITE_END();
