// libFuzzer: any bytes as a line of restarts.jsonl are one of the task's restarts, which survives
// being written and read again, or none. The first byte chooses the task.
#include "explore.hpp"
#include "explore_files.hpp"
#include "task.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace carve::cli;

namespace {

Task rates() {
    return parse_task(R"(format = 2
extends = "layer"
[data.x]
spectrum = [1, 0.5]
[rule.feedforward]
terms = ["x y", "y^2 w"]
)",
                      "rates.toml", {});
}
Task spikes() { return parse_task("format = 2\nextends = \"cell\"\n", "spikes.toml", {}); }

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Task tasks[] = {rates(), spikes()};
    if (size == 0)
        return 0;
    const Task& task = tasks[data[0] % 2];
    const auto read = [&](const std::string& line) { return parse_restart(task, line); };
    const auto restart = read(std::string(reinterpret_cast<const char*>(data + 1), size - 1));
    if (!restart)
        return 0;
    const std::string line = restart_json(task, *restart);
    const auto again = read(line);
    if (!again || restart_json(task, *again) != line)
        std::abort();
    return 0;
}
