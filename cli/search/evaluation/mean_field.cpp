#include "mean_field.hpp"

#include "exp_log.hpp"
#include "kernel_model.hpp"
#include "needs.hpp"
#include "rule_factors.hpp"
#include "schedule.hpp"
#include "sim_memory.hpp"
#include "spike_terms.hpp"
#include "task_terms.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

namespace carve::cli {
namespace {

// The measure that counts the neurons' spikes.
const task::Measure* rate_of(const task::Task& task, const std::string& neurons) {
    for (const task::Measure& m : task.losses)
        if (m.kind == task::MeasureKind::rate && m.target && m.of.of.size() == 1 &&
            population_of(task, m.of.of[0]) == neurons)
            return &m;
    return nullptr;
}

bool has_its_terms(const RuleSettings& rule) {
    constexpr std::uint64_t kTerms = kTauPre | kTauPost | at_pre(0, 0, 0) | at_pre(1, 0, 0) |
                                     at_post(0, 0, 0) | at_post(1, 0, 0);
    const std::vector<Term> terms = all_terms(rule);
    return std::all_of(terms.begin(), terms.end(),
                       [](const Term& t) { return (t.spike & kTerms) != 0; });
}

} // namespace

std::optional<MeanField> mean_field_of(const Task& whole) {
    const task::Task& task = whole.described;
    if (task.rules.size() != 1 || whole.rules.size() != 1 || !has_its_terms(whole.rules[0]))
        return std::nullopt;
    const task::Projection* const use = first_use(task, task.rules[0]);
    const task::Population* const from = use ? find_population(task, use->from) : nullptr;
    const task::Population* const to = use ? find_population(task, use->to) : nullptr;
    if (!from || !to || from->kind != task::PopulationKind::poisson ||
        to->kind != task::PopulationKind::lif || third_factor(task.rules[0], *use) ||
        task.rules[0].eligibility)
        return std::nullopt;
    const task::Measure* const rate = rate_of(task, to->name);
    if (!rate || !(*rate->target > 0) || is_varied(task, "loss." + rate->name + ".target"))
        return std::nullopt;
    return MeanField{from->name, use->name, task.rules[0].name, rate->name, *rate->target};
}

namespace {

template <class T, class Condition> void keep(std::vector<T>& list, Condition condition) {
    list.erase(std::remove_if(list.begin(), list.end(),
                              [&](const T& element) { return !condition(element); }),
               list.end());
}

} // namespace

double afferent_rate(const Task& task, const task::Task& described, const MeanField& field) {
    constexpr double kSeconds = 20;
    // What they transmit at weight 1 is counted; the neurons do not matter.
    auto alone = std::make_shared<task::Task>(described);
    alone->rules.clear();
    alone->phases.clear();
    keep(alone->projections, [&](const auto& p) { return p.name == field.projection; });
    const std::string to = alone->projections.front().to,
                      signal = find_population(described, field.afferents)->signal
                                   ? find_population(described, field.afferents)->signal->of
                                   : "";
    keep(alone->populations, [&](const auto& p) {
        return p.name == field.afferents || p.name == to || p.name == signal;
    });
    task::Projection& counted = alone->projections.front();
    counted.rule.reset();
    counted.gain = 1;
    counted.weights.of = task::Draw{1.0};
    Task simple = task;
    simple.rules.clear();
    Trial trial;
    trial.described = alone;
    Needs needs;
    needs.transmitted.push_back(field.projection);
    const KernelModel model(simple, trial, {1}, Derivatives::no, needs);
    const std::size_t size = required_bytes_of(model, *alone);
    const Memory memory = allocate(size);
    carve_sim* sim = nullptr;
    check_status(carve_sim_init(memory.get(), size, &model.model, &sim, nullptr), "carve_sim_init");
    check_status(carve_sim_reset(sim, task.run.seed, nullptr, nullptr), "carve_sim_reset");
    const carve_step step =
        steps_of(static_cast<std::uint64_t>(std::floor(kSeconds / step_of(*alone))));
    check_status(carve_sim_step(sim, &step, nullptr), "carve_sim_step");
    carve_view v;
    check_status(carve_sim_view(sim, CARVE_VIEW_TRANSMITTED, model.projection(field.projection), &v,
                                nullptr),
                 "carve_sim_view");
    double spikes = 0;
    for (std::size_t g = 0; g < v.shape[2]; ++g)
        spikes += read(v, g * v.stride[2]);
    const double seconds = static_cast<double>(step.n_steps) * step_of(*alone);
    return spikes / (seconds * static_cast<double>(model.units(field.afferents)));
}

double set_point(const std::vector<Term>& terms, double afferent_rate) {
    const auto theta = [&](std::uint64_t bit) {
        for (const Term& t : terms)
            if (t.spike == bit)
                return is_time_constant(t) ? exp_of(t.theta) : t.theta;
        return 0.0;
    };
    const double g =
        theta(at_post(1, 0, 0)) * theta(kTauPre) + theta(at_pre(1, 0, 0)) * theta(kTauPost);
    const double point =
        -theta(at_pre(0, 0, 0)) * afferent_rate / (theta(at_post(0, 0, 0)) + g * afferent_rate);
    return point > 0 && std::isfinite(point) ? point : std::nan("");
}

} // namespace carve::cli
