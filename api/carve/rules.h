/* carve/rules.h: plasticity rules, and how projections use them. Include carve.h. */
#ifndef CARVE_RULES_H
#define CARVE_RULES_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {                       /* when a term changes the weight */
       CARVE_EVENT_STEP = 0, /* in every step, for rates: dw = eta * mean over the batch of
                              * sum theta x^pre y^post w^weight r^modulator (M3, M35), powers 0 .. 3,
                              * of r 0 .. 2, times powers of means and of a sum (M41) */
       CARVE_EVENT_PRE = 1,  /* at a presynaptic spike: dw = eta sum theta y^post r^pre2 w^weight,
                              * times powers 0 .. 2 of the third factor (M47) and of a
                              * sum of weights (M50) */
       CARVE_EVENT_POST = 2  /* at a postsynaptic spike: dw = eta sum theta x^pre o^post2 w^weight
                              * (M15), likewise; powers of traces 0 .. 1, of the weight 0 .. 2 */
};

/* A term of a polynomial rule: a product of powers. w is the weight. In every step x and y are
 * the pre- and postsynaptic rates, and r is the third factor: the modulator of the projection's
 * plasticity (M35). There may be more factors: exponential means of x, y and y^2 over the steps
 * before, and the sum of all weights onto the postsynaptic unit by this projection (M41). At spikes x and r are traces of the presynaptic unit, y and o of the
 * postsynaptic one; r and o, for triplets, are those before the spike itself. The third factor is
 * the power `modulator` there, too, and the sum of weights that of `weight_sum`. */
typedef struct carve_term {
    uint8_t event;                            /* CARVE_EVENT_STEP ... CARVE_EVENT_POST */
    uint8_t pre, post;                        /* powers of x and y */
    uint8_t pre2, post2;                      /* powers of r and o */
    uint8_t weight;                           /* power of w */
    uint8_t modulator;                        /* power of the third factor, 0 .. 2 */
    uint8_t pre_mean, post_mean, post_square; /* of the means of x, y and y^2, 0 .. 3 */
    uint8_t weight_sum;                       /* of the sum of weights, 0 .. 3, at spikes 0 .. 2 */
    uint8_t reserved[5];                      /* 0 */
} carve_term;

enum { CARVE_TRACE_JUMP_ONE = 0, CARVE_TRACE_JUMP_INVERSE_TAU = 1 };   /* trace_jump */
enum { CARVE_COINCIDENCE_PRE_FIRST = 0, CARVE_COINCIDENCE_BLIND = 1 }; /* coincidence */

/* A sum of terms. Its coefficients theta are, in this order: the natural logarithms of the time constants,
 * at spikes (in s) of those of the traces x, y, r, o that a term reads, and of the eligibility trace, in every step (in steps) of those
 * of the means of x, y and y^2 that a term reads, and of the eligibility trace; then one for each
 * term. */
typedef struct carve_polynomial {
    uint32_t struct_size; /* sizeof(carve_polynomial); set by carve_polynomial_init */
    uint32_t n_terms; /* 1 .. 192, or 0 (default): the 27 of rates with powers 0 .. 2 each of x, y
                           * and w */
    uint32_t trace_jump;  /* of spikes: what a spike adds to its traces: 1 (CARVE_TRACE_JUMP_ONE,
                           * default) or 1 / tau (CARVE_TRACE_JUMP_INVERSE_TAU) */
    uint32_t coincidence; /* of spikes: whether a postsynaptic spike sees the presynaptic ones that
                           * arrived in its step: CARVE_COINCIDENCE_PRE_FIRST (default), or not:
                           * CARVE_COINCIDENCE_BLIND */
    const carve_term*
        terms; /* [n_terms], null if that is 0: all of rates or all of spikes, each once,
                              * in increasing order of (event, modulator, pre, post, pre2, post2,
                              * weight, pre_mean, post_mean, post_square, weight_sum) */
    uint32_t
        eligibility;   /* 1: the terms drive an eligibility trace of the synapse, and dw of a step
                           * is eta times the trace times r^d, where d, the power of the third
                           * factor, is the same in all terms (M42, at spikes M48); 0 (default): dw
                           * is their sum */
    uint32_t reserved; /* 0 */
} carve_polynomial;

/* Writes the terms of rates with powers up to those given, 0 .. 3 each, in the order of a rule, and
 * returns how many there are. terms [capacity] may be null; no more than capacity are written. */
CARVE_API uint32_t carve_terms_up_to(uint32_t pre, uint32_t post, uint32_t weight,
                                     carve_term* terms, uint32_t capacity);

