/* The header as a C99 compiler sees it: alone, without padding, and with the numbers that callers
 * have compiled in. What changes a line here breaks the ABI. Linked against the shared library. */
#include <carve.h>

#include <stdio.h>
#include <string.h>

#define CARVE_PINNED(name, expression) typedef char pinned_##name[(expression) ? 1 : -1]
CARVE_PINNED(abi, CARVE_ABI == 2);
CARVE_PINNED(status_size, sizeof(carve_status) == 4);
CARVE_PINNED(status, CARVE_OK == 0 && CARVE_E_NULL == 1 && CARVE_E_VERSION == 2 &&
                         CARVE_E_RANGE == 3 && CARVE_E_ALIGN == 4 && CARVE_E_SPACE == 5 &&
                         CARVE_E_ISA == 6 && CARVE_E_CORRUPT == 7 && CARVE_E_UNAVAILABLE == 8);
CARVE_PINNED(precision, CARVE_F32 == 0 && CARVE_F64 == 1 && CARVE_U64 == 2 && CARVE_U32 == 3 &&
                            CARVE_U16 == 5);
CARVE_PINNED(isa, CARVE_ISA_AUTO == 0 && CARVE_ISA_SOFTFMA == 1 && CARVE_ISA_SCALAR == 2 &&
                      CARVE_ISA_AVX2 == 3 && CARVE_ISA_AVX512 == 4 && CARVE_ISA_NEON == 5);
CARVE_PINNED(gradient, CARVE_GRADIENT_NONE == 0 && CARVE_GRADIENT_FORWARD == 1 &&
                           CARVE_GRADIENT_ADJOINT == 2);
CARVE_PINNED(form, CARVE_FORM_AUTO == 0 && CARVE_FORM_SAMPLES == 1 && CARVE_FORM_MOMENTS == 2);
CARVE_PINNED(lanes, CARVE_LAYOUT_REPLICAS == 0 && CARVE_LAYOUT_AFFERENTS == 1 &&
                        CARVE_LAYOUT_AUTO == 2 && CARVE_LAYOUT_TARGETS == 3 &&
                        CARVE_AFFERENTS == 16);
CARVE_PINNED(kind, CARVE_POPULATION_INPUT == 0 && CARVE_POPULATION_GAUSSIAN == 1 &&
                       CARVE_POPULATION_RATE == 2 && CARVE_POPULATION_POISSON == 3 &&
                       CARVE_POPULATION_LIF == 4 && CARVE_POPULATION_TIF == 5 &&
                       CARVE_POPULATION_IF == 6 && CARVE_POPULATION_CVAIF == 7 &&
                       CARVE_POPULATION_EIF == 8);
CARVE_PINNED(source,
             CARVE_SOURCE_CONSTANT == 0 && CARVE_SOURCE_SIGNAL == 1 && CARVE_SOURCE_STREAMED == 2);
CARVE_PINNED(receptor_kind, CARVE_RECEPTOR_CONDUCTANCE == 0 && CARVE_RECEPTOR_CURRENT == 1 &&
                                CARVE_RECEPTOR_FILTERED == 2 && CARVE_MAX_RECEPTORS == 4 &&
                                CARVE_MAX_PLASTICITY == 4);
CARVE_PINNED(state, CARVE_STATE_THRESHOLD == 0 && CARVE_STATE_ADAPTATION == 1 &&
                        CARVE_STATE_VOLTAGE == 2 && CARVE_STATE_EXCITATORY_CURRENT == 3 &&
                        CARVE_STATE_INHIBITORY_CURRENT == 4);
CARVE_PINNED(initial, CARVE_INITIAL_GIVEN == 0 && CARVE_INITIAL_FREE == 1);
CARVE_PINNED(receptor, CARVE_EXCITATORY == 0 && CARVE_INHIBITORY == 1);
CARVE_PINNED(coincidence, CARVE_COINCIDENCE_PRE_FIRST == 0 && CARVE_COINCIDENCE_BLIND == 1);
CARVE_PINNED(rule_kind,
             CARVE_RULE_POLYNOMIAL == 0 && CARVE_RULE_MLP == 1 && CARVE_RULE_PRODUCT == 2);
