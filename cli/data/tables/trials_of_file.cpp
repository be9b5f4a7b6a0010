#include "trials_of_file.hpp"

#include "error.hpp"

#include <fmt/format.h>

namespace carve::cli {
namespace {

// A stage has no more trials of the search than the file has for it.
void check_stages(const task::Task& task, const std::string& path) {
    for (const task::Stage& stage : task.stages)
        for (const task::Setting& s : stage.set.of) {
            const auto* const count = std::get_if<std::int64_t>(&s.value.value);
            if (s.path != "trials.search" || !count ||
                static_cast<std::uint64_t>(*count) <= task.trials.search)
                continue;
            Faults faults;
            faults.add(s.value.place,
                       fmt::format("[search.stage.{}] asks for {} trials of the {} that '{}' has "
                                   "for the search",
                                   stage.name, *count, task.trials.search, path),
                       "trials.search says how many there are");
            faults.raise(Exit::usage);
        }
}

} // namespace

std::size_t part_of(Role role) {
    return static_cast<std::size_t>(role == Role::other ? Role::held_out : role);
}

TrialsOfFile::TrialsOfFile(const task::Task& task, const std::string& path)
    : path_(path), counts_{task.trials.search, task.trials.validation, task.trials.held_out} {}

void TrialsOfFile::check(const task::Task& task, std::size_t trials) const {
    check_stages(task, path_);
    const std::uint64_t needed = counts_[0] + counts_[1] + counts_[2];
    if (needed > trials)
        throw Error(Exit::usage,
                    fmt::format("'{}' has {} trials; trials.search, validation and held_out of "
                                "task {} are {} together",
                                path_, trials, task.name, needed),
                    "ask for fewer trials");
}

std::size_t TrialsOfFile::trial(const DrawnFor& of) const {
    const std::size_t role = part_of(of.role);
    std::size_t trial = of.role == Role::other ? of.index % counts_[role] : of.index;
    if (trial >= counts_[role])
        throw Error(Exit::usage,
                    fmt::format("trial {} is asked for of the {} that '{}' has for this set",
                                trial + 1, counts_[role], path_),
                    "trials.search, validation and held_out say how many there are of each");
    for (std::size_t before = 0; before < role; ++before)
        trial += counts_[before];
    return trial;
}

} // namespace carve::cli
