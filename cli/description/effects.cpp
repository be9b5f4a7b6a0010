#include "effects.hpp"

#include "schema.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli::task {
namespace {

class Effects {
  public:
    explicit Effects(const Task& task) : task_(task) {}

    std::map<std::string, std::string> unread() {
        of_search();
        for (const Projection& p : task_.projections)
            of_projection(p);
        for (const Rule& r : task_.rules)
            of_rule(r);
        return unread_;
    }

  private:
    void unless(bool read, const std::string& path, const std::vector<std::string>& keys,
                const std::string& needed) {
        for (const std::string& key : keys)
            if (!read)
                unread_[path + "." + key] = needed;
    }

    bool uses(Method method) const {
        if (task_.stages.empty())
            return task_.search.method == method;
        return std::any_of(task_.stages.begin(), task_.stages.end(),
                           [&](const Stage& s) { return s.search.method == method; });
    }

    void of_search() {
        const Search& s = task_.search;
        unless(uses(Method::cma_es) || uses(Method::filter), "search", {"population"},
               "search.method = \"cma_es\", here or in a stage");
        unless(uses(Method::cma_es), "search", {"sigma", "cma_restarts"},
               "search.method = \"cma_es\", here or in a stage");
        unless(uses(Method::adam), "search", {"learning_rate", "clip"},
               "search.method = \"adam\", here or in a stage");
        unless(uses(Method::gauss_newton), "search", {"damping"},
               "search.method = \"gauss_newton\", here or in a stage");
        unless(s.refit, "search", {"refit_iterations", "margin"}, "search.refit = true");
        unless(s.restarts > 1, "search", {"accept"}, "search.restarts above 1");
        for (const Stage& stage : task_.stages)
            unless(s.restarts > 1 || uses(Method::filter), "search.stage." + stage.name, {"accept"},
                   "search.restarts above 1");
    }

    const Population* population(const std::string& name) const {
        for (const Population& p : task_.populations)
            if (p.name == name.substr(0, name.find('.')))
                return &p;
        return nullptr;
    }

    bool is_plastic(const Projection& p) const {
        return p.rule || std::any_of(task_.rules.begin(), task_.rules.end(),
                                     [&](const Rule& r) { return r.name == p.name; });
    }

    void of_projection(const Projection& p) {
        const std::string path = "projection." + p.name;
        const Population* to = population(p.to);
        const bool of_rates =
            to && (to->kind == PopulationKind::rate || to->kind == PopulationKind::choice);
        const bool settles = p.from == p.to && of_rates && p.delay.value_or(0) == 0;
        unless(settles, path, {"inference"}, "from = to, a rate population, and delay = 0");
        unless(settles && p.connect.pattern == Pattern::lower, path, {"mask_from"},
               "connect = \"lower\"");
        unless(!of_rates, path, {"receptor"}, "neurons that spike as its target");
        unless(is_plastic(p), path, {"w_min", "w_max", "soft"}, "a rule");
    }

    bool is_of_spikes(const Projection& p) const {
        const Population* from = population(p.from);
        if (!from)
            return false;
        if (from->kind == PopulationKind::poisson || from->kind == PopulationKind::lif)
            return true;
        return std::any_of(task_.data.begin(), task_.data.end(), [&](const Data& d) {
            return from->data.substr(0, from->data.find('.')) == d.name &&
                   (d.kind == DataKind::spikes || d.kind == DataKind::pairing);
        });
    }

    bool is_of_spikes(const Rule& r) const {
        return std::any_of(
            task_.projections.begin(), task_.projections.end(), [&](const Projection& p) {
                const bool used = p.rule
                                      ? std::count(p.rule->of.begin(), p.rule->of.end(), r.name) > 0
                                      : p.name == r.name;
                return used && is_of_spikes(p);
            });
    }

    void of_rule(const Rule& r) {
        const std::string path = "rule." + r.name;
        unless(is_of_spikes(r), path, {"coincidence", "trace_jump"},
               "spikes, whose traces it is about");
        unless(uses(Method::cma_es), path, {"spread"},
               "search.method = \"cma_es\", here or in a stage");
    }

    const Task& task_;
    std::map<std::string, std::string> unread_;
};

// What a base says need not count in each task that extends it.
bool is_own(const Task& task, const Place& place) {
    return place.line == 0 || place.file == task.file;
}

} // namespace

std::map<std::string, std::string> keys_without_effect(const Task& task) {
    return Effects(task).unread();
}

std::vector<std::string> keys_of_all_stages(const Task& task) {
    std::vector<std::string> keys;
    const auto text = [](const Written& value) { return value ? inline_toml(*value) : ""; };
    for (const char* key : {"method", "iterations", "l1", "early_stop"}) {
        const Field<Search>& field = *schema<Search>().find(key);
        const auto has_its_own = [&](const Stage& s) {
            return task.places.count(fmt::format("search.stage.{}.{}", s.name, key)) > 0 ||
                   text(field.write(s.search)) != text(field.write(task.search));
        };
        if (!task.stages.empty() &&
            std::all_of(task.stages.begin(), task.stages.end(), has_its_own))
            keys.emplace_back(key);
    }
    return keys;
}

void check_effects(const Task& task, Faults& faults) {
    const std::map<std::string, std::string> unread = keys_without_effect(task);
    // A default stands in one place for many tables: it is enough that one of them reads it.
    const auto is_read_elsewhere = [&](const Place& place) {
        return std::any_of(task.places.begin(), task.places.end(), [&](const auto& other) {
            return other.second.file == place.file && other.second.line == place.line &&
                   other.second.column == place.column && place.line > 0 &&
                   unread.count(other.first) == 0;
        });
    };
    for (const auto& [path, needed] : unread) {
        const auto at = task.places.find(path);
        if (at != task.places.end() && is_own(task, at->second) && !is_read_elsewhere(at->second))
            faults.add(at->second, fmt::format("{} has no effect without {}", path, needed),
                       "remove it");
    }
    for (const std::string& key : keys_of_all_stages(task)) {
        const auto at = task.places.find("search." + key);
        if (at != task.places.end() && is_own(task, at->second))
            faults.add(at->second,
                       fmt::format("search.{} has no effect: every stage sets its own", key),
                       fmt::format("set search.stage.{}.{}", task.stages[0].name, key));
    }
}

} // namespace carve::cli::task
