// carve report: the page of finished runs.
#include "atomic_file.hpp"
#include "json.hpp"
#include "output.hpp"
#include "pages.hpp"
#include "run_verbs.hpp"
#include "stored_run.hpp"

#include <filesystem>

namespace carve::cli {

Exit report(const ReportOptions& options) {
    const bool own = options.out.empty(); // the page of a directory, which has one already
    if (own && options.runs.size() > 1)
        throw Error(Exit::usage, "the page of several runs belongs to none of them",
                    "say where it goes: --out FILE.html");
    Figures figures;
    const std::string html = page_of(options.runs, options.quiet, figures);
    const std::string out = own ? without_slash(options.runs[0]) + "/report.html" : options.out;
    if (!own && !options.force && std::filesystem::exists(std::filesystem::symlink_status(out)))
        throw Error(Exit::usage, out + " is there already", "--force replaces it");
    write_file_atomically(out, html);
    print(options.json ? dump(Json{{"file", out}}, 2) : out + "\n");
    return Exit::ok;
}

} // namespace carve::cli
