// A neuron with 800 excitatory and 200 plastic inhibitory afferents at 10 Hz, near its set point of
// 5 Hz: processor time for a second of its life, one rule or 64 rules, and where it goes.
#include "setup.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <exception>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::uint64_t kSecond = 10000; // steps of 0.1 ms
constexpr std::uint32_t kExcitatory = 800, kInhibitory = 200;

struct SpikingCase {
    std::uint32_t isa = CARVE_ISA_AUTO, rules = 64;
    bool gradient = false, drawn_only = false; // drawn_only: nothing acts or learns
    double rate = 10;                          // of the afferents, Hz
};

double processor_seconds() { return double(std::clock()) / CLOCKS_PER_SEC; }

void require(carve_status status) {
    if (status != CARVE_OK)
        throw std::runtime_error(carve_status_string(status));
}

class Cell {
  public:
    explicit Cell(const SpikingCase& c) : lanes_(c.rules) {
        carve_population populations[3];
        carve_poisson afferents;
        carve_lif neuron;
        carve_projection projections[2];
        carve_plasticity plasticity;
        carve_polynomial polynomial;
        carve_rule rule;
        carve_model model;
        carve_probe probe;
        for (carve_population& p : populations)
            require(carve_population_init(&p, sizeof p));
        require(carve_poisson_init(&afferents, sizeof afferents));
        require(carve_lif_init(&neuron, sizeof neuron));
        for (carve_projection& p : projections)
            require(carve_projection_init(&p, sizeof p));
        require(carve_plasticity_init(&plasticity, sizeof plasticity));
        require(carve_polynomial_init(&polynomial, sizeof polynomial));
        require(carve_rule_init(&rule, sizeof rule));
        require(carve_model_init(&model, sizeof model));
        populations[0].kind = populations[1].kind = CARVE_POPULATION_POISSON;
        populations[0].parameters = populations[1].parameters = &afferents;
        populations[0].n_units = kExcitatory;
        populations[1].n_units = kInhibitory;
        afferents.rate = c.rate;
        populations[2].kind = CARVE_POPULATION_LIF;
        populations[2].parameters = &neuron;
        require(carve_probe_init(&probe, sizeof probe));
        probe.index = 2;
        model.n_probes = c.gradient ? 1 : 0;
        model.probes = &probe;
        projections[0].post = projections[1].post = 2;
        projections[0].gain = 0.014;
        projections[0].weights.a = c.drawn_only ? 0 : 3;
        projections[1].pre = 1;
        projections[1].gain = 0.035;
        projections[1].receptor = CARVE_INHIBITORY;
        if (!c.drawn_only) {
            projections[1].n_plasticity = 1;
            projections[1].plasticity = &plasticity;
            plasticity.eta = 5e-3;
            projections[1].w_min = 0;
        }
        projections[1].weights.a = c.drawn_only ? 0 : 4.8; // near the set point
        constexpr carve_term terms[] = {{CARVE_EVENT_PRE, 0, 0, 0, 0, 0, {}},
                                        {CARVE_EVENT_PRE, 0, 1, 0, 0, 0, {}},
                                        {CARVE_EVENT_POST, 0, 0, 0, 0, 0, {}},
                                        {CARVE_EVENT_POST, 1, 0, 0, 0, 0, {}}};
        polynomial.n_terms = 4;
        polynomial.terms = terms;
        rule.parameters = &polynomial;
        rule.shared = 0;
        model.precision = CARVE_F32;
        model.isa = c.isa;
        model.n_replicas = c.rules;
        model.lane_bytes = c.rules == 1 ? 4 : 32;
        model.gradient = c.gradient ? CARVE_GRADIENT_FORWARD : CARVE_GRADIENT_NONE;
        model.n_populations = 3;
        model.n_projections = 2;
        model.n_rules = 1;
        model.populations = populations;
        model.projections = projections;
        model.rules = &rule;
        std::size_t bytes = 0;
        require(carve_sim_required_bytes(&model, &bytes, nullptr));
        memory_ = aligned_block(bytes);
        require(carve_sim_init(memory_.get(), bytes, &model, &sim_, nullptr));
        set_rules();
        require(carve_sim_reset(sim_, 1, nullptr, nullptr));
    }
    carve_status run(std::uint64_t n_steps) {
        carve_step step;
        require(carve_step_init(&step, sizeof step));
        step.n_steps = n_steps;
        return carve_sim_step(sim_, &step, nullptr);
    }
    double output_spikes() const {
        carve_view v;
        require(carve_sim_view(sim_, CARVE_VIEW_SPIKE_COUNTS, 2, &v, nullptr));
        double n = 0;
        for (std::uint32_t l = 0; l < lanes_; ++l)
            n += static_cast<const float*>(v.data)[l];
        return n;
    }

