// zip.hpp: the members of a zip archive in memory, stored or deflated (APPNOTE 6.3, with zip64).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carve::cli {

// By which deflate makes data smaller, at most: 258 bytes of two bits.
constexpr std::uint64_t kMostDeflated = 1032;

struct ZipMember {
    std::string name;
    std::size_t data = 0, packed = 0; // bytes of the archive
    std::size_t size = 0;             // when unpacked
    std::uint32_t crc = 0;
    unsigned method = 0, flags = 0;
};

// The members in the order of the directory. All that they say of their places is within `bytes`,
// and together they are not longer. Throws Error(data) naming the archive `path`.
std::vector<ZipMember> zip_members(std::string_view bytes, const std::string& path);

// What a member holds, with the right checksum. Throws Error(data) before it takes more memory
// than the packed bytes can become.
std::string unzipped(std::string_view bytes, const ZipMember& member, const std::string& path);

} // namespace carve::cli
