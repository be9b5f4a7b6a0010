/* carve/library.h: the library and its instruction sets. Include carve.h. */
#ifndef CARVE_LIBRARY_H
#define CARVE_LIBRARY_H

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All at once with anything. */
CARVE_API uint32_t carve_abi_version(void);                     /* CARVE_ABI of the library */
CARVE_API const char* carve_version(void);                      /* "0.1.0" */
CARVE_API const char* carve_status_string(carve_status status); /* never null */
CARVE_API const char* carve_isa_name(uint32_t isa);             /* "avx2"; "unknown", never null */
CARVE_API int carve_isa_compiled(uint32_t isa);                 /* 1 if this library contains it */
CARVE_API int carve_isa_usable(uint32_t isa); /* 1 if it also runs on this machine */

#ifdef __cplusplus
}
#endif
#endif
