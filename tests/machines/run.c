#include "run.h"
#include "hash.h"
#include "inputs.h"

enum { MEMORY_BYTES = 640 * 1024, MAX_VALUES = 8 * 1024, MAX_TARGET = 512, SEED = 2020 };

static unsigned char memory[MEMORY_BYTES] __attribute__((aligned(CARVE_ALIGNMENT)));
static double targets[MAX_LOSSES][MAX_TARGET];
static double values[MAX_VALUES], derivatives[MAX_VALUES];

/* ---- Arrays --------------------------------------------------------------------------------- */

static int is_of_each_lane(const network* n, uint32_t which, uint32_t index) {
    switch (which) {
    case CARVE_VIEW_THETA:
        return !n->rules[index].shared;
    case CARVE_VIEW_MEAN:
    case CARVE_VIEW_FACTOR:
        return !n->of_population[index].gaussian.shared;
    case CARVE_VIEW_GROUPS:
    case CARVE_VIEW_WINDOW:
    case CARVE_VIEW_LAST_SPIKES:
    case CARVE_VIEW_ROW_START:
    case CARVE_VIEW_PRE_UNITS:
        return 0;
    default:
        return 1;
    }
}

static void hash_element(uint64_t* hash, const carve_view* v, size_t at) {
    if (v->type == CARVE_U64)
        hash_number(hash, ((const uint64_t*)v->data)[at]);
    else if (v->type == CARVE_U32)
        hash_number(hash, ((const uint32_t*)v->data)[at]);
    else
        hash_real(hash, v->type == CARVE_F32 ? (double)((const float*)v->data)[at]
                                             : ((const double*)v->data)[at]);
}

/* All elements in order but padding: lanes past n_replicas, and afferents past n_pre, which are the
 * lanes of sensitivities [replica][post][pre / 16][coefficient][pre % 16]. */
static void hash_view(uint64_t* hash, const carve_view* v, int each_lane, size_t n_replicas,
                      size_t n_pre) {
    const uint32_t last = v->ndim - 1;
    size_t i[5] = {0, 0, 0, 0, 0};
    for (;;) {
        size_t at = 0;
        for (uint32_t d = 0; d < v->ndim; ++d)
            at += i[d] * v->stride[d];
        if (n_pre ? i[2] * CARVE_AFFERENTS + i[4] < n_pre
                  : !each_lane || i[0] * v->shape[last] + i[last] < n_replicas)
            hash_element(hash, v, at);
        uint32_t d = last;
        while (++i[d] == v->shape[d]) {
            i[d] = 0;
            if (d-- == 0)
                return;
        }
    }
}

static void hash_views(const network* n, carve_sim* sim, prints* out) {
    for (uint32_t which = 0; which <= CARVE_VIEW_WEIGHT_TRAJECTORY; ++which)
        for (uint32_t index = 0; index < MAX_PARTS; ++index) {
            carve_view v;
            if (carve_sim_view(sim, which, index, &v, NULL) != CARVE_OK)
                continue;
            const int sensitivities = which == CARVE_VIEW_SENSITIVITIES;
            const int afferents = sensitivities && n->model.layout == CARVE_LAYOUT_AFFERENTS;
            uint64_t* hash = sensitivities ? &out->gradients : &out->views;
            hash_number(hash, which * MAX_PARTS + index);
            hash_view(hash, &v, is_of_each_lane(n, which, index), n->model.n_replicas,
                      afferents ? n->populations[n->projections[index].pre].n_units : 0);
        }
}

/* ---- Losses --------------------------------------------------------------------------------- */

/* Any numbers; orthonormal rows for the subspace, a symmetric matrix for the second moments. */
static void make_target(const network* n, uint32_t index, carve_loss* loss) {
    const carve_projection* p = &n->projections[loss->projection];
    const uint32_t n_pre = n->populations[p->pre].n_units;
    const uint32_t n_post = n->populations[p->post].n_units;
    double* target = targets[index];
    if (loss->kind == CARVE_LOSS_RATE || loss->kind == CARVE_LOSS_TUNING)
        return;
    loss->target = target;
    for (uint32_t i = 0; i < (loss->kind == CARVE_LOSS_DECORRELATION ? n_pre : n_post); ++i)
        for (uint32_t j = 0; j < n_pre; ++j) {
            double* t = &target[i * n_pre + j];
            if (loss->kind == CARVE_LOSS_SUBSPACE)
                *t = i == j;
            else if (loss->kind == CARVE_LOSS_DECORRELATION)
                *t = i == j ? 1 : j > i ? 0.25 * draw() : target[j * n_pre + i];
            else
                *t = draw();
        }
}

static void hash_values(uint64_t* hash, carve_status status, const double* x, size_t count) {
    hash_number(hash, (uint64_t)status);
    if (status == CARVE_OK)
        hash_reals(hash, x, count);
}

