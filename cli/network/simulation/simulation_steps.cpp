// simulation_steps.cpp: the phases of a trial and their steps.
#include "simulation_impl.hpp"

#include "error.hpp"
#include "interrupt.hpp"
#include "rule_factors.hpp"

#include <algorithm>
#include <cstring>
#include <map>

namespace carve::cli {
namespace {

void add(Measured& sum, const Measured& more) {
    if (sum.loss.empty()) {
        sum = more;
        return;
    }
    for (std::size_t lane = 0; lane < more.loss.size(); ++lane) {
        sum.raw[lane] += more.raw[lane];
        sum.loss[lane] += more.loss[lane];
        for (std::size_t k = 0; lane < more.parts.size() && k < more.parts[lane].size(); ++k)
            sum.parts[lane][k] += more.parts[lane][k];
        if (lane < more.slopes.size()) {
            sum.slopes[lane].gradient += more.slopes[lane].gradient;
            sum.slopes[lane].hessian += more.slopes[lane].hessian;
        }
    }
}

} // namespace

// ---- Its phases --------------------------------------------------------------------------

bool Simulation::Impl::looks(const Measure& measure, const PhaseRun& run) const {
    if (measure.is_of_others())
        return false;
    const std::vector<std::string>& when = measure.settings().when.of;
    if (when.empty())
        return run.name == runs.back().run.name;
    return std::find(when.begin(), when.end(), run.name) != when.end();
}

void Simulation::Impl::run_all() {
    std::map<std::size_t, std::vector<unsigned char>> saved; // by run, while one needs it
    std::vector<std::uint64_t> steps_at(runs.size());
    bool sets = false;
    for (const PreparedRun& r : runs)
        sets = sets ||
               (r.run.phase && (!r.run.phase->set.of.empty() || r.run.phase->plastic.projections));
    for (std::size_t i = 0; i < runs.size() && !interrupted(); ++i) {
        const PhaseRun& run = runs[i].run;
        if (run.start != PhaseRun::kAbove) {
            const auto state = saved.find(run.start);
            if (state != saved.end())
                std::memcpy(memory.get(), state->second.data(), size);
            step = steps_at[run.start];
            const bool again =
                std::any_of(runs.begin() + static_cast<std::ptrdiff_t>(i) + 1, runs.end(),
                            [&](const PreparedRun& later) { return later.run.start == run.start; });
            if (!again)
                saved.erase(run.start);
        }
        phase = i;
        run_one(runs[i], sets);
        steps_at[i] = step;
        if (run.saves) {
            const auto* const from = static_cast<const unsigned char*>(memory.get());
            saved.emplace(i, std::vector<unsigned char>(from, from + size));
        }
    }
    if (watcher)
        watcher->before(*self, done, phase);
    finish();
}

void Simulation::Impl::start_phase(const PreparedRun& prepared, bool sets) {
    const task::Phase* const starting = prepared.run.phase;
    if (starting && starting->reset == task::Reset::activity) {
        clear(CARVE_PART_ACTIVITY | CARVE_PART_TRACES);
        write_voltages();
    }
    if (starting && starting->reset == task::Reset::weights) {
        clear(CARVE_PART_WEIGHTS);
        write_weights();
    }
    if (sets)
        write_values(sim, *model, task, prepared);
    write_set_weights(sim, *model, prepared);
    clear(CARVE_PART_MEASURES);
    recording = {};
}
void Simulation::Impl::clear(std::uint32_t parts) {
    check_status(carve_sim_clear(sim, parts, nullptr), "carve_sim_clear");
}

void Simulation::Impl::run_one(const PreparedRun& prepared, bool sets) {
    const PhaseRun& run = prepared.run;
    start_phase(prepared, sets);
    sim_start = info().steps;
    std::vector<std::pair<std::uint64_t, Watched*>> openings;
    for (Watched& w : watched) {
        if (!looks(*w.measure, run))
            continue;
        const Look at = look(prepared);
        w.measure->begin(at);
        openings.emplace_back(run.steps - w.measure->window_steps(at), &w);
    }
    std::stable_sort(openings.begin(), openings.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::uint64_t at = 0;
    Names recorded;
    for (auto& [opening, w] : openings) {
        advance(prepared, opening - at, recorded);
        at = opening;
        w->measure->open(look(prepared));
        if (const std::string& asked = w->measure->recorded(); !asked.empty())
            if (const std::string name = population_of(*described, asked);
                std::find(recorded.begin(), recorded.end(), name) == recorded.end())
                recorded.push_back(name);
        prepare_recording(recorded);
    }
    advance(prepared, run.steps - at, recorded);
    note_frozen();
    if (interrupted())
        return;
    for (auto& [opening, w] : openings) {
        add(w->sum, w->measure->close(look(prepared)));
        ++w->count;
    }
    done += run.steps;
}

// ---- Its steps ---------------------------------------------------------------------------

void Simulation::Impl::prepare_recording(const Names& recorded) {
    for (const std::string& name : recorded) {
        Activity& activity = recording.of[name];
        if (activity.units > 0)
            continue;
        activity.first = model->model.batch > 1 ? 0 : step;
        activity.units = model->units(name);
        activity.rates.resize(lanes.count);
        activity.spikes.resize(lanes.count);
    }
}

void Simulation::Impl::advance(const PreparedRun& prepared, std::uint64_t n,
                               const Names& recorded) {
    const bool each_step = !recorded.empty() && !model->spikes();
    const bool takes_spikes = model->spikes() && (!recorded.empty() || watcher);
    while (n > 0 && !interrupted()) {
        const std::uint64_t some = steps_of_call(n, each_step, takes_spikes);
        const bool watched_step = watcher && all_steps() % every == 0;
        if (watched_step)
            watcher->before(*self, all_steps(), phase);
        take_step(prepared, some, takes_spikes);
        n -= some;
        if (watched_step)
            watcher->after(*self);
        if (each_step)
            record_rates(recorded);
        if (takes_spikes)
            record_spikes(recorded);
    }
}

std::uint64_t Simulation::Impl::steps_of_call(std::uint64_t most, bool each_step,
                                              bool takes_spikes) const {
    if (each_step)
        return 1;
    std::uint64_t n = streams->at_once(std::min(most, updates_at_once()));
    if (takes_spikes)
        n = std::min(n, spikes_at_once);
    if (watcher) // the step that is watched alone, and those up to the next one
        n = all_steps() % every == 0 ? 1 : std::min(n, every - all_steps() % every);
    return n;
}

void Simulation::Impl::take_step(const PreparedRun& prepared, std::uint64_t n, bool takes_spikes) {
    const task::Phase* const running = prepared.run.phase;
    const std::vector<carve_stream>& in = streams->of(*prepared.effective, trials, step, n);
    carve_step call = steps_of(n);
    call.n_inputs = static_cast<std::uint32_t>(in.size());
    call.inputs = in.empty() ? nullptr : in.data();
    call.plastic = !running || running->plastic.all || running->plastic.projections ? 1 : 0;
    recorder = {};
    recorder.struct_size = sizeof recorder;
    recorder.spikes = spikes.data();
    recorder.capacity = spikes.size();
    call.recorder = takes_spikes ? &recorder : nullptr;
    check_status(carve_sim_step(sim, &call, nullptr), "carve_sim_step");
    step += n;
}

// Between two looks at whether the process was interrupted: a fraction of a second.
std::uint64_t Simulation::Impl::updates_at_once() const {
    constexpr double kWork = 2e8, kMany = 1 << 20;
    double synapses = 1;
    for (const task::Projection& p : described->projections)
        synapses +=
            static_cast<double>(model->units(p.from)) * static_cast<double>(model->units(p.to));
    const double derivatives =
        wanted == Derivatives::yes ? 1 + static_cast<double>(model->searched()) : 1;
    return static_cast<std::uint64_t>(
        std::clamp(kWork / (synapses * static_cast<double>(model->model.batch) *
                            static_cast<double>(lanes.count) * derivatives),
                   1.0, kMany));
}

void Simulation::Impl::record_rates(const Names& recorded) {
    for (const std::string& name : recorded) {
        Activity& activity = recording.of[name];
        const std::uint32_t index = model->population(name);
        std::vector<double> values(activity.units * model->model.batch);
        for (std::size_t lane = 0; lane < lanes.count; ++lane) {
            check_status(carve_sim_read(sim, CARVE_VIEW_RATES, index,
                                        static_cast<std::uint32_t>(lane), values.data(),
                                        values.size(), nullptr),
                         "carve_sim_read");
            std::vector<double>& to = activity.rates[lane];
            to.insert(to.end(), values.begin(), values.end());
        }
    }
}

void Simulation::Impl::record_spikes(const Names& recorded) {
    for (std::uint64_t i = 0; i < recorder.n_written; ++i) {
        const carve_spike& spike = spikes[i];
        if (watcher)
            for (const task::Population& p : described->populations)
                if (model->population(p.name) == spike.population)
                    watcher->spike(p.name, spike.replica, done + spike.step - sim_start,
                                   spike.unit);
        for (const std::string& name : recorded)
            if (model->population(name) == spike.population) {
                recording.of[name].spikes[spike.replica].push_back({spike.step, spike.unit});
                break;
            }
    }
}

void Simulation::Impl::note_frozen() {
    const carve_view v = view_of(sim, CARVE_VIEW_FROZEN, 0);
    for (std::size_t lane = 0; lane < lanes.count; ++lane) {
        const std::uint64_t at = static_cast<const std::uint64_t*>(v.data)[lane_offset(v, lane)];
        if (at > 0 && frozen[lane] < 0)
            frozen[lane] =
                static_cast<std::int64_t>(done + (at - 1 > sim_start ? at - 1 - sim_start : 0));
    }
}

} // namespace carve::cli
