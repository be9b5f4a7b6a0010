// What ran, on what, and how to repeat it.
#include "provenance.hpp"

#include "html.hpp"
#include "read_value.hpp"
#include "section.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string code(const std::string& text) { return "<code>" + escape_html(text) + "</code>"; }

std::string quoted(const std::string& argument) {
    const bool plain =
        !argument.empty() &&
        argument.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "_-./=:,+@%") == std::string::npos;
    if (plain)
        return argument;
    std::string out = "'";
    for (const char c : argument)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::string command_text(const std::vector<std::string>& argv) {
    std::string out;
    for (const std::string& argument : argv)
        out += (out.empty() ? "" : " ") + quoted(argument);
    return out;
}

void add_inputs(const RunFacts& facts, Rows& rows) {
    for (const InputFile& input : facts.inputs)
        rows.emplace_back("input file", code(input.path) + ", XXH3-64 " +
                                            code(fmt::format("{:016x}", input.checksum)));
}

std::string definitions_html(const Rows& rows) {
    std::string out = "<dl class=\"provenance\">\n";
    for (const auto& [name, value] : rows)
        out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, value);
    return out + "</dl>\n";
}

// "2 populations, 1 projection; losses: components (components of feedforward)".
std::string network_text(const task::Task& task) {
    std::vector<std::string> losses;
    for (const task::Measure& m : task.losses)
        losses.push_back(
            fmt::format("{} ({} of {})", m.name, task::word_of(m.kind), fmt::join(m.of.of, ", ")));
    const auto number = [](std::size_t n, const char* what) {
        return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
    };
    return fmt::format("{}, {}; losses: {}", number(task.populations.size(), "population"),
                       number(task.projections.size(), "projection"), fmt::join(losses, ", "));
}

bool is_given_a_start(const RunFacts& facts) {
    return std::any_of(facts.argv.begin(), facts.argv.end(), [](const std::string& argument) {
        return argument == "--init" || argument.rfind("--init=", 0) == 0;
    });
}

} // namespace

std::string provenance_html(const RunFacts& facts, const Task& task,
                            const std::vector<std::pair<std::string, std::string>>& more) {
    Rows rows{
        {"carve", fmt::format("{}{}, {}", escape_html(facts.version),
                              facts.revision.empty() ? "" : ", revision " + code(facts.revision),
                              escape_html(facts.build))},
        {"instruction set", escape_html(facts.isa)},
        {"seed", fmt::format("{}", task.run.seed)},
        {"task",
         fmt::format("{}, {} (XXH3-64 {})", escape_html(network_text(task.described)),
                     code("task.toml"), code(fmt::format("{:016x}", facts.task_checksum)))}};
    for (const task::Data& d : task.described.data)
        if (!d.path.empty())
            rows.emplace_back("data " + escape_html(d.name), code(d.path));
    add_inputs(facts, rows);
    rows.insert(rows.end(), more.begin(), more.end());
    if (!facts.argv.empty())
        rows.emplace_back("command", code(command_text(facts.argv)));
    return definitions_html(rows);
}

std::string provenance_section(const RunView& run) {
    RunFacts facts = run.facts;
    facts.isa = run.result.isa;
    return provenance_html(
        facts, run.task,
        {{"computed with", fmt::format("{} form, {} thread{}", escape_html(run.result.form),
                                       facts.threads, facts.threads == 1 ? "" : "s")},
         {"fingerprint of the rule", code(fmt::format("{:016x}", run.result.fingerprint))},
         {"to repeat it, in its directory",
          code(is_given_a_start(run.facts) ? "carve train task.toml --init init.toml --out again"
                                           : "carve train task.toml --out again") +
              ", with the same bits on every machine"}});
}

} // namespace carve::cli
