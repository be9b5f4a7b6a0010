/* Sparse excitation and inhibition in balance: inhibitory synapses learn until the excitatory neurons,
 * which would fire at 12 Hz, do so near 5 Hz. cc balanced_network.c $(pkg-config --cflags --libs carve) -lm && ./a.out */
#include <carve.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUTS = 0, EXCITATORY = 1, INHIBITORY = 2, N = 800, SECOND = 10000, SPARE = 64 };

int main(void) {
    carve_population populations[3]; /* poisson units at 5 Hz; neurons of Vogels et al. 2011 */
    for (int i = 0; i < 3; ++i)
        carve_population_init(&populations[i], sizeof populations[i]);
    populations[INPUTS].kind = CARVE_POPULATION_POISSON, populations[INPUTS].n_units = 1000;
    populations[EXCITATORY].kind = CARVE_POPULATION_LIF, populations[EXCITATORY].n_units = N;
    populations[INHIBITORY].kind = CARVE_POPULATION_LIF, populations[INHIBITORY].n_units = N / 4;

    const carve_term terms[] = {{.event = CARVE_EVENT_PRE},
                                {.event = CARVE_EVENT_PRE, .post = 1},
                                {.event = CARVE_EVENT_POST, .pre = 1}};
    carve_polynomial polynomial; /* alpha + kappa y; gamma x */
    carve_polynomial_init(&polynomial, sizeof polynomial);
    polynomial.n_terms = 3, polynomial.terms = terms;
    carve_rule rule;
    carve_rule_init(&rule, sizeof rule), rule.parameters = &polynomial;
    carve_plasticity plasticity;
    carve_plasticity_init(&plasticity, sizeof plasticity), plasticity.eta = 0.2;

    static const double gains[] = {0.12, 0.02, 0.2}; /* of what is from each population */
    carve_in_degree from[3];                         /* a tenth of each */
    carve_projection projections[6];                 /* from each to E and to I */
    for (int k = 0; k < 6; ++k) {
        carve_projection* const p = &projections[k];
        carve_projection_init(p, sizeof *p), carve_in_degree_init(&from[k / 2], sizeof *from);
        p->pre = (uint32_t)k / 2, p->post = EXCITATORY + (uint32_t)k % 2;
        from[p->pre].in_degree = populations[p->pre].n_units / 10;
        p->connectivity = CARVE_CONNECT_IN_DEGREE, p->connections = &from[p->pre];
        p->receptor = p->pre == INHIBITORY ? CARVE_INHIBITORY : CARVE_EXCITATORY;
        p->delay = 8, p->gain = gains[p->pre], p->weights.a = 1; /* after 0.8 ms */
    }
    projections[4].n_plasticity = 1, projections[4].plasticity = &plasticity,
    projections[4].w_min = 0;

    carve_model model;
    carve_model_init(&model, sizeof model);
    model.n_populations = 3, model.n_projections = 6, model.n_rules = 1;
    model.populations = populations, model.projections = projections, model.rules = &rule;
    size_t bytes = 0;
    carve_sim_required_bytes(&model, &bytes, NULL); /* 0 if the model is none: no sim then */
    unsigned char* const memory = malloc(bytes + SPARE);
    const size_t skip = (SPARE - (uintptr_t)memory % SPARE) % SPARE;
    carve_sim* sim;
    if (memory == NULL || carve_sim_init(memory + skip, bytes, &model, &sim, NULL) != CARVE_OK)
        return puts("no sim"), 2;
    /* ln tau_pre, ln tau_post, alpha = -2 tau 5 Hz, kappa, gamma; tau = 20 ms */
    const double theta[] = {log(0.02), log(0.02), -0.2, 1, 1}, window[] = {4 * SECOND, INFINITY};
    carve_sim_write(sim, CARVE_VIEW_THETA, 0, 0, theta, 5, NULL);
    carve_sim_write(sim, CARVE_VIEW_WINDOW, EXCITATORY, 0, window, 2, NULL); /* 2 s are counted */
    carve_sim_reset(sim, 1, NULL, NULL);
    carve_step step;
    carve_step_init(&step, sizeof step), step.n_steps = 6 * SECOND;
    const carve_status status = carve_sim_step(sim, &step, NULL);
    double counts[N], rate = 0;
    carve_sim_read(sim, CARVE_VIEW_SPIKE_COUNTS, EXCITATORY, 0, counts, N, NULL);
    free(memory);
    for (int i = 0; i < N; ++i)
        rate += counts[i] / N / 2;
    printf("%s: %.2f Hz after 4 s\n", carve_status_string(status), rate);
    return status == CARVE_OK && fabs(rate - 5) < 1.5 ? 0 : 1;
}
