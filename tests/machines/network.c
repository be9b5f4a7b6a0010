#include "network.h"

#include <stddef.h>

void set_defaults(network* n) {
    (void)carve_model_init(&n->model, sizeof n->model);
    n->model.populations = n->populations;
    n->model.projections = n->projections;
    n->model.rules = n->rules;
    n->model.probes = n->probes;
    (void)carve_trajectory_probe_init(&n->trajectory, sizeof n->trajectory);
    n->model.n_replicas = 5;
    n->n_losses = 0;
    n->n_steps = 35;
    n->n_calls = 2;
    n->theta_scale = 0x1p-4;
}

population_parts* add_population(network* n, uint32_t kind, uint32_t n_units) {
    population_parts* parts = &n->of_population[n->model.n_populations];
    carve_population* p = &n->populations[n->model.n_populations++];
    const void* const own[] = {
        &parts->input, &parts->gaussian, &parts->rate, &parts->poisson, &parts->lif, NULL,
        NULL,          &parts->cvaif};
    (void)carve_population_init(p, sizeof *p);
    (void)carve_input_init(&parts->input, sizeof parts->input);
    (void)carve_gaussian_init(&parts->gaussian, sizeof parts->gaussian);
    (void)carve_rate_init(&parts->rate, sizeof parts->rate);
    (void)carve_poisson_init(&parts->poisson, sizeof parts->poisson);
    (void)carve_lif_init(&parts->lif, sizeof parts->lif);
    (void)carve_cvaif_init(&parts->cvaif, sizeof parts->cvaif);
    p->kind = kind;
    p->n_units = n_units;
    p->parameters = own[kind];
    return parts;
}

carve_projection* add_projection(network* n, uint32_t pre, uint32_t post) {
    carve_projection* p = &n->projections[n->model.n_projections++];
    (void)carve_projection_init(p, sizeof *p);
    p->pre = pre;
    p->post = post;
    p->weights.b = 0.375;
    return p;
}

void add_probe(network* n, uint32_t kind, uint32_t index) {
    carve_probe* p = &n->probes[n->model.n_probes++];
    (void)carve_probe_init(p, sizeof *p);
    p->kind = kind;
    p->index = index;
}

carve_plasticity* add_plasticity(network* n, uint32_t rule, double eta) {
    const uint32_t k = n->model.n_projections - 1;
    carve_plasticity* use = &n->plasticity[k];
    (void)carve_plasticity_init(use, sizeof *use);
    use->rule = rule;
    use->eta = eta;
    n->projections[k].n_plasticity = 1;
    n->projections[k].plasticity = use;
    return use;
}

static carve_term term_of(uint32_t spikes, unsigned bit) {
    carve_term t = {0};
    if (!spikes) {
        t.event = CARVE_EVENT_STEP;
        t.pre = (uint8_t)(bit / 16);
        t.post = (uint8_t)(bit / 4 % 4);
        t.weight = (uint8_t)(bit % 4);
    } else if (bit < 16) {
        t.event = CARVE_EVENT_PRE;
        t.post = (uint8_t)((bit - 4) / 6);
        t.pre2 = (uint8_t)((bit - 4) / 3 % 2);
        t.weight = (uint8_t)((bit - 4) % 3);
    } else {
        t.event = CARVE_EVENT_POST;
        t.pre = (uint8_t)((bit - 16) / 6);
        t.post2 = (uint8_t)((bit - 16) / 3 % 2);
        t.weight = (uint8_t)((bit - 16) % 3);
    }
    return t;
}

static carve_rule* add(network* n, uint64_t terms, uint32_t spikes) {
    rule_parts* parts = &n->of_rule[n->model.n_rules];
    carve_rule* r = &n->rules[n->model.n_rules++];
    (void)carve_rule_init(r, sizeof *r);
    (void)carve_polynomial_init(&parts->polynomial, sizeof parts->polynomial);
    parts->polynomial.terms = parts->terms;
    parts->spikes = spikes;
    parts->coefficients = terms;
    for (unsigned bit = spikes ? 4 : 0; bit < (spikes ? 28u : 64u); ++bit)
        if (terms >> bit & 1) {
            const carve_term t = term_of(spikes, bit);
            parts->terms[parts->polynomial.n_terms++] = t;
            if (spikes) /* the time constants of x, y, r and o */
                parts->coefficients |= (uint64_t)(t.pre | t.post << 1 | t.pre2 << 2 | t.post2 << 3);
        }
    r->parameters = &parts->polynomial;
    return r;
}
carve_rule* add_rule(network* n, uint64_t terms) { return add(n, terms, 0); }
carve_rule* add_spike_rule(network* n, uint64_t terms) { return add(n, terms, 1); }

carve_loss* add_loss(network* n, uint32_t kind) {
    carve_loss* l = &n->losses[n->n_losses++];
    (void)carve_loss_init(l, sizeof *l);
    l->kind = kind;
    return l;
}
