/* output.h: where a program without a C library prints to: the debugger, or qemu, by semihosting
 * (cortex_m.c); elsewhere the standard output. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdint.h>

#ifdef __arm__
void put_text(const char* text);
#else
#include <stdio.h>
static inline void put_text(const char* text) { (void)fputs(text, stdout); }
#endif

static inline void put_hexadecimal(uint32_t number) {
    char digits[9] = {0};
    for (int i = 7; i >= 0; --i, number /= 16)
        digits[i] = "0123456789abcdef"[number % 16];
    put_text(digits);
}

#endif
