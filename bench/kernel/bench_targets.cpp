// The benchmark of Vogels and Abbott in Auryn's form with plastic inhibition: 3200 excitatory and 800
// inhibitory TIF neurons, two percent of all pairs connected, a delay of 0.8 ms, synapses from inhibitory to
// excitatory neurons plastic for 5 Hz. Lanes are targets. Processor time for a simulated second and replica.
#include "spiking_sim.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <exception>

namespace bench {
namespace {

constexpr std::uint32_t kUnits[2] = {3200, 800}, kInDegree[2] = {64, 16};

class TargetNetwork : public SpikingSim {
  public:
    TargetNetwork(std::uint32_t isa, std::uint32_t n_replicas) : n_replicas_(n_replicas) {
        carve_tif neurons;
        require(carve_tif_init(&neurons, sizeof neurons));
        neurons.drive = 0.02; // 200 pA
        neurons.t_ref = 5e-3;
        carve_population populations[2];
        for (std::uint32_t i = 0; i < 2; ++i) {
            require(carve_population_init(&populations[i], sizeof populations[i]));
            populations[i].kind = CARVE_POPULATION_TIF;
            populations[i].n_units = kUnits[i];
            populations[i].parameters = &neurons;
        }
        carve_plasticity plasticity;
        require(carve_plasticity_init(&plasticity, sizeof plasticity));
        plasticity.eta = 5.1e-3;
        carve_in_degree from[2];
        carve_projection projections[4];
        for (std::uint32_t k = 0; k < 4; ++k)
            connect(projections[k], from[k / 2], k / 2, k % 2);
        projections[kPlastic].n_plasticity = 1;
        projections[kPlastic].plasticity = &plasticity;
        projections[kPlastic].w_min = 0;
        projections[kPlastic].w_max = 51;
        projections[kPlastic].weights.a = 12;
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
        polynomial.coincidence = CARVE_COINCIDENCE_BLIND;
        rule.parameters = &polynomial;
        model.precision = CARVE_F32;
        model.isa = isa;
        model.layout = CARVE_LAYOUT_TARGETS;
        model.n_replicas = n_replicas;
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
        for (std::uint32_t i = 0; i < 2; ++i)
            for (std::uint32_t r = 0; r < n_replicas; ++r) {
                std::vector<double> v(kUnits[i]);
                for (std::uint32_t u = 0; u < kUnits[i]; ++u) // spread over 10 mV
                    v[u] = -0.06 + 1e-5 * double((u * 617 + r * 89) % 1000);
                require(
                    carve_sim_write(sim_, CARVE_VIEW_VOLTAGES, i, r, v.data(), v.size(), nullptr));
            }
    }
    double spikes() const { // of all neurons and replicas
        return SpikingSim::spikes(0, kUnits[0], n_replicas_) +
               SpikingSim::spikes(1, kUnits[1], n_replicas_);
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
        p.weights.a = pre == 0 ? 0.4 : 5.1;
    }

    std::uint32_t n_replicas_;
};

void targets(benchmark::State& state, std::uint32_t isa, std::uint32_t n_replicas) {
    try {
        TargetNetwork network(isa, n_replicas);
        network.run(kSecond / 2);
        const double before = network.spikes();
        double seconds = 0, n = 0;
        for (auto _ : state) {
            const double start = processor_seconds();
            network.run(kSecond);
            seconds += processor_seconds() - start;
            ++n;
        }
        const double each = n * n_replicas;
        state.counters["ms/bio_s"] = 1e3 * seconds / each;
        state.counters["Hz"] = (network.spikes() - before) / each / (kUnits[0] + kUnits[1]);
    } catch (const std::exception& error) {
        state.SkipWithError(error.what());
    }
}

const bool registered = [] {
    for (std::uint32_t isa = CARVE_ISA_SCALAR; isa <= CARVE_ISA_NEON; ++isa)
        for (const std::uint32_t n_replicas : {1u, 4u}) {
            if (carve_isa_usable(isa) != 1)
                continue;
            const std::string name = "targets/f32/" + std::string(carve_isa_name(isa)) +
                                     "/replicas:" + std::to_string(n_replicas) + "/neurons:4000";
            benchmark::RegisterBenchmark(name.c_str(), targets, isa, n_replicas)
                ->Unit(benchmark::kMillisecond);
        }
    return true;
}();

} // namespace
} // namespace bench
