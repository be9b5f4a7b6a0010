#include "atomic_file.hpp"
#include "axes.hpp"
#include "hdf5_dataset.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <mutex>

namespace carve::cli {
namespace {

constexpr std::size_t kMostNamed = 200; // characters of names in a message

// Messages of HDF5 go to no terminal, and it loads no code for filters that it does not have.
void prepare_library() {
    static const bool done = [] {
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
        H5PLset_loading_state(0);
        return true;
    }();
    static_cast<void>(done);
}

herr_t refuse_other_file(const char*, const char*, const char*, const char*, unsigned*, hid_t,
                         void*) {
    return -1;
}

// MATLAB's own groups ("#refs#") hold what its cells and objects refer to.
herr_t add_name(hid_t, const char* name, const H5L_info_t* info, void* names) noexcept {
    if (info->type == H5L_TYPE_HARD && name[0] != '#')
        try {
            static_cast<std::vector<std::string>*>(names)->push_back(name);
        } catch (const std::bad_alloc&) {
            return -1;
        }
    return 0;
}

class Hdf5File {
  public:
    Hdf5File(const std::string& path, Hdf5Kind kind)
        : path_(path), kind_(kind), bytes_(std::filesystem::file_size(path)),
          links_(H5Pcreate(H5P_LINK_ACCESS), H5Pclose),
          file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose) {
        if (file_ < 0)
            throw Error(Exit::data, fmt::format("'{}' is not an intact HDF5 file", path),
                        "it may have been cut off, or still be open elsewhere for writing; write "
                        "it again");
        H5Pset_elink_cb(links_, refuse_other_file, nullptr);
    }

    // Paths of all datasets, sorted.
    std::vector<std::string> datasets() const {
        std::vector<std::string> links, names;
        if (H5Lvisit(file_, H5_INDEX_NAME, H5_ITER_INC, add_name, &links) < 0)
            throw Error(Exit::data, fmt::format("'{}' cannot be listed", path_),
                        "the file was damaged or cut off; write it again");
        for (const std::string& name : links)
            if (H5Iget_type(open(name)) == H5I_DATASET && !is_part_of_sparse(name))
                names.push_back(name);
        return names;
    }

    Hdf5Handle open(const std::string& name) const {
        return {H5Oopen(file_, name.c_str(), links_), H5Oclose};
    }

    Hdf5Source source(hid_t dataset, const std::string& name) const {
        return {dataset, kind_, bytes_,
                fmt::format("{} '{}' of '{}'", kind_ == Hdf5Kind::matlab ? "variable" : "dataset",
                            excerpt(name), path_)};
    }

    NamedArray array(const std::string& name) const {
        const std::size_t start = name.find_first_not_of('/');
        const std::string path = start == std::string::npos ? "/" : name.substr(start);
        const Hdf5Handle object = open(path);
        const H5I_type_t type = object < 0 ? H5I_BADID : H5Iget_type(object);
        if (type == H5I_GROUP)
            throw group(path, object);
        if (type != H5I_DATASET)
            throw is_elsewhere(path)
                ? Error(Exit::data,
                        fmt::format("'{}' in '{}' is a link to another file", excerpt(name), path_),
                        "name the other file")
                : no_array(path_, name, datasets());
        return read_dataset(source(object, path), name);
    }

  private:
    Error group(const std::string& name, hid_t group) const {
        if (H5Aexists(group, "MATLAB_sparse") > 0)
            return Error(Exit::data, fmt::format("{} is a sparse matrix", source(group, name).what),
                         "save full(x)");
        std::string inside;
        for (const std::string& dataset : datasets()) {
            if (name != "/" && dataset.compare(0, name.size() + 1, name + "/") != 0)
                continue;
            if (inside.size() >= kMostNamed) {
                inside += ", ...";
                break;
            }
            inside += fmt::format("{}'{}'", inside.empty() ? "" : ", ", excerpt(dataset));
        }
        return Error(Exit::data,
                     fmt::format("'{}' in '{}' is a group, not an array", excerpt(name), path_),
                     inside.empty() ? "it holds none" : "name one in it: " + inside);
    }

    bool is_elsewhere(const std::string& name) const {
        H5L_info_t info{};
        return H5Lget_info(file_, name.c_str(), &info, links_) >= 0 &&
               info.type == H5L_TYPE_EXTERNAL;
    }

    bool is_part_of_sparse(const std::string& name) const {
        const std::size_t slash = name.rfind('/');
        return kind_ == Hdf5Kind::matlab && slash != std::string::npos &&
               H5Aexists_by_name(file_, name.substr(0, slash).c_str(), "MATLAB_sparse", links_) > 0;
    }

    const std::string& path_;
    Hdf5Kind kind_;
    std::uint64_t bytes_;
    Hdf5Handle links_, file_;
};

} // namespace

std::vector<NamedArray> read_hdf5(const std::string& path, Hdf5Kind kind,
                                  const std::vector<std::string>& wanted) {
    static std::mutex one_at_a_time; // the library may be built without locks of its own
    const std::lock_guard<std::mutex> lock(one_at_a_time);
    prepare_library();
    read_start(path, 1); // says why it cannot be read
    const Hdf5File file(path, kind);
    std::vector<NamedArray> arrays;
    for (const std::string& name : wanted)
        arrays.push_back(file.array(name));
    if (wanted.empty())
        for (const std::string& name : file.datasets()) {
            const Hdf5Handle dataset = file.open(name);
            if (holds_numbers(file.source(dataset, name)))
                arrays.push_back(file.array(name));
        }
    if (arrays.empty())
        throw no_numbers(path);
    return arrays;
}

} // namespace carve::cli
