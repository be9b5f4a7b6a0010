/* Models of rates: one case for each path through the kernel. */
#include "network.h"

#include <stddef.h>

/* Inputs, one plastic projection, one layer. */
static carve_projection* single_layer(network* n, uint32_t n_pre, uint32_t n_post, uint64_t terms) {
    add_population(n, CARVE_POPULATION_INPUT, n_pre);
    add_population(n, CARVE_POPULATION_RATE, n_post);
    add_rule(n, terms);
    n->model.gradient = CARVE_GRADIENT_FORWARD;
    carve_projection* p = add_projection(n, 0, 1);
    add_plasticity(n, 0, 0.1);
    return p;
}

static void samples(network* n) {
    single_layer(n, 7, 3, TERMS_27);
    n->model.batch = 3;
    n->model.form = CARVE_FORM_SAMPLES;
    n->rules[0].shared = 0;
    add_loss(n, CARVE_LOSS_DISTANCE);
    add_loss(n, CARVE_LOSS_DISTANCE_SQUARED);
    add_loss(n, CARVE_LOSS_SUBSPACE);
}

static void online(network* n) { /* shared inputs, bounds, blocks of 64 bytes */
    carve_projection* p = single_layer(n, 21, 2, TERM(1, 1, 0) | TERM(0, 2, 1) | TERM(3, 1, 3));
    n->of_population[0].input.shared = 1;
    n->model.lane_bytes = 64;
    n->model.n_replicas = 19;
    p->w_min = -0.5;
    p->w_max = 0.5;
    n->theta_scale = 0.5;
    add_loss(n, CARVE_LOSS_DISTANCE);
}

static void full_batch(network* n) { /* without sensitivities, a lane a block */
    single_layer(n, 9, 4, TERMS_27);
    n->model.gradient = CARVE_GRADIENT_NONE;
    n->model.batch = 70; /* beyond what is summed at once */
    n->model.form = CARVE_FORM_SAMPLES;
    n->model.lane_bytes = 8;
    n->of_population[0].input.fixed = 1;
    n->n_steps = 5;
    add_loss(n, CARVE_LOSS_SUBSPACE);
}

static void activations(network* n) {
    static const uint32_t activation[] = {CARVE_ACTIVATION_TANH, CARVE_ACTIVATION_SIGMOID,
                                          CARVE_ACTIVATION_RELU, CARVE_ACTIVATION_LINEAR};
    add_population(n, CARVE_POPULATION_INPUT, 5);
    add_rule(n, TERMS_27);
    for (uint32_t i = 0; i < 4; ++i) {
        add_population(n, CARVE_POPULATION_RATE, 4 - i / 2)->rate.activation = activation[i];
        add_projection(n, i, i + 1);
        add_plasticity(n, 0, 0.05);
    }
    n->model.batch = 2;
    n->model.gradient = CARVE_GRADIENT_FORWARD;
    add_loss(n, CARVE_LOSS_DISTANCE)->projection = 3;
}

static void gaussian(network* n) {
    add_population(n, CARVE_POPULATION_GAUSSIAN, 4);
    add_population(n, CARVE_POPULATION_GAUSSIAN, 3)->gaussian.shared = 1;
    add_population(n, CARVE_POPULATION_RATE, 3)->rate.activation = CARVE_ACTIVATION_TANH;
    add_rule(n, TERMS_27);
    add_rule(n, TERM(1, 1, 0) | TERM(0, 2, 1))->shared = 0;
    for (uint32_t i = 0; i < 2; ++i) {
        add_projection(n, i, 2);
        add_plasticity(n, i, 0.1);
    }
    n->model.batch = 3;
    n->model.gradient = CARVE_GRADIENT_FORWARD;
    add_loss(n, CARVE_LOSS_DISTANCE)->projection = 1;
}

