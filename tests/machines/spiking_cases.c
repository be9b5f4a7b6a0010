/* Spiking models: every source of spikes, both kinds of synapses, with and without sensitivities. */
#include "network.h"

#include <stddef.h>

#define TRIPLET (AT_PRE(1, 0, 0) | AT_PRE(1, 1, 0) | AT_POST(1, 0, 0) | AT_POST(1, 1, 0))
#define ALL_TERMS 0xFFFFFF0u

/* Excitation that does not learn and inhibition that does, onto three neurons. */
static void cell(network* n, uint32_t source, uint64_t terms) {
    for (uint32_t i = 0; i < 2; ++i) {
        carve_poisson* p = &add_population(n, CARVE_POPULATION_POISSON, i == 0 ? 40 : 12)->poisson;
        p->source = source;
        if (source != CARVE_SOURCE_STREAMED) {
            p->n_groups = 4;
            p->rate = 40;
        }
    }
    (void)add_population(n, CARVE_POPULATION_LIF, 3);
    add_probe(n, CARVE_PROBE_RATE, 2);
    add_spike_rule(n, terms)->shared = 0;
    carve_projection* p = add_projection(n, 0, 2);
    p->gain = 0.5;
    p->weights.a = 0.5;
    p->weights.b = 0.125;
    p = add_projection(n, 1, 2);
    add_plasticity(n, 0, 0.01);
    p->gain = 0.25;
    p->receptor = CARVE_INHIBITORY;
    p->w_min = 0;
    p->w_max = 2;
    p->weights.a = 0.5;
    p->weights.b = 0.125;
    n->n_steps = 1000;
    add_loss(n, CARVE_LOSS_RATE)->population = 2;
}

static void constant(network* n) {
    cell(n, CARVE_SOURCE_CONSTANT, PAIR);
    n->model.lane_bytes = 64;
    for (uint32_t i = 0; i < 2; ++i)
        add_probe(n, CARVE_PROBE_TRANSMITTED, i);
    add_loss(n, CARVE_LOSS_TUNING)->other = 1;
}

static void of_signals(network* n) {
    cell(n, CARVE_SOURCE_SIGNAL, TRIPLET);
    n->of_rule[0].polynomial.coincidence = CARVE_COINCIDENCE_BLIND;
    n->plasticity[1].eta = 1e-3;
}

static void streamed(network* n) {
    cell(n, CARVE_SOURCE_STREAMED, ALL_TERMS);
    n->populations[2].n_units = 1; /* all terms need much memory */
    n->of_rule[0].polynomial.trace_jump = CARVE_TRACE_JUMP_INVERSE_TAU;
    n->plasticity[1].eta = 1e-5;
}

static void current(network* n) {
    cell(n, CARVE_SOURCE_CONSTANT, PAIR);
    static const carve_receptor receptors[2] = {{CARVE_RECEPTOR_CURRENT, 0, 5e-3, 0, 0, {0}},
                                                {CARVE_RECEPTOR_CURRENT, 0, 0.01, 0, 0, {0}}};
    carve_lif* neurons = &n->of_population[2].lif;
    neurons->n_receptors = 2;
    neurons->receptors = receptors;
    neurons->drive = 0.004;
    neurons->t_ref = 1e-3;
    n->projections[0].gain = 0.02;
    n->projections[1].gain = -0.01;
}

static void with_sensitivities(network* n, void (*describe)(network*)) {
    describe(n);
    n->model.gradient = CARVE_GRADIENT_FORWARD;
    n->model.n_replicas = 3;
    n->model.lane_bytes = 32;
    n->n_steps = 400;
}
static void constant_gradient(network* n) { with_sensitivities(n, constant); }
static void of_signals_gradient(network* n) { with_sensitivities(n, of_signals); }
static void streamed_gradient(network* n) { with_sensitivities(n, streamed); }
static void current_gradient(network* n) { with_sensitivities(n, current); }

static void recurrent(network* n) { /* neurons that reach one another after a delay */
    current(n);
    add_spike_rule(n, TRIPLET);
    carve_projection* p = add_projection(n, 2, 2);
    add_plasticity(n, 1, 0.01);
    p->delay = 8;
    p->gain = 0.005;
    p->w_min = 0;
    p->weights.a = 0.25;
    p->weights.b = 0.125;
}

/* A rule whose third factor is the rate of the neurons less its mean, and one of an input; gates. */
static void third_factor(network* n) {
    recurrent(n);
    (void)add_population(n, CARVE_POPULATION_INPUT, 2);
    carve_plasticity* use = &n->plasticity[1];
    n->of_rule[0].terms[1].modulator = 1;
    n->of_rule[0].terms[3].modulator = 2;
    use->eta = 1e-3;
    use->modulator = 2;
    use->modulator_tau = 0.0625;
    use->baseline = CARVE_BASELINE_WINDOW;
    use->window = 5;
    use = &n->plasticity[2];
    n->of_rule[1].terms[3].modulator = 1;
    use->modulator = use->gate = 3;
    n->n_steps = 500;
}

