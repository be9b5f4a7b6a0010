// carve new, tasks, schema: tasks to start from, those that there are, and what a task may say.
#include "atomic_file.hpp"
#include "help.hpp"
#include "json.hpp"
#include "output.hpp"
#include "read_task.hpp"
#include "shipped.hpp"
#include "suggest.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

// Texts whose name begins so are what `carve new --from` writes.
const std::string kNew = "new-";

bool is_template(const std::string& name) { return name.rfind(kNew, 0) == 0; }

std::string description_of(const task::ShippedTask& shipped) {
    const TomlValue root = parse_toml(shipped.text, shipped.name, Exit::internal);
    const TomlValue* text = root.find("description");
    const auto* words = text ? std::get_if<std::string>(&text->value) : nullptr;
    return words ? *words : "a network for other tasks to extend";
}

} // namespace

const std::vector<std::string>& new_task_kinds() {
    static const std::vector<std::string> kinds = [] {
        std::vector<std::string> list{"oja"};
        for (const task::ShippedTask& shipped : task::shipped_tasks())
            if (is_template(shipped.name) && shipped.name != kNew + list[0])
                list.push_back(std::string(shipped.name).substr(kNew.size()));
        return list;
    }();
    return kinds;
}

Exit new_task(const std::string& name, const std::string& from, bool force) {
    namespace fs = std::filesystem;
    const fs::path path =
        fs::path(name).extension() == ".toml" ? fs::path(name) : fs::path(name + ".toml");
    const std::string stem = path.stem().string();
    const auto plain = [](unsigned char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\'; };
    if (!task::name_fault(stem).empty() || !std::all_of(stem.begin(), stem.end(), plain))
        throw Error(Exit::usage, "a task cannot be called '" + name + "'",
                    "letters, digits, - and _ make a name");
    const char* text = task::shipped_text(kNew + from);
    if (!text)
        throw Error(Exit::usage, "there is no task '" + from + "' to start from",
                    did_you_mean(from, new_task_kinds(),
                                 fmt::format("--from {}", fmt::join(new_task_kinds(), ", "))));
    if (!force && fs::exists(fs::symlink_status(path)))
        throw Error(Exit::usage, path.string() + " is there already", "--force replaces it");
    write_file_atomically(path.string(), text);
    print(path.string() + "\n");
    return Exit::ok;
}

Exit tasks(const std::string& name, bool json) {
    if (!name.empty()) {
        const char* text = task::shipped_text(name);
        if (!text)
            throw Error(Exit::usage, "no task '" + name + "' comes with carve",
                        did_you_mean(name, task::shipped_names(), "carve tasks lists them"));
        print(text);
        return Exit::ok;
    }
    Json list = Json::array();
    std::string lines;
    for (const task::ShippedTask& shipped : task::shipped_tasks()) {
        if (is_template(shipped.name))
            continue;
        list.push_back({{"name", shipped.name}, {"description", description_of(shipped)}});
        lines += fmt::format("  {:16} {}\n", shipped.name, description_of(shipped));
    }
    print(json ? dump(list, 2)
               : lines + "carve tasks NAME prints one; another task may say extends = \"NAME\"\n");
    return Exit::ok;
}

Exit schema() {
    print(task::json_schema());
    return Exit::ok;
}

} // namespace carve::cli