enum { /* what the sum of a rule may depend on: bits of carve_mlp.inputs */
       CARVE_FACTOR_PRE = 1,
       CARVE_FACTOR_POST = 2,
       CARVE_FACTOR_WEIGHT = 4,
       CARVE_FACTOR_MODULATOR = 8,
       CARVE_FACTOR_PRE_MEAN = 16,
       CARVE_FACTOR_POST_MEAN = 32,
       CARVE_FACTOR_POST_SQUARE = 64,
       CARVE_FACTOR_WEIGHT_SUM = 128,
       CARVE_FACTOR_VOLTAGE = 256, /* the next ones at spikes alone: as CARVE_PRODUCT_... */
       CARVE_FACTOR_EXCITATORY = 512,
       CARVE_FACTOR_INHIBITORY = 1024
};

/* Of rates: dw = eta G, G a network of one hidden layer: G = c + sum over h of v_h f(b_h + sum over i of
 * u_hi z_i), z the inputs in the order of their bits (M43). Its coefficients theta are, in this order:
 * the natural logarithms of the time constants (in steps) of the means among the inputs; u
 * [n_hidden][input]; b [n_hidden]; v [n_hidden]; c.
 *
 * For rules at spikes (at_spikes): at a presynaptic spike eta G_pre, at a postsynaptic one eta G_post, of the same hidden
 * units, G = c + sum over k of v_k f(b'_k + sum over h of u'_kh f(b_h + sum over i of u_hi z_i)), or without the second
 * layer as above (M51). z are, in the order of their bits, the trace of the presynaptic unit (_PRE: r at its own
 * spikes, x at postsynaptic ones), that of the postsynaptic one (_POST: o at its own spikes, y at presynaptic
 * ones), the weight, and V, E and I of the postsynaptic neuron, which only CARVE_POPULATION_CVAIF has. theta: u; b;
 * u' [n_second][n_hidden]; b' [n_second]; v and c at presynaptic spikes; v and c at postsynaptic ones. No gradient. */
typedef struct carve_mlp {
    uint32_t struct_size; /* sizeof(carve_mlp); set by carve_mlp_init */
    uint32_t n_hidden;    /* 1 .. 64, default 10 */
    uint32_t inputs;      /* bits CARVE_FACTOR_..., at least one; default _PRE, _POST and _WEIGHT */
    uint32_t activation;  /* f: CARVE_ACTIVATION_TANH (default), _RELU or _SIGMOID */
    /* Only for rules at spikes; otherwise as by default. */
    uint32_t at_spikes; /* 1: at spikes; 0 (default): in every step, between rates */
    uint32_t n_second;  /* units of a second hidden layer, 1 .. 64, or 0 (default): there is none */
    uint32_t coincidence;       /* as of carve_product */
    uint32_t reserved;          /* 0 */
    double tau_pre, tau_post;   /* time constants of x and y, s, above 0, default 0.01 */
    double tau_pre2, tau_post2; /* of r and o, s, above 0, default 0.1 */
} carve_mlp;

enum { /* factors of the postsynaptic neuron's state: bits of carve_product.factors */
       CARVE_PRODUCT_VOLTAGE = 1,    /* its filtered voltage V */
       CARVE_PRODUCT_EXCITATORY = 2, /* its filtered excitatory current E */
       CARVE_PRODUCT_INHIBITORY = 4  /* its filtered inhibitory current I */
};

/* For rules at spikes: dw = eta times a product of factors (M22), in the form of 21 coefficients of Confavreux et al.
 * (SpikES). V, E and I are those of the postsynaptic neuron (CARVE_VIEW_NEURON_STATE), which only
 * CARVE_POPULATION_CVAIF has; x and r are traces of the presynaptic unit, y and o of the postsynaptic one,
 * raised by 1 at its spikes. V, E and I are multiplied by 15 first, traces by 2:
 *
 *     presynaptic:  c0  (1 + c1  + c2  w + c3  w^2) (1 + c4  V) (1 + c5  E + c6  E^2) (1 + c7  I)
 *                       (1 + c8 r) (1 + c9 y)
 *     postsynaptic: c10 (1 + c11 + c12 w + c13 w^2) (1 + c14 V) (1 + c15 E + c16 E^2) (1 + c17 I)
 *                       (1 + c18 x) (1 + c19 o + c20 o^3)
 *
 * Its coefficients theta are c0 to c20 in this order, without those of factors that it does not have. No
 * gradient. */
