/* One neuron under Oja's rule finds the first principal component of its inputs, in one
 * block of memory. cc first_steps.c $(pkg-config --cflags --libs carve) -lm && ./a.out */
#include <carve.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 8, STEPS = 4000, LENGTH = STEPS * N, SPARE = CARVE_ALIGNMENT };
static double x[STEPS][N], z[STEPS]; /* inputs; their part along the component */

int main(void) {
    const double e = 1 / sqrt(N); /* every entry of the first component */
    carve_random_normal(1, 0, 0, z, STEPS);
    carve_random_normal(1, 1, 0, x[0], LENGTH);
    for (int i = 0; i < LENGTH; ++i) /* variance 1.09 along the component, 0.09 across */
        x[i / N][i % N] = 0.3 * x[i / N][i % N] + z[i / N] * e;

    carve_input input; /* values that all replicas share; here there is one */
    carve_input_init(&input, sizeof input);
    input.shared = 1;
    carve_population populations[2]; /* inputs, and one linear neuron */
    for (int i = 0; i < 2; ++i)
        carve_population_init(&populations[i], sizeof populations[i]);
    populations[0].kind = CARVE_POPULATION_INPUT, populations[0].n_units = N,
    populations[0].parameters = &input;
    carve_plasticity plasticity; /* rule 0, at this learning rate */
    carve_plasticity_init(&plasticity, sizeof plasticity);
    plasticity.eta = 0.005;
    carve_projection projection; /* from population 0 to 1, with small random weights at first */
    carve_projection_init(&projection, sizeof projection);
    projection.n_plasticity = 1, projection.plasticity = &plasticity, projection.weights.b = 0.1;
    const carve_term terms[] = {{.event = CARVE_EVENT_STEP, .post = 2, .weight = 1},
                                {.event = CARVE_EVENT_STEP, .pre = 1, .post = 1}};
    carve_polynomial polynomial; /* dw = eta (theta_0 y^2 w + theta_1 x y) */
    carve_polynomial_init(&polynomial, sizeof polynomial);
    polynomial.n_terms = 2, polynomial.terms = terms;
    carve_rule rule;
    carve_rule_init(&rule, sizeof rule), rule.parameters = &polynomial;
    carve_model model;
    carve_model_init(&model, sizeof model);
    model.n_populations = 2, model.n_projections = 1, model.n_rules = 1;
    model.populations = populations, model.projections = &projection, model.rules = &rule;

    carve_sim* sim; /* inside memory, on the next boundary of 64 bytes */
    size_t bytes = 0;
    carve_fault fault; /* what is wrong with a call, in words */
    if (carve_sim_required_bytes(&model, &bytes, &fault) != CARVE_OK)
        return printf("%s is %g; it %s\n", fault.where, fault.value, fault.expected), 2;
    unsigned char* const memory = malloc(bytes + SPARE); /* static: see static_memory/ */
    const size_t skip = (SPARE - (uintptr_t)memory % SPARE) % SPARE;
    if (memory == NULL || carve_sim_init(memory + skip, bytes, &model, &sim, &fault) != CARVE_OK)
        return puts("no sim"), 2;
    const double oja[] = {-1, 1}; /* theta_0, theta_1 */
    carve_sim_write(sim, CARVE_VIEW_THETA, 0, 0, oja, 2, NULL);
    carve_sim_reset(sim, 1, NULL, NULL);
    const carve_stream stream = {CARVE_F64, CARVE_STREAM_BLOCKS, LENGTH, x};
    carve_step step;
    carve_step_init(&step, sizeof step);
    step.n_steps = STEPS, step.n_inputs = 1, step.inputs = &stream;
    const carve_status status = carve_sim_step(sim, &step, &fault);

    double w[N], along = 0, square = 0;
    carve_sim_read(sim, CARVE_VIEW_WEIGHTS, 0, 0, w, N, NULL);
    for (int j = 0; j < N; ++j)
        along += w[j] * e, square += w[j] * w[j];
    const double degrees = acos(fmin(fabs(along) / sqrt(square), 1)) * 57.29577951308232;
    free(memory);
    printf("%s: %.2f degrees from the first component\n", carve_status_string(status), degrees);
    for (int j = 0; j < N; ++j) /* with all their digits: the same from every language */
        printf("%.16e%c", w[j], j < N - 1 ? ' ' : '\n');
    return status == CARVE_OK && degrees < 5 ? 0 : 1;
}