/* By the sweep back: what `derivatives` holds, dL/dw, becomes dL/dtheta. */
static void hash_adjoint(carve_sim* sim, const carve_step* step, const carve_loss* loss,
                         size_t n_derivatives, uint64_t* hash) {
    const double* slopes[MAX_PARTS] = {NULL};
    slopes[loss->projection] = derivatives;
    const carve_status status = carve_sim_adjoint(sim, step, slopes, values, NULL);
    hash_values(hash, status, values, n_derivatives);
}

static void hash_loss(const network* n, carve_sim* sim, const carve_step* step,
                      const carve_loss* loss, uint32_t n_coefficients, prints* out) {
    const size_t lanes = n->model.n_replicas, n_derivatives = n_coefficients * lanes;
    const carve_projection* p = &n->projections[loss->projection];
    const size_t n_weights =
        (size_t)n->populations[p->pre].n_units * n->populations[p->post].n_units * lanes;
    carve_status status = carve_sim_loss(sim, loss, values, NULL, NULL);
    hash_values(&out->losses, status, values, lanes);
    status = carve_sim_loss(sim, loss, values, derivatives, NULL);
    hash_values(&out->gradients, status, derivatives, n_derivatives);
    size_t n_residuals = 0;
    status = carve_sim_residuals(sim, loss, &n_residuals, values, NULL, NULL);
    hash_values(&out->losses, status, values, n_residuals * lanes);
    if (n_residuals * n_derivatives <= MAX_VALUES) {
        status = carve_sim_residuals(sim, loss, &n_residuals, NULL, derivatives, NULL);
        hash_values(&out->gradients, status, derivatives, n_residuals * n_derivatives);
    }
    status = carve_sim_loss_slopes(sim, loss, values, derivatives, NULL);
    hash_values(&out->losses, status, derivatives, n_weights);
    if (status == CARVE_OK && n->model.gradient == CARVE_GRADIENT_ADJOINT)
        hash_adjoint(sim, step, loss, n_derivatives, &out->gradients);
    if (status == CARVE_OK && n->model.gradient == CARVE_GRADIENT_FORWARD) {
        status = carve_sim_chain(sim, loss->projection, derivatives, values, NULL);
        hash_values(&out->gradients, status, values, n_derivatives);
    }
}

/* Where initial weights are free: by the first coefficient, and the first entry of the matrix. */
static void hash_eliminated(const network* n, carve_sim* sim, size_t n_coefficients, prints* out) {
    const size_t lanes = n->model.n_replicas;
    for (uint32_t i = 0; i < n->model.n_populations; ++i)
        if (n_coefficients * n_coefficients * lanes <= MAX_VALUES &&
            carve_sim_eliminate(sim, i, 0.5, NULL, NULL, values, derivatives, NULL, NULL) ==
                CARVE_OK) {
            hash_reals(&out->gradients, values, lanes);
            hash_reals(&out->gradients, derivatives, lanes);
        }
}

/* ---- A run ---------------------------------------------------------------------------------- */

const char* run_network(network* n, prints* out) {
    static carve_fault fault;
    carve_sim* sim = NULL;
    size_t bytes = 0;
    if (carve_sim_required_bytes(&n->model, &bytes, &fault) != CARVE_OK)
        return fault.where;
    if (bytes > sizeof memory)
        return "the network does not fit";
    if (carve_sim_init(memory, sizeof memory, &n->model, &sim, NULL) != CARVE_OK)
        return "carve_sim_init failed";
    carve_sim_info info = {0};
    info.struct_size = sizeof info;
    if (carve_sim_get_info(sim, &info, NULL) != CARVE_OK ||
        carve_sim_reset(sim, SEED, NULL, NULL) != CARVE_OK)
        return "carve_sim_reset failed";
    restart_draws();
    set_arrays(n, sim);
    carve_step step;
    (void)carve_step_init(&step, sizeof step);
    const char* error = make_inputs(n, info.lanes_per_block, &step);
    if (error)
        return error;
    out->views = out->losses = out->gradients = HASH_START;
    out->bytes = bytes;
    for (uint64_t call = 0; call < n->n_calls; ++call) {
        if (carve_sim_step(sim, &step, &fault) != CARVE_OK)
            return fault.where;
        (void)carve_sim_get_info(sim, &info, NULL);
        hash_number(&out->views, info.n_frozen);
    }
    if (info.n_frozen == n->model.n_replicas)
        return "all lanes are frozen: nothing is compared";
    hash_views(n, sim, out);
    hash_eliminated(n, sim, info.n_coefficients, out);
    for (uint32_t i = 0; i < n->n_losses; ++i) {
        make_target(n, i, &n->losses[i]);
        hash_loss(n, sim, &step, &n->losses[i], info.n_coefficients, out);
    }
    return NULL;
}

uint64_t print_random(void) {
    uint64_t hash = HASH_START;
    (void)carve_random_uniform(SEED, 1, 3, values, 999);
    hash_reals(&hash, values, 999);
    (void)carve_random_normal(SEED, 1, 3, values, 999);
    hash_reals(&hash, values, 999);
    return hash;
}
