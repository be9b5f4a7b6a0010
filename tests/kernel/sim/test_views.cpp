// Views: every array of a sim where the header says it is, with the shape that the header says.
#include "reference/rates/random_scenario.hpp"
#include "reference/rates/weight_trajectory.hpp"

#include <algorithm>
#include <set>
#include <utility>

using namespace reference;
using support::Sim;

namespace {

using Shape = std::vector<std::size_t>;

struct Wanted {
    std::uint32_t which, index;
    carve_status status;
    Shape shape;
};

// What carve.h promises for every array that this network could have.
// Memory of rates: what depends on theta is what a plastic projection drives, over any way.
void add_memory(const Network& n, std::size_t blocks, std::size_t width, std::vector<Wanted>& all) {
    std::vector<bool> sensitive(n.populations.size());
    for (std::size_t again = 0; again < n.populations.size(); ++again)
        for (std::uint32_t p = 0; p < n.projections.size(); ++p)
            if (n.plastic(p) || sensitive[n.projections[p].pre])
                sensitive[n.projections[p].post] = true;
    const bool gradient = n.model.gradient == CARVE_GRADIENT_FORWARD;
    for (std::uint32_t i = 0; i < n.populations.size(); ++i) {
        const std::size_t units = n.populations[i].n_units, K = n.n_coefficients();
        const bool leaky = n.populations[i].tau > 1;
        std::size_t delay = 0;
        for (const flat::Projection& q : n.projections)
            delay = q.pre == i ? std::max(delay, std::size_t(q.delay)) : delay;
        const auto status = [](bool has) { return has ? CARVE_OK : CARVE_E_UNAVAILABLE; };
        all.push_back({CARVE_VIEW_DRIVE, i, status(leaky), {blocks, n.model.batch, units, width}});
        all.push_back({CARVE_VIEW_DRIVE_SENSITIVITIES,
                       i,
                       status(leaky && gradient && sensitive[i]),
                       {blocks, n.model.batch, units, K, width}});
        all.push_back({CARVE_VIEW_PAST_RATES,
                       i,
                       status(delay > 0),
                       {blocks, delay + 2, n.model.batch, units, width}});
        const bool full = gradient && sensitive[i];
        const std::size_t matrix = full ? K * (K + 1) / 2 : 0, columns = full ? K : 0;
        all.push_back({CARVE_VIEW_TRAJECTORY, i, status(n.populations[i].recorded),
                       n.populations[i].sums ? Shape{blocks, units, 6 + 3 * columns + matrix, width}
                                             : Shape{blocks, 2 + columns + matrix, width}});
    }
}

// What the rules of rates keep: those of projections, and then further ones, which have no weights.
void add_traces(const Network& n, std::size_t blocks, std::size_t width, std::vector<Wanted>& all) {
    std::vector<std::pair<std::uint32_t, flat::Projection>> uses;
    for (std::uint32_t p = 0; p < n.projections.size(); ++p)
        uses.emplace_back(p, n.projections[p]);
    for (std::uint32_t p = 0; p < n.projections.size(); ++p)
        for (std::size_t u = 1; u <= n.projections[p].more.size(); ++u)
            uses.emplace_back(p, flat::uses_of(n.projections[p])[u]);
    for (std::uint32_t index = 0; index < uses.size(); ++index) {
        const std::uint32_t p = uses[index].first;
        const flat::Projection& use = uses[index].second;
        const bool plastic = use.rule != flat::kStatic;
        const flat::Rule rule = plastic ? n.rules[use.rule] : flat::Rule{};
        const std::uint32_t means = plastic ? flat::means_of(rule) : 0;
        const std::size_t post = n.n_post(p), pre = n.n_pre(p), K = n.n_coefficients();
        const auto add = [&](std::uint32_t which, bool has, Shape shape) {
            all.push_back({which, index, has ? CARVE_OK : CARVE_E_UNAVAILABLE, std::move(shape)});
        };
        add(CARVE_VIEW_ETA, plastic, {blocks, width});
        const bool windowed = use.baseline == CARVE_BASELINE_WINDOW;
        add(CARVE_VIEW_BASELINE, plastic && use.baseline != CARVE_BASELINE_NONE,
            {blocks, windowed ? use.window : 1u, width});
        if (index >= n.projections.size()) {
            add(CARVE_VIEW_WEIGHTS, false, {});
            add(CARVE_VIEW_SENSITIVITIES, false, {});
            add(CARVE_VIEW_BOUNDS, false, {});
        }
        add(CARVE_VIEW_MODULATOR_RATE, false, {}); // of what spikes
        const bool forward = n.model.gradient == CARVE_GRADIENT_FORWARD;
        add(CARVE_VIEW_WEIGHT_TRAJECTORY, index < n.projections.size() && use.recorded,
            {blocks, 2 + (forward ? K + K * (K + 1) / 2 : 0), width});
        const bool traced = plastic && rule.eligibility;
        add(CARVE_VIEW_PRE_TRACES, means & CARVE_FACTOR_PRE_MEAN, {blocks, pre, width});
        add(CARVE_VIEW_POST_TRACES, means & (CARVE_FACTOR_POST_MEAN | CARVE_FACTOR_POST_SQUARE),
            {blocks, post, 2, width});
        add(CARVE_VIEW_ELIGIBILITY, traced, {blocks, post, pre, width});
        add(CARVE_VIEW_ELIGIBILITY_SENSITIVITIES,
            traced && n.model.gradient == CARVE_GRADIENT_FORWARD, {blocks, post, pre, K, width});
    }
    all.push_back({CARVE_VIEW_ETA, std::uint32_t(uses.size()), CARVE_E_RANGE, {}});
    all.push_back({CARVE_VIEW_WEIGHTS, std::uint32_t(uses.size()), CARVE_E_RANGE, {}});
    all.push_back({CARVE_VIEW_SENSITIVITIES, std::uint32_t(uses.size()), CARVE_E_RANGE, {}});
}

std::vector<Wanted> wanted(const Network& n) {
    const std::size_t width = n.lanes_per_block();
    const std::size_t blocks = (n.model.n_replicas + width - 1) / width;
    std::vector<Wanted> all;
    for (std::uint32_t p = 0; p < n.projections.size(); ++p) {
        const std::size_t post = n.n_post(p), pre = n.n_pre(p);
        all.push_back({CARVE_VIEW_WEIGHTS, p, CARVE_OK, {blocks, post, pre, width}});
        const bool has = n.plastic(p) && n.model.gradient == CARVE_GRADIENT_FORWARD;
        const std::size_t in_row = n.afferents() ? CARVE_AFFERENTS : 1;
        all.push_back(
            {CARVE_VIEW_SENSITIVITIES,
             p,
             has ? CARVE_OK : CARVE_E_UNAVAILABLE,
             {blocks, post, (pre + in_row - 1) / in_row, n.n_coefficients(), width * in_row}});
    }
    for (std::uint32_t r = 0; r < n.rules.size(); ++r)
        all.push_back(
            {CARVE_VIEW_THETA, r, CARVE_OK,
             n.rules[r].shared ? Shape{n.n_terms(r)} : Shape{blocks, n.n_terms(r), width}});
    for (std::uint32_t i = 0; i < n.populations.size(); ++i) {
        const flat::Population& p = n.populations[i];
        const std::size_t units = p.n_units;
        if (p.kind == CARVE_POPULATION_RATE || p.kind == CARVE_POPULATION_GAUSSIAN)
            all.push_back({CARVE_VIEW_RATES, i, CARVE_OK, {blocks, n.model.batch, units, width}});
        if (p.kind == CARVE_POPULATION_INPUT && !p.shared && !p.fixed)
            all.push_back({CARVE_VIEW_RATES, i, CARVE_E_UNAVAILABLE, {}});
        const carve_status drawn =
            p.kind == CARVE_POPULATION_GAUSSIAN ? CARVE_OK : CARVE_E_UNAVAILABLE;
        all.push_back(
            {CARVE_VIEW_MEAN, i, drawn, p.shared ? Shape{units} : Shape{blocks, units, width}});
        all.push_back({CARVE_VIEW_FACTOR, i, drawn,
                       p.shared ? Shape{units, units} : Shape{blocks, units, units, width}});
    }
    add_memory(n, blocks, width, all);
    add_traces(n, blocks, width, all);
    all.push_back({CARVE_VIEW_FROZEN, 0, CARVE_OK, {blocks, width}});
    all.push_back({CARVE_VIEW_STREAMS, 0, CARVE_OK, {blocks, width}});
    const auto beyond = [&](std::uint32_t which, std::size_t count) {
        all.push_back({which, std::uint32_t(count), CARVE_E_RANGE, {}});
        all.push_back({which, 0xFFFFFFFFu, CARVE_E_RANGE, {}});
    };
    for (const std::uint32_t which : {CARVE_VIEW_RATES, CARVE_VIEW_MEAN, CARVE_VIEW_FACTOR})
        beyond(which, n.populations.size());
    beyond(CARVE_VIEW_THETA, n.rules.size());
    for (const std::uint32_t which : {CARVE_VIEW_FROZEN, CARVE_VIEW_STREAMS})
        beyond(which, 1);
    beyond(CARVE_VIEW_CONDUCTANCE_SCALES + 1, 0);
    return all;
}

// Every element's address, as an offset in the block.
void addresses(const carve_view& v, const unsigned char* block, std::vector<std::size_t>& out) {
    const std::size_t element = v.type == CARVE_F32 ? 4 : 8;
    std::size_t count = 1;
    for (std::uint32_t d = 0; d < v.ndim; ++d)
        count *= v.shape[d];
    const auto base = std::size_t(static_cast<const unsigned char*>(v.data) - block);
    for (std::size_t e = 0; e < count; ++e) {
        std::size_t rest = e, at = 0;
        for (std::uint32_t d = v.ndim; d-- > 0; rest /= v.shape[d])
            at += rest % v.shape[d] * v.stride[d];
        out.push_back(base + at * element);
    }
}

void check_views(Network& network) {
    INFO(describe(network));
    Sim sim(network);
    std::vector<std::size_t> used;
    for (const Wanted& w : wanted(network)) {
        CAPTURE(w.which);
        CAPTURE(w.index);
        carve_view v;
        std::memset(&v, 0x5A, sizeof v);
        const carve_view before = v;
        REQUIRE(carve_sim_view(sim.get(), w.which, w.index, &v, nullptr) == w.status);
        if (w.status != CARVE_OK) {
            CHECK(std::memcmp(&v, &before, sizeof v) == 0);
            continue;
        }
        REQUIRE(v.ndim == w.shape.size());
        for (std::uint32_t d = 0; d < 5; ++d)
            CHECK(v.shape[d] == (d < v.ndim ? w.shape[d] : 1));
        const bool counts = w.which == CARVE_VIEW_FROZEN || w.which == CARVE_VIEW_STREAMS;
        CHECK(v.type == (counts ? std::uint32_t(CARVE_U64) : network.model.precision));
        if (w.shape.size() > 1) // the lane is innermost
            CHECK(v.stride[v.ndim - 1] == 1);
        addresses(v, sim.block().data(), used);
    }
    const std::size_t count = used.size();
    const std::set<std::size_t> distinct(used.begin(), used.end());
    CHECK(distinct.size() == count); // no two elements share an address
    CHECK(*distinct.rbegin() + (network.model.precision == CARVE_F32 ? 4 : 8) <=
          sim.block().size());
}

} // namespace

