// Graphs of sparse projections that are none, and models that cannot have one: refused by name.
#include "reference/spiking/scenario.hpp"

#include <functional>

using reference::spiking_network;
using support::Network;

namespace {

using Rows = std::vector<std::vector<std::uint32_t>>;

std::string explain(Network& n) { return support::explain(n.description()); }

} // namespace

TEST_SUITE_BEGIN("model errors");

TEST_CASE("a graph that is none is refused by the number that is wrong") {
    const auto refused = [](const std::string& start, carve_status status,
                            const std::function<void(flat::Description&)>& damage,
                            bool lateral = false) {
        Network n = spiking_network(6, 4, 3);
        if (lateral) {
            n.projection(2, 2, flat::kStatic);
            n.projections[2].delay = 1;
        }
        flat::Projection& p = n.projections[lateral ? 2 : 0];
        p.connectivity = CARVE_CONNECT_LIST;
        p.rows = lateral ? Rows{{1, 2}, {}, {0}} : Rows{{1, 5}, {}, {0, 2, 3}};
        REQUIRE(explain(n) == "");
        const carve_model* const model = n.description();
        damage(n.structs);
        const std::string text = support::explain(model);
        CAPTURE(start);
        CAPTURE(text);
        CHECK(text.compare(0, start.size(), start) == 0);
        std::size_t bytes = 7;
        CHECK(carve_sim_required_bytes(model, &bytes, nullptr) == status);
        CHECK(bytes == 7);
    };
    const auto odd = [&](const std::string& where,
                         const std::function<void(flat::Description&)>& damage) {
        refused("projections[0]." + where, CARVE_E_RANGE, damage);
    };
    odd("csr.row_start[0] is 1; it must be 0", [](auto& s) { s.row_starts[0][0] = 1; });
    odd("csr.row_start[2] is 1; it must not be below", [](auto& s) { s.row_starts[0][2] = 1; });
    odd("csr.row_start[3] is 4; it must be n_synapses", [](auto& s) { s.row_starts[0][3] = 4; });
    odd("csr.row_start[3] is 6", [](auto& s) { s.row_starts[0][3] = 6; });
    odd("csr.pre[1] is 6; it must be a unit", [](auto& s) { s.pres[0][1] = 6; });
    odd("csr.pre[1] is 1; it must be above", [](auto& s) { s.pres[0][1] = 1; });
    odd("csr.pre[4] is 0", [](auto& s) { s.pres[0][4] = 0; });
    odd("csr.n_synapses is 0", [](auto& s) { s.csrs[0].n_synapses = 0; });
    odd("csr.n_synapses is 19", [](auto& s) { s.csrs[0].n_synapses = 19; });
    odd("connections is 0; it must be null",
        [](auto& s) { s.projections[0].connectivity = CARVE_CONNECT_ALL; });
    odd("connectivity is 4", [](auto& s) {
        s.projections[0].connectivity = 4;
        s.projections[0].connections = nullptr;
    });
    odd("connectivity is 1", [](auto& s) {
        s.projections[0].connectivity = CARVE_CONNECT_LOWER;
        s.projections[0].connections = nullptr;
    });
    const auto null = [&](const std::string& where,
                          const std::function<void(flat::Description&)>& damage) {
        refused("projections[0]." + where + " is null", CARVE_E_NULL, damage);
    };
    null("connections", [](auto& s) { s.projections[0].connections = nullptr; });
    null("csr.row_start", [](auto& s) { s.csrs[0].row_start = nullptr; });
    null("csr.pre", [](auto& s) { s.csrs[0].pre = nullptr; });
    refused("projections[0].csr.struct_size", CARVE_E_VERSION,
            [](auto& s) { s.csrs[0].struct_size -= 1; });
    refused(
        "projections[2].csr.pre[2] is 2; it must not be the unit of the row itself", CARVE_E_RANGE,
        [](auto& s) { s.pres[2][2] = 2; }, true);

    for (const bool lateral : {false, true}) {
        Network n = spiking_network(6, 4, 6);
        n.make_static(1);
        n.rules.clear();
        n.projection(2, 2, flat::kStatic);
        n.projections[2].delay = 1;
        flat::Projection& p = n.projections[lateral ? 2 : 0];
        p.connectivity = CARVE_CONNECT_IN_DEGREE;
        p.in_degree = lateral ? 5 : 6;
        CHECK(explain(n) == "");
        ++p.in_degree;
        const std::string where = lateral ? "projections[2]" : "projections[0]";
        CHECK(explain(n).rfind(where + ".in_degree.in_degree is ", 0) == 0);
    }
    Network probed = spiking_network(6, 4, 3);
    probed.projections[0].connectivity = CARVE_CONNECT_IN_DEGREE;
    probed.projections[0].tuning = 1;
    CHECK(explain(probed).rfind("projections[0].connectivity is 2; it must be CARVE_CONNECT_ALL",
                                0) == 0);
    Network rates = support::single_layer(3, 2);
    rates.projections[0].connectivity = CARVE_CONNECT_IN_DEGREE;
    CHECK(explain(rates).rfind("projections[0].connectivity is 2", 0) == 0);
    rates.projection(1, 1, flat::kStatic);
    rates.projections[0].connectivity = CARVE_CONNECT_ALL;
    rates.projections[1].connectivity = CARVE_CONNECT_IN_DEGREE;
    rates.projections[1].inference = CARVE_INFERENCE_SWEEPS;
    CHECK(explain(rates).rfind("projections[1].connectivity is 2", 0) == 0);
}

TEST_SUITE_END();
