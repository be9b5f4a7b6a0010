// simulate.hpp: one lane block of networks under a given rule, step by step, with its weights and
// rates in view. The search uses evaluate.hpp; this is for looking at what a rule does.
#pragma once
#include "dataset.hpp"
#include "task.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace carve::cli {

// The task's network with the rules' own terms and coefficients, and their eta where they state one
// that the task's overrides do not replace. Throws Error(usage) for a projection that the task
// lacks.
Task with_rule(const Task& task, const Rule& rule, bool keep_eta);

class Simulation {
  public:
    // Replica r lives on data[r]; count is at most lanes(task). The coefficients are the theta of
    // the task's terms. keep_rates: rates can be read, which moment form would not compute.
    Simulation(const Task& task, const DataSet* data, std::size_t count, bool keep_rates);
    Simulation(Simulation&&) noexcept;
    ~Simulation();
    static std::size_t lanes(const Task& task); // replicas in a lane block

    void advance(std::uint64_t steps);
    double weight(std::size_t replica, std::size_t output, std::size_t input) const;
    // Of the last step, sample 0 .. batch - 1 (online: 0).
    double rate(std::size_t replica, std::size_t sample, std::size_t output) const;
    std::size_t batch() const;
    std::vector<double> losses() const;             // [replica], NaN where it diverged
    std::int64_t frozen(std::size_t replica) const; // step at which it diverged, or -1

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace carve::cli
