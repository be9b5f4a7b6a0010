// spiking_sim.hpp: a sim of a spiking model that the benchmarks step.
#pragma once
#include "setup.hpp"

#include <ctime>
#include <stdexcept>

namespace bench {

constexpr std::uint64_t kSecond = 10000; // steps of 0.1 ms

inline double processor_seconds() { return double(std::clock()) / CLOCKS_PER_SEC; }

inline void require(carve_status status) {
    if (status != CARVE_OK)
        throw std::runtime_error(carve_status_string(status));
}

class SpikingSim {
  public:
    void build(const carve_model& model) {
        std::size_t bytes = 0;
        require(carve_sim_required_bytes(&model, &bytes, nullptr));
        memory_ = aligned_block(bytes);
        require(carve_sim_init(memory_.get(), bytes, &model, &sim_, nullptr));
    }
    void run(std::uint64_t n_steps) {
        carve_step step;
        require(carve_step_init(&step, sizeof step));
        step.n_steps = n_steps;
        step.n_inputs = std::uint32_t(streams_.size());
        step.inputs = streams_.data();
        require(carve_sim_step(sim_, &step, nullptr));
    }
    double spikes(std::uint32_t population, std::uint32_t n_units, std::uint32_t n_replicas) const {
        std::vector<double> counts(n_units);
        double sum = 0;
        for (std::uint32_t r = 0; r < n_replicas; ++r) {
            require(carve_sim_read(sim_, CARVE_VIEW_SPIKE_COUNTS, population, r, counts.data(),
                                   n_units, nullptr));
            for (const double n : counts)
                sum += n;
        }
        return sum;
    }

  protected:
    carve_sim* sim_ = nullptr;
    std::vector<carve_stream> streams_; // of inputs, in every run

  private:
    Block memory_;
};

} // namespace bench