TEST_SUITE_BEGIN("memory");

TEST_CASE("views have the documented shapes, lie inside the block and do not overlap") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Ranges ranges;
        ranges.max_units = 9;
        ranges.max_lanes = 9;
        ranges.memory = seed % 2 == 0;
        ranges.modulated = ranges.general = seed % 4 < 2;
        Scenario s = random_scenario(seed, ranges);
        flat::Population& last = s.network.populations.back();
        last.recorded = ranges.memory;
        for (std::uint32_t i = 0; last.recorded && i + 1 < s.network.populations.size(); ++i)
            last.observations =
                s.network.populations[i].n_units == last.n_units ? i : last.observations;
        last.recorded = s.network.populations[last.observations].n_units == last.n_units &&
                        s.network.populations.size() > 1;
        if (seed % 4 == 0)
            record_weights(s, seed);
        for (const std::uint32_t precision : {CARVE_F32, CARVE_F64}) {
            s.network.model.precision = precision;
            const std::uint32_t sizes[] = {precision == CARVE_F32 ? 4u : 8u, 32, 64};
            s.network.model.lane_bytes = sizes[seed % 3];
            s.network.model.gradient = seed % 3 ? CARVE_GRADIENT_FORWARD : CARVE_GRADIENT_NONE;
            check_views(s.network);
        }
    }
}

