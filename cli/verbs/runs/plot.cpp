// carve plot: a figure of a run's page as a file of its own.
#include "atomic_file.hpp"
#include "json.hpp"
#include "output.hpp"
#include "pages.hpp"
#include "run_verbs.hpp"
#include "suggest.hpp"
#include "table.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

namespace carve::cli {
namespace {

namespace fs = std::filesystem;

// With librsvg's own program, which draws the same fonts in each format.
void convert(const std::string& format, const std::string& from, const std::string& to) {
    std::string arguments[] = {"rsvg-convert", "--format", format,
                               "--dpi-x",      "300",      "--dpi-y",
                               "300",          "--zoom",   format == "png" ? "3" : "1",
                               "--output",     to,         from};
    std::vector<char*> argv;
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_t process = 0;
    const int fault =
        ::posix_spawnp(&process, "rsvg-convert", nullptr, nullptr, argv.data(), environ);
    int status = 0;
    while (fault == 0 && ::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    const int code = fault == 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 127;
    if (code == 127)
        throw Error(Exit::usage,
                    fmt::format("a {} is drawn by rsvg-convert, which is not installed", format),
                    "Debian: apt-get install librsvg2-bin; --format svg needs nothing");
    if (code != 0)
        throw Error(Exit::io, fmt::format("rsvg-convert could not write '{}'", to));
}

// The one that --format names, else the end of the file's name; svg without both.
std::string format_of(const PlotOptions& options) {
    static const std::vector<std::string> formats{"svg", "pdf", "png"};
    const std::string end = fs::path(options.out).extension().string();
    if (!options.format.empty()) {
        if (end.size() > 1 && end.substr(1) != options.format &&
            std::find(formats.begin(), formats.end(), end.substr(1)) != formats.end())
            throw Error(
                Exit::usage,
                fmt::format("--format {} and the name '{}' differ", options.format, options.out),
                "give one of them");
        return options.format;
    }
    if (end.empty())
        return "svg";
    if (std::find(formats.begin(), formats.end(), end.substr(1)) == formats.end())
        throw Error(Exit::usage,
                    fmt::format("'{}' ends in no format that carve plot writes", options.out),
                    "svg, pdf and png are; or say --format");
    return end.substr(1);
}

const Plot& find(const std::vector<Plot>& all, const std::string& name) {
    std::vector<std::string> names;
    for (const Plot& plot : all) {
        if (plot.id == name)
            return plot;
        names.push_back(plot.id);
    }
    throw Error(
        Exit::usage, fmt::format("the run has no figure '{}'", name),
        did_you_mean(name, names, fmt::format("its figures are: {}", fmt::join(names, ", "))));
}

void list(const std::vector<Plot>& all, bool json) {
    Json documents = Json::array();
    std::vector<std::vector<std::string>> rows;
    for (const Plot& plot : all) {
        documents.push_back(
            {{"what", plot.id}, {"title", plot.title}, {"description", plot.description}});
        rows.push_back(
            {plot.id, plot.title + (plot.description.empty() ? "" : " " + plot.description)});
    }
    print(json ? dump(documents, 2) : table_text(rows));
}

} // namespace

Exit plot(const PlotOptions& options) {
    Figures figures;
    page_of(options.runs, options.quiet, figures);
    if (options.what.empty()) {
        if (!options.out.empty())
            throw Error(Exit::usage, "--out needs --what, a figure",
                        fmt::format("carve plot {} lists them", options.runs[0]));
        list(figures.all(), options.json);
        return Exit::ok;
    }
    const std::string svg = plot_svg(find(figures.all(), options.what), options.width);
    const std::string format = format_of(options);
    const std::string out = options.out.empty() ? options.what + "." + format : options.out;
    if (!options.force && fs::exists(fs::symlink_status(out)))
        throw Error(Exit::usage, out + " is there already", "--force replaces it");
    if (format == "svg") {
        write_file_atomically(out, svg);
    } else {
        const std::string source = out + ".svg.partial", drawn = out + ".partial";
        const auto remove = [&] {
            std::error_code none;
            fs::remove(source, none);
            fs::remove(drawn, none);
        };
        try {
            write_file_atomically(source, svg);
            convert(format, source, drawn);
            write_file_atomically(out, read_file(drawn));
        } catch (const Error&) {
            remove();
            throw;
        }
        remove();
    }
    print(options.json ? dump(Json{{"file", out}}, 2) : out + "\n");
    return Exit::ok;
}

} // namespace carve::cli
