/* carve_size: the exact size of a sim's memory as constants of C, for static buffers. What it reads
 * and prints is in `help` below. It reads numbers, not names, so that a field of carve.h is one row
 * of the table in carve_size_fields.h. */
#include "carve_size_fields.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TERMS = 192 };
static carve_model model;
static carve_population populations[64];
static union {
    carve_input input;
    carve_gaussian gaussian;
    carve_rate rate;
    carve_poisson poisson;
    carve_lif lif;
    carve_tif tif;
    carve_if if_;
    carve_cvaif cvaif;
    carve_eif eif;
} of_population[64];
static carve_receptor receptors[64][CARVE_MAX_RECEPTORS];
static carve_projection projections[64];
static carve_plasticity plasticity[64][CARVE_MAX_PLASTICITY];
static union {
    carve_in_degree in_degree;
    carve_csr csr;
} connections[64];
static carve_rule rules[16];
static carve_polynomial polynomials[16];
static carve_mlp mlps[16];
static carve_product products[16];
static carve_term terms[16][MAX_TERMS];
static carve_probe probes[128];
static carve_rate_probe rate_probes[128];
static carve_trajectory_probe trajectory_probes[128];

static const char* const help =
    "usage: carve_size NAME PART [field=value ...] [PART [field=value ...]] ... > HEADER\n"
    "\n"
    "Prints NAME_BYTES and NAME_ALIGNMENT, what the memory of a sim takes, as constants of C.\n"
    "PART is a struct of carve.h: model, population, projection, rule or probe; or one that the\n"
    "element named before it points to: input, gaussian, rate, poisson, lif, tif, if, cvaif or\n"
    "eif (the last five may have receptors) of a population, plasticity, in_degree or csr of a\n"
    "projection, polynomial (which has terms), mlp or product of a rule, rate_probe,\n"
    "trajectory_probe or weights_probe (CARVE_PROBE_WEIGHTS) of a probe. The fields are those of\n"
    "carve.h, in numbers, and keep its defaults where they are not given. Populations, projections "
    "and rules count from 0 in the\n"
    "order in which they are named. Sizes are those of this version of carve on every machine:\n"
    "a host prints a microcontroller's. Two examples:\n"
    "\n"
    "an input of 8 units, a neuron of rates, Oja's rule, single precision:\n"
    "  carve_size NETWORK model precision=0 population kind=0 n_units=8 population projection \\\n"
    "      plasticity rule polynomial term post=2 weight=1 term pre=1 post=1\n"
    "100 poisson units that excite a spiking neuron, 16 replicas:\n"
    "  carve_size CELL model n_replicas=16 population kind=3 n_units=100 poisson rate=10 \\\n"
    "      population kind=4 projection gain=0.014\n"
    "\n"
    "exit status: 0; 1 if the output cannot be written; 2 for what is no model, with the reason\n";

static int usage(const char* what, const char* where) {
    fprintf(stderr, "carve_size: %s: %s\ncarve_size --help explains\n", where, what);
    return 2;
}

/* The parameters of the last population, which is of this kind. */
static void* begin_parameters(uint32_t kind) {
    const uint32_t i = model.n_populations - 1;
    if (model.n_populations == 0 || populations[i].kind != kind || populations[i].parameters)
        return NULL;
    populations[i].parameters = &of_population[i];
    switch (kind) {
    case CARVE_POPULATION_INPUT:
        carve_input_init(&of_population[i].input, sizeof(carve_input));
        break;
    case CARVE_POPULATION_GAUSSIAN:
        carve_gaussian_init(&of_population[i].gaussian, sizeof(carve_gaussian));
        break;
    case CARVE_POPULATION_RATE:
        carve_rate_init(&of_population[i].rate, sizeof(carve_rate));
        break;
    case CARVE_POPULATION_POISSON:
        carve_poisson_init(&of_population[i].poisson, sizeof(carve_poisson));
        break;
    case CARVE_POPULATION_TIF:
        carve_tif_init(&of_population[i].tif, sizeof(carve_tif));
        break;
    case CARVE_POPULATION_IF:
        carve_if_init(&of_population[i].if_, sizeof(carve_if));
        break;
    case CARVE_POPULATION_CVAIF:
        carve_cvaif_init(&of_population[i].cvaif, sizeof(carve_cvaif));
        break;
    case CARVE_POPULATION_EIF:
        carve_eif_init(&of_population[i].eif, sizeof(carve_eif));
        break;
    default:
        carve_lif_init(&of_population[i].lif, sizeof(carve_lif));
    }
    return &of_population[i];
}

