/* refused_spikes: what a build of `models`, `f64` and `spikes`, and of three elements, refuses, and that it says which
 * feature is missing. */
#include "refusals.h"

enum { AFFERENTS, TEACHER, NEURON, N };
static carve_population populations[N];
static carve_projection projections[2];
static carve_plasticity plasticity;
static carve_term term;
static carve_polynomial polynomial;
static carve_product product;
static carve_rule rule;
static carve_in_degree in_degree;
static carve_model model;

/* Two populations of poisson units onto a lif neuron; the synapses from the first learn. */
static void describe(void) {
    for (uint32_t i = 0; i < N; ++i) {
        (void)carve_population_init(&populations[i], sizeof populations[i]);
        populations[i].kind = i == NEURON ? CARVE_POPULATION_LIF : CARVE_POPULATION_POISSON;
        populations[i].n_units = i == NEURON ? 1 : 4;
    }
    for (uint32_t i = 0; i < 2; ++i) {
        (void)carve_projection_init(&projections[i], sizeof projections[i]);
        projections[i].pre = i;
        projections[i].post = NEURON;
    }
    (void)carve_plasticity_init(&plasticity, sizeof plasticity);
    (void)carve_polynomial_init(&polynomial, sizeof polynomial);
    (void)carve_product_init(&product, sizeof product);
    (void)carve_rule_init(&rule, sizeof rule);
    (void)carve_in_degree_init(&in_degree, sizeof in_degree);
    (void)carve_model_init(&model, sizeof model);
    projections[0].n_plasticity = 1;
    projections[0].plasticity = &plasticity;
    plasticity.eta = 0.1;
    memset(&term, 0, sizeof term);
    term.event = CARVE_EVENT_POST;
    term.pre = 1;
    polynomial.n_terms = 1;
    polynomial.terms = &term;
    rule.parameters = &polynomial;
    model.lane_bytes = 8;
    model.n_populations = N;
    model.populations = populations;
    model.n_projections = 2;
    model.projections = projections;
    model.n_rules = 1;
    model.rules = &rule;
}

static void f32(void) {
    model.precision = CARVE_F32;
    model.lane_bytes = 4;
}
static void forward(void) { model.gradient = CARVE_GRADIENT_FORWARD; }
static void neurons(void) { populations[NEURON].kind = CARVE_POPULATION_TIF; }
static void sparse(void) {
    projections[1].connectivity = CARVE_CONNECT_IN_DEGREE;
    projections[1].connections = &in_degree;
}
static void third_factors(void) {
    plasticity.modulator = TEACHER;
    plasticity.modulator_tau = 0.1;
    term.modulator = 1;
}
static void eligibility(void) { polynomial.eligibility = 1; }
static void weight_sums(void) { term.weight_sum = 1; }
static void products(void) {
    populations[NEURON].kind = CARVE_POPULATION_CVAIF;
    rule.kind = CARVE_RULE_PRODUCT;
    rule.parameters = &product;
}
static void rates(void) {
    for (uint32_t i = 0; i < N; ++i)
        populations[i].kind = i == NEURON ? CARVE_POPULATION_RATE : CARVE_POPULATION_INPUT;
    term.event = CARVE_EVENT_STEP;
}

int main(void) {
    static const struct {
        const char* where;
        void (*change)(void);
    } cases[] = {{"f32", f32},
                 {"forward", forward},
                 {"populations[2].neurons", neurons},
                 {"projections[1].sparse", sparse},
                 {"projections[0].third_factors", third_factors},
                 {"rules[0].general_rules", eligibility},
                 {"rules[0].general_rules", weight_sums},
                 {"populations[2].neurons", products},
                 {"populations[0].rates", rates}};
    static carve_fault fault;
    size_t bytes;
    describe();
    expect("the model itself", carve_sim_required_bytes(&model, &bytes, &fault), &fault, CARVE_OK,
           "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        describe();
        cases[i].change();
        expect(cases[i].where, carve_sim_required_bytes(&model, &bytes, &fault), &fault,
               CARVE_E_UNAVAILABLE, cases[i].where);
    }
    return n_wrong != 0;
}
