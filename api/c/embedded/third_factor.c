/* third_factor.c: a unit that explores, and learns online from a reward alone what to answer to each of two cues:
 * x y r, where r is what an answer earned beyond the mean. */
#include "network.h"

enum { CUES, EXPLORATION, UNIT, REWARD, POPULATIONS, TRIALS = 2000 };

carve_status make_network(void* memory, size_t bytes, carve_sim** sim, carve_fault* fault) {
    static const carve_term term = {.event = CARVE_EVENT_STEP, .pre = 1, .post = 1, .modulator = 1};
    static carve_population populations[POPULATIONS];
    static carve_projection projections[2]; /* from the cues, plastic; from what explores, not */
    static carve_plasticity plasticity;
    static carve_polynomial polynomial;
    static carve_rule rule;
    static carve_model model;
    for (int i = 0; i < POPULATIONS; ++i) {
        (void)carve_population_init(&populations[i], sizeof populations[i]);
        if (i != UNIT)
            populations[i].kind = CARVE_POPULATION_INPUT;
    }
    populations[CUES].n_units = 2;
    for (int i = 0; i < 2; ++i) {
        (void)carve_projection_init(&projections[i], sizeof projections[i]);
        projections[i].pre = i == 0 ? CUES : EXPLORATION;
        projections[i].post = UNIT;
    }
    (void)carve_plasticity_init(&plasticity, sizeof plasticity);
    plasticity.eta = 0.1;
    plasticity.modulator = REWARD;
    projections[0].n_plasticity = 1;
    projections[0].plasticity = &plasticity;
    projections[1].weights.a = 0.2;
    (void)carve_polynomial_init(&polynomial, sizeof polynomial);
    polynomial.n_terms = 1;
    polynomial.terms = &term;
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
    const double theta = 1;
    return status != CARVE_OK ? status
                              : carve_sim_write(*sim, CARVE_VIEW_THETA, 0, 0, &theta, 1, fault);
}

carve_status run_network(carve_sim* sim) {
    static const float right[2] = {0.5f, -0.25f};
    float cues[2], exploration, reward = 0, mean = 0;
    const carve_stream inputs[] = {{CARVE_F32, CARVE_STREAM_BLOCKS, 2, cues},
                                   {CARVE_F32, CARVE_STREAM_BLOCKS, 1, &exploration},
                                   {CARVE_F32, CARVE_STREAM_BLOCKS, 1, &reward}};
    carve_step step = {.struct_size = sizeof step, .n_inputs = 3, .inputs = inputs};
    carve_view rates;
    carve_status status = carve_sim_view(sim, CARVE_VIEW_RATES, UNIT, &rates, NULL);
    step.n_steps = 1;
    for (int trial = 0; trial < TRIALS && status == CARVE_OK; ++trial) {
        const int cue = trial % 2;
        cues[cue] = 1;
        cues[1 - cue] = 0;
        exploration = noise();
        step.plastic = 0; /* the unit answers */
        status = carve_sim_step(sim, &step, NULL);
        const float wrong = *(const float*)rates.data - right[cue], earned = -(wrong * wrong);
        reward = earned - mean;
        mean += reward / 64;
        step.plastic = 1; /* and learns */
        if (status == CARVE_OK)
            status = carve_sim_step(sim, &step, NULL);
    }
    show(sim, "weights", CARVE_VIEW_WEIGHTS, 0);
    return status;
}
