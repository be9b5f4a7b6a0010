// carve new: a task to start from.
#include "atomic_file.hpp"
#include "output.hpp"
#include "task.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <filesystem>

namespace carve::cli {

Exit new_task(const std::string& name, bool force) {
    namespace fs = std::filesystem;
    const fs::path path =
        fs::path(name).extension() == ".toml" ? fs::path(name) : fs::path(name + ".toml");
    const std::string stem = path.stem().string();
    const auto plain = [](unsigned char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\'; };
    if (!name_fault(stem).empty() || !std::all_of(stem.begin(), stem.end(), plain))
        throw Error(Exit::usage, "a task cannot be called '" + name + "'",
                    "letters, digits, - and _ make a name");
    if (!force && fs::exists(fs::symlink_status(path)))
        throw Error(Exit::usage, path.string() + " is there already", "--force replaces it");
    write_file_atomically(path.string(), new_task_toml(stem));
    print(path.string() + "\n");
    return Exit::ok;
}

} // namespace carve::cli
