// checkpoint.hpp: the state of a search in one small file (docs/files.md), readable on every
// machine.
#pragma once
#include "search.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

struct Checkpoint {
    std::uint64_t seed = 0;
    double seconds = 0; // that the run has taken
    Snapshot search;
    // The task as TOML, and the names of its coefficients in the order that the snapshot's indices,
    // optimizer, gradients and matrices have.
    std::string task{};
    std::vector<std::string> coefficients{};
    std::string path{}; // of the file that it was read from; not part of it
};

// The file's bytes, and back. decode throws Error(data) for anything but an intact checkpoint and
// Error(version) for one of a later format; `name` is how messages call it.
std::string encode_checkpoint(const Checkpoint& checkpoint);
Checkpoint decode_checkpoint(const std::string& bytes, const std::string& name);

// The newest intact checkpoint of a run directory: checkpoint.bin, or where that is missing or
// corrupt checkpoint.bin.prev. Throws what was wrong with the first if neither can be read, and
// Error(version) where the first is of a later version: the one before would lose what that did.
Checkpoint read_checkpoint(const std::string& directory);
// Whether there is either file.
bool has_checkpoint(const std::string& directory);

} // namespace carve::cli