static carve_projection* lateral(network* n, uint32_t inference) {
    single_layer(n, 6, 4, TERMS_27);
    add_rule(n, TERM(1, 1, 0) | TERM(0, 0, 1));
    carve_projection* p = add_projection(n, 1, 1);
    add_plasticity(n, 1, 0.05);
    p->inference = inference;
    p->weights.b = 0.125;
    n->theta_scale = 0x1p-5;
    n->model.batch = 2;
    n->model.form = CARVE_FORM_SAMPLES;
    add_loss(n, CARVE_LOSS_DISTANCE);
    add_loss(n, CARVE_LOSS_DECORRELATION);
    return p;
}
static void sequential(network* n) {
    lateral(n, CARVE_INFERENCE_SEQUENTIAL)->connectivity = CARVE_CONNECT_LOWER;
}
static void solve(network* n) { lateral(n, CARVE_INFERENCE_SOLVE); }
static void sweeps(network* n) {
    carve_projection* p = lateral(n, CARVE_INFERENCE_SWEEPS);
    p->n_sweeps = 3;
    p->connectivity = CARVE_CONNECT_LOWER;
    p->mask_from = CARVE_MASK_FROM_FIRST_UPDATE;
}

static void residuals(network* n) {
    for (uint32_t i = 0; i < 2; ++i) {
        add_population(n, CARVE_POPULATION_INPUT, 6);
        add_rule(n, TERM(1, 1, 0) | TERM(0, 2, 1) | TERM(0, 1, 0));
    }
    add_population(n, CARVE_POPULATION_RATE, 3);
    add_projection(n, 0, 2);
    add_plasticity(n, 0, 0.1)->presynaptic = CARVE_PRESYNAPTIC_RESIDUAL_BELOW;
    add_projection(n, 1, 2);
    add_plasticity(n, 1, 0.1)->presynaptic = CARVE_PRESYNAPTIC_RESIDUAL;
    n->model.batch = 4;
    add_loss(n, CARVE_LOSS_SUBSPACE);
}

static void moments(network* n) {
    single_layer(n, 5, 1, TERMS_27);
    n->of_population[0].input.fixed = 1;
    n->model.batch = 20;
    n->model.form = CARVE_FORM_MOMENTS;
    add_loss(n, CARVE_LOSS_SUBSPACE);
}
static void moments_lateral(network* n) {
    moments(n);
    n->populations[1].n_units = 3;
    n->theta_scale = 0x1p-5;
    carve_projection* p = add_projection(n, 1, 1);
    add_plasticity(n, 0, 0.1);
    p->connectivity = CARVE_CONNECT_LOWER;
    p->weights.b = 0.125;
}

/* Several steps at once. */
static void leap(network* n) {
    single_layer(n, 3, 1, TERMS_27);
    n->n_steps = 70; /* beyond the check of weights */
    add_loss(n, CARVE_LOSS_DISTANCE);
}
static void leap_value(network* n) {
    leap(n);
    n->model.gradient = CARVE_GRADIENT_NONE;
}

static void afferents(network* n) {
    single_layer(n, 37, 2, TERMS_27);
    n->model.layout = CARVE_LAYOUT_AFFERENTS;
    n->theta_scale = 0x1p-6;
    n->model.n_replicas = 2;
    add_loss(n, CARVE_LOSS_DISTANCE);
    add_loss(n, CARVE_LOSS_SUBSPACE);
}

static void adjoint(network* n) {
    single_layer(n, 6, 4, TERMS_27);
    n->of_population[1].rate.activation = CARVE_ACTIVATION_TANH;
    add_population(n, CARVE_POPULATION_RATE, 2);
    add_rule(n, TERM(1, 1, 0) | TERM(0, 2, 1));
    add_projection(n, 1, 2);
    add_plasticity(n, 1, 0.1);
    n->model.batch = 2;
    n->model.form = CARVE_FORM_SAMPLES;
    n->model.gradient = CARVE_GRADIENT_ADJOINT;
    n->n_calls = 1;
    n->model.max_steps = n->n_steps;
    add_loss(n, CARVE_LOSS_DISTANCE_SQUARED)->projection = 1;
}

