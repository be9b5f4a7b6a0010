// read_struct.hpp: a struct of the caller's that belongs to one call, read defensively.
#pragma once
#include <cstddef>
#include <cstdint>

namespace carve {

// Copies a struct of any version that begins with struct_size. False if it is too short, or has
// something beyond ours.
template <class T> bool read_struct(const T* from, T& onto) noexcept {
    std::uint32_t size;
    __builtin_memcpy(&size, from, sizeof size);
    if (size < sizeof(T) || size > 4096)
        return false; // no struct will ever be larger
    const unsigned char* const bytes = reinterpret_cast<const unsigned char*>(from);
    for (std::size_t i = sizeof(T); i < size; ++i)
        if (bytes[i] != 0)
            return false;
    __builtin_memcpy(&onto, from, sizeof onto);
    return true;
}

} // namespace carve
