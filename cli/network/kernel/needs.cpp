#include "needs.hpp"

#include "error.hpp"
#include "rule_factors.hpp"
#include "schema.hpp"
#include "toml.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace carve::cli {
namespace {

std::string place_text(const Place& place) {
    return place.line > 0 ? fmt::format("{}:{}", place.file, place.line) : place.file;
}

// `of` asks for it, as one of those before did for the others.
void merge(const task::Task& task, const task::Measure& of, Trajectory more,
           std::vector<Trajectory>& all) {
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
        refuse_at(of.place, Exit::usage,
                  fmt::format("two measures of population {} with different `to`, mask or kind of "
                              "comparison cannot be simulated together yet: {} and that in {}",
                              name, of.name, place_text(known.place)),
                  "give one of them a population of its own, fed by a projection of weight 1");
    }
    more.population = name;
    more.place = of.place;
    all.push_back(std::move(more));
}

void merge(const task::Measure& of, const RateProbe& more, std::vector<RateProbe>& all) {
    for (RateProbe& known : all)
        if (known.population == more.population) {
            if (known.tau != more.tau || known.start != more.start || known.target != more.target)
                refuse_at(of.place, Exit::usage,
                          fmt::format("two measures filter the rate of population {} with "
                                      "different tau, start or target: {} and that in {}",
                                      more.population, of.name, place_text(known.place)),
                          "one of them can be without tau and stop");
            known.low = std::max(known.low, more.low);
            known.high = std::min(known.high, more.high);
            return;
        }
    all.push_back(more);
    all.back().place = of.place;
}

// "projections[2]" at the start of what the kernel says: its index.
std::ptrdiff_t index_in(const std::string& where, const std::string& list) {
    if (where.rfind(list + "[", 0) != 0)
        return -1;
    return std::stol(where.substr(list.size() + 1));
}

// A field of the library's structs in the words of a task.
std::string key_of(const std::string& field) {
    return field == "n_units" ? "units" : field == "connectivity" ? "connect" : field;
}

// What the library expects, without the names of its constants.
std::string in_words(std::string expected) {
    static const std::pair<const char*, const char*> words[] = {
        {"connectivity CARVE_CONNECT_LOWER", "connect = \"lower\""},
        {"CARVE_CONNECT_ALL (0)", "\"all\""},
        {"CARVE_CONNECT_LOWER", "\"lower\""},
        {"CARVE_INFERENCE_SEQUENTIAL (0)", "\"sequential\""},
        {"CARVE_INFERENCE_SWEEPS (1)", "{ sweeps = 1 }"},
        {"CARVE_INFERENCE_SOLVE (2)", "\"solve\""},
    };
    for (const auto& [constant, word] : words)
        for (std::size_t at; (at = expected.find(constant)) != std::string::npos;)
            expected.replace(at, std::string(constant).size(), word);
    return expected;
}

// The element of the task that a fault of the kernel is about, key by key.
class Culprit {
  public:
    explicit Culprit(const task::Task& task) : task_(task), place_{task.file, 0, 0} {}

    template <class T>
    void is(const std::string& path, const T& element, const std::string& field) {
        path_ = path;
        place_ = element.place;
        find(task::schema<T>(), element, field);
    }
    void is_simulation(const std::string& field) {
        path_ = "simulation";
        find(task::schema<task::Simulation>(), task_.simulation, field);
    }

    const Place& place() const { return place_; }
    // "projection.EE.delay = 10", or of a field that is no key "[projection.EE]: n_plasticity = 5".
    std::string text(const carve_fault& fault, const std::string& field) const {
        if (!value_.empty())
            return value_;
        return fmt::format("{}: {} = {}", path_.empty() ? "the network" : "[" + path_ + "]", field,
                           fault.value);
    }

  private:
    template <class T>
    void find(const task::Schema<T>& schema, const T& element, const std::string& field) {
        const std::string key = key_of(field);
        const task::Field<T>* const known = schema.find(key);
        const task::Written value = known ? known->write(element) : task::Written{};
        if (!value)
            return;
        value_ = fmt::format("{}.{} = {}", path_, key, task::inline_toml(*value));
        if (const auto at = task_.places.find(path_ + "." + key); at != task_.places.end())
            place_ = at->second;
    }

    const task::Task& task_;
    Place place_;
    std::string path_, value_;
};

} // namespace

Needs merged_needs(const task::Task& task, const std::vector<const Measure*>& measures) {
    Needs out;
    for (const Measure* const measure : measures) {
        Needs more;
        measure->add_needs(more);
        for (const Trajectory& t : more.trajectories)
            merge(task, measure->settings(), t, out.trajectories);
        for (const RateProbe& r : more.rates)
            merge(measure->settings(), r, out.rates);
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
    const std::string where = fault.where, field = where.substr(where.rfind('.') + 1);
    Culprit culprit(task);
    if (const std::ptrdiff_t i = index_in(where, "projections"); i >= 0) {
        for (const task::Projection& p : task.projections)
            if (model.projection(p.name) == static_cast<std::uint32_t>(i))
                culprit.is("projection." + p.name, p, field);
    } else if (const std::ptrdiff_t k = index_in(where, "populations"); k >= 0) {
        for (const task::Population& p : task.populations)
            if (model.population(p.name) == static_cast<std::uint32_t>(k))
                culprit.is("population." + p.name, p, field);
    } else if (where == field)
        culprit.is_simulation(field);
    refuse_at(culprit.place(), Exit::usage,
              fmt::format("{} cannot be simulated: it {}", culprit.text(fault, field),
                          in_words(fault.expected)),
              "docs/model.md has a table of what goes together");
}

} // namespace carve::cli
