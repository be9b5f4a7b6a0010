/* main.c: a network from constants in flash, in a static buffer, without a heap and a file. The same program
 * runs on the machine that builds, which must print the same. */
#include "network.h"

#include "output.h"

#include NETWORK_BLOCK /* by write_block */

static union { /* on a boundary of CARVE_ALIGNMENT bytes, where the compiler can say so */
    uint32_t words[NETWORK_BYTES / 4];
    double any;
} memory __attribute__((aligned(CARVE_ALIGNMENT)));

static void load(void) { /* the rest of the buffer is 0 when a program starts */
    const uint32_t* from = network_runs;
    const uint32_t* const end = network_runs + sizeof network_runs / sizeof *network_runs;
    uint32_t* to = memory.words;
    while (from != end) {
        to += *from++;
        for (uint32_t left = *from++; left > 0; --left)
            *to++ = *from++;
    }
}

int main(void) {
    carve_sim* sim;
    load();
    carve_status status = carve_sim_attach(memory.words, sizeof memory.words, &sim, NULL);
    if (status == CARVE_OK)
        status = run_network(sim);
    put_text(status == CARVE_OK ? "done\n" : "failed\n");
    return (int)status;
}