CARVE_PINNED(product_factor, CARVE_PRODUCT_VOLTAGE == 1 && CARVE_PRODUCT_EXCITATORY == 2 &&
                                 CARVE_PRODUCT_INHIBITORY == 4);
CARVE_PINNED(factor, CARVE_FACTOR_PRE == 1 && CARVE_FACTOR_POST == 2 && CARVE_FACTOR_WEIGHT == 4 &&
                         CARVE_FACTOR_MODULATOR == 8 && CARVE_FACTOR_PRE_MEAN == 16 &&
                         CARVE_FACTOR_POST_MEAN == 32 && CARVE_FACTOR_POST_SQUARE == 64 &&
                         CARVE_FACTOR_WEIGHT_SUM == 128 && CARVE_FACTOR_VOLTAGE == 256 &&
                         CARVE_FACTOR_EXCITATORY == 512 && CARVE_FACTOR_INHIBITORY == 1024);
CARVE_PINNED(event, CARVE_EVENT_STEP == 0 && CARVE_EVENT_PRE == 1 && CARVE_EVENT_POST == 2);
CARVE_PINNED(weights, CARVE_WEIGHTS_NORMAL == 0 && CARVE_WEIGHTS_UNIFORM == 1 &&
                          CARVE_WEIGHTS_LOG_UNIFORM == 2);
CARVE_PINNED(random_id, CARVE_ID_OF_INDEX == 0xFFFFFFFFu);
CARVE_PINNED(trace_jump, CARVE_TRACE_JUMP_ONE == 0 && CARVE_TRACE_JUMP_INVERSE_TAU == 1);
CARVE_PINNED(activation, CARVE_ACTIVATION_LINEAR == 0 && CARVE_ACTIVATION_RELU == 1 &&
                             CARVE_ACTIVATION_TANH == 2 && CARVE_ACTIVATION_SIGMOID == 3);
CARVE_PINNED(connectivity, CARVE_CONNECT_ALL == 0 && CARVE_CONNECT_LOWER == 1 &&
                               CARVE_CONNECT_IN_DEGREE == 2 && CARVE_CONNECT_LIST == 3);
CARVE_PINNED(inference, CARVE_INFERENCE_SEQUENTIAL == 0 && CARVE_INFERENCE_SWEEPS == 1 &&
                            CARVE_INFERENCE_SOLVE == 2);
CARVE_PINNED(mask_from, CARVE_MASK_FROM_START == 0 && CARVE_MASK_FROM_FIRST_UPDATE == 1);
CARVE_PINNED(presynaptic, CARVE_PRESYNAPTIC_RATE == 0 && CARVE_PRESYNAPTIC_RESIDUAL_BELOW == 1 &&
                              CARVE_PRESYNAPTIC_RESIDUAL == 2);
CARVE_PINNED(view, CARVE_VIEW_WEIGHTS == 0 && CARVE_VIEW_SENSITIVITIES == 1 &&
                       CARVE_VIEW_THETA == 2 && CARVE_VIEW_RATES == 3 && CARVE_VIEW_MEAN == 4 &&
                       CARVE_VIEW_FACTOR == 5 && CARVE_VIEW_FROZEN == 6 && CARVE_VIEW_STREAMS == 7);
CARVE_PINNED(spiking_view,
             CARVE_VIEW_GROUPS == 8 && CARVE_VIEW_WINDOW == 9 && CARVE_VIEW_VOLTAGES == 10 &&
                 CARVE_VIEW_CONDUCTANCES == 11 && CARVE_VIEW_SPIKE_COUNTS == 12 &&
                 CARVE_VIEW_FILTERED_RATE == 13 && CARVE_VIEW_PRE_TRACES == 14 &&
                 CARVE_VIEW_POST_TRACES == 15 && CARVE_VIEW_LAST_SPIKES == 16 &&
                 CARVE_VIEW_TRANSMITTED == 17 && CARVE_VIEW_NEURON_STATE == 18 &&
                 CARVE_VIEW_ROW_START == 19 && CARVE_VIEW_PRE_UNITS == 20 && CARVE_VIEW_ETA == 21 &&
                 CARVE_VIEW_BOUNDS == 22 && CARVE_VIEW_GAIN == 23 && CARVE_VIEW_BASELINE == 24 &&
                 CARVE_VIEW_DRIVE == 25 && CARVE_VIEW_DRIVE_SENSITIVITIES == 26 &&
                 CARVE_VIEW_PAST_RATES == 27 && CARVE_VIEW_TRAJECTORY == 28 &&
                 CARVE_VIEW_ELIGIBILITY == 29 && CARVE_VIEW_ELIGIBILITY_SENSITIVITIES == 30 &&
                 CARVE_VIEW_MODULATOR_RATE == 31 && CARVE_VIEW_WEIGHT_TRAJECTORY == 32 &&
                 CARVE_VIEW_COLUMN_START == 33 && CARVE_VIEW_POST_UNITS == 34 &&
                 CARVE_VIEW_TRACE_SCALES == 35 && CARVE_VIEW_CONDUCTANCE_SCALES == 36);
