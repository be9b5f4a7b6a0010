// A sparse network of 800 excitatory and 200 inhibitory neurons, each with 64 and 16 synapses from them,
// inhibition onto excitation plastic: processor time for a simulated second, one network or 16 of one
// graph.
#include "spiking_sim.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <exception>

namespace bench {
namespace {

constexpr std::uint32_t kUnits[2] = {800, 200}, kInDegree[2] = {64, 16};

class Network : public SpikingSim {
  public:
    Network(std::uint32_t isa, std::uint32_t n_replicas) : n_replicas_(n_replicas) {
        carve_lif neurons;
        require(carve_lif_init(&neurons, sizeof neurons));
        neurons.drive = 0.02;
        carve_population populations[2];
        for (std::uint32_t i = 0; i < 2; ++i) {
            require(carve_population_init(&populations[i], sizeof populations[i]));
            populations[i].kind = CARVE_POPULATION_LIF;
            populations[i].n_units = kUnits[i];
            populations[i].parameters = &neurons;
        }
        carve_plasticity plasticity;
        require(carve_plasticity_init(&plasticity, sizeof plasticity));
        plasticity.eta = 0.01;
        carve_in_degree from[2];
        carve_projection projections[4];
        for (std::uint32_t k = 0; k < 4; ++k)
            connect(projections[k], from[k / 2], k / 2, k % 2);
        projections[kPlastic].n_plasticity = 1;
        projections[kPlastic].plasticity = &plasticity;
        projections[kPlastic].w_min = 0;
        constexpr carve_term terms[] = {{CARVE_EVENT_PRE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}},
                                        {CARVE_EVENT_PRE, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, {}},
                                        {CARVE_EVENT_POST, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}}};
        carve_polynomial polynomial;
        carve_rule rule;
        carve_model model;
        require(carve_polynomial_init(&polynomial, sizeof polynomial));
        require(carve_rule_init(&rule, sizeof rule));
        require(carve_model_init(&model, sizeof model));
        polynomial.n_terms = 3;
        polynomial.terms = terms;
        rule.parameters = &polynomial;
        model.precision = CARVE_F32;
        model.isa = isa;
        model.n_replicas = n_replicas;
        model.lane_bytes = n_replicas == 1 ? 4 : 32;
        model.n_populations = 2;
        model.n_projections = 4;
        model.n_rules = 1;
        model.populations = populations;
        model.projections = projections;
        model.rules = &rule;
        build(model);
        const double theta[] = {std::log(0.02), std::log(0.02), -0.2, 1, 1}; // for 5 Hz
        require(carve_sim_write(sim_, CARVE_VIEW_THETA, 0, 0, theta, 5, nullptr));
        require(carve_sim_reset(sim_, 1, nullptr, nullptr));
    }
    double spikes(std::uint32_t population) const { // of all replicas
        return SpikingSim::spikes(population, kUnits[population], n_replicas_);
    }

  private:
    static constexpr std::uint32_t kPlastic = 2; // from inhibitory to excitatory neurons

    static void connect(carve_projection& p, carve_in_degree& from, std::uint32_t pre,
                        std::uint32_t post) {
        require(carve_projection_init(&p, sizeof p));
        require(carve_in_degree_init(&from, sizeof from));
        from.in_degree = kInDegree[pre];
        p.pre = pre;
        p.post = post;
        p.delay = 8;
        p.connectivity = CARVE_CONNECT_IN_DEGREE;
        p.connections = &from;
        p.receptor = pre == 0 ? CARVE_EXCITATORY : CARVE_INHIBITORY;
        p.gain = pre == 0 ? 0.1 : 1;
        p.weights = {CARVE_WEIGHTS_UNIFORM, 0, 0, 2};
    }

    std::uint32_t n_replicas_;
};

void sparse(benchmark::State& state, std::uint32_t isa, std::uint32_t n_replicas) {
    try {
        Network network(isa, n_replicas);
        network.run(kSecond / 2);
        const double before[2] = {network.spikes(0), network.spikes(1)};
        double seconds = 0, n = 0;
        for (auto _ : state) {
            const double start = processor_seconds();
            network.run(kSecond);
            seconds += processor_seconds() - start;
            ++n;
        }
        double events = 0; // transmitted, and followed where synapses are plastic
        for (std::uint32_t i = 0; i < 2; ++i) {
            const double fired = (network.spikes(i) - before[i]) / n;
            events += fired * kInDegree[i] * (kUnits[0] + kUnits[1]) / kUnits[i];
            if (i == 0) {
                events += fired * kInDegree[1];
                state.counters["excitatory_Hz"] = fired / kUnits[0] / n_replicas;
            }
        }
        state.counters["ms/bio_s"] = 1e3 * seconds / n;
        state.counters["synaptic_events/s"] = events / (seconds / n);
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

const bool registered = [] {
    for (std::uint32_t isa = CARVE_ISA_SCALAR; isa <= CARVE_ISA_NEON; ++isa)
        for (const std::uint32_t n_replicas : {1u, 16u}) {
            if (carve_isa_usable(isa) != 1)
                continue;
            const std::string name = "sparse/f32/" + std::string(carve_isa_name(isa)) +
                                     "/replicas:" + std::to_string(n_replicas) +
                                     "/neurons:1000/in_degree:80";
            benchmark::RegisterBenchmark(name.c_str(), sparse, isa, n_replicas)
                ->Unit(benchmark::kMillisecond);
        }
    return true;
}();

} // namespace
} // namespace bench
