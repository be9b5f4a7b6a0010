/* write_block: the block of a network as constants of C, for flash: runs of words of which each begins with
 * how many words are 0 and how many follow. Most are 0: scratch arrays, and fields that are not used. */
#include "network.h"

#include <stdio.h>
#include <string.h>

enum { MOST_WORDS = 65536 };
static union {
    uint32_t words[MOST_WORDS];
    double any;
} memory __attribute__((aligned(CARVE_ALIGNMENT)));

/* Where the next run of zeros begins, if one is long enough to be left out. */
static size_t end_of_run(size_t at, size_t n_words) {
    for (; at < n_words; ++at)
        if (memory.words[at] == 0 && (at + 1 == n_words || memory.words[at + 1] == 0))
            break;
    return at;
}

int main(void) {
    static carve_fault fault;
    carve_sim* sim = NULL;
    carve_sim_info info = {0};
    info.struct_size = sizeof info;
    if (make_network(memory.words, sizeof memory.words, &sim, &fault) != CARVE_OK) {
        fprintf(stderr, "write_block: %s is %g; it %s\n", fault.where, fault.value, fault.expected);
        return 2;
    }
    (void)carve_sim_get_info(sim, &info, NULL);
    const size_t n_words = (size_t)info.bytes / sizeof(uint32_t);
    printf("enum { NETWORK_BYTES = %lu };\n", (unsigned long)info.bytes);
    printf("static const uint32_t network_runs[] = {");
    for (size_t at = 0; at < n_words;) {
        size_t first = at;
        while (first < n_words && memory.words[first] == 0)
            ++first;
        const size_t end = end_of_run(first, n_words);
        printf("\n    %lu, %lu,", (unsigned long)(first - at), (unsigned long)(end - first));
        for (at = first; at < end; ++at)
            printf(" 0x%lx,", (unsigned long)memory.words[at]);
    }
    printf("\n};\n");
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
