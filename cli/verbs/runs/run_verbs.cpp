#include "run_verbs.hpp"

#include "exports.hpp"

#include <CLI/CLI.hpp>

namespace carve::cli {
namespace {

void add_json(CLI::App& verb, RunVerbOptions& o) {
    verb.add_flag("--json", o.json, "one JSON document on the standard output");
}

void add_report(const AddVerb& add, ReportOptions& o) {
    CLI::App* const verb =
        add("report", "runs and explorations as a page to look at", [&o] { return report(o); });
    verb->add_option("RUN", o.runs,
                     "directory of a run, of seeds or of an exploration; several are compared")
        ->required();
    verb->add_option("--out", o.out, "file to write (default: report.html in the run's directory)")
        ->type_name("FILE");
    verb->add_flag("--force", o.force, "replace the file");
    verb->add_flag("--json", o.json, "one JSON document on the standard output");
    verb->add_flag("-q,--quiet", o.quiet, "no messages");
    verb->footer("Examples:\n"
                 "  carve report RUN                          write the run's report.html again\n"
                 "  carve report RUN runs/b --out page.html   two runs side by side\n");
}

void add_plot(const AddVerb& add, PlotOptions& o) {
    CLI::App* const verb =
        add("plot", "a figure of a run as a file for a paper", [&o] { return plot(o); });
    verb->add_option("RUN", o.runs, "directories, as of carve report")->required();
    verb->add_option("--what", o.what, "which figure (default: list them)")->type_name("NAME");
    verb->add_option("--format", o.format, "svg, pdf or png (default: as --out ends, else svg)")
        ->check(CLI::IsMember({"svg", "pdf", "png"}));
    verb->add_option("--out", o.out, "file to write (default: NAME.svg)")->type_name("FILE");
    verb->add_option("--width", o.width, "width in px, of 1/96 inch (560)")
        ->type_name("PX")
        ->check(CLI::Range(240, 4000));
    verb->add_flag("--force", o.force, "replace the file");
    verb->add_flag("--json", o.json, "one JSON document on the standard output");
    verb->add_flag("-q,--quiet", o.quiet, "no messages");
    verb->footer("Examples:\n"
                 "  carve plot RUN               the names of its figures\n"
                 "  carve plot RUN --what loss   writes loss.svg\n");
}

} // namespace

void add_run_verbs(const AddVerb& add, RunVerbOptions& o) {
    CLI::App* verb = add("show", "what a run has found, or how far it has got",
                         [&o] { return show(o.shown, o.json); });
    verb->add_option("RUN", o.shown, "run directory")->required();
    add_json(*verb, o);
    verb->footer("Examples:\n"
                 "  carve show RUN          task, state, rule and losses on one screen\n"
                 "  carve show RUN --json   the same for a program\n");

    add_report(add, o.reported);
    add_plot(add, o.plotted);

    verb = add("watch", "the loss curve of a search, in the terminal",
               [&o] { return watch(o.watched, o.once); });
    verb->add_option("RUN", o.watched, "run directory")->required();
    verb->add_flag("--once", o.once, "one picture, as where the output is no terminal");
    verb->footer(
        "Examples:\n"
        "  carve watch RUN          until the search ends, or Ctrl-C, which it does not notice\n"
        "  carve watch RUN --once   one picture\n");

    verb =
        add("compare", "runs and rules side by side", [&o] { return compare(o.compared, o.json); });
    verb->add_option("RUN", o.compared,
                     "run directories; a rule.toml or a preset has coefficients alone")
        ->required();
    add_json(*verb, o);
    verb->footer("Examples:\n"
                 "  carve compare RUN oja          the coefficients beside those of Oja's rule\n"
                 "  carve compare RUN oja --json   the same for a program\n");

    verb = add("list", "the run directories below a directory",
               [&o] { return list(o.listed, o.json); });
    verb->add_option("DIR", o.listed, "where to look, at most 6 levels deep (default: .)");
    add_json(*verb, o);
    verb->footer("Examples:\n"
                 "  carve list       every run below the working directory\n"
                 "  carve list RUN   this one, and those of its seeds\n");

    verb = add("export", "a rule as code or text", [&o] { return export_rule(o.exported); });
    verb->add_option("RULE", o.exported.rule, "preset, rule.toml or run directory")->required();
    std::vector<std::string> targets;
    for (const ExportTarget& target : export_targets())
        targets.push_back(target.name);
    verb->add_option("--to", o.exported.to,
                     "python, c, brian2, nestml (untested), latex or markdown")
        ->required()
        ->check(CLI::IsMember(targets));
    verb->add_option("--out", o.exported.out, "file to write (default: the standard output)")
        ->type_name("FILE");
    verb->add_flag("--force", o.exported.force, "replace the file");
    verb->footer(
        "Examples:\n"
        "  carve export RUN --to python --out rule.py   a function of NumPy arrays\n"
        "  carve export vogels_istdp --to brian2        the arguments of Synapses\n"
        "  carve export vogels_istdp --to nestml        a synapse model; not tested with NEST\n"
        "  carve export oja --to latex                  an equation for a paper\n");
}

} // namespace carve::cli
