/* One neuron under Oja's rule in a static block of exactly the bytes that it takes: NETWORK_BYTES
 * and NETWORK_ALIGNMENT are made by carve_size, see the Makefile beside this. */
#include "network_bytes.h"
#include <carve.h>
#include <stdint.h>
#include <stdio.h>

enum { N = 8 };
static union { /* on a boundary of NETWORK_ALIGNMENT bytes, where the compiler can say so */
    unsigned char bytes[NETWORK_BYTES];
    double any;
} memory __attribute__((aligned(NETWORK_ALIGNMENT)));
static float inputs[N] = {1, 1, 1, 1, -1, -1, -1, -1};

int main(void) {
    static const carve_term terms[] = {{.event = CARVE_EVENT_STEP, .post = 2, .weight = 1},
                                       {.event = CARVE_EVENT_STEP, .pre = 1, .post = 1}};
    carve_population populations[2];
    carve_input input;
    carve_projection projection;
    carve_plasticity plasticity;
    carve_polynomial polynomial;
    carve_rule rule;
    carve_model model;
    carve_population_init(&populations[0], sizeof populations[0]);
    carve_population_init(&populations[1], sizeof populations[1]);
    carve_input_init(&input, sizeof input);
    carve_projection_init(&projection, sizeof projection);
    carve_plasticity_init(&plasticity, sizeof plasticity);
    carve_polynomial_init(&polynomial, sizeof polynomial);
    carve_rule_init(&rule, sizeof rule);
    carve_model_init(&model, sizeof model);
    populations[0].kind = CARVE_POPULATION_INPUT, populations[0].n_units = N;
    populations[0].parameters = &input, input.shared = 1;
    projection.n_plasticity = 1, projection.plasticity = &plasticity, plasticity.eta = 0.01;
    projection.weights.a = 0.05, projection.weights.b = 0.1;
    polynomial.n_terms = 2, polynomial.terms = terms;
    rule.parameters = &polynomial;
    model.precision = CARVE_F32, model.lane_bytes = 4;
    model.n_populations = 2, model.n_projections = 1, model.n_rules = 1;
    model.populations = populations, model.projections = &projection, model.rules = &rule;

    size_t needed = 0;
    carve_sim* sim;
    carve_view theta, w;
    if (carve_sim_required_bytes(&model, &needed, NULL) != CARVE_OK || needed != NETWORK_BYTES)
        return puts("the Makefile describes another network"), 2;
    if (carve_sim_init(memory.bytes, sizeof memory.bytes, &model, &sim, NULL) != CARVE_OK)
        return puts("no sim"), 2;
    carve_sim_view(sim, CARVE_VIEW_THETA, 0, &theta, NULL);
    ((float*)theta.data)[0] = -1, ((float*)theta.data)[1] = 1; /* Oja's */
    const carve_stream stream = {CARVE_F32, CARVE_STREAM_BLOCKS, N, inputs};
    carve_step step;
    carve_step_init(&step, sizeof step);
    step.n_steps = 1, step.n_inputs = 1, step.inputs = &stream;
    for (int i = 0; i < 500; ++i)
        if (carve_sim_step(sim, &step, NULL) != CARVE_OK)
            return puts("no step"), 2;
    double square = 0;
    carve_sim_view(sim, CARVE_VIEW_WEIGHTS, 0, &w, NULL);
    for (size_t j = 0; j < N; ++j) {
        const double wj = ((const float*)w.data)[j * w.stride[2]];
        square += wj * wj;
    }
    printf("%lu bytes; squared length of the weights %.3f\n", (unsigned long)needed, square);
    return square > 0.99 && square < 1.01 ? 0 : 1;
}
