#include "phase_values.hpp"

#include "error.hpp"
#include "paths.hpp"
#include "rule_factors.hpp"
#include "sim_memory.hpp"

#include <algorithm>

namespace carve::cli {
namespace {

bool ends_in(const std::string& path, const std::string& tail) {
    return path.size() > tail.size() &&
           path.compare(path.size() - tail.size(), tail.size(), tail) == 0;
}

std::string name_in(const std::string& path) { // "E" of "population.E.rate"
    const std::size_t dot = path.find('.');
    return path.substr(dot + 1, path.find('.', dot + 1) - dot - 1);
}

PreparedRun prepared(const PhaseRun& run, const std::shared_ptr<const task::Task>& described) {
    PreparedRun out{run, described, {}};
    if (!run.phase || run.phase->set.of.empty())
        return out;
    auto effective = std::make_shared<task::Task>(*described);
    Faults faults;
    for (const task::Setting& setting : run.phase->set.of) {
        assign(*effective, setting, faults);
        for (task::Population& p : effective->populations) {
            if (p.name != name_in(setting.path))
                continue;
            if (ends_in(setting.path, ".data")) // instead of the other
                p.value.reset();
            if (ends_in(setting.path, ".value"))
                p.data.clear();
        }
        if (setting.path.rfind("projection.", 0) == 0 && ends_in(setting.path, ".weights"))
            out.weights.push_back(name_in(setting.path));
    }
    faults.raise(Exit::usage);
    out.effective = std::move(effective);
    return out;
}

// Writes n values for every replica.
void write_all(carve_sim* sim, std::uint32_t which, std::uint32_t index,
               const std::vector<double>& values) {
    carve_sim_info info{};
    info.struct_size = sizeof info;
    check_status(carve_sim_get_info(sim, &info, nullptr), "carve_sim_get_info");
    for (std::uint32_t replica = 0; replica < info.n_replicas; ++replica)
        check_status(
            carve_sim_write(sim, which, index, replica, values.data(), values.size(), nullptr),
            "carve_sim_write");
}

double eta_of(const Task& task, const PreparedRun& of, const std::string& rule) {
    const std::string path = "rule." + rule + ".eta";
    bool given = is_varied(*of.effective, path);
    for (const task::Setting& s :
         of.run.phase ? of.run.phase->set.of : std::vector<task::Setting>{})
        given = given || s.path == path;
    for (const RuleSettings& settings : task.rules) // which a rule file may have set
        if (settings.name == rule && !given)
            return settings.eta;
    for (const task::Rule& r : of.effective->rules)
        if (r.name == rule)
            return r.eta;
    return 0;
}

void write_groups(carve_sim* sim, const KernelModel& model, const task::Task& effective) {
    for (const task::Population& p : effective.populations) {
        if (p.kind != task::PopulationKind::poisson)
            continue;
        carve_view view;
        check_status(
            carve_sim_view(sim, CARVE_VIEW_GROUPS, model.population(p.name), &view, nullptr),
            "carve_sim_view");
        auto* const values = static_cast<double*>(view.data);
        const auto* rate = p.rate ? std::get_if<double>(&p.rate->from) : nullptr;
        for (std::size_t g = 0; rate && g < view.shape[1]; ++g)
            values[g * view.stride[1]] = p.factor * *rate;
    }
}

} // namespace

std::vector<PreparedRun> prepared_runs(const std::shared_ptr<const task::Task>& described) {
    Faults faults;
    std::vector<PreparedRun> out;
    for (const PhaseRun& run : schedule_of(*described, faults))
        out.push_back(prepared(run, described));
    faults.raise(Exit::usage);
    return out;
}

void write_values(carve_sim* sim, const KernelModel& model, const Task& task,
                  const PreparedRun& of) {
    const task::Task& effective = *of.effective;
    const auto is_plastic = [&](const std::string& name) {
        if (!of.run.phase || !of.run.phase->plastic.projections)
            return true;
        const std::vector<std::string>& list = *of.run.phase->plastic.projections;
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    // The second and further rules of all projections have the indices behind the projections'.
    auto further = static_cast<std::uint32_t>(effective.projections.size());
    for (const task::Projection& p : effective.projections) {
        const std::uint32_t index = model.projection(p.name);
        const std::vector<const task::Rule*> rules = rules_of(effective, p);
        for (std::size_t r = 0; r < rules.size(); ++r)
            write_all(sim, CARVE_VIEW_ETA, r == 0 ? index : further++,
                      {is_plastic(p.name) ? eta_of(task, of, rules[r]->name) : 0});
        const bool held = !is_plastic(p.name); // not moved to its bounds either
        if (!rules.empty() && (p.w_min || p.w_max))
            write_all(sim, CARVE_VIEW_BOUNDS, index,
                      {held ? -task::kInfinity : p.w_min.value_or(-task::kInfinity),
                       held ? task::kInfinity : p.w_max.value_or(task::kInfinity)});
        const task::Population* const to = find_population(effective, p.to);
        if (to && to->kind == task::PopulationKind::lif)
            write_all(sim, CARVE_VIEW_GAIN, index, {p.gain});
    }
    write_groups(sim, model, effective);
}

void write_set_weights(carve_sim* sim, const KernelModel& model, const PreparedRun& of) {
    for (const task::Projection& p : of.effective->projections) {
        if (std::find(of.weights.begin(), of.weights.end(), p.name) == of.weights.end())
            continue;
        const std::uint32_t index = model.projection(p.name);
        carve_view view;
        check_status(carve_sim_view(sim, CARVE_VIEW_WEIGHTS, index, &view, nullptr),
                     "carve_sim_view");
        std::size_t n = 1;
        for (std::uint32_t d = 1; d + 1 < view.ndim; ++d)
            n *= view.shape[d];
        const auto* draw = std::get_if<task::Draw>(&p.weights.of);
        const auto* scaled = std::get_if<task::Scaled>(&p.weights.of);
        const auto* number = draw ? std::get_if<double>(&draw->from) : nullptr;
        carve_sim_info info{};
        info.struct_size = sizeof info;
        check_status(carve_sim_get_info(sim, &info, nullptr), "carve_sim_get_info");
        for (std::uint32_t replica = 0; replica < info.n_replicas; ++replica) {
            std::vector<double> w(n, number ? *number : 0);
            if (scaled) {
                check_status(
                    carve_sim_read(sim, CARVE_VIEW_WEIGHTS, index, replica, w.data(), n, nullptr),
                    "carve_sim_read");
                for (double& value : w)
                    value *= scaled->factor;
            }
            check_status(
                carve_sim_write(sim, CARVE_VIEW_WEIGHTS, index, replica, w.data(), n, nullptr),
                "carve_sim_write");
        }
    }
}

} // namespace carve::cli
