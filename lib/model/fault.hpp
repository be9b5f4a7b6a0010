// fault.hpp: what is wrong with a description, and where.
#pragma once
#include "carve.h"

#include <cstdint>

namespace carve {

constexpr std::uint32_t kNoIndex = 0xFFFFFFFFu;

// "projections[1].plasticity[0].eta" is array, index, part, part_index, field.
struct Place {
    const char* array = nullptr; // null: the model itself
    std::uint32_t index = 0;
    const char* part = nullptr; // null: the element itself
    std::uint32_t part_index = kNoIndex;
};
struct Fault {
    carve_status status = CARVE_OK;
    Place place{};
    const char* field = nullptr;
    double value = 0;
    const char* expected = nullptr; // "must be ..."
};

} // namespace carve
