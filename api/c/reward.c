/* A third factor from outside: a unit that explores learns from a reward alone what to answer to each of
 * two cues. cc reward.c $(pkg-config --cflags --libs carve) -lm && ./a.out */
#include <carve.h>
#include <math.h>
#include <stdio.h>

enum { CUES, NOISE, UNIT, REWARD, TRIALS = 20000, BYTES = 16384 };
static unsigned char memory[BYTES + CARVE_ALIGNMENT];

int main(void) {
    carve_population populations[4]; /* three inputs and one linear unit */
    for (int i = 0; i < 4; ++i)
        carve_population_init(&populations[i], sizeof populations[i]);
    populations[CUES].kind = populations[NOISE].kind = populations[REWARD].kind =
        CARVE_POPULATION_INPUT;
    populations[CUES].n_units = 2;
    const carve_term term = {
        .event = CARVE_EVENT_STEP, .pre = 1, .post = 1, .modulator = 1}; /* x y r */
    carve_polynomial polynomial;
    carve_polynomial_init(&polynomial, sizeof polynomial);
    polynomial.n_terms = 1, polynomial.terms = &term;
    carve_rule rule;
    carve_rule_init(&rule, sizeof rule);
    rule.parameters = &polynomial;
    carve_plasticity plasticity;
    carve_plasticity_init(&plasticity, sizeof plasticity);
    plasticity.eta = 0.1, plasticity.modulator = REWARD;
    carve_projection projections[2]; /* plastic from the cues, fixed from the noise */
    for (int i = 0; i < 2; ++i) {
        carve_projection_init(&projections[i], sizeof projections[i]);
        projections[i].pre = i == 0 ? CUES : NOISE, projections[i].post = UNIT;
    }
    projections[0].n_plasticity = 1, projections[0].plasticity = &plasticity;
    projections[1].weights.a = 0.2;
    carve_model model;
    carve_model_init(&model, sizeof model);
    model.lane_bytes = 8; /* one replica */
    model.n_populations = 4, model.n_projections = 2, model.n_rules = 1;
    model.populations = populations, model.projections = projections, model.rules = &rule;
    const size_t skip = (CARVE_ALIGNMENT - (uintptr_t)memory % CARVE_ALIGNMENT) % CARVE_ALIGNMENT;
    carve_sim* sim;
    if (carve_sim_init(memory + skip, BYTES, &model, &sim, NULL) != CARVE_OK)
        return puts("no sim"), 2;
    const double theta = 1, answers[] = {0.5, -0.25};
    carve_sim_write(sim, CARVE_VIEW_THETA, 0, 0, &theta, 1, NULL);
    double cues[2], noise, reward = 0, mean = 0, y, w[2];
    const carve_stream inputs[] = {{CARVE_F64, CARVE_STREAM_BLOCKS, 2, cues},
                                   {CARVE_F64, CARVE_STREAM_BLOCKS, 1, &noise},
                                   {CARVE_F64, CARVE_STREAM_BLOCKS, 1, &reward}};
    carve_step step;
    carve_step_init(&step, sizeof step);
    step.n_steps = 1, step.n_inputs = 3, step.inputs = inputs;
    for (int trial = 0; trial < TRIALS; ++trial) {
        const int cue = trial % 2;
        cues[cue] = 1, cues[1 - cue] = 0;
        carve_random_normal(1, 0, (uint64_t)trial, &noise, 1);
        step.plastic = 0; /* the unit answers */
        carve_sim_step(sim, &step, NULL);
        carve_sim_read(sim, CARVE_VIEW_RATES, UNIT, 0, &y, 1, NULL);
        const double earned = -(y - answers[cue]) * (y - answers[cue]);
        reward = earned - mean, mean += 0.02 * (earned - mean);
        step.plastic = 1; /* and learns from what that earned, more than usual or less */
        if (carve_sim_step(sim, &step, NULL) != CARVE_OK)
            return puts("no step"), 2;
    }
    carve_sim_read(sim, CARVE_VIEW_WEIGHTS, 0, 0, w, 2, NULL);
    printf("it answers %.2f and %.2f to the cues; %.2f and %.2f are right\n", w[0], w[1],
           answers[0], answers[1]);
    return fabs(w[0] - answers[0]) < 0.05 && fabs(w[1] - answers[1]) < 0.05 ? 0 : 1;
}
