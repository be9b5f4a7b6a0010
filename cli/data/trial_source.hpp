// trial_source.hpp: draws the trials of a network as described: a pure function of (task, seed, role,
// round, index).
#pragma once
#include "dataset.hpp"
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
    // `described`: the task, or that of a stage.
    std::vector<std::shared_ptr<const Trial>>
    draw(const std::shared_ptr<const task::Task>& described, const Which& which) const;

    const std::vector<std::string>& warnings() const;
    std::uint64_t checksum() const; // of all files, 0 without one
    std::vector<std::pair<std::string, std::uint64_t>> files() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace carve::cli
