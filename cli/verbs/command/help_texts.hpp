// help_texts.hpp: texts that the help and the manual share.
#pragma once

namespace carve::cli {

constexpr const char* kWhatItIs =
    "Finds synaptic plasticity rules: a rule is a short vector of coefficients, and carve\n"
    "searches for the one that makes a network do a task.";

constexpr const char* kExamples = R"(Examples:
  carve new mytask                          a task to start from
  carve train mytask.toml --out run         search for a rule
  carve show run                            what it has found
  carve eval oja --task mytask.toml         judge another rule on the task
  carve export run --to python              the rule as code
)";

// A line each, which the manual takes apart: a code and what it means.
constexpr const char* kExitCodes = R"(Exit codes:
  0    done
  1    goal not reached
  2    usage or task file
  3    input data
  4    disk
  5    every replica diverged
  6    version
  70   internal
  71   memory or threads are missing
  75   interrupted by SIGUSR1 or SIGUSR2, and saved for carve resume
  130  interrupted by Ctrl-C, and saved for carve resume
  143  interrupted by SIGTERM, and saved for carve resume
)";

constexpr const char* kThreadsVariable = "threads, where --threads is not given";
constexpr const char* kColorVariable = "set and not empty: no color, unless --color=always";

} // namespace carve::cli
