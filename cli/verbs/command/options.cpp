#include "options.hpp"

#include "completion.hpp"
#include "manual.hpp"
#include "output.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

void add_json(CLI::App& verb, bool& json) {
    verb.add_flag("--json", json, "one JSON document on the standard output");
}

// What changes no result.
void add_host_options(CLI::App& verb, TaskOptions& o) {
    verb.add_option("--threads", o.threads, "threads, in place of run.threads")->type_name("N");
    verb.add_option("--isa", o.isa, "instruction set, in place of run.isa (carve info lists them)");
    add_json(verb, o.json);
    verb.add_flag("-q,--quiet", o.quiet, "no messages and no progress");
}

void add_set_and_seed(CLI::App& verb, std::vector<std::string>& set, std::string& seed) {
    verb.add_option("--set", set,
                    "a task's key: KEY=VALUE ... (carve help settings lists the keys)")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    verb.add_option("--seed", seed, "random seed, in place of run.seed")->type_name("N");
}

void add_task_options(CLI::App& verb, TaskOptions& o) {
    add_set_and_seed(verb, o.set, o.seed);
    add_host_options(verb, o);
}

void add_positional_task(CLI::App& verb, TaskOptions& o) {
    verb.add_option("TASK", o.task, "task file")->required();
    add_task_options(verb, o);
}

void add_train(const AddVerb& add, TrainOptions& o) {
    CLI::App* const verb =
        add("train", "search for a rule that does a task", [&] { return train(o); });
    add_positional_task(*verb, o);
    verb->add_option("--out", o.out, "run directory (default: run-NAME)")->type_name("DIR");
    verb->add_option("--init", o.init, "start from a preset, a rule.toml or a run directory")
        ->type_name("RULE");
    verb->add_option("--seeds", o.seeds,
                     "one run per seed, 1..10 or 1,2,5, in DIR/seed-N, side by side, and their "
                     "spread; the same command resumes them")
        ->type_name("SEEDS")
        ->check([](const std::string& text) {
            return std::string(text.empty() ? "needs seeds, for example 1..10 or 1,2,5" : "");
        })
        ->excludes("--seed");
    verb->add_flag("--force", o.force, "replace what an earlier run wrote");
    verb->add_flag("--dry-run", o.dry_run, "print the resolved task, memory and estimated time");
    verb->footer(
        "Examples:\n"
        "  carve train mytask.toml --out run             search, and write the rule to run/\n"
        "  carve train mytask.toml --seeds 1..3          how much depends on chance\n"
        "  carve train mytask.toml --set search.iterations=20 --out short\n");
}

void add_searches(const AddVerb& add, Options& o) {
    add_train(add, o.train);
    CLI::App* verb =
        add("resume", "resume an interrupted search", [&] { return resume(o.resume); });
    verb->add_option("DIR", o.resume.directory, "run directory")->required();
    add_host_options(*verb, o.resume);
    verb->footer("Examples:\n"
                 "  carve resume run               finish what Ctrl-C or a time limit stopped\n"
                 "  carve resume run --threads 2   the same, on two threads\n");

    verb = add("explore", "search many times: where the rules lie, and what the task leaves free",
               [&] { return explore(o.explore); });
    add_positional_task(*verb, o.explore);
    verb->add_option("--restarts", o.explore.restarts,
                     "searches, each with a seed of its own, side by side (20)")
        ->type_name("R")
        ->check(CLI::Range(1, 100000));
    verb->add_option("--out", o.explore.out, "directory (default: explore-NAME)")->type_name("DIR");
    verb->add_flag("--force", o.explore.force,
                   "start again, and replace what an earlier run wrote");
    verb->footer("Examples:\n"
                 "  carve explore mytask.toml --restarts 5       five rules, and what they share\n"
                 "  carve explore mytask.toml --restarts 10      five more\n");
}

void add_slurm(const AddVerb& add, SlurmOptions& o) {
    CLI::App* const verb =
        add("slurm", "print a batch script that searches on a cluster until it is done",
            [&] { return slurm(o); });
    verb->add_option("TASK", o.task, "task file")->required();
    add_set_and_seed(*verb, o.set, o.seed);
    verb->add_option("--out", o.out, "run directory (default: run-NAME)")->type_name("DIR");
    verb->add_option("--nodes", o.nodes, "machines")->check(CLI::Range(1, 10000));
    verb->add_option("--ranks", o.ranks, "processes (default: one per machine)")
        ->check(CLI::Range(1, 1000000));
    verb->add_option("--cpus-per-task", o.cpus, "threads per process")->check(CLI::Range(1, 1024));
    verb->add_option("--time", o.time, "time limit of one job, in SLURM's format (24:00:00)")
        ->type_name("TIME");
    verb->add_option("--launcher", o.launcher, "what starts the processes, mpirun or srun")
        ->check(CLI::IsMember({"mpirun", "srun"}));
    verb->footer(
        "Examples:\n"
        "  carve slurm mytask.toml --nodes 2 > job.sh                 then: sbatch job.sh\n"
        "  carve slurm mytask.toml --cpus-per-task 16 --time 4:00:00\n");
}