/* The layer's own rate as modulator, less its mean; the gate is a unit that is often silent. */
static void third_factor(network* n) {
    static const uint8_t powers[] = {0, 1, 1, 1, 2};
    single_layer(n, 7, 3,
                 TERM(0, 0, 0) | TERM(0, 1, 1) | TERM(1, 1, 0) | TERM(2, 0, 1) | TERM(2, 1, 0));
    for (uint32_t i = 0; i < 5; ++i)
        n->of_rule[0].terms[i].modulator = powers[i];
    add_population(n, CARVE_POPULATION_RATE, 1)->rate.activation = CARVE_ACTIVATION_RELU;
    add_projection(n, 0, 2)->weights.b = 0.5;
    n->plasticity[0].modulator = 1;
    n->plasticity[0].baseline = CARVE_BASELINE_WINDOW;
    n->plasticity[0].window = 5;
    n->plasticity[0].baseline_start = 0.25;
    n->plasticity[0].gate = 2;
    add_loss(n, CARVE_LOSS_DISTANCE);
}

/* The same with a second rule, without a third factor or gate. */
static void several_rules(network* n) {
    third_factor(n);
    add_rule(n, TERM(0, 0, 1) | TERM(2, 1, 0));
    carve_plasticity* const second = &n->plasticity[1]; /* the second projection has none */
    (void)carve_plasticity_init(second, sizeof *second);
    second->rule = 1;
    second->eta = -0.05;
    n->projections[0].n_plasticity = 2;
}

/* The same under a general rule: means and a weight sum in terms that drive an eligibility trace. */
static void eligibility(network* n) {
    third_factor(n);
    carve_term* const terms = n->of_rule[0].terms;
    for (uint32_t i = 0; i < 5; ++i)
        terms[i].modulator = 1;
    terms[1].pre_mean = 1;
    terms[2].post_square = 1;
    terms[3].post_mean = 2;
    terms[4].weight_sum = 1;
    n->of_rule[0].polynomial.eligibility = 1;
    n->of_rule[0].coefficients |= /* four time constants */
        TERM(3, 3, 0) | TERM(3, 3, 1) | TERM(3, 3, 2) | TERM(3, 3, 3);
}

/* A rule with two hidden units, from x, y, w and the mean of y. */
static void hidden_layer(network* n) {
    static carve_mlp mlp;
    carve_projection* const p = single_layer(n, 7, 3, TERMS_27);
    (void)carve_mlp_init(&mlp, sizeof mlp);
    mlp.n_hidden = 2;
    mlp.inputs |= CARVE_FACTOR_POST_MEAN;
    n->rules[0].kind = CARVE_RULE_MLP;
    n->rules[0].parameters = &mlp;
    n->of_rule[0].coefficients = 0x3FFF; /* 1 + 2 (4 + 2) + 1 */
    p->w_max = 0.5;
    add_loss(n, CARVE_LOSS_DISTANCE);
}

/* A leaky layer that hears itself, and hears a later one that it drives. */
static void memory(network* n) {
    single_layer(n, 5, 4, TERMS_27);
    n->of_population[1].rate.activation = CARVE_ACTIVATION_TANH;
    n->of_population[1].rate.tau = 3;
    add_population(n, CARVE_POPULATION_RATE, 2)->rate.tau = 2.5;
    add_rule(n, TERM(1, 1, 0) | TERM(0, 0, 1));
    add_projection(n, 1, 1)->delay = 1;
    add_plasticity(n, 1, 0.1);
    add_projection(n, 1, 2)->delay = 4;
    add_plasticity(n, 0, 0.05);
    add_projection(n, 2, 1)->delay = 2;
    n->projections[3].weights.b = 0.5;
    add_loss(n, CARVE_LOSS_DISTANCE);
}

/* A recurrent layer of which some rates are recorded in some steps. */
static void trajectory(network* n) {
    memory(n);
    add_population(n, CARVE_POPULATION_INPUT, 4);
    add_population(n, CARVE_POPULATION_INPUT, 1);
    add_probe(n, CARVE_PROBE_TRAJECTORY, 1);
    n->trajectory.observations = 3;
    n->trajectory.selection = 4;
    n->trajectory.noise = 0.5;
    n->probes[0].parameters = &n->trajectory;
}

