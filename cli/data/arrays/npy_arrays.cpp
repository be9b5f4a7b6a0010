// .npy files of up to three axes, and archives of them.
#include "npy_arrays.hpp"
#include "axes.hpp"
#include "npy.hpp"
#include "utf8.hpp"
#include "zip.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr std::string_view kSuffix = ".npy";

bool is_array(const ZipMember& member) {
    return member.name.size() >= kSuffix.size() &&
           member.name.compare(member.name.size() - kSuffix.size(), kSuffix.size(), kSuffix) == 0;
}

std::string name_of(const ZipMember& member) {
    return member.name.substr(0, member.name.size() - kSuffix.size());
}

std::vector<std::string> names_of(const std::vector<ZipMember>& members, const std::string& path) {
    std::vector<std::string> names;
    for (const ZipMember& member : members)
        names.push_back(name_of(member));
    std::vector<std::string> sorted = names;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end())
        throw Error(Exit::data,
                    fmt::format("'{}' has several arrays named '{}'", path, excerpt(*twice)),
                    "write it again with one array of a name");
    return names;
}

std::string called(const std::string& name, const std::string& path) {
    return fmt::format("array '{}' of '{}'", excerpt(name), path);
}

} // namespace

NamedArray parse_npy_array(std::string name, std::string_view bytes, const std::string& what) {
    const NpyHeader header = read_npy_header(bytes, what);
    const NpyType type = read_npy_type(header, what);
    check_axes(header.shape, what);
    check_npy_size(header, type, bytes, what);
    std::vector<double> values((bytes.size() - header.start) / type.bytes);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = type.load(bytes.data() + header.start + i * type.bytes);
    return arranged(std::move(name), header.shape,
                    header.fortran ? FirstAxis::fastest : FirstAxis::slowest, std::move(values),
                    what);
}

std::vector<NamedArray> parse_npz(const std::string& bytes, const std::string& path,
                                  const std::vector<std::string>& wanted) {
    std::vector<ZipMember> members = zip_members(bytes, path);
    members.erase(std::remove_if(members.begin(), members.end(),
                                 [](const ZipMember& m) { return !is_array(m); }),
                  members.end());
    const std::vector<std::string> names = names_of(members, path);
    std::vector<NamedArray> arrays;
    for (const std::string& name : wanted.empty() ? names : wanted) {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end())
            throw no_array(path, name, names);
        const std::string what = called(name, path);
        const std::string array =
            unzipped(bytes, members[static_cast<std::size_t>(found - names.begin())], path);
        if (wanted.empty() && !read_npy_header(array, what).holds_numbers())
            continue;
        arrays.push_back(parse_npy_array(name, array, what));
    }
    if (arrays.empty())
        throw no_numbers(path);
    return arrays;
}

} // namespace carve::cli
