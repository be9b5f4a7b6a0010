// A neuron with 800 excitatory and 200 plastic inhibitory afferents at 10 Hz, near its set point of
// 5 Hz: processor time for a simulated second, one rule or 64 rules, and where it goes.
#include "spiking_sim.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <exception>

namespace bench {
namespace {

constexpr std::uint32_t kExcitatory = 800, kInhibitory = 200;

struct SpikingCase {
    std::uint32_t isa = CARVE_ISA_AUTO, rules = 64;
    bool gradient = false, drawn_only = false; // drawn_only: nothing acts or learns
    double rate = 10;                          // of the afferents, Hz
};

class Cell : public SpikingSim {
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
        constexpr carve_term terms[] = {{CARVE_EVENT_PRE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}},
                                        {CARVE_EVENT_PRE, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, {}},
                                        {CARVE_EVENT_POST, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}},
                                        {CARVE_EVENT_POST, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}}};
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
        build(model);
        set_rules();
        require(carve_sim_reset(sim_, 1, nullptr, nullptr));
    }
    double output_spikes() const { return spikes(2, 1, lanes_); }

  private:
    void set_rules() { // Vogels' rule for targets from 5 to 8 Hz
        const double tau = std::log(0.02);
        for (std::uint32_t l = 0; l < lanes_; ++l) {
            const double theta[6] = {tau, tau, -0.2 * (1 + 0.01 * l), 1, 0, 1};
            require(carve_sim_write(sim_, CARVE_VIEW_THETA, 0, l, theta, 6, nullptr));
        }
    }

    std::uint32_t lanes_;
};

double seconds_of(const SpikingCase& c) { // of processor time, for a second of the cell
    Cell cell(c);
    cell.run(kSecond);
    double best = 1e9;
    for (int repetition = 0; repetition < 3; ++repetition) {
        const double before = processor_seconds();
        cell.run(kSecond);
        best = std::min(best, processor_seconds() - before);
    }
    return best;
}

double seconds_of_a_step_alone(Cell& cell) { // in calls of one
    const double start = processor_seconds();
    for (std::uint64_t t = 0; t < kSecond; ++t)
        cell.run(1);
    return (processor_seconds() - start) / double(kSecond);
}

void spiking(benchmark::State& state, SpikingCase c) {
    try {
        Cell cell(c);
        cell.run(5 * kSecond);
        const double before = cell.output_spikes();
        double seconds = 0, n = 0;
        for (auto _ : state) {
            const double start = processor_seconds();
            cell.run(kSecond);
            seconds += processor_seconds() - start;
            ++n;
        }
        const double output = (cell.output_spikes() - before) / n; // of all rules, a second
        const double events = c.rate * c.rules * (kExcitatory + kInhibitory) + output * kInhibitory;
        state.counters["ms/bio_s"] = 1e3 * seconds / n;
        state.counters["synaptic_events/s"] = events / (seconds / n);
        state.counters["output_Hz"] = output / c.rules;
        state.counters["us/step"] = 1e6 * seconds / n / double(kSecond);
        state.counters["us/step_alone"] = 1e6 * seconds_of_a_step_alone(cell);
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
