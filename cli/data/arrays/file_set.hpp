// file_set.hpp: data of several files, one for each trial: "day-*.npz".
#pragma once
#include "arrays.hpp"

#include <cstdint>
#include <utility>

namespace carve::cli {

bool is_pattern(const std::string& path);
// The path, or of a pattern the files that match it, in the order of their names. `*` is any part of a file's
// name. Throws Error(data) where fewer than two match.
std::vector<std::string> files_of(const std::string& path);
// Each with the checksum of its contents.
std::vector<std::pair<std::string, std::uint64_t>> with_checksums(const std::string& path);

// As read_arrays; of a pattern each file is a trial. Throws Error(data) where the files' arrays differ in their
// steps or units, or have trials of their own.
std::vector<NamedArray> read_trials(const std::string& path,
                                    const std::vector<std::string>& wanted);

} // namespace carve::cli
