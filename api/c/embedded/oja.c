/* oja.c: a neuron under Oja's rule, one of 27 coefficients, with the derivatives of its 8 weights with respect to
 * all of them. */
#include "network.h"

enum { AFFERENTS = 8, STEPS = 500 };

carve_status make_network(void* memory, size_t bytes, carve_sim** sim, carve_fault* fault) {
    static carve_term terms[27];
    static carve_population populations[2];
    static carve_projection projection;
    static carve_plasticity plasticity;
    static carve_polynomial polynomial;
    static carve_rule rule;
    static carve_model model;
    for (int i = 0; i < 2; ++i)
        (void)carve_population_init(&populations[i], sizeof populations[i]);
    (void)carve_projection_init(&projection, sizeof projection);
    (void)carve_plasticity_init(&plasticity, sizeof plasticity);
    (void)carve_polynomial_init(&polynomial, sizeof polynomial);
    (void)carve_rule_init(&rule, sizeof rule);
    (void)carve_model_init(&model, sizeof model);
    populations[0].kind = CARVE_POPULATION_INPUT;
    populations[0].n_units = AFFERENTS;
    plasticity.eta = 0.01;
    projection.n_plasticity = 1;
    projection.plasticity = &plasticity;
    projection.weights.a = 0.05;
    projection.weights.b = 0.1;
    polynomial.n_terms = carve_terms_up_to(2, 2, 2, terms, 27);
    polynomial.terms = terms;
    rule.parameters = &polynomial;
    model.precision = CARVE_F32;
    model.lane_bytes = 4; /* one replica */
    model.gradient = CARVE_GRADIENT_FORWARD;
    model.n_populations = 2;
    model.populations = populations;
    model.n_projections = model.n_rules = 1;
    model.projections = &projection;
    model.rules = &rule;
    const carve_status status = carve_sim_init(memory, bytes, &model, sim, fault);
    if (status != CARVE_OK)
        return status;
    double theta[27];
    for (uint32_t k = 0; k < polynomial.n_terms; ++k) {
        const carve_term* const t = &terms[k];
        const int product = t->pre == 1 && t->post == 1 && t->weight == 0;
        const int decay = t->pre == 0 && t->post == 2 && t->weight == 1;
        theta[k] = product - decay;
    }
    return carve_sim_write(*sim, CARVE_VIEW_THETA, 0, 0, theta, polynomial.n_terms, fault);
}

carve_status run_network(carve_sim* sim) {
    float x[AFFERENTS];
    const carve_stream stream = {CARVE_F32, CARVE_STREAM_BLOCKS, AFFERENTS, x};
    carve_step step = {.struct_size = sizeof step, .n_inputs = 1, .inputs = &stream, .plastic = 1};
    step.n_steps = 1;
    carve_status status = CARVE_OK;
    for (int t = 0; t < STEPS && status == CARVE_OK; ++t) {
        const float common = noise();
        for (int j = 0; j < AFFERENTS; ++j)
            x[j] = (j < AFFERENTS / 2 ? common : -common) + 0.5f * noise();
        status = carve_sim_step(sim, &step, NULL);
    }
    show(sim, "rate", CARVE_VIEW_RATES, 1);
    show(sim, "weights", CARVE_VIEW_WEIGHTS, 0);
    show(sim, "sensitivities", CARVE_VIEW_SENSITIVITIES, 0);
    return status;
}