/* Its sums by units. */
static void unit_sums(network* n) {
    trajectory(n);
    n->trajectory.noise = 1;
    n->trajectory.sums = CARVE_SUMS_OF_UNITS;
}

/* Initial weights that are free, of a layer whose rates are leaky. */
static void free_weights(network* n) {
    carve_projection* const p = single_layer(n, 5, 4, TERM(1, 1, 0) | TERM(0, 2, 1));
    n->of_population[1].rate.tau = 2;
    add_population(n, CARVE_POPULATION_INPUT, 4);
    add_probe(n, CARVE_PROBE_TRAJECTORY, 1);
    n->trajectory.observations = 2;
    n->probes[0].parameters = &n->trajectory;
    p->initial_weights = CARVE_INITIAL_FREE;
}

/* The same of a layer whose weights are recorded in some steps, and then also their free initial values. */
static void weight_trajectory(network* n) {
    single_layer(n, 5, 4, TERM(1, 1, 0) | TERM(0, 2, 1) | TERM(0, 0, 0));
    add_population(n, CARVE_POPULATION_INPUT, 20);
    add_population(n, CARVE_POPULATION_INPUT, 1);
    add_probe(n, CARVE_PROBE_WEIGHTS, 0);
    n->trajectory.observations = 2;
    n->trajectory.selection = 3;
    n->trajectory.noise = 0.5;
    n->probes[0].parameters = &n->trajectory;
}
static void free_weight_trajectory(network* n) {
    weight_trajectory(n);
    n->projections[0].initial_weights = CARVE_INITIAL_FREE;
}

/* Layers whose rates are probabilities of events, means of counts, and logits of choices. */
static void likelihood(network* n, uint32_t kind) {
    single_layer(n, 5, 3, TERM(1, 1, 0) | TERM(0, 0, 1));
    if (kind != CARVE_LIKELIHOOD_CATEGORICAL)
        n->of_population[1].rate.activation = CARVE_ACTIVATION_SIGMOID;
    add_population(n, CARVE_POPULATION_INPUT, 3);
    add_probe(n, CARVE_PROBE_TRAJECTORY, 1);
    n->trajectory.observations = 2;
    n->trajectory.likelihood = kind;
    n->probes[0].parameters = &n->trajectory;
}
static void events(network* n) { likelihood(n, CARVE_LIKELIHOOD_BERNOULLI); }
static void counts(network* n) { likelihood(n, CARVE_LIKELIHOOD_POISSON); }
static void choices(network* n) { likelihood(n, CARVE_LIKELIHOOD_CATEGORICAL); }

static void frozen(network* n) { /* some lanes leave the bound, at different steps */
    single_layer(n, 4, 2, TERMS_27);
    n->rules[0].shared = 0;
    n->model.bound = 2;
    n->theta_scale = 0.25;
    add_loss(n, CARVE_LOSS_DISTANCE);
}

const network_case rate_cases[] = {{"samples", samples},
                                   {"eligibility", eligibility},
                                   {"events", events},
                                   {"counts", counts},
                                   {"choices", choices},
                                   {"hidden-layer", hidden_layer},
                                   {"several-rules", several_rules},
                                   {"online", online},
                                   {"full-batch", full_batch},
                                   {"activations", activations},
                                   {"gaussian", gaussian},
                                   {"sequential", sequential},
                                   {"sweeps", sweeps},
                                   {"solve", solve},
                                   {"residuals", residuals},
                                   {"moments", moments},
                                   {"moments-lateral", moments_lateral},
                                   {"leap", leap},
                                   {"leap-value", leap_value},
                                   {"afferents", afferents},
                                   {"adjoint", adjoint},
                                   {"third-factor", third_factor},
                                   {"memory", memory},
                                   {"trajectory", trajectory},
                                   {"unit-sums", unit_sums},
                                   {"free-weights", free_weights},
                                   {"weight-trajectory", weight_trajectory},
                                   {"free-weight-trajectory", free_weight_trajectory},
                                   {"frozen", frozen},
                                   {NULL, NULL}};
