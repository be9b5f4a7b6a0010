// carve export: a rule as code or text for other programs.
#include "atomic_file.hpp"
#include "error.hpp"
#include "exports.hpp"
#include "output.hpp"
#include "rule.hpp"
#include "run_verbs.hpp"

#include <filesystem>

namespace carve::cli {

Exit export_rule(const ExportOptions& options) {
    const Export rule = export_of(load_rule(options.rule));
    const std::string text = options.to == "python"   ? to_python(rule)
                             : options.to == "c"      ? to_c(rule)
                             : options.to == "brian2" ? to_brian2(rule)
                             : options.to == "latex"  ? to_latex(rule)
                                                      : to_markdown(rule);
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
