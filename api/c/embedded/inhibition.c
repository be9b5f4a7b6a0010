/* inhibition.c: a leaky integrate-and-fire neuron whose inhibitory synapses learn to balance excitation (Vogels et
 * al. 2011). Its afferents are poisson units that the kernel draws. */
#include "network.h"

enum { EXCITATION, INHIBITION, NEURON, POPULATIONS, STEPS = 10000 /* 1 s */ };

carve_status make_network(void* memory, size_t bytes, carve_sim** sim, carve_fault* fault) {
    static const carve_term terms[] = {{.event = CARVE_EVENT_PRE},             /* less the target */
                                       {.event = CARVE_EVENT_PRE, .post = 1},  /* y */
                                       {.event = CARVE_EVENT_POST, .pre = 1}}; /* x */
    static carve_population populations[POPULATIONS];
    static carve_poisson poisson[2];
    static carve_projection projections[2];
    static carve_plasticity plasticity;
    static carve_polynomial polynomial;
    static carve_rule rule;
    static carve_model model;
    for (int i = 0; i < POPULATIONS; ++i)
        (void)carve_population_init(&populations[i], sizeof populations[i]);
    for (int i = 0; i < 2; ++i) {
        (void)carve_poisson_init(&poisson[i], sizeof poisson[i]);
        poisson[i].rate = 20;
        populations[i].kind = CARVE_POPULATION_POISSON;
        populations[i].n_units = i == EXCITATION ? 40 : 10;
        populations[i].parameters = &poisson[i];
        (void)carve_projection_init(&projections[i], sizeof projections[i]);
        projections[i].pre = (uint32_t)i;
        projections[i].post = NEURON;
        projections[i].receptor = i == EXCITATION ? CARVE_EXCITATORY : CARVE_INHIBITORY;
        projections[i].weights.a = i == EXCITATION ? 1 : 0.1;
        projections[i].gain = 0.25;
    }
    populations[NEURON].kind = CARVE_POPULATION_LIF;
    (void)carve_plasticity_init(&plasticity, sizeof plasticity);
    plasticity.eta = 0.01;
    projections[INHIBITION].n_plasticity = 1;
    projections[INHIBITION].plasticity = &plasticity;
    projections[INHIBITION].w_min = 0;
    (void)carve_polynomial_init(&polynomial, sizeof polynomial);
    polynomial.n_terms = 3;
    polynomial.terms = terms;
    (void)carve_rule_init(&rule, sizeof rule);
    rule.parameters = &polynomial;
    (void)carve_model_init(&model, sizeof model);
    model.precision = CARVE_F32;
    model.lane_bytes = 4; /* one replica */
    model.n_populations = POPULATIONS;
    model.populations = populations;
    model.n_projections = 2;
    model.projections = projections;
    model.n_rules = 1;
    model.rules = &rule;
    const carve_status status = carve_sim_init(memory, bytes, &model, sim, fault);
    /* the logarithms of both time constants, 20 ms; -2 (5 Hz) (20 ms), 1, 1 */
    const double theta[] = {-3.912, -3.912, -0.2, 1, 1};
    return status != CARVE_OK ? status
                              : carve_sim_write(*sim, CARVE_VIEW_THETA, 0, 0, theta, 5, fault);
}

carve_status run_network(carve_sim* sim) {
    carve_step step = {.struct_size = sizeof step, .n_steps = STEPS, .plastic = 1};
    const carve_status status = carve_sim_step(sim, &step, NULL);
    show(sim, "voltages", CARVE_VIEW_VOLTAGES, NEURON);
    show(sim, "spikes", CARVE_VIEW_SPIKE_COUNTS, NEURON);
    show(sim, "weights", CARVE_VIEW_WEIGHTS, INHIBITION);
    return status;
}
