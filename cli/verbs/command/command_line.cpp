#include "command_line.hpp"

#include "assignments.hpp"
#include "help.hpp"
#include "help_texts.hpp"
#include "options.hpp"
#include "output.hpp"
#include "printable.hpp"
#include "ranks.hpp"
#include "suggest.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <carve.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <new>
#include <unistd.h>

namespace carve::cli {
namespace {

using Args = std::vector<std::string>;

// Whether messages are colored.
enum class Color { automatic, always, never };

// Takes --color WHEN out of the arguments, wherever it is.
Color take_color(Args& args) {
    Color color = Color::automatic;
    for (std::size_t i = 0; i < args.size();) {
        const bool apart = args[i] == "--color";
        if (!apart && args[i].rfind("--color=", 0) != 0) {
            ++i;
            continue;
        }
        const std::string when = !apart                ? args[i].substr(8)
                                 : i + 1 < args.size() ? args[i + 1]
                                                       : "";
        if (when != "auto" && when != "always" && when != "never")
            throw Error(Exit::usage,
                        fmt::format("--color needs auto, always or never, not '{}'", when));
        color = when == "auto" ? Color::automatic : when == "always" ? Color::always : Color::never;
        const auto at = args.begin() + static_cast<std::ptrdiff_t>(i);
        args.erase(at, at + (apart ? 2 : 1));
    }
    return color;
}

// ---- Messages ----------------------------------------------------------------------------------

constexpr const char* kError = "error:";
constexpr const char* kColoredError = "\033[1;31merror:\033[0m";

// Set but empty it does not count (no-color.org).
bool is_color_refused() {
    const char* const value = std::getenv("NO_COLOR");
    return value && *value;
}

// Faults of a file as FileErrors has them, the word after the place of each in color.
std::string with_color(const std::string& faults) {
    std::string out;
    for (std::size_t at = 0; at < faults.size();) {
        const std::size_t next = std::min(faults.find('\n', at), faults.size() - 1) + 1;
        std::string line = faults.substr(at, next - at);
        const std::size_t word = line.find(std::string(": ") + kError + " ");
        // Help may quote anything.
        if (word != std::string::npos && line.rfind("help: ", 0) != 0)
            line.replace(word + 2, std::string(kError).size(), kColoredError);
        out += line;
        at = next;
    }
    return out;
}

void report(const Error& error, Color when) {
    const bool color = when == Color::always ||
                       (when == Color::automatic && isatty(STDERR_FILENO) && !is_color_refused());
    std::string text = printable(error.what()) + "\n";
    if (!dynamic_cast<const FileErrors*>(&error))
        text = std::string(color ? kColoredError : kError) + " " + text;
    else if (color)
        text = with_color(text);
    if (!error.help().empty())
        text += "help: " + printable(error.help()) + "\n";
    std::fputs(text.c_str(), stderr);
}

Args names_of(const Verbs& verbs) {
    Args names;
    for (const auto& [app, call] : verbs)
        names.push_back(app->get_name());
    names.push_back("help");
    return names;
}

// The options of a verb as typed, "--seed", "-q".
Args option_names(const CLI::App& verb) {
    Args names;
    for (const CLI::Option* option : verb.get_options()) {
        for (const std::string& name : option->get_lnames())
            names.push_back("--" + name);
        for (const std::string& name : option->get_snames())
            names.push_back("-" + name);
    }
    return names;
}

// Whether all ranks do it together; all else is for the first.
bool takes_all_ranks(const std::string& verb, const Options& options) {
    return (verb == "train" && !options.train.dry_run) || verb == "resume" || verb == "eval" ||
           verb == "explore";
}

// What CLI11 could not place, in our words.
Error unknown_argument(const CLI::App& verb, const Args& args) {
    const std::string name = verb.get_name(), see = "carve help " + name + " lists the options";
    const Args known = option_names(verb);
    for (const std::string& arg : args) {
        const std::string option = arg.substr(0, arg.find('='));
        const bool is_option = arg.size() > 1 && arg[0] == '-';
        if (is_option && std::find(known.begin(), known.end(), option) == known.end())
            return Error(Exit::usage, "carve " + name + " has no option '" + option + "'",
                         did_you_mean(option, known, see));
    }
    const Args rest = verb.remaining();
    return Error(
        Exit::usage,
        "carve " + name + " takes no argument '" + (rest.empty() ? "" : rest.front()) + "'", see);
}

// ---- Help on tasks -------------------------------------------------------------------------------

std::string settings_help() {
    return "Tables and keys of a task file, also for --set table.NAME.key=value.\n"
           "Ranges: [ and ] belong to the range, ( and ) do not. A phase may set the keys "
           "marked ●.\n\n" +
           task::reference();
}

// A verb's examples come before its options.
class ExamplesFirst : public CLI::Formatter {
    std::string make_usage(const CLI::App* app, std::string name) const override {
        const std::string usage = CLI::Formatter::make_usage(app, name);
        return app->get_parent() ? usage + "\n" + app->get_footer() : usage;
    }
    std::string make_footer(const CLI::App* app) const override {
        if (!app->get_parent())
            return CLI::Formatter::make_footer(app);
        return app->get_option_no_throw("--set") ? "\ncarve help settings explains the keys of a "
                                                   "task, carve help KEY one of them.\n"
                                                 : "";
    }
};

// `carve help WORD`, where WORD is no verb: what it is in a task. False if it is a verb.
bool explain(const Args& words, const Args& verbs) {
    if (words.empty() || std::find(verbs.begin(), verbs.end(), words[0]) != verbs.end())
        return false;
    if (words[0] == "settings") {
        print(settings_help());
        return true;
    }
    try {
        print(task::explain(words[0]));
    } catch (const Error& unknown) { // a verb that is near is likelier than a key
        throw Error(unknown.code(), unknown.what(), did_you_mean(words[0], verbs, unknown.help()));
    }
    return true;
}

// False where help or the version was all that is wanted.
bool parse(CLI::App& app, const Args& args) {
    try {
        app.parse(Args(args.rbegin(), args.rend())); // CLI11 wants them last first
    } catch (const CLI::Success&) {                  // help or version
        if (app.count("--version") > 0)
            print(app.version() + "\n");
        else
            print(app.get_subcommands().empty() ? app.help()
                                                : app.get_subcommands().front()->help("carve"));
        return false;
    } catch (const CLI::ExtrasError&) {
        throw unknown_argument(app.get_subcommands().empty() ? app : *app.get_subcommands().front(),
                               args);
    } catch (const CLI::ParseError& error) {
        const std::string verb =
            app.get_subcommands().empty() ? "" : " " + app.get_subcommands().front()->get_name();
        throw Error(Exit::usage, "carve" + verb + ": " + error.what(),
                    "carve help" + verb + " explains");
    }
    return true;
}

int run_verb(const Verbs& verbs, const Options& options) {
    for (const auto& [verb, call] : verbs) {
        if (!verb->parsed())
            continue;
        if (!takes_all_ranks(verb->get_name(), options))
            part_ranks();
        return rank_count() > 1 || rank() == 0 ? static_cast<int>(call()) : 0;
    }
    throw Error(Exit::internal, "no verb ran");
}

int parse_and_run(const Args& all, const Args& given) {
    Args args = spread_sets(given);
    const bool wants_help = !args.empty() && args.front() == "help";
    if (wants_help) {
        args.erase(args.begin());
        args.resize(std::min<std::size_t>(args.size(), 1));
        args.push_back("--help");
    }
    CLI::App app(kWhatItIs, "carve");
    app.formatter(std::make_shared<ExamplesFirst>());
    app.require_subcommand(1);
    app.set_version_flag("--version", std::string("carve ") + carve_version());
    app.add_option("--color", "color of messages: auto, always or never; anywhere on the line")
        ->type_name("WHEN");
    Options options;
    options.train.argv = all;
    options.train.argv.insert(options.train.argv.begin(), "carve");
    options.explore.argv = options.train.argv;
    const Verbs verbs = add_verbs(app, options);
    app.footer(std::string(kExamples) + "\n" + kExitCodes +
               "\ncarve help VERB explains a verb, carve help settings the keys of a task.");
    if (wants_help && explain(Args(args.begin(), args.end() - 1), names_of(verbs)))
        return 0;

    if (args.empty())
        throw Error(Exit::usage, "a verb is missing", "carve help lists the verbs");
    if (args.front()[0] != '-') {
        const Args names = names_of(verbs);
        if (std::find(names.begin(), names.end(), args.front()) == names.end())
            throw Error(Exit::usage, "there is no verb '" + args.front() + "'",
                        did_you_mean(args.front(), names, "carve help lists the verbs"));
    }
    std::error_code gone;
    const std::filesystem::path here = std::filesystem::current_path(gone);
    if (here.empty())
        throw Error(Exit::io, "the working directory cannot be reached: " + gone.message(),
                    "change to a directory that exists");
    return parse(app, args) ? run_verb(verbs, options) : 0;
}

// Of several ranks the first that failed reports; returns the exit code of all.
int fail(const Error& error, Color color) {
    const FailedRank failed = fail_ranks(static_cast<int>(error.code()));
    if (static_cast<std::size_t>(failed.rank) == rank())
        report(error, color);
    return failed.code;
}

} // namespace

int run_command_line(const Args& args) {
    int code = 0;
    Color color = Color::automatic;
    // A file that reaches the limit of its size is a failed write, which says its name.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        join_ranks();
        Args others = args;
        color = take_color(others);
        code = parse_and_run(args, others);
        largest_of_ranks(0); // a rank may have failed after all that was done together
    } catch (const FailedRank& other) {
        code = other.code;
    } catch (const Error& error) {
        code = fail(error, color);
    } catch (const std::bad_alloc&) {
        code = fail(Error(Exit::resource, "there is not enough memory",
                          "fewer samples, trials or threads need less, or raise the limit "
                          "(ulimit -v)"),
                    color);
    } catch (const std::exception& error) {
        code = fail(Error(Exit::internal, error.what()), color);
    }
    leave_ranks();
    return code;
}

} // namespace carve::cli
