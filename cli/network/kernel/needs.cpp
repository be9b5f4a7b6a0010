#include "needs.hpp"

#include "error.hpp"
#include "rule_factors.hpp"
#include "toml.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

void merge(const task::Task& task, const Trajectory& more, std::vector<Trajectory>& all) {
    const std::string name = population_of(task, more.population);
    for (Trajectory& known : all) {
        if (known.population != name)
            continue;
        const bool alike = known.mask == more.mask && known.likelihood == more.likelihood;
        if (alike && (known.to == more.to || more.to.empty()))
            return;
        if (alike && known.to.empty()) {
            known.to = more.to;
            return;
        }
        throw Error(
            Exit::usage,
            fmt::format("two measures of population {} with different `to`, mask or kind of "
                        "comparison cannot be simulated together yet",
                        name),
            "give one of them a population of its own, fed by a projection of weight 1");
    }
    all.push_back({name, more.to, more.mask, more.likelihood});
}

void merge(const RateProbe& more, std::vector<RateProbe>& all) {
    for (RateProbe& known : all)
        if (known.population == more.population) {
            if (known.tau != more.tau || known.start != more.start || known.target != more.target)
                throw Error(Exit::usage,
                            fmt::format("two measures filter the rate of population {} with "
                                        "different tau, start or target",
                                        more.population),
                            "one of them can be without tau and stop");
            known.low = std::max(known.low, more.low);
            known.high = std::min(known.high, more.high);
            return;
        }
    all.push_back(more);
}

// "projections[2]" at the start of what the kernel says: its index.
std::ptrdiff_t index_in(const std::string& where, const std::string& list) {
    if (where.rfind(list + "[", 0) != 0)
        return -1;
    return std::stol(where.substr(list.size() + 1));
}

} // namespace

Needs merged_needs(const task::Task& task, const std::vector<const Measure*>& measures) {
    Needs out;
    for (const Measure* const measure : measures) {
        Needs more;
        measure->add_needs(more);
        for (const Trajectory& t : more.trajectories)
            merge(task, t, out.trajectories);
        for (const RateProbe& r : more.rates)
            merge(r, out.rates);
        for (const std::string& name : more.transmitted)
            if (std::find(out.transmitted.begin(), out.transmitted.end(), name) ==
                out.transmitted.end())
                out.transmitted.push_back(name);
    }
    return out;
}

std::size_t required_bytes_of(const KernelModel& model, const task::Task& task) {
    std::size_t bytes = 0;
    carve_fault fault;
    if (carve_sim_required_bytes(&model.model, &bytes, &fault) == CARVE_OK)
        return bytes;
    const std::string where = fault.where;
    std::string what = "the network";
    Place place{task.file, 0, 0};
    if (const std::ptrdiff_t i = index_in(where, "projections"); i >= 0)
        for (const task::Projection& p : task.projections)
            if (model.projection(p.name) == static_cast<std::uint32_t>(i)) {
                what = "[projection." + p.name + "]";
                place = p.place;
            }
    if (const std::ptrdiff_t i = index_in(where, "populations"); i >= 0)
        for (const task::Population& p : task.populations)
            if (model.population(p.name) == static_cast<std::uint32_t>(i)) {
                what = "[population." + p.name + "]";
                place = p.place;
            }
    Faults faults;
    faults.add(place,
               fmt::format("{} cannot be simulated: {} is {}; it {}", what,
                           where.substr(where.rfind('.') + 1), toml_real(fault.value),
                           fault.expected),
               "docs/model.md has a table of what goes together");
    faults.raise(Exit::usage);
    return 0;
}

} // namespace carve::cli
