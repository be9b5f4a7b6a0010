/* refusals.h: what builds of few features refuse. */
#ifndef REFUSALS_H
#define REFUSALS_H

#include <carve.h>

#include <stdio.h>
#include <string.h>

static int n_wrong;

/* The call has failed with this status, at this place. */
static inline void expect(const char* what, carve_status status, const carve_fault* fault,
                          carve_status wanted, const char* where) {
    if (status == wanted && strcmp(fault->where, where) == 0)
        return;
    printf("%s: status %d, \"%s is %g; it %s\" in place of status %d, %s\n", what, (int)status,
           fault->where, fault->value, fault->expected, (int)wanted, where);
    ++n_wrong;
}

#endif
