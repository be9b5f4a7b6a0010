#include "network.h"

#include <stddef.h>

void set_defaults(network* n) {
    (void)carve_model_init(&n->model, sizeof n->model);
    n->model.populations = n->populations;
    n->model.projections = n->projections;
    n->model.rules = n->rules;
    n->model.n_replicas = 5;
    n->n_losses = 0;
    n->n_steps = 35;
    n->n_calls = 2;
    n->theta_scale = 0x1p-4;
}

carve_population* add_population(network* n, uint32_t kind, uint32_t n_units) {
    carve_population* p = &n->populations[n->model.n_populations++];
    (void)carve_population_init(p, sizeof *p);
    p->kind = kind;
    p->n_units = n_units;
    return p;
}

carve_projection* add_projection(network* n, uint32_t pre, uint32_t post, uint32_t rule) {
    carve_projection* p = &n->projections[n->model.n_projections++];
    (void)carve_projection_init(p, sizeof *p);
    p->pre = pre;
    p->post = post;
    p->rule = rule;
    p->w_sd = 0.375;
    return p;
}

carve_rule* add_rule(network* n, uint64_t terms) {
    carve_rule* r = &n->rules[n->model.n_rules++];
    (void)carve_rule_init(r, sizeof *r);
    r->terms = terms;
    return r;
}

carve_loss* add_loss(network* n, uint32_t kind) {
    carve_loss* l = &n->losses[n->n_losses++];
    (void)carve_loss_init(l, sizeof *l);
    l->kind = kind;
    return l;
}
