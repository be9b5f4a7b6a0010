/* refused_blocks: what a build without `models`, and with `rates` and `f32` alone beside `forward`, makes of
 * blocks: that of oja.c runs, unless a word of it is another one; models are no use to it. */
#include "refusals.h"

#include NETWORK_BLOCK

static union {
    uint32_t words[NETWORK_BYTES / 4];
    double any;
} memory __attribute__((aligned(CARVE_ALIGNMENT)));

static void load(void) {
    memset(memory.words, 0, sizeof memory);
    const size_t n = sizeof network_runs / sizeof *network_runs;
    size_t to = 0;
    for (size_t from = 0; from < n;) {
        to += network_runs[from++];
        for (uint32_t left = network_runs[from++]; left > 0; --left)
            memory.words[to++] = network_runs[from++];
    }
}

int main(void) {
    static carve_fault fault;
    carve_sim* sim;
    carve_model model;
    size_t bytes;
    (void)carve_model_init(&model, sizeof model);
    expect("a model", carve_sim_required_bytes(&model, &bytes, &fault), &fault, CARVE_E_UNAVAILABLE,
           "models");
    expect("a model", carve_sim_init(memory.words, sizeof memory, &model, &sim, &fault), &fault,
           CARVE_E_UNAVAILABLE, "models");
    load();
    expect("the block", carve_sim_attach(memory.words, sizeof memory, &sim, &fault), &fault,
           CARVE_OK, "");
    const size_t head_words = 92; /* which never change: the checksum of a sim follows them */
    for (size_t i = 0; i < head_words; ++i) {
        load();
        memory.words[i] ^= 0x10000;
        const carve_status status = carve_sim_attach(memory.words, sizeof memory, &sim, &fault);
        if (status != CARVE_E_CORRUPT && status != CARVE_E_SPACE) {
            printf("word %lu of the head: status %d\n", (unsigned long)i, (int)status);
            ++n_wrong;
        }
    }
    return n_wrong != 0;
}
