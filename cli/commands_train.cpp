// carve train: a search in a run directory, or one for each of several seeds.
#include "atomic_file.hpp"
#include "commands.hpp"
#include "host.hpp"
#include "interrupt.hpp"
#include "progress.hpp"
#include "run_dir.hpp"
#include "search.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

namespace carve::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::uint64_t kMostSeeds = 100000;

std::uint64_t parse_seed(const std::string& text, const std::string& all) {
    constexpr std::size_t kDigits = 15; // below 2^53, where seeds end
    if (text.empty() || text.size() > kDigits ||
        text.find_first_not_of("0123456789") != std::string::npos)
        throw Error(Exit::usage, "--seeds '" + all + "' is not a range or a list of seeds",
                    "for example --seeds 1..10, or --seeds 1,2,5");
    return std::stoull(text);
}

std::vector<std::uint64_t> parse_seeds(const std::string& text) {
    std::vector<std::uint64_t> seeds;
    const std::size_t dots = text.find("..");
    if (dots != std::string::npos) {
        const std::uint64_t first = parse_seed(text.substr(0, dots), text);
        const std::uint64_t last = parse_seed(text.substr(dots + 2), text);
        if (last < first || last - first >= kMostSeeds)
            throw Error(
                Exit::usage,
                fmt::format("--seeds {} needs 1 to {} seeds in ascending order", text, kMostSeeds));
        for (std::uint64_t seed = first; seed <= last; ++seed)
            seeds.push_back(seed);
        return seeds;
    }
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        seeds.push_back(parse_seed(text.substr(begin, end - begin), text));
        begin = end + 1;
    }
    return seeds;
}

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// As far as one knows beforehand; elimination takes what it takes.
std::uint64_t planned_iterations(const Task& task) {
    std::uint64_t n = 0;
    for (const StageSettings& stage : task.search.stages)
        n += stage.iterations * task.search.restarts;
    return n + (task.search.refit ? task.search.refit_iterations : 0);
}

RunFacts facts_of(const Task& task, const DataSource& source, const TrainOptions& options) {
    RunFacts facts;
    facts.argv = options.argv;
    facts.build = build_text();
    facts.isa = isa_to_use(task);
    facts.threads = threads_to_use(task);
    facts.warnings = source.warnings();
    if (task.input.kind == InputKind::file)
        facts.inputs.push_back({task.input.path, source.checksum()});
    return facts;
}

// The rule in the task's terms and at its learning rate: what counts is eta times theta.
Rule starting_rule(const Task& task, const TrainOptions& options) {
    Rule rule = load_rule(options.init);
    for (ProjectionRule& given : rule.projections)
        for (const RuleSettings& settings : task.rules) {
            if (settings.name != given.projection)
                continue;
            const std::uint64_t lost = term_mask(given.terms) & ~term_mask(settings.terms);
            for (Term& term : given.terms) {
                if (term_mask({term}) & lost)
                    say(options.quiet, "warning: the task has no term " + monomial(term) +
                                           "; that of --init is dropped");
                term.theta *= given.eta > 0 ? given.eta / settings.eta : 1;
            }
        }
    return rule;
}

std::string reference_of(const Task& task) { return task.rules.front().reference; }

std::string result_text(const Task& task, const SearchResult& result) {
    std::string out;
    for (const ProjectionRule& rule : result.rules)
        out += fmt::format("{}: {}, eta = {}\n", rule.projection, equation(rule.terms), rule.eta);
    out += fmt::format("loss: held out {:.4g} (before the refit {:.4g}), train {:.4g}\n",
                       result.held_out, result.held_out_before_refit, result.train);
    if (!reference_of(task).empty())
        out += fmt::format("angle to {}: {:.3g} degrees\n", reference_of(task), result.angle);
    return out;
}

struct Outcome {
    std::uint64_t seed;
    SearchResult result;
    std::string json; // result.json
    Exit exit;
};

Exit exit_of(const Task& task, const SearchResult& result, bool quiet) {
    if (const int signal = interrupted())
        return signal == SIGINT ? Exit::interrupted : Exit::terminated;
    const bool all_diverged = result.evaluations > 0 && result.diverged >= result.evaluations;
    if (all_diverged || !std::isfinite(result.held_out)) {
        say(false, "error: every replica diverged\nhelp: lower rule.feedforward.eta, or scale the "
                   "inputs down");
        return Exit::numerics;
    }
    if (task.search.goal && !(result.held_out <= *task.search.goal)) {
        say(quiet, fmt::format("the goal is missed: held-out loss {:.4g} is above search.goal = {}",
                               result.held_out, *task.search.goal));
        return Exit::goal_missed;
    }
    return Exit::ok;
}

