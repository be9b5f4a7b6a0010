/* carve_size: the exact size of a sim's memory as constants of C, for static buffers. What it reads
 * and prints is in `help` below. It reads numbers, not names, so that a field of carve.h is one row
 * of a table here. */
#include <carve.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL, POPULATION, PROJECTION, RULE, N_PARTS };
static const char* const part_names[N_PARTS] = {"model", "population", "projection", "rule"};

static carve_model model;
static carve_population populations[64];
static carve_projection projections[64];
static carve_rule rules[16];

typedef struct {
    int part;
    const char* name;
    size_t offset;
    char type; /* u: uint32, U: uint64, d: double */
} field;
#define ROW(part, name, type)                                                                      \
    { part, #name, offsetof(STRUCT, name), type }
static const field fields[] = {
#define STRUCT carve_model
    ROW(MODEL, precision, 'u'),
    ROW(MODEL, lane_bytes, 'u'),
    ROW(MODEL, n_replicas, 'u'),
    ROW(MODEL, gradient, 'u'),
    ROW(MODEL, batch, 'u'),
    ROW(MODEL, form, 'u'),
    ROW(MODEL, layout, 'u'),
    ROW(MODEL, max_steps, 'U'),
    ROW(MODEL, bound, 'd'),
    ROW(MODEL, dt, 'd'),
    ROW(MODEL, surrogate, 'd'),
#undef STRUCT
#define STRUCT carve_population
    ROW(POPULATION, kind, 'u'),
    ROW(POPULATION, n_units, 'u'),
    ROW(POPULATION, activation, 'u'),
    ROW(POPULATION, shared, 'u'),
    ROW(POPULATION, fixed, 'u'),
    ROW(POPULATION, source, 'u'),
    ROW(POPULATION, n_groups, 'u'),
    ROW(POPULATION, signal, 'u'),
    ROW(POPULATION, synapses, 'u'),
    ROW(POPULATION, scored, 'u'),
    ROW(POPULATION, t_ref, 'd'),
    ROW(POPULATION, rate, 'd'),
    ROW(POPULATION, signal_gain, 'd'),
    ROW(POPULATION, signal_tau, 'd'),
    ROW(POPULATION, tau_m, 'd'),
    ROW(POPULATION, tau_exc, 'd'),
    ROW(POPULATION, tau_inh, 'd'),
    ROW(POPULATION, v_rest, 'd'),
    ROW(POPULATION, v_reset, 'd'),
    ROW(POPULATION, v_threshold, 'd'),
    ROW(POPULATION, v_exc, 'd'),
    ROW(POPULATION, v_inh, 'd'),
    ROW(POPULATION, drive, 'd'),
    ROW(POPULATION, rate_tau, 'd'),
    ROW(POPULATION, rate_start, 'd'),
    ROW(POPULATION, rate_low, 'd'),
    ROW(POPULATION, rate_high, 'd'),
    ROW(POPULATION, rate_target, 'd'),
    ROW(POPULATION, rate_offset, 'd'),
#undef STRUCT
#define STRUCT carve_projection
    ROW(PROJECTION, pre, 'u'),
    ROW(PROJECTION, post, 'u'),
    ROW(PROJECTION, connectivity, 'u'),
    ROW(PROJECTION, rule, 'u'),
    ROW(PROJECTION, inference, 'u'),
    ROW(PROJECTION, n_sweeps, 'u'),
    ROW(PROJECTION, mask_from, 'u'),
    ROW(PROJECTION, presynaptic, 'u'),
    ROW(PROJECTION, eta, 'd'),
    ROW(PROJECTION, w_min, 'd'),
    ROW(PROJECTION, w_max, 'd'),
    ROW(PROJECTION, w_mean, 'd'),
    ROW(PROJECTION, w_sd, 'd'),
    ROW(PROJECTION, receptor, 'u'),
    ROW(PROJECTION, delay, 'u'),
    ROW(PROJECTION, coincidence, 'u'),
    ROW(PROJECTION, tuning, 'u'),
    ROW(PROJECTION, gain, 'd'),
#undef STRUCT
#define STRUCT carve_rule
    ROW(RULE, shared, 'u'),
    ROW(RULE, terms, 'U'),
    ROW(RULE, kind, 'u'),
    ROW(RULE, trace_jump, 'u'),
#undef STRUCT
};

static const char* const help =
    "usage: carve_size NAME PART [field=value ...] [PART [field=value ...]] ... > HEADER\n"
    "\n"
    "Prints NAME_BYTES and NAME_ALIGNMENT, what the memory of a sim takes, as constants of C.\n"
    "PART is model, population, projection or rule; the fields are those of carve.h, in numbers,\n"
    "and keep its defaults where they are not given. Populations, projections and rules count\n"
    "from 0 in the order in which they are named. Sizes are those of this version of carve on\n"
    "every machine: a host prints a microcontroller's. Two examples:\n"
    "\n"
    "an input of 8 units, a neuron of rates, a plastic projection, single precision:\n"
    "  carve_size NETWORK model precision=0 population kind=0 n_units=8 population \\\n"
    "      projection rule=0 rule terms=0x100200\n"
    "100 poisson units that excite a spiking neuron, 16 replicas:\n"
    "  carve_size CELL model n_replicas=16 population kind=3 n_units=100 population kind=4 \\\n"
    "      projection gain=0.014\n"
    "\n"
    "exit status: 0; 1 if the output cannot be written; 2 for what is no model, with the reason\n";

static int usage(const char* what, const char* where) {
    fprintf(stderr, "carve_size: %s: %s\ncarve_size --help explains\n", where, what);
    return 2;
}

/* A new element of the array, with the defaults; null if the array is full. */
static void* begin(int part) {
    switch (part) {
    case MODEL:
        return &model;
    case POPULATION:
        if (model.n_populations == 64)
            return NULL;
        carve_population_init(&populations[model.n_populations], sizeof *populations);
        return &populations[model.n_populations++];
    case PROJECTION:
        if (model.n_projections == 64)
            return NULL;
        carve_projection_init(&projections[model.n_projections], sizeof *projections);
        return &projections[model.n_projections++];
    default:
        if (model.n_rules == 16)
            return NULL;
        carve_rule_init(&rules[model.n_rules], sizeof *rules);
        return &rules[model.n_rules++];
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
            const uint32_t half = (uint32_t)value;
            const uint64_t whole = value;
            if (!isdigit((unsigned char)equals[1]) || errno == ERANGE ||
                (f->type == 'u' && half != value))
                return "the value is not a whole number of this field's size";
            memcpy(at, f->type == 'u' ? (const void*)&half : (const void*)&whole,
                   f->type == 'u' ? sizeof half : sizeof whole);
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
                return usage("too many of them", words[i]);
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
    const int wrong = describe(argc - 2, argv + 2);
    if (wrong)
        return wrong;
    size_t bytes = 0;
    const carve_status status = carve_sim_required_bytes(&model, &bytes);
    if (status != CARVE_OK) {
        char text[1024];
        carve_model_explain(&model, text, sizeof text);
        return usage(*text ? text : "the sim would not fit into any memory",
                     carve_status_string(status));
    }
    printf("/* made by carve_size; exact for version %s */\n", carve_version());
    printf("#define %s_BYTES %luu\n", argv[1], (unsigned long)bytes);
    printf("#define %s_ALIGNMENT %uu\n", argv[1], (unsigned)CARVE_ALIGNMENT);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
