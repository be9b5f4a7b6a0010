// fault.hpp: why a call refuses its arguments, and where.
#pragma once
#include "carve.h"

#include <cstdint>
#include <initializer_list>

namespace carve {

constexpr std::uint32_t kNoIndex = 0xFFFFFFFFu;

// "projections[1].plasticity[0].eta" is array, index, part, part_index, field.
struct Place {
    const char* array = nullptr; // null: the struct itself, or a parameter of the call
    std::uint32_t index = 0;
    const char* part = nullptr; // null: the element itself
    std::uint32_t part_index = kNoIndex;
};
struct Fault {
    carve_status status = CARVE_OK;
    Place place{};
    const char* field = nullptr; // null: the part is a number itself
    double value = 0;
    const char* expected = nullptr; // "must be ..."

    explicit operator bool() const noexcept { return status != CARVE_OK; }
};

// A parameter of a call, or a field of one of its structs.
inline Fault fault_of(carve_status status, const char* field, double value,
                      const char* expected) noexcept {
    return {status, {}, field, value, expected};
}
struct Pointer {
    const char* name;
    const void* value;
};
// The first that is null.
template <class... Pointers> Fault find_null(const Pointers&... pointers) noexcept {
    for (const Pointer& p : {pointers...})
        if (p.value == nullptr)
            return fault_of(CARVE_E_NULL, p.name, 0, "must not be null");
    return {};
}

} // namespace carve
