#include "command_line.hpp"

#include "assignments.hpp"
#include "help.hpp"
#include "output.hpp"
#include "printable.hpp"
#include "ranks.hpp"
#include "run_verbs.hpp"
#include "suggest.hpp"
#include "verbs.hpp"

#include <CLI/CLI.hpp>
#include <carve.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <new>
#include <unistd.h>

namespace carve::cli {
namespace {

using Args = std::vector<std::string>;

constexpr const char* kExamples = R"(Examples:
  carve train tasks/oja-identified.toml --out run   search for a rule
  carve show run                                    what it has found
  carve eval run --task tasks/oja.toml              judge it on another task
  carve train tasks/oja-digits.toml --set data.x.path=mine.csv --out mine
  carve new mytask                                  a task to start from
)";

constexpr const char* kExitCodes = R"(Exit codes:
  0 done, 1 goal not reached, 2 usage or task file, 3 input data, 4 disk, 5 every replica diverged,
  6 version, 70 internal, 71 memory or threads are missing; interrupted and saved for carve resume: 75 by SIGUSR1 or SIGUSR2, 130 by
  Ctrl-C, 143 by SIGTERM
)";

// ---- The verbs and their options ---------------------------------------------------------------

// What changes no result.
void add_host_options(CLI::App& verb, TaskOptions& o) {
    verb.add_option("--threads", o.threads, "threads, in place of run.threads")->type_name("N");
    verb.add_option("--isa", o.isa, "instruction set, in place of run.isa (carve info lists them)");
    verb.add_flag("--json", o.json, "one JSON document on the standard output");
    verb.add_flag("-q,--quiet", o.quiet, "no messages and no progress");
}

void add_task_options(CLI::App& verb, TaskOptions& o) {
    verb.add_option("--set", o.set,
                    "a task's key: KEY=VALUE ... (carve help settings lists the keys)")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    verb.add_option("--seed", o.seed, "random seed, in place of run.seed")->type_name("N");
    add_host_options(verb, o);
}

void add_positional_task(CLI::App& verb, TaskOptions& o) {
    verb.add_option("TASK", o.task, "task file")->required();
    add_task_options(verb, o);
}

void add_slurm(CLI::App& verb, SlurmOptions& o) {
    verb.add_option("TASK", o.task, "task file")->required();
    verb.add_option("--set", o.set, "a task's key: KEY=VALUE ...")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    verb.add_option("--seed", o.seed, "random seed, in place of run.seed")->type_name("N");
    verb.add_option("--out", o.out, "run directory (default: run-NAME)")->type_name("DIR");
    verb.add_option("--nodes", o.nodes, "machines")->check(CLI::Range(1, 10000));
    verb.add_option("--ranks", o.ranks, "processes (default: one a machine)")
        ->check(CLI::Range(1, 1000000));
    verb.add_option("--cpus-per-task", o.cpus, "threads of each process")
        ->check(CLI::Range(1, 1024));
    verb.add_option("--time", o.time, "time limit of one job, as SLURM has it (24:00:00)")
        ->type_name("TIME");
    verb.add_option("--launcher", o.launcher, "what starts the processes, mpirun or srun")
        ->check(CLI::IsMember({"mpirun", "srun"}));
}

struct Options {
    TrainOptions train;
    ExploreOptions explore;
    ResumeOptions resume;
    EvalOptions eval;
    CheckOptions check;
    SlurmOptions slurm;
    SimulateOptions simulate;
    ConvertOptions convert;
    RunVerbOptions runs;
    std::string rule, name, rest, from = new_task_kinds()[0];
    double seconds = 0.05;
    bool json = false, force = false;
};

using Verbs = std::vector<std::pair<CLI::App*, std::function<Exit()>>>;