CARVE_PINNED(loss, CARVE_LOSS_DISTANCE == 0 && CARVE_LOSS_DISTANCE_SQUARED == 1 &&
                       CARVE_LOSS_SUBSPACE == 2 && CARVE_LOSS_DECORRELATION == 3 &&
                       CARVE_LOSS_RATE == 4 && CARVE_LOSS_TUNING == 5);
CARVE_PINNED(alignment, CARVE_ALIGNMENT == 64);
/* On 32-bit machines pointers and size_t are smaller, and so are the structs that hold them. */
CARVE_PINNED(population_size, sizeof(void*) != 8 || sizeof(carve_population) == 24);
CARVE_PINNED(input_size, sizeof(carve_input) == 16);
CARVE_PINNED(gaussian_size, sizeof(carve_gaussian) == 16);
CARVE_PINNED(rate_size, sizeof(carve_rate) == 16);
CARVE_PINNED(poisson_size, sizeof(carve_poisson) == 48);
CARVE_PINNED(receptor_size, sizeof(carve_receptor) == 64);
CARVE_PINNED(lif_size, sizeof(void*) != 8 || sizeof(carve_lif) == 64);
CARVE_PINNED(tif_size, sizeof(void*) != 8 || sizeof(carve_tif) == 64);
CARVE_PINNED(if_size, sizeof(void*) != 8 || sizeof(carve_if) == 96);
CARVE_PINNED(cvaif_size, sizeof(void*) != 8 || sizeof(carve_cvaif) == 144);
CARVE_PINNED(eif_size, sizeof(void*) != 8 || sizeof(carve_eif) == 80);
CARVE_PINNED(distribution_size, sizeof(carve_distribution) == 24);
CARVE_PINNED(projection_size, sizeof(void*) != 8 || sizeof(carve_projection) == 112);
CARVE_PINNED(in_degree_size, sizeof(carve_in_degree) == 8);
CARVE_PINNED(csr_size, sizeof(void*) != 8 || sizeof(carve_csr) == 24);
CARVE_PINNED(plasticity_size, sizeof(carve_plasticity) == 56);
CARVE_PINNED(term_size, sizeof(carve_term) == 16);
CARVE_PINNED(polynomial_size, sizeof(void*) != 8 || sizeof(carve_polynomial) == 32);
CARVE_PINNED(mlp_size, sizeof(carve_mlp) == 64);
CARVE_PINNED(product_size, sizeof(carve_product) == 48);
CARVE_PINNED(probe_size, sizeof(void*) != 8 || sizeof(carve_probe) == 24);
CARVE_PINNED(rate_probe_size, sizeof(carve_rate_probe) == 56);
CARVE_PINNED(trajectory_probe_size, sizeof(carve_trajectory_probe) == 32);
CARVE_PINNED(likelihood, CARVE_LIKELIHOOD_GAUSSIAN == 0 && CARVE_LIKELIHOOD_BERNOULLI == 1 &&
                             CARVE_LIKELIHOOD_POISSON == 2 && CARVE_LIKELIHOOD_CATEGORICAL == 3);
CARVE_PINNED(sums, CARVE_SUMS_OF_LOSS == 0 && CARVE_SUMS_OF_UNITS == 1);
CARVE_PINNED(probe, CARVE_PROBE_RATE == 0 && CARVE_PROBE_TRANSMITTED == 1 &&
                        CARVE_PROBE_TRAJECTORY == 2 && CARVE_PROBE_WEIGHTS == 3);
