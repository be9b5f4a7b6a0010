#include "inputs.h"

enum { INPUT_BYTES = 128 * 1024, MAX_SPIKES = 2048 };

static carve_stream inputs[MAX_PARTS];
static uint32_t n_inputs;
static unsigned char input_memory[INPUT_BYTES] __attribute__((aligned(8)));
static size_t input_used;
static carve_spike spikes[MAX_SPIKES];
static size_t n_spikes;

static uint64_t draw_state;
void restart_draws(void) { draw_state = 1; }
static uint32_t draw_bits(void) {
    draw_state = draw_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(draw_state >> 33);
}
double draw(void) { return (2 * (double)(draw_bits() % 128) + 1 - 128) / 128; }

static void set(const carve_view* v, size_t at, double x) {
    if (v->type == CARVE_F32)
        ((float*)v->data)[at] = (float)x;
    else
        ((double*)v->data)[at] = x;
}
static size_t n_elements(const carve_view* v) {
    size_t n = 1;
    for (uint32_t d = 0; d < v->ndim; ++d)
        n *= v->shape[d];
    return n;
}

static void set_array(carve_sim* sim, uint32_t which, uint32_t index, double scale) {
    carve_view v;
    if (carve_sim_view(sim, which, index, &v, NULL) == CARVE_OK)
        for (size_t i = 0, n = n_elements(&v); i < n; ++i)
            set(&v, i, scale * draw());
}

/* Logarithms of time constants of about 20 ms, and a Hebbian rule with something of all terms. */
static void set_spike_rule(const network* n, carve_sim* sim, uint32_t index) {
    const carve_rule* rule = &n->rules[index];
    carve_view v;
    if (carve_sim_view(sim, CARVE_VIEW_THETA, index, &v, NULL) != CARVE_OK)
        return;
    const size_t n_replicas = rule->shared ? 1 : v.shape[2],
                 n_blocks = rule->shared ? 1 : v.shape[0];
    for (size_t b = 0; b < n_blocks; ++b) {
        size_t k = 0;
        for (unsigned bit = 0; bit < 28; ++bit)
            if (n->of_rule[index].coefficients >> bit & 1) {
                for (size_t l = 0; l < n_replicas; ++l)
                    set(&v, (b * v.shape[rule->shared ? 0 : 1] + k) * n_replicas + l,
                        bit < 4 ? -4 + 0.25 * draw() : 0.25 + 0.5 * draw());
                ++k;
            }
    }
}

void set_arrays(const network* n, carve_sim* sim) {
    for (uint32_t r = 0; r < n->model.n_rules; ++r)
        if (n->of_rule[r].spikes)
            set_spike_rule(n, sim, r);
        else
            set_array(sim, CARVE_VIEW_THETA, r, n->theta_scale);
    for (uint32_t p = 0; p < n->model.n_populations; ++p)
        if (n->populations[p].kind == CARVE_POPULATION_GAUSSIAN) {
            set_array(sim, CARVE_VIEW_MEAN, p, 0.25);
            set_array(sim, CARVE_VIEW_FACTOR, p, 0.5);
        }
}

static const char* make_input(const network* n, uint32_t index, size_t lanes_per_block) {
    const carve_population* p = &n->populations[index];
    const carve_input* own = &n->of_population[index].input;
    const size_t size = n->model.precision == CARVE_F32 ? sizeof(float) : sizeof(double);
    const size_t blocks = (n->model.n_replicas + lanes_per_block - 1) / lanes_per_block;
    const size_t count = (own->shared ? 1 : blocks * lanes_per_block) *
                         (own->fixed ? 1 : (size_t)n->n_steps) * n->model.batch * p->n_units;
    if (input_used + (count + 1) * size > sizeof input_memory)
        return "inputs do not fit";
    carve_view v = {0};
    v.data = input_memory + input_used;
    v.type = n->model.precision;
    for (size_t i = 0; i < count; ++i)
        set(&v, i, draw());
    input_used += (count * size + 7) / 8 * 8;
    const carve_stream values = {v.type, CARVE_STREAM_BLOCKS, count, v.data};
    inputs[n_inputs++] = values;
    return NULL;
}

/* About 60 spikes a second and unit. */
static void make_spikes(const network* n, const carve_population* p) {
    carve_stream list = {CARVE_SPIKES, CARVE_STREAM_BLOCKS, 0, spikes + n_spikes};
    for (uint64_t t = 0; t < n->n_steps * n->n_calls; ++t)
        for (uint32_t u = 0; u < p->n_units; ++u)
            if (draw_bits() % 166 == 0 && n_spikes < MAX_SPIKES) {
                const carve_spike spike = {t, 0, u, 0, 1};
                spikes[n_spikes++] = spike;
                ++list.length;
            }
    inputs[n_inputs++] = list;
}

const char* make_inputs(const network* n, size_t lanes_per_block, carve_step* step) {
    const char* error = NULL;
    n_inputs = 0;
    input_used = n_spikes = 0;
    for (uint32_t i = 0; i < n->model.n_populations && !error; ++i) {
        const carve_population* p = &n->populations[i];
        if (p->kind == CARVE_POPULATION_INPUT)
            error = make_input(n, i, lanes_per_block);
        else if (p->kind == CARVE_POPULATION_POISSON &&
                 n->of_population[i].poisson.source == CARVE_SOURCE_STREAMED)
            make_spikes(n, p);
    }
    step->n_steps = n->n_steps;
    step->n_inputs = n_inputs;
    step->inputs = inputs;
    return error;
}
