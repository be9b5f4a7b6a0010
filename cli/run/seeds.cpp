#include "seeds.hpp"

#include "atomic_file.hpp"
#include "interrupt.hpp"
#include "json.hpp"
#include "output.hpp"
#include "ranks.hpp"
#include "same_task.hpp"
#include "side_by_side.hpp"
#include "spread.hpp"
#include "stored_run.hpp"
#include "task_terms.hpp"

#include <algorithm>
#include <carve.h>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <sstream>

namespace carve::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostSeeds = 100000;

std::uint64_t parse_seed(const std::string& text, const std::string& all) {
    constexpr std::size_t kDigits = 15; // below 2^53, where seeds end
    if (text.empty() || text.size() > kDigits ||
        text.find_first_not_of("0123456789") != std::string::npos)
        throw Error(Exit::usage, "--seeds '" + all + "' is not a range or a list of seeds",
                    "for example --seeds 1..10, or --seeds 1,2,5");
    return std::stoull(text);
}

Json read_json(const std::string& path) {
    const Json json = Json::parse(read_file(path), nullptr, false);
    if (!json.is_object())
        throw Error(Exit::data, fmt::format("'{}' is not what carve wrote there", path),
                    "start again with --force, or in another directory");
    return json;
}

// Of a finished run, as its search ended (exit_of in search_run.cpp).
Exit exit_of_result(const Json& result) {
    const LossSpread losses = spread_of_json(result.value("held_out_losses", Json::object()));
    if (losses.trials > 0 && losses.diverged >= losses.trials)
        return Exit::numerics;
    return result.value("goal_met", true) ? Exit::ok : Exit::goal_missed;
}

// Where a run of one seed, or of another task, is there, nothing is written.
void begin(const Task& task, const std::string& init, const SeedsRun& run) {
    const fs::path path(run.path);
    if (fs::exists(path / "carve.json"))
        throw Error(Exit::usage, fmt::format("'{}' holds a run of one seed", run.path),
                    "choose another directory with --out");
    if (holds_seeds(run.path) && !run.force)
        begun_task(task, run.path);
    else if (!holds_seeds(run.path) && fs::exists(path / "task.toml"))
        throw Error(Exit::usage,
                    fmt::format("'{}' holds a task.toml that no run of carve wrote", run.path),
                    "choose another directory with --out");
    std::error_code error;
    fs::create_directories(path, error);
    if (error)
        throw Error(Exit::io,
                    fmt::format("cannot make directory '{}': {}", run.path, error.message()));
    // First what tells that the others are ours.
    write_file_atomically(
        (path / "seeds.json").string(),
        dump(Json{{"carve", carve_version()}, {"task", task.name}, {"seeds", run.seeds}}, 2));
    if (!init.empty())
        write_file_atomically((path / "init.toml").string(), init);
    write_file_atomically((path / "task.toml").string(), to_toml(task));
}

Task with_seed(Task task, std::uint64_t seed) {
    task.run.seed = seed;
    return task;
}

// Their places; exit: of those that are finished.
std::vector<std::size_t> unfinished(const Task& task, const SeedsRun& run, Exit& exit) {
    std::vector<std::size_t> left;
    for (std::size_t at = 0; at < run.seeds.size(); ++at) {
        const std::string directory = seed_directory(run.path, run.seeds[at]);
        if (run.force || !fs::exists(directory + "/result.json")) {
            left.push_back(at);
            continue;
        }
        begun_task(with_seed(task, run.seeds[at]), directory);
        exit = std::max(exit, exit_of_result(read_json(directory + "/result.json")));
    }
    if (left.size() < run.seeds.size())
        say(run.quiet, fmt::format("{} seeds are done", run.seeds.size() - left.size()));
    return left;
}

// Of the rules of a result.json.
std::string rules_text(const Json& rules) {
    std::string text;
    for (const Json& rule : rules)
        text += (text.empty() ? "" : "; ") +
                (rules.size() > 1 ? rule.value("projection", "") + ": " : "") +
                rule.value("equation", "");
    return text;
}

