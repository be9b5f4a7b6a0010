/* show.c: what a network has become, as words that are the same on every machine. */
#include "network.h"

#include "output.h"

float noise(void) {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (float)(int32_t)(state >> 8) / 8388608.0f - 1.0f;
}

void show(carve_sim* sim, const char* name, uint32_t which, uint32_t index) {
    carve_view view;
    uint32_t n = 1, hash = 2166136261u;
    if (carve_sim_view(sim, which, index, &view, NULL) != CARVE_OK) {
        put_text("no such array\n");
        return;
    }
    for (uint32_t d = 0; d < view.ndim; ++d)
        n *= (uint32_t)view.shape[d];
    for (uint32_t i = 0; i < n; ++i)
        hash = (hash ^ ((const uint32_t*)view.data)[i]) * 16777619u;
    put_text(name);
    put_text(" ");
    put_hexadecimal(n);
    put_text(" ");
    put_hexadecimal(hash);
    put_text("\n");
}
