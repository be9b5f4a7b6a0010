/* cortex_m.c: what a Cortex-M with a floating-point unit does at its reset, and its words to a debugger or
 * qemu (semihosting). cortex_m.ld says where things are. */
#include "output.h"

extern uint32_t data_start[], data_end[], data_in_flash[], bss_start[], bss_end[], stack_start[],
    stack_end[];
extern int main(void);

enum { WRITE_TEXT = 0x04, EXIT = 0x20, UNUSED_STACK = 0x5AFE5AFE };

static void semihosting(uint32_t operation, const void* argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void* r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void put_text(const char* text) { semihosting(WRITE_TEXT, text); }

static void reset(void) {
    volatile uint32_t* const coprocessor_access = (volatile uint32_t*)0xE000ED88u;
    *coprocessor_access |= 0xFu << 20; /* the floating-point unit */
    __asm__ volatile("dsb\n isb");
    for (uint32_t *to = data_start, *from = data_in_flash; to != data_end;)
        *to++ = *from++;
    for (uint32_t* to = bss_start; to != bss_end;)
        *to++ = 0;
    uint32_t* unused = stack_start;
    while (unused < (uint32_t*)__builtin_frame_address(0) - 16)
        *unused++ = UNUSED_STACK;
    const int status = main();
    unused = stack_start;
    while (unused != stack_end && *unused == UNUSED_STACK)
        ++unused;
    put_text("stack ");
    put_hexadecimal((uint32_t)(stack_end - unused) * 4);
    put_text("\n");
    const uint32_t why[2] = {0x20026u /* the program ended */, (uint32_t)status};
    semihosting(EXIT, why);
    for (;;) {
    }
}

static void fault(void) { /* of the processor */
    put_text("a fault of the processor\n");
    const uint32_t why[2] = {0x20023u, 1};
    semihosting(EXIT, why);
}

typedef void (*handler)(void);
__attribute__((section(".vectors"), used)) static const struct {
    void* stack_end;
    handler handlers[6]; /* reset, and faults */
} vectors = {stack_end, {reset, fault, fault, fault, fault, fault}};
