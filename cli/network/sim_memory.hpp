// sim_memory.hpp: memory of sims, and the elements of their arrays.
#pragma once
#include <carve.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace carve::cli {

struct FreeMemory {
    void operator()(void* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, FreeMemory>;

inline Memory allocate(std::size_t bytes) {
    const std::size_t rounded = (bytes + CARVE_ALIGNMENT - 1) / CARVE_ALIGNMENT * CARVE_ALIGNMENT;
    Memory memory(std::aligned_alloc(CARVE_ALIGNMENT, std::max<std::size_t>(rounded, 1)));
    if (!memory)
        throw std::bad_alloc();
    return memory;
}

// An array of the run's precision.
inline void write(void* data, bool single, std::size_t i, double value) {
    if (single)
        static_cast<float*>(data)[i] = static_cast<float>(value);
    else
        static_cast<double*>(data)[i] = value;
}
inline double read(const carve_view& view, std::size_t i) {
    return view.type == CARVE_F32 ? static_cast<double>(static_cast<const float*>(view.data)[i])
                                  : static_cast<const double*>(view.data)[i];
}

} // namespace carve::cli
