// hdf5_arrays.hpp: the datasets of an HDF5 file, where carve is built with it.
#pragma once
#include "arrays.hpp"

namespace carve::cli {

// MATLAB's arrays are in the file with their axes reversed, and are read with the order that they
// have in MATLAB.
enum class Hdf5Kind { plain, matlab };

// A name is a path, with or without a slash in front: "processing/x".
std::vector<NamedArray> read_hdf5(const std::string& path, Hdf5Kind kind,
                                  const std::vector<std::string>& wanted);

} // namespace carve::cli
