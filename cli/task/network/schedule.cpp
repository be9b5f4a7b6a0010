#include "schedule.hpp"

#include "rule_factors.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

class Schedule {
  public:
    Schedule(const task::Task& task, Faults& faults) : task_(task), faults_(faults) {}

    std::vector<PhaseRun> runs() {
        if (task_.phases.empty())
            whole();
        for (const task::Phase& phase : task_.phases)
            if (phase.after_each.empty())
                repeat(phase);
        return runs_;
    }

  private:
    void whole() {
        const Place file{task_.file, 0, 0};
        if (!task_.simulation.duration) {
            faults_.add(file, "simulation.duration is needed: how long a trial lasts",
                        "for example duration = 200");
            return;
        }
        const auto at = task_.places.find("simulation.duration");
        PhaseRun run;
        run.steps = whole_steps(task_, *task_.simulation.duration,
                                at == task_.places.end() ? file : at->second, "simulation.duration",
                                faults_);
        runs_.push_back(run);
    }

    // All repetitions of a phase, each with the phases that come after it.
    void repeat(const task::Phase& phase) {
        std::size_t from = PhaseRun::kAbove;
        if (!phase.after.empty())
            from = last_of(phase.after);
        for (std::uint64_t r = 0; r < phase.repeat; ++r) {
            const std::size_t here = add(phase, r, from);
            from = PhaseRun::kAbove;
            branches(phase, here);
        }
    }

    // Phases after each of its repetitions, all from where it ended; so does what comes after them.
    void branches(const task::Phase& phase, std::size_t here) {
        bool any = false;
        for (const task::Phase& after : task_.phases)
            if (after.after_each == phase.name) {
                any = true;
                for (std::uint64_t r = 0; r < after.repeat; ++r) {
                    const std::size_t there = add(after, r, r == 0 ? here : PhaseRun::kAbove);
                    branches(after, there);
                }
            }
        if (any) {
            runs_[here].saves = true;
            resume_ = here;
        }
    }

    std::size_t add(const task::Phase& phase, std::uint64_t repetition, std::size_t from) {
        PhaseRun run;
        run.phase = &phase;
        run.name = phase.name;
        run.repetition = repetition;
        run.steps = steps_of(phase, repetition);
        run.start = from != PhaseRun::kAbove ? from : resume_;
        if (run.start != PhaseRun::kAbove)
            runs_[run.start].saves = true;
        resume_ = PhaseRun::kAbove;
        runs_.push_back(run);
        return runs_.size() - 1;
    }

    std::size_t last_of(const std::string& name) {
        for (std::size_t i = runs_.size(); i-- > 0;)
            if (runs_[i].name == name)
                return i;
        for (const task::Phase& phase : task_.phases)
            if (phase.after == name)
                faults_.add(phase.place,
                            fmt::format("[phase.{}] comes after \"{}\", which runs later or never",
                                        phase.name, name),
                            "phases run in the order of the text");
        return PhaseRun::kAbove;
    }

    std::uint64_t steps_of(const task::Phase& phase, std::uint64_t repetition) {
        const std::string path = "phase." + phase.name + ".duration";
        const auto at = task_.places.find(path);
        const Place place = at == task_.places.end() ? phase.place : at->second;
        const std::size_t n = phase.duration.of.size();
        if (n == 0) {
            faults_.add(phase.place, path + " is needed");
            return 0;
        }
        const task::Draw& draw =
            phase.duration.of[n == 1 ? 0 : std::min<std::size_t>(n - 1, repetition)];
        const double* const number = std::get_if<double>(&draw.from);
        if (!number) {
            faults_.add(place, "a duration that is drawn cannot be simulated yet", "a number");
            return 0;
        }
        return whole_steps(task_, *number, place, path, faults_);
    }

    const task::Task& task_;
    Faults& faults_;
    std::vector<PhaseRun> runs_;
    std::size_t resume_ = PhaseRun::kAbove;
};

} // namespace

double step_of(const task::Task& task) {
    const bool spikes = std::any_of(task.populations.begin(), task.populations.end(),
                                    [&](const auto& p) { return is_of_spikes(task, p); });
    return task.simulation.dt.value_or(spikes ? 1e-4 : 1);
}

std::uint64_t whole_steps(const task::Task& task, double time, const Place& place,
                          const std::string& what, Faults& faults) {
    constexpr double kMost = 1e12;
    const double dt = step_of(task), exact = time / dt, rounded = std::floor(exact + 0.5);
    if (!(std::abs(exact - rounded) <= 1e-6 * rounded && rounded >= 1 && rounded <= kMost)) {
        faults.add(place, fmt::format("{} = {} is no whole number of steps of {}", what, time, dt));
        return 1;
    }
    return static_cast<std::uint64_t>(rounded);
}

std::vector<PhaseRun> schedule_of(const task::Task& task, Faults& faults) {
    return Schedule(task, faults).runs();
}

std::uint64_t total_steps(const task::Task& task, Faults& faults) {
    std::uint64_t sum = 0;
    for (const PhaseRun& run : schedule_of(task, faults))
        sum += run.steps;
    return sum;
}

} // namespace carve::cli
