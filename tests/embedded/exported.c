/* exported: rules as `carve export --to c` writes them, at rates and weights that look like noise. Prints a hash of
 * the changes, which is the same on every machine. */
#include "network.h"

#include "output.h"

#include "oja.h"
#include "vogels_istdp.h"

#include <string.h>

static void hash_real(uint32_t* hash, double x) {
    uint32_t words[2];
    memcpy(words, &x, sizeof words);
    for (int i = 0; i < 2; ++i)
        *hash = (*hash ^ words[i]) * 16777619u;
}

int main(void) {
    uint32_t hash = 2166136261u;
    double w = 0.1;
    for (int i = 0; i < 1000; ++i) {
        const double x = (double)noise(), y = (double)noise();
        w += feedforward(x, y, w, 0.01);
        hash_real(&hash, w);
        hash_real(&hash, inhibitory_at_pre(y, x, w, 0.01));
        hash_real(&hash, inhibitory_at_post(x, y, w, 0.01));
    }
    put_text("exported ");
    put_hexadecimal(hash);
    put_text("\n");
    return 0;
}