Outcome run_one(const Task& task, const std::string& out, const Rule* init,
                const TrainOptions& options) {
    const double start = now();
    const Task here = for_this_host(task);
    const DataSource source(here);
    for (const std::string& warning : source.warnings())
        say(options.quiet, "warning: " + warning);
    RunDirectory run =
        RunDirectory::create(out, options.force, task, facts_of(task, source, options));

    ProgressLine line(std::cerr, ProgressLine::style_for_stderr(options.quiet),
                      planned_iterations(task));
    const auto on_progress = [&](const Progress& progress) {
        run.log(progress);
        run.checkpoint(progress);
        line.update(progress, now());
        return interrupted() == 0;
    };
    const SearchResult result =
        search(here, source, on_progress, init ? &init->projections : nullptr);
    line.finish();
    run.finish(task, result, now() - start);
    if (interrupted())
        say(false,
            fmt::format("interrupted: what was found is in {}\nhelp: carve train {} --init {} "
                        "--out NEW goes on from it",
                        out, run.file("task.toml"), out));
    return {task.run.seed, result, read_file(run.file("result.json")),
            exit_of(task, result, options.quiet)};
}

// Smallest, median and largest of values that are finite.
struct Spread {
    double low, median, high;
    explicit Spread(std::vector<double> v) {
        v.erase(std::remove_if(v.begin(), v.end(), [](double x) { return !std::isfinite(x); }),
                v.end());
        std::sort(v.begin(), v.end());
        const std::size_t n = v.size();
        low = n ? v.front() : std::nan("");
        high = n ? v.back() : std::nan("");
        median = n ? (v[(n - 1) / 2] + v[n / 2]) / 2 : std::nan("");
    }
};

Json spread_json(const Spread& s) {
    const auto number = [](double v) { return std::isfinite(v) ? Json(v) : Json(nullptr); };
    return {{"min", number(s.low)}, {"median", number(s.median)}, {"max", number(s.high)}};
}

void print_seeds(const Task& task, const std::vector<Outcome>& outcomes, bool json) {
    std::vector<double> losses, angles;
    std::string table = "seed  held out  angle  rule\n";
    Json runs = Json::array();
    for (const Outcome& o : outcomes) {
        losses.push_back(o.result.held_out);
        angles.push_back(o.result.angle);
        table +=
            fmt::format("{:4}  {:8.4f}  {:5.2f}  {}\n", o.seed, o.result.held_out, o.result.angle,
                        o.result.rules.empty() ? "" : equation(o.result.rules.front().terms));
        runs.push_back(Json::parse(o.json));
    }
    const Spread loss(losses), angle(angles);
    const bool reference = !reference_of(task).empty();
    if (json) {
        Json document{{"task", task.name}, {"runs", runs}, {"held_out", spread_json(loss)}};
        if (reference)
            document["angle"] = spread_json(angle);
        print(document.dump(2) + "\n");
        return;
    }
    table += fmt::format("held out: {:.4g} .. {:.4g}, median {:.4g}\n", loss.low, loss.high,
                         loss.median);
    if (reference)
        table += fmt::format("angle to {}: {:.3g} .. {:.3g} degrees, median {:.3g}\n",
                             reference_of(task), angle.low, angle.high, angle.median);
    print(table);
}

} // namespace

Exit train(const TrainOptions& options) {
    Task task = load(options);
    std::optional<Rule> init;
    if (!options.init.empty())
        init = starting_rule(task, options);
    if (options.dry_run) {
        print(plan_text(task, DataSource(for_this_host(task)), true, options.json));
        return Exit::ok;
    }
    watch_interrupts();
    const std::string out = options.out.empty() ? "run-" + task.name : options.out;
    const Rule* start = init ? &*init : nullptr;
    if (options.seeds.empty()) {
        const Outcome outcome = run_one(task, out, start, options);
        print(options.json ? outcome.json : result_text(task, outcome.result));
        say(options.quiet, "run directory: " + out);
        return outcome.exit;
    }
    std::vector<Outcome> outcomes;
    Exit exit = Exit::ok;
    for (const std::uint64_t seed : parse_seeds(options.seeds)) {
        task.run.seed = seed;
        say(options.quiet, fmt::format("seed {}", seed));
        const std::string folder =
            (std::filesystem::path(out) / fmt::format("seed-{}", seed)).string();
        outcomes.push_back(run_one(task, folder, start, options));
        exit = std::max(exit, outcomes.back().exit);
        if (interrupted())
            break;
    }
    print_seeds(task, outcomes, options.json);
    return exit;
}

} // namespace carve::cli
