// carve list: every run directory below a directory, a line each.
#include "figures.hpp"
#include "json.hpp"
#include "output.hpp"
#include "run_verbs.hpp"
#include "seeds.hpp"
#include "spread.hpp"
#include "stored_run.hpp"
#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr int kLevels = 6;

struct Row {
    std::string path, kind, task, state;
    std::string detail{}; // where an unfinished search is, or what cannot be read
    double held_out = std::nan(""), angle = std::nan("");
    std::time_t date = 0; // 0: not known
};

Row row_of_search(const std::string& path) {
    const StoredRun run = read_run(path);
    Row row{path, "run", run.task.name, state_name(run.state)};
    row.date = run.changed;
    if (run.result) {
        row.held_out = run.result->result.held_out.loss;
        row.angle = run.result->result.angle;
    } else if (run.last)
        row.detail = fmt::format("{} {}/{}", run.last->phase, run.last->iteration, run.last->total);
    return row;
}

// Of several seeds the medians; each seed has a row of its own.
Row row_of_seeds(const std::string& path) {
    const std::vector<std::uint64_t> seeds = seeds_in(path);
    std::vector<double> losses, angles;
    std::size_t finished = 0;
    std::time_t newest = 0;
    for (const std::uint64_t seed : seeds) {
        const std::string directory = seed_directory(path, seed);
        if (kind_of_directory(directory) != StoredKind::search)
            continue;
        const Row row = row_of_search(directory);
        finished += row.state == state_name(RunState::finished);
        losses.push_back(row.held_out);
        angles.push_back(row.angle);
        newest = std::max(newest, row.date);
    }
    Row row{path, "seeds", read_stored_task(path).name,
            finished == seeds.size() ? "finished" : "unfinished"};
    row.detail = fmt::format("{} of {} seeds", finished, seeds.size());
    row.held_out = Spread(losses).median;
    row.angle = Spread(angles).median;
    row.date = newest;
    return row;
}

Row row_of(const std::string& path) try {
    switch (kind_of_directory(path)) {
    case StoredKind::seeds:
        return row_of_seeds(path);
    case StoredKind::exploration:
        return {path, "exploration", read_stored_task(path).name, "exploration"};
    default:
        return row_of_search(path);
    }
} catch (const Error& fault) { // one that is broken does not hide the others
    return {path, "run", "", "unreadable", fault.what()};
}

std::string number(double value, const char* format) {
    return std::isnan(value) ? "-" : figure(value, format);
}

std::string text_of(const std::vector<Row>& rows) {
    std::vector<std::vector<std::string>> table{
        {"run", "task", "held out", "angle", "date", "state"}};
    for (const Row& row : rows)
        table.push_back({row.path, row.task.empty() ? "-" : row.task,
                         number(row.held_out, "{:.4g}"), number(row.angle, "{:.3g}"),
                         row.date == 0 ? "-" : local_date(row.date),
                         row.state + (row.detail.empty() ? "" : ", " + row.detail)});
    return table_text(table);
}

Json json_of(const std::vector<Row>& rows) {
    Json list = Json::array();
    for (const Row& row : rows)
        list.push_back({{"path", row.path},
                        {"kind", row.kind},
                        {"task", row.task},
                        {"state", row.state},
                        {"detail", row.detail},
                        {"held_out", row.held_out},
                        {"angle", row.angle},
                        {"date", row.date == 0 ? Json() : Json(utc_date(row.date))}});
    return list;
}

} // namespace

Exit list(const std::string& directory, bool json) {
    std::error_code none;
    if (!std::filesystem::is_directory(directory, none))
        throw no_run(directory);
    std::vector<std::string> unread;
    std::vector<Row> rows;
    for (const std::string& path : runs_below(directory, kLevels, unread))
        rows.push_back(row_of(path));
    for (const std::string& what : unread)
        say(false, "warning: cannot look into " + what);
    if (json)
        print(dump(json_of(rows), 2));
    else if (rows.empty())
        print(fmt::format("there is no run directory at or below '{}' (at most {} levels)\n"
                          "carve train TASK --out DIR makes one; carve tasks lists tasks\n",
                          directory, kLevels));
    else
        print(text_of(rows));
    return Exit::ok;
}

} // namespace carve::cli
