// trial_source.hpp: draws the trials of a task: a pure function of (task, seed, role,
// round, index).
#pragma once
#include "task.hpp"
#include "trial.hpp"

#include <memory>
#include <string>
#include <vector>

namespace carve::cli {

class TrialSource {
  public:
    // Reads the files that the task names.
    explicit TrialSource(const Task& task);
    TrialSource(TrialSource&&) noexcept;
    TrialSource& operator=(TrialSource&&) noexcept;
    ~TrialSource();

    // Draws of weights change with weights_round, all else with round.
    struct Which {
        Role role;
        std::uint64_t round, weights_round;
        std::size_t first, count;
    };
    // `described`: the task, or that of a stage. One thread at a time.
    Trials draw(const std::shared_ptr<const task::Task>& described, const Which& which) const;

    const std::vector<std::string>& warnings() const;
    std::uint64_t checksum() const; // of all files, 0 without one
    std::vector<std::pair<std::string, std::uint64_t>> files() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace carve::cli
