// task_text.hpp: texts of tasks, and what reading them comes to.
#pragma once
#include "../../data/failure.hpp"
#include "../../data/temporary.hpp"
#include "read_task.hpp"
#include "task.hpp"

#include <string>

namespace carve::cli {

// The folder of the repository.
inline const std::string kSource = CARVE_SOURCE_ROOT;

// The least that a task of rates, and one of spikes, needs.
inline const std::string kInput =
    "format = 2\nextends = \"layer\"\n[data.x]\nspectrum = [1, 0.5, 0]\n";
inline const std::string kSpikes = "format = 2\nextends = \"cell\"\n";

inline Task load_text(const std::string& text, const Overrides& overrides = {}) {
    const Temporary directory;
    return load_task(directory.file("t.toml", text), overrides);
}

inline Failure failure(const std::string& text, const Overrides& overrides = {}) {
    return failure_of([&] { load_text(text, overrides); });
}

// The text of a file of tests/tasks.
inline std::string task_file(const std::string& name) {
    return contents(kSource + "/tests/tasks/" + name);
}

} // namespace carve::cli
