// carve slurm: a batch script for SLURM that searches until it is done, over as many jobs as it
// takes.
#include "output.hpp"
#include "ranks.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr std::uint64_t kWarning = 120; // s before the limit that SLURM is asked to warn
constexpr std::uint64_t kEarly = 60;    // s that it may be early

bool is_number(const std::string& text, std::size_t most_digits) {
    return !text.empty() && text.size() <= most_digits &&
           text.find_first_not_of("0123456789") == std::string::npos;
}

std::string rest_after(const std::string& text, std::size_t at) {
    return at == std::string::npos ? "" : text.substr(at + 1);
}

// As SLURM has it: M, M:S, H:M:S, D-H, D-H:M, D-H:M:S.
bool is_time_limit(const std::string& text) {
    const std::size_t dash = text.find('-');
    if (dash != std::string::npos && !is_number(text.substr(0, dash), 4))
        return false;
    std::string rest = dash == std::string::npos ? text : text.substr(dash + 1);
    std::size_t fields = 0;
    for (std::size_t colon = 0; colon != std::string::npos; ++fields) {
        colon = rest.find(':');
        if (!is_number(rest.substr(0, colon), fields == 0 ? 6 : 2))
            return false;
        rest = rest_after(rest, colon);
    }
    return fields <= 3;
}

// Of a valid time limit, in seconds.
std::uint64_t seconds_of(const std::string& text) {
    const std::size_t dash = text.find('-');
    const bool days = dash != std::string::npos;
    std::vector<std::uint64_t> fields;
    for (std::size_t at = days ? dash + 1 : 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(':', at), text.size());
        fields.push_back(std::stoull(text.substr(at, end - at)));
        at = end + 1;
    }
    if (!days) // M, M:S, H:M:S
        return fields.size() == 3 ? 3600 * fields[0] + 60 * fields[1] + fields[2]
                                  : 60 * fields[0] + (fields.size() == 2 ? fields[1] : 0);
    fields.resize(3); // D-H, D-H:M, D-H:M:S
    return 86400 * std::stoull(text.substr(0, dash)) + 3600 * fields[0] + 60 * fields[1] +
           fields[2];
}

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string("_-+=.,:/@%").find(c) != std::string::npos;
}

std::string job_name(const std::string& task) {
    std::string name = "carve-" + task;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !is_plain(c); }, '-');
    return name;
}

// A word of the shell, whatever it holds.
std::string quoted(const std::string& word) {
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain))
        return word;
    std::string out = "'";
    for (const char c : word)
        out += c == '\'' ? "'\\''" : std::string(1, c);
    return out + "'";
}

// "mpirun -n 4 ... ", nothing for a single process.
// A control character in a word may do in the reader's terminal, or on the line above, what nobody
// sees in the script.
void refuse_control_characters(const std::string& word) {
    const bool plain = std::none_of(word.begin(), word.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    if (!plain)
        throw Error(Exit::usage, "'" + word + "' holds a control character",
                    "a batch script has only words without; rename the file or directory");
}

std::string launcher_of(const SlurmOptions& options) {
    if (options.ranks == 1)
        return "";
    if (options.launcher == "srun") // which does not know the job's --cpus-per-task
        return fmt::format("srun --mpi=pmix --cpus-per-task={} ", options.cpus);
    return fmt::format("mpirun -n {} --map-by slot:PE={} ", options.ranks, options.cpus);
}

std::string train_arguments(const SlurmOptions& options) {
    std::string text = quoted(options.task);
    for (const std::string& assignment : options.set)
        text += " --set " + quoted(assignment);
    return text + (options.seed.empty() ? "" : " --seed " + quoted(options.seed));
}

void check_options(const SlurmOptions& options) {
    if (!is_time_limit(options.time))
        throw Error(Exit::usage, "--time '" + options.time + "' is not a time limit",
                    "for example 90 (minutes), 12:00:00 or 2-00:00:00");
    if (seconds_of(options.time) <= kWarning + kEarly)
        throw Error(
            Exit::usage,
            fmt::format("--time {} leaves no time to search: SLURM's warning comes {} to {} "
                        "seconds before the limit",
                        options.time, kWarning, kWarning + kEarly),
            "a limit of an hour or more, for example --time 12:00:00");
    if (options.ranks < options.nodes)
        throw Error(Exit::usage,
                    fmt::format("--ranks {} is less than --nodes {}", options.ranks, options.nodes),
                    "a node needs at least one rank");
    if (options.ranks > 1 && mpi_library().empty())
        throw Error(
            Exit::usage,
            fmt::format("--ranks {} needs MPI, which this carve is built without", options.ranks),
            "build it with -Dmpi=enabled, or use --ranks 1 and more --cpus-per-task");
}

} // namespace

Exit slurm(const SlurmOptions& given) {
    SlurmOptions options = given;
    if (options.ranks == 0)
        options.ranks = options.nodes;
    check_options(options);
    const Task task = load(options); // whose faults come to light now, not in the queue
    const std::string out = options.out.empty() ? "run-" + task.name : options.out;
    for (const std::string& word : {options.task, out})
        refuse_control_characters(word);
    for (const std::string& assignment : options.set)
        refuse_control_characters(assignment);
    const std::string launcher = launcher_of(options);
    std::string text = "#!/bin/sh\n";
    const auto request = [&](const std::string& what) { text += "#SBATCH " + what + "\n"; };
    request("--job-name=" + job_name(task.name));
    request(fmt::format("--nodes={}", options.nodes));
    request(fmt::format("--ntasks={}", options.ranks));
    request(fmt::format("--cpus-per-task={}", options.cpus));
    request("--time=" + options.time);
    request("--requeue");
    request("--open-mode=append");
    request(fmt::format("--signal=B:USR1@{}", kWarning));
    text += fmt::format(R"(
# First of all, what a signal does: one that comes before the search has begun waits for it.
search= signal=
trap 'signal=USR1; [ -z "$search" ] || kill -USR1 "$search"' USR1
trap 'signal=TERM; [ -z "$search" ] || kill -TERM "$search"' TERM

# Submit it where `carve` is found and the task's path holds: sbatch FILE. Two minutes before the time
# limit the search is saved; the job then queues again and continues, until the rule is found.
directory={}
if [ -e "$directory/task.toml" ]; then
    {}carve resume "$directory" --quiet &
else
    {}carve train {} --out "$directory" --quiet &
fi
search=$!
[ -z "$signal" ] || kill -"$signal" "$search"

# A signal ends `wait` before the search has ended.
wait "$search"
code=$?
while kill -0 "$search" 2>/dev/null; do
    wait "$search"
    code=$?
done
# 138: SIGUSR1 came before carve could save anything, 75: it has saved the search.
if [ "$code" = 75 ] || [ "$code" = 138 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
)",
                        quoted(out), launcher, launcher, train_arguments(options));
    print_bytes(text);
    return Exit::ok;
}

} // namespace carve::cli
