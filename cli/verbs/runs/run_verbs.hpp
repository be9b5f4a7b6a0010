// run_verbs.hpp: the verbs that show runs and their rules, and their place on the command line.
#pragma once
#include "error.hpp"

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace carve::cli {

Exit show(const std::string& path, bool json);
Exit compare(const std::vector<std::string>& paths, bool json);
Exit list(const std::string& directory, bool json);
// once: one picture, and not one each second as long as the search runs.
Exit watch(const std::string& directory, bool once);

struct ReportOptions {
    std::vector<std::string> runs;
    std::string out; // "": report.html of the run
    bool force = false, json = false, quiet = false;
};
Exit report(const ReportOptions& options);

struct PlotOptions {
    std::vector<std::string> runs;
    std::string what, out, format; // what "": lists the figures; out "": WHAT.FORMAT
    double width = 560;            // px, of 1/96 inch
    bool force = false, json = false, quiet = false;
};
Exit plot(const PlotOptions& options);

struct ExportOptions {
    std::string rule, to, out; // out "": the standard output
    bool force = false;
};
Exit export_rule(const ExportOptions& options);

struct RunVerbOptions {
    std::string shown, watched, listed = ".";
    ExportOptions exported;
    ReportOptions reported;
    PlotOptions plotted;
    std::vector<std::string> compared;
    bool json = false, once = false;
};
using AddVerb =
    std::function<CLI::App*(const char* name, const char* what, std::function<Exit()> call)>;
void add_run_verbs(const AddVerb& add, RunVerbOptions& options);

} // namespace carve::cli