void report(const Task& task, const SeedsRun& run) {
    std::vector<double> losses, angles;
    std::vector<SeedLine> lines;
    const bool reference = names_reference(task);
    Json runs = Json::array();
    for (const std::uint64_t seed : run.seeds) {
        const Json result = read_json(seed_directory(run.path, seed) + "/result.json");
        losses.push_back(real(result.at("loss").at("held_out")));
        angles.push_back(real(result.at("angle")));
        lines.push_back({seed, losses.back(), angles.back(), rules_text(result.at("rules"))});
        runs.push_back(result);
    }
    const Spread loss(losses), angle(angles);
    Json summary{{"carve", carve_version()},
                 {"task", task.name},
                 {"seeds", run.seeds},
                 {"held_out", spread_json(loss)}};
    if (reference)
        summary["angle"] = spread_json(angle);
    write_file_atomically(run.path + "/seeds.json", dump(summary, 2));
    summary["runs"] = runs;
    print(run.json ? dump(summary, 2) : seeds_text(lines, reference));
}

} // namespace

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
    std::vector<std::uint64_t> sorted = seeds;
    std::sort(sorted.begin(), sorted.end());
    if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
        throw Error(Exit::usage, fmt::format("--seeds {} has seed {} twice", text, *twice),
                    "each seed is one run");
    return seeds;
}

bool holds_seeds(const std::string& directory) {
    return fs::exists(fs::path(directory) / "seeds.json");
}

std::vector<std::uint64_t> seeds_in(const std::string& directory) try {
    return read_json(directory + "/seeds.json").at("seeds").get<std::vector<std::uint64_t>>();
} catch (const Json::exception&) {
    throw Error(Exit::data, fmt::format("'{}/seeds.json' lists no seeds", directory),
                "the command that began the runs continues them, too");
}

Exit train_seeds(const Task& task, const std::string& init, const SeedsRun& run,
                 const SeedsSearch& search) {
    Exit exit = Exit::ok;
    std::vector<std::size_t> left; // places in run.seeds
    if (rank() == 0) {
        begin(task, init, run);
        left = unfinished(task, run, exit);
    }
    const auto search_one = [&](std::size_t at, std::size_t threads) {
        const HeldBack held;
        const Task one = with_seed(task, run.seeds[at]);
        const SeedOutcome outcome =
            search.one(one, seed_directory(run.path, run.seeds[at]), threads);
        return fmt::format("{} {}\n{}", static_cast<int>(outcome.exit), int{outcome.interrupted},
                           held.text());
    };
    bool interrupted = false;
    std::size_t taken = 0;
    const auto tell = [&](std::size_t at, const std::string& result) {
        const std::size_t end = result.find('\n');
        int code = 0, stopped = 0;
        std::istringstream(result.substr(0, end)) >> code >> stopped;
        exit = std::max(exit, static_cast<Exit>(code));
        interrupted = interrupted || stopped;
        ++taken;
        search.before_text();
        const std::string text = result.substr(end); // with the end of a line before each
        if (text.size() > 1 || !run.quiet)
            say(false, fmt::format("seed {}{}", run.seeds[at], text.substr(0, text.size() - 1)));
    };
    const int signal = side_by_side({left, search.threads, search.most}, search_one, tell);
    if (rank() == 0 && (interrupted || taken < left.size()))
        exit = exit_of_signal(signal);
    else if (rank() == 0)
        report(task, run);
    return static_cast<Exit>(of_first_rank(static_cast<std::uint64_t>(exit)));
}

std::string seed_directory(const std::string& directory, std::uint64_t seed) {
    return (fs::path(directory) / fmt::format("seed-{}", seed)).string();
}

std::string rules_text(const std::vector<ProjectionRule>& rules) {
    Json list = Json::array();
    for (const ProjectionRule& rule : rules)
        list.push_back({{"projection", rule.projection}, {"equation", equation(rule.terms)}});
    return rules_text(list);
}

std::string seeds_text(const std::vector<SeedLine>& lines, bool reference) {
    std::string table =
        reference ? "seed   held out      angle  rule\n" : "seed   held out  rule\n";
    std::vector<double> losses, angles;
    for (const SeedLine& line : lines) {
        losses.push_back(line.held_out);
        angles.push_back(line.angle);
        table += fmt::format("{:4}  {:>9}  {}{}\n", line.seed, figure(line.held_out, "{:.4f}"),
                             reference ? fmt::format("{:>9}  ", figure(line.angle, "{:.2f}")) : "",
                             line.rule);
    }
    table += "held out: " + spread_text(Spread(losses), "{:.4g}") + "\n";
    if (reference)
        table += "angle to the reference, degrees: " + spread_text(Spread(angles), "{:.3g}") + "\n";
    return table;
}

} // namespace carve::cli
