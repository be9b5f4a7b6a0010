#include "columns_used.hpp"

#include "rule_factors.hpp"

#include <set>

namespace carve::cli {

bool is_column(const task::Task& task, const std::string& source) {
    const std::string table = source.substr(0, source.find('.'));
    for (const task::Data& d : task.data)
        if (d.name == table)
            return true;
    return false;
}

std::vector<std::string> columns_used(const task::Task& task) {
    std::set<std::string> used;
    const auto use = [&](const std::string& source) {
        if (!source.empty() && is_column(task, source))
            used.insert(source);
    };
    for (const task::Population& p : task.populations) {
        use(p.data);
        use(p.clamp);
    }
    for (const task::Projection& p : task.projections) {
        if (const auto* draw = std::get_if<task::Draw>(&p.weights.of))
            if (const auto* column = std::get_if<task::Column>(&draw->from))
                use(column->name);
        for (const task::Factor& f : p.factors.of)
            use(f.of);
    }
    for (const task::Rule& r : task.rules) {
        use(r.when);
        if (r.modulator)
            use(r.modulator->of);
        for (const task::Factor& f : r.factors.of)
            use(f.of);
    }
    for (const std::vector<task::Measure>* list : {&task.losses, &task.probes})
        for (const task::Measure& m : *list) {
            use(m.to);
            use(m.mask);
        }
    const auto use_settings = [&](const task::Settings& settings) {
        for (const task::Setting& s : settings.of) {
            if (const auto* text = std::get_if<std::string>(&s.value.value))
                use(*text);
            for (const TomlValue& element : s.value.list() ? *s.value.list() : TomlList{})
                if (const auto* text = std::get_if<std::string>(&element.value))
                    use(*text);
        }
    };
    for (const task::Phase& phase : task.phases)
        use_settings(phase.set);
    for (const task::Stage& stage : task.stages)
        use_settings(stage.set);
    use_settings(task.trials.vary);
    for (const task::TrialSet& set : task.trials.sets)
        use_settings(set.vary);
    return {used.begin(), used.end()};
}

std::size_t units_of(const task::Task& task, const std::string& population, const Trial& trial) {
    const task::Population* const p = find_population(task, population);
    if (!p)
        return 1;
    if (p->units)
        return *p->units;
    if (const auto trains = trial.trains.find(p->data); trains != trial.trains.end())
        return trains->second->units;
    return p->data.empty() ? 1 : static_cast<std::size_t>(trial.column(p->data).cols());
}

} // namespace carve::cli
