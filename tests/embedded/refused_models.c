/* refused_models: what a build of `models`, `f32` and `rates`, and of two elements, refuses, and that it says
 * which feature is missing. */
#include "refusals.h"

static carve_population populations[3];
static carve_rate rate;
static carve_projection projections[3];
static carve_plasticity plasticity;
static carve_term terms[1];
static carve_polynomial polynomial;
static carve_mlp mlp;
static carve_rule rule;
static carve_probe probe;
static carve_trajectory_probe trajectory;
static carve_model model;

/* Two inputs, a linear unit, x y: what such a build simulates. */
static void describe(void) {
    for (int i = 0; i < 3; ++i) {
        (void)carve_population_init(&populations[i], sizeof populations[i]);
        (void)carve_projection_init(&projections[i], sizeof projections[i]);
    }
    (void)carve_rate_init(&rate, sizeof rate);
    (void)carve_plasticity_init(&plasticity, sizeof plasticity);
    (void)carve_polynomial_init(&polynomial, sizeof polynomial);
    (void)carve_mlp_init(&mlp, sizeof mlp);
    (void)carve_rule_init(&rule, sizeof rule);
    (void)carve_probe_init(&probe, sizeof probe);
    (void)carve_trajectory_probe_init(&trajectory, sizeof trajectory);
    (void)carve_model_init(&model, sizeof model);
    populations[0].kind = CARVE_POPULATION_INPUT;
    populations[0].n_units = 2;
    populations[1].parameters = &rate;
    projections[0].n_plasticity = 1;
    projections[0].plasticity = &plasticity;
    plasticity.eta = 0.1;
    memset(terms, 0, sizeof terms);
    terms[0].event = CARVE_EVENT_STEP;
    terms[0].pre = terms[0].post = 1;
    polynomial.n_terms = 1;
    polynomial.terms = terms;
    rule.parameters = &polynomial;
    model.precision = CARVE_F32;
    model.lane_bytes = 4;
    model.n_populations = 2;
    model.populations = populations;
    model.n_projections = model.n_rules = 1;
    model.projections = projections;
    model.rules = &rule;
    model.probes = &probe;
}

static void f64(void) {
    model.precision = CARVE_F64;
    model.lane_bytes = 8;
}
static void lane_blocks(void) { model.lane_bytes = 32; }
static void afferents(void) { model.layout = CARVE_LAYOUT_AFFERENTS; }
static void forward(void) { model.gradient = CARVE_GRADIENT_FORWARD; }
static void adjoint(void) {
    model.gradient = CARVE_GRADIENT_ADJOINT;
    model.max_steps = 10;
}
static void batches(void) { model.batch = 2; }
static void gaussian(void) { populations[0].kind = CARVE_POPULATION_GAUSSIAN; }
static void leaky(void) { rate.tau = 2; }
static void delayed(void) { projections[0].delay = 1; }
static void cubic_terms(void) { terms[0].post = 3; }
static void general_rules(void) {
    rule.kind = CARVE_RULE_MLP;
    rule.parameters = &mlp;
}
static void third_factors(void) {
    plasticity.modulator = 0;
    terms[0].modulator = 1;
}
static void lateral(void) {
    model.n_projections = 2;
    projections[1].pre = projections[1].post = 1;
    projections[1].connectivity = CARVE_CONNECT_LOWER;
}
static void trajectories(void) {
    model.n_probes = 1;
    probe.kind = CARVE_PROBE_TRAJECTORY;
    probe.index = 1;
    probe.parameters = &trajectory;
    populations[0].n_units = 1;
}
static void spikes(void) {
    populations[0].kind = CARVE_POPULATION_POISSON;
    populations[1].kind = CARVE_POPULATION_LIF;
    populations[1].parameters = NULL;
    projections[0].n_plasticity = 0;
    projections[0].plasticity = NULL;
    model.n_rules = 0;
}
static void elements(void) {
    model.n_populations = model.n_projections = 3;
    for (uint32_t i = 1; i < 3; ++i) {
        projections[i].pre = 0;
        projections[i].post = 2;
    }
    projections[2].pre = 1;
}

int main(void) {
    static const struct {
        const char* where;
        void (*change)(void);
    } cases[] = {{"f64", f64},
                 {"lane_blocks", lane_blocks},
                 {"lane_blocks", afferents},
                 {"forward", forward},
                 {"adjoint", adjoint},
                 {"batches", batches},
                 {"populations[0].gaussian", gaussian},
                 {"populations[1].memory", leaky},
                 {"projections[0].memory", delayed},
                 {"rules[0].cubic_terms", cubic_terms},
                 {"rules[0].general_rules", general_rules},
                 {"projections[0].third_factors", third_factors},
                 {"projections[1].lateral", lateral},
                 {"populations[1].trajectories", trajectories},
                 {"populations[0].spikes", spikes},
                 {"n_populations", elements}};
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
