// carve report: the page of a finished run.
#include "report.hpp"

#include "atomic_file.hpp"
#include "full_run.hpp"
#include "json.hpp"
#include "load.hpp"
#include "output.hpp"
#include "run_verbs.hpp"
#include "stored_run.hpp"
#include "this_host.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <optional>

namespace carve::cli {
namespace {

// The files that the task names, if they are those of the run; else why they are not.
std::optional<TrialSource> source_of(const Task& task, const FullRun& run, std::string& missing) {
    try {
        TrialSource source(task);
        for (const auto& [path, checksum] : source.files())
            for (const InputFile& known : run.facts.inputs)
                if (known.path == path && known.checksum != checksum)
                    missing = fmt::format("'{}' has changed since the run", path);
        if (missing.empty())
            return source;
    } catch (const Error& error) {
        missing = error.what();
    }
    return std::nullopt;
}

Life life_of_run(const FullRun& run, bool quiet) {
    const Task task = for_this_host(with_rule(run.task, {"", run.result.rules}));
    std::string missing;
    const std::optional<TrialSource> source = source_of(task, run, missing);
    if (!source)
        say(quiet, fmt::format("warning: {}; the report has no picture of the network", missing));
    return source ? pictured_life(task, *source) : Life{};
}

void write_page(const std::string& path, const std::string& html, bool replace) {
    if (!replace && std::filesystem::exists(std::filesystem::symlink_status(path)))
        throw Error(Exit::usage, path + " is there already", "--force replaces it");
    write_file_atomically(path, html);
}

std::string run_page(const std::string& directory, bool quiet) {
    const FullRun run = read_full_run(directory);
    return report_html(run.task, run.result, run.facts, run.seconds, life_of_run(run, quiet));
}

} // namespace

Exit report(const ReportOptions& options) {
    const std::string run = without_slash(options.runs[0]);
    if (kind_of_directory(run) != StoredKind::search)
        throw no_run(run);
    const bool own = options.out.empty(); // the page that the run has already
    const std::string out = own ? run + "/report.html" : options.out;
    write_page(out, run_page(run, options.quiet), own || options.force);
    print(options.json ? dump(Json{{"file", out}}, 2) : out + "\n");
    return Exit::ok;
}

} // namespace carve::cli
