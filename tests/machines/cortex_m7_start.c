/* What a Cortex-M7 does at its reset, before the C library's start: it has the floating-point unit
 * switched on. The board mps2-an500 has 4 MiB of memory at 0, where the processor looks for its
 * first stack pointer and its reset function. */
#include <stdint.h>

extern void _start(void);

static void reset(void) {
    volatile uint32_t* const coprocessor_access = (volatile uint32_t*)0xE000ED88u;
    *coprocessor_access |= 0xFu << 20;
    __asm__ volatile("dsb\n isb");
    _start();
}

typedef struct vectors {
    void* stack_end;
    void (*reset)(void);
} vectors;
__attribute__((section(".vectors"), used)) static const vectors at_zero = {(void*)0x400000u, reset};