/* Where the last population says how many receptors it has, and where; 0 if it is not of neurons. */
static uint32_t* count_receptors(const carve_receptor*** array) {
    const uint32_t i = model.n_populations - 1;
    if (model.n_populations == 0 || !populations[i].parameters)
        return NULL;
    switch (populations[i].kind) {
    case CARVE_POPULATION_LIF:
        *array = &of_population[i].lif.receptors;
        return &of_population[i].lif.n_receptors;
    case CARVE_POPULATION_TIF:
        *array = &of_population[i].tif.receptors;
        return &of_population[i].tif.n_receptors;
    case CARVE_POPULATION_IF:
        *array = &of_population[i].if_.receptors;
        return &of_population[i].if_.n_receptors;
    case CARVE_POPULATION_CVAIF:
        *array = &of_population[i].cvaif.receptors;
        return &of_population[i].cvaif.n_receptors;
    case CARVE_POPULATION_EIF:
        *array = &of_population[i].eif.receptors;
        return &of_population[i].eif.n_receptors;
    default:
        return NULL;
    }
}
static void* begin_receptor(void) {
    const carve_receptor** array = NULL;
    uint32_t* const n = count_receptors(&array);
    if (n == NULL || *n == CARVE_MAX_RECEPTORS)
        return NULL;
    *array = receptors[model.n_populations - 1];
    return &receptors[model.n_populations - 1][(*n)++];
}

static void* begin_plasticity(void) {
    const uint32_t i = model.n_projections - 1;
    if (model.n_projections == 0 || projections[i].n_plasticity == CARVE_MAX_PLASTICITY)
        return NULL;
    carve_plasticity* const own = &plasticity[i][projections[i].n_plasticity++];
    carve_plasticity_init(own, sizeof *own);
    projections[i].plasticity = plasticity[i];
    return own;
}

/* The connectivity follows from the part. */
static void* begin_connections(int part) {
    const uint32_t i = model.n_projections - 1;
    if (model.n_projections == 0 || projections[i].connections)
        return NULL;
    if (part == CSR)
        carve_csr_init(&connections[i].csr, sizeof(carve_csr));
    else
        carve_in_degree_init(&connections[i].in_degree, sizeof(carve_in_degree));
    projections[i].connectivity = part == CSR ? CARVE_CONNECT_LIST : CARVE_CONNECT_IN_DEGREE;
    projections[i].connections = &connections[i];
    return &connections[i];
}
/* Any graph with so many synapses: the size is that of all of them. Kept to the end. */
static void list_graph(const carve_projection* p, carve_csr* csr) {
    const size_t n_pre = p->pre < model.n_populations ? populations[p->pre].n_units : 0;
    const size_t n_post = p->post < model.n_populations ? populations[p->post].n_units : 0;
    uint32_t* const row_start = calloc(n_post + 1, sizeof *row_start);
    uint32_t* const pre = calloc((size_t)csr->n_synapses + 1, sizeof *pre);
    uint32_t n = 0;
    for (size_t i = 0; row_start && pre && i < n_post; row_start[++i] = n)
        for (size_t j = 0; j < n_pre && n < csr->n_synapses; ++j)
            if (p->pre != p->post || i != j)
                pre[n++] = (uint32_t)j;
    csr->row_start = row_start;
    csr->pre = pre;
}

static void* begin_polynomial(void) {
    const uint32_t i = model.n_rules - 1;
    if (model.n_rules == 0 || rules[i].parameters)
        return NULL;
    carve_polynomial_init(&polynomials[i], sizeof *polynomials);
    rules[i].parameters = &polynomials[i];
    return &polynomials[i];
}

static void* begin_mlp(void) {
    const uint32_t i = model.n_rules - 1;
    if (model.n_rules == 0 || rules[i].parameters)
        return NULL;
    carve_mlp_init(&mlps[i], sizeof *mlps);
    rules[i].kind = CARVE_RULE_MLP;
    rules[i].parameters = &mlps[i];
    return &mlps[i];
}

static void* begin_product(void) {
    const uint32_t i = model.n_rules - 1;
    if (model.n_rules == 0 || rules[i].parameters)
        return NULL;
    carve_product_init(&products[i], sizeof *products);
    rules[i].kind = CARVE_RULE_PRODUCT;
    rules[i].parameters = &products[i];
    return &products[i];
}

static void* begin_term(void) {
    const uint32_t i = model.n_rules - 1;
    if (model.n_rules == 0 || rules[i].parameters != &polynomials[i] ||
        polynomials[i].n_terms == MAX_TERMS)
        return NULL;
    polynomials[i].terms = terms[i];
    return &terms[i][polynomials[i].n_terms++];
}

static void* begin_probe_parameters(int part) {
    const uint32_t i = model.n_probes - 1;
    if (model.n_probes == 0 || probes[i].parameters)
        return NULL;
    carve_rate_probe_init(&rate_probes[i], sizeof *rate_probes);
    carve_trajectory_probe_init(&trajectory_probes[i], sizeof *trajectory_probes);
    void* const own = part == RATE_PROBE ? (void*)&rate_probes[i] : (void*)&trajectory_probes[i];
    probes[i].kind = part == RATE_PROBE         ? CARVE_PROBE_RATE
                     : part == TRAJECTORY_PROBE ? CARVE_PROBE_TRAJECTORY
                                                : CARVE_PROBE_WEIGHTS;
    probes[i].parameters = own;
    return own;
}

