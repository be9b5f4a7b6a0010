// npy_arrays.hpp: the array of a .npy file.
#pragma once
#include "arrays.hpp"

#include <string_view>

namespace carve::cli {

// `what` is how messages call it: "'a.npy'", "array 'x' of 'a.npz'".
NamedArray parse_npy_array(std::string name, std::string_view bytes, const std::string& what);

} // namespace carve::cli
