// carve export: a rule as code or text for other programs.
#include "atomic_file.hpp"
#include "error.hpp"
#include "exports.hpp"
#include "output.hpp"
#include "rule.hpp"
#include "run_verbs.hpp"

#include <algorithm>
#include <filesystem>

namespace carve::cli {

Exit export_rule(const ExportOptions& options) {
    const auto target = std::find_if(export_targets().begin(), export_targets().end(),
                                     [&](const ExportTarget& t) { return t.name == options.to; });
    const std::string text = target->text(export_of(load_rule(options.rule)));
    if (options.out.empty()) {
        print(text);
        return Exit::ok;
    }
    if (!options.force && std::filesystem::exists(std::filesystem::symlink_status(options.out)))
        throw Error(Exit::usage, options.out + " is there already", "--force replaces it");
    write_file_atomically(options.out, text);
    print(options.out + "\n");
    return Exit::ok;
}

} // namespace carve::cli
