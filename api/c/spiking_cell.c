/* A leaky integrate-and-fire neuron whose inhibitory synapses learn by the rule of Vogels et al. 2011,
 * until it fires at 6.25 Hz. cc spiking_cell.c $(pkg-config --cflags --libs carve) -lm && ./a.out */
#include <carve.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXCITATORY = 800, INHIBITORY = 200, SECOND = 10000, SPARE = CARVE_ALIGNMENT };

int main(void) {
    carve_population populations[3]; /* two of poisson units at 5 Hz, and one neuron */
    for (int i = 0; i < 3; ++i)
        carve_population_init(&populations[i], sizeof populations[i]);
    populations[0].kind = populations[1].kind = CARVE_POPULATION_POISSON;
    populations[0].n_units = EXCITATORY, populations[1].n_units = INHIBITORY;
    populations[2].kind = CARVE_POPULATION_LIF; /* null parameters: those of Vogels et al. */

    const carve_term terms[] = {{.event = CARVE_EVENT_PRE},             /* alpha */
                                {.event = CARVE_EVENT_PRE, .post = 1},  /* kappa y */
                                {.event = CARVE_EVENT_POST, .pre = 1}}; /* gamma x */
    carve_polynomial polynomial;
    carve_polynomial_init(&polynomial, sizeof polynomial);
    polynomial.n_terms = 3, polynomial.terms = terms;
    carve_rule rule;
    carve_rule_init(&rule, sizeof rule);
    rule.parameters = &polynomial;
    carve_plasticity plasticity;
    carve_plasticity_init(&plasticity, sizeof plasticity);
    plasticity.eta = 0.1;

    carve_projection projections[2]; /* fixed excitation, plastic inhibition */
    for (int i = 0; i < 2; ++i) {
        carve_projection_init(&projections[i], sizeof projections[i]);
        projections[i].pre = (uint32_t)i, projections[i].post = 2;
    }
    projections[0].gain = 0.014, projections[0].weights.a = 3;
    projections[1].gain = 0.035, projections[1].weights.a = 0.1, projections[1].w_min = 0;
    projections[1].receptor = CARVE_INHIBITORY;
    projections[1].n_plasticity = 1, projections[1].plasticity = &plasticity;

    carve_model model;
    carve_model_init(&model, sizeof model);
    model.n_populations = 3, model.n_projections = 2, model.n_rules = 1;
    model.populations = populations, model.projections = projections, model.rules = &rule;
    size_t bytes = 0;
    if (carve_sim_required_bytes(&model, &bytes, NULL) != CARVE_OK)
        return puts("no model"), 2;
    unsigned char* const memory = malloc(bytes + SPARE);
    const size_t skip = (SPARE - (uintptr_t)memory % SPARE) % SPARE;
    carve_sim* sim;
    if (memory == NULL || carve_sim_init(memory + skip, bytes, &model, &sim, NULL) != CARVE_OK)
        return puts("no sim"), 2;
    /* ln tau_pre, ln tau_post, alpha = -2 tau 6.25 Hz, kappa, gamma; tau = 20 ms */
    const double theta[] = {log(0.02), log(0.02), -0.25, 1, 1}, window[] = {40 * SECOND, INFINITY};
    carve_sim_write(sim, CARVE_VIEW_THETA, 0, 0, theta, 5, NULL);
    carve_sim_write(sim, CARVE_VIEW_WINDOW, 2, 0, window, 2, NULL); /* the last 20 s are counted */
    carve_sim_reset(sim, 1, NULL, NULL);
    carve_step step;
    carve_step_init(&step, sizeof step);
    step.n_steps = 60 * SECOND;
    const carve_status status = carve_sim_step(sim, &step, NULL);
    double spikes = 0;
    carve_sim_read(sim, CARVE_VIEW_SPIKE_COUNTS, 2, 0, &spikes, 1, NULL);
    free(memory);
    printf("%s: %.2f Hz after 40 s\n", carve_status_string(status), spikes / 20);
    return status == CARVE_OK && fabs(spikes / 20 - 6.25) < 1.5 ? 0 : 1;
}
