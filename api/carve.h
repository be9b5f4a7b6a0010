/* carve.h: fixed-memory simulation of networks with plastic synapses, and the derivative of what
 * they become with respect to the coefficients of their plasticity rules.
 *
 * Unless a function's comment says otherwise:
 *   memory   the library never allocates; arrays belong to the caller, who keeps them alive while
 *            they are in use; a sim is one block, which may be copied or saved as bytes
 *   lanes    a sim steps n_replicas independent replicas of one network. The lane is the innermost
 *            index of every array, in lane blocks of W = lane_bytes / sizeof(element) lanes:
 *            lane l is at [block = l / W]...[l % W]. Lanes past n_replicas are padding. With
 *            CARVE_LAYOUT_AFFERENTS W is 1, and rows of units are padded: views have the strides.
 *   shapes   [a][b] is row-major
 *   units    rates, weights and coefficients have no unit; time is counted in steps. In spiking
 *            models times are in s, potentials in V, rates in Hz, a step lasts carve_model.dt
 *   errors   a call that does not return CARVE_OK has changed nothing
 *   threads  no hidden state. Calls on different sims, and calls without a sim ("at once with
 *            anything" below), may run at once. On one sim "readers" may run at once, and its views
 *            be read beside them. A call that is "alone" may have nothing else use its sim, or its
 *            memory, or the sim's views meanwhile; so may who writes through a view
 *   numbers  IEEE 754 with fused multiply-add: the same bits on every instruction set, and in
 *            every mode of the caller's floating-point unit (flush to zero, rounding, traps), which
 *            a call sets to the defaults and restores
 * The equations (M1), (M2), ... are those of docs/model.md. */
#ifndef CARVE_H
#define CARVE_H

#include "carve/library.h"
#include "carve/loss.h"
#include "carve/model.h"
#include "carve/neurons.h"
#include "carve/probes.h"
#include "carve/random.h"
#include "carve/rules.h"
#include "carve/sim.h"
#include "carve/status.h"

#endif
