/* network.h: what the three networks of this folder have in common. The machine that builds makes a sim and
 * writes its block as constants (write_block.c); a microcontroller starts from these (main.c). */
#ifndef NETWORK_H
#define NETWORK_H

#include <carve.h>

/* On the machine that builds: a sim in `memory`, ready for its first step. */
carve_status make_network(void* memory, size_t bytes, carve_sim** sim, carve_fault* fault);
/* On the target: the steps, and what came of them to show(). */
carve_status run_network(carve_sim* sim);

/* show.c: prints an array of single precision as its length and a hash of its bits. */
void show(carve_sim* sim, const char* name, uint32_t view, uint32_t index);
/* Numbers that look like noise, from -1 to 1, the same on every machine. */
float noise(void);

#endif