TEST_CASE("views have the documented shapes where lanes are afferents") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Ranges ranges;
        ranges.max_units = 40;
        ranges.max_batch = 1;
        ranges.lateral = false;
        Scenario s = random_scenario(seed, ranges);
        s.network.model.layout = CARVE_LAYOUT_AFFERENTS;
        for (const std::uint32_t precision : {CARVE_F32, CARVE_F64}) {
            s.network.model.precision = precision;
            const std::uint32_t sizes[] = {precision == CARVE_F32 ? 4u : 8u, 32, 64};
            s.network.model.lane_bytes = sizes[seed % 3];
            s.network.model.gradient = seed % 3 ? CARVE_GRADIENT_FORWARD : CARVE_GRADIENT_NONE;
            check_views(s.network);
        }
    }
}

TEST_CASE("in moment form there are no rates to view") {
    Network n = support::single_layer(3, 2);
    n.model.batch = 10;
    n.model.form = CARVE_FORM_MOMENTS;
    n.populations[0].fixed = 1;
    Sim sim(n);
    carve_view v;
    CHECK(carve_sim_view(sim.get(), CARVE_VIEW_RATES, 1, &v, nullptr) == CARVE_E_UNAVAILABLE);
    CHECK(carve_sim_view(sim.get(), CARVE_VIEW_WEIGHTS, 0, &v, nullptr) == CARVE_OK);
}

TEST_CASE("the views of rates and streams show what the lanes have") {
    Scenario s = one_of_everything(CARVE_F64);
    Sim sim(s.network);
    const std::uint64_t streams[3] = {77, 5, 0xFFFFFFFFFFFFFFFFu};
    REQUIRE(carve_sim_reset(sim.get(), 1, streams, nullptr) == CARVE_OK);
    const support::Array v(sim.get(), CARVE_VIEW_STREAMS, 0);
    for (std::size_t l = 0; l < 3; ++l) {
        CHECK(v.get(l) == double(streams[l]));
        for (const double y : sim.rates(2).lane(l))
            CHECK(y == 0); // cleared by the reset
    }
    load(sim, s);
    REQUIRE(run(sim, s) == CARVE_OK);
    for (std::size_t l = 0; l < 3; ++l)
        for (const double y : sim.rates(3).lane(l)) // a sigmoid's
            CHECK((y > 0 && y < 1));
}

TEST_SUITE_END();
