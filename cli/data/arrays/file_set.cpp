#include "file_set.hpp"

#include "atomic_file.hpp"
#include "error.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace carve::cli {
namespace {

bool matches(const std::string& name, const std::string& pattern) {
    const std::size_t star = pattern.find('*');
    if (star == std::string::npos)
        return name == pattern;
    if (name.compare(0, star, pattern, 0, star) != 0)
        return false;
    const std::string rest = pattern.substr(star + 1);
    for (std::size_t at = star; at <= name.size(); ++at)
        if (matches(name.substr(at), rest))
            return true;
    return false;
}

void append(NamedArray& all, const NamedArray& more, const std::string& file,
            const std::string& first) {
    if (more.steps != all.steps)
        throw Error(Exit::data,
                    fmt::format("'{}': array '{}' has {} steps, that of '{}' {}", file, more.name,
                                more.steps, first, all.steps),
                    "files of as many steps each: cut the longer ones, or fill up the shorter ones "
                    "and name a column that is 0 there as mask");
    if (more.units != all.units)
        throw Error(Exit::data,
                    fmt::format("'{}': array '{}' has {} units, that of '{}' {}", file, more.name,
                                more.units, first, all.units),
                    "the same units in all files");
    all.values.insert(all.values.end(), more.values.begin(), more.values.end());
    ++all.trials;
}

} // namespace

bool is_pattern(const std::string& path) { return path.find('*') != std::string::npos; }

std::vector<std::string> files_of(const std::string& path) {
    if (!is_pattern(path))
        return {path};
    const std::filesystem::path whole(path), folder = whole.parent_path();
    if (is_pattern(folder.string()))
        throw Error(Exit::data, fmt::format("'{}' has a * in the name of a folder", path),
                    "* in the file's name only");
    std::vector<std::string> files;
    std::error_code failed;
    std::filesystem::directory_iterator entries(folder.empty() ? "." : folder, failed);
    for (; !failed && entries != std::filesystem::directory_iterator(); entries.increment(failed)) {
        const std::string name = entries->path().filename().string();
        if (matches(name, whole.filename().string()))
            files.push_back((folder / name).string());
    }
    if (files.size() < 2)
        throw Error(Exit::data,
                    fmt::format("'{}': {}; each is a trial", path,
                                files.empty() ? "no files match" : "only one file matches"),
                    "several files in the task's folder, or the name of one");
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<std::pair<std::string, std::uint64_t>> with_checksums(const std::string& path) {
    std::vector<std::pair<std::string, std::uint64_t>> out;
    for (const std::string& file : files_of(path))
        out.emplace_back(file, checksum_of_file(file));
    return out;
}

std::vector<NamedArray> read_trials(const std::string& path,
                                    const std::vector<std::string>& wanted) {
    if (!is_pattern(path))
        return read_arrays(path, wanted);
    const std::vector<std::string> files = files_of(path);
    std::vector<NamedArray> all;
    for (const std::string& file : files) {
        std::vector<NamedArray> arrays = read_arrays(file, wanted);
        for (const NamedArray& array : arrays)
            if (array.trials != 1)
                throw Error(Exit::data,
                            fmt::format("'{}': array '{}' has {} trials, and the file is one", file,
                                        array.name, array.trials),
                            "one trial per file, or the name of one file with all trials");
        if (all.empty())
            all = std::move(arrays);
        else
            for (std::size_t i = 0; i < all.size(); ++i)
                append(all[i], arrays[i], file, files[0]);
    }
    return all;
}

} // namespace carve::cli