/* The same with a further rule, and eligibility traces, in a sparse projection too. */
static void eligibility(network* n) {
    third_factor(n);
    add_spike_rule(n, PAIR);
    static carve_plasticity uses[2];
    uses[0] = n->plasticity[1];
    (void)carve_plasticity_init(&uses[1], sizeof uses[1]);
    uses[1].rule = 2;
    uses[1].eta = 1e-4;
    n->projections[1].n_plasticity = 2;
    n->projections[1].plasticity = uses;
    n->of_rule[2].polynomial.eligibility = 1;
    n->of_rule[2].coefficients |= AT_PRE(0, 0, 2); /* one more coefficient: its time constant */
    static carve_in_degree in_degree;
    (void)carve_in_degree_init(&in_degree, sizeof in_degree);
    in_degree.in_degree = 2;
    n->projections[2].connectivity = CARVE_CONNECT_IN_DEGREE;
    n->projections[2].connections = &in_degree;
    for (uint32_t i = 0; i < 4; ++i)
        n->of_rule[1].terms[i].modulator = 1;
    n->of_rule[1].polynomial.eligibility = 1;
    n->of_rule[1].coefficients |= AT_PRE(0, 0, 2);
    n->plasticity[2].eta = 1e-3;
}

/* Rules that read the sum of weights, with a third factor and without. */
static void weight_sums(network* n) {
    third_factor(n);
    n->of_rule[0].terms[1].weight_sum = n->of_rule[0].terms[2].weight_sum = 1;
    n->of_rule[0].terms[3].weight_sum = 2;
    n->plasticity[1].eta = 1e-4;
    n->of_rule[1].terms[3].modulator = 0;
    n->of_rule[1].terms[0].weight_sum = n->of_rule[1].terms[2].weight_sum = 1;
    n->plasticity[2].modulator = CARVE_NO_POPULATION;
}

/* Neurons that filter their currents, and rules that are products of factors. */
static void products(network* n) {
    static carve_product product;
    for (uint32_t i = 0; i < 2; ++i)
        (void)add_population(n, CARVE_POPULATION_POISSON, 20);
    (void)add_population(n, CARVE_POPULATION_CVAIF, 4);
    (void)carve_product_init(&product, sizeof product);
    carve_rule* const rule = add_spike_rule(n, 0);
    rule->kind = CARVE_RULE_PRODUCT;
    rule->parameters = &product;
    rule->shared = 0;
    n->of_rule[0].coefficients = 0x1FFFFF0; /* 21 */
    for (uint32_t i = 0; i < 3; ++i) {
        carve_projection* const p = add_projection(n, i, 2);
        p->weights.a = 0.5;
        p->weights.b = 0.125;
        p->gain = i == 0 ? 4 : 0.25;
        p->receptor = i == 1 ? CARVE_INHIBITORY : CARVE_EXCITATORY;
        p->delay = i == 2 ? 9 : 0;
        n->of_population[i].poisson.rate = 40;
        if (i > 0) {
            add_plasticity(n, 0, 1e-3);
            p->w_min = 0;
            p->w_max = 1;
        }
    }
    n->n_steps = 1000;
}

/* The same neurons, and a rule that is a network of two hidden layers. */
static void mlp(network* n) {
    static carve_mlp at_spikes;
    products(n);
    (void)carve_mlp_init(&at_spikes, sizeof at_spikes);
    at_spikes.at_spikes = 1;
    at_spikes.inputs = 0x707; /* traces, the weight, V, E and I */
    at_spikes.n_hidden = 2;
    at_spikes.n_second = 1;
    n->rules[0].kind = CARVE_RULE_MLP;
    n->rules[0].parameters = &at_spikes; /* 21 coefficients, too */
}

/* Lanes are neighbouring neurons, of more than one register. */
static void let_lanes_be_targets(network* n) {
    static carve_in_degree in_degrees[3];
    n->model.layout = CARVE_LAYOUT_TARGETS;
    n->populations[2].n_units = 21;
    for (uint32_t i = 0; i < 3; ++i) {
        (void)carve_in_degree_init(&in_degrees[i], sizeof in_degrees[i]);
        in_degrees[i].in_degree = 5 + 3 * i;
        n->projections[i].connectivity = CARVE_CONNECT_IN_DEGREE;
        n->projections[i].connections = &in_degrees[i];
        n->projections[i].gain *= 4;
    }
}
static void targets(network* n) {
    recurrent(n);
    let_lanes_be_targets(n);
}
static void targets_products(network* n) {
    products(n);
    let_lanes_be_targets(n);
}
static void targets_mlp(network* n) {
    mlp(n);
    let_lanes_be_targets(n);
}

const network_case spiking_cases[] = {
    {"constant", constant},       {"constant-gradient", constant_gradient},
    {"signals", of_signals},      {"signals-gradient", of_signals_gradient},
    {"streamed", streamed},       {"streamed-gradient", streamed_gradient},
    {"current", current},         {"current-gradient", current_gradient},
    {"recurrent", recurrent},     {"third-factor", third_factor},
    {"eligibility", eligibility}, {"weight-sums", weight_sums},
    {"products", products},       {"mlp", mlp},
    {"targets", targets},         {"targets-products", targets_products},
    {"targets-mlp", targets_mlp}, {NULL, NULL}};