CARVE_PINNED(rule_size, sizeof(void*) != 8 || sizeof(carve_rule) == 24);
CARVE_PINNED(model_size, sizeof(void*) != 8 || sizeof(carve_model) == 120);
CARVE_PINNED(view_size, sizeof(void*) != 8 || sizeof(carve_view) == 96);
CARVE_PINNED(info_size, sizeof(carve_sim_info) == 56);
CARVE_PINNED(loss_size, sizeof(void*) != 8 || sizeof(carve_loss) == 32);
CARVE_PINNED(spike_size, sizeof(carve_spike) == 24);
CARVE_PINNED(stream_size, sizeof(void*) != 8 || sizeof(carve_stream) == 24);
CARVE_PINNED(step_size, sizeof(void*) != 8 || sizeof(carve_step) == 48);
CARVE_PINNED(fault_size, sizeof(carve_fault) == 384);
CARVE_PINNED(stream, CARVE_SPIKES == 4 && CARVE_STREAM_BLOCKS == 0 && CARVE_STEP_WHOLE == 0);
CARVE_PINNED(part, CARVE_PART_ACTIVITY == 1 && CARVE_PART_TRACES == 2 && CARVE_PART_WEIGHTS == 4 &&
                       CARVE_PART_MEASURES == 8);
CARVE_PINNED(recorder_size, sizeof(void*) != 8 || sizeof(carve_recorder) == 48);

size_t carve_header_cpp17(void); /* the same header in C++ agrees on the sizes */

static int failures = 0;

static void check(int passed, const char* what) {
    if (passed)
        return;
    fprintf(stderr, "failed: %s\n", what);
    ++failures;
}

static void check_taken(carve_status (*init)(void*, size_t), size_t size) {
    unsigned char object[256];
    uint32_t struct_size;
    memset(object, 0xAA, sizeof object);
    check(init(object, size) == CARVE_OK, "the caller's size is accepted");
    memcpy(&struct_size, object, sizeof struct_size);
    check(struct_size == size, "struct_size is set");
    check(object[size] == 0xAA, "nothing is written past the caller's struct");
}
/* Every struct with an init function, of the caller's size: that of its first version, or ours. */
static void check_grown(carve_status (*init)(void*, size_t), size_t first, size_t size,
                        const char* name) {
    unsigned char object[256];
    memset(object, 0xAA, sizeof object);
    fprintf(stderr, "%s\n", name);
    check(init(NULL, size) == CARVE_E_NULL, "null is refused");
    check(init(object, first - 1) == CARVE_E_VERSION, "shorter than the first version is refused");
    check(init(object, size + 8) == CARVE_E_VERSION, "longer than the library's is refused");
    check(object[0] == 0xAA && object[size - 1] == 0xAA, "a refused struct is left alone");
    check_taken(init, first);
    check_taken(init, size);
}
static void check_init(carve_status (*init)(void*, size_t), size_t size, const char* name) {
    check_grown(init, size, size, name);
}

static carve_status model_init(void* p, size_t n) { return carve_model_init(p, n); }
static carve_status population_init(void* p, size_t n) { return carve_population_init(p, n); }
static carve_status input_init(void* p, size_t n) { return carve_input_init(p, n); }
static carve_status gaussian_init(void* p, size_t n) { return carve_gaussian_init(p, n); }
static carve_status rate_init(void* p, size_t n) { return carve_rate_init(p, n); }
static carve_status poisson_init(void* p, size_t n) { return carve_poisson_init(p, n); }
static carve_status lif_init(void* p, size_t n) { return carve_lif_init(p, n); }
static carve_status tif_init(void* p, size_t n) { return carve_tif_init(p, n); }
static carve_status if_init(void* p, size_t n) { return carve_if_init(p, n); }
static carve_status cvaif_init(void* p, size_t n) { return carve_cvaif_init(p, n); }
static carve_status eif_init(void* p, size_t n) { return carve_eif_init(p, n); }
static carve_status plasticity_init(void* p, size_t n) { return carve_plasticity_init(p, n); }
static carve_status polynomial_init(void* p, size_t n) { return carve_polynomial_init(p, n); }
static carve_status mlp_init(void* p, size_t n) { return carve_mlp_init(p, n); }
static carve_status product_init(void* p, size_t n) { return carve_product_init(p, n); }
static carve_status projection_init(void* p, size_t n) { return carve_projection_init(p, n); }
static carve_status in_degree_init(void* p, size_t n) { return carve_in_degree_init(p, n); }
static carve_status csr_init(void* p, size_t n) { return carve_csr_init(p, n); }
static carve_status rule_init(void* p, size_t n) { return carve_rule_init(p, n); }
static carve_status loss_init(void* p, size_t n) { return carve_loss_init(p, n); }

