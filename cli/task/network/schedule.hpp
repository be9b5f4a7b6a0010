// schedule.hpp: the phases of a trial, one after the other, in steps.
#pragma once
#include "description.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

// One repetition of a phase.
struct PhaseRun {
    const task::Phase* phase = nullptr; // null: a task without phases has one, which says nothing
    std::string name;
    std::uint64_t steps = 0;
    std::uint64_t repetition = 0;
    bool saves = false;         // other phases start from where it ends
    std::size_t start = kAbove; // index of the run whose end it starts from
    static constexpr std::size_t kAbove = static_cast<std::size_t>(-1); // the one above
};

// Seconds of a step, or 1 where nothing spikes.
double step_of(const task::Task& task);
// A time of the file as a whole number of steps; a fault at the place if it is not whole.
std::uint64_t whole_steps(const task::Task& task, double time, const Place& place,
                          const std::string& what, Faults& faults);

// In the order in which they run. Pointers are into the task.
std::vector<PhaseRun> schedule_of(const task::Task& task, Faults& faults);
// Of all runs together.
std::uint64_t total_steps(const task::Task& task, Faults& faults);

} // namespace carve::cli
