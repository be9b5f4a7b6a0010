// Which reader a file is for, by its name; and what is read by none.
#include "arrays.hpp"
#include "atomic_file.hpp"
#include "csv_arrays.hpp"
#include "data.hpp"
#include "error.hpp"
#include "hdf5_arrays.hpp"
#include "npy_arrays.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace carve::cli {
namespace {

struct OtherFile {
    const char *extension, *is, *help;
};
constexpr const char* kFromObjects =
    "objects are not loaded; in Python: numpy.savez('data.npz', x=array)";
constexpr OtherFile kOtherFiles[] = {
    {".parquet", "a Parquet file",
     "save it as CSV: pandas.read_parquet(file).to_csv('data.csv', index=False)"},
    {".feather", "a Feather file",
     "save it as CSV: pandas.read_feather(file).to_csv('data.csv', index=False)"},
    {".arrow", "an Arrow file",
     "save it as CSV: pandas.read_feather(file).to_csv('data.csv', index=False)"},
    {".xlsx", "a spreadsheet", "save it as CSV"},
    {".xls", "a spreadsheet", "save it as CSV"},
    {".ods", "a spreadsheet", "save it as CSV"},
    {".pkl", "a pickle of Python objects", kFromObjects},
    {".pickle", "a pickle of Python objects", kFromObjects},
    {".pt", "a file of PyTorch's",
     "objects are not loaded; in Python: numpy.savez('data.npz', x=tensor.numpy())"},
    {".rds", "a file of R's", "in R: write.csv(x, 'data.csv', row.names = FALSE)"},
    {".rdata", "a file of R's", "in R: write.csv(x, 'data.csv', row.names = FALSE)"},
    {".json", "a JSON file", "in Python: numpy.savez('data.npz', x=array)"},
};

[[noreturn]] void refuse(const std::string& path, const std::string& extension) {
    for (const OtherFile& other : kOtherFiles)
        if (extension == other.extension)
            throw Error(Exit::data, fmt::format("'{}' is {}, which is not read", path, other.is),
                        other.help);
    throw Error(Exit::data,
                fmt::format("'{}' is of no type that is read: .csv, .tsv, .txt, .npy, .npz, .h5, "
                            ".hdf5, .nwb, .mat",
                            path),
                "save the data as one of them, for example with numpy.savez(file, x=array)");
}

// MATLAB before 7.3 has a format of its own; later files are HDF5 behind a header of 512 bytes.
void refuse_old_matlab(const std::string& path) {
    const std::string signature = "\x89HDF\r\n\x1a\n", start = read_start(path, 520);
    if (start.compare(0, 8, signature) != 0 &&
        (start.size() < 520 || start.compare(512, 8, signature) != 0))
        throw Error(Exit::data, fmt::format("'{}' is not a MATLAB file of version 7.3", path),
                    "in MATLAB: save('x.mat', '-v7.3'); in Python: numpy.savez('x.npz', "
                    "x=scipy.io.loadmat('x.mat')['x'])");
}

bool is_one_of(const std::string& extension, std::initializer_list<const char*> others) {
    return std::find(others.begin(), others.end(), extension) != others.end();
}

} // namespace

std::vector<NamedArray> read_arrays(const std::string& path,
                                    const std::vector<std::string>& wanted) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        throw Error(Exit::data, fmt::format("'{}' is a directory, not a file of arrays", path),
                    "name a file in it");
    const std::string extension = extension_of(path);
    if (is_one_of(extension, {".csv", ".tsv", ".txt"}))
        return parse_csv_arrays(read_file(path), path, wanted);
    if (extension == ".npz")
        return parse_npz(read_file(path), path, wanted);
    if (extension == ".mat") {
        refuse_old_matlab(path);
        return read_hdf5(path, Hdf5Kind::matlab, wanted);
    }
    if (is_one_of(extension, {".h5", ".hdf5", ".nwb"}))
        return read_hdf5(path, Hdf5Kind::plain, wanted);
    if (extension != ".npy")
        refuse(path, extension);
    for (const std::string& name : wanted)
        if (!name.empty())
            throw Error(
                Exit::data,
                fmt::format("'{}' has no array '{}': it is one array without a name", path, name),
                "leave the name out, or save arrays with names: numpy.savez(file, x=array)");
    std::vector<NamedArray> arrays;
    arrays.push_back(parse_npy_array("", read_file(path), fmt::format("'{}'", path)));
    return arrays;
}

} // namespace carve::cli
