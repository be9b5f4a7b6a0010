// axes.hpp: the axes of an array of a file as trials, steps and units, and what all files refuse.
#pragma once
#include "arrays.hpp"
#include "error.hpp"

namespace carve::cli {

// Which axis of the values in a file is the fastest.
enum class FirstAxis { slowest, fastest };

// Throws Error(data) for more than three axes, and for arrays without values. `what` is how
// messages call the array: "array 'x' of 'a.npz'".
void check_axes(const std::vector<std::size_t>& shape, const std::string& what);

// An array whose axes have been checked; `values` as the file has them. Throws Error(data) with the
// place of a value that is infinite.
NamedArray arranged(std::string name, const std::vector<std::size_t>& shape, FirstAxis first,
                    std::vector<double> values, const std::string& what);

// There is no array of that name in the file; it has those.
Error no_array(const std::string& path, const std::string& name,
               const std::vector<std::string>& names);
// None of a file's arrays holds real numbers.
Error no_numbers(const std::string& path);

} // namespace carve::cli