void add_uses_of_rules(const AddVerb& add, Options& o) {
    CLI::App* verb =
        add("eval", "the loss of a rule on held-out data", [&] { return eval(o.eval); });
    verb->add_option("RULE", o.eval.rule, "preset, rule.toml or run directory")->required();
    verb->add_option("--task", o.eval.task, "task file")->type_name("TASK")->required();
    add_task_options(*verb, o.eval);
    verb->footer("Examples:\n"
                 "  carve eval run --task mytask.toml    the rule that was found\n"
                 "  carve eval oja --task mytask.toml    one of the literature in its place\n");

    verb =
        add("simulate", "record weights and rates over time", [&] { return simulate(o.simulate); });
    add_positional_task(*verb, o.simulate);
    verb->add_option("--rule", o.simulate.rule, "preset, rule.toml or run directory")
        ->type_name("RULE")
        ->required();
    verb->add_option("--out", o.simulate.out, "file to write")->type_name("FILE.npz")->required();
    verb->add_option("--every", o.simulate.every, "record every N-th update")
        ->check(CLI::Range(1, 1000000));
    verb->add_option("--replicas", o.simulate.replicas, "trials (default: trials.search)")
        ->check(CLI::Range(1, 65536));
    verb->add_flag("--force", o.simulate.force, "replace the file");
    verb->footer("Examples:\n"
                 "  carve simulate mytask.toml --rule run --out weights.npz\n"
                 "  carve simulate mytask.toml --rule oja --out oja.npz --every 10 --replicas 2\n");

    verb = add("rules", "named rules of the literature", [&] { return rules(o.rule, o.json); });
    verb->add_option("NAME", o.rule, "print this one as a rule.toml");
    add_json(*verb, o.json);
    verb->footer("Examples:\n"
                 "  carve rules                  all of them\n"
                 "  carve rules oja > oja.toml   one, as a file\n");
}

void add_tasks(const AddVerb& add, Options& o) {
    CLI::App* verb = add("check", "validate a task; print it with all defaults, and its memory",
                         [&] { return check(o.check); });
    add_positional_task(*verb, o.check);
    verb->add_flag("--gradient", o.check.gradient,
                   "compare the analytic gradient with finite differences");
    verb->footer("Examples:\n"
                 "  carve check mytask.toml              what is wrong with it, or all its keys\n"
                 "  carve check mytask.toml --gradient   whether its gradient is right\n");

    verb = add("new", "write a commented task NAME.toml",
               [&] { return new_task(o.name, o.from, o.force); });
    verb->add_option("NAME", o.name, "name of the task")->required();
    verb->add_option("--from", o.from, fmt::format("what to start from ({})", o.from))
        ->type_name(fmt::format("{{{}}}", fmt::join(new_task_kinds(), ",")));
    verb->add_flag("--force", o.force, "replace the file");
    verb->footer("Examples:\n"
                 "  carve new mytask               a task for one neuron, mytask.toml\n"
                 "  carve new mycell --from cell   one for a neuron that spikes\n");

    verb = add("tasks", "the tasks that come with carve", [&] { return tasks(o.name, o.json); });
    verb->add_option("NAME", o.name, "print this one");
    add_json(*verb, o.json);
    verb->footer("Examples:\n"
                 "  carve tasks                  all of them\n"
                 "  carve tasks pca > pca.toml   one, as a file\n");

    verb = add("convert", "rewrite a task of carve 0.1", [&] { return convert(o.convert); });
    verb->add_option("OLD", o.convert.old, "task file")->required();
    verb->add_option("--out", o.convert.out, "file to write (default: the standard output)")
        ->type_name("FILE");
    verb->add_flag("--force", o.convert.force, "replace the file");
    verb->footer("Examples:\n"
                 "  carve convert old.toml                  to look at\n"
                 "  carve convert old.toml --out new.toml   as a file\n");

    add("schema", "a JSON schema of task files, for editors", [] {
        return schema();
    })->footer("Example:\n  carve schema > carve-task.schema.json\n");
}

void add_this_program(CLI::App& app, const AddVerb& add, Options& o) {
    CLI::App* verb = add("info", "version, instruction sets, build", [&] { return info(o.json); });
    add_json(*verb, o.json);
    verb->footer("Examples:\n"
                 "  carve info\n"
                 "  carve info --json   the same for a program\n");

    verb = add("bench", "speed on this machine, by instruction set and lane width",
               [&] { return bench(o.seconds, o.json); });
    verb->add_option("--seconds", o.seconds, "processor time per case")
        ->check(CLI::Range(0.0, 10.0));
    add_json(*verb, o.json);
    verb->footer("Examples:\n"
                 "  carve bench                 some seconds\n"
                 "  carve bench --seconds 0.2   slower, and steadier\n");

    verb = add("completion", "print a script for tab completion in a shell", [&] {
        print(completion(app, o.shell));
        return Exit::ok;
    });
    verb->add_option("SHELL", o.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember(shells()));
    verb->footer("Examples:\n"
                 "  carve completion bash > ~/.local/share/bash-completion/completions/carve\n"
                 "  carve completion fish > ~/.config/fish/completions/carve.fish\n"
                 "  carve completion zsh > _carve   in a directory of $fpath\n");

    add("manual", "print the manual page, carve(1)", [&] {
        print(manual(app));
        return Exit::ok;
    })->footer("Example:\n  carve manual > carve.1   then: man ./carve.1\n");
}

} // namespace

Verbs add_verbs(CLI::App& app, Options& o) {
    Verbs verbs;
    const AddVerb add = [&](const char* name, const char* what, std::function<Exit()> call) {
        verbs.emplace_back(app.add_subcommand(name, what), std::move(call));
        return verbs.back().first;
    };
    add_searches(add, o);
    add_run_verbs(add, o.runs);
    add_uses_of_rules(add, o);
    add_tasks(add, o);
    add_slurm(add, o.slurm);
    add_this_program(app, add, o);
    return verbs;
}

} // namespace carve::cli
