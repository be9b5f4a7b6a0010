// streams.hpp: the values of inputs for the next steps of a sim, lane beside lane.
#pragma once
#include "kernel_model.hpp"
#include "sim_memory.hpp"
#include "trial.hpp"

#include <carve.h>
#include <memory>
#include <vector>

namespace carve::cli {

class Streams {
  public:
    Streams(const KernelModel& model, const Lanes& lanes);

    // Steps from `step` on that one call can take, at most `most`.
    std::uint64_t at_once(std::uint64_t most) const;
    // The streams of n steps. `effective` says what populations are fed. Valid until the next call.
    const std::vector<carve_stream>& of(const task::Task& effective, const Trials& trials,
                                        std::uint64_t step, std::uint64_t n);

  private:
    const KernelModel& model_;
    Lanes lanes_;
    std::size_t width_, across_, blocks_; // lanes of a block, of a shared input 1
    std::vector<std::vector<double>> doubles_;
    std::vector<std::vector<float>> floats_;
    std::vector<carve_stream> streams_;
};

} // namespace carve::cli