  private:
    void set_rules() { // Vogels' rule for targets from 5 to 8 Hz
        carve_view v;
        require(carve_sim_view(sim_, CARVE_VIEW_THETA, 0, &v, nullptr));
        const double tau = std::log(0.02);
        for (std::uint32_t l = 0; l < lanes_; ++l) {
            const double theta[6] = {tau, tau, -0.2 * (1 + 0.01 * l), 1, 0, 1};
            for (std::size_t k = 0; k < 6; ++k)
                static_cast<float*>(
                    v.data)[l / v.shape[2] * v.stride[0] + k * v.stride[1] + l % v.shape[2]] =
                    float(theta[k]);
        }
    }

    std::uint32_t lanes_;
    Block memory_;
    carve_sim* sim_ = nullptr;
};

double seconds_of(const SpikingCase& c) { // of processor time, for a second of the cell
    Cell cell(c);
    require(cell.run(kSecond));
    double best = 1e9;
    for (int repetition = 0; repetition < 3; ++repetition) {
        const double before = processor_seconds();
        require(cell.run(kSecond));
        best = std::min(best, processor_seconds() - before);
    }
    return best;
}

void spiking(benchmark::State& state, SpikingCase c) {
    try {
        Cell cell(c);
        require(cell.run(5 * kSecond));
        const double before = cell.output_spikes();
        double seconds = 0, n = 0;
        for (auto _ : state) {
            const double start = processor_seconds();
            if (cell.run(kSecond) != CARVE_OK) {
                state.SkipWithError("a step failed or diverged");
                return;
            }
            seconds += processor_seconds() - start;
            ++n;
        }
        const double output = (cell.output_spikes() - before) / n; // of all rules, a second
        const double events = c.rate * c.rules * (kExcitatory + kInhibitory) + output * kInhibitory;
        state.counters["ms/bio_s"] = 1e3 * seconds / n;
        state.counters["synaptic_events/s"] = events / (seconds / n);
        state.counters["output_Hz"] = output / c.rules;
        // Without afferent spikes the neurons alone remain; with them, but one neuron on which they
        // do not act, what drawing them costs.
        SpikingCase silent = c, drawn, silent_one;
        drawn.isa = silent_one.isa = c.isa;
        drawn.rules = silent_one.rules = 1;
        drawn.drawn_only = silent_one.drawn_only = true;
        silent.rate = silent_one.rate = 0;
        const double neurons = seconds_of(silent) / (seconds / n);
        const double generation = (seconds_of(drawn) - seconds_of(silent_one)) / (seconds / n);
        state.counters["of_neurons"] = neurons;
        state.counters["of_generation"] = generation;
        state.counters["of_synapses"] = 1 - neurons - generation;
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

const bool registered = [] {
    for (std::uint32_t isa = CARVE_ISA_SCALAR; isa <= CARVE_ISA_NEON; ++isa)
        for (const std::uint32_t rules : {1u, 64u})
            for (const bool gradient : {false, true}) {
                if (carve_isa_usable(isa) != 1)
                    continue;
                SpikingCase c;
                c.isa = isa;
                c.rules = rules;
                c.gradient = gradient;
                const std::string name = "spiking/f32/" + std::string(carve_isa_name(isa)) +
                                         "/rules:" + std::to_string(rules) +
                                         "/pre:1000/coefficients:" + (gradient ? "6" : "0");
                benchmark::RegisterBenchmark(name.c_str(), spiking, c)
                    ->Unit(benchmark::kMillisecond);
            }
    return true;
}();

} // namespace
} // namespace bench