Verbs add_verbs(CLI::App& app, Options& o) {
    Verbs verbs;
    const auto add = [&](const char* name, const char* what, std::function<Exit()> call) {
        verbs.emplace_back(app.add_subcommand(name, what), std::move(call));
        return verbs.back().first;
    };
    CLI::App* verb =
        add("train", "search for a rule that does a task", [&] { return train(o.train); });
    add_positional_task(*verb, o.train);
    verb->add_option("--out", o.train.out, "run directory (default: run-NAME)")->type_name("DIR");
    verb->add_option("--init", o.train.init, "start from a preset, a rule.toml or a run directory")
        ->type_name("RULE");
    verb->add_option(
            "--seeds", o.train.seeds,
            "one run for each of 1..10 or 1,2,5, in DIR/seed-N, side by side, and their spread; "
            "the same command continues where it was interrupted")
        ->check([](const std::string& text) {
            return std::string(text.empty() ? "needs seeds, for example 1..10 or 1,2,5" : "");
        })
        ->excludes("--seed");
    verb->add_flag("--force", o.train.force, "replace what an earlier run wrote");
    verb->add_flag("--dry-run", o.train.dry_run,
                   "print the resolved task, memory and estimated time");

    verb =
        add("resume", "go on with a search that was interrupted", [&] { return resume(o.resume); });
    verb->add_option("DIR", o.resume.directory, "run directory")->required();
    add_host_options(*verb, o.resume);

    verb = add("explore", "many searches of a task: where their rules lie, and what is free",
               [&] { return explore(o.explore); });
    add_positional_task(*verb, o.explore);
    verb->add_option("--restarts", o.explore.restarts,
                     "searches, each from a seed of its own, side by side (20)")
        ->type_name("R")
        ->check(CLI::Range(1, 100000));
    verb->add_option("--out", o.explore.out, "directory (default: explore-NAME)")->type_name("DIR");
    verb->add_flag("--force", o.explore.force, "start anew, replacing what an earlier run wrote");

    add_run_verbs(add, o.runs);

    verb = add("eval", "the loss of a rule on held-out data", [&] { return eval(o.eval); });
    verb->add_option("RULE", o.eval.rule, "preset, rule.toml or run directory")->required();
    verb->add_option("--task", o.eval.task, "task file")->required();
    add_task_options(*verb, o.eval);

    verb = add("check", "validate a task; print it resolved, and its memory",
               [&] { return check(o.check); });
    add_positional_task(*verb, o.check);
    verb->add_flag("--gradient", o.check.gradient,
                   "compare the analytic gradient with finite differences");

    verb =
        add("simulate", "record weights and rates over time", [&] { return simulate(o.simulate); });
    add_positional_task(*verb, o.simulate);
    verb->add_option("--rule", o.simulate.rule, "preset, rule.toml or run directory")->required();
    verb->add_option("--out", o.simulate.out, "file to write")->type_name("FILE.npz")->required();
    verb->add_option("--every", o.simulate.every, "record every N-th update")
        ->check(CLI::Range(1, 1000000));
    verb->add_option("--replicas", o.simulate.replicas, "networks (default: trials.search)")
        ->check(CLI::Range(1, 65536));
    verb->add_flag("--force", o.simulate.force, "replace the file");

    add_slurm(*add("slurm", "print a batch script that searches on a cluster until it is done",
                   [&] { return slurm(o.slurm); }),
              o.slurm);

    verb = add("rules", "named rules of the literature", [&] { return rules(o.rule, o.json); });
    verb->add_option("NAME", o.rule, "print this one as a rule.toml");
    verb->add_flag("--json", o.json, "one JSON document on the standard output");

    verb = add("info", "version, instruction sets, build", [&] { return info(o.json); });
    verb->add_flag("--json", o.json, "one JSON document on the standard output");

    verb = add("bench", "speed on this machine, by instruction set and lane width",
               [&] { return bench(o.seconds, o.json); });
    verb->add_option("--seconds", o.seconds, "processor time for each case")
        ->check(CLI::Range(0.0, 10.0));
    verb->add_flag("--json", o.json, "one JSON document on the standard output");

    verb = add("new", "write a commented task NAME.toml",
               [&] { return new_task(o.name, o.from, o.force); });
    verb->add_option("NAME", o.name, "name of the task")->required();
    verb->add_option(
        "--from", o.from,
        fmt::format("what to start from: {} ({})", fmt::join(new_task_kinds(), ", "), o.from));
    verb->add_flag("--force", o.force, "replace the file");

    verb = add("tasks", "the tasks that come with carve", [&] { return tasks(o.name, o.json); });
    verb->add_option("NAME", o.name, "print this one");
    verb->add_flag("--json", o.json, "one JSON document on the standard output");

    verb = add("convert", "rewrite a task of carve 0.1", [&] { return convert(o.convert); });
    verb->add_option("OLD", o.convert.old, "task file")->required();
    verb->add_option("--out", o.convert.out, "file to write (default: the standard output)")
        ->type_name("FILE");
    verb->add_flag("--force", o.convert.force, "replace the file");

    add("schema", "a JSON schema of task files, for editors", [] { return schema(); });
    return verbs;
}

