/* Spiking models: every source of spikes, both kinds of synapses, with and without sensitivities. */
#include "network.h"

#include <stddef.h>

#define TRIPLET                                                                                    \
    (CARVE_TAU_PRE | CARVE_TAU_POST | CARVE_TAU_PRE2 | CARVE_TAU_POST2 | CARVE_AT_PRE(1, 0, 0) |   \
     CARVE_AT_PRE(1, 1, 0) | CARVE_AT_POST(1, 0, 0) | CARVE_AT_POST(1, 1, 0))
#define ALL_TERMS 0xFFFFFFFu

static carve_rule* add_spike_rule(network* n, uint64_t terms) {
    carve_rule* r = add_rule(n, terms);
    r->kind = CARVE_RULE_SPIKES;
    return r;
}

/* Excitation that does not learn and inhibition that does, onto three neurons. */
static void cell(network* n, uint32_t source, uint64_t terms) {
    for (uint32_t i = 0; i < 2; ++i) {
        carve_population* p = add_population(n, CARVE_POPULATION_POISSON, i == 0 ? 40 : 12);
        p->source = source;
        if (source != CARVE_SOURCE_STREAMED) {
            p->n_groups = 4;
            p->rate = 40;
        }
    }
    add_population(n, CARVE_POPULATION_LIF, 3)->scored = 1;
    add_spike_rule(n, terms)->shared = 0;
    carve_projection* p = add_projection(n, 0, 2, CARVE_STATIC);
    p->gain = 0.5;
    p->w_mean = 0.5;
    p->w_sd = 0.125;
    p = add_projection(n, 1, 2, 0);
    p->gain = 0.25;
    p->receptor = CARVE_INHIBITORY;
    p->eta = 0.01;
    p->w_min = 0;
    p->w_max = 2;
    p->w_mean = 0.5;
    p->w_sd = 0.125;
    n->n_steps = 1000;
    add_loss(n, CARVE_LOSS_RATE)->population = 2;
}

static void constant(network* n) {
    cell(n, CARVE_SOURCE_CONSTANT, CARVE_TERMS_PAIR);
    n->model.lane_bytes = 64;
    for (uint32_t i = 0; i < 2; ++i)
        n->projections[i].tuning = 1;
    add_loss(n, CARVE_LOSS_TUNING)->other = 1;
}

static void of_signals(network* n) {
    cell(n, CARVE_SOURCE_SIGNAL, TRIPLET);
    n->projections[1].coincidence = CARVE_COINCIDENCE_BLIND;
    n->projections[1].eta = 1e-3;
}

static void streamed(network* n) {
    cell(n, CARVE_SOURCE_STREAMED, ALL_TERMS);
    n->populations[2].n_units = 1; /* all terms need much memory */
    n->rules[0].trace_jump = CARVE_TRACE_JUMP_INVERSE_TAU;
    n->projections[1].eta = 1e-5;
}

static void current(network* n) {
    cell(n, CARVE_SOURCE_CONSTANT, CARVE_TERMS_PAIR);
    carve_population* neurons = &n->populations[2];
    neurons->synapses = CARVE_SYNAPSES_CURRENT;
    neurons->drive = 0.004;
    neurons->t_ref = 1e-3;
    n->projections[0].gain = 0.02;
    n->projections[1].gain = 0.01;
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
    carve_projection* p = add_projection(n, 2, 2, 1);
    p->delay = 8;
    p->gain = 0.005;
    p->eta = 0.01;
    p->w_min = 0;
    p->w_mean = 0.25;
    p->w_sd = 0.125;
}

const network_case spiking_cases[] = {
    {"constant", constant},   {"constant-gradient", constant_gradient},
    {"signals", of_signals},  {"signals-gradient", of_signals_gradient},
    {"streamed", streamed},   {"streamed-gradient", streamed_gradient},
    {"current", current},     {"current-gradient", current_gradient},
    {"recurrent", recurrent}, {NULL, NULL}};
