// members.hpp: members of the caller's structs, which need not be aligned, and may be of any version.
#pragma once
#include <cstddef>
#include <cstdint>

namespace carve {

// Of a struct of the caller's that begins with it; null: 0.
inline std::uint32_t size_of(const void* from) noexcept {
    std::uint32_t size = 0;
    if (from)
        __builtin_memcpy(&size, from, sizeof size);
    return size;
}
template <class T> T get(const void* from, std::size_t offset) noexcept {
    T value;
    __builtin_memcpy(&value, static_cast<const char*>(from) + offset, sizeof value);
    return value;
}
// A member that the struct's first version has.
#define MEMBER(from, object, name) get<decltype(object::name)>(from, offsetof(object, name))

// Element i of an array whose elements carry its stride.
inline const void* element(const void* array, std::uint32_t i) noexcept {
    return static_cast<const char*>(array) + std::size_t{size_of(array)} * i;
}

} // namespace carve
