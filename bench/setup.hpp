// setup.hpp: one layer under the rule of 27 terms, or with a second one for synapses within it,
// ready to be stepped: what the benchmarks time.
#pragma once
#include "measure/peak.hpp"

#include <carve.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace bench {

struct Free {
    void operator()(void* p) const { std::free(p); }
};
using Block = std::unique_ptr<void, Free>;
Block aligned_block(std::size_t bytes); // zeroed, on a 64-byte boundary

// What a rule, or the probe of a recorded layer, has beside what Case says.
enum class Word { none, means, weight_sum, mlp, several, unit_sums, events, weights };

struct Case {
    std::uint32_t precision = CARVE_F32, isa = CARVE_ISA_AUTO;
    std::uint32_t lanes = 32, lane_bytes = 32, pre = 100, post = 1, steps = 1000;
    std::uint32_t coefficients = 27; // differentiated: 27, 81 with a third factor, the layer's own
                                     // rate, or 0 for the value only
    bool lateral = false; // as a search for two rules: lower lateral synapses under a rule of their
                          // own, each lane its rules, the same inputs for all lanes
    bool recurrent =
        false; // the layer is leaky and hears all of itself one step later, by the rule
               // of its inputs
    bool eligibility = false; // the terms drive traces of the synapses
    bool recorded = false;    // a probe compares the layer's rates, or its weights, with observed
                              // ones in every step
    Word word = Word::none;   // of a rule, or of the probe
    std::uint32_t batch =
        1; // more: samples of a fixed batch in moment form, rules and inputs as there
    bool adjoint = false;     // by a sweep back, not by sensitivities
    bool afferents = false;   // lanes of the registers are afferents of one replica
    std::string name() const; // "f32/avx2/lanes:32/pre:100/post:1/coefficients:27"
    bool searched() const { return lateral || batch > 1; }
    bool third_factor() const { return coefficients == 81; }
    std::uint32_t synapses_within() const {
        return lateral ? post * (post - 1) / 2 : recurrent ? post * post : 0;
    }
    std::uint32_t n_recorded() const { return word == Word::weights ? post * pre : post; }
    std::uint32_t n_uses() const { return word == Word::several ? 2 : 1; } // of rules
    double synapse_steps() const {
        return double(lanes) * steps * (double(pre) * post + synapses_within());
    }
    // Useful flops of a synapse-step: docs/performance.md counts them.
    double flops_per_synapse_step() const {
        if (adjoint)
            return 20.0 + 20.0 + 54.0;
        if (coefficients == 0)
            return 20.0;
        const double of_recurrent = recurrent ? double(post) / (pre + post) : 0;
        const double k = coefficients,
                     of_probe = recorded ? k * (k + 4) / (recurrent ? pre + post : pre) : 0;
        const double of_trace = eligibility ? 11.0 : 0.0; // and the time constant's own column
        return 47.0 + (7.0 + 4.0 * of_recurrent) * k + (of_trace > 0 ? of_trace + 4.0 * k : 0) +
               of_probe;
    }
    // Of a synapse-step: weight and sensitivities are loaded and stored, the rate is loaded. An
    // adjoint: weight in the run and again in the sweep, which stores the weight of each step and
    // loads it on the way back, dL/dw, and the rate three times.
    Traffic traffic_per_synapse_step() const {
        const double element = precision == CARVE_F32 ? 4 : 8;
        if (adjoint)
            return {element * (2 + 1 + 1 + 3), element * (2 + 1 + 1)};
        const double k = coefficients, synapses = double(pre) * post + synapses_within();
        const double matrix =
            recorded ? post * k * (k + 1) / 2 / 16 / synapses : 0;        // sixteen rates at once
        const double within = recurrent ? post * post * k / synapses : 0; // dx/dtheta, twice
        const double trace = eligibility ? 1.0 + (k > 0 ? 2 * k + 2 - k : 0) : 0;
        return {element * (1.0 + k + 1 + 2 * within + matrix + trace),
                element * (1.0 + k + matrix + trace)};
    }
};

// Inputs of variance 0.09, streamed, each lane its own unless lateral; Oja's rule (and anti-Hebb's)
// with small values of the other coefficients, so that no product is of zeros; weights that stay
// bounded.
class Layer {
  public:
    explicit Layer(const Case& c);
    bool run();   // from step 0 to the end, false if a call fails or a lane diverges
    bool sweep(); // after it: back to step 0, for the gradient of the sum of all weights
    const char* isa() const { return carve_isa_name(info_.isa); }
    std::size_t bytes_per_block() const { return info_.bytes / info_.n_blocks; }
    std::size_t register_bytes() const; // of the registers that the kernel works with
    carve_sim* sim() const { return sim_; }
    double input(std::size_t lane, std::size_t step, std::size_t unit) const;
    std::vector<double> weights(std::size_t lane) const;       // [post][pre]
    std::vector<double> sensitivities(std::size_t lane) const; // [post][pre][coefficient]
    static std::vector<double> theta(std::uint32_t rule = 0, std::size_t n_terms = 27); // [term]
    static constexpr double eta = 0.001;

  private:
    void set_rules() const;
    void draw_inputs();
    std::size_t input_index(std::size_t lane, std::size_t step, std::size_t unit) const;
    std::size_t element_bytes() const { return case_.precision == CARVE_F32 ? 4 : 8; }

    Case case_;
    Block memory_, inputs_, observations_;
    carve_stream streams_[2]{}; // the second one of what a probe compares with
    carve_step steps_{};
    std::vector<double> slopes_, gradient_; // [post][pre][lane], [coefficient][lane]
    carve_sim* sim_ = nullptr;
    carve_sim_info info_{};
};

} // namespace bench
