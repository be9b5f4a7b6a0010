// carve convert: a task of carve 0.1 in the words of today.
#include "atomic_file.hpp"
#include "described.hpp"
#include "output.hpp"
#include "read_old.hpp"
#include "toml.hpp"
#include "verbs.hpp"
#include "write_task.hpp"

#include <filesystem>

namespace carve::cli {
namespace {

// A path that is relative to the old file becomes one that is relative to the new one.
void keep_relative(task::Task& task, const std::string& from, const ConvertOptions& options) {
    namespace fs = std::filesystem;
    const TomlValue root = parse_toml(from, options.old, Exit::usage);
    const TomlValue* path = root.find("input", "path");
    const auto* text = path ? std::get_if<std::string>(&path->value) : nullptr;
    if (!text || fs::path(*text).is_absolute())
        return;
    const fs::path file = fs::absolute(options.out.empty() ? options.old : options.out);
    for (task::Data& data : task.data)
        if (!data.path.empty())
            data.path = fs::path(data.path)
                            .lexically_relative(file.lexically_normal().parent_path())
                            .string();
}

} // namespace

Exit convert(const ConvertOptions& options) {
    namespace fs = std::filesystem;
    const std::string from = read_text(options.old, Exit::usage);
    if (!old::is_old_task(from, options.old))
        throw Error(Exit::usage, "'" + options.old + "' is a task of format 2 already");
    task::Task task = old::described(old::parse_old_task(from, options.old));
    keep_relative(task, from, options);
    const std::string text = task::to_toml(task, task::Shown::changes);
    parse_task(text, "(" + options.old + " converted)", {}); // what does not load is not written
    if (options.out.empty()) {
        print(text);
        return Exit::ok;
    }
    if (!options.force && fs::exists(fs::symlink_status(options.out)))
        throw Error(Exit::usage, options.out + " is there already", "--force replaces it");
    write_file_atomically(options.out, text);
    print(options.out + "\n");
    return Exit::ok;
}

} // namespace carve::cli
