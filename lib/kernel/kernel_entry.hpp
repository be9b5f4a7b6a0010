// kernel_entry.hpp: names of the functions that are built once per instruction set (CARVE_ISA) and
// element type (CARVE_REAL), see lib/meson.build; the width of a lane block as a type.
#pragma once
#include "features.hpp"
#include "pack.hpp"
#include "plan.hpp"

namespace carve {

#define CARVE_JOIN2(what, isa, real) what##_##isa##_##real
#define CARVE_JOIN(what, isa, real) CARVE_JOIN2(what, isa, real)
// CARVE_KERNEL(step) is step_avx2_f32, say. isa/select.cpp makes a table of them.
#define CARVE_KERNEL(what) CARVE_JOIN(what, CARVE_ISA_NAME, CARVE_REAL_NAME)

namespace {

// Calls work with the packs of the sim's lane blocks.
template <class Work> void with_block_width(const Sim& sim, Work work) noexcept {
    if constexpr (built(feature::lane_blocks)) {
        if (sim.model.lane_bytes == 32)
            return work(Pack<CARVE_REAL, 32>::set(0));
        if (sim.model.lane_bytes == 64)
            return work(Pack<CARVE_REAL, 64>::set(0));
    }
#ifdef CARVE_ONE_ELEMENT
    work(Pack<CARVE_REAL, sizeof(CARVE_REAL)>::set(0));
#else
    __builtin_trap(); // isa/select.cpp takes another object
#endif
}

} // namespace

} // namespace carve
