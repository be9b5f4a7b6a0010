#include "hdf5_dataset.hpp"
#include "axes.hpp"
#include "utf8.hpp"
#include "zip.hpp"

#include <algorithm>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

const char* const kNumbersHelp =
    "real numbers are read: floating point and integers of up to 64 bits, bool; convert it with "
    "array.astype('f8') before it is saved";

// What values are, and the way out; values is null for numbers that are read.
struct Values {
    const char *values = nullptr, *help = kNumbersHelp;
};

bool is_complex(hid_t type) {
    if (H5Tget_nmembers(type) != 2)
        return false;
    for (unsigned i = 0; i < 2; ++i)
        if (H5Tget_member_class(type, i) != H5T_FLOAT)
            return false;
    char* const first = H5Tget_member_name(type, 0);
    const std::string name = first ? first : "";
    H5free_memory(first);
    return name == "r" || name == "real"; // as h5py and MATLAB call it
}

// What MATLAB calls the class of a variable; empty where it does not say.
std::string matlab_class(hid_t object) {
    if (H5Aexists(object, "MATLAB_class") <= 0)
        return {};
    const Hdf5Handle attribute(H5Aopen(object, "MATLAB_class", H5P_DEFAULT), H5Aclose);
    const Hdf5Handle type(H5Aget_type(attribute), H5Tclose);
    const Hdf5Handle space(H5Aget_space(attribute), H5Sclose);
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 ||
        H5Sget_simple_extent_npoints(space) != 1)
        return "?";
    std::string text(std::min<std::size_t>(H5Tget_size(type), 64), '\0');
    if (text.size() != H5Tget_size(type) || H5Aread(attribute, type, text.data()) < 0)
        return "?";
    return text.substr(0, text.find('\0'));
}

Values matlab_values(hid_t dataset) {
    const std::string name = matlab_class(dataset);
    for (const char* number : {"", "double", "single", "logical", "int8", "int16", "int32", "int64",
                               "uint8", "uint16", "uint32", "uint64"})
        if (name == number)
            return {};
    if (name == "char")
        return {"texts", "save numbers instead: double(x), or findgroups(x) of words"};
    if (name == "cell")
        return {"a cell array", "save a numeric array: cell2mat(x)"};
    return {"an object", "save its numbers as arrays, for example table2array(x)"};
}

Values values_of(const Hdf5Source& source) {
    const Hdf5Handle type(H5Dget_type(source.dataset), H5Tclose);
    if (source.kind == Hdf5Kind::matlab) {
        const Values values = matlab_values(source.dataset);
        if (values.values)
            return values;
    }
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
    case H5T_FLOAT:
    case H5T_ENUM: // as which h5py writes bool
        return H5Tget_size(type) <= 8 ? Values{} : Values{"numbers of more than 64 bits"};
    case H5T_COMPOUND:
        if (is_complex(type))
            return {"complex numbers", source.kind == Hdf5Kind::matlab
                                           ? "save its parts, real(x) and imag(x)"
                                           : "save its parts, array.real and array.imag"};
        return {"records with named fields", "save each field as a dataset of its own"};
    case H5T_STRING:
        return {"texts", "code them as numbers, for example with numpy.unique(array, "
                         "return_inverse=True)[1]"};
    case H5T_REFERENCE:
        return {"references to other objects", "name the objects themselves"};
    case H5T_VLEN:
        return {"lists of different lengths", "save them as one array, filled up with NaN"};
    default:
        return {"values of a type that is not read"};
    }
}

std::vector<std::size_t> shape_of(const Hdf5Source& source) {
    const Hdf5Handle space(H5Dget_space(source.dataset), H5Sclose);
    if (H5Sget_simple_extent_type(space) == H5S_NULL ||
        (source.kind == Hdf5Kind::matlab && H5Aexists(source.dataset, "MATLAB_empty") > 0))
        return {0};
    const int n = H5Sget_simple_extent_ndims(space);
    std::vector<hsize_t> dims(static_cast<std::size_t>(std::max(n, 0)));
    H5Sget_simple_extent_dims(space, dims.data(), nullptr);
    std::vector<std::size_t> shape(dims.begin(), dims.end());
    if (source.kind == Hdf5Kind::matlab)
        std::reverse(shape.begin(), shape.end());
    return shape;
}

