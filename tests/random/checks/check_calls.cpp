#include "check.hpp"
#include "run.hpp"

#include <numeric>

namespace nets {

namespace {

std::string name_of(const Key& key) {
    const std::uint32_t what = std::get<1>(key);
    static const char* const seen[] = {"status",   "loss",  "gradient", "slopes",     "residuals",
                                       "jacobian", "chain", "adjoint",  "eliminated", "spikes"};
    const char* const name = what < kStatus ? view_rows()[what].name : seen[what - kStatus];
    char text[160];
    const std::uint32_t lane = std::get<3>(key);
    std::snprintf(text, sizeof text, "after call %u, %s of %u, lane %d", std::get<0>(key), name,
                  std::get<2>(key), lane == kAllLanes ? -1 : int(lane));
    return text;
}

// What both have seen; of all lanes only where both have the same lanes.
void compare(const char* name, const Trace& expected, const Trace& seen, bool same_lanes) {
    for (const auto& entry : seen) {
        const std::uint32_t lane = std::get<3>(entry.first), what = std::get<1>(entry.first);
        if (!same_lanes && lane == kAllLanes && what != kStatus && what != CARVE_VIEW_THETA)
            continue;
        const auto other = expected.find(entry.first);
        if (other == expected.end() || other->second == entry.second)
            continue;
        // Without a gradient a trajectory has a loss alone: what is overwritten is another element.
        if ((what == CARVE_VIEW_TRAJECTORY || what == CARVE_VIEW_WEIGHT_TRAJECTORY) &&
            other->second.size() != entry.second.size())
            continue;
        std::size_t k = 0;
        while (k < entry.second.size() && k < other->second.size() &&
               entry.second[k] == other->second[k])
            ++k;
        fail("%s: %s, element %zu of %zu: %llx instead of %llx", name, name_of(entry.first).c_str(),
             k, other->second.size(),
             k < entry.second.size() ? static_cast<unsigned long long>(entry.second[k]) : 0,
             k < other->second.size() ? static_cast<unsigned long long>(other->second[k]) : 0);
    }
}

std::vector<std::uint32_t> usable_isas() {
    std::vector<std::uint32_t> isas;
    for (const std::uint32_t isa :
         {CARVE_ISA_SCALAR, CARVE_ISA_AVX512, CARVE_ISA_AVX2, CARVE_ISA_NEON, CARVE_ISA_SOFTFMA})
        if (carve_isa_usable(isa))
            isas.push_back(isa);
    return isas;
}

// Some of the lanes in another order; the first stays, since Poisson spikes are drawn by its stream.
std::vector<std::uint32_t> some_lanes(Choices& c, std::uint32_t n, bool keep_all) {
    std::vector<std::uint32_t> lanes(n);
    std::iota(lanes.begin(), lanes.end(), 0u);
    for (std::uint32_t k = n; k > 2; --k)
        std::swap(lanes[k - 1], lanes[1 + c.below(k - 1)]);
    if (!keep_all)
        lanes.resize(1 + c.below(n));
    return lanes;
}

// The same calls in other circumstances.
Variant other(Choices& c, const Program& p, const Variant& base, std::uint32_t isa) {
    Variant v = base;
    const std::uint32_t real = p.model.model.precision == CARVE_F32 ? 4 : 8;
    const std::uint32_t sizes[] = {32, 64, real};
    v.name = "other lanes";
    v.isa = isa;
    v.lane_bytes = sizes[c.below(3)];
    v.lanes = some_lanes(c, std::uint32_t(base.lanes.size()), c.below(2));
    // Derivatives of spikes are summed up over the steps of a call (M18).
    v.cut = c.below(2) && !(p.model.spiking() && base.gradient == CARVE_GRADIENT_FORWARD);
    v.own_spikes = c.below(2);
    v.dirty_padding = c.below(2);
    v.modes = c.below(2);
    v.at_end = c.below(2);
    if (base.gradient == CARVE_GRADIENT_FORWARD && c.one_in(2)) {
        v.name = "without a gradient";
        v.gradient = CARVE_GRADIENT_NONE;
    }
    return v;
}

void check_invalid(Program& p) {
    std::size_t bytes = 77;
    if (explain(p.model).empty() ||
        carve_sim_required_bytes(p.model.description(), &bytes, nullptr) == CARVE_OK || bytes != 77)
        fail("an invalid model has a size or no explanation");
    unsigned char* const memory = arena().block[0].place(8192, CARVE_ALIGNMENT, true);
    std::memset(memory, 0x5A, 8192);
    carve_sim* sim = nullptr;
    if (carve_sim_init(memory, 8192, p.model.description(), &sim, nullptr) == CARVE_OK || sim)
        fail("an invalid model makes a sim");
    for (std::size_t k = 0; k < 8192; ++k)
        if (memory[k] != 0x5A)
            fail("an invalid model's memory was changed");
}

} // namespace

bool check_calls(Choices& c) {
    Program p = random_program(c);
    if (c.one_in(10))
        spoil(c, p.model);
    p.model.model.isa = CARVE_ISA_AUTO;
    now_trying(describe(p));
    std::size_t bytes = 0;
    if (carve_sim_required_bytes(p.model.description(), &bytes, nullptr) != CARVE_OK) {
        check_invalid(p);
        return false;
    }
    if (!explain(p.model).empty())
        fail("a valid model is refused by carve_sim_required_bytes: %s", explain(p.model).c_str());
    if (!fits(p.model, bytes))
        return false;
    const std::vector<std::uint32_t> isas = usable_isas();
    Variant base;
    base.name = carve_isa_name(isas[0]);
    base.isa = isas[0];
    base.lane_bytes = p.model.model.lane_bytes;
    base.gradient = p.model.model.gradient;
    base.form = p.model.model.form;
    base.layout = p.model.model.layout;
    base.lanes.resize(p.model.model.n_replicas);
    std::iota(base.lanes.begin(), base.lanes.end(), 0u);
    Run first(p, base, arena());
    const Trace expected = first.all_calls();
    for (std::size_t k = 1; k < isas.size(); ++k) {
        if (isas[k] == CARVE_ISA_SOFTFMA && p.work > 2e4)
            continue; // slow
        Variant v = base;
        v.name = carve_isa_name(isas[k]);
        v.isa = isas[k];
        v.at_end = k % 2 == 0;
        v.modes = k % 2 == 1;
        compare(v.name, expected, Run(p, v, arena()).all_calls(), true);
    }
    // What the plan chose depends on the number of lanes: now it is fixed.
    if (!p.model.spiking()) {
        base.form = first.info().form;
        base.layout = first.info().layout;
    }
    const Variant v =
        other(c, p, base, isas[c.below(std::uint32_t(isas.size() > 1 ? isas.size() - 1 : 1))]);
    const Trace seen = Run(p, v, arena()).all_calls();
    compare(v.name, expected, seen, v.lanes.size() == base.lanes.size());
    return true;
}

} // namespace nets
