#include "full_run.hpp"

#include "atomic_file.hpp"
#include "error.hpp"
#include "json.hpp"
#include "result.hpp"
#include "run_dir.hpp"
#include "stored_run.hpp"
#include "task_terms.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

// Its parts over the task's coefficients, in their order. Those that are rounding are not stored.
std::vector<double> combination_of(const Json& list, const Task& task) {
    const std::vector<TaskTerm> terms = task_terms(task);
    std::vector<double> out(terms.size(), 0);
    for (const Json& part : list)
        for (std::size_t k = 0; k < terms.size(); ++k)
            if (part.at("name") == monomial(terms[k].term) &&
                part.value("projection", terms[k].projection) == terms[k].projection)
                out[k] = real(part.at("coefficient"));
    return out;
}

Identifiability identifiability_of(const Json& json, const Task& task) {
    Identifiability found;
    for (const Json& d : json.value("identifiability", Json::array()))
        found.directions.push_back({real(d.at("eigenvalue")),
                                    combination_of(d.at("combination"), task),
                                    real(d.value("standard_error", Json())),
                                    real(d.value("low", Json())), real(d.value("high", Json())),
                                    real(d.value("rise", Json())), d.value("pinned", false)});
    found.step = real(json.value("identifiability_step", Json()));
    if (const auto losses = json.find("identifiability_losses"); losses != json.end())
        found.losses = spread_of_json(*losses);
    return found;
}

} // namespace

FullRun read_full_run(const std::string& directory) {
    const StoredRun stored = read_run(directory);
    if (!stored.result)
        throw Error(
            Exit::usage,
            fmt::format("the run '{}' is not finished: {}", directory, state_name(stored.state)),
            stored.state == RunState::running
                ? "carve watch shows it as it runs"
                : "carve resume continues it, carve show says how far it is");
    if (stored.task.old_format)
        throw Error(
            Exit::version, fmt::format("'{}/task.toml' has the format of carve 0.1", directory),
            fmt::format(
                "carve show {0} prints its result; carve convert {0}/task.toml rewrites the task",
                directory));
    FullRun run{directory,
                load_task(directory + "/task.toml", {}),
                stored.result->result,
                {},
                stored.result->seconds};
    run.task.name = stored.task.name;
    run.facts = parse_facts(read_file(directory + "/carve.json"));
    try {
        const Json json = Json::parse(stored.result->json);
        run.result.identifiability = identifiability_of(json, run.task);
        run.result.fingerprint = std::stoull(stored.result->fingerprint, nullptr, 16);
        run.facts.threads = json.value("threads", run.facts.threads);
        run.facts.warnings = json.value("warnings", std::vector<std::string>());
    } catch (const std::exception& fault) { // of JSON, or of a fingerprint that is no number
        throw Error(Exit::data,
                    fmt::format("'{}/result.json' is not a result that carve wrote: {}", directory,
                                fault.what()),
                    "put a copy of it back, or search again with carve train --force");
    }
    run.result.history = read_history(directory, coefficient_names(run.task));
    return run;
}

} // namespace carve::cli