static void check_texts(void) {
#define CARVE_X(name, value, text)                                                                 \
    check(strcmp(carve_status_string(name), text) == 0, "text of " #name);
    CARVE_STATUS_LIST(CARVE_X)
#undef CARVE_X
    check(carve_status_string(-1) != NULL, "text of an unknown status");
    check(strcmp(carve_isa_name(CARVE_ISA_SOFTFMA), "softfma") == 0, "name of softfma");
    check(strcmp(carve_isa_name(CARVE_ISA_SCALAR), "scalar") == 0, "name of scalar");
    check(strcmp(carve_isa_name(CARVE_ISA_AVX2), "avx2") == 0, "name of avx2");
    check(strcmp(carve_isa_name(CARVE_ISA_AVX512), "avx512") == 0, "name of avx512");
    check(strcmp(carve_isa_name(CARVE_ISA_NEON), "neon") == 0, "name of neon");
    check(strcmp(carve_isa_name(1000), "unknown") == 0, "name of an unknown instruction set");
    check(carve_isa_usable(CARVE_ISA_SOFTFMA) == carve_isa_compiled(CARVE_ISA_SOFTFMA),
          "softfma runs everywhere");
    check(carve_isa_usable(1000) == 0, "an unknown instruction set is not usable");
    check(carve_isa_compiled(1000) == 0, "an unknown instruction set is not compiled in");
}

int main(void) {
    check(carve_abi_version() == CARVE_ABI, "the library has the header's ABI");
    check(strcmp(carve_version(), CARVE_EXPECTED_VERSION) == 0,
          "the library has the build's version");
    check(carve_header_cpp17() == sizeof(carve_model) + sizeof(carve_view) + sizeof(carve_loss),
          "C and C++ agree on sizes");
    check_init(model_init, sizeof(carve_model), "carve_model_init");
    check_init(population_init, sizeof(carve_population), "carve_population_init");
    check_init(input_init, sizeof(carve_input), "carve_input_init");
    check_init(gaussian_init, sizeof(carve_gaussian), "carve_gaussian_init");
    check_grown(rate_init, offsetof(carve_rate, tau), sizeof(carve_rate), "carve_rate_init");
    check_init(poisson_init, sizeof(carve_poisson), "carve_poisson_init");
    check_init(lif_init, sizeof(carve_lif), "carve_lif_init");
    check_init(tif_init, sizeof(carve_tif), "carve_tif_init");
    check_init(if_init, sizeof(carve_if), "carve_if_init");
    check_init(cvaif_init, sizeof(carve_cvaif), "carve_cvaif_init");
    check_init(eif_init, sizeof(carve_eif), "carve_eif_init");
    check_grown(plasticity_init, 24, sizeof(carve_plasticity), "carve_plasticity_init");
    check_grown(polynomial_init, offsetof(carve_polynomial, eligibility), sizeof(carve_polynomial),
                "carve_polynomial_init");
    check_grown(mlp_init, offsetof(carve_mlp, at_spikes), sizeof(carve_mlp), "carve_mlp_init");
    check_init(product_init, sizeof(carve_product), "carve_product_init");
    check_init(projection_init, sizeof(carve_projection), "carve_projection_init");
    check_init(in_degree_init, sizeof(carve_in_degree), "carve_in_degree_init");
    check_init(csr_init, sizeof(carve_csr), "carve_csr_init");
    check_init(rule_init, sizeof(carve_rule), "carve_rule_init");
    check_init(loss_init, sizeof(carve_loss), "carve_loss_init");
    check_texts();
    return failures == 0 ? 0 : 1;
}
