// recorder.hpp: the caller's buffer of spikes.
#pragma once
#include "carve.h"

namespace carve {
namespace {

inline void record_spike(carve_recorder& r, const carve_spike& spike) noexcept {
    if (r.n_written - r.n_read >= r.capacity)
        ++r.n_lost;
    else
        r.spikes[r.n_written++ % r.capacity] = spike;
}

} // namespace
} // namespace carve
