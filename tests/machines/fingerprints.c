/* fingerprints: what small networks become, a line a case: its name, the bytes of its
 * block, and three hashes, of its arrays, losses and gradients. The same on every machine and every instruction set:
 *
 *     fingerprints [ISA]
 *
 * runs those of all instruction sets that this machine has, or of the one named. A case on which
 * they differ has a line for each that is unlike the first, and the exit status is 1. What ran is
 * said on stderr. tests/golden/fingerprints.txt is the output kept. */
#include "run.h"

#include <stdio.h>
#include <string.h>

static uint32_t isas[CARVE_ISA_NEON];
static uint32_t n_isas;

static int choose_isas(const char* only) {
    for (uint32_t isa = CARVE_ISA_SOFTFMA; isa <= CARVE_ISA_NEON; ++isa)
        if (carve_isa_usable(isa) && (!only || strcmp(only, carve_isa_name(isa)) == 0))
            isas[n_isas++] = isa;
    if (n_isas == 0) {
        fprintf(stderr, "fingerprints: no instruction set '%s' here\n", only ? only : "");
        return 2;
    }
    fprintf(stderr, "instruction sets:");
    for (uint32_t i = 0; i < n_isas; ++i)
        fprintf(stderr, " %s", carve_isa_name(isas[i]));
    fprintf(stderr, "\n");
    return 0;
}

static void print_hash(uint64_t hash) { /* not by PRIx64: freestanding compilers may lack it */
    printf(" %08lx%08lx", (unsigned long)(hash >> 32), (unsigned long)(hash & 0xFFFFFFFFu));
}

static void print_line(const char* area, const char* name, const char* precision, const char* isa,
                       const prints* p) {
    printf("%s/%s/%s%s %lu", area, name, precision, isa, (unsigned long)p->bytes);
    print_hash(p->views);
    print_hash(p->losses);
    print_hash(p->gradients);
    printf("\n");
}

/* Returns 0 if all instruction sets agree, 1 if they do not, 2 if the case can not be run. */
static int run_case(const char* area, const network_case* c, uint32_t precision) {
    static network n;
    const char* precision_name = precision == CARVE_F32 ? "f32" : "f64";
    prints first = {0, 0, 0, 0};
    int result = 0;
    for (uint32_t i = 0; i < n_isas; ++i) {
        set_defaults(&n);
        c->describe(&n);
        n.model.precision = precision;
        n.model.isa = isas[i];
        if (n.model.lane_bytes == 8 && precision == CARVE_F32)
            n.model.lane_bytes = 4; /* one element */
        prints p;
        const char* error = run_network(&n, &p);
        if (error) {
            fprintf(stderr, "fingerprints: %s/%s/%s: %s\n", area, c->name, precision_name, error);
            return 2;
        }
        if (i == 0) {
            first = p;
            print_line(area, c->name, precision_name, "", &p);
        } else if (memcmp(&p, &first, sizeof p) != 0) {
            char isa[16];
            snprintf(isa, sizeof isa, "/%s", carve_isa_name(isas[i]));
            print_line(area, c->name, precision_name, isa, &p);
            result = 1;
        }
    }
    return result;
}

static int run_cases(const char* area, const network_case* cases) {
    int worst = 0;
    for (; cases->name; ++cases)
        for (uint32_t precision = CARVE_F32; precision <= CARVE_F64; ++precision) {
            const int result = run_case(area, cases, precision);
            worst = result > worst ? result : worst;
        }
    return worst;
}

int main(int argc, char** argv) {
    int result = choose_isas(argc > 1 ? argv[1] : NULL);
    if (result != 0)
        return result;
    printf("random");
    print_hash(print_random());
    printf("\n");
    result = run_cases("rate", rate_cases);
    const int spiking = run_cases("spiking", spiking_cases);
    return spiking > result ? spiking : result;
}
