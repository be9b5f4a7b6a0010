/* carve/status.h: how a call ends. Include carve.h. */
#ifndef CARVE_STATUS_H
#define CARVE_STATUS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(CARVE_BUILDING) && defined(__GNUC__)
#define CARVE_API __attribute__((visibility("default")))
#else
#define CARVE_API
#endif

#define CARVE_ABI 2u /* also the soname; raised only when an existing caller would break */

/* name, value (ABI), text (not ABI): append only */
#define CARVE_STATUS_LIST(X)                                                                       \
    X(CARVE_OK, 0, "success")                                                                      \
    X(CARVE_E_NULL, 1, "a required pointer is null")                                               \
    X(CARVE_E_VERSION, 2, "a struct carries fields that this library does not know")               \
    X(CARVE_E_RANGE, 3, "a value is outside its documented range")                                 \
    X(CARVE_E_ALIGN, 4, "the memory does not start on a 64-byte boundary")                         \
    X(CARVE_E_SPACE, 5, "the memory is smaller than carve_sim_required_bytes says")                \
    X(CARVE_E_ISA, 6, "the instruction set is not compiled in or not usable on this machine")      \
    X(CARVE_E_CORRUPT, 7, "the block is not an intact sim of this version and byte order")         \
    X(CARVE_E_UNAVAILABLE, 8, "the sim or the library was not built with what the call needs")

typedef int32_t carve_status; /* not an enum: its size never depends on the compiler */
enum {
#define CARVE_X(name, value, text) name = (value),
    CARVE_STATUS_LIST(CARVE_X)
#undef CARVE_X
};

/* Why a call refused its arguments; printf("%s is %g; it %s", where, value, expected) is a sentence. Each
 * call writes all of it, unless the pointer is null. After a call that fails, nothing has changed. */
typedef struct carve_fault {
    carve_status status;
    uint32_t reserved; /* 0 */
    double value;      /* of what is at fault; 0 for a pointer */
    char where[96];    /* "projections[1].w_max": a field of a struct, or a parameter of the call */
    char expected[272]; /* "must be above w_min" */
} carve_fault;

#ifdef __cplusplus
}
#endif
#endif
