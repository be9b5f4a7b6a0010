// In the place of the readers of HDF5, where carve is built without its library.
#include "error.hpp"
#include "hdf5_arrays.hpp"

#include <fmt/format.h>

namespace carve::cli {

std::vector<NamedArray> read_hdf5(const std::string& path, Hdf5Kind kind,
                                  const std::vector<std::string>&) {
    throw Error(Exit::data,
                fmt::format("'{}' is a file of {}, and this carve was built without HDF5", path,
                            kind == Hdf5Kind::matlab ? "MATLAB's" : "HDF5"),
                "build it with Debian's libhdf5-dev, or save the arrays with "
                "numpy.savez('data.npz', x=array)");
}

} // namespace carve::cli
