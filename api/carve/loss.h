/* carve/loss.h: what a sim has become, and derivatives of that. Include carve.h. */
#ifndef CARVE_LOSS_H
#define CARVE_LOSS_H

#include "sim.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /* Mean over rows of min over s = +-1 of |w_i - s target_i|. */
    CARVE_LOSS_DISTANCE = 0,
    /* The same of the squared norm. */
    CARVE_LOSS_DISTANCE_SQUARED = 1,
    /* 1 - tr(P_W P_T) / n_post: distance of the row spaces; target rows orthonormal, n_post <= 16. */
    CARVE_LOSS_SUBSPACE = 2,
    /* Mean over i < k of (a_i . C a_k)^2, a the effective weights: with the lateral projection of the
     * postsynaptic population, which must be linear and without memory (M38, M39); target: C, the inputs' second moments, symmetric;
     * feedforward projections only, 2 <= n_post <= 16. */
    CARVE_LOSS_DECORRELATION = 3,
    /* Mean over the window of (rate - target)^2 / (rate + offset) of neurons with
     * CARVE_PROBE_RATE (M16). */
    CARVE_LOSS_RATE = 4,
    /* 1 - correlation over groups of what two projections with
     * CARVE_PROBE_TRANSMITTED transmitted, mean over
     * postsynaptic units (M17); value only. */
    CARVE_LOSS_TUNING = 5
};

/* An objective on the weights [post][pre] of one projection (M10), or on what a spiking population
 * did in its window. */
typedef struct carve_loss {
    uint32_t struct_size;   /* sizeof(carve_loss); set by carve_loss_init */
    uint32_t kind;          /* CARVE_LOSS_DISTANCE (default), ... */
    uint32_t projection;    /* default 0 */
    uint32_t target_shared; /* 1 (default): target is [post][pre] (decorrelation: [pre][pre]);
                             * 0: [post][pre][n_replicas] */
    const double* target;   /* in double whatever the precision; not of _RATE and _TUNING */
    uint32_t population;    /* of CARVE_LOSS_RATE, default 0 */
    uint32_t other;         /* of CARVE_LOSS_TUNING: the second projection, with the same
                             * postsynaptic population and number of groups; default 0 */
} carve_loss;
CARVE_API carve_status carve_loss_init(carve_loss* loss, size_t size);

/* Per lane: value [n_replicas], and unless null gradient [n_coefficients][n_replicas], dL/dtheta. Frozen
 * lanes get NaN; so does a lane whose weights are not finite. The sign s is held fixed in the
 * gradient. CARVE_E_NULL, CARVE_E_VERSION, CARVE_E_RANGE, CARVE_E_UNAVAILABLE (gradient without
 * sensitivities; a population that is not linear). A reader. */
CARVE_API carve_status carve_sim_loss(const carve_sim* sim, const carve_loss* loss, double* value,
                                      double* gradient, carve_fault* fault);

/* Per lane: value [n_replicas], and dloss_dw [post][pre][n_replicas], dL/dw of the loss's projection (not
 * of the lateral one that _DECORRELATION depends on, too). As carve_sim_loss otherwise, but needs
 * no sensitivities. A reader. CARVE_E_UNAVAILABLE for _RATE and _TUNING, which are no functions of weights. */
CARVE_API carve_status carve_sim_loss_slopes(const carve_sim* sim, const carve_loss* loss,
                                             double* value, double* dloss_dw, carve_fault* fault);

/* The residuals r whose squares make up the loss: CARVE_LOSS_DISTANCE and _SQUARED: w - s target,
 * n = n_post * n_pre, loss = mean over rows of |r_i| or |r_i|^2; _SUBSPACE, _RATE
 * and _TUNING: n = 1, r = sqrt(loss);
 * _DECORRELATION: a_i . C a_k of the pairs (0, 1), (0, 2), ..., (1, 2), ..., loss = mean of
 * squares. *n receives n; residuals [n][n_replicas] and jacobian [n][n_coefficients][n_replicas] may be
 * null. A reader. Errors as carve_sim_loss. */
CARVE_API carve_status carve_sim_residuals(const carve_sim* sim, const carve_loss* loss, size_t* n,
                                           double* residuals, double* jacobian, carve_fault* fault);

/* Any other loss: dloss_dw [post][pre][n_replicas] of one plastic projection in, dL/dtheta
 * [n_coefficients][n_replicas] out (M8). A reader. CARVE_E_NULL, CARVE_E_RANGE, CARVE_E_UNAVAILABLE. */
CARVE_API carve_status carve_sim_chain(const carve_sim* sim, uint32_t projection,
                                       const double* dloss_dw, double* gradient,
                                       carve_fault* fault);

/* The loss of the probes of a rate population onto which initial weights are free (CARVE_INITIAL_FREE, M24), and of
 * the probes of weights onto this population, as a function of the coefficients alone: the free initial weights of
 * each unit are those that are best for the coefficients.
 * K: coefficients of all rules; N: columns behind them, n_coefficients - K. value [n_replicas], the loss of all
 * units as it stands; gradient [K][n_replicas]; matrix [K][K][n_replicas]; dw [unit][N][n_replicas]: the step from
 * the initial weights to the best ones, when the coefficients take the step dtheta [K][n_replicas] (null: none).
 * Each of the four may be null. precision: 1 / sd^2 of a Gaussian prior of the initial weights around those
 * that this run began with, >= 0, which adds nothing to value; with 0 what the observations say nothing about stays as it was. NaN of replicas that are
 * frozen, and of those whose sums have overflowed. Columns of dw that belong to another population are 0.
 * dtheta is read only if dw is not null, and overlaps none of the results. Alone: it writes scratch. CARVE_E_NULL, CARVE_E_RANGE,
 * CARVE_E_UNAVAILABLE (nothing is free there). */
CARVE_API carve_status carve_sim_eliminate(carve_sim* sim, uint32_t population, double precision,
                                           const double* dtheta, double* value, double* gradient,
                                           double* matrix, double* dw, carve_fault* fault);

/* The same as carve_sim_chain for a sim with CARVE_GRADIENT_ADJOINT, by a sweep back through all its steps (M11): a
 * loss of the last weights. dloss_dw [n_projections]: null, or dL/dw [post][pre][n_replicas] of that
 * plastic projection; gradient [n_coefficients][n_replicas]. steps: as for one carve_sim_step of all
 * the steps since the reset, with the values that these saw; generated ones are generated again.
 * Since the first step coefficients, means, factors, learning rates and bounds must not have been
 * changed, nor weights been written or cleared. Frozen lanes get NaN. Afterwards the sim is what it
 * was before. Alone.
 * CARVE_E_NULL, CARVE_E_VERSION, CARVE_E_RANGE (as carve_sim_step, and n_steps is not the number of
 * steps since the reset), CARVE_E_UNAVAILABLE (another gradient; plastic 0). Cost, per synapse, sample and
 * step: about 74 flops, whatever n_coefficients. */
CARVE_API carve_status carve_sim_adjoint(carve_sim* sim, const carve_step* steps,
                                         const double* const* dloss_dw, double* gradient,
                                         carve_fault* fault);

#ifdef __cplusplus
}
#endif
#endif
