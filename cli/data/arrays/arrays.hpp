// arrays.hpp: the arrays of a data file by name, as [trial][step][unit].
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace carve::cli {

struct NamedArray {
    // Of a column, an .npz member or an HDF5 dataset; "" of a .npy file and of a whole table.
    std::string name;
    std::size_t trials = 1, steps = 1, units = 1;
    std::vector<double> values; // [trial][step][unit]; NaN where one is missing, never infinite
};

// Leading axes are optional: one axis is [step], two [step][unit], three [trial][step][unit]; a
// number without axes is one step of one unit. `wanted`: the names to read, in that order; empty:
// all arrays that hold real numbers, in the order of the file (of HDF5, of their names). Throws
// Error(data) that names file and array, and the way out. HDF5 is read by one thread at a time.
std::vector<NamedArray> read_arrays(const std::string& path,
                                    const std::vector<std::string>& wanted);

// The same of the bytes of an .npz; `path` is how messages call it. Sizes that the archive states
// are checked against its bytes before memory is taken.
std::vector<NamedArray> parse_npz(const std::string& bytes, const std::string& path,
                                  const std::vector<std::string>& wanted);

} // namespace carve::cli