// ---- Messages ----------------------------------------------------------------------------------

void report(const Error& error) {
    const bool color = isatty(STDERR_FILENO) && !std::getenv("NO_COLOR");
    const bool ready = dynamic_cast<const FileErrors*>(&error) != nullptr;
    const std::string head = ready ? "" : color ? "\033[1;31merror:\033[0m " : "error: ";
    std::string text = head + printable(error.what()) + "\n";
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
    return Error(Exit::usage,
                 "carve " + name + " does not know what to do with '" +
                     (rest.empty() ? "" : rest.front()) + "'",
                 see);
}

// ---- Help on tasks -------------------------------------------------------------------------------

std::string settings_help() {
    return "Tables and keys of a task file, also for --set table.NAME.key=value.\n"
           "Ranges: [ and ] belong to the range, ( and ) do not. A phase may set what has a "
           "●.\n\n" +
           task::reference();
}

constexpr const char* kKeysFooter =
    "carve help settings explains the keys of a task, carve help KEY one of them.\n";

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

int parse_and_run(const Args& given) {
    Args args = spread_sets(given);
    const bool wants_help = !args.empty() && args.front() == "help";
    if (wants_help) {
        args.erase(args.begin());
        args.resize(std::min<std::size_t>(args.size(), 1));
        args.push_back("--help");
    }
    CLI::App app(
        "Finds synaptic plasticity rules: a rule is a short vector of coefficients, and carve\n"
        "searches for the one that makes a network do a task.",
        "carve");
    app.require_subcommand(1);
    app.set_version_flag("--version", std::string("carve ") + carve_version());
    Options options;
    options.train.argv = given;
    options.train.argv.insert(options.train.argv.begin(), "carve");
    options.explore.argv = options.train.argv;
    const Verbs verbs = add_verbs(app, options);
    app.footer( // now: verbs inherit what is there when they are added
        std::string(kExamples) + "\n" + kExitCodes +
        "\ncarve help VERB explains a verb, carve help settings the keys of a task.");
    for (const auto& [verb, call] : verbs)
        if (verb->get_option_no_throw("--set"))
            verb->footer(kKeysFooter);
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
    try {
        app.parse(Args(args.rbegin(), args.rend())); // CLI11 wants them last first
    } catch (const CLI::Success&) {                  // help or version
        if (app.count("--version") > 0)
            print(app.version() + "\n");
        else
            print(app.get_subcommands().empty() ? app.help()
                                                : app.get_subcommands().front()->help("carve"));
        return 0;
    } catch (const CLI::ExtrasError&) {
        throw unknown_argument(app.get_subcommands().empty() ? app : *app.get_subcommands().front(),
                               args);
    } catch (const CLI::ParseError& error) {
        const std::string verb =
            app.get_subcommands().empty() ? "" : " " + app.get_subcommands().front()->get_name();
        throw Error(Exit::usage, "carve" + verb + ": " + error.what(),
                    "carve help" + verb + " explains");
    }
    for (const auto& [verb, call] : verbs) {
        if (!verb->parsed())
            continue;
        if (!takes_all_ranks(verb->get_name(), options))
            part_ranks();
        return rank_count() > 1 || rank() == 0 ? static_cast<int>(call()) : 0;
    }
    throw Error(Exit::internal, "no verb ran");
}

// Of several ranks the first that failed reports; returns the exit code of all.
int fail(const Error& error) {
    const FailedRank failed = fail_ranks(static_cast<int>(error.code()));
    if (static_cast<std::size_t>(failed.rank) == rank())
        report(error);
    return failed.code;
}

} // namespace

int run_command_line(const Args& args) {
    int code = 0;
    // A file that reaches the limit of its size is a failed write, which says its name.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        join_ranks();
        code = parse_and_run(args);
        largest_of_ranks(0); // a rank may have failed after all that was done together
    } catch (const FailedRank& other) {
        code = other.code;
    } catch (const Error& error) {
        code = fail(error);
    } catch (const std::bad_alloc&) {
        code = fail(Error(Exit::resource, "there is not enough memory",
                          "fewer samples, trials or threads need less, or raise the limit "
                          "(ulimit -v)"));
    } catch (const std::exception& error) {
        code = fail(Error(Exit::internal, error.what()));
    }
    leave_ranks();
    return code;
}

} // namespace carve::cli