typedef struct carve_product {
    uint32_t struct_size; /* sizeof(carve_product); set by carve_product_init */
    uint32_t factors;     /* bits CARVE_PRODUCT_..., by default all; 0: none, for neurons of
                           * any kind */
    uint32_t coincidence; /* as of carve_polynomial, but CARVE_COINCIDENCE_BLIND is the default */
    uint32_t released; /* 1: the factor of w at a postsynaptic spike is that of the released code,
                           * 1 + c11 + c12 c13 w^2; 0 (default): as above */
    double tau_pre, tau_post;   /* time constants of x and y, s, above 0, default 0.02 */
    double tau_pre2, tau_post2; /* of r and o, s, above 0, default 0.1 */
} carve_product;

/* kind: the struct of parameters */
enum { CARVE_RULE_POLYNOMIAL = 0, CARVE_RULE_MLP = 1, CARVE_RULE_PRODUCT = 2 };

typedef struct carve_rule {
    uint32_t struct_size;   /* sizeof(carve_rule); set by carve_rule_init */
    uint32_t kind;          /* CARVE_RULE_POLYNOMIAL (default): carve_polynomial; _MLP: carve_mlp;
                             * _PRODUCT: carve_product */
    uint32_t shared;        /* 1 (default): all replicas have one theta; 0: each its own */
    uint32_t reserved;      /* 0 */
    const void* parameters; /* the struct of its kind, from its _init; null: its defaults */
} carve_rule;

enum {                                       /* what a rule reads as x_j of post unit i */
       CARVE_PRESYNAPTIC_RATE = 0,           /* the rate x_j */
       CARVE_PRESYNAPTIC_RESIDUAL_BELOW = 1, /* x_j - sum over k < i of w_kj y_k */
       CARVE_PRESYNAPTIC_RESIDUAL = 2        /* x_j - sum over all k of w_kj y_k */
};

enum { /* what is taken from a modulator's rate (M36) */
       CARVE_BASELINE_NONE = 0,
       CARVE_BASELINE_EXPONENTIAL =
           1,                    /* its running mean, of weight 1 / window for the newest step */
       CARVE_BASELINE_WINDOW = 2 /* its mean over the last `window` steps */
};

enum { CARVE_MAX_PLASTICITY = 4 }; /* most rules of a projection */

/* The use of a rule by a projection. It may have several: what they change a weight by adds up, all at the
 * weight before the step, or before the spike, and the bounds clip the sum (M45, M49). */
typedef struct carve_plasticity {
    uint32_t struct_size; /* sizeof(carve_plasticity); set by carve_plasticity_init */
    uint32_t rule;        /* index of the rule, default 0 */
    uint32_t presynaptic; /* CARVE_PRESYNAPTIC_RATE (default); residuals, which are of the weights
                           * before the update: of feedforward projections, no gradient, samples */
    uint32_t reserved;    /* 0 */
    double eta;           /* learning rate, finite, default 0.1 (CARVE_VIEW_ETA: of each replica) */
    /* One sample a step, form CARVE_FORM_SAMPLES, layout CARVE_LAYOUT_REPLICAS, no adjoint; at spikes
     * no gradient; (M35) to (M37), (M47). */
    uint32_t modulator; /* index of the population whose rate, a mean over its units, is the third
                            * factor r of the rule, in a spiking model an input or one that spikes,
                            * whose rate is filtered; CARVE_NO_POPULATION (default) if, and only if,
                            * the rule has none */
    uint32_t
        gate; /* index of a population, in a spiking model an input: in steps in which the rate of its first unit is 0
                            * or not a number the rule changes neither weights nor eligibility
                            * traces, nor their sensitivities; everything else continues; where the
                            * gates of all rules of a projection are closed weights are not clipped
                            * either; default CARVE_NO_POPULATION */
    uint32_t baseline; /* r is the rate (CARVE_BASELINE_NONE, default), or the rate minus its own
                            * mean over the steps before (_EXPONENTIAL, _WINDOW), which a closed gate
                            * does not stop */
    uint32_t window;   /* steps of that mean, 1 (default) .. 1024 */
    double baseline_start; /* its value before the first step, finite, default 0 */
    double modulator_tau; /* of a modulator that spikes: s, time constant of the filter that makes a
                            * rate of its spikes (M47), >= 1e-9, default 1 */
} carve_plasticity;

/* As carve_model_init. */
CARVE_API carve_status carve_polynomial_init(carve_polynomial* polynomial, size_t size);
CARVE_API carve_status carve_mlp_init(carve_mlp* mlp, size_t size);
CARVE_API carve_status carve_product_init(carve_product* product, size_t size);
CARVE_API carve_status carve_rule_init(carve_rule* rule, size_t size);
CARVE_API carve_status carve_plasticity_init(carve_plasticity* plasticity, size_t size);

#ifdef __cplusplus
}
#endif
#endif
