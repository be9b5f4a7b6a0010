#include "manual.hpp"

#include "help_texts.hpp"
#include "words.hpp"

#include <CLI/CLI.hpp>
#include <carve.h>
#include <fmt/format.h>
#include <sstream>

namespace carve::cli {
namespace {

// A line of text: no character of it is a command to roff.
std::string plain(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
    }
    return (!out.empty() && (out[0] == '.' || out[0] == '\'') ? "\\&" : "") + out;
}

std::string bold(const std::string& text) { return "\\fB" + plain(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + plain(text) + "\\fR"; }

// As it stands, without its first line where that is a heading.
std::string verbatim(const std::string& text) {
    std::string out = ".nf\n";
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.rfind("Example", 0) != 0)
            out += plain(line) + "\n";
    return out + ".fi\n";
}

std::string of_option(const OptionWords& option) {
    std::string names;
    for (const std::string& name : option.names)
        names += (names.empty() ? "" : ", ") + bold(name);
    if (option.names.empty())
        names = italic(option.positional);
    else if (!option.value.empty())
        names += " " + italic(option.value);
    std::string what = option.what;
    if (!option.values.empty() && what.find(option.values[0]) == std::string::npos)
        what += fmt::format(": {}", fmt::join(option.values, ", "));
    return ".TP\n" + names + "\n" + plain(what) + "\n";
}

std::string of_verb(const VerbWords& verb) {
    std::string usage = bold("carve " + verb.name) + " [\\fIOPTIONS\\fR]", options;
    for (const OptionWords& option : verb.options) {
        if (option.names.empty())
            usage += option.required ? " " + italic(option.positional)
                                     : " [" + italic(option.positional) + "]";
        options += of_option(option);
    }
    return ".SS " + plain(verb.name) + "\n" + usage + "\n.PP\n" + plain(verb.what) + ".\n" +
           options + ".PP\n" + verbatim(verb.footer);
}

// A paragraph for each, so that no line breaks between a code and what it means.
std::string of_exit_codes() {
    std::string out;
    std::istringstream lines(kExitCodes);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string code, what;
        if (line.rfind("Exit", 0) != 0 && words >> code >> std::ws && std::getline(words, what))
            out += ".TP\n" + bold(code) + "\n" + plain(what) + "\n";
    }
    return out;
}

} // namespace

std::string manual(const CLI::App& app) {
    std::string out =
        fmt::format(".TH CARVE 1 \"\" \"carve {}\" \"User Commands\"\n.SH NAME\ncarve \\- "
                    "finds synaptic plasticity rules\n.SH SYNOPSIS\n"
                    "\\fBcarve\\fR \\fIVERB\\fR [\\fIOPTIONS\\fR] ...\n.SH DESCRIPTION\n",
                    carve_version());
    out += plain(kWhatItIs) + "\n.SH OPTIONS\n";
    for (const OptionWords& option : options_of(app))
        out += of_option(option);
    out += ".SH VERBS\n";
    for (const VerbWords& verb : verbs_of(app))
        out += of_verb(verb);
    out += ".SH EXAMPLES\n" + verbatim(kExamples) + ".SH EXIT STATUS\n" + of_exit_codes();
    return out + ".SH ENVIRONMENT\n.TP\n\\fBCARVE_THREADS\\fR\n" + plain(kThreadsVariable) +
           "\n.TP\n\\fBNO_COLOR\\fR\n" + plain(kColorVariable) + "\n";
}

} // namespace carve::cli
