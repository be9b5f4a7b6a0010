// atomic_file.hpp: whole files in and out.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace carve::cli {

// Whole contents. Throws Error(data) naming the file and the reason; also when it is larger than
// limit.
std::string read_file(const std::string& path, std::uint64_t limit = UINT64_MAX);

// Its first bytes, fewer where it is shorter. Throws as above.
std::string read_start(const std::string& path, std::size_t most);

// Writes to a temporary file beside path, syncs it, renames it onto path and syncs the folder:
// after a crash path holds the old bytes or the new ones. Throws Error(io) naming path and the
// reason. Previous::keep: what path held before stays as path.prev.
enum class Previous { drop, keep };
void write_file_atomically(const std::string& path, const std::string& bytes,
                           Previous previous = Previous::drop);

// XXH3-64.
std::uint64_t checksum(const std::string& bytes);
// Of a file, which need not fit into memory. Throws as read_file.
std::uint64_t checksum_of_file(const std::string& path);

} // namespace carve::cli