/* A new part, with the defaults; null if there is no room for it, or nothing that it belongs to. */
static void* begin(int part) {
    switch (part) {
    case MODEL:
        return &model;
    case POPULATION:
        if (model.n_populations == 64)
            return NULL;
        carve_population_init(&populations[model.n_populations], sizeof *populations);
        return &populations[model.n_populations++];
    case RECEPTOR:
        return begin_receptor();
    case PROJECTION:
        if (model.n_projections == 64)
            return NULL;
        carve_projection_init(&projections[model.n_projections], sizeof *projections);
        return &projections[model.n_projections++];
    case PLASTICITY:
        return begin_plasticity();
    case IN_DEGREE:
    case CSR:
        return begin_connections(part);
    case RULE:
        if (model.n_rules == 16)
            return NULL;
        carve_rule_init(&rules[model.n_rules], sizeof *rules);
        return &rules[model.n_rules++];
    case POLYNOMIAL:
        return begin_polynomial();
    case TERM:
        return begin_term();
    case MLP:
        return begin_mlp();
    case PRODUCT:
        return begin_product();
    case PROBE:
        if (model.n_probes == 128)
            return NULL;
        carve_probe_init(&probes[model.n_probes], sizeof *probes);
        return &probes[model.n_probes++];
    case RATE_PROBE:
    case TRAJECTORY_PROBE:
    case WEIGHTS_PROBE:
        return begin_probe_parameters(part);
    default:
        return begin_parameters((uint32_t)(part - INPUT));
    }
}

/* "field=value" into the struct; 0, or what is wrong with it. */
static const char* set(int part, void* to, const char* text) {
    const char* const equals = strchr(text, '=');
    if (equals == NULL)
        return "neither a part nor field=value";
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; ++i) {
        const field* const f = &fields[i];
        const size_t length = (size_t)(equals - text);
        if (f->part != part || strlen(f->name) != length || strncmp(f->name, text, length) != 0)
            continue;
        char* const at = (char*)to + f->offset;
        char* end;
        errno = 0;
        if (f->type == 'd') {
            const double value = strtod(equals + 1, &end);
            if (errno == ERANGE && fabs(value) > 1)
                return "the number is too large";
            memcpy(at, &value, sizeof value);
        } else {
            const unsigned long long value = strtoull(equals + 1, &end, 0);
            const uint8_t byte = (uint8_t)value;
            const uint32_t half = (uint32_t)value;
            const uint64_t whole = value;
            if (!isdigit((unsigned char)equals[1]) || errno == ERANGE ||
                (f->type == 'u' && half != value) || (f->type == 'b' && byte != value))
                return "the value is not a whole number of this field's size";
            if (f->type == 'b')
                memcpy(at, &byte, sizeof byte);
            else if (f->type == 'u')
                memcpy(at, &half, sizeof half);
            else
                memcpy(at, &whole, sizeof whole);
        }
        return end == equals + 1 || *end != '\0' ? "the value is not a number" : NULL;
    }
    return "no such field in this part; see carve.h";
}

static int is_identifier(const char* name) {
    if (!isalpha((unsigned char)*name) && *name != '_')
        return 0;
    for (; *name; ++name)
        if (!isalnum((unsigned char)*name) && *name != '_')
            return 0;
    return 1;
}

/* The parts named by `words` into the structs above; 0, or the exit status. */
static int describe(int n_words, char** words) {
    int part = N_PARTS;
    void* at = NULL;
    for (int i = 0; i < n_words; ++i) {
        int named = 0;
        while (named < N_PARTS && strcmp(words[i], part_names[named]) != 0)
            ++named;
        if (named < N_PARTS) {
            part = named;
            at = begin(part);
            if (at == NULL)
                return usage("too many of them, or nothing before it that has one", words[i]);
            continue;
        }
        const char* const wrong =
            at == NULL ? "a field before the part it belongs to" : set(part, at, words[i]);
        if (wrong != NULL)
            return usage(wrong, words[i]);
    }
    return 0;
}

int main(int argc, char** argv) {
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(help, stdout) < 0 || fflush(stdout) != 0;
    if (argc < 3 || !is_identifier(argv[1]))
        return usage("is not a name for constants, followed by a description",
                     argc < 2 ? "nothing" : argv[1]);
    carve_model_init(&model, sizeof model);
    model.populations = populations;
    model.projections = projections;
    model.rules = rules;
    model.probes = probes;
    const int wrong = describe(argc - 2, argv + 2);
    if (wrong)
        return wrong;
    for (uint32_t i = 0; i < model.n_projections; ++i)
        if (projections[i].connectivity == CARVE_CONNECT_LIST && projections[i].connections)
            list_graph(&projections[i], &connections[i].csr);
    size_t bytes = 0;
    carve_fault fault;
    if (carve_sim_required_bytes(&model, &bytes, &fault) != CARVE_OK) {
        static char text[sizeof fault + 40];
        sprintf(text, "%s is %g; it %s", fault.where, fault.value, fault.expected);
        return usage(text, carve_status_string(fault.status));
    }
    printf("/* made by carve_size; exact for version %s */\n", carve_version());
    printf("#define %s_BYTES %luu\n", argv[1], (unsigned long)bytes);
    printf("#define %s_ALIGNMENT %uu\n", argv[1], (unsigned)CARVE_ALIGNMENT);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