// A filter by which the values are packed, and which HDF5 does not have; empty without one.
std::string missing_filter(hid_t properties) {
    const int n = H5Pget_nfilters(properties);
    for (int i = 0; i < n; ++i) {
        char name[64] = "";
        std::size_t parameters = 0;
        unsigned flags = 0;
        const H5Z_filter_t filter =
            H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &parameters, nullptr,
                           sizeof name, name, nullptr);
        if (filter >= 0 && H5Zfilter_avail(filter) <= 0)
            return fmt::format("{} ({})", name[0] ? excerpt(name) : "unnamed", filter);
    }
    return {};
}

std::uint64_t bytes_of_chunk(hid_t properties, std::size_t item) {
    hsize_t dims[H5S_MAX_RANK] = {};
    const int n = H5Pget_chunk(properties, H5S_MAX_RANK, dims);
    std::uint64_t bytes = item;
    for (int i = 0; i < n; ++i)
        if (__builtin_mul_overflow(bytes, dims[i], &bytes))
            return UINT64_MAX;
    return bytes;
}

// What is not in this file: values that were never written, that are elsewhere, or that a forged
// size makes up.
void check_storage(const Hdf5Source& source, std::uint64_t needed, std::size_t item) {
    const Hdf5Handle properties(H5Dget_create_plist(source.dataset), H5Pclose);
    const H5D_layout_t layout = H5Pget_layout(properties);
    if (layout == H5D_VIRTUAL || H5Pget_external_count(properties) > 0)
        throw Error(Exit::data, fmt::format("{} has its values in other files", source.what),
                    "copy them into one: h5repack, or in Python file.create_dataset(name, "
                    "data=array)");
    const std::string filter = missing_filter(properties);
    if (!filter.empty())
        throw Error(Exit::data,
                    fmt::format("{} is compressed by the filter {}, which is not there",
                                source.what, filter),
                    "write it without compression, or with gzip");
    const std::uint64_t stored = H5Dget_storage_size(source.dataset);
    if (stored == 0)
        throw Error(Exit::data, fmt::format("{} was never written", source.what),
                    "write its values, or use another array");
    const bool chunked = layout == H5D_CHUNKED;
    const std::uint64_t most =
        chunked ? kMostDeflated * source.file_bytes : std::min(stored, source.file_bytes);
    if (needed > most || stored > source.file_bytes ||
        (chunked && bytes_of_chunk(properties, item) > most))
        throw Error(Exit::data,
                    fmt::format("{} cannot be of {} bytes: {} of the file's {} are its own",
                                source.what, needed, stored, source.file_bytes),
                    "the file may have been cut off; write it again");
}

} // namespace

bool holds_numbers(const Hdf5Source& source) { return !values_of(source).values; }

NamedArray read_dataset(const Hdf5Source& source, std::string name) {
    const Values values = values_of(source);
    if (values.values)
        throw Error(Exit::data, fmt::format("{} holds {}", source.what, values.values),
                    values.help);
    const std::vector<std::size_t> shape = shape_of(source);
    check_axes(shape, source.what);
    const Hdf5Handle type(H5Dget_type(source.dataset), H5Tclose);
    const std::size_t item = H5Tget_size(type);
    std::uint64_t count = 1, needed = 0;
    for (const std::size_t n : shape)
        if (__builtin_mul_overflow(count, n, &count))
            count = UINT64_MAX;
    if (__builtin_mul_overflow(count, std::max<std::uint64_t>(item, sizeof(double)), &needed))
        needed = UINT64_MAX; // also of the doubles
    else
        needed = count * item;
    check_storage(source, needed, item);
    std::vector<double> read(count);
    if (H5Dread(source.dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, read.data()) < 0)
        throw Error(Exit::data, fmt::format("{} cannot be read", source.what),
                    "the file was damaged or cut off; write it again");
    return arranged(std::move(name), shape,
                    source.kind == Hdf5Kind::matlab ? FirstAxis::fastest : FirstAxis::slowest,
                    std::move(read), source.what);
}

} // namespace carve::cli
